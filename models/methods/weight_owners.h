// Tasks that share one network weight by weight: who trained which, and what pruning frees. PackNet's and CPG's.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "models/methods/method.h"

namespace remask {

class WeightOwners {
public:
    /// Owners of a layer's weights: 0 free, else the number of the task, from 1.
    using Owners = std::vector<float>;

    /// What `previous` carries; every weight of the hidden layers that it (null: nothing) does not know is free.
    WeightOwners(const std::vector<ArrayLayer>& layers, const TaskParameters* previous);

    /// The present task, from 1.
    int task() const { return task_; }
    float own_number() const { return static_cast<float>(task_); }

    /// By the weight's name.
    const Owners& of(const std::string& weight) const { return owners_.at(weight); }
    /// Gives all free weights to the present task.
    void take_free();
    /// Frees round(share·n) of the present task's n weights in each layer, the smallest in size (and those as small as
    /// the largest of them). `weights`: by the same names.
    void prune(double share, const ParameterMap& weights);
    /// The present task's weights, of all layers.
    std::int64_t owned() const;

    /// ⌈log2(tasks so far + 1)⌉
    int bits_per_weight() const;

    /// Adds the owners and the number of tasks, for the next one.
    void carry(ParameterMap& kept) const;

private:
    int task_ = 1;
    std::map<std::string, Owners> owners_;
};

/// The name of the weight whose owners a carried tensor called `name` holds; empty where it holds none.
std::string weight_of_owners(const std::string& name);

}  // namespace remask
