#include "models/network/float_network.h"

#include <algorithm>

#include "models/network/float_elementwise.h"
#include "models/network/float_state.h"
#include "sim/base/diagnostics.h"

namespace remask {

struct FloatNetwork::State : FloatState {
    using FloatState::FloatState;
};

FloatState::FloatState(const Network& network_, ThreadPool& pool_, Arithmetic arithmetic_)
    : network(network_), pool(pool_), arithmetic(arithmetic_), plan(make_plan(network)) {
    const std::size_t count = network.layers.size();
    convolutions.resize(count);
    values.resize(count);
    normalised.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
        if (network.layers[i].kind != LayerKind::convolution) continue;
        convolutions[i] = convolution_shape(network.layers[i], input_shape(static_cast<int>(i)));
    }
    scratch.resize(static_cast<std::size_t>(pool.threads()));
    slots.resize(static_cast<std::size_t>(pool.threads()));
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

FloatNetwork::FloatNetwork(const Network& network, ThreadPool& pool, Arithmetic arithmetic)
    : state_(std::make_unique<State>(network, pool, arithmetic)) {}

FloatNetwork::~FloatNetwork() = default;

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
    if (!state.plan.absorbed.at(index)) return state.values[static_cast<std::size_t>(state.plan.value[index])];
    std::vector<float>& out = state.recomputed[layer];
    if (!out.empty()) return out;
    out.resize(static_cast<std::size_t>(state.batch * state.size(layer)));
    const auto input = [&](std::size_t i) {
        const auto source = static_cast<std::size_t>(state.layer(layer).inputs[i]);
        return state.values[static_cast<std::size_t>(state.plan.value[source])].data();
    };
    if (state.layer(layer).kind == LayerKind::add) {
        add(input(0), input(1), state.batch * state.size(layer), false, out.data());
    } else {
        normalise(input(0), state.batch, state.layer(layer).output, state.normalised[index].data(), false, out.data());
    }
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
