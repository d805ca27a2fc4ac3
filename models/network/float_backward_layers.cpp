#include <algorithm>
#include <utility>

#include "models/network/float_attention.h"
#include "models/network/float_backward.h"
#include "models/network/float_elementwise.h"
#include "models/network/float_layout.h"
#include "models/network/float_unweighted.h"
#include "models/network/float_weight_sum.h"
#include "sim/linalg/gemm.h"

namespace remask {

void BackwardPass::visit(int layer, Buffer& out) {
    switch (state_.layer(layer).kind) {
        case LayerKind::relu:
            return visit_relu(layer, out);
        case LayerKind::batch_norm:
            return visit_batch_norm(layer, out);
        case LayerKind::convolution:
            return visit_convolution(layer, out);
        case LayerKind::linear:
            return visit_linear(layer, out);
        case LayerKind::flatten:
            return visit_flatten(layer, out);
        case LayerKind::add:
            give(input(layer, 0), out);
            return give(input(layer, 1), out);
        case LayerKind::hard_sigmoid:
        case LayerKind::gate:
            return visit_squashed(layer, out);
        case LayerKind::multiply:
            return visit_multiply(layer, out);
        case LayerKind::concatenate:
            return visit_concatenate(layer, out);
        default:
            return visit_unweighted(layer, out);
    }
}

void BackwardPass::visit_relu(int layer, Buffer& out) {
    const std::int64_t size = state_.size(layer);
    out = exclusive(out, size);
    actions_.push_back([&state = state_, to = out.get(), layer, size](const ImageChunk& chunk) {
        mask_by_relu(state.value(layer, chunk), chunk.count * size, to->data() + chunk.first * size);
    });
    give(input(layer), out);
}

void BackwardPass::visit_batch_norm(int layer, Buffer& out) {
    const bool train = state_.mode == BatchNormMode::train;
    const bool below = needs_value(input(layer));
    const Shape& shape = state_.layer(layer).output;
    const auto channels = static_cast<std::size_t>(shape.channels);
    const auto& normalised = state_.normalised[static_cast<std::size_t>(layer)];
    const auto coefficients = std::make_shared<std::vector<GradientChannel>>(channels);
    for (std::size_t c = 0; c < channels; ++c) (*coefficients)[c] = gradient_channel(normalised[c], {}, 1, false);

    if (has_wanted(layer) || (train && below)) {
        const auto sums = std::make_shared<std::vector<ChannelSums>>(channels * state_.chunks());
        actions_.push_back([this, layer, from = out.get(), sums, shape](const ImageChunk& chunk) {
            channel_sums(from->data() + chunk.first * shape.size(), state_.value(input(layer), chunk), chunk.count,
                         shape, sums->data() + chunk.index * shape.channels);
        });
        after_.push_back([this, layer, sums, coefficients, &normalised, train, shape] {
            const std::vector<ChannelSums> total = total_sums(*sums, shape.channels);
            const std::int64_t count = state_.batch * shape.size() / shape.channels;
            const std::string& name = state_.layer(layer).name;
            for (std::size_t c = 0; c < total.size(); ++c) {
                const ChannelGradients gradients = channel_gradients(normalised[c], total[c]);
                if (wants(layer, ".gamma")) gradients_[name + ".gamma"].values[c] = static_cast<float>(gradients.gamma);
                if (wants(layer, ".beta")) gradients_[name + ".beta"].values[c] = static_cast<float>(gradients.beta);
                (*coefficients)[c] = gradient_channel(normalised[c], total[c], count, train);
            }
        });
        if (train) flush();
    }
    if (!below) return;
    const Buffer to = out.use_count() == 1 ? out : new_buffer(shape.size());
    actions_.push_back([this, layer, from = out.get(), into = to.get(), coefficients, shape](const ImageChunk& chunk) {
        const std::int64_t offset = chunk.first * shape.size();
        normalise_gradient(from->data() + offset, state_.value(input(layer), chunk), chunk.count, shape,
                           coefficients->data(), into->data() + offset);
    });
    give(input(layer), to);
}

void BackwardPass::visit_convolution(int layer, const Buffer& out) {
    if (wants(layer, ".weight")) note_convolution_weights(layer, out);
    if (wants(layer, ".columns")) note_columns(layer, out);
    if (wants(layer, ".bias")) note_bias(layer, out);
    if (!needs_value(input(layer))) return;
    bool accumulates = false;
    const Buffer to = sum_into(input(layer), accumulates);
    const Convolution& convolution = state_.convolution(layer);
    const auto packed = std::make_shared<PackedWeights>();
    convolution.pack_backward(
        parameter(parameters_, state_.layer(layer).name + ".weight", convolution.size().weight_count()), *packed);
    actions_.push_back(
        [this, &convolution, packed, accumulates, from = out.get(), into = to.get()](const ImageChunk& chunk) {
            const float* gradient = from->data() + chunk.first * convolution.size().out_size();
            float* result = into->data() + chunk.first * convolution.size().in_size();
            if (!accumulates) return convolution.input_gradient(*packed, chunk.count, gradient, result);
            const std::int64_t size = chunk.count * convolution.size().in_size();
            Values& part = state_.scratch[static_cast<std::size_t>(chunk.worker)];
            if (static_cast<std::int64_t>(part.size()) < size) part.resize(static_cast<std::size_t>(size));
            convolution.input_gradient(*packed, chunk.count, gradient, part.data());
            accumulate(part.data(), size, result);
        });
}

void BackwardPass::note_convolution_weights(int layer, const Buffer& out) {
    const Convolution& convolution = state_.convolution(layer);
    const std::int64_t size = convolution.packed_gradient_size();
    Values& sums = partial(size);
    actions_.push_back([this, layer, &convolution, size, &sums, from = out.get()](const ImageChunk& chunk) {
        convolution.weight_gradient(chunk.count, state_.value(input(layer), chunk),
                                    from->data() + chunk.first * convolution.size().out_size(),
                                    sums.data() + chunk.index * size);
    });
    after_.push_back([this, layer, &convolution, size, &sums] {
        sum_chunks(state_.pool, state_.chunks(), size, sums.data());
        convolution.unpack_gradient(sums.data(), gradients_[state_.layer(layer).name + ".weight"].values.data());
    });
}

void BackwardPass::note_columns(int layer, const Buffer& out) {
    const ColumnLayer& columns = *state_.column_layer(layer);
    const std::int64_t outputs = state_.size(layer);
    const std::int64_t size = state_.layer(layer).output.channels * columns.convolution.columns();
    Values& sums = partial(size);
    actions_.push_back([&columns, outputs, size, &sums, from = out.get()](const ImageChunk& chunk) {
        columns.convolution.factor_gradient(chunk.count, columns.sums.data() + chunk.index * columns.chunk_floats,
                                            from->data() + chunk.first * outputs, sums.data() + chunk.index * size);
    });
    after_.push_back([this, layer, size, &sums] {
        sum_chunks(state_.pool, state_.chunks(), size, sums.data());
        std::copy_n(sums.begin(), size, gradients_[state_.layer(layer).name + ".columns"].values.begin());
    });
}

void BackwardPass::visit_flatten(int layer, const Buffer& out) {
    const Shape& in = state_.input_shape(layer);
    const Buffer to = new_buffer(in.size());
    actions_.push_back([&in, from = out.get(), into = to.get()](const ImageChunk& chunk) {
        planes_to_channels_last(in, from->data() + chunk.first * in.size(), chunk.count,
                                into->data() + chunk.first * in.size());
    });
    give(input(layer), to);
}

void BackwardPass::visit_linear(int layer, const Buffer& out) {
    if (wants(layer, ".weight")) note_linear_weights(layer, out);
    if (wants(layer, ".bias")) note_bias(layer, out);
    if (!needs_value(input(layer))) return;
    bool accumulates = false;
    const Buffer to = sum_into(input(layer), accumulates);
    const std::int64_t inputs = state_.input_shape(layer).size(), outputs = state_.size(layer);
    const float* weights = parameter(parameters_, state_.layer(layer).name + ".weight", inputs * outputs);
    actions_.push_back(
        [inputs, outputs, weights, accumulates, from = out.get(), into = to.get()](const ImageChunk& chunk) {
            sgemm(false, false, chunk.count, inputs, outputs, 1.0f, from->data() + chunk.first * outputs, outputs,
                  weights, inputs, accumulates ? 1.0f : 0.0f, into->data() + chunk.first * inputs, inputs);
        });
}

void BackwardPass::note_linear_weights(int layer, const Buffer& out) {
    const std::int64_t inputs = state_.input_shape(layer).size(), outputs = state_.size(layer);
    Values& sums = partial(inputs * outputs);
    actions_.push_back([this, layer, inputs, outputs, &sums, from = out.get()](const ImageChunk& chunk) {
        sgemm(true, false, outputs, inputs, chunk.count, 1.0f, from->data() + chunk.first * outputs, outputs,
              state_.value(input(layer), chunk), inputs, 0.0f, sums.data() + chunk.index * inputs * outputs, inputs);
    });
    after_.push_back([this, layer, inputs, outputs, &sums] {
        sum_chunks(state_.pool, state_.chunks(), inputs * outputs, sums.data());
        std::copy_n(sums.begin(), inputs * outputs, gradients_[state_.layer(layer).name + ".weight"].values.begin());
    });
}

void BackwardPass::note_bias(int layer, const Buffer& out) {
    const Shape& shape = state_.layer(layer).output;
    const auto sums = std::make_shared<std::vector<ChannelSums>>(static_cast<std::size_t>(shape.channels) *
                                                                 static_cast<std::size_t>(state_.chunks()));
    actions_.push_back([from = out.get(), sums, shape](const ImageChunk& chunk) {
        const float* gradient = from->data() + chunk.first * shape.size();
        channel_sums(gradient, gradient, chunk.count, shape, sums->data() + chunk.index * shape.channels);
    });
    after_.push_back([this, layer, sums, shape] {
        Values& result = gradients_[state_.layer(layer).name + ".bias"].values;
        const std::vector<ChannelSums> total = total_sums(*sums, shape.channels);
        for (std::size_t c = 0; c < total.size(); ++c) result[c] = static_cast<float>(total[c].first);
    });
}

/// Pooling, subsample_pad and upsample: their gradients are added to what is there.
void BackwardPass::visit_unweighted(int layer, const Buffer& out) {
    bool accumulates = false;
    const Buffer to = sum_into(input(layer), accumulates);
    const Shape& in = state_.input_shape(layer);
    actions_.push_back([this, layer, accumulates, &in, from = out.get(), into = to.get()](const ImageChunk& chunk) {
        const Layer& what = state_.layer(layer);
        const float* gradient = from->data() + chunk.first * what.output.size();
        float* result = into->data() + chunk.first * in.size();
        if (!accumulates) std::fill(result, result + chunk.count * in.size(), 0.0f);
        add_unweighted_gradient(what, {in, state_.value(input(layer), chunk)}, gradient, chunk.count, result);
    });
}

void BackwardPass::visit_squashed(int layer, Buffer& out) {
    const std::int64_t size = state_.size(layer);
    out = exclusive(out, size);
    actions_.push_back([this, to = out.get(), layer, size](const ImageChunk& chunk) {
        float* gradient = to->data() + chunk.first * size;
        if (state_.layer(layer).kind == LayerKind::gate) {
            through_gate(state_.value(input(layer), chunk), nullptr, chunk.count * size, gradient);
        } else {
            through_hard_sigmoid(state_.value(layer, chunk), chunk.count * size, gradient);
        }
    });
    give(input(layer), out);
}

void BackwardPass::visit_multiply(int layer, const Buffer& out) {
    for (const std::size_t which : {std::size_t{0}, std::size_t{1}}) {
        const int to_value = input(layer, which), other = input(layer, 1 - which);
        if (!needs_value(to_value)) continue;
        bool accumulates = false;
        const Buffer to = sum_into(to_value, accumulates);
        const Shape &a = state_.input_shape(layer), &b = state_.layer(state_.layer(layer).inputs[1]).output;
        actions_.push_back([this, which, to_value, other, accumulates, &a, &b, from = out.get(),
                            into = to.get()](const ImageChunk& chunk) {
            const float* gradient = from->data() + chunk.first * a.size();
            float* result = into->data() + chunk.first * state_.size(to_value);
            if (!accumulates) std::fill(result, result + chunk.count * state_.size(to_value), 0.0f);
            const auto add = which == 0 ? add_product_gradient : add_factor_gradient;
            add(a, b, state_.value(other, chunk), gradient, chunk.count, result);
        });
    }
}

void BackwardPass::visit_concatenate(int layer, const Buffer& out) {
    int first_channel = 0;
    for (const std::size_t which : {std::size_t{0}, std::size_t{1}}) {
        const Shape& part = state_.layer(state_.layer(layer).inputs[which]).output;
        const int value = input(layer, which), begin = std::exchange(first_channel, part.channels);
        if (!needs_value(value)) continue;
        bool accumulates = false;
        const Buffer to = sum_into(value, accumulates);
        const Shape& whole = state_.layer(layer).output;
        actions_.push_back(
            [begin, accumulates, &part, &whole, from = out.get(), into = to.get()](const ImageChunk& chunk) {
                float* result = into->data() + chunk.first * part.size();
                if (!accumulates) std::fill(result, result + chunk.count * part.size(), 0.0f);
                add_part_gradient(part, begin, whole.channels, from->data() + chunk.first * whole.size(), chunk.count,
                                  result);
            });
    }
}

}  // namespace remask
