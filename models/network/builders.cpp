#include "models/network/builders.h"

#include <cmath>

#include "models/network/architectures.h"
#include "sim/base/diagnostics.h"
#include "sim/base/files.h"
#include "sim/base/random.h"

namespace remask {
namespace {

struct Builder {
    BuilderInfo info;
    Network (*build)(const BuilderOptions& options);
};

/// To add a network: its graph in architectures.cpp and one line here.
const std::vector<Builder>& table() {
    static const std::vector<Builder> builders{
        {{"lenet5", "LeNet-5 with ReLU and max-pools; 0.4 M multiply-adds at 1x32x32"}, lenet5},
        {{"resnet8", "ResNet-8 of MLPerf Tiny, batch-norm after every convolution; 12.5 M at 3x32x32"},
         [](const BuilderOptions& o) { return resnet8(o, ResNet8Style::usual); }},
        {{"resnet20", "CIFAR ResNet-20, shortcuts of option A; 40.6 M at 3x32x32"},
         [](const BuilderOptions& o) { return cifar_resnet(20, o); }},
        {{"resnet32", "CIFAR ResNet-32, shortcuts of option A; 68.9 M at 3x32x32"},
         [](const BuilderOptions& o) { return cifar_resnet(32, o); }},
        {{"resnet44", "CIFAR ResNet-44, shortcuts of option A; 97.2 M at 3x32x32"},
         [](const BuilderOptions& o) { return cifar_resnet(44, o); }},
        {{"resnet56", "CIFAR ResNet-56, shortcuts of option A; 125.5 M at 3x32x32"},
         [](const BuilderOptions& o) { return cifar_resnet(56, o); }},
        {{"resnet50", "ResNet-50 for ImageNet, stride in the 3x3 convolutions; 4.09 G at 3x224x224 with 1000 classes"},
         resnet50},
        {{"vgg8", "VGG-8 with batch-norm (NeuroSim's); 616 M at 3x32x32"}, vgg8},
        {{"vgg16_bn", "VGG-16 with batch-norm for CIFAR, hidden linear layers of 512; 314 M at 3x32x32"}, vgg16_bn},
    };
    return builders;
}

void check(const BuilderOptions& options) {
    const Shape& in = options.input;
    if (in.channels < 1 || in.height < 1 || in.width < 1) {
        throw ConfigError("a network's images must be at least 1x1 with one channel");
    }
    if (options.classes < 1) throw ConfigError("a network must have at least one class");
    if (!(options.width > 0 && options.width <= 64)) {
        throw ConfigError("a network's width multiplier must be above 0 and at most 64");
    }
}

void fill_normal(Tensor& tensor, double deviation, RandomStream& random) {
    for (float& value : tensor.values) value = static_cast<float>(random.normal() * deviation);
}

void fill_uniform(Tensor& tensor, double bound, RandomStream& random) {
    for (float& value : tensor.values) value = static_cast<float>((2.0 * random.uniform() - 1.0) * bound);
}

}  // namespace

std::vector<BuilderInfo> builders() {
    std::vector<BuilderInfo> result;
    for (const Builder& builder : table()) result.push_back(builder.info);
    return result;
}

Network build_network(std::string_view name, const BuilderOptions& options) {
    check(options);
    std::vector<std::string> names;
    for (const Builder& builder : table()) {
        if (builder.info.name == name) {
            Network network = builder.build(options);
            finish(network);
            return network;
        }
        names.emplace_back(builder.info.name);
    }
    std::string list;
    for (const std::string& known : names) list.append(list.empty() ? "" : ", ").append(known);
    throw ConfigError("unknown network '" + std::string(name) + "'" + did_you_mean(name, names) + "; known: " + list);
}

ParameterMap initial_parameters(const Network& network, std::uint64_t seed) {
    ParameterMap parameters;
    for (const auto& [name, shape] : parameter_shapes(network)) {
        std::int64_t size = 1;
        for (const std::int64_t extent : shape) size *= extent;
        parameters[name] = {shape, std::vector<float>(static_cast<std::size_t>(size), 0.0f)};
    }
    for (const Layer& layer : network.layers) {
        RandomStream random(seed, "initial " + layer.name);
        if (layer.kind == LayerKind::convolution) {
            const double fan_out =
                static_cast<double>(layer.out_channels) / layer.groups * layer.kernel_height * layer.kernel_width;
            fill_normal(parameters.at(layer.name + ".weight"), std::sqrt(2.0 / fan_out), random);
        } else if (layer.kind == LayerKind::linear) {
            Tensor& weight = parameters.at(layer.name + ".weight");
            const double bound = 1.0 / std::sqrt(static_cast<double>(weight.shape[1]));
            fill_uniform(weight, bound, random);
            fill_uniform(parameters.at(layer.name + ".bias"), bound, random);
        } else if (layer.kind == LayerKind::batch_norm) {
            for (const char* part : {".gamma", ".variance"}) {
                for (float& value : parameters.at(layer.name + part).values) value = 1.0f;
            }
        }
    }
    return parameters;
}

}  // namespace remask
