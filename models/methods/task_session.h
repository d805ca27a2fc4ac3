// One task on its way from the backbone to TaskParameters.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "models/methods/chip_learning.h"
#include "models/methods/learn.h"
#include "models/methods/method.h"

namespace remask {

/// What learn_task() and assume_task() share: the task's network, its parameters so far, the method and its own
/// parameters. Neither copied nor moved: the method refers to `layers`.
class TaskSession {
public:
    /// `growth`: steps by which the network has grown.
    TaskSession(const MethodConfig& config, const LearningInput& input, int growth = 0);
    TaskSession(const TaskSession&) = delete;
    TaskSession& operator=(const TaskSession&) = delete;

    /// Names of the network's parameters that are trained as they are: classifier, batch-norm, weights, by method and
    /// recipe.
    std::set<std::string> trained() const;
    bool batch_norm_trained() const { return recipe.batch_norm == BatchNormChoice::train; }
    /// Nothing but the classifier is learned.
    bool classifier_only() const;

    /// The result, from `parameters` and `own` as they are now.
    TaskParameters finish() const;

    const MethodConfig& config;
    const LearningInput& input;
    const int growth;
    Recipe recipe;
    Network network;
    std::vector<ArrayLayer> layers;
    std::unique_ptr<Method> method;
    ParameterMap parameters;
    ParameterMap own;
    std::unique_ptr<ChipLearning> chip;  ///< learn.on: crossbar, made by learn_task()

private:
    bool is_side(const Layer& layer) const;
    double place_side_layers(TaskParameters& task) const;
    double constants_bits() const;
};

}  // namespace remask
