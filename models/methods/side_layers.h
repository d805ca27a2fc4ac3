// Layers that a method adds to the backbone's network: side modules, new for every task.
//
// They are convolutions on arrays of their own, which a task switch programs, or the digital unit computes them; the
// config says which (`side`).
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "models/methods/method.h"

namespace remask {

/// Rebuilds a network layer by layer, with new ones in between.
class NetworkExtender {
public:
    /// `digital`: new convolutions are computed by the digital unit.
    NetworkExtender(const Network& source, bool digital);

    /// Copies layer `index` of the source (all before it have been copied) and returns its new index.
    int copy(int index);
    /// What reads layer `index` of the source from now on reads layer `replacement` of the result.
    void replace(int index, int replacement) { now_[static_cast<std::size_t>(index)] = replacement; }
    /// Where layer `index` of the source is read now.
    int now(int index) const { return now_[static_cast<std::size_t>(index)]; }

    const Layer& layer(int index) const { return result_.layers[static_cast<std::size_t>(index)]; }
    /// 1×1
    int convolution(const std::string& name, int input, int channels, int stride, bool bias = false);
    int batch_norm(const std::string& name, int input) { return append(name, LayerKind::batch_norm, {input}); }
    int add(const std::string& name, int first, int second) { return append(name, LayerKind::add, {first, second}); }
    /// A layer of a kind that needs nothing but its inputs.
    int append(const std::string& name, LayerKind kind, std::vector<int> inputs);
    int append(Layer layer);

    /// The result, its shapes computed. Throws ConfigError where they do not fit.
    Network finish();

private:
    const Network& source_;
    bool digital_;
    std::vector<int> now_;
    Network result_;
};

/// Names of the layers of `network` that `backbone` lacks.
std::set<std::string> side_layers(const Network& network, const ParameterMap& backbone);

/// Gives a share of the weights whose names end in `suffix` normal values, for Method::assume().
void draw_side_weights(const std::string& suffix, double share, std::uint64_t seed, ParameterMap& parameters);

/// The field `side`.
void describe_side(Fields& fields, MethodConfig& config);

}  // namespace remask
