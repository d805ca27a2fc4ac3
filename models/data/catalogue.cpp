#include "models/data/catalogue.h"

#include <utility>

#include "models/data/class_names.h"
#include "models/data/locate.h"
#include "sim/base/diagnostics.h"
#include "sim/base/files.h"

namespace remask::data {
namespace {

bool coarse(const DataSelection& selection) {
    return selection.labels == "coarse";
}

template <int count>
int fixed_classes(const DataSelection&) {
    return count;
}

int cifar100_classes(const DataSelection& selection) {
    return coarse(selection) ? 20 : 100;
}

Dataset load_mnist_files(std::string_view name, const std::vector<std::string>& subfolders, FileSet files,
                         const DataFolders& folders) {
    const std::string prefix = files == FileSet::train ? "train" : "t10k";
    const auto paths =
        locate(name, folders, subfolders, {prefix + "-images-idx3-ubyte", prefix + "-labels-idx1-ubyte"});
    return read_idx(paths[0], paths[1], 10);
}

Dataset load_mnist(const CatalogueEntry& entry, const DataSelection&, FileSet files, const DataFolders& folders) {
    Dataset dataset = load_mnist_files(entry.info.name, {"mnist"}, files, folders);
    dataset.class_names = digit_names();
    return dataset;
}

Dataset load_fashion(const CatalogueEntry& entry, const DataSelection&, FileSet files, const DataFolders& folders) {
    Dataset dataset = load_mnist_files(entry.info.name, {"fashion_mnist", "fashion-mnist"}, files, folders);
    dataset.class_names = fashion_mnist_names();
    return dataset;
}

/// The files hold the original 0..16 (how many of 4×4 pixels are inked): scaled to 0..255, halves rounded up.
Dataset load_digits(const CatalogueEntry& entry, const DataSelection&, FileSet files, const DataFolders& folders) {
    constexpr int full = 16;
    Dataset dataset = load_mnist_files(entry.info.name, {"digits"}, files, folders);
    for (std::size_t i = 0; i < dataset.pixels.size(); ++i) {
        const int value = dataset.pixels[i];
        if (value > full) {
            throw InputError("data set 'digits': image " +
                             std::to_string(i / static_cast<std::size_t>(dataset.shape.size())) + ": pixel value " +
                             std::to_string(value) + " is not in 0..16");
        }
        dataset.pixels[i] = static_cast<std::uint8_t>((2 * 255 * value + full) / (2 * full));
    }
    dataset.class_names = digit_names();
    return dataset;
}

Dataset load_cifar10(const CatalogueEntry& entry, const DataSelection&, FileSet files, const DataFolders& folders) {
    std::vector<std::string> names{"test_batch.bin"};
    if (files == FileSet::train) {
        names = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"};
    }
    Dataset all;
    for (const auto& path : locate(entry.info.name, folders, {"cifar10", "cifar-10-batches-bin"}, names)) {
        Dataset part = read_cifar(path, 1, 0, 10);
        if (all.labels.empty()) {
            all = std::move(part);
            continue;
        }
        all.pixels.insert(all.pixels.end(), part.pixels.begin(), part.pixels.end());
        all.labels.insert(all.labels.end(), part.labels.begin(), part.labels.end());
    }
    all.class_names = cifar10_names();
    return all;
}

Dataset load_cifar100(const CatalogueEntry& entry, const DataSelection& selection, FileSet files,
                      const DataFolders& folders) {
    const auto paths = locate(entry.info.name, folders, {"cifar100", "cifar-100-binary"},
                              {files == FileSet::train ? "train.bin" : "test.bin"});
    Dataset dataset = read_cifar(paths[0], 2, coarse(selection) ? 0 : 1, cifar100_classes(selection));
    dataset.class_names = coarse(selection) ? cifar100_coarse_names() : cifar100_fine_names();
    return dataset;
}

Dataset load_gtsrb(const CatalogueEntry& entry, const DataSelection&, FileSet files, const DataFolders& folders) {
    const auto paths =
        locate(entry.info.name, folders, {"gtsrb"}, {files == FileSet::train ? "train.bin" : "test.bin"});
    return read_cifar(paths[0], 1, 0, 43);
}

}  // namespace

const std::vector<CatalogueEntry>& catalogue() {
    static const std::vector<CatalogueEntry> entries{
        {{"fashion_mnist",
          "clothes, 28×28 grey, 10 classes; 5,000 + 1,000 images come with remask, all 70,000 by --data", true},
         fixed_classes<10>,
         load_fashion},
        {{"digits", "UCI handwritten digits, 8×8 grey, 10 classes, 1,437 + 360 images", true},
         fixed_classes<10>,
         load_digits},
        {{"cifar10", "photographs, 32×32 RGB, 10 classes; official binary files by --data", false},
         fixed_classes<10>,
         load_cifar10},
        {{"cifar100", "photographs, 32×32 RGB, 100 fine or 20 coarse classes; official binary files by --data", false},
         cifar100_classes,
         load_cifar100},
        {{"mnist", "handwritten digits, 28×28 grey, 10 classes; IDX files by --data", false},
         fixed_classes<10>,
         load_mnist},
        {{"gtsrb", "German traffic signs, 43 classes, in CIFAR-10's layout (32×32 RGB) by --data", false},
         fixed_classes<43>,
         load_gtsrb},
        {{"omniglot", "handwritten characters of many alphabets, 28×28 grey; IDX files by --data", false},
         fixed_classes<0>,
         load_omniglot},
        {{"image_folder",
          "your photographs of any size, JPEG or PNG, in train/CLASS/ and test/CLASS/ below 'path'; by --data", false},
         fixed_classes<0>,
         load_image_folder},
    };
    return entries;
}

const CatalogueEntry* find_entry(std::string_view name) {
    for (const CatalogueEntry& entry : catalogue()) {
        if (entry.info.name == name) return &entry;
    }
    return nullptr;
}

std::string unknown_dataset(std::string_view name) {
    std::vector<std::string> names;
    std::string known;
    for (const CatalogueEntry& entry : catalogue()) {
        names.emplace_back(entry.info.name);
        known += (known.empty() ? "" : ", ") + names.back();
    }
    return "unknown data set '" + std::string(name) + "'" + did_you_mean(name, names) + "; known: " + known;
}

}  // namespace remask::data
