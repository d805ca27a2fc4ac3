#include "models/network/float_backward.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "models/network/float_elementwise.h"
#include "models/network/held_activations.h"
#include "sim/base/diagnostics.h"

namespace remask {

namespace {

constexpr std::int64_t most_partial_floats = std::int64_t{1} << 20;

}  // namespace

BackwardPass::BackwardPass(FloatState& state, const ParameterMap& parameters, const std::set<std::string>& wanted,
                           ParameterMap& gradients)
    : state_(state), parameters_(parameters), wanted_(wanted), gradients_(gradients) {
    gradient_.resize(state.network.layers.size());
    find_needed();
}

bool BackwardPass::has_wanted(int layer) const {
    return std::any_of(std::begin(learned_suffixes), std::end(learned_suffixes),
                       [&](const char* name) { return wants(layer, name); });
}

void BackwardPass::find_needed() {
    std::size_t found = 0;
    for (int i = 0; i < static_cast<int>(state_.network.layers.size()); ++i) {
        bool needed = has_wanted(i);
        for (const char* name : learned_suffixes) {
            if (!wants(i, name)) continue;
            ++found;
            zero_gradient(i, name);
        }
        for (const int from : state_.layer(i).inputs) needed = needed || needed_[static_cast<std::size_t>(from)];
        needed_.push_back(needed);
    }
    if (found != wanted_.size()) throw InternalError("float network: gradients wanted of unknown parameters");
}

void BackwardPass::zero_gradient(int layer, const char* suffix) {
    const std::string name = state_.layer(layer).name + suffix;
    std::vector<std::int64_t> shape;
    if (suffix == std::string_view(".columns")) {
        const ColumnLayer* columns = state_.column_layer(layer);
        if (columns == nullptr) throw InternalError("float network: '" + name + "' of a layer without columns");
        shape = {state_.layer(layer).output.channels, columns->convolution.columns()};
    } else {
        const auto like = parameters_.find(name);
        if (like == parameters_.end()) throw InternalError("float network: parameter '" + name + "' is missing");
        shape = like->second.shape;
    }
    Tensor& tensor = gradients_[name];
    tensor.shape = std::move(shape);
    std::int64_t size = 1;
    for (const std::int64_t extent : tensor.shape) size *= extent;
    tensor.values.assign(static_cast<std::size_t>(size), 0.0f);
}

/// Buffers go back to the state as soon as no later note uses them. That is safe before the notes are carried out: a
/// chunk only touches its own part, in the order of the notes, and only values of one size share a buffer.
BackwardPass::Buffer BackwardPass::new_buffer(std::int64_t size) {
    auto& spare = state_.spare_gradients[size];
    std::unique_ptr<Values> values;
    if (spare.empty()) {
        values = std::make_unique<Values>(static_cast<std::size_t>(state_.batch * size));
    } else {
        values = std::move(spare.back());
        spare.pop_back();
    }
    return {values.release(), [&spare](Values* used) { spare.emplace_back(used); }};
}

/// `buffer` itself if only the caller's owner holds it (`buffer` being that owner), otherwise a copy.
BackwardPass::Buffer BackwardPass::exclusive(const Buffer& buffer, std::int64_t size) {
    if (buffer.use_count() == 1) return buffer;
    const Buffer copy = new_buffer(size);
    actions_.push_back([from = buffer.get(), to = copy.get(), size](const ImageChunk& chunk) {
        const float* begin = from->data() + chunk.first * size;
        std::copy(begin, begin + chunk.count * size, to->data() + chunk.first * size);
    });
    return copy;
}

/// `buffer` is (a part of) the gradient of `value`.
void BackwardPass::give(int value, const Buffer& buffer) {
    if (!needs_value(value)) return;
    Buffer& held = gradient(value);
    if (!held) {
        held = buffer;
        return;
    }
    const std::int64_t size = state_.size(value);
    held = exclusive(held, size);
    actions_.push_back([from = buffer.get(), to = held.get(), size](const ImageChunk& chunk) {
        accumulate(from->data() + chunk.first * size, chunk.count * size, to->data() + chunk.first * size);
    });
}

/// The gradient of `value` to be written by the caller: added to where `accumulates`, otherwise overwritten.
BackwardPass::Buffer BackwardPass::sum_into(int value, bool& accumulates) {
    Buffer& held = gradient(value);
    accumulates = held != nullptr;
    held = accumulates ? exclusive(held, state_.size(value)) : new_buffer(state_.size(value));
    return held;
}

BackwardPass::Values& BackwardPass::partial(std::int64_t size) {
    const std::int64_t total = size * state_.chunks();
    if (partials_ == state_.partial_gradients.size()) state_.partial_gradients.emplace_back();
    partial_floats_ += total;
    Values& values = state_.partial_gradients[partials_++];
    if (static_cast<std::int64_t>(values.size()) < total) values.resize(static_cast<std::size_t>(total));
    return values;
}

void BackwardPass::flush() {
    state_.run(actions_);
    for (const auto& action : after_) action();
    actions_.clear();
    after_.clear();
    partials_ = 0;
    partial_floats_ = 0;
}

void BackwardPass::run(std::span<const float> logit_gradients) {
    const int last = static_cast<int>(state_.network.layers.size()) - 1;
    if (needed_.back()) {
        const Buffer logits = new_buffer(state_.size(last));
        std::copy(logit_gradients.begin(), logit_gradients.end(), logits->begin());
        gradient(state_.plan.value.back()) = logits;
    }
    for (int i = last; i > 0; --i) {
        // Taken out of gradient_, so that a buffer held by nobody else has a use count of 1.
        Buffer out = std::move(gradient(i));
        gradient(i).reset();
        if (out && needs_value(i) && state_.plan.value[static_cast<std::size_t>(i)] == i) visit(i, out);
        if (partial_floats_ > most_partial_floats) flush();
    }
    flush();
}

void run_backward(FloatState& state, std::span<const float> logit_gradients, const ParameterMap& parameters,
                  const std::set<std::string>& wanted, ParameterMap& gradients) {
    BackwardPass(state, parameters, wanted, gradients).run(logit_gradients);
}

}  // namespace remask
