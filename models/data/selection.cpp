#include "models/data/selection.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/base/diagnostics.h"
#include "sim/base/random.h"

namespace remask::data {
namespace {

using Indices = std::vector<std::size_t>;

/// New label of every original one, −1 for those that are left out.
std::vector<int> remap(const std::vector<int>& wanted, int classes) {
    std::vector<int> labels(static_cast<std::size_t>(classes), -1);
    for (std::size_t i = 0; i < labels.size() && wanted.empty(); ++i) labels[i] = static_cast<int>(i);
    for (std::size_t i = 0; i < wanted.size(); ++i) labels[static_cast<std::size_t>(wanted[i])] = static_cast<int>(i);
    return labels;
}

Indices balanced_prefix(const Indices& images, const Dataset& all, const std::vector<int>& new_label, int classes,
                        int limit) {
    std::vector<int> room(static_cast<std::size_t>(classes), limit / classes);
    for (int i = 0; i < limit % classes; ++i) ++room[static_cast<std::size_t>(i)];
    Indices kept;
    for (const std::size_t image : images) {
        int& left = room[static_cast<std::size_t>(new_label[static_cast<std::size_t>(all.labels[image])])];
        if (left == 0) continue;
        --left;
        kept.push_back(image);
    }
    return kept;
}

/// Marks the validation images: of each original class the first round(share × n) of a shuffled order.
std::vector<bool> mark_validation(const Indices& images, const Dataset& all, double share, std::uint64_t seed) {
    std::vector<Indices> by_class(static_cast<std::size_t>(all.classes));
    for (const std::size_t image : images) by_class[static_cast<std::size_t>(all.labels[image])].push_back(image);
    std::vector<bool> marked(all.labels.size(), false);
    for (std::size_t label = 0; label < by_class.size(); ++label) {
        Indices& members = by_class[label];
        RandomStream random(seed, "validation", label);
        for (std::size_t i = members.size(); i > 1; --i) std::swap(members[i - 1], members[random.below(i)]);
        const auto count = static_cast<std::size_t>(std::llround(share * static_cast<double>(members.size())));
        for (std::size_t i = 0; i < count; ++i) marked[members[i]] = true;
    }
    return marked;
}

Dataset take(const Dataset& all, const Indices& images, const std::vector<int>& new_label,
             const std::vector<int>& wanted) {
    Dataset chosen;
    chosen.name = all.name;
    chosen.shape = all.shape;
    chosen.classes = wanted.empty() ? all.classes : static_cast<int>(wanted.size());
    if (wanted.empty()) chosen.class_names = all.class_names;
    for (const int label : wanted) {
        if (!all.class_names.empty()) chosen.class_names.push_back(all.class_names[static_cast<std::size_t>(label)]);
    }
    const auto size = all.files.empty() ? static_cast<std::size_t>(all.shape.size()) : 0;
    chosen.pixels.reserve(images.size() * size);
    chosen.labels.reserve(images.size());
    for (const std::size_t image : images) {
        if (!all.files.empty()) chosen.files.push_back(all.files[image]);
        const std::uint8_t* begin = all.pixels.data() + image * size;
        chosen.pixels.insert(chosen.pixels.end(), begin, begin + size);
        chosen.labels.push_back(new_label[static_cast<std::size_t>(all.labels[image])]);
    }
    return chosen;
}

void check(const DataSelection& selection, int classes) {
    if (const std::string fault = fault_in_classes(selection, classes); !fault.empty()) {
        throw ConfigError("data set '" + selection.dataset + "': classes: " + fault);
    }
    if (selection.train_limit < 0 || selection.test_limit < 0) throw ConfigError("a limit of images must be ≥ 0");
    if (!(selection.validation_share >= 0.0 && selection.validation_share <= 0.5)) {
        throw ConfigError("validation_share must be in [0, 0.5]");
    }
}

}  // namespace

std::string fault_in_classes(const DataSelection& selection, int classes) {
    std::vector<int> seen;
    for (const int label : selection.classes) {
        if (label < 0 || (classes > 0 && label >= classes)) {
            const std::string range = classes > 0 ? " 0.." + std::to_string(classes - 1) : " numbers ≥ 0";
            return std::to_string(label) + " is not a class of '" + selection.dataset + "'; its classes are" + range;
        }
        if (std::find(seen.begin(), seen.end(), label) != seen.end()) {
            return "class " + std::to_string(label) + " is named twice";
        }
        seen.push_back(label);
    }
    return {};
}

Dataset share_of_test(const Dataset& all, double share, bool rest) {
    if (!(share > 0.0 && share <= 0.9)) throw ConfigError("train_share_of_test must be in [0, 0.9]");
    std::vector<std::size_t> count(static_cast<std::size_t>(all.classes), 0), seen(count.size(), 0);
    for (const int label : all.labels) ++count[static_cast<std::size_t>(label)];
    Indices images;
    for (std::size_t image = 0; image < all.labels.size(); ++image) {
        const auto label = static_cast<std::size_t>(all.labels[image]);
        const bool first = seen[label]++ < static_cast<std::size_t>(share * static_cast<double>(count[label]));
        if (first != rest) images.push_back(image);
    }
    return take(all, images, remap({}, all.classes), {});
}

Dataset select(const Dataset& all, const DataSelection& selection, Split split, std::uint64_t seed) {
    check(selection, all.classes);
    const std::vector<int> new_label = remap(selection.classes, all.classes);
    const int classes = selection.classes.empty() ? all.classes : static_cast<int>(selection.classes.size());
    Indices images;
    for (std::size_t i = 0; i < all.labels.size(); ++i) {
        if (new_label[static_cast<std::size_t>(all.labels[i])] >= 0) images.push_back(i);
    }
    if (split == Split::test) {
        const auto limit = static_cast<std::size_t>(selection.test_limit);
        if (limit > 0 && images.size() > limit) images.resize(limit);
        return take(all, images, new_label, selection.classes);
    }
    if (selection.train_limit > 0) {
        images = balanced_prefix(images, all, new_label, classes, selection.train_limit);
    }
    const std::vector<bool> validation = mark_validation(images, all, selection.validation_share, seed);
    Indices chosen;
    for (const std::size_t image : images) {
        if (validation[image] == (split == Split::validation)) chosen.push_back(image);
    }
    return take(all, chosen, new_label, selection.classes);
}

}  // namespace remask::data
