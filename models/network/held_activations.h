// What a backward pass reads of the forward pass, and so what must be held in between.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "models/network/network.h"

namespace remask {

/// What can be learned of a layer, by the end of the gradient's name: `.columns` are factors of a convolution's columns
/// (float_network.h).
inline constexpr const char* learned_suffixes[] = {".weight", ".bias", ".gamma", ".beta", ".columns"};

/// By layer: is its output held whole (float32), or of a ReLU only which elements are above 0 (a bit an element)?
struct HeldActivations {
    std::vector<bool> values;
    std::vector<bool> signs;
};

/// Is something in `wanted` (names of parameters) at or below each layer? Only then is its output's gradient needed.
std::vector<bool> needs_gradient(const Network& network, const std::set<std::string>& wanted);

/// For the gradients of `wanted`: the inputs of weights among it, the inputs of batch-norms with statistics of the
/// batch or a gamma among it, of ReLUs the signs (where their output is not held anyway), the inputs of maximum pools
/// and gates, the outputs of hard_sigmoids, of products the other factor of what needs a gradient. Flattened values are
/// held as they were before.
HeldActivations held_activations(const Network& network, const std::set<std::string>& wanted, bool batch_statistics);

/// Of one image; each layer's bits fill whole bytes.
std::int64_t held_bytes(const Network& network, const HeldActivations& held);

}  // namespace remask
