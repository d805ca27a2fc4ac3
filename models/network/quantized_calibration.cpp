#include "models/network/quantized_calibration.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "models/network/quantized_im2col.h"
#include "sim/base/diagnostics.h"
#include "sim/base/parallel.h"

namespace remask {
namespace {

constexpr int kImagesPerBlock = 4;
constexpr std::int64_t kVectors = 64;  // columns that are unrolled at once: they stay in the cache
constexpr int kTileRows = 4;
constexpr int kTileColumns = 8;
constexpr std::size_t kBins = 1u << 15;  // a float's exponent and its fraction's first seven bits

/// How often |x| lay in which interval. Sums of counts: the order of adding does not matter.
struct Statistics {
    float largest = 0.0f;
    std::vector<std::int64_t> bins;

    void add(std::span<const float> values) {
        for (const float value : values) {
            const float magnitude = std::fabs(value);
            if (!(magnitude <= largest)) largest = magnitude;
            if (!bins.empty()) ++bins[std::bit_cast<std::uint32_t>(magnitude) >> 16];
        }
    }
    void add(const Statistics& other) {
        if (!(other.largest <= largest)) largest = other.largest;
        for (std::size_t i = 0; i < bins.size(); ++i) bins[i] += other.bins[i];
    }
    float percentile(double percent) const {
        std::int64_t total = 0, seen = 0;
        for (const std::int64_t count : bins) total += count;
        const auto wanted = static_cast<std::int64_t>(std::ceil(percent / 100.0 * static_cast<double>(total)));
        for (std::size_t bin = 0; bin < bins.size(); ++bin) {
            seen += bins[bin];
            if (seen < wanted) continue;
            return std::min(std::bit_cast<float>(static_cast<std::uint32_t>(bin + 1) << 16), largest);
        }
        return largest;
    }
};

/// out[j][v] = Σ_k weights[j·rows + k]·columns[k·vectors + v] for `height` rows and `width` vectors, in the order of k.
template <int Height, int Width>
void tile(const float* weights, std::int64_t rows, const float* columns, std::int64_t vectors, float* out) {
    float sum[Height][Width] = {};
    for (std::int64_t k = 0; k < rows; ++k) {
        const float* x = columns + k * vectors;
        for (int j = 0; j < Height; ++j) {
            const float w = weights[j * rows + k];
            for (int v = 0; v < Width; ++v) sum[j][v] += w * x[v];
        }
    }
    for (int j = 0; j < Height; ++j) std::copy_n(sum[j], Width, out + j * vectors);
}

template <int Height>
void tile_row(const float* weights, std::int64_t rows, const float* columns, std::int64_t vectors, float* out) {
    std::int64_t v = 0;
    for (; v + kTileColumns <= vectors; v += kTileColumns) {
        tile<Height, kTileColumns>(weights, rows, columns + v, vectors, out + v);
    }
    for (; v < vectors; ++v) tile<Height, 1>(weights, rows, columns + v, vectors, out + v);
}

void product(const float* weights, std::int64_t outputs, std::int64_t rows, const float* columns, std::int64_t vectors,
             float* out) {
    std::int64_t n = 0;
    for (; n + kTileRows <= outputs; n += kTileRows) {
        tile_row<kTileRows>(weights + n * rows, rows, columns, vectors, out + n * vectors);
    }
    for (; n < outputs; ++n) tile_row<1>(weights + n * rows, rows, columns, vectors, out + n * vectors);
}

/// One crossbar layer of a block, unquantised, with its folded end.
void convolve(const QuantizedPlan& plan, const QuantizedStep& step, const Tensor& weight, std::span<const float> inputs,
              int images, std::span<float> outputs) {
    const Layer& layer = plan.layer(step.layer);
    const WindowGeometry geometry(layer, plan.input_shape(step.layer));
    const std::int64_t rows = weight.size() / layer.out_channels;
    const int in_channels = geometry.in.channels / layer.groups, out_channels = layer.out_channels / layer.groups;
    const std::int64_t positions = geometry.positions(), all = images * positions;
    std::vector<float> columns(static_cast<std::size_t>(rows * kVectors));
    std::vector<float> sums(static_cast<std::size_t>(out_channels * kVectors));
    const ChannelAffine& end = plan.ends[static_cast<std::size_t>(step.slot)];
    for (std::int64_t begin = 0; begin < all; begin += kVectors) {
        const std::int64_t vectors = std::min(kVectors, all - begin);
        for (int g = 0; g < layer.groups; ++g) {
            unroll(geometry, inputs.data(), g * in_channels, in_channels, begin, begin + vectors, columns.data());
            product(weight.values.data() + g * out_channels * rows, out_channels, rows, columns.data(), vectors,
                    sums.data());
            for (int n = 0; n < out_channels; ++n) {
                const int channel = g * out_channels + n;
                const double gain = end.gain[static_cast<std::size_t>(channel)];
                const double shift = end.shift[static_cast<std::size_t>(channel)];
                for (std::int64_t v = 0; v < vectors; ++v) {
                    const std::int64_t image = (begin + v) / positions, position = (begin + v) % positions;
                    const auto y = static_cast<float>(gain * sums[static_cast<std::size_t>(n * vectors + v)] + shift);
                    outputs[static_cast<std::size_t>((image * layer.out_channels + channel) * positions + position)] =
                        step.relu && !(y > 0.0f) ? 0.0f : y;
                }
            }
        }
    }
}

}  // namespace

std::vector<float> input_ranges(const QuantizedPlan& plan, const ParameterMap& parameters,
                                const QuantizationOptions& options, std::span<const float> images, int count,
                                ThreadPool& pool) {
    const bool percentile = options.activation_range == ActivationRange::percentile;
    Statistics nothing;
    if (percentile) nothing.bins.resize(kBins);
    std::vector<std::vector<Statistics>> of_worker(static_cast<std::size_t>(pool.threads()),
                                                   std::vector<Statistics>(plan.ends.size(), nothing));
    const std::int64_t size = plan.network.input.size();
    pool.run((count + kImagesPerBlock - 1) / kImagesPerBlock, [&](std::int64_t chunk, int worker) {
        const std::int64_t first = chunk * kImagesPerBlock;
        const int block = static_cast<int>(std::min<std::int64_t>(kImagesPerBlock, count - first));
        std::vector<float> logits(static_cast<std::size_t>(block * plan.network.classes()));
        const auto crossbar = [&](const QuantizedStep& step, std::span<const float> in, int n, std::span<float> out) {
            of_worker[static_cast<std::size_t>(worker)][static_cast<std::size_t>(step.slot)].add(in);
            convolve(plan, step, parameters.at(plan.layer(step.layer).name + ".weight"), in, n, out);
        };
        run_quantized_block(
            plan, images.subspan(static_cast<std::size_t>(first * size), static_cast<std::size_t>(block * size)), block,
            crossbar, logits);
    });
    std::vector<float> ranges;
    for (std::size_t slot = 0; slot < plan.ends.size(); ++slot) {
        Statistics all = nothing;
        for (const auto& worker : of_worker) all.add(worker[slot]);
        if (!std::isfinite(all.largest)) {
            throw ValuesOverflow("the network's values overflow on the calibration images; are its weights sound?");
        }
        ranges.push_back(percentile ? all.percentile(options.activation_percentile) : all.largest);
    }
    return ranges;
}

}  // namespace remask
