// Batch normalisation: sums over images and positions, coefficients, and their application.
#pragma once

#include <cstdint>
#include <vector>

#include "models/network/network.h"

namespace remask {

/// Two sums per channel over some images, in double, in an order that depends on nothing but the image count.
struct ChannelSums {
    double first = 0.0;   ///< Σ a
    double second = 0.0;  ///< Σ a·b
};

/// sums[channel] = {Σ a, Σ a·b} over `images` × positions; a and b may be the same array.
void channel_sums(const float* a, const float* b, int images, const Shape& shape, ChannelSums* sums);

/// Adds chunk sums [chunks][channels] in ascending chunk order.
std::vector<ChannelSums> total_sums(const std::vector<ChannelSums>& chunk_sums, int channels);

/// What one channel's normalisation is in the last forward: y = x·scale + shift, with scale = gamma·inverse_deviation.
struct NormalisedChannel {
    float scale = 1.0f;
    float shift = 0.0f;
    double mean = 0.0;
    double inverse_deviation = 1.0;
};

NormalisedChannel normalised_channel(double mean, double variance, float epsilon, float gamma, float beta);

/// Moves running statistics towards the batch's: 0.1 of the mean and of the unbiased variance (biased for one value).
void update_running(double mean, double variance, std::int64_t count, float& running_mean, float& running_variance);

/// out = x·scale + shift, then max(·, 0) where `relu`. `out` may be `x`.
void normalise(const float* x, int images, const Shape& shape, const NormalisedChannel* channels, bool relu,
               float* out);

/// dx = dy·on_gradient + (x − mean)·on_input + constant; `input_gradient` may be `output_gradient`.
struct GradientChannel {
    float on_gradient = 0.0f;
    float mean = 0.0f;
    float on_input = 0.0f;
    float constant = 0.0f;
};

/// From sums {Σ dy, Σ dy·x} over the whole batch of `count` values a channel.
struct ChannelGradients {
    double gamma = 0.0;
    double beta = 0.0;
};
ChannelGradients channel_gradients(const NormalisedChannel& channel, const ChannelSums& sums);
/// `train`: the batch's mean and variance depend on x too.
GradientChannel gradient_channel(const NormalisedChannel& channel, const ChannelSums& sums, std::int64_t count,
                                 bool train);
void normalise_gradient(const float* output_gradient, const float* x, int images, const Shape& shape,
                        const GradientChannel* channels, float* input_gradient);

}  // namespace remask
