#include <algorithm>

#include "models/network/engine_forward.h"
#include "models/network/float_elementwise.h"
#include "models/network/float_layout.h"
#include "models/network/float_state.h"
#include "models/network/float_unweighted.h"
#include "sim/base/diagnostics.h"
#include "sim/linalg/gemm.h"

namespace remask {

namespace {

/// Images that go through all layers at a time in inference: their values stay in the second-level cache.
constexpr int inference_images = 8;

void execute_convolution(const FloatState& state, int index, const ParameterMap& parameters, const float* input,
                         const ImageChunk& chunk, float* out) {
    const Layer& layer = state.layer(index);
    const float* bias = layer.bias ? parameter(parameters, layer.name + ".bias", layer.output.channels) : nullptr;
    if (state.engine != nullptr && state.engine->computes(index)) {
        return state.engine->compute(index, input, chunk.count, chunk.first, bias, out);
    }
    state.convolution(index).forward(state.packed_weights[static_cast<std::size_t>(index)], bias, chunk.count, input,
                                     out);
}

void execute_columns(ColumnLayer& columns, const FloatState& state, int index, const ParameterMap& parameters,
                     const float* input, const ImageChunk& chunk, float* out) {
    const Layer& layer = state.layer(index);
    const float* bias = layer.bias ? parameter(parameters, layer.name + ".bias", layer.output.channels) : nullptr;
    columns.convolution.forward(columns.weights, columns.factors, bias, chunk.count, input,
                                columns.sums.data() + chunk.index * columns.chunk_floats, out);
}

/// Of the convolutions that are not in `columns`.
void pack_weights(FloatState& state, const ParameterMap& parameters,
                  const std::map<int, std::unique_ptr<ColumnLayer>>& columns = {}) {
    for (std::size_t i = 0; i < state.network.layers.size(); ++i) {
        if (!state.convolutions[i] || columns.count(static_cast<int>(i)) > 0) continue;
        const Convolution& convolution = *state.convolutions[i];
        const std::string name = state.network.layers[i].name + ".weight";
        convolution.pack_forward(parameter(parameters, name, convolution.size().weight_count()),
                                 state.packed_weights[i]);
    }
}

void execute_linear(const FloatState& state, int index, const ParameterMap& parameters, const float* input,
                    const ImageChunk& chunk, float* out) {
    const Layer& layer = state.layer(index);
    const std::int64_t inputs = state.input_shape(index).size(), outputs = layer.output.size();
    const float* weights = parameter(parameters, layer.name + ".weight", inputs * outputs);
    const float* bias = parameter(parameters, layer.name + ".bias", outputs);
    if (state.engine != nullptr && state.engine->computes(index)) {
        return state.engine->compute(index, input, chunk.count, chunk.first, bias, out);
    }
    const int images = chunk.count;
    sgemm(false, true, images, outputs, inputs, 1.0f, input, inputs, weights, inputs, 0.0f, out, outputs);
    for (int image = 0; image < images; ++image) accumulate(bias, outputs, out + image * outputs);
}

void execute_relu(const FloatState& state, int index, const float* a, const float* b, int images, float* out) {
    const int absorbed = state.plan.absorbs[static_cast<std::size_t>(index)];
    const Shape& shape = state.layer(index).output;
    if (absorbed < 0) {
        relu(a, images * shape.size(), out);
    } else if (state.layer(absorbed).kind == LayerKind::add) {
        add(a, b, images * shape.size(), true, out);
    } else {
        normalise(a, images, shape, state.normalised[static_cast<std::size_t>(absorbed)].data(), true, out);
    }
}

/// Batch-norm coefficients from the stored mean and variance.
void use_stored_statistics(FloatState& state, const ParameterMap& parameters) {
    for (std::size_t i = 0; i < state.network.layers.size(); ++i) {
        const Layer& layer = state.network.layers[i];
        if (layer.kind != LayerKind::batch_norm) continue;
        const int channels = layer.output.channels;
        const float* gamma = parameter(parameters, layer.name + ".gamma", channels);
        const float* beta = parameter(parameters, layer.name + ".beta", channels);
        const float* mean = parameter(parameters, layer.name + ".mean", channels);
        const float* variance = parameter(parameters, layer.name + ".variance", channels);
        state.normalised[i].resize(static_cast<std::size_t>(channels));
        for (int c = 0; c < channels; ++c) {
            state.normalised[i][static_cast<std::size_t>(c)] = normalised_channel(
                static_cast<double>(mean[c]), static_cast<double>(variance[c]), layer.epsilon, gamma[c], beta[c]);
        }
    }
}

/// Batch-norm coefficients from the batch itself; moves the running statistics.
void use_batch_statistics(FloatState& state, int index, const std::vector<ChannelSums>& chunk_sums,
                          const ParameterMap& parameters, ParameterMap& running) {
    const Layer& layer = state.layer(index);
    const int channels = layer.output.channels;
    const float* gamma = parameter(parameters, layer.name + ".gamma", channels);
    const float* beta = parameter(parameters, layer.name + ".beta", channels);
    parameter(running, layer.name + ".mean", channels);
    parameter(running, layer.name + ".variance", channels);
    std::vector<float>& means = running[layer.name + ".mean"].values;
    std::vector<float>& variances = running[layer.name + ".variance"].values;
    const std::int64_t count = state.batch * layer.output.size() / channels;
    const std::vector<ChannelSums> sums = total_sums(chunk_sums, channels);
    std::vector<NormalisedChannel>& normalised = state.normalised[static_cast<std::size_t>(index)];
    normalised.resize(sums.size());
    for (std::size_t c = 0; c < sums.size(); ++c) {
        const double mean = sums[c].first / static_cast<double>(count);
        const double variance = std::max(0.0, sums[c].second / static_cast<double>(count) - mean * mean);
        normalised[c] = normalised_channel(mean, variance, layer.epsilon, gamma[c], beta[c]);
        update_running(mean, variance, count, means[c], variances[c]);
    }
}

void run_in_slots(FloatState& state, const ImageChunk& chunk, const float* images, const ParameterMap& parameters,
                  float* logits) {
    std::vector<std::vector<float>>& slots = state.slots[static_cast<std::size_t>(chunk.worker)];
    slots.resize(state.plan.slot_size.size());
    for (std::size_t i = 0; i < slots.size(); ++i) {
        slots[i].resize(static_cast<std::size_t>(state.plan.slot_size[i] * inference_images));
    }
    std::vector<float>& input = state.scratch[static_cast<std::size_t>(chunk.worker)];
    input.resize(static_cast<std::size_t>(state.network.input.size() * inference_images));
    planes_to_channels_last(state.network.input, images + chunk.first * state.network.input.size(), chunk.count,
                            input.data());
    const auto data = [&](int value) -> const float* {
        if (value == 0) return input.data();
        return slots[static_cast<std::size_t>(state.plan.slot[static_cast<std::size_t>(value)])].data();
    };
    for (std::size_t i = 0; i < state.network.layers.size(); ++i) {
        if (!state.plan.executed[i]) continue;
        const std::vector<int>& reads = state.plan.reads[i];
        execute_layer(state, static_cast<int>(i), parameters, data(reads[0]),
                      reads.size() > 1 ? data(reads[1]) : nullptr, chunk,
                      slots[static_cast<std::size_t>(state.plan.slot[i])].data());
    }
    const float* result = data(state.plan.value.back());
    const std::int64_t size = state.network.layers.back().output.size();
    std::copy(result, result + chunk.count * size, logits + chunk.first * size);
}

}  // namespace

const float* parameter(const ParameterMap& parameters, const std::string& name, std::int64_t size) {
    const auto found = parameters.find(name);
    if (found == parameters.end()) throw InternalError("float network: parameter '" + name + "' is missing");
    if (found->second.size() != size) throw InternalError("float network: parameter '" + name + "' has a wrong size");
    return found->second.values.data();
}

void execute_layer(const FloatState& state, int index, const ParameterMap& parameters, const float* a, const float* b,
                   const ImageChunk& chunk, float* out) {
    const Layer& layer = state.layer(index);
    const int images = chunk.count;
    switch (layer.kind) {
        case LayerKind::convolution:
            return execute_convolution(state, index, parameters, a, chunk, out);
        case LayerKind::batch_norm:
            return normalise(a, images, layer.output, state.normalised[static_cast<std::size_t>(index)].data(), false,
                             out);
        case LayerKind::relu:
            return execute_relu(state, index, a, b, images, out);
        case LayerKind::linear:
            return execute_linear(state, index, parameters, a, chunk, out);
        case LayerKind::flatten:
            return channels_last_to_planes(state.input_shape(index), a, images, out);
        default:
            return execute_unweighted(layer, {state.input_shape(index), a},
                                      {state.layer(layer.inputs.back()).output, b}, images, out);
    }
}

void forward_whole(FloatState& state, std::span<const float> images, const ParameterMap& parameters,
                   ParameterMap* running) {
    const bool train = state.mode == BatchNormMode::train;
    if (!train) use_stored_statistics(state, parameters);
    pack_weights(state, parameters, state.columns);
    for (const auto& [index, columns] : state.columns) {
        columns->chunk_floats = columns->convolution.sums_size(state.chunk_images());
        columns->sums.resize(static_cast<std::size_t>(columns->chunk_floats * state.chunks()));
    }
    state.values[0].resize(images.size());
    planes_to_channels_last(state.network.input, images.data(), state.batch, state.values[0].data());
    std::vector<ChunkAction> actions;
    for (int i = 1; i < static_cast<int>(state.network.layers.size()); ++i) {
        const auto index = static_cast<std::size_t>(i);
        if (train && state.layer(i).kind == LayerKind::batch_norm) {
            const int channels = state.layer(i).output.channels;
            const int input = state.plan.value[static_cast<std::size_t>(state.layer(i).inputs[0])];
            std::vector<ChannelSums> sums(static_cast<std::size_t>(state.chunks() * channels));
            actions.push_back([&state, &sums, i, input, channels](const ImageChunk& chunk) {
                const float* x = state.value(input, chunk);
                channel_sums(x, x, chunk.count, state.layer(i).output, sums.data() + chunk.index * channels);
            });
            state.run(actions);
            actions.clear();
            use_batch_statistics(state, i, sums, parameters, *running);
        }
        if (!state.plan.executed[index]) continue;
        state.values[index].resize(static_cast<std::size_t>(state.batch * state.size(i)));
        actions.push_back([&state, &parameters, i, index](const ImageChunk& chunk) {
            const std::vector<int>& reads = state.plan.reads[index];
            if (ColumnLayer* columns = state.column_layer(i)) {
                return execute_columns(*columns, state, i, parameters, state.value(reads[0], chunk), chunk,
                                       state.value(i, chunk));
            }
            execute_layer(state, i, parameters, state.value(reads[0], chunk),
                          reads.size() > 1 ? state.value(reads[1], chunk) : nullptr, chunk, state.value(i, chunk));
        });
    }
    state.run(actions);
}

std::vector<float> forward_in_slots(FloatState& state, std::span<const float> images, int batch,
                                    const ParameterMap& parameters) {
    use_stored_statistics(state, parameters);
    pack_weights(state, parameters);
    std::vector<float> logits(static_cast<std::size_t>(batch * state.network.layers.back().output.size()));
    const int chunks = (batch + inference_images - 1) / inference_images;
    state.pool.run(chunks, [&](std::int64_t chunk, int worker) {
        const auto index = static_cast<int>(chunk);
        const int first = index * inference_images;
        run_in_slots(state, {index, first, std::min(inference_images, batch - first), worker}, images.data(),
                     parameters, logits.data());
    });
    return logits;
}

}  // namespace remask
