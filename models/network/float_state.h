// Inside FloatNetwork: what forward and backward share. Not for other folders.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/network/float_batch_norm.h"
#include "models/network/float_columns.h"
#include "models/network/float_network.h"
#include "models/network/float_plan.h"
#include "sim/base/parallel.h"
#include "sim/linalg/convolution.h"

namespace remask {

/// Some consecutive images of the batch, and who works on them. Chunks depend on the batch's size only.
struct ImageChunk {
    int index;
    int first;
    int count;
    int worker;
};
using ChunkAction = std::function<void(const ImageChunk&)>;

struct FloatState {
    FloatState(const Network& network_, ThreadPool& pool_);

    Network network;
    ThreadPool& pool;
    FloatPlan plan;
    std::vector<std::optional<Convolution>> convolutions;    ///< by layer
    std::vector<PackedWeights> packed_weights;               ///< by layer: convolutions', for the last forward
    std::vector<std::vector<float>> scratch;                 ///< by worker
    std::vector<std::vector<std::vector<float>>> slots;      ///< by worker and slot: inference without keep
    std::vector<std::vector<float>> values;                  ///< by layer: the whole batch (order: float_layout.h)
    std::vector<std::vector<NormalisedChannel>> normalised;  ///< by layer: of the last forward
    std::map<int, std::vector<float>> recomputed;            ///< outputs of absorbed layers that were asked for

    std::map<int, std::unique_ptr<ColumnLayer>> columns;  ///< by layer: what forward_whole() computes so

    const EngineForward* engine = nullptr;  ///< computes some layers' forward pass; may be null
    int batch = 0;
    BatchNormMode mode = BatchNormMode::evaluate;
    bool kept = false;  ///< values and normalised belong to the last forward

    /// Gradients of values that are not in use, by floats per image; and chunks' weight gradients.
    std::map<std::int64_t, std::vector<std::unique_ptr<std::vector<float>>>> spare_gradients;
    std::deque<std::vector<float>> partial_gradients;

    const Layer& layer(int index) const { return network.layers[static_cast<std::size_t>(index)]; }
    const Shape& input_shape(int index) const { return layer(layer(index).inputs[0]).output; }
    std::int64_t size(int index) const { return layer(index).output.size(); }
    const Convolution& convolution(int index) const { return *convolutions[static_cast<std::size_t>(index)]; }
    /// Null where the layer is not computed column by column.
    ColumnLayer* column_layer(int index) const;
    /// A layer's output for the chunk's images, in `values`.
    float* value(int index, const ImageChunk& chunk);

    /// Images a chunk when the whole batch is kept: at most 16 chunks, at least 4 images each.
    int chunk_images() const;
    int chunks() const;
    /// Runs all actions, in order, on every chunk.
    void run(const std::vector<ChunkAction>& actions);
};

ConvolutionSize convolution_size(const Layer& layer, const Shape& in);

/// The named parameter's values; InternalError where it is missing or of another size.
const float* parameter(const ParameterMap& parameters, const std::string& name, std::int64_t size);

/// One executed layer on the images of a chunk; a and b are the values it reads (b: add only). Convolutions' weights
/// are those that were packed.
void execute_layer(const FloatState& state, int index, const ParameterMap& parameters, const float* a, const float* b,
                   const ImageChunk& chunk, float* out);

/// Forward with every value kept.
void forward_whole(FloatState& state, std::span<const float> images, const ParameterMap& parameters,
                   ParameterMap* running);
/// Forward in evaluate mode, chunk by chunk through all layers, nothing kept.
std::vector<float> forward_in_slots(FloatState& state, std::span<const float> images, int batch,
                                    const ParameterMap& parameters);

void run_backward(FloatState& state, std::span<const float> logit_gradients, const ParameterMap& parameters,
                  const std::set<std::string>& wanted, ParameterMap& gradients);

}  // namespace remask
