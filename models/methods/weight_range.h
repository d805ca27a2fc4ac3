// What cells can hold of rewritten weights: up to each filter's largest |W0|, the backbone's scale. Larger weights
// would be cut off when cells are programmed, which learning in float does not see.
#pragma once

#include <vector>

#include "models/methods/method.h"

namespace remask {

class WeightRange {
public:
    /// `layer` has a backbone.
    explicit WeightRange(const ArrayLayer& layer);

    /// `weights`: [filters, rows], brought within ± the filter's limit.
    void hold(std::vector<float>& weights) const;

private:
    std::size_t rows_;
    std::vector<float> largest_;  // by filter
};

}  // namespace remask
