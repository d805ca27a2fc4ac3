// Omniglot as IDX: images, and a row of (alphabet, character, drawer) an image; alphabets.txt names the alphabets.
// Each of the 20 drawers drew each character once: drawers 1–15 train, 16–20 test.
// Source of the data: B. Lake, R. Salakhutdinov, J. Tenenbaum, Science 350 (2015).
#include <algorithm>
#include <map>
#include <sstream>
#include <tuple>
#include <utility>

#include "models/data/byte_source.h"
#include "models/data/catalogue.h"
#include "models/data/idx_file.h"
#include "models/data/locate.h"
#include "sim/base/diagnostics.h"
#include "sim/base/files.h"

namespace remask::data {
namespace {

constexpr int last_training_drawer = 15;
constexpr int drawers = 20;
constexpr std::size_t meta_columns = 3;

struct Drawing {
    int alphabet = 0;
    int character = 0;
    int drawer = 0;
    std::size_t image = 0;
};

std::vector<std::string> read_names(const std::filesystem::path& path) {
    constexpr std::uint64_t largest = 1U << 20U;
    std::vector<std::uint8_t> bytes;
    ByteSource(path).append(bytes, largest);
    std::istringstream text(std::string(bytes.begin(), bytes.end()));
    std::vector<std::string> names;
    for (std::string line; std::getline(text, line);) {
        if (!line.empty() && line.back() == '\r') line.pop_back();
        if (!line.empty()) names.push_back(line);
    }
    return names;
}

std::vector<Drawing> read_drawings(const std::filesystem::path& path, std::size_t alphabets) {
    const IdxFile meta = read_idx_file(path, 2);
    if (meta.sizes[1] != meta_columns) {
        throw InputError(path.string() + ": has " + std::to_string(meta.sizes[1]) +
                         " columns; 3 are wanted: alphabet, character, drawer");
    }
    std::vector<Drawing> drawings;
    for (std::size_t i = 0; i < meta.sizes[0]; ++i) {
        const std::uint8_t* row = meta.values.data() + i * meta_columns;
        const Drawing drawing{row[0], row[1], row[2], i};
        if (row[0] >= alphabets || drawing.drawer < 1 || drawing.drawer > drawers) {
            throw InputError(path.string() + ": row " + std::to_string(i) + ": alphabet " +
                             std::to_string(drawing.alphabet) + ", drawer " + std::to_string(drawing.drawer) +
                             "; alphabets are 0.." + std::to_string(alphabets - 1) + ", drawers 1..20");
        }
        drawings.push_back(drawing);
    }
    return drawings;
}

/// The wanted alphabet's index, −1 for all.
int alphabet_index(const std::vector<std::string>& names, const std::string& wanted) {
    if (wanted.empty()) return -1;
    const auto found = std::find(names.begin(), names.end(), wanted);
    if (found != names.end()) return static_cast<int>(found - names.begin());
    std::string known;
    for (const std::string& name : names) known += (known.empty() ? "" : ", ") + name;
    throw ConfigError("omniglot has no alphabet '" + wanted + "'" + did_you_mean(wanted, names) + "; it has " + known);
}

/// A class for every (alphabet, character) that occurs, numbered in that order.
std::map<std::pair<int, int>, int> number_classes(const std::vector<Drawing>& drawings) {
    std::map<std::pair<int, int>, int> classes;
    for (const Drawing& drawing : drawings) classes[{drawing.alphabet, drawing.character}] = 0;
    int next = 0;
    for (auto& entry : classes) entry.second = next++;
    return classes;
}

/// Drawer by drawer, so that every prefix is nearly class-balanced.
bool drawer_first(const Drawing& a, const Drawing& b) {
    return std::tie(a.drawer, a.alphabet, a.character, a.image) < std::tie(b.drawer, b.alphabet, b.character, b.image);
}

}  // namespace

Dataset load_omniglot(const CatalogueEntry& entry, const DataSelection& selection, FileSet files,
                      const DataFolders& folders) {
    const auto paths = locate(entry.info.name, folders, {"omniglot"},
                              {"images-28x28-idx3-ubyte", "meta-alphabet-char-drawer-idx2-ubyte", "alphabets.txt"});
    const std::vector<std::string> names = read_names(paths[2]);
    if (names.empty()) throw InputError(paths[2].string() + ": names no alphabet");
    const int alphabet = alphabet_index(names, selection.alphabet);
    const IdxFile images = read_idx_file(paths[0], 3);
    std::vector<Drawing> drawings = read_drawings(paths[1], names.size());
    if (drawings.size() != images.sizes[0]) {
        throw InputError(paths[0].string() + ": holds " + std::to_string(images.sizes[0]) + " images, but " +
                         paths[1].string() + " has " + std::to_string(drawings.size()) + " rows");
    }
    if (alphabet >= 0) {
        drawings.erase(std::remove_if(drawings.begin(), drawings.end(),
                                      [alphabet](const Drawing& drawing) { return drawing.alphabet != alphabet; }),
                       drawings.end());
    }
    if (drawings.empty()) throw InputError(paths[1].string() + ": no row is of alphabet '" + selection.alphabet + "'");
    std::sort(drawings.begin(), drawings.end(), drawer_first);
    const std::map<std::pair<int, int>, int> classes = number_classes(drawings);

    Dataset dataset;
    dataset.shape = {1, static_cast<int>(images.sizes[1]), static_cast<int>(images.sizes[2])};
    dataset.classes = static_cast<int>(classes.size());
    for (const auto& [key, label] : classes) {
        dataset.class_names.push_back(names[static_cast<std::size_t>(key.first)] + "/" + std::to_string(key.second));
    }
    const auto size = static_cast<std::size_t>(dataset.shape.size());
    for (const Drawing& drawing : drawings) {
        if ((drawing.drawer <= last_training_drawer) != (files == FileSet::train)) continue;
        const std::uint8_t* begin = images.values.data() + drawing.image * size;
        dataset.pixels.insert(dataset.pixels.end(), begin, begin + size);
        dataset.labels.push_back(classes.at({drawing.alphabet, drawing.character}));
    }
    return dataset;
}

}  // namespace remask::data
