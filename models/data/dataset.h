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

/// Images, in memory or as files, and a label each (0..classes−1).
struct Dataset {
    std::string name;
    Shape shape;                               ///< of images in memory
    std::vector<std::uint8_t> pixels;          ///< count × channels × height × width bytes (0..255), or none
    std::vector<std::filesystem::path> files;  ///< count photographs (image_set() decodes them), or none
    std::vector<int> labels;
    int classes = 0;
    std::vector<std::string> class_names;  ///< may be empty
    std::int64_t count() const { return static_cast<std::int64_t>(labels.size()); }
};

enum class Split { train, validation, test };
template <>
struct EnumWords<Split> {
    static constexpr std::array<std::string_view, 3> words{"train", "validation", "test"};
};

/// What the network sees of a photograph.
enum class PhotoView {
    center_crop,  ///< the middle of the photograph at the size that `shorter_side` says
    stretch,      ///< all of it, whatever the ratio of its sides
};
template <>
struct EnumWords<PhotoView> {
    static constexpr std::array<std::string_view, 2> words{"center_crop", "stretch"};
};

/// YAML section of a task's data. Applied in the order: classes, limit, validation_share; images keep the file's order.
struct DataSelection {
    std::string dataset;       ///< a name of list_datasets()
    std::vector<int> classes;  ///< which original labels, remapped to 0, 1, … in this order; empty = all
    /// At most this many training images: the first ⌊limit/classes⌋ of each class, one more of the first (limit mod
    /// classes) classes; 0 = all. A class that has fewer gives what it has.
    int train_limit = 0;
    int test_limit = 0;  ///< the first so many test images of the chosen classes; 0 = all
    /// (0, 0.9]: no training file is read; the first so many of each class's test images are trained on, the others are
    /// tested on. 0: off.
    double train_share_of_test = 0.0;
    double validation_share = 0.0;  ///< [0, 0.5]: taken from the training images, class by class, by the seed
    std::string labels = "fine";    ///< cifar100: "fine" or "coarse"
    std::string alphabet;           ///< omniglot: only the characters of this alphabet; empty = of all alphabets
    /// image_folder: the folder with train/CLASS/ and test/CLASS/; a relative path starts at --data.
    std::string path;
    PhotoView view = PhotoView::center_crop;  ///< image_folder
    int shorter_side = 0;        ///< image_folder: pixels before the crop; 0 = 8/7 of the input's: 256 for 224
    bool training_crop = false;  ///< image_folder: train on crops at random places and of random sizes

    bool photographs() const { return dataset == "image_folder"; }
};
/// Describes `dataset` first; the fields that only image_folder has are described for it and where no data set is
/// named. Faults that need no data are reported: unknown data set, class outside its range or named twice, wrong
/// `labels`.
void describe(Fields& fields, DataSelection& selection);

struct DatasetInfo {
    std::string_view name;  ///< "fashion_mnist", "digits", "cifar10", "cifar100", "mnist", "gtsrb", "omniglot" …
    std::string_view description;
    bool embedded;  ///< comes with remask
};
std::vector<DatasetInfo> list_datasets();

/// Where files are looked for: the folder of --data (may be empty), then the data that comes with remask.
struct DataFolders {
    std::filesystem::path user;
    std::filesystem::path embedded;
};

/// Split::train is what validation leaves over; Split::validation is empty where validation_share is 0. The split
/// depends on the seed and on each class's own images only, not on which other classes are chosen. Throws InputError
/// (file missing, truncated, wrong magic, label out of range; says which file and byte) and ConfigError (unknown data
/// set or alphabet with did-you-mean, class out of range).
Dataset load_dataset(const DataSelection& selection, Split split, const DataFolders& folders, std::uint64_t seed);

/// File formats, plain or gzipped, for tests and further data sets; both throw InputError.
/// CIFAR's binary records: `label_bytes` of which number `label_index` counts, then three planes of 32×32 bytes.
Dataset read_cifar(const std::filesystem::path& path, int label_bytes, int label_index, int classes);
/// MNIST's IDX files: count × height × width bytes, and count bytes.
Dataset read_idx(const std::filesystem::path& images, const std::filesystem::path& labels, int classes);

/// bilinear and nearest: pixel centres at half coordinates (align_corners = false), not smoothed where they shrink.
/// pad: the image in the middle (odd remainders below and right), byte 0 around it; an image larger than the input is a
/// ConfigError.
enum class Resize { bilinear, nearest, pad };
template <>
struct EnumWords<Resize> {
    static constexpr std::array<std::string_view, 3> words{"bilinear", "nearest", "pad"};
};

/// Images in memory to the network's input shape (grey copied to RGB; RGB to grey by ITU-R 601 weights; resized) and
/// normalised: count × input.size() floats. An empty mean or deviation means 0 or 1. Throws ConfigError: channels or
/// normalisation do not fit the input.
std::vector<float> prepare_images(const Dataset& dataset, const Network& network, Resize resize = Resize::bilinear);
/// Images first … first + count − 1 only.
std::vector<float> prepare_images(const Dataset& dataset, const Network& network, Resize resize, std::int64_t first,
                                  std::int64_t count);

/// Training-time augmentation of a normalised image, in place; all off by default.
struct Augmentation {
    bool flip = false;     ///< horizontal, probability ½
    int crop_padding = 0;  ///< random crop from the image padded with zeros (normalised: the mean) by this many pixels
};
void describe(Fields& fields, Augmentation& augmentation);
/// Crops, then flips. The result depends on (seed, epoch, image) only; whether it flips does not depend on
/// crop_padding.
void augment(std::span<float> image, const Shape& shape, const Augmentation& augmentation, std::uint64_t seed,
             int epoch, std::int64_t image_index);

}  // namespace remask
