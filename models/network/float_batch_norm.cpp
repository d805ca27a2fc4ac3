#include "models/network/float_batch_norm.h"

#include <cmath>

namespace remask {

namespace {

constexpr double running_momentum = 0.1;
constexpr int lanes = 8;  // independent partial sums: fixed, so that the order of additions is

std::int64_t positions_of(const Shape& shape) {
    return static_cast<std::int64_t>(shape.height) * shape.width;
}

void add_plane(const float* a, const float* b, std::int64_t count, double* first, double* second) {
    std::int64_t i = 0;
    for (; i + lanes <= count; i += lanes) {
        for (int lane = 0; lane < lanes; ++lane) {
            const double value = static_cast<double>(a[i + lane]);
            first[lane] += value;
            second[lane] += value * static_cast<double>(b[i + lane]);
        }
    }
    for (; i < count; ++i) {
        const double value = static_cast<double>(a[i]);
        first[0] += value;
        second[0] += value * static_cast<double>(b[i]);
    }
}

}  // namespace

void channel_sums(const float* a, const float* b, int images, const Shape& shape, ChannelSums* sums) {
    const std::int64_t positions = positions_of(shape);
    for (int channel = 0; channel < shape.channels; ++channel) {
        double first[lanes] = {}, second[lanes] = {};
        for (int image = 0; image < images; ++image) {
            const std::int64_t offset = image * shape.size() + channel * positions;
            add_plane(a + offset, b + offset, positions, first, second);
        }
        sums[channel] = {};
        for (int lane = 0; lane < lanes; ++lane) {
            sums[channel].first += first[lane];
            sums[channel].second += second[lane];
        }
    }
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
    const std::int64_t positions = positions_of(shape);
    for (int image = 0; image < images; ++image) {
        for (int channel = 0; channel < shape.channels; ++channel, x += positions, out += positions) {
            const float scale = channels[channel].scale, shift = channels[channel].shift;
            if (relu) {
                for (std::int64_t i = 0; i < positions; ++i) {
                    const float y = x[i] * scale + shift;
                    out[i] = 0.0f > y ? 0.0f : y;
                }
            } else {
                for (std::int64_t i = 0; i < positions; ++i) out[i] = x[i] * scale + shift;
            }
        }
    }
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
    const std::int64_t positions = positions_of(shape);
    for (int image = 0; image < images; ++image) {
        for (int channel = 0; channel < shape.channels; ++channel) {
            const GradientChannel c = channels[channel];
            for (std::int64_t i = 0; i < positions; ++i) {
                input_gradient[i] = output_gradient[i] * c.on_gradient + (x[i] - c.mean) * c.on_input + c.constant;
            }
            output_gradient += positions;
            input_gradient += positions;
            x += positions;
        }
    }
}

}  // namespace remask
