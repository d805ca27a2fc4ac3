// Which weights exist and which of them are updated: SparCL's task-aware dynamic masking (TDM) and dynamic gradient
// masking (DGM).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "models/network/network.h"

namespace remask {

using Flags = std::vector<bool>;

class SparseMasks {
public:
    struct Options {
        double sparsity = 0.9;           ///< share of each masked layer's weights that are 0
        double gradient_sparsity = 0.8;  ///< share of the weights that exist which a step leaves alone
        double grown = 0.01;             ///< share that each renewal prunes further and grows back at random
        double gradient_weight = 0.5;    ///< importance = |w| + gradient_weight·|g|
        std::uint64_t seed = 0;
    };

    /// `weights`: names of the masked layers' weights.
    SparseMasks(const Options& options, std::vector<std::string> weights);

    /// TDM: of the weights that exist keeps the most important ones, a share 1 − sparsity − grown of each layer, and
    /// grows `grown` of it back at random among the rest; `round` names the draw. Without gradients: the first time,
    /// a share 1 − sparsity of all weights by |w|. Sets the others to 0.
    void renew(ParameterMap& parameters, const ParameterMap* gradients, std::int64_t round);
    /// DGM: of the weights that exist, those with the largest |g| are updated from now on.
    void choose_updated(const ParameterMap& gradients);

    /// Gradients of weights that do not exist or are not updated become 0.
    void mask_gradients(ParameterMap& gradients) const;
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
