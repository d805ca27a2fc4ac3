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

class LeanBackward {
public:
    LeanBackward(LeanState& state, const LeanChunk& chunk, const ParameterMap& parameters)
        : state_(state),
          chunk_(chunk),
          parameters_(parameters),
          buffers_(state.buffers[static_cast<std::size_t>(chunk.worker)]),
          gradients_(state.layers.size()) {}

    void run(const float* logit_gradients) {
        const int last = state_.lean(static_cast<int>(state_.layers.size()) - 1).value;
        LeanBuffer& logits = gradients_[static_cast<std::size_t>(last)];
        logits = buffers_.take(chunk_.count * state_.size(last));
        std::copy_n(logit_gradients, logits.size(), logits.begin());
        for (int i = last; i > 0; --i) {
            LeanBuffer out = std::exchange(gradients_[static_cast<std::size_t>(i)], {});
            if (out.empty()) continue;
            if (state_.lean(i).computed && state_.lean(i).needs_gradient) visit(i, out);
            if (!out.empty()) buffers_.give_back(out);
        }
        if (!gradients_[0].empty()) buffers_.give_back(gradients_[0]);
    }

private:
    bool needs(int value) const { return state_.lean(value).needs_gradient; }
    std::int64_t count(int value) const { return chunk_.count * state_.size(value); }
    const float* held(int value) const { return state_.held_value(value, chunk_); }

    void visit(int layer, LeanBuffer& out) {
        switch (state_.layer(layer).kind) {
            case LayerKind::convolution:
                return visit_convolution(layer, out);
            case LayerKind::linear:
                return visit_linear(layer, out);
            case LayerKind::flatten:
                return visit_flatten(layer, out);
            case LayerKind::add:
                if (needs(state_.input(layer, 1))) accumulate(out.data(), count(layer), zeroed(state_.input(layer, 1)));
                return give(state_.input(layer), out);
            case LayerKind::multiply:
                return visit_multiply(layer, out);
            case LayerKind::concatenate:
                return visit_concatenate(layer, out);
            case LayerKind::batch_norm:
            case LayerKind::relu:
            case LayerKind::hard_sigmoid:
            case LayerKind::gate:
                through(layer, out.data());
                return give(state_.input(layer), out);
            default: {
                const int input = state_.input(layer);
                const float* values = state_.layer(layer).kind == LayerKind::max_pool ? held(input) : nullptr;
                return add_unweighted_gradient(state_.layer(layer), {state_.input_shape(layer), values}, out.data(),
                                               chunk_.count, zeroed(input));
            }
        }
    }

    /// In place, of layers that work element by element.
    void through(int layer, float* gradient) {
        switch (state_.layer(layer).kind) {
            case LayerKind::batch_norm:
                return scale(layer, gradient);
            case LayerKind::relu:
                return mask_relu(layer, gradient);
            case LayerKind::hard_sigmoid:
                return through_hard_sigmoid(held(layer), count(layer), gradient);
            default: {
                const std::vector<float> noise = state_.gate_noise(layer, chunk_);
                return through_gate(held(state_.input(layer)), noise.empty() ? nullptr : noise.data(), count(layer),
                                    gradient);
            }
        }
    }

    void scale(int layer, float* gradient) const {
        const Shape& shape = state_.layer(layer).output;
        const std::int64_t positions = static_cast<std::int64_t>(shape.height) * shape.width * chunk_.count;
        for (std::int64_t i = 0; i < positions; ++i) {
            for (const NormalisedChannel& channel : state_.lean(layer).norm) *gradient++ *= channel.scale;
        }
    }

    void mask_relu(int layer, float* gradient) const {
        if (state_.held.values[static_cast<std::size_t>(layer)]) {
            return mask_by_relu(held(layer), count(layer), gradient);
        }
        const std::int64_t size = state_.size(layer), bytes = (size + 7) / 8;
        for (int image = 0; image < chunk_.count; ++image, gradient += size) {
            const std::vector<std::uint8_t>& all = state_.held_signs[static_cast<std::size_t>(layer)];
            mask_by_signs(all.data() + (chunk_.first + image) * bytes, size, gradient);
        }
    }

    void visit_convolution(int layer, const LeanBuffer& out) {
        const LeanLayer& lean = state_.lean(layer);
        const Convolution& convolution = *lean.convolution;
        const int input = state_.input(layer);
        const std::int64_t packed = convolution.packed_gradient_size();
        if (float* sum = partial(state_.layer(layer).name + ".weight", packed); sum != nullptr) {
            std::vector<float>& gradient = state_.gradient[static_cast<std::size_t>(chunk_.worker)];
            gradient.resize(static_cast<std::size_t>(packed));
            convolution.weight_gradient(chunk_.count, held(input), out.data(), gradient.data());
            accumulate(gradient.data(), packed, sum);
        }
        note_bias(layer, out);
        if (!needs(input)) return;
        bool fresh = false;
        float* to = target(input, fresh);
        if (fresh) return convolution.input_gradient(lean.backward, chunk_.count, out.data(), to);
        LeanBuffer part = buffers_.take(count(input));
        convolution.input_gradient(lean.backward, chunk_.count, out.data(), part.data());
        accumulate(part.data(), count(input), to);
        buffers_.give_back(part);
    }

