#include "models/methods/weight_range.h"

#include <algorithm>
#include <cmath>

namespace remask {

WeightRange::WeightRange(const ArrayLayer& layer)
    : rows_(static_cast<std::size_t>(layer.rows)), largest_(static_cast<std::size_t>(layer.filters), 0.0f) {
    const std::vector<float>& weights = layer.backbone->values;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        largest_[i / rows_] = std::max(largest_[i / rows_], std::fabs(weights[i]));
    }
}

void WeightRange::hold(std::vector<float>& weights) const {
    for (std::size_t i = 0; i < weights.size(); ++i) {
        weights[i] = std::clamp(weights[i], -largest_[i / rows_], largest_[i / rows_]);
    }
}

}  // namespace remask
