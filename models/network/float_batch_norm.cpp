#include "models/network/float_batch_norm.h"

#include <cmath>

#include "models/network/float_loops.h"

namespace remask {

namespace {

constexpr double running_momentum = 0.1;
std::int64_t positions_of(const Shape& shape) {
    return static_cast<std::int64_t>(shape.height) * shape.width;
}

/// first[c] += Σ a, second[c] += Σ a·b over `rows` rows of `channels` values; four rows at a time, so that the sums are
/// loaded and stored less often.
REMASK_VECTORISED
void add_rows(const float* a, const float* b, std::int64_t rows, std::int64_t channels, double* __restrict first,
              double* __restrict second) {
    std::int64_t row = 0;
    for (; row + 4 <= rows; row += 4, a += 4 * channels, b += 4 * channels) {
        for (std::int64_t c = 0; c < channels; ++c) {
            const double a0 = static_cast<double>(a[c]), a1 = static_cast<double>(a[c + channels]);
            const double a2 = static_cast<double>(a[c + 2 * channels]), a3 = static_cast<double>(a[c + 3 * channels]);
            const double b0 = static_cast<double>(b[c]), b1 = static_cast<double>(b[c + channels]);
            const double b2 = static_cast<double>(b[c + 2 * channels]), b3 = static_cast<double>(b[c + 3 * channels]);
            first[c] += (a0 + a1) + (a2 + a3);
            second[c] += (a0 * b0 + a1 * b1) + (a2 * b2 + a3 * b3);
        }
    }
    for (; row < rows; ++row, a += channels, b += channels) {
        for (std::int64_t c = 0; c < channels; ++c) {
            first[c] += static_cast<double>(a[c]);
            second[c] += static_cast<double>(a[c]) * static_cast<double>(b[c]);
        }
    }
}

REMASK_VECTORISED
void scale_rows(const float* x, std::int64_t rows, std::int64_t channels, const float* scale, const float* shift,
                float* out) {
    for (std::int64_t row = 0; row < rows; ++row, x += channels, out += channels) {
        REMASK_ELEMENTWISE
        for (std::int64_t c = 0; c < channels; ++c) out[c] = x[c] * scale[c] + shift[c];
    }
}

REMASK_VECTORISED
void scale_rows_relu(const float* x, std::int64_t rows, std::int64_t channels, const float* scale, const float* shift,
                     float* out) {
    for (std::int64_t row = 0; row < rows; ++row, x += channels, out += channels) {
        REMASK_ELEMENTWISE
        for (std::int64_t c = 0; c < channels; ++c) {
            const float y = x[c] * scale[c] + shift[c];
            out[c] = 0.0f > y ? 0.0f : y;
        }
    }
}

struct GradientRows {
    const float *on_gradient, *mean, *on_input, *constant;  // [channels]
};

REMASK_VECTORISED
void gradient_rows(const float* dy, const float* x, std::int64_t rows, std::int64_t channels, const GradientRows& by,
                   float* dx) {
    const float *on_gradient = by.on_gradient, *mean = by.mean, *on_input = by.on_input, *constant = by.constant;
    for (std::int64_t row = 0; row < rows; ++row, dy += channels, x += channels, dx += channels) {
        REMASK_ELEMENTWISE
        for (std::int64_t c = 0; c < channels; ++c) {
            dx[c] = dy[c] * on_gradient[c] + (x[c] - mean[c]) * on_input[c] + constant[c];
        }
    }
}

}  // namespace

void channel_sums(const float* a, const float* b, int images, const Shape& shape, ChannelSums* sums) {
    const auto channels = static_cast<std::size_t>(shape.channels);
    std::vector<double> first(channels, 0.0), second(channels, 0.0);
    add_rows(a, b, images * positions_of(shape), shape.channels, first.data(), second.data());
    for (std::size_t c = 0; c < channels; ++c) sums[c] = {first[c], second[c]};
}

std::vector<ChannelSums> total_sums(const std::vector<ChannelSums>& chunk_sums, int channels) {
    std::vector<ChannelSums> total(static_cast<std::size_t>(channels));
    for (std::size_t i = 0; i < chunk_sums.size(); ++i) {
        ChannelSums& sum = total[i % total.size()];
        sum.first += chunk_sums[i].first;
        sum.second += chunk_sums[i].second;
    }
    return total;
}

NormalisedChannel normalised_channel(double mean, double variance, float epsilon, float gamma, float beta) {
    NormalisedChannel channel;
    channel.mean = mean;
    channel.inverse_deviation = 1.0 / std::sqrt(variance + static_cast<double>(epsilon));
    const double scale = static_cast<double>(gamma) * channel.inverse_deviation;
    channel.scale = static_cast<float>(scale);
    channel.shift = static_cast<float>(static_cast<double>(beta) - mean * scale);
    return channel;
}

void update_running(double mean, double variance, std::int64_t count, float& running_mean, float& running_variance) {
    const double unbiased =
        count > 1 ? variance * static_cast<double>(count) / static_cast<double>(count - 1) : variance;
    const auto move = [](float& running, double value) {
        running =
            static_cast<float>((1.0 - running_momentum) * static_cast<double>(running) + running_momentum * value);
    };
    move(running_mean, mean);
    move(running_variance, unbiased);
}

void normalise(const float* x, int images, const Shape& shape, const NormalisedChannel* channels, bool relu,
               float* out) {
    std::vector<float> scale, shift;
    for (int c = 0; c < shape.channels; ++c) {
        scale.push_back(channels[c].scale);
        shift.push_back(channels[c].shift);
    }
    (relu ? scale_rows_relu : scale_rows)(x, images * positions_of(shape), shape.channels, scale.data(), shift.data(),
                                          out);
}

ChannelGradients channel_gradients(const NormalisedChannel& channel, const ChannelSums& sums) {
    return {(sums.second - channel.mean * sums.first) * channel.inverse_deviation, sums.first};
}

GradientChannel gradient_channel(const NormalisedChannel& channel, const ChannelSums& sums, std::int64_t count,
                                 bool train) {
    GradientChannel result;
    result.on_gradient = channel.scale;
    if (!train) return result;
    const ChannelGradients totals = channel_gradients(channel, sums);
    const double share = static_cast<double>(channel.scale) / static_cast<double>(count);
    result.mean = static_cast<float>(channel.mean);
    result.on_input = static_cast<float>(-share * totals.gamma * channel.inverse_deviation);
    result.constant = static_cast<float>(-share * totals.beta);
    return result;
}

void normalise_gradient(const float* output_gradient, const float* x, int images, const Shape& shape,
                        const GradientChannel* channels, float* input_gradient) {
    std::vector<float> on_gradient, mean, on_input, constant;
    for (int c = 0; c < shape.channels; ++c) {
        on_gradient.push_back(channels[c].on_gradient);
        mean.push_back(channels[c].mean);
        on_input.push_back(channels[c].on_input);
        constant.push_back(channels[c].constant);
    }
    gradient_rows(output_gradient, x, images * positions_of(shape), shape.channels,
                  {on_gradient.data(), mean.data(), on_input.data(), constant.data()}, input_gradient);
}

}  // namespace remask
