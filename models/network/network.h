// A network: a graph of layers, its parameters by name, and how its input images are normalised.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace remask {

/// Dense float32 array, row-major.
struct Tensor {
    std::vector<std::int64_t> shape;
    std::vector<float> values;
    std::int64_t size() const { return static_cast<std::int64_t>(values.size()); }
};

/// One image's activation: channels × height × width, stored in that order.
struct Shape {
    int channels = 0;
    int height = 0;
    int width = 0;
    std::int64_t size() const { return static_cast<std::int64_t>(channels) * height * width; }
    bool operator==(const Shape&) const = default;
};

enum class LayerKind {
    input,
    convolution,  ///< weight [out, in/groups, kh, kw], optional bias [out]
    batch_norm,   ///< gamma, beta, mean, variance [channels]
    relu,
    max_pool,
    average_pool,  ///< the padding is not counted in the mean
    global_average_pool,
    add,            ///< two inputs of one shape
    subsample_pad,  ///< option A shortcut: every `stride`-th pixel, (out − in)/2 zero channels before, the rest after
    flatten,
    linear,        ///< weight [out, in], bias [out]
    hard_sigmoid,  ///< x/6 + 1/2, cut off at 0 and 1
    gate,         ///< 1 where x ≥ 0, else 0; its gradient is the logistic function's, and learning may add noise to x
    multiply,     ///< two inputs; an extent of the second may be 1 and then goes for all of the first's
    upsample,     ///< every pixel `stride` times in both directions; `padding` is cut off at the bottom and the right
    concatenate,  ///< two inputs of one height and width: the channels of the first, then those of the second
};

struct Padding {
    int top = 0, left = 0, bottom = 0, right = 0;
};

struct Layer {
    std::string name;  ///< unique, e.g. "stage1.block0.conv1"; parameters are called name + ".weight" etc.
    LayerKind kind = LayerKind::input;
    std::vector<int> inputs;  ///< indices of earlier layers
    int out_channels = 0;     ///< convolution, linear, subsample_pad
    int kernel_height = 1, kernel_width = 1;
    int stride = 1;
    int groups = 1;  ///< = channels: depthwise
    Padding padding;
    bool bias = false;      ///< convolution
    bool digital = false;   ///< convolution: computed by the digital unit instead of on arrays
    int extension = 0;      ///< its arrays come behind those of all layers with a smaller number (not in model files)
    float epsilon = 1e-5f;  ///< batch_norm
    Shape output;           ///< computed by finish()
};

/// x = (byte/divisor − mean)/deviation per channel; divisor 255 gives [0,1], 1 keeps 0..255.
struct Normalisation {
    float divisor = 255.0f;
    std::vector<float> mean;  ///< per channel, after the division
    std::vector<float> deviation;
};

struct Network {
    std::string name;
    Shape input;
    Normalisation normalisation;
    std::vector<Layer> layers;  ///< layers[0] is the input; topological order; the last one is the classifier (linear)
    int classes() const { return layers.back().out_channels; }
};

/// Appends a layer, computes its output shape and returns its index. Its inputs must be there; throws ConfigError that
/// names it. What concerns the whole graph is left to finish().
int append_layer(Network& network, Layer layer);

/// Computes every layer's output shape and checks the graph; throws ConfigError that names the layer.
void finish(Network& network);

/// Multiply-accumulates of one layer (convolution, linear), and of all layers, for one image.
std::int64_t macs(const Network& network, int layer);
std::int64_t macs(const Network& network);

/// Multiply-accumulates of the convolutions that the digital unit computes, for one image.
std::int64_t digital_macs(const Network& network);

/// Parameters by full name: "conv1.weight", "bn1.gamma", "bn1.beta", "bn1.mean", "bn1.variance", "fc.weight",
/// "fc.bias".
using ParameterMap = std::map<std::string, Tensor>;

struct Model {
    Network network;
    ParameterMap parameters;
    std::vector<std::string> class_names;  ///< may be empty
    std::string provenance;                ///< how it was made, as text (free)
};

/// Names and shapes that a network's parameters must have.
std::map<std::string, std::vector<std::int64_t>> parameter_shapes(const Network& network);

/// Throws InputError that names the first parameter that is missing, superfluous, of a wrong shape or not finite.
/// `origin` = file name.
void check_parameters(const Network& network, const ParameterMap& parameters, const std::string& origin);

/// Indices of the layers whose weights lie on arrays: all linear layers and convolutions that are not digital, but for
/// the last layer (the classifier), which is among them where `classifier_on_crossbar`. In the order of the layers,
/// those of each extension behind all before it.
std::vector<int> crossbar_layers(const Network& network, bool classifier_on_crossbar = false);

}  // namespace remask
