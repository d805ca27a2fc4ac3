// Inside FloatNetwork: one backward pass. Not for other folders.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "models/network/float_state.h"

namespace remask {

/// Goes through the layers from the last to the first and notes what each chunk has to do; the notes are carried out
/// together up to the next place where all chunks must have arrived (batch statistics, sums of weight gradients).
class BackwardPass {
public:
    using Values = std::vector<float>;
    using Buffer = std::shared_ptr<Values>;  // of one value's gradient, whole batch; several values may share one

    BackwardPass(FloatState& state, const ParameterMap& parameters, const std::set<std::string>& wanted,
                 ParameterMap& gradients);

    void run(std::span<const float> logit_gradients);

private:
    // A layer is needed if a wanted parameter lies in it or below it.
    void find_needed();
    bool wants(int layer, const char* name) const { return wanted_.count(state_.layer(layer).name + name) != 0; }
    bool has_wanted(int layer) const;
    bool needs_value(int value) const { return needed_[static_cast<std::size_t>(value)]; }
    int input(int layer, std::size_t which = 0) const {
        return state_.plan.value[static_cast<std::size_t>(state_.layer(layer).inputs[which])];
    }
    Buffer& gradient(int value) { return gradient_[static_cast<std::size_t>(value)]; }

    Buffer new_buffer(std::int64_t size);
    Buffer exclusive(const Buffer& buffer, std::int64_t size);
    void give(int value, const Buffer& buffer);
    Buffer sum_into(int value, bool& accumulates);
    void zero_gradient(int layer, const char* suffix);
    Values& partial(std::int64_t size);
    void flush();

    // float_backward_layers.cpp; `out` is the gradient of the layer's output.
    void visit(int layer, Buffer& out);
    void visit_relu(int layer, Buffer& out);
    void visit_batch_norm(int layer, Buffer& out);
    void visit_convolution(int layer, const Buffer& out);
    void visit_flatten(int layer, const Buffer& out);
    void visit_linear(int layer, const Buffer& out);
    void visit_unweighted(int layer, const Buffer& out);
    void visit_squashed(int layer, Buffer& out);
    void visit_multiply(int layer, const Buffer& out);
    void visit_concatenate(int layer, const Buffer& out);
    void note_convolution_weights(int layer, const Buffer& out);
    void note_columns(int layer, const Buffer& out);
    void note_linear_weights(int layer, const Buffer& out);
    void note_bias(int layer, const Buffer& out);

    FloatState& state_;
    const ParameterMap& parameters_;
    const std::set<std::string>& wanted_;
    ParameterMap& gradients_;
    std::vector<bool> needed_;
    std::vector<Buffer> gradient_;  // by value
    std::vector<ChunkAction> actions_;
    std::vector<std::function<void()>> after_;  // once all chunks have done actions_
    std::size_t partials_ = 0;
    std::int64_t partial_floats_ = 0;
};

}  // namespace remask
