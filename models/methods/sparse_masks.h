// Which weights exist and which of them are updated: SparCL's task-aware dynamic masking (TDM) and dynamic gradient
// masking (DGM).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "models/methods/sparse_allocation.h"
#include "models/network/network.h"

namespace remask {

using Flags = std::vector<bool>;

class SparseMasks {
public:
    struct Options {
        double sparsity = 0.9;            ///< share of the masked layers' weights that are 0
        double gradient_sparsity = 0.92;  ///< share of the masked layers' weights that a step leaves alone
        double grown = 0.01;              ///< share of all weights that a renewal prunes further and grows at random
        double gradient_weight = 0.5;     ///< importance = |w| + gradient_weight·|g|
        Allocation allocation = Allocation::uniform;
        std::uint64_t seed = 0;
    };

    /// `weights`: names of the masked layers' weights.
    SparseMasks(const Options& options, std::vector<std::string> weights);

    /// The first masks: each layer keeps its largest |w|, as many as the allocation gives it. Sets the others to 0.
    void prune(ParameterMap& parameters);
    /// TDM: of each layer's weights that exist prunes a share grown/(1 − sparsity), the least important ones, and grows
    /// as many at random among all that are then 0; `round` names the draw. Sets those that do not exist to 0.
    void renew(ParameterMap& parameters, const ParameterMap& gradients, std::int64_t round);
    /// DGM: of each layer's weights that exist, a share (1 − gradient_sparsity)/(1 − sparsity), those with the largest
    /// |g|, are updated from now on.
    void choose_updated(const ParameterMap& gradients);

    /// Gradients of weights that do not exist or are not updated become 0.
    void mask_gradients(ParameterMap& gradients) const;
    /// Weights that are not updated become what they were `before`, whatever momentum or decay made of them.
    void keep_others(const ParameterMap& before, ParameterMap& parameters) const;
    /// Weights that do not exist are 0.
    void hold(ParameterMap& parameters) const;

    const std::vector<std::string>& weights() const { return weights_; }
    std::int64_t existing(const std::string& weight) const;
    std::int64_t updated(const std::string& weight) const;

    /// Under the weights' names + ".exists".
    void save(ParameterMap& to) const;
    void load(const ParameterMap& from);

private:
    Options options_;
    std::vector<std::string> weights_;
    std::map<std::string, Flags> exists_, updated_;
};

}  // namespace remask
