#include "models/data/dataset.h"

#include "models/data/catalogue.h"
#include "models/data/selection.h"
#include "sim/base/diagnostics.h"

namespace remask {
namespace {

bool known_labels(const std::string& labels) {
    return labels == "fine" || labels == "coarse";
}

constexpr const char* labels_fault = "is neither 'fine' nor 'coarse'";

void describe_photographs(Fields& fields, DataSelection& selection) {
    constexpr double largest_side = 8192;
    fields.field("path", selection.path,
                 {.doc = "image_folder: the folder that holds train/CLASS/ and test/CLASS/ (or val/CLASS/); a relative "
                         "path starts at the folder of --data",
                  .optional = !selection.photographs()});
    fields.field(
        "view", selection.view,
        {.doc = "image_folder: the middle of a photograph, or all of it stretched to the input", .optional = true});
    fields.field("shorter_side", selection.shorter_side,
                 {.doc = "image_folder: photographs are resized to this shorter side before the crop; 0 = 8/7 of the "
                         "network's input, 256 for 224",
                  .optional = true,
                  .min = 0,
                  .max = largest_side});
    fields.field("training_crop", selection.training_crop,
                 {.doc = "image_folder: train on crops of random place, size (8 % to 100 % of the area) and ratio of "
                         "the sides (3/4 to 4/3)",
                  .optional = true});
}

}  // namespace

void describe(Fields& fields, DataSelection& selection) {
    fields.field("dataset", selection.dataset, {.doc = "name of the data set (remask list datasets)"});
    fields.field(
        "classes", selection.classes,
        {.doc = "which classes by number, relabelled 0, 1, … in this order; empty = all", .optional = true, .min = 0});
    fields.field(
        "train_limit", selection.train_limit,
        {.doc = "at most so many training images, equally many of each class; 0 = all", .optional = true, .min = 0});
    fields.field("test_limit", selection.test_limit,
                 {.doc = "at most so many test images, the first of the file; 0 = all", .optional = true, .min = 0});
    fields.field("train_share_of_test", selection.train_share_of_test,
                 {.doc = "where a data set has test images only, or a chip is adapted in the field: this share of each "
                         "class's test images, the first ones, is trained on, and the others are tested on",
                  .optional = true,
                  .min = 0,
                  .max = 0.9});
    fields.field("validation_share", selection.validation_share,
                 {.doc = "share of the training images that is set apart for validation, class by class",
                  .optional = true,
                  .min = 0,
                  .max = 0.5});
    fields.field("labels", selection.labels, {.doc = "cifar100: fine or coarse", .optional = true});
    fields.field("alphabet", selection.alphabet,
                 {.doc = "omniglot: only this alphabet's characters; empty = all alphabets", .optional = true});
    if (selection.photographs() || selection.dataset.empty()) describe_photographs(fields, selection);

    const bool good_labels = known_labels(selection.labels);
    fields.require(good_labels, "labels", "'" + selection.labels + "' " + labels_fault);
    if (selection.dataset.empty()) return;  // absent, which the reader reports
    const data::CatalogueEntry* entry = data::find_entry(selection.dataset);
    fields.require(entry != nullptr, "dataset", entry == nullptr ? data::unknown_dataset(selection.dataset) : "");
    if (entry == nullptr || !good_labels) return;
    const std::string fault = data::fault_in_classes(selection, entry->classes(selection));
    fields.require(fault.empty(), "classes", fault);
    const bool has_alphabets = selection.dataset == "omniglot";
    fields.require(selection.alphabet.empty() || has_alphabets, "alphabet", "only data set 'omniglot' has alphabets");
}

std::vector<DatasetInfo> list_datasets() {
    std::vector<DatasetInfo> infos;
    for (const data::CatalogueEntry& entry : data::catalogue()) infos.push_back(entry.info);
    return infos;
}

Dataset load_dataset(const DataSelection& selection, Split split, const DataFolders& folders, std::uint64_t seed) {
    const data::CatalogueEntry* entry = data::find_entry(selection.dataset);
    if (entry == nullptr) throw ConfigError(data::unknown_dataset(selection.dataset));
    if (!known_labels(selection.labels)) throw ConfigError("labels: '" + selection.labels + "' " + labels_fault);
    const bool shared = selection.train_share_of_test > 0.0;
    const auto files = shared || split == Split::test ? data::FileSet::test : data::FileSet::train;
    Dataset all = entry->load(*entry, selection, files, folders);
    if (shared) all = data::share_of_test(all, selection.train_share_of_test, split == Split::test);
    all.name = selection.dataset;
    return data::select(all, selection, split, seed);
}

}  // namespace remask
