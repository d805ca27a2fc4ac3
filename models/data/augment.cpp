#include <algorithm>
#include <vector>

#include "models/data/dataset.h"
#include "sim/base/diagnostics.h"
#include "sim/base/random.h"

namespace remask {
namespace {

/// Moves the image by (down, right) pixels; what comes in from outside is zero.
void shift(std::span<float> image, const Shape& shape, int down, int right) {
    const std::vector<float> before(image.begin(), image.end());
    std::fill(image.begin(), image.end(), 0.0f);
    for (int channel = 0; channel < shape.channels; ++channel) {
        for (int y = std::max(0, down); y < std::min(shape.height, shape.height + down); ++y) {
            const std::int64_t plane = std::int64_t{channel} * shape.height;
            const std::int64_t to = (plane + y) * shape.width;
            const std::int64_t from = (plane + y - down) * shape.width;
            for (int x = std::max(0, right); x < std::min(shape.width, shape.width + right); ++x) {
                image[static_cast<std::size_t>(to + x)] = before[static_cast<std::size_t>(from + x - right)];
            }
        }
    }
}

void mirror(std::span<float> image, const Shape& shape) {
    const auto width = static_cast<std::ptrdiff_t>(shape.width);
    for (auto row = image.begin(); row != image.end(); row += width) std::reverse(row, row + width);
}

}  // namespace

void describe(Fields& fields, Augmentation& augmentation) {
    constexpr double largest_padding = 64;
    fields.field("flip", augmentation.flip, {.doc = "mirror left and right with probability 1/2", .optional = true});
    fields.field("crop_padding", augmentation.crop_padding,
                 {.doc = "random crop from the image padded by so many pixels",
                  .optional = true,
                  .min = 0,
                  .max = largest_padding});
}

void augment(std::span<float> image, const Shape& shape, const Augmentation& augmentation, std::uint64_t seed,
             int epoch, std::int64_t image_index) {
    if (static_cast<std::int64_t>(image.size()) != shape.size()) {
        throw InternalError("augment: the image does not have its shape's size");
    }
    const auto round = static_cast<std::uint64_t>(epoch);
    const auto number = static_cast<std::uint64_t>(image_index);
    if (augmentation.crop_padding > 0) {
        RandomStream random(seed, "augment crop", round, number);
        const int padding = augmentation.crop_padding;
        const auto positions = 2 * static_cast<std::uint64_t>(padding) + 1;
        const int top = static_cast<int>(random.below(positions));
        const int left = static_cast<int>(random.below(positions));
        shift(image, shape, padding - top, padding - left);
    }
    if (augmentation.flip && RandomStream(seed, "augment flip", round, number).uniform() < 0.5) mirror(image, shape);
}

}  // namespace remask
