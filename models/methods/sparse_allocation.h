// How many weights each layer of a sparse network keeps.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "models/network/network.h"
#include "sim/base/fields.h"

namespace remask {

/// By what the layers share the weights that exist.
enum class Allocation {
    uniform,  ///< the same share of every layer
    erk,  ///< a layer's share ∝ (sum of its shape's extents)/(their product): Erdős–Rényi kernels (Evci et al., ICML
          ///< 2020, "Rigging the lottery")
    magnitude,  ///< the largest |w| of all layers together
    lamp,       ///< the largest w²/Σu² over the u of w's layer that are no smaller (Lee et al., ICLR 2021)
};
template <>
struct EnumWords<Allocation> {
    static constexpr std::array<std::string_view, 4> words{"uniform", "erk", "magnitude", "lamp"};
};

/// Weights that exist by layer; their sum is within one a layer of (1 − sparsity) of all, and every layer has one at
/// least. `weights`: as they are before pruning; shape [out, in, height, width] or [out, in].
std::vector<std::int64_t> allocate_weights(Allocation allocation, double sparsity,
                                           const std::vector<const Tensor*>& weights);

}  // namespace remask
