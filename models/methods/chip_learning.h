// Learning on a chip (learn.on: crossbar): its arrays compute the forward pass, with this chip's errors; gradients are
// those of the float network (straight-through).
#pragma once

#include <memory>
#include <vector>

#include "models/methods/task_parameters.h"
#include "models/network/engine_forward.h"
#include "models/network/quantized_network.h"

namespace remask {

class TaskSession;
class ThreadPool;

/// Arrays that hold a network's weights once and for all, and a periphery whose masks change.
class LearningChip {
public:
    virtual ~LearningChip() = default;
    virtual const MatrixProductEngine& engine() const = 0;
    /// One a slot, as TaskParameters::masks. Not while the engine multiplies.
    virtual void set_masks(const std::vector<LayerMask>& masks) = 0;
};

/// Throws ConfigError where the session's method would have to rewrite cells at every step, or trains weights that lie
/// on arrays.
void check_learning_place(const TaskSession& session);

/// One task's.
class ChipLearning {
public:
    /// Programs the chip (session.input.program_chip). The session must outlive this.
    ChipLearning(const TaskSession& session, ThreadPool& pool);

    const EngineForward& forward() const { return *forward_; }
    /// Before a step: the periphery takes the masks of these own parameters.
    void set_masks(const ParameterMap& own);
    /// After a step of `images` images.
    void end_step(int images) { forward_->end_step(images); }
    std::vector<double> input_scales() const { return forward_->input_scales(); }

private:
    const TaskSession& session_;
    std::unique_ptr<QuantizedNetwork> quantized_;
    std::unique_ptr<LearningChip> chip_;
    std::unique_ptr<EngineForward> forward_;
    std::vector<LayerMask> masks_;
};

}  // namespace remask
