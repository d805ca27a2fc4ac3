#include "models/network/network.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <set>
#include <utility>

#include "sim/base/diagnostics.h"

namespace remask {
namespace {

/// No activation or weight array is larger than this; beyond it a size is taken for a slip.
constexpr std::int64_t kMaximumSize = std::int64_t{1} << 31;
/// The same for channels and for an image's, kernel's or stride's extent.
constexpr int kMaximumExtent = 1 << 20;

[[noreturn]] void fail(const Layer& layer, const std::string& what) {
    throw ConfigError("network layer '" + layer.name + "': " + what);
}

void require(bool holds, const Layer& layer, const std::string& what) {
    if (!holds) fail(layer, what);
}

std::string text(const Shape& shape) {
    return std::to_string(shape.channels) + "x" + std::to_string(shape.height) + "x" + std::to_string(shape.width);
}

std::size_t arity(LayerKind kind) {
    if (kind == LayerKind::input) return 0;
    return kind == LayerKind::add || kind == LayerKind::multiply || kind == LayerKind::concatenate ? 2 : 1;
}

/// Positions of a window of `kernel` that moves by `stride` over `size` values padded on both sides.
int window_positions(int size, int before, int after, int kernel, int stride) {
    const int room = size + before + after - kernel;
    return room < 0 ? 0 : room / stride + 1;
}

void check_window(const Layer& layer) {
    const Padding& p = layer.padding;
    require(layer.kernel_height >= 1 && layer.kernel_width >= 1, layer, "the kernel must be at least 1x1");
    require(layer.kernel_height <= kMaximumExtent && layer.kernel_width <= kMaximumExtent, layer,
            "the kernel is too large");
    require(layer.stride >= 1 && layer.stride <= kMaximumExtent, layer, "the stride must be at least 1, and not huge");
    require(p.top >= 0 && p.left >= 0 && p.bottom >= 0 && p.right >= 0, layer, "the padding must not be negative");
    require(p.top < layer.kernel_height && p.bottom < layer.kernel_height && p.left < layer.kernel_width &&
                p.right < layer.kernel_width,
            layer, "the padding must be less than the kernel");
}

Shape window_output(const Layer& layer, const Shape& in, int channels) {
    check_window(layer);
    const Padding& p = layer.padding;
    const Shape out{channels, window_positions(in.height, p.top, p.bottom, layer.kernel_height, layer.stride),
                    window_positions(in.width, p.left, p.right, layer.kernel_width, layer.stride)};
    require(out.height >= 1 && out.width >= 1, layer,
            "its input of " + text(in) + " is smaller than the kernel; use larger images or fewer strides");
    return out;
}

Shape convolution_output(const Layer& layer, const Shape& in) {
    require(layer.out_channels >= 1, layer, "must have at least one output channel");
    require(layer.groups >= 1 && in.channels % layer.groups == 0 && layer.out_channels % layer.groups == 0, layer,
            "groups must divide both " + std::to_string(in.channels) + " input and " +
                std::to_string(layer.out_channels) + " output channels");
    const Shape out = window_output(layer, in, layer.out_channels);
    const double weights =
        static_cast<double>(layer.out_channels) * in.channels * layer.kernel_height * layer.kernel_width;
    require(weights < static_cast<double>(kMaximumSize), layer, "has too many weights");
    return out;
}

Shape subsample_output(const Layer& layer, const Shape& in) {
    require(layer.stride >= 1 && layer.stride <= kMaximumExtent, layer, "the stride must be at least 1, and not huge");
    require(layer.out_channels >= in.channels, layer, "cannot have fewer output channels than input channels");
    return {layer.out_channels, (in.height + layer.stride - 1) / layer.stride,
            (in.width + layer.stride - 1) / layer.stride};
}

Shape upsample_output(const Layer& layer, const Shape& in) {
    require(layer.stride >= 1 && layer.stride <= kMaximumExtent / std::max(in.height, in.width), layer,
            "the stride must be at least 1, and not huge");
    const Padding& p = layer.padding;
    require(
        p.top == 0 && p.left == 0 && p.bottom >= 0 && p.right >= 0 && p.bottom < layer.stride && p.right < layer.stride,
        layer, "can cut off less than its stride, at the bottom and the right only");
    return {in.channels, in.height * layer.stride - p.bottom, in.width * layer.stride - p.right};
}

Shape concatenated(const Layer& layer, const Shape& a, const Shape& b) {
    require(a.height == b.height && a.width == b.width, layer,
            "puts " + text(a) + " and " + text(b) + " together, whose height and width must be equal");
    require(a.channels <= kMaximumExtent - b.channels, layer, "has too many channels");
    return {a.channels + b.channels, a.height, a.width};
}

void check_factor(const Layer& layer, const Shape& in, const Shape& factor) {
    const auto fits = [](int extent, int of) { return of == extent || of == 1; };
    require(fits(in.channels, factor.channels) && fits(in.height, factor.height) && fits(in.width, factor.width), layer,
            "multiplies " + text(in) + " by " + text(factor) + "; each extent must be equal or 1");
}

Shape output_shape(const Layer& layer, const Network& network) {
    if (layer.kind == LayerKind::input) return network.input;
    const Shape& in = network.layers[static_cast<std::size_t>(layer.inputs[0])].output;
    switch (layer.kind) {
        case LayerKind::convolution:
            return convolution_output(layer, in);
        case LayerKind::max_pool:
        case LayerKind::average_pool:
            return window_output(layer, in, in.channels);
        case LayerKind::global_average_pool:
            return {in.channels, 1, 1};
        case LayerKind::subsample_pad:
            return subsample_output(layer, in);
        case LayerKind::flatten:
            require(in.size() < kMaximumSize, layer, "is too large");
            return {static_cast<int>(in.size()), 1, 1};
        case LayerKind::linear:
            require(layer.out_channels >= 1, layer, "must have at least one output");
            require(in.height == 1 && in.width == 1, layer,
                    "its input is " + text(in) + "; put a flatten or global_average_pool before it");
            return {layer.out_channels, 1, 1};
        case LayerKind::add: {
            const Shape& other = network.layers[static_cast<std::size_t>(layer.inputs[1])].output;
            require(in == other, layer, "adds " + text(in) + " and " + text(other) + ", which must be equal");
            return in;
        }
        case LayerKind::multiply:
            check_factor(layer, in, network.layers[static_cast<std::size_t>(layer.inputs[1])].output);
            return in;
        case LayerKind::upsample:
            return upsample_output(layer, in);
        case LayerKind::concatenate:
            return concatenated(layer, in, network.layers[static_cast<std::size_t>(layer.inputs[1])].output);
        default:
            return in;
    }
}

void check_place(const Network& network, std::size_t index) {
    const Layer& layer = network.layers[index];
    require(!layer.name.empty(), layer, "has no name (layer " + std::to_string(index) + ")");
    require(layer.name.find('/') == std::string::npos, layer, "the name must not contain '/'");
    require((layer.kind == LayerKind::input) == (index == 0), layer,
            "exactly the first layer of a network must be the input");
    require(layer.inputs.size() == arity(layer.kind), layer,
            "takes " + std::to_string(arity(layer.kind)) + " inputs, not " + std::to_string(layer.inputs.size()));
    for (const int input : layer.inputs) {
        require(input >= 0 && static_cast<std::size_t>(input) < index, layer,
                "must take its inputs from earlier layers");
    }
    require(layer.out_channels <= kMaximumExtent, layer, "has too many channels");
    require(layer.kind != LayerKind::batch_norm || (layer.epsilon > 0 && std::isfinite(layer.epsilon)), layer,
            "epsilon must be positive");
}

void compute_output(Network& network, std::size_t index) {
    check_place(network, index);
    Layer& layer = network.layers[index];
    layer.output = output_shape(layer, network);
    const double size = static_cast<double>(layer.output.channels) * layer.output.height * layer.output.width;
    require(size < static_cast<double>(kMaximumSize), layer, "its output " + text(layer.output) + " is too large");
}

void check_normalisation(const Network& network) {
    const auto channels = static_cast<std::size_t>(network.input.channels);
    const Normalisation& n = network.normalisation;
    const Layer& input = network.layers.front();
    require(
        n.mean.size() == channels && n.deviation.size() == channels, input,
        "the normalisation must have a mean and a deviation for each of the " + std::to_string(channels) + " channels");
    bool good = std::isfinite(n.divisor) && n.divisor > 0;
    for (const float mean : n.mean) good = good && std::isfinite(mean);
    for (const float deviation : n.deviation) good = good && std::isfinite(deviation) && deviation > 0;
    require(good, input, "the normalisation's divisor and deviations must be positive, all of it finite");
}

std::string text(const std::vector<std::int64_t>& shape) {
    std::string result = "[";
    for (std::size_t i = 0; i < shape.size(); ++i) result += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
    return result + "]";
}

const Shape& input_of(const Network& network, const Layer& layer) {
    return network.layers[static_cast<std::size_t>(layer.inputs[0])].output;
}

}  // namespace

int append_layer(Network& network, Layer layer) {
    network.layers.push_back(std::move(layer));
    compute_output(network, network.layers.size() - 1);
    return static_cast<int>(network.layers.size()) - 1;
}

void finish(Network& network) {
    if (network.layers.empty()) throw ConfigError("network '" + network.name + "' has no layers");
    const Shape& in = network.input;
    require(in.channels >= 1 && in.height >= 1 && in.width >= 1, network.layers.front(),
            "the images must be at least 1x1x1, not " + text(in));
    require(in.channels <= kMaximumExtent && in.height <= kMaximumExtent && in.width <= kMaximumExtent,
            network.layers.front(), "the images of " + text(in) + " are too large");
    check_normalisation(network);
    std::set<std::string> names;
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
        compute_output(network, i);
        require(names.insert(network.layers[i].name).second, network.layers[i], "the name is used twice");
    }
    require(network.layers.back().kind == LayerKind::linear, network.layers.back(),
            "the last layer of a network must be linear (the classifier)");
}

