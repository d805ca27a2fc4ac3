// Inside LeanNetwork: what forward and backward share. Not for other folders.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "models/network/float_batch_norm.h"
#include "models/network/held_activations.h"
#include "models/network/lean_network.h"
#include "sim/base/parallel.h"
#include "sim/linalg/convolution.h"

namespace remask {

using LeanBuffer = std::vector<float>;

/// Buffers of one thread, used again and again.
class LeanBuffers {
public:
    LeanBuffer take(std::int64_t size);
    void give_back(LeanBuffer& buffer);  ///< leaves it empty
    std::int64_t most_floats() const { return most_; }

private:
    std::vector<LeanBuffer> free_;
    std::int64_t in_use_ = 0, most_ = 0;
};

/// What is known of one layer.
struct LeanLayer {
    int value = 0;          ///< the layer whose output this one's is: another for flatten and a batch-norm folded away
    bool computed = false;  ///< else its value is another's
    bool frozen = false;    ///< convolution: weights and bias are these, a batch-norm's after it included
    bool needs_gradient = false;
    std::optional<Convolution> convolution;
    PackedWeights forward, backward;      ///< convolution; where it is learned, of the parameters in force
    std::vector<float> bias;              ///< frozen; may be empty
    std::vector<NormalisedChannel> norm;  ///< batch_norm that is computed
};

/// Some images, and who works on them for which sum of weight gradients.
struct LeanChunk {
    int first = 0, count = 0, worker = 0, group = 0;
};

struct LeanState {
    LeanState(const Network& network_, const ParameterMap& parameters, const std::set<std::string>& wanted_,
              ThreadPool& pool_);

    Network network;
    std::set<std::string> wanted;
    ThreadPool& pool;
    std::vector<LeanLayer> layers;
    std::vector<int> readers;  ///< by value
    HeldActivations held;      ///< `values` by value

    std::vector<float> images;  ///< channels last
    int batch = 0;
    std::optional<GateNoise> noise;
    std::vector<std::vector<float>> held_values;        ///< by value: the batch
    std::vector<std::vector<std::uint8_t>> held_signs;  ///< by layer: the batch, whole bytes an image
    std::map<std::string, std::vector<float>> partial;  ///< by name: a sum of (packed) gradients a group

    std::vector<LeanBuffers> buffers;          ///< by worker
    std::vector<std::vector<float>> gradient;  ///< by worker: of one chunk's weights

    const Layer& layer(int index) const { return network.layers[static_cast<std::size_t>(index)]; }
    const LeanLayer& lean(int index) const { return layers[static_cast<std::size_t>(index)]; }
    std::int64_t size(int index) const { return layer(index).output.size(); }
    int input(int index, std::size_t which = 0) const { return lean(layer(index).inputs[which]).value; }
    const Shape& input_shape(int index) const { return layer(layer(index).inputs[0]).output; }
    const float* held_value(int value, const LeanChunk& chunk) const;
    std::vector<float> gate_noise(int index, const LeanChunk& chunk) const;  ///< empty: none

    int groups() const;
    /// Calls work(chunk) for all images, the chunks of one group one after the other.
    template <class Work>
    void for_each_chunk(const Work& work) {
        const int each = (batch + groups() - 1) / groups();
        pool.run(groups(), [&](std::int64_t group, int worker) {
            const int begin = static_cast<int>(group) * each, end = std::min(batch, begin + each);
            for (int first = begin; first < end; first += images_at_once) {
                work(LeanChunk{first, std::min(images_at_once, end - first), worker, static_cast<int>(group)});
            }
        });
    }

    /// More would not be faster, and would need more.
    static constexpr int images_at_once = 1;
};

/// One chunk through all layers; writes its logits.
void lean_forward(LeanState& state, const LeanChunk& chunk, const ParameterMap& parameters, float* logits);

/// One chunk back; adds to its group's part of state.partial.
void lean_backward(LeanState& state, const LeanChunk& chunk, const ParameterMap& parameters,
                   const float* logit_gradients);

}  // namespace remask
