#include "models/network/architectures.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "models/network/graph_writer.h"

namespace remask {
namespace {

Network empty_network(const std::string& name, const BuilderOptions& options) {
    Network network;
    network.name = name;
    network.input = options.input;
    const auto channels = static_cast<std::size_t>(std::max(options.input.channels, 0));
    if (channels == 3) {  // the usual values for colour photographs
        network.normalisation.mean = {0.485f, 0.456f, 0.406f};
        network.normalisation.deviation = {0.229f, 0.224f, 0.225f};
    } else {
        network.normalisation.mean.assign(channels, 0.5f);
        network.normalisation.deviation.assign(channels, 0.5f);
    }
    return network;
}

int scaled(int channels, const BuilderOptions& options) {
    return static_cast<int>(std::max(1L, std::lround(channels * options.width)));
}

/// What `TensorFlow` calls SAME: the output has ceil(size/stride) positions, and the odd padded row comes last.
Padding tensorflow_same(const Shape& in, int kernel, int stride) {
    const auto total = [&](int size) {
        const int positions = (size + stride - 1) / stride;
        return std::max((positions - 1) * stride + kernel - size, 0);
    };
    const int rows = total(in.height), columns = total(in.width);
    return {rows / 2, columns / 2, rows - rows / 2, columns - columns / 2};
}

/// conv – bn – relu – conv – bn, add a shortcut, relu, with the shortcut that `shortcut(name, input)` appends.
template <class Convolution, class Shortcut>
int residual_block(GraphWriter& g, const std::string& name, int input, int channels, int stride, float epsilon,
                   const Convolution& convolution, const Shortcut& shortcut) {
    int x = convolution(name + ".conv1", input, channels, stride);
    x = g.batch_norm(name + ".bn1", x, epsilon);
    x = g.relu(name + ".relu1", x);
    x = convolution(name + ".conv2", x, channels, 1);
    x = g.batch_norm(name + ".bn2", x, epsilon);
    const int other = shortcut(name + ".shortcut", input);
    x = g.add(name + ".add", x, other);
    return g.relu(name + ".relu2", x);
}

int convolution_bn_relu(GraphWriter& g, const std::string& number, int input, int channels) {
    int x = g.convolution("conv" + number, input, channels, {3, 1, GraphWriter::same(3)});
    x = g.batch_norm("bn" + number, x);
    return g.relu("relu" + number, x);
}

}  // namespace

Network cifar_resnet(int depth, const BuilderOptions& options) {
    Network network = empty_network("resnet" + std::to_string(depth), options);
    GraphWriter g(network);
    const auto convolution = [&](const std::string& name, int input, int channels, int stride) {
        return g.convolution(name, input, channels, {3, stride, GraphWriter::same(3)});
    };
    int channels = scaled(16, options);
    int x = convolution_bn_relu(g, "1", 0, channels);
    for (int stage = 0; stage < 3; ++stage) {
        for (int block = 0; block < (depth - 2) / 6; ++block) {
            const bool narrows = stage > 0 && block == 0;
            if (narrows) channels = scaled(16 << stage, options);
            const auto shortcut = [&](const std::string& name, int input) {
                return narrows ? g.subsample_pad(name, input, channels, 2) : input;
            };
            std::string name = "stage" + std::to_string(stage + 1);
            name += ".block" + std::to_string(block);
            x = residual_block(g, name, x, channels, narrows ? 2 : 1, 1e-5f, convolution, shortcut);
        }
    }
    x = g.global_average_pool("pool", x);
    g.linear("fc", x, options.classes);
    return network;
}

Network resnet8(const BuilderOptions& options, ResNet8Style style) {
    const bool tensorflow = style == ResNet8Style::tensorflow;
    const float epsilon = tensorflow ? 1e-3f : 1e-5f;
    Network network = empty_network("resnet8", options);
    GraphWriter g(network);
    Shape size = options.input;  // of the current block's input: SAME padding depends on it
    const auto convolution = [&](const std::string& name, int input, int channels, int stride) {
        const Padding padding = tensorflow ? tensorflow_same(size, 3, stride) : GraphWriter::same(3);
        size = {channels, (size.height + stride - 1) / stride, (size.width + stride - 1) / stride};
        return g.convolution(name, input, channels, {3, stride, padding}, tensorflow);
    };
    int x = convolution("conv1", 0, scaled(16, options), 1);
    x = g.batch_norm("bn1", x, epsilon);
    x = g.relu("relu1", x);
    for (int stage = 0; stage < 3; ++stage) {
        const int channels = scaled(16 << stage, options);
        const auto shortcut = [&](const std::string& name, int input) {
            if (stage == 0) return input;
            const int y = g.convolution(name, input, channels, {1, 2, {}}, tensorflow);
            return tensorflow ? y : g.batch_norm(name + "_bn", y);
        };
        x = residual_block(g, "stage" + std::to_string(stage + 1), x, channels, stage == 0 ? 1 : 2, epsilon,
                           convolution, shortcut);
    }
    x = g.global_average_pool("pool", x);
    g.linear("fc", x, options.classes);
    return network;
}

Network vgg8(const BuilderOptions& options) {
    Network network = empty_network("vgg8", options);
    GraphWriter g(network);
    int x = 0, number = 1;
    for (const int channels : {128, 256, 512}) {
        for (int i = 0; i < 2; ++i, ++number) {
            x = convolution_bn_relu(g, std::to_string(number), x, scaled(channels, options));
        }
        x = g.max_pool("pool" + std::to_string(number / 2), x, 2);
    }
    x = g.flatten("flatten", x);
    x = g.linear("fc1", x, scaled(1024, options));
    x = g.relu("relu_fc1", x);
    g.linear("fc2", x, options.classes);
    return network;
}

Network vgg16_bn(const BuilderOptions& options) {
    Network network = empty_network("vgg16_bn", options);
    GraphWriter g(network);
    struct Group {
        int convolutions, channels;
    };
    constexpr std::array<Group, 5> groups{{{2, 64}, {2, 128}, {3, 256}, {3, 512}, {3, 512}}};
    int x = 0, number = 1, pools = 1;
    for (const Group& group : groups) {
        for (int i = 0; i < group.convolutions; ++i, ++number) {
            x = convolution_bn_relu(g, std::to_string(number), x, scaled(group.channels, options));
        }
        x = g.max_pool("pool" + std::to_string(pools++), x, 2);
    }
    x = g.flatten("flatten", x);
    for (const char* hidden : {"1", "2"}) {
        x = g.linear(std::string("fc") + hidden, x, scaled(512, options));
        x = g.relu(std::string("relu_fc") + hidden, x);
    }
    g.linear("fc3", x, options.classes);
    return network;
}

Network lenet5(const BuilderOptions& options) {
    Network network = empty_network("lenet5", options);
    GraphWriter g(network);
    const bool small = options.input.height < 32 || options.input.width < 32;
    const Padding padding = small ? GraphWriter::same(5) : Padding{};
    int x = g.convolution("conv1", 0, scaled(6, options), {5, 1, padding}, true);
    x = g.max_pool("pool1", g.relu("relu1", x), 2);
    x = g.convolution("conv2", x, scaled(16, options), {5, 1, {}}, true);
    x = g.max_pool("pool2", g.relu("relu2", x), 2);
    x = g.flatten("flatten", x);
    x = g.relu("relu_fc1", g.linear("fc1", x, scaled(120, options)));
    x = g.relu("relu_fc2", g.linear("fc2", x, scaled(84, options)));
    g.linear("fc3", x, options.classes);
    return network;
}

Network resnet50(const BuilderOptions& options) {
    constexpr std::array<int, 4> blocks{3, 4, 6, 3};
    Network network = empty_network("resnet50", options);
    GraphWriter g(network);
    const auto unit = [&](const std::string& name, int input, int channels, const GraphWriter::Window& window) {
        return g.batch_norm(name + ".bn", g.convolution(name, input, channels, window));
    };
    int x = unit("conv1", 0, scaled(64, options), {7, 2, GraphWriter::same(7)});
    x = g.relu("relu1", x);
    x = g.max_pool("pool1", x, {3, 2, GraphWriter::same(3)});
    for (std::size_t stage = 0; stage < blocks.size(); ++stage) {
        const int inner = scaled(64 << stage, options), outer = scaled(256 << stage, options);
        for (int block = 0; block < blocks[stage]; ++block) {
            std::string name = "stage" + std::to_string(stage + 1);
            name += ".block" + std::to_string(block);
            const int stride = stage > 0 && block == 0 ? 2 : 1;
            const int shortcut = block == 0 ? unit(name + ".shortcut", x, outer, {1, stride, {}}) : x;
            x = g.relu(name + ".relu1", unit(name + ".conv1", x, inner, {1, 1, {}}));
            x = g.relu(name + ".relu2", unit(name + ".conv2", x, inner, {3, stride, GraphWriter::same(3)}));
            x = unit(name + ".conv3", x, outer, {1, 1, {}});
            x = g.relu(name + ".relu3", g.add(name + ".add", x, shortcut));
        }
    }
    x = g.global_average_pool("pool2", x);
    g.linear("fc", x, options.classes);
    return network;
}

}  // namespace remask