std::int64_t macs(const Network& network, int layer) {
    const Layer& l = network.layers[static_cast<std::size_t>(layer)];
    if (l.kind == LayerKind::linear) return std::int64_t{l.out_channels} * input_of(network, l).channels;
    if (l.kind != LayerKind::convolution) return 0;
    const std::int64_t per_output =
        std::int64_t{input_of(network, l).channels / l.groups} * l.kernel_height * l.kernel_width;
    return per_output * l.output.size();
}

std::int64_t macs(const Network& network) {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < network.layers.size(); ++i) sum += macs(network, static_cast<int>(i));
    return sum;
}

std::int64_t digital_macs(const Network& network) {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
        if (network.layers[i].digital) sum += macs(network, static_cast<int>(i));
    }
    return sum;
}

std::map<std::string, std::vector<std::int64_t>> parameter_shapes(const Network& network) {
    std::map<std::string, std::vector<std::int64_t>> shapes;
    for (const Layer& layer : network.layers) {
        if (layer.kind == LayerKind::convolution) {
            shapes[layer.name + ".weight"] = {layer.out_channels, input_of(network, layer).channels / layer.groups,
                                              layer.kernel_height, layer.kernel_width};
            if (layer.bias) shapes[layer.name + ".bias"] = {layer.out_channels};
        } else if (layer.kind == LayerKind::linear) {
            shapes[layer.name + ".weight"] = {layer.out_channels, input_of(network, layer).channels};
            shapes[layer.name + ".bias"] = {layer.out_channels};
        } else if (layer.kind == LayerKind::batch_norm) {
            for (const char* part : {".gamma", ".beta", ".mean", ".variance"}) {
                shapes[layer.name + part] = {layer.output.channels};
            }
        }
    }
    return shapes;
}

