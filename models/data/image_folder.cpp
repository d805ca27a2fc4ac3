// Photographs in folders by class: the layout of torchvision's ImageFolder, which the data sets of Piggyback's and
// PackNet's authors have (github.com/arunmallya/piggyback, src/dataset.py).
#include <algorithm>
#include <array>
#include <cctype>
#include <system_error>
#include <utility>

#include "models/data/catalogue.h"
#include "sim/base/diagnostics.h"

namespace remask::data {
namespace {

namespace fs = std::filesystem;

constexpr int deepest = 16;  // folders below a class: a link to a folder above it would lead round for ever

/// The data set's folder: `path` as it is, or below the folder of --data.
fs::path folder_of(const DataSelection& selection, const DataFolders& folders) {
    const std::string who = "data set 'image_folder': ";
    if (selection.path.empty()) throw ConfigError(who + "'path' is missing: the folder that holds train/ and test/");
    std::vector<fs::path> places;
    for (const fs::path& root : {folders.user, folders.embedded}) {
        if (!root.empty() && fs::path(selection.path).is_relative()) places.push_back(root / selection.path);
    }
    if (fs::path(selection.path).is_absolute()) places.emplace_back(selection.path);
    std::string looked;
    for (const fs::path& place : places) {
        std::error_code ignored;
        if (fs::is_directory(place, ignored)) return place;
        looked += (looked.empty() ? "" : ", ") + place.string();
    }
    throw InputError(who + "there is no folder " + (looked.empty() ? "'" + selection.path + "'" : looked) +
                     "; 'path' is taken from the folder of --data DIR (or REMASK_DATA=DIR), or is absolute");
}

std::vector<fs::path> sorted_entries(const fs::path& folder) {
    std::vector<fs::path> entries;
    std::error_code fault;
    for (fs::directory_iterator entry(folder, fault), end; !fault && entry != end; entry.increment(fault)) {
        entries.push_back(entry->path());
    }
    if (fault) throw InputError(folder.string() + ": cannot be listed: " + fault.message());
    std::sort(entries.begin(), entries.end(),
              [](const fs::path& a, const fs::path& b) { return a.native() < b.native(); });
    return entries;
}

bool is_folder(const fs::path& path) {
    std::error_code ignored;
    return fs::is_directory(path, ignored);
}

std::vector<std::string> class_folders(const fs::path& folder) {
    std::vector<std::string> names;
    for (const fs::path& entry : sorted_entries(folder)) {
        if (is_folder(entry)) names.push_back(entry.filename().string());
    }
    if (names.empty()) throw InputError(folder.string() + ": holds no class folders");
    return names;
}

std::string ending_of(const fs::path& path) {
    std::string ending = path.extension().string();
    std::transform(ending.begin(), ending.end(), ending.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return ending;
}

template <std::size_t count>
bool any_of(const std::array<std::string_view, count>& words, const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

/// A folder's own files by name, then those of the folders in it. Files that are no images are passed over; hidden ones
/// too.
void add_photographs(const fs::path& folder, int depth, std::vector<fs::path>& files) {
    static constexpr std::array<std::string_view, 3> readable{".jpg", ".jpeg", ".png"};
    static constexpr std::array<std::string_view, 9> other{".bmp",  ".gif", ".heic", ".pgm", ".ppm",
                                                           ".tiff", ".tif", ".webp", ".avif"};
    if (depth > deepest)
        throw InputError(folder.string() + ": folders lie too deep; is there a link that leads round?");
    std::vector<fs::path> folders;
    for (const fs::path& entry : sorted_entries(folder)) {
        if (entry.filename().native().starts_with('.')) continue;
        if (is_folder(entry)) {
            folders.push_back(entry);
        } else if (any_of(readable, ending_of(entry))) {
            files.push_back(entry);
        } else if (any_of(other, ending_of(entry))) {
            throw InputError(entry.string() + ": only JPEG and PNG are read; convert it or take it out of the folder");
        }
    }
    for (const fs::path& inner : folders) add_photographs(inner, depth + 1, files);
}

/// The test images' folder is called test, or val as ImageNet's.
fs::path split_folder(const fs::path& folder, FileSet files) {
    if (files == FileSet::train) {
        if (is_folder(folder / "train")) return folder / "train";
        throw InputError(folder.string() + ": holds no folder train");
    }
    for (const char* name : {"test", "val"}) {
        if (is_folder(folder / name)) return folder / name;
    }
    throw InputError(folder.string() + ": holds neither a folder test nor a folder val");
}

/// Labels are the classes' places in the sorted list, so both splits must have the same.
void check_same_classes(const fs::path& folder, FileSet files, const std::vector<std::string>& classes) {
    const FileSet other = files == FileSet::train ? FileSet::test : FileSet::train;
    const bool there =
        other == FileSet::train ? is_folder(folder / "train") : is_folder(folder / "test") || is_folder(folder / "val");
    if (!there) return;
    const fs::path other_folder = split_folder(folder, other);
    const std::vector<std::string> others = class_folders(other_folder);
    for (const std::string& name : others) {
        if (std::find(classes.begin(), classes.end(), name) == classes.end()) {
            throw InputError(other_folder.string() + ": class '" + name + "' is missing in " +
                             split_folder(folder, files).string() + "; both need the same class folders");
        }
    }
    for (const std::string& name : classes) {
        if (std::find(others.begin(), others.end(), name) == others.end()) {
            throw InputError(split_folder(folder, files).string() + ": class '" + name + "' is missing in " +
                             other_folder.string() + "; both need the same class folders");
        }
    }
}

}  // namespace

/// In the order: every class's first photograph, every class's second one, …; so that the first so many (test_limit,
/// calibration) show all classes.
Dataset load_image_folder(const CatalogueEntry&, const DataSelection& selection, FileSet files,
                          const DataFolders& folders) {
    const fs::path folder = folder_of(selection, folders);
    const fs::path split = split_folder(folder, files);
    Dataset dataset;
    dataset.class_names = class_folders(split);
    dataset.classes = static_cast<int>(dataset.class_names.size());
    check_same_classes(folder, files, dataset.class_names);
    std::vector<std::vector<fs::path>> by_class;
    std::size_t most = 0;
    for (const std::string& name : dataset.class_names) {
        by_class.emplace_back();
        add_photographs(split / name, 0, by_class.back());
        if (by_class.back().empty()) {
            throw InputError((split / name).string() + ": holds no .jpg, .jpeg or .png file");
        }
        most = std::max(most, by_class.back().size());
    }
    for (std::size_t round = 0; round < most; ++round) {
        for (std::size_t label = 0; label < by_class.size(); ++label) {
            if (round >= by_class[label].size()) continue;
            dataset.files.push_back(std::move(by_class[label][round]));
            dataset.labels.push_back(static_cast<int>(label));
        }
    }
    return dataset;
}

}  // namespace remask::data
