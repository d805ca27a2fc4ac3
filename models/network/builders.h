// The networks that remask can build by name.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/network/network.h"

namespace remask {

struct BuilderOptions {
    Shape input{3, 32, 32};
    int classes = 10;
    double width = 1.0;  ///< multiplies every hidden channel count (rounded, at least 1)
};

struct BuilderInfo {
    std::string_view name;  ///< "resnet8", "resnet20", …, "vgg8", "vgg16_bn", "lenet5"
    std::string_view description;
};

std::vector<BuilderInfo> builders();

/// Throws ConfigError for an unknown name (with did-you-mean) or an input too small.
Network build_network(std::string_view name, const BuilderOptions& options);

/// Kaiming-normal convolutions (fan out), linear layers uniform ±1/sqrt(fan in), batch-norm gamma 1, beta 0, mean 0,
/// variance 1.
ParameterMap initial_parameters(const Network& network, std::uint64_t seed);

}  // namespace remask