    void visit_flatten(int layer, const LeanBuffer& out) {
        const int input = state_.input(layer);
        LeanBuffer moved = buffers_.take(count(input));
        planes_to_channels_last(state_.input_shape(layer), out.data(), chunk_.count, moved.data());
        give(input, moved);
        if (!moved.empty()) buffers_.give_back(moved);
    }

    /// A flattened value is held as it was before.
    LeanBuffer held_flat(int value) {
        LeanBuffer flat = buffers_.take(count(value));
        if (state_.layer(value).kind == LayerKind::flatten) {
            channels_last_to_planes(state_.input_shape(value), held(state_.input(value)), chunk_.count, flat.data());
        } else {
            std::copy_n(held(value), count(value), flat.data());
        }
        return flat;
    }

    void visit_linear(int layer, const LeanBuffer& out) {
        const std::string& name = state_.layer(layer).name;
        const std::int64_t inputs = state_.input_shape(layer).size(), outputs = state_.size(layer);
        const int input = state_.input(layer);
        if (float* sum = partial(name + ".weight", inputs * outputs); sum != nullptr) {
            LeanBuffer x = held_flat(input);
            sgemm(true, false, outputs, inputs, chunk_.count, 1.0f, out.data(), outputs, x.data(), inputs, 1.0f, sum,
                  inputs);
            buffers_.give_back(x);
        }
        note_bias(layer, out);
        if (!needs(input)) return;
        bool fresh = false;
        float* to = target(input, fresh);
        const float* weights = parameter(parameters_, name + ".weight", inputs * outputs);
        sgemm(false, false, chunk_.count, inputs, outputs, 1.0f, out.data(), outputs, weights, inputs,
              fresh ? 0.0f : 1.0f, to, inputs);
    }

    void visit_multiply(int layer, const LeanBuffer& out) {
        const int a = state_.input(layer), b = state_.input(layer, 1);
        const Shape &a_shape = state_.input_shape(layer), &b_shape = state_.layer(state_.layer(layer).inputs[1]).output;
        if (needs(a)) add_product_gradient(a_shape, b_shape, held(b), out.data(), chunk_.count, zeroed(a));
        if (needs(b)) add_factor_gradient(a_shape, b_shape, held(a), out.data(), chunk_.count, zeroed(b));
    }

    void visit_concatenate(int layer, const LeanBuffer& out) {
        int first_channel = 0;
        for (const std::size_t which : {std::size_t{0}, std::size_t{1}}) {
            const Shape& part = state_.layer(state_.layer(layer).inputs[which]).output;
            const int value = state_.input(layer, which), begin = std::exchange(first_channel, part.channels);
            if (!needs(value)) continue;
            add_part_gradient(part, begin, state_.layer(layer).output.channels, out.data(), chunk_.count,
                              zeroed(value));
        }
    }

    void note_bias(int layer, const LeanBuffer& out) {
        const Shape& shape = state_.layer(layer).output;
        float* sum = partial(state_.layer(layer).name + ".bias", shape.channels);
        if (sum == nullptr) return;
        std::vector<ChannelSums> sums(static_cast<std::size_t>(shape.channels));
        channel_sums(out.data(), out.data(), chunk_.count, shape, sums.data());
        for (std::size_t c = 0; c < sums.size(); ++c) sum[c] += static_cast<float>(sums[c].first);
    }

    /// The group's sum of the gradients of a parameter; null where it is not wanted.
    float* partial(const std::string& name, std::int64_t size) {
        const auto found = state_.partial.find(name);
        return found == state_.partial.end() ? nullptr : found->second.data() + chunk_.group * size;
    }

    /// Where the gradient of `value` is summed; `fresh`: nothing is there yet, and the caller overwrites.
    float* target(int value, bool& fresh) {
        LeanBuffer& buffer = gradients_[static_cast<std::size_t>(value)];
        fresh = buffer.empty();
        if (fresh) buffer = buffers_.take(count(value));
        return buffer.data();
    }

    float* zeroed(int value) {
        bool fresh = false;
        float* to = target(value, fresh);
        if (fresh) std::fill_n(to, count(value), 0.0f);
        return to;
    }

    /// The gradient of `value`, or a part of it; takes the buffer over where it can.
    void give(int value, LeanBuffer& buffer) {
        if (!needs(value)) return;
        LeanBuffer& sum = gradients_[static_cast<std::size_t>(value)];
        if (sum.empty()) {
            sum = std::exchange(buffer, {});
        } else {
            accumulate(buffer.data(), count(value), sum.data());
        }
    }

    LeanState& state_;
    const LeanChunk& chunk_;
    const ParameterMap& parameters_;
    LeanBuffers& buffers_;
    std::vector<LeanBuffer> gradients_;  // by value
};

}  // namespace

void lean_backward(LeanState& state, const LeanChunk& chunk, const ParameterMap& parameters,
                   const float* logit_gradients) {
    LeanBackward(state, chunk, parameters).run(logit_gradients);
}

}  // namespace remask
