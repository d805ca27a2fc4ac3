// The network of a new task: the backbone's with a classifier of its own.
#include <algorithm>
#include <cmath>
#include <utility>

#include "models/methods/learn.h"
#include "sim/base/diagnostics.h"
#include "sim/base/random.h"

namespace remask {
namespace {

/// Weights and bias uniform in ±1/sqrt(fan in).
void draw_classifier(const Network& network, int classes, std::uint64_t seed, ParameterMap& parameters) {
    const Layer& classifier = network.layers.back();
    const Shape& features = network.layers[static_cast<std::size_t>(classifier.inputs.front())].output;
    const double bound = 1.0 / std::sqrt(static_cast<double>(features.size()));
    RandomStream random(seed, "classifier");
    const auto draw = [&](std::int64_t count) {
        std::vector<float> values(static_cast<std::size_t>(count));
        for (float& value : values) value = static_cast<float>((2.0 * random.uniform() - 1.0) * bound);
        return values;
    };
    parameters[classifier.name + ".weight"] = {{classes, features.size()}, draw(classes * features.size())};
    parameters[classifier.name + ".bias"] = {{classes}, draw(classes)};
}

}  // namespace

Network task_network(const Network& network, int classes) {
    if (classes < 1) throw InternalError("a task of " + std::to_string(classes) + " classes");
    Network result = network;
    result.layers.back().out_channels = classes;
    finish(result);
    return result;
}

void check_kept_classifier(const Network& backbone, int classes) {
    if (classes == backbone.classes()) return;
    throw ConfigError("the task has " + std::to_string(classes) + " classes, the backbone's classifier " +
                      std::to_string(backbone.classes()) +
                      "; choose the classes that the backbone was trained on, or leave keep_classifier out");
}

ParameterMap task_start(const Network& network, const ParameterMap& backbone, int classes, std::uint64_t seed,
                        bool keep_classifier) {
    if (keep_classifier) {
        check_kept_classifier(network, classes);
        return backbone;
    }
    ParameterMap parameters = backbone;
    draw_classifier(network, classes, seed, parameters);
    return parameters;
}

void widen_classifier(const Network& network, std::uint64_t seed, bool keep_classifier, ParameterMap& parameters) {
    const Layer& classifier = network.layers.back();
    const std::int64_t features = network.layers[static_cast<std::size_t>(classifier.inputs.front())].output.size();
    Tensor& weight = parameters.at(classifier.name + ".weight");
    const std::int64_t known = weight.shape[1];
    if (known == features) return;
    if (!keep_classifier) return draw_classifier(network, network.classes(), seed, parameters);
    Tensor wider{{weight.shape[0], features}, std::vector<float>(static_cast<std::size_t>(weight.shape[0] * features))};
    for (std::int64_t row = 0; row < weight.shape[0]; ++row) {
        std::copy_n(weight.values.begin() + row * known, known, wider.values.begin() + row * features);
    }
    weight = std::move(wider);
}

}  // namespace remask
