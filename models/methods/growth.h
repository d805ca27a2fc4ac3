// Wider networks for tasks that need more weights: CPG's growth.
//
// The backbone's layers stay as they are. Every step of growth adds channels to each hidden layer by new layers beside
// it, whose weights lie on arrays of their own behind all that were there before: a task that has not grown runs on the
// same arrays as ever. Of a layer conv whose input has channels x0 (the backbone's) and x1 (of step 1):
//
//   y1 = conv.grown1([x0, x1])            new filters, over all inputs
//   y0 = conv(x0) + conv.inputs1(x1)      what the new inputs give to the backbone's filters
// and a further step s adds conv.grown<s> on all inputs, and conv.inputs<s>, conv.grown1.inputs<s>, … for its own.
// Batch-norms, ReLUs, pools and shortcuts handle the channels of each step apart; the classifier reads all of them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "models/methods/method.h"
#include "models/network/network.h"

namespace remask {

/// Sizes of the network, as multiples of the backbone's, by the steps that it has grown: 1, 1 + step, … up to
/// `largest`.
std::vector<double> growth_sizes(double step, double largest);

/// Channels of a layer that has `channels` in the backbone: rounded down, with the root of the size, as the number of
/// weights goes with the square of the width.
int grown_channels(int channels, double size);

/// Throws ConfigError for `sizes` (of growth_sizes) of which one gives no layer of `network` a channel more; its path,
/// ".growth_step" or ".max_size" in the method's section, is what made that step so short.
void check_growth(const Network& network, std::span<const double> sizes, double growth_step);

/// `network` (its classifier the task's) widened to `sizes[1]`, then to `sizes[2]`, … (`sizes[0]` is 1). Throws
/// ConfigError: a layer that cannot be widened.
Network grow_network(const Network& network, std::span<const double> sizes);

/// Standard deviation of the weights of `layer`, one that growth added, at the start: Kaiming's (fan out) for the
/// widened layer as a whole, whose parts are among `layers`.
double grown_deviation(const std::vector<ArrayLayer>& layers, const ArrayLayer& layer);

}  // namespace remask
