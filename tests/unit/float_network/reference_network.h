// An independent forward in double: one loop per index, straight from the layers' definitions.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "models/network/float_network.h"
#include "models/network/network.h"

namespace remask {

using DoubleMap = std::map<std::string, std::vector<double>>;

struct ReferenceResult {
    std::vector<std::vector<double>> outputs;  ///< by layer: batch × size
    DoubleMap batch_mean, batch_variance;      ///< by batch-norm layer's name: of the batch (train), variance biased
};

ReferenceResult reference_forward(const Network& network, const DoubleMap& parameters,
                                  const std::vector<double>& images, int batch, BatchNormMode mode);

DoubleMap to_double(const ParameterMap& parameters);

}  // namespace remask
