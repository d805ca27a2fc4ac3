#include "models/data/image_view.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "models/data/resample.h"
#include "sim/base/diagnostics.h"
#include "sim/base/random.h"

namespace remask::data {
namespace {

struct Box {
    int left = 0, top = 0, width = 0, height = 0;
};

PixelRectangle rectangle(const DecodedImage& image, const Box& box) {
    const std::int64_t row = std::int64_t{image.width} * 3;
    return {image.pixels.data() + box.top * row + std::ptrdiff_t{box.left} * 3, box.width, box.height, row};
}

DecodedImage resized(const DecodedImage& image, int width, int height) {
    return {width, height, resample(rectangle(image, {0, 0, image.width, image.height}), width, height)};
}

std::int64_t longer_side(const DecodedImage& photo, int shorter_side) {
    const auto [shorter, longer] = std::minmax(photo.width, photo.height);
    return std::int64_t{shorter_side} * longer / shorter;
}

/// The whole photograph with its shorter side at `side`.
DecodedImage with_shorter_side(const DecodedImage& photo, int side) {
    const auto longer = static_cast<int>(longer_side(photo, side));
    return photo.width <= photo.height ? resized(photo, side, longer) : resized(photo, longer, side);
}

std::vector<std::uint8_t> cut(const DecodedImage& image, const Box& box) {
    return resample(rectangle(image, box), box.width, box.height);  // the same size: a copy
}

int middle(int whole, int part) {
    return static_cast<int>(std::nearbyint((whole - part) / 2.0));  // halves to even
}

Box random_box(const DecodedImage& image, RandomStream random) {
    constexpr int tries = 10;
    constexpr double least_area = 0.08, least_ratio = 3.0 / 4.0, largest_ratio = 4.0 / 3.0;
    const double area = static_cast<double>(image.width) * image.height;
    for (int i = 0; i < tries; ++i) {
        const double target = area * (least_area + (1.0 - least_area) * random.uniform());
        const double low = std::log(least_ratio), high = std::log(largest_ratio);
        const double ratio = std::exp(low + (high - low) * random.uniform());
        const int width = static_cast<int>(std::lround(std::sqrt(target * ratio)));
        const int height = static_cast<int>(std::lround(std::sqrt(target / ratio)));
        if (width < 1 || height < 1 || width > image.width || height > image.height) continue;
        const auto top = static_cast<int>(random.below(static_cast<std::uint64_t>(image.height - height) + 1));
        const auto left = static_cast<int>(random.below(static_cast<std::uint64_t>(image.width - width) + 1));
        return {left, top, width, height};
    }
    const double ratio = static_cast<double>(image.width) / image.height;
    int width = image.width, height = image.height;
    if (ratio < least_ratio) height = std::max(1, static_cast<int>(std::lround(width / least_ratio)));
    if (ratio > largest_ratio) width = std::max(1, static_cast<int>(std::lround(height * largest_ratio)));
    return {(image.width - width) / 2, (image.height - height) / 2, width, height};
}

}  // namespace

ViewSettings view_settings(const DataSelection& selection, const Shape& input) {
    ViewSettings settings{selection.view, selection.shorter_side, selection.training_crop, input.height, input.width};
    const int needed = std::max(input.height, input.width);
    if (settings.shorter_side == 0) settings.shorter_side = (needed * 8 + 3) / 7;  // 224 -> 256
    if (settings.view == PhotoView::center_crop && settings.shorter_side < needed) {
        throw ConfigError("data set '" + selection.dataset + "': shorter_side " +
                          std::to_string(settings.shorter_side) + " is smaller than the network's input of " +
                          std::to_string(input.height) + "×" + std::to_string(input.width) +
                          " pixels, which is cut out of it");
    }
    return settings;
}

void check_view(const DecodedImage& photo, const ViewSettings& settings, const std::string& origin) {
    if (settings.view == PhotoView::center_crop || settings.training_crop) {
        check_image_size(longer_side(photo, settings.shorter_side), settings.shorter_side,
                         origin + " with its shorter side resized to " + std::to_string(settings.shorter_side));
    }
}

std::vector<std::uint8_t> test_view(const DecodedImage& photo, const ViewSettings& settings) {
    if (settings.view == PhotoView::stretch) return resized(photo, settings.width, settings.height).pixels;
    const DecodedImage whole = with_shorter_side(photo, settings.shorter_side);
    return cut(whole, {middle(whole.width, settings.width), middle(whole.height, settings.height), settings.width,
                       settings.height});
}

std::vector<std::uint8_t> training_view(const DecodedImage& photo, const ViewSettings& settings, std::uint64_t seed,
                                        int epoch, std::int64_t image) {
    if (!settings.training_crop) return test_view(photo, settings);
    const DecodedImage whole = with_shorter_side(photo, settings.shorter_side);
    const RandomStream random(seed, "training crop", static_cast<std::uint64_t>(epoch),
                              static_cast<std::uint64_t>(image));
    return resample(rectangle(whole, random_box(whole, random)), settings.width, settings.height);
}

}  // namespace remask::data
