// What methods that train the backbone's own weights have in common.
#pragma once

#include <string>

#include "models/methods/method.h"

namespace remask {

class WeightMethod : public Method {
public:
    bool trains_weights() const override { return true; }
    /// Replaces a share of the weights by others of their layer.
    void assume(double changed_share, std::uint64_t seed, ParameterMap& own, ParameterMap& parameters) override;

protected:
    /// Throws ConfigError where the config asks for another realisation than reprogramming.
    WeightMethod(const MethodConfig& config, const MethodContext& context);

    const std::vector<ArrayLayer>& layers() const { return layers_; }
    /// An entry a weight in every hidden layer.
    void describe_entries(int bits_per_entry, std::vector<LayerMask>& masks) const;

private:
    const std::vector<ArrayLayer>& layers_;
};

/// Replaces every parameter that `previous` (null: nothing) carries under the same name.
void take_carried(const TaskParameters* previous, ParameterMap& parameters);

/// All parameters of `latest.carried` in place of those of `earlier` that have the same name and shape; the rest,
/// the classifier among it, is the earlier task's own.
ParameterMap with_carried(const TaskParameters& earlier, const TaskParameters& latest);

}  // namespace remask
