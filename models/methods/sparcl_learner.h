// One task of SparCL: sparse training with replay, on a network whose classifier has the classes of all tasks so far.
#pragma once

#include <cstdint>
#include <vector>

#include "models/methods/replay_buffer.h"
#include "models/methods/session_training.h"
#include "models/methods/sparse_masks.h"
#include "models/methods/training_cost.h"
#include "models/network/float_network.h"

namespace remask {

/// Rows of the joint classifier by task; the sizes of what is learned so far.
struct JointHead {
    std::vector<int> classes;  ///< of every task so far, the present one last
    int total() const;
    int first(int task) const;
};

/// Mean cross-entropy of `labels` within their task's classes, and its gradient times `weight` added to `gradient`.
/// logits, gradient: [rows][head.total()], row r is of task tasks[r].
double task_cross_entropy(std::span<const float> logits, const JointHead& head, std::span<const int> tasks,
                          std::span<const int> labels, double weight, std::span<float> gradient);

/// Mean square of logits − wanted over all values, times `weight`, likewise. `wanted[r]`: the task's classes.
double logit_distance(std::span<const float> logits, const JointHead& head, std::span<const int> tasks,
                      const std::vector<std::span<const float>>& wanted, double weight, std::span<float> gradient);

class SparclLearner {
public:
    /// Goes on from what `previous` carries (null: from the session's start). All must outlive the learner.
    SparclLearner(TaskSession& session, SparseMasks& masks, ReplayBuffer& buffer, JointHead& head,
                  const ParameterMap* previous, ThreadPool& pool);

    TrainingInfo learn(Progress& progress);

    /// The joint classifier's parameters: head.weight, head.bias.
    void save_head(ParameterMap& to) const;

private:
    struct StepImages;
    double step(const Batch& batch);
    StepImages gather(const Batch& batch) const;
    double loss_of(const StepImages& images, std::span<const float> logits);
    void note_predictions(const Batch& batch, std::span<const float> logits);
    void remember(const Batch& batch, std::span<const float> logits);
    void renew_masks(int epoch);
    void remove_least_forgotten();
    void update_costs();

    TaskSession& session_;
    SparclOptions options_;
    SparseMasks& masks_;
    ReplayBuffer& buffer_;
    const JointHead& head_;
    int task_;  // 0-based
    Network network_;
    ParameterMap parameters_;
    std::set<std::string> trained_;
    ThreadPool& pool_;
    FloatNetwork runner_;
    Optimizer optimizer_;
    ParameterMap gradients_, full_gradients_, before_;
    std::vector<float> logit_gradients_;
    StepCost cost_, full_cost_;  // of a usual step, and of one whose gradients choose what is updated
    std::int64_t steps_ = 0;
    TrainingInfo info_;

    std::vector<std::int64_t> active_;  // training images not removed
    std::vector<int> forgotten_;        // by image: how often it went from right to wrong
    std::vector<bool> was_right_;
    std::int64_t removed_each_ = 0;
};

}  // namespace remask
