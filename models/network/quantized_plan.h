// Inside the folder only: in which steps a network runs on crossbars and digital periphery, one block of images at a
// time.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <vector>

#include "models/network/network.h"
#include "models/network/quantized_digital.h"

namespace remask {

/// Per layer: can a value of its output be negative? Decided by the graph: the image if its normalisation subtracts
/// something, products and batch-norm always, never after ReLU; sums, pools and shortcuts if one of their inputs can.
std::vector<bool> may_be_negative(const Network& network);

struct QuantizedStep {
    int layer = 0;  ///< what is computed
    int output =
        0;  ///< the layer whose output the result is: a batch-norm and a ReLU that follow a crossbar layer are folded
    int slot = -1;  ///< index among the crossbar layers, −1 for digital ones
    bool relu = false;
};

/// A network as a sequence of steps, with what the digital periphery needs.
struct QuantizedPlan {
    Network network;
    std::vector<QuantizedStep> steps;
    std::vector<int> last_step;  ///< per layer: the last step that reads its output
    /// Per slot the digital end of a crossbar layer: out = gain[c]·y + shift[c], y the product of unquantised weights
    /// and inputs. Bias and folded batch-norm are inside.
    std::vector<ChannelAffine> ends;
    std::map<int, ChannelAffine> batch_norms;   ///< those not folded, by layer
    std::map<int, Tensor> convolutions;         ///< weights of those that the digital unit computes, by layer
    std::map<int, ChannelAffine> biases;        ///< and their biases
    Tensor classifier_weight, classifier_bias;  ///< empty where the classifier lies on crossbars

    QuantizedPlan(const Network& source, const ParameterMap& parameters, bool classifier_on_crossbar);

    const Layer& layer(int index) const { return network.layers[static_cast<std::size_t>(index)]; }
    const Shape& input_shape(int index) const { return layer(layer(index).inputs[0]).output; }
};

/// Computes one crossbar layer for a block: step, inputs [images][layer's input], outputs [images][layer's output]
/// after step's folded end.
using CrossbarStep =
    std::function<void(const QuantizedStep& step, std::span<const float> inputs, int images, std::span<float> outputs)>;

/// Runs `images` (normalised) through the plan; writes logits [images][classes].
void run_quantized_block(const QuantizedPlan& plan, std::span<const float> images, int count,
                         const CrossbarStep& crossbar, std::span<float> logits);

}  // namespace remask
