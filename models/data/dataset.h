// Labelled images as bytes, the data sets that remask reads, and what is done to them on the way to a network.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/network/network.h"
#include "sim/base/fields.h"

namespace remask {

/// Images in memory: count × channels × height × width bytes (0..255), and a label each (0..classes−1).
struct Dataset {
    std::string name;
    Shape shape;
    std::vector<std::uint8_t> pixels;
    std::vector<int> labels;
    int classes = 0;
    std::vector<std::string> class_names;  ///< may be empty
    std::int64_t count() const { return static_cast<std::int64_t>(labels.size()); }
};

enum class Split { train, validation, test };
template <> struct EnumWords<Split> {
    static constexpr std::array<std::string_view, 3> words{"train", "validation", "test"};
};

/// YAML section of a task's data.
struct DataSelection {
    std::string dataset;            ///< a name of list_datasets()
    std::vector<int> classes;       ///< which original labels, remapped to 0, 1, … in this order; empty = all
    int train_limit = 0;            ///< at most this many training images, class-balanced prefix; 0 = all
    int test_limit = 0;             ///< likewise of the test images (a prefix in the file's order)
    double validation_share = 0.0;  ///< [0, 0.5]: taken from the training images, class by class, by the seed
    std::string labels = "fine";    ///< cifar100: "fine" or "coarse"
};
void describe(Fields& fields, DataSelection& selection);

struct DatasetInfo {
    std::string_view name;         ///< "fashion_mnist", "digits", "cifar10", "cifar100", "mnist", "gtsrb", "omniglot" …
    std::string_view description;
    bool embedded;                 ///< comes with remask
};
std::vector<DatasetInfo> list_datasets();

/// Where files are looked for: the folder of --data (may be empty), then the data that comes with remask.
struct DataFolders {
    std::filesystem::path user;
    std::filesystem::path embedded;
};

/// Throws InputError (file missing, truncated, wrong magic, label out of range; says which file and byte) and
/// ConfigError (unknown data set with did-you-mean, class out of range).
Dataset load_dataset(const DataSelection& selection, Split split, const DataFolders& folders, std::uint64_t seed);

/// File formats, for tests and further data sets.
Dataset read_cifar(const std::filesystem::path& path, int label_bytes, int label_index, int classes);
Dataset read_idx(const std::filesystem::path& images, const std::filesystem::path& labels, int classes);

enum class Resize { bilinear, nearest, pad };
template <> struct EnumWords<Resize> {
    static constexpr std::array<std::string_view, 3> words{"bilinear", "nearest", "pad"};
};

/// To the network's input shape (grey copied to RGB; RGB to grey by ITU-R 601 weights; resized) and normalised: count × input.size() floats.
std::vector<float> prepare_images(const Dataset& dataset, const Network& network, Resize resize = Resize::bilinear);

/// Training-time augmentation of a normalised image, in place; all off by default.
struct Augmentation {
    bool flip = false;     ///< horizontal, probability ½
    int crop_padding = 0;  ///< random crop from the image padded with zeros (normalised: the mean) by this many pixels
};
void describe(Fields& fields, Augmentation& augmentation);
/// The result depends on (seed, epoch, image) only.
void augment(std::span<float> image, const Shape& shape, const Augmentation& augmentation, std::uint64_t seed, int epoch,
             std::int64_t image_index);

}  // namespace remask
