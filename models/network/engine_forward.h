// FloatNetwork's forward pass on a matrix-product engine, such as the crossbars of a chip: what is learned then is
// learned with the engine's errors. The backward pass knows nothing of it (straight-through).
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "models/network/quantized_network.h"

namespace remask {

/// Inputs are quantised, the engine multiplies, products are scaled back to floats. Input scales follow the inputs: a
/// layer's is a running mean (a tenth of the new) of the largest input of each step, from what calibration found.
class EngineForward {
public:
    /// `layers`: as the engine knows them. All must outlive this.
    EngineForward(const Network& network, const std::vector<QuantizedLayer>& layers, int input_bits,
                  const MatrixProductEngine& engine);

    bool computes(int layer) const { return slot_of_[static_cast<std::size_t>(layer)] >= 0; }

    /// output = engine(input)·scales + bias; both hold `images` images, channels last. `bias` [channels] or null.
    /// `first_image`: number of the first one within the step. From any number of threads.
    void compute(int layer, const float* input, int images, std::int64_t first_image, const float* bias,
                 float* output) const;

    /// After each step of `images` images: moves the scales, and numbers the next step's images from here.
    void end_step(int images);

    /// One a slot.
    std::vector<double> input_scales() const;

private:
    void note_largest(std::size_t slot, std::span<const float> inputs) const;

    const Network& network_;
    std::vector<QuantizedLayer> layers_;  // without weights
    std::vector<int> slot_of_;            // by layer
    int input_bits_;
    const MatrixProductEngine& engine_;
    mutable std::vector<std::atomic<float>> largest_;  // by slot: |input| of this step
    std::int64_t images_seen_ = 0;
};

}  // namespace remask
