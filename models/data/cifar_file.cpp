// The binary layout of CIFAR: records of label bytes, then 32×32 red, green and blue bytes.
// Source: A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009, and its data page.
#include <string>

#include "models/data/byte_source.h"
#include "models/data/dataset.h"
#include "sim/base/diagnostics.h"

namespace remask {
namespace {

constexpr Shape cifar_shape{3, 32, 32};

void check_label(const std::filesystem::path& path, std::size_t image, std::uint64_t byte, int label, int classes) {
    if (label < classes) return;
    throw InputError(path.string() + ": image " + std::to_string(image) + " (byte " + std::to_string(byte) +
                     "): label " + std::to_string(label) + " is not in 0.." + std::to_string(classes - 1));
}

[[noreturn]] void refuse_partial(const std::filesystem::path& path, std::uint64_t begin, std::uint64_t got,
                                 std::uint64_t record) {
    throw InputError(path.string() + ": truncated: the record at byte " + std::to_string(begin) + " has " +
                     std::to_string(got) + " of its " + std::to_string(record) + " bytes; get the file again");
}

}  // namespace

Dataset read_cifar(const std::filesystem::path& path, int label_bytes, int label_index, int classes) {
    if (label_bytes < 1 || label_index < 0 || label_index >= label_bytes) {
        throw InternalError("read_cifar: label " + std::to_string(label_index) + " of " + std::to_string(label_bytes));
    }
    const auto marks = static_cast<std::uint64_t>(label_bytes);
    const auto image_bytes = static_cast<std::uint64_t>(cifar_shape.size());
    const std::uint64_t record = marks + image_bytes;
    data::ByteSource source(path);
    Dataset dataset;
    dataset.shape = cifar_shape;
    dataset.classes = classes;
    std::vector<std::uint8_t> label;
    for (std::uint64_t begin = 0;; begin += record) {
        label.clear();
        const std::uint64_t label_got = source.append(label, marks);
        if (label_got == 0) break;
        const std::uint64_t got = label_got < marks ? label_got : marks + source.append(dataset.pixels, image_bytes);
        if (got < record) refuse_partial(path, begin, got, record);
        const int value = label[static_cast<std::size_t>(label_index)];
        check_label(path, dataset.labels.size(), begin + static_cast<std::uint64_t>(label_index), value, classes);
        dataset.labels.push_back(value);
    }
    if (dataset.labels.empty()) throw InputError(path.string() + ": is empty; get the file again");
    return dataset;
}

}  // namespace remask
