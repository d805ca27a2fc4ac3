// Bytes to the network's input: channels, then size, then normalisation, all in float32 as the training frameworks do.
#include <algorithm>
#include <cmath>
#include <string>

#include "models/data/dataset.h"
#include "sim/base/diagnostics.h"

namespace remask {
namespace {

/// One output coordinate between two input ones: value = (1 − fraction) × first + fraction × second. −1: outside, zero.
struct Tap {
    int first = 0;
    int second = 0;
    float fraction = 0.0f;
};

std::string text(const Shape& shape) {
    return std::to_string(shape.channels) + "×" + std::to_string(shape.height) + "×" + std::to_string(shape.width);
}

std::vector<Tap> make_taps(int from, int to, Resize resize) {
    std::vector<Tap> taps(static_cast<std::size_t>(to));
    for (int i = 0; i < to; ++i) {
        Tap& tap = taps[static_cast<std::size_t>(i)];
        if (resize == Resize::pad) {
            const int source = i - (to - from) / 2;
            tap.first = tap.second = source >= 0 && source < from ? source : -1;
        } else if (resize == Resize::nearest) {
            tap.first = tap.second = static_cast<int>((2 * std::int64_t{i} + 1) * from / (2 * std::int64_t{to}));
        } else {
            const double source = std::max(0.0, (i + 0.5) * from / to - 0.5);
            tap.first = std::min(static_cast<int>(source), from - 1);
            tap.second = std::min(tap.first + 1, from - 1);
            tap.fraction = static_cast<float>(source - tap.first);
        }
    }
    return taps;
}

class ImagePreparer {
public:
    ImagePreparer(const Shape& from, const Network& network, Resize resize);
    void operator()(const std::uint8_t* pixels, float* out);

private:
    void to_planes(const std::uint8_t* pixels);
    float sample(const float* plane, const Tap& row, const Tap& column) const;

    Shape from_;
    Shape to_;
    float divisor_;
    std::vector<float> mean_;
    std::vector<float> deviation_;
    std::vector<Tap> rows_;
    std::vector<Tap> columns_;
    std::vector<float>
        planes_;  ///< the image with to_.channels channels, not yet resized (one plane if they are all alike)
};

std::vector<float> per_channel(const std::vector<float>& values, int channels, float absent, const Network& network,
                               const char* what) {
    if (values.empty()) return std::vector<float>(static_cast<std::size_t>(channels), absent);
    if (values.size() == static_cast<std::size_t>(channels)) return values;
    throw ConfigError("network '" + network.name + "': normalisation has " + std::to_string(values.size()) + " " +
                      what + " values for an input of " + std::to_string(channels) + " channels");
}

ImagePreparer::ImagePreparer(const Shape& from, const Network& network, Resize resize)
    : from_(from),
      to_(network.input),
      divisor_(network.normalisation.divisor),
      mean_(per_channel(network.normalisation.mean, to_.channels, 0.0f, network, "mean")),
      deviation_(per_channel(network.normalisation.deviation, to_.channels, 1.0f, network, "deviation")) {
    const bool convertible =
        from.channels == to_.channels || from.channels == 1 || (from.channels == 3 && to_.channels == 1);
    if (!convertible || from.size() <= 0 || to_.size() <= 0) {
        throw ConfigError("images of " + text(from) + " cannot become the input " + text(to_) + " of network '" +
                          network.name + "'");
    }
    if (resize == Resize::pad && (from.height > to_.height || from.width > to_.width)) {
        throw ConfigError("resize 'pad': images of " + text(from) + " are larger than the input " + text(to_) +
                          " of network '" + network.name + "'; take bilinear or nearest");
    }
    const bool zero = std::find(deviation_.begin(), deviation_.end(), 0.0f) != deviation_.end();
    if (zero || divisor_ == 0.0f) throw ConfigError("network '" + network.name + "': normalisation divides by zero");
    rows_ = make_taps(from.height, to_.height, resize);
    columns_ = make_taps(from.width, to_.width, resize);
}

void ImagePreparer::to_planes(const std::uint8_t* pixels) {
    const std::size_t plane = static_cast<std::size_t>(from_.height) * static_cast<std::size_t>(from_.width);
    if (from_.channels == 3 && to_.channels == 1) {
        planes_.resize(plane);
        for (std::size_t i = 0; i < plane; ++i) {  // luma of ITU-R BT.601
            planes_[i] = 0.299f * static_cast<float>(pixels[i]) + 0.587f * static_cast<float>(pixels[plane + i]) +
                         0.114f * static_cast<float>(pixels[2 * plane + i]);
        }
        return;
    }
    planes_.assign(pixels, pixels + from_.size());
}

float ImagePreparer::sample(const float* plane, const Tap& row, const Tap& column) const {
    if (row.first < 0 || column.first < 0) return 0.0f;
    const float* upper = plane + std::ptrdiff_t{row.first} * from_.width;
    const float* lower = plane + std::ptrdiff_t{row.second} * from_.width;
    const float along = column.fraction;
    const float top = (1.0f - along) * upper[column.first] + along * upper[column.second];
    const float bottom = (1.0f - along) * lower[column.first] + along * lower[column.second];
    return (1.0f - row.fraction) * top + row.fraction * bottom;
}

void ImagePreparer::operator()(const std::uint8_t* pixels, float* out) {
    to_planes(pixels);
    const bool shared = from_.channels == 1;
    for (int channel = 0; channel < to_.channels; ++channel) {
        const float* plane = planes_.data() + (shared ? 0 : std::ptrdiff_t{channel} * from_.height * from_.width);
        const float mean = mean_[static_cast<std::size_t>(channel)];
        const float deviation = deviation_[static_cast<std::size_t>(channel)];
        for (const Tap& row : rows_) {
            for (const Tap& column : columns_) *out++ = (sample(plane, row, column) / divisor_ - mean) / deviation;
        }
    }
}

}  // namespace

std::vector<float> prepare_images(const Dataset& dataset, const Network& network, Resize resize) {
    return prepare_images(dataset, network, resize, 0, dataset.count());
}

std::vector<float> prepare_images(const Dataset& dataset, const Network& network, Resize resize, std::int64_t first,
                                  std::int64_t count) {
    const auto size = static_cast<std::size_t>(dataset.shape.size());
    if (first < 0 || count < 0 || first + count > dataset.count() ||
        dataset.pixels.size() != static_cast<std::size_t>(dataset.count()) * size) {
        throw InternalError("prepare_images: images " + std::to_string(first) + " + " + std::to_string(count) + " of " +
                            std::to_string(dataset.count()));
    }
    ImagePreparer prepare(dataset.shape, network, resize);
    const auto out_size = static_cast<std::size_t>(network.input.size());
    std::vector<float> images(static_cast<std::size_t>(count) * out_size);
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
        prepare(dataset.pixels.data() + (static_cast<std::size_t>(first) + i) * size, images.data() + i * out_size);
    }
    return images;
}

}  // namespace remask
