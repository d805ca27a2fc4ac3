#include "models/data/resample.h"

#include <algorithm>
#include <cmath>

#include "sim/base/diagnostics.h"

namespace remask::data {
namespace {

constexpr int fraction_bits = 22;
constexpr int half = 1 << (fraction_bits - 1);

/// Along one axis: output pixel i is the sum of weights[j] × input pixel first + j.
struct Window {
    int first = 0;
    std::vector<int> weights;
};

std::vector<Window> windows_of(int from, int to) {
    const double scale = static_cast<double>(from) / to;
    const double reach = std::max(scale, 1.0);  // of the triangle to either side, in input pixels
    std::vector<Window> windows(static_cast<std::size_t>(to));
    for (int i = 0; i < to; ++i) {
        const double centre = (i + 0.5) * scale;
        Window& window = windows[static_cast<std::size_t>(i)];
        window.first = std::max(0, static_cast<int>(centre - reach + 0.5));
        const int end = std::min(from, static_cast<int>(centre + reach + 0.5));
        std::vector<double> shares;
        double sum = 0.0;
        for (int x = window.first; x < end; ++x) {
            // By the reciprocal, as Pillow does, so that the weights have the same last bits.
            const double distance = std::abs((x - centre + 0.5) * (1.0 / reach));
            shares.push_back(std::max(0.0, 1.0 - distance));
            sum += shares.back();
        }
        for (const double share : shares) {
            window.weights.push_back(static_cast<int>(0.5 + share / sum * (1 << fraction_bits)));
        }
    }
    return windows;
}

std::uint8_t rounded(int sum) {
    return static_cast<std::uint8_t>(std::clamp(sum >> fraction_bits, 0, 255));
}

std::vector<std::uint8_t> resample_rows(const PixelRectangle& image, int width) {
    const std::vector<Window> windows = windows_of(image.width, width);
    std::vector<std::uint8_t> out(static_cast<std::size_t>(width) * static_cast<std::size_t>(image.height) * 3);
    std::uint8_t* to = out.data();
    for (int y = 0; y < image.height; ++y) {
        for (const Window& window : windows) {
            const std::uint8_t* from = image.pixels + y * image.row + std::ptrdiff_t{window.first} * 3;
            int sums[3] = {half, half, half};
            for (const int weight : window.weights) {
                for (int& sum : sums) sum += weight * *from++;
            }
            for (const int sum : sums) *to++ = rounded(sum);
        }
    }
    return out;
}

/// `row` values side by side in every one of the image's rows.
std::vector<std::uint8_t> resample_columns(const std::vector<std::uint8_t>& image, std::size_t row, int from, int to) {
    const std::vector<Window> windows = windows_of(from, to);
    std::vector<std::uint8_t> out(static_cast<std::size_t>(to) * row);
    std::vector<int> sums(row);
    std::uint8_t* target = out.data();
    for (const Window& window : windows) {
        std::fill(sums.begin(), sums.end(), half);
        const std::uint8_t* source = image.data() + static_cast<std::size_t>(window.first) * row;
        for (const int weight : window.weights) {
            for (int& sum : sums) sum += weight * *source++;
        }
        for (const int sum : sums) *target++ = rounded(sum);
    }
    return out;
}

}  // namespace

std::vector<std::uint8_t> resample(const PixelRectangle& image, int width, int height) {
    if (image.width < 1 || image.height < 1 || width < 1 || height < 1) throw InternalError("resample: nothing to do");
    const auto row = static_cast<std::size_t>(width) * 3;
    std::vector<std::uint8_t> out;
    if (image.width != width) {
        out = resample_rows(image, width);
    } else {
        for (int y = 0; y < image.height; ++y) {
            const std::uint8_t* from = image.pixels + y * image.row;
            out.insert(out.end(), from, from + row);
        }
    }
    return image.height == height ? out : resample_columns(out, row, image.height, height);
}

}  // namespace remask::data
