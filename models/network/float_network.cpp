#include "models/network/float_network.h"

#include <algorithm>

#include "models/network/float_elementwise.h"
#include "models/network/float_layout.h"
#include "models/network/float_state.h"
#include "sim/base/diagnostics.h"

namespace remask {

struct FloatNetwork::State : FloatState {
    using FloatState::FloatState;
};

ConvolutionSize convolution_size(const Layer& layer, const Shape& in) {
    return {in.channels,        in.height,           in.width,           layer.output.channels, layer.output.height,
            layer.output.width, layer.kernel_height, layer.kernel_width, layer.stride,          layer.padding.top,
            layer.padding.left, layer.groups};
}

FloatState::FloatState(const Network& network_, ThreadPool& pool_)
    : network(network_), pool(pool_), plan(make_plan(network)) {
    const std::size_t count = network.layers.size();
    convolutions.resize(count);
    packed_weights.resize(count);
    values.resize(count);
    normalised.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
        if (network.layers[i].kind != LayerKind::convolution) continue;
        convolutions[i].emplace(convolution_size(network.layers[i], input_shape(static_cast<int>(i))));
    }
    scratch.resize(static_cast<std::size_t>(pool.threads()));
    slots.resize(static_cast<std::size_t>(pool.threads()));
}

ColumnLayer* FloatState::column_layer(int index) const {
    const auto found = columns.find(index);
    return found == columns.end() ? nullptr : found->second.get();
}

float* FloatState::value(int index, const ImageChunk& chunk) {
    return values[static_cast<std::size_t>(index)].data() + chunk.first * size(index);
}

int FloatState::chunk_images() const {
    return std::max(4, (batch + 15) / 16);
}

int FloatState::chunks() const {
    return (batch + chunk_images() - 1) / chunk_images();
}

void FloatState::run(const std::vector<ChunkAction>& actions) {
    if (actions.empty()) return;
    const int images = chunk_images();
    pool.run(chunks(), [&](std::int64_t chunk, int worker) {
        const auto index = static_cast<int>(chunk);
        const ImageChunk work{index, index * images, std::min(images, batch - index * images), worker};
        for (const ChunkAction& action : actions) action(work);
    });
}

FloatNetwork::FloatNetwork(const Network& network, ThreadPool& pool) : state_(std::make_unique<State>(network, pool)) {}

FloatNetwork::~FloatNetwork() = default;

void FloatNetwork::compute_with(const EngineForward* engine) {
    state_->engine = engine;
}

void FloatNetwork::compute_columns(const std::string& layer, std::int64_t rows, std::span<const float> weights) {
    FloatState& state = *state_;
    for (int i = 0; i < static_cast<int>(state.network.layers.size()); ++i) {
        if (state.layer(i).kind != LayerKind::convolution || state.layer(i).name != layer) continue;
        const ConvolutionSize& size = state.convolution(i).size();
        if (weights.size() != static_cast<std::size_t>(size.weight_count())) {
            throw InternalError("float network: the weights do not fit '" + layer + "'");
        }
        state.columns[i] = std::make_unique<ColumnLayer>(size, rows, weights);
        return;
    }
    throw InternalError("float network: no convolution '" + layer + "'");
}

std::int64_t FloatNetwork::column_sums(const Layer& layer, std::int64_t columns) {
    const Shape& out = layer.output;
    return ColumnConvolution::most_sums(std::int64_t{out.height} * out.width, out.channels, columns);
}

void FloatNetwork::scale_columns(const std::string& layer, std::span<const float> factors) {
    for (const auto& [index, columns] : state_->columns) {
        if (state_->layer(index).name != layer) continue;
        columns->factors = columns->convolution.pack_factors(factors);
        return;
    }
    throw InternalError("float network: '" + layer + "' is not computed column by column");
}

std::vector<float> FloatNetwork::forward(std::span<const float> images, int batch, ParameterMap& parameters,
                                         BatchNormMode mode, bool keep) {
    if (mode == BatchNormMode::evaluate && !keep) return forward(images, batch, parameters);
    FloatState& state = *state_;
    if (batch < 1 || images.size() != static_cast<std::size_t>(batch * state.network.input.size())) {
        throw InternalError("float network: the images do not fit the batch");
    }
    if (batch != state.batch) state.spare_gradients.clear();
    state.kept = false;
    state.recomputed.clear();
    state.batch = batch;
    state.mode = mode;
    forward_whole(state, images, parameters, &parameters);
    state.kept = keep;
    return state.values[static_cast<std::size_t>(state.plan.value.back())];
}

std::vector<float> FloatNetwork::forward(std::span<const float> images, int batch, const ParameterMap& parameters) {
    FloatState& state = *state_;
    if (batch < 0 || images.size() != static_cast<std::size_t>(batch * state.network.input.size())) {
        throw InternalError("float network: the images do not fit the batch");
    }
    state.kept = false;
    state.recomputed.clear();
    return forward_in_slots(state, images, batch, parameters);
}

std::span<const float> FloatNetwork::activation(int layer) const {
    FloatState& state = *state_;
    if (!state.kept) throw InternalError("float network: activation() without forward(keep)");
    const auto index = static_cast<std::size_t>(layer);
    const Shape& shape = state.network.layers.at(index).output;
    const std::vector<float>& kept = state.values[static_cast<std::size_t>(state.plan.value[index])];
    if (!state.plan.absorbed[index] && !has_layout(shape)) return kept;
    std::vector<float>& out = state.recomputed[layer];
    if (!out.empty()) return out;
    std::vector<float> values = kept;
    if (state.plan.absorbed[index]) {
        values.resize(static_cast<std::size_t>(state.batch * shape.size()));
        const auto input = [&](std::size_t i) {
            const auto source = static_cast<std::size_t>(state.layer(layer).inputs[i]);
            return state.values[static_cast<std::size_t>(state.plan.value[source])].data();
        };
        if (state.layer(layer).kind == LayerKind::add) {
            add(input(0), input(1), state.batch * shape.size(), false, values.data());
        } else {
            normalise(input(0), state.batch, shape, state.normalised[index].data(), false, values.data());
        }
    }
    out.resize(values.size());
    channels_last_to_planes(shape, values.data(), state.batch, out.data());
    return out;
}

void FloatNetwork::backward(std::span<const float> logit_gradients, const ParameterMap& parameters,
                            const std::set<std::string>& wanted, ParameterMap& gradients) {
    FloatState& state = *state_;
    if (!state.kept) throw InternalError("float network: backward() without forward(keep)");
    if (logit_gradients.size() != static_cast<std::size_t>(state.batch * state.network.layers.back().output.size())) {
        throw InternalError("float network: the logits' gradients do not fit the batch");
    }
    run_backward(state, logit_gradients, parameters, wanted, gradients);
}

}  // namespace remask
