// Learning side layers on a frozen network: forward and backward that hold no more than the gradients need.
//
// FloatNetwork keeps every value of the batch. Here few images at a time go through all layers in buffers that are used
// again, and only what held_activations() lists stays for the backward pass: of the frozen network's ReLUs one bit an
// element, of its convolutions and batch-norms nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "models/network/network.h"

namespace remask {

class ThreadPool;

/// Noise of the gates in one training step: logistic (the difference of two Gumbel variables), from the seed, the step,
/// the layer and the image's place in the batch.
struct GateNoise {
    std::uint64_t seed = 0;
    std::uint64_t step = 0;
};

/// Can LeanNetwork learn this, and is it worth it? Batch-norms must rest, and the weights of some convolution.
bool is_lean(const Network& network, const std::set<std::string>& wanted);

/// Batch-norms use their stored statistics. Results do not depend on the number of threads.
class LeanNetwork {
public:
    /// Parameters outside `wanted` must not change from now on. InternalError: not is_lean().
    LeanNetwork(const Network& network, const ParameterMap& parameters, const std::set<std::string>& wanted,
                ThreadPool& pool);
    ~LeanNetwork();

    /// `images`: batch × input.size(), normalised. Returns logits [batch, classes].
    std::vector<float> forward(std::span<const float> images, int batch, const ParameterMap& parameters,
                               std::optional<GateNoise> noise);

    /// Overwrites `gradients[name]` for each name in `wanted`, from dloss/dlogits [batch, classes] of the last forward
    /// and the same parameters.
    void backward(std::span<const float> logit_gradients, const ParameterMap& parameters, ParameterMap& gradients);

    /// What the last forward left for backward(), in bytes. The images themselves count where a gradient reads them.
    std::int64_t held_bytes() const;
    /// The most activations and gradients, in bytes, that one thread has had in work at once.
    std::int64_t working_bytes() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace remask
