#include <algorithm>
#include <utility>

#include "models/network/float_attention.h"
#include "models/network/float_elementwise.h"
#include "models/network/float_layout.h"
#include "models/network/float_signs.h"
#include "models/network/float_state.h"
#include "models/network/float_unweighted.h"
#include "models/network/lean_state.h"
#include "sim/linalg/gemm.h"

namespace remask {

namespace {

class LeanForward {
public:
    LeanForward(LeanState& state, const LeanChunk& chunk, const ParameterMap& parameters)
        : state_(state),
          chunk_(chunk),
          parameters_(parameters),
          buffers_(state.buffers[static_cast<std::size_t>(chunk.worker)]),
          values_(state.layers.size()),
          left_(state.readers) {}

    void run(float* logits) {
        for (int i = 1; i < static_cast<int>(state_.layers.size()); ++i) {
            if (!state_.lean(i).computed) continue;
            LeanBuffer out = output_buffer(i);
            float* to = out.data();
            // A buffer that was taken over holds the first input still.
            const float* a = values_[static_cast<std::size_t>(state_.input(i))].empty() && state_.input(i) != 0
                                 ? to
                                 : value(state_.input(i));
            compute(i, a, to);
            keep(i, to);
            values_[static_cast<std::size_t>(i)] = std::move(out);
            for (const int from : state_.layer(i).inputs) release(state_.lean(from).value);
        }
        const int last = state_.lean(static_cast<int>(state_.layers.size()) - 1).value;
        std::copy_n(value(last), chunk_.count * state_.size(last), logits);
        release(last);
    }

private:
    const float* value(int index) const {
        if (index == 0) return state_.images.data() + chunk_.first * state_.size(0);
        return values_[static_cast<std::size_t>(index)].data();
    }

    /// The first input's own where the layer is its last reader and works element by element.
    LeanBuffer output_buffer(int index) {
        const LayerKind kind = state_.layer(index).kind;
        const bool in_place = kind == LayerKind::relu || kind == LayerKind::batch_norm || kind == LayerKind::add ||
                              kind == LayerKind::hard_sigmoid || kind == LayerKind::gate || kind == LayerKind::multiply;
        const int input = state_.input(index);
        if (in_place && input != 0 && left_[static_cast<std::size_t>(input)] == 1) {
            return std::exchange(values_[static_cast<std::size_t>(input)], {});
        }
        return buffers_.take(chunk_.count * state_.size(index));
    }

    void compute(int index, const float* a, float* out) {
        const Layer& layer = state_.layer(index);
        switch (layer.kind) {
            case LayerKind::convolution:
                return compute_convolution(index, a, out);
            case LayerKind::linear:
                return compute_linear(index, a, out);
            case LayerKind::flatten:
                return channels_last_to_planes(state_.input_shape(index), a, chunk_.count, out);
            case LayerKind::batch_norm:
                return normalise(a, chunk_.count, layer.output, state_.lean(index).norm.data(), false, out);
            case LayerKind::gate: {
                const std::vector<float> noise = state_.gate_noise(index, chunk_);
                return gate(a, noise.empty() ? nullptr : noise.data(), chunk_.count * layer.output.size(), out);
            }
            default: {
                const bool two = layer.inputs.size() > 1;
                execute_unweighted(layer, {state_.input_shape(index), a},
                                   {state_.layer(layer.inputs.back()).output, two ? value(state_.input(index, 1)) : a},
                                   chunk_.count, out);
            }
        }
    }

    void compute_convolution(int index, const float* input, float* out) {
        const Layer& layer = state_.layer(index);
        const LeanLayer& lean = state_.lean(index);
        const float* bias = lean.bias.empty() ? nullptr : lean.bias.data();
        if (!lean.frozen && layer.bias) bias = parameter(parameters_, layer.name + ".bias", layer.out_channels);
        lean.convolution->forward(lean.forward, bias, chunk_.count, input, out);
    }

    void compute_linear(int index, const float* input, float* out) {
        const Layer& layer = state_.layer(index);
        const std::int64_t inputs = state_.input_shape(index).size(), outputs = layer.output.size();
        const float* weights = parameter(parameters_, layer.name + ".weight", inputs * outputs);
        const float* bias = parameter(parameters_, layer.name + ".bias", outputs);
        sgemm(false, true, chunk_.count, outputs, inputs, 1.0f, input, inputs, weights, inputs, 0.0f, out, outputs);
        for (int image = 0; image < chunk_.count; ++image) accumulate(bias, outputs, out + image * outputs);
    }

    void keep(int index, const float* out) {
        const std::int64_t size = state_.size(index);
        const auto layer = static_cast<std::size_t>(index);
        if (state_.held.values[layer]) {
            std::copy_n(out, chunk_.count * size, state_.held_values[layer].data() + chunk_.first * size);
        }
        if (!state_.held.signs[layer]) return;
        const std::int64_t bytes = (size + 7) / 8;
        for (int image = 0; image < chunk_.count; ++image, out += size) {
            pack_signs(out, size, state_.held_signs[layer].data() + (chunk_.first + image) * bytes);
        }
    }

    void release(int value) {
        const auto index = static_cast<std::size_t>(value);
        if (--left_[index] == 0 && !values_[index].empty()) buffers_.give_back(values_[index]);
    }

    LeanState& state_;
    const LeanChunk& chunk_;
    const ParameterMap& parameters_;
    LeanBuffers& buffers_;
    std::vector<LeanBuffer> values_;  // by value
    std::vector<int> left_;           // readers to come, by value
};

}  // namespace

void lean_forward(LeanState& state, const LeanChunk& chunk, const ParameterMap& parameters, float* logits) {
    LeanForward(state, chunk, parameters).run(logits);
}

}  // namespace remask