void check_parameters(const Network& network, const ParameterMap& parameters, const std::string& origin) {
    const auto shapes = parameter_shapes(network);
    const auto refuse = [&](const std::string& name, const std::string& what) {
        throw InputError(origin + ": parameter '" + name + "' " + what + " (network " + network.name + ")");
    };
    for (const auto& [name, shape] : shapes) {
        const auto found = parameters.find(name);
        if (found == parameters.end()) refuse(name, "is missing");
        const Tensor& tensor = found->second;
        if (tensor.shape != shape) refuse(name, "has shape " + text(tensor.shape) + ", expected " + text(shape));
        std::int64_t size = 1;
        for (const std::int64_t extent : shape) size *= extent;
        if (tensor.size() != size) refuse(name, "has " + std::to_string(tensor.size()) + " values for its shape");
        const bool variance = name.ends_with(".variance");
        for (std::size_t i = 0; i < tensor.values.size(); ++i) {
            const float value = tensor.values[i];
            if (!std::isfinite(value)) refuse(name, "is not finite at position " + std::to_string(i));
            if (variance && value < 0) refuse(name, "is negative at position " + std::to_string(i));
        }
    }
    for (const auto& entry : parameters) {
        if (!shapes.contains(entry.first)) refuse(entry.first, "does not belong to the network");
    }
}

std::vector<int> crossbar_layers(const Network& network, bool classifier_on_crossbar) {
    std::vector<int> result;
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
        const LayerKind kind = network.layers[i].kind;
        const bool classifier = i + 1 == network.layers.size();
        if (network.layers[i].digital) continue;
        if ((kind == LayerKind::convolution || kind == LayerKind::linear) && (!classifier || classifier_on_crossbar)) {
            result.push_back(static_cast<int>(i));
        }
    }
    std::stable_sort(result.begin(), result.end(), [&](int a, int b) {
        return network.layers[static_cast<std::size_t>(a)].extension <
               network.layers[static_cast<std::size_t>(b)].extension;
    });
    return result;
}

}  // namespace remask
