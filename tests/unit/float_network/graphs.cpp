#include "graphs.h"

#include <cmath>

#include "sim/base/random.h"

namespace remask {

Graph::Graph(const Shape& input) {
    network_.name = "small";
    network_.input = input;
    const auto channels = static_cast<std::size_t>(input.channels);
    network_.normalisation.mean.assign(channels, 0.0f);
    network_.normalisation.deviation.assign(channels, 1.0f);
    layer(LayerKind::input, {});
}

int Graph::layer(LayerKind kind, const std::vector<int>& inputs) {
    Layer layer;
    layer.kind = kind;
    layer.inputs = inputs;
    layer.name = "layer" + std::to_string(network_.layers.size());
    network_.layers.push_back(layer);
    return static_cast<int>(network_.layers.size()) - 1;
}

int Graph::convolution(int input, int channels, int kernel, int stride, const Padding& padding, int groups, bool bias) {
    const int index = pool(LayerKind::convolution, input, kernel, stride, padding);
    last().out_channels = channels;
    last().groups = groups;
    last().bias = bias;
    return index;
}

int Graph::pool(LayerKind kind, int input, int kernel, int stride, const Padding& padding) {
    const int index = layer(kind, {input});
    last().kernel_height = last().kernel_width = kernel;
    last().stride = stride;
    last().padding = padding;
    return index;
}

int Graph::subsample(int input, int channels, int stride) {
    const int index = layer(LayerKind::subsample_pad, {input});
    last().out_channels = channels;
    last().stride = stride;
    return index;
}

int Graph::linear(int input, int outputs) {
    const int index = layer(LayerKind::linear, {input});
    last().out_channels = outputs;
    last().bias = true;
    return index;
}

Network Graph::finished() {
    Network network = network_;
    finish(network);
    return network;
}

namespace {

constexpr Padding around{1, 1, 1, 1};
constexpr Padding none{};

/// convolution → what `middle` adds → flatten → linear
template <class Middle>
Network around_middle(const Shape& input, int channels, const Middle& middle) {
    Graph graph(input);
    const int first = graph.convolution(0, channels, 3, 1, around);
    const int flat = graph.layer(LayerKind::flatten, {middle(graph, first)});
    graph.linear(flat, 3);
    return graph.finished();
}

Network with_convolution(const Shape& input, int channels, int kernel, int stride, const Padding& padding,
                         int groups = 1, bool bias = false) {
    return around_middle(input, 4, [&](Graph& graph, int from) {
        return graph.convolution(from, channels, kernel, stride, padding, groups, bias);
    });
}

Network with_batch_norm(bool relu) {
    return around_middle({2, 5, 7}, 3, [&](Graph& graph, int from) {
        const int norm = graph.layer(LayerKind::batch_norm, {from});
        return relu ? graph.layer(LayerKind::relu, {norm}) : norm;
    });
}

/// Two residual blocks; the second halves the image, with a convolution or option A as its shortcut.
Network residual(bool option_a) {
    Graph graph({2, 8, 8});
    const auto norm = [&](int from) { return graph.layer(LayerKind::batch_norm, {from}); };
    const auto relu = [&](int from) { return graph.layer(LayerKind::relu, {from}); };
    const int start = relu(norm(graph.convolution(0, 3, 3, 1, around)));
    const int inner = relu(norm(graph.convolution(start, 3, 3, 1, around)));
    const int branch = norm(graph.convolution(inner, 3, 3, 1, around));
    const int middle = relu(graph.layer(LayerKind::add, {branch, start}));
    const int narrow = relu(norm(graph.convolution(middle, 5, 3, 2, around)));
    const int second = norm(graph.convolution(narrow, 5, 3, 1, around));
    const int shortcut = option_a ? graph.subsample(middle, 5, 2) : norm(graph.convolution(middle, 5, 1, 2, none));
    const int end = relu(graph.layer(LayerKind::add, {second, shortcut}));
    graph.linear(graph.layer(LayerKind::global_average_pool, {end}), 4);
    return graph.finished();
}

/// Values that several layers read, an add of a value to itself, a relu whose input is read elsewhere too.
Network shared_values() {
    Graph graph({2, 4, 4});
    const int first = graph.convolution(0, 3, 3, 1, around);
    const int norm = graph.layer(LayerKind::batch_norm, {first});
    const int relu = graph.layer(LayerKind::relu, {norm});
    const int twice = graph.layer(LayerKind::add, {relu, relu});
    const int sum = graph.layer(LayerKind::add, {twice, norm});
    const int other = graph.layer(LayerKind::add, {sum, first});
    const int both = graph.layer(LayerKind::add, {other, sum});
    graph.linear(graph.layer(LayerKind::flatten, {both}), 3);
    return graph.finished();
}

/// A branch with channel attention, a factor a position, and pixels repeated up to the size of what it is added to.
Network attention(bool with_gate) {
    Graph graph({2, 7, 6});
    const int features = graph.layer(LayerKind::relu, {graph.convolution(0, 4, 3, 1, around)});
    const int mean = graph.pool(LayerKind::average_pool, features, 2, 2, {0, 0, 1, 0});
    const int reduced = graph.layer(LayerKind::relu, {graph.convolution(mean, 3, 1, 1, none)});
    const int spatial = graph.convolution(mean, 1, 1, 1, none, 1, true);
    const int place = graph.layer(with_gate ? LayerKind::gate : LayerKind::hard_sigmoid, {spatial});
    const int placed = graph.layer(LayerKind::multiply, {reduced, place});
    const int channels = graph.convolution(graph.layer(LayerKind::global_average_pool, {placed}), 3, 1, 1, none);
    const int both = graph.layer(LayerKind::multiply, {placed, graph.layer(LayerKind::hard_sigmoid, {channels})});
    const int expanded = graph.convolution(both, 4, 1, 1, none);
    const int large = graph.layer(LayerKind::upsample, {expanded});
    graph.last().stride = 2;
    graph.last().padding = {0, 0, 1, 0};
    const int norm = graph.layer(LayerKind::batch_norm, {graph.convolution(features, 4, 3, 1, around)});
    const int sum = graph.layer(LayerKind::relu, {graph.layer(LayerKind::add, {norm, large})});
    const int squared = graph.layer(LayerKind::multiply, {sum, sum});
    graph.linear(graph.layer(LayerKind::global_average_pool, {squared}), 4);
    return graph.finished();
}

/// Two branches side by side, read whole and in part, one of them twice.
Network side_by_side() {
    Graph graph({2, 5, 4});
    const int first = graph.layer(LayerKind::relu, {graph.convolution(0, 3, 3, 1, around)});
    const int second = graph.layer(LayerKind::relu, {graph.convolution(0, 2, 3, 1, around)});
    const int both = graph.layer(LayerKind::concatenate, {first, second});
    const int mixed = graph.layer(LayerKind::relu, {graph.convolution(both, 3, 3, 1, around)});
    const int sum = graph.layer(LayerKind::add, {mixed, first});
    const int all = graph.layer(LayerKind::concatenate, {graph.layer(LayerKind::concatenate, {both, sum}), second});
    graph.linear(graph.layer(LayerKind::global_average_pool, {all}), 4);
    return graph.finished();
}

Network two_linear() {
    Graph graph({3, 2, 2});
    const int hidden = graph.linear(graph.layer(LayerKind::flatten, {0}), 6);
    graph.linear(graph.layer(LayerKind::relu, {hidden}), 4);
    return graph.finished();
}

Network with_pool(LayerKind kind, int kernel, int stride, const Padding& padding) {
    return around_middle({2, 7, 6}, 3,
                         [&](Graph& graph, int from) { return graph.pool(kind, from, kernel, stride, padding); });
}

}  // namespace

std::vector<NamedNetwork> small_networks() {
    const Shape image{2, 6, 5};
    return {
        {"linear", two_linear()},
        {"convolution_3x3", with_convolution(image, 5, 3, 1, around)},
        {"convolution_bias", with_convolution(image, 5, 3, 1, around, 1, true)},
        {"convolution_stride_2", with_convolution(image, 5, 3, 2, around)},
        {"convolution_stride_3", with_convolution({2, 9, 8}, 3, 2, 3, none)},
        {"convolution_asymmetric", with_convolution(image, 3, 3, 2, {0, 0, 1, 1})},
        {"convolution_asymmetric_stride_1", with_convolution(image, 3, 4, 1, {1, 2, 2, 0})},
        {"convolution_valid_5x5", with_convolution({2, 8, 7}, 3, 5, 1, none)},
        {"convolution_1x1", with_convolution(image, 5, 1, 1, none)},
        {"convolution_1x1_large", with_convolution({2, 9, 9}, 2, 1, 1, none)},
        {"convolution_1x1_stride_2", with_convolution(image, 5, 1, 2, none)},
        {"convolution_two_groups", with_convolution(image, 6, 3, 1, around, 2, true)},
        {"convolution_two_groups_stride_2", with_convolution(image, 6, 3, 2, around, 2)},
        {"convolution_depthwise", with_convolution(image, 4, 3, 1, around, 4)},
        {"convolution_depthwise_stride_2", with_convolution(image, 4, 3, 2, {0, 0, 1, 1}, 4, true)},
        {"convolution_depthwise_multiplier", with_convolution(image, 8, 3, 1, around, 4)},
        {"convolution_many_rows", with_convolution({1, 17, 33}, 2, 3, 1, around)},
        {"batch_norm", with_batch_norm(false)},
        {"batch_norm_relu", with_batch_norm(true)},
        {"max_pool", with_pool(LayerKind::max_pool, 2, 2, none)},
        {"max_pool_overlapping", with_pool(LayerKind::max_pool, 3, 2, around)},
        {"average_pool", with_pool(LayerKind::average_pool, 2, 2, none)},
        {"average_pool_padded", with_pool(LayerKind::average_pool, 3, 2, {1, 1, 0, 1})},
        {"residual_option_a", residual(true)},
        {"residual_convolution", residual(false)},
        {"shared_values", shared_values()},
        {"attention", attention(false)},
        {"side_by_side", side_by_side()},
    };
}

Network gated_network() {
    return attention(true);
}

ParameterMap random_parameters(const Network& network, std::uint64_t seed) {
    ParameterMap parameters;
    std::uint64_t number = 0;
    for (const auto& [name, shape] : parameter_shapes(network)) {
        RandomStream random(seed, "test parameters", number++);
        Tensor tensor;
        tensor.shape = shape;
        std::int64_t count = 1;
        for (const std::int64_t extent : shape) count *= extent;
        const bool weight = name.ends_with(".weight");
        const bool positive = name.ends_with(".gamma") || name.ends_with(".variance");
        const double scale = weight ? std::sqrt(static_cast<double>(shape[0]) / static_cast<double>(count)) : 1.0;
        for (std::int64_t i = 0; i < count; ++i) {
            const double value = weight ? scale * random.normal() : random.uniform() + (positive ? 0.5 : -0.5);
            tensor.values.push_back(static_cast<float>(value));
        }
        parameters[name] = tensor;
    }
    return parameters;
}

std::vector<float> random_images(const Network& network, int batch, std::uint64_t seed) {
    RandomStream random(seed, "test images");
    std::vector<float> images(static_cast<std::size_t>(batch * network.input.size()));
    for (float& value : images) value = static_cast<float>(random.normal());
    return images;
}

std::set<std::string> trainable_names(const ParameterMap& parameters) {
    std::set<std::string> names;
    for (const auto& [name, tensor] : parameters) {
        if (!name.ends_with(".mean") && !name.ends_with(".variance")) names.insert(name);
    }
    return names;
}

}  // namespace remask
