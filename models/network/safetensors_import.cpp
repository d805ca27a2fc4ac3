// Which published network a safetensors file holds, and where each parameter of ours is in it.
#include <algorithm>
#include <functional>
#include <optional>
#include <sstream>
#include <utility>

#include "models/network/architectures.h"
#include "models/network/builders.h"
#include "models/network/model_file.h"
#include "models/network/safetensors_file.h"
#include "sim/base/diagnostics.h"

namespace remask {
namespace {

const std::vector<std::string> kCifar10Classes{"airplane", "automobile", "bird",  "cat",  "deer",
                                               "dog",      "frog",       "horse", "ship", "truck"};

/// Our parameter's name -> the file's.
using NameMap = std::function<std::string(const std::string& name)>;

std::pair<std::string, std::string> split_last(const std::string& name) {
    const std::size_t dot = name.rfind('.');
    return {name.substr(0, dot), name.substr(dot + 1)};
}

int extent(const SafetensorsFile& file, const std::string& name, std::size_t axis) {
    const auto& shape = file.shape(name);
    if (axis >= shape.size() || shape[axis] < 1 || shape[axis] > 1'000'000) {
        throw InputError(file.origin() + ": tensor '" + name + "' has an unexpected shape");
    }
    return static_cast<int>(shape[axis]);
}

/// PyTorch's names of a batch-norm's parts.
std::string torch_part(const std::string& part) {
    if (part == "gamma") return "weight";
    if (part == "beta") return "bias";
    if (part == "mean") return "running_mean";
    if (part == "variance") return "running_var";
    return part;
}

std::string text(const std::vector<std::int64_t>& shape) {
    std::string result = "[";
    for (std::size_t i = 0; i < shape.size(); ++i) result += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
    return result + "]";
}

/// How Keras shapes a parameter of ours: OIHW as HWIO, [out, in] as [in, out].
std::vector<std::int64_t> keras_shape(const std::vector<std::int64_t>& ours) {
    if (ours.size() == 4) return {ours[2], ours[3], ours[1], ours[0]};
    if (ours.size() == 2) return {ours[1], ours[0]};
    return ours;
}

/// HWIO -> OIHW, or [in, out] -> [out, in]: the last axis of Keras comes first, the third second.
Tensor from_keras(const Tensor& t) {
    if (t.shape.size() < 2) return t;
    const bool dense = t.shape.size() == 2;
    const std::int64_t space = dense ? 1 : t.shape[0] * t.shape[1];
    const std::int64_t in = dense ? t.shape[0] : t.shape[2], out = dense ? t.shape[1] : t.shape[3];
    Tensor result{
        dense ? std::vector<std::int64_t>{out, in} : std::vector<std::int64_t>{out, in, t.shape[0], t.shape[1]},
        std::vector<float>(t.values.size())};
    for (std::int64_t s = 0; s < space; ++s) {
        for (std::int64_t i = 0; i < in; ++i) {
            for (std::int64_t o = 0; o < out; ++o) {
                result.values[static_cast<std::size_t>((o * in + i) * space + s)] =
                    t.values[static_cast<std::size_t>((s * in + i) * out + o)];
            }
        }
    }
    return result;
}

/// Fills model.parameters; every tensor of the file must be used.
void take_parameters(SafetensorsFile& file, Model& model, const NameMap& name_in_file, bool keras) {
    for (const auto& [ours, shape] : parameter_shapes(model.network)) {
        const std::string theirs = name_in_file(ours);
        Tensor tensor = file.tensor(theirs);
        if (keras && tensor.shape != keras_shape(shape)) {
            throw InputError(file.origin() + ": tensor '" + theirs + "' has shape " + text(tensor.shape) +
                             ", expected " + text(keras_shape(shape)));
        }
        model.parameters[ours] = keras ? from_keras(tensor) : std::move(tensor);
    }
    for (const std::string& name : file.unused()) {
        if (name.ends_with("num_batches_tracked")) continue;
        throw InputError(file.origin() + ": tensor '" + name + "' does not belong to " + model.network.name);
    }
    check_parameters(model.network, model.parameters, file.origin());
}

/// The CIFAR ResNets of Y. Idelbayev (github.com/akamaster/pytorch_resnet_cifar10): "layer1.0.conv1.weight",
/// "linear.weight".
Model import_cifar_resnet(SafetensorsFile& file) {
    const std::string prefix = file.contains("module.conv1.weight") ? "module." : "";
    const std::string classifier = file.contains(prefix + "linear.weight") ? "linear" : "fc";
    int blocks = 0;
    while (file.contains(prefix + "layer1." + std::to_string(blocks) + ".conv1.weight")) ++blocks;
    if (file.contains(prefix + "layer2.0.shortcut.0.weight") ||
        file.contains(prefix + "layer2.0.downsample.0.weight")) {
        throw InputError(file.origin() + ": a ResNet with convolutions as shortcuts (option B) cannot be imported");
    }
    BuilderOptions options;
    options.input.channels = extent(file, prefix + "conv1.weight", 1);
    options.classes = extent(file, prefix + classifier + ".weight", 0);
    options.width = extent(file, prefix + "conv1.weight", 0) / 16.0;
    Model model;
    model.network = cifar_resnet(6 * blocks + 2, options);
    finish(model.network);
    const auto name_in_file = [&](const std::string& name) {
        auto [layer, part] = split_last(name);
        if (layer == "fc") return prefix + classifier + "." + part;
        if (layer.starts_with("stage")) {  // stage1.block0.conv1 -> layer1.0.conv1
            layer.replace(0, 5, "layer");
            layer.erase(layer.find("block"), 5);
        }
        return prefix + layer + "." + torch_part(part);
    };
    take_parameters(file, model, name_in_file, false);
    return model;
}

/// torchvision's ResNet-50 (github.com/pytorch/vision, torchvision/models/resnet.py), the stride in the 3x3
/// convolutions: "layer1.0.conv1.weight", "layer1.0.downsample.0.weight".
std::string torchvision_name(const std::string& name) {
    auto [layer, part] = split_last(name);
    const bool norm = layer.ends_with(".bn");
    if (norm) layer.resize(layer.size() - 3);
    if (layer.starts_with("stage")) {  // stage1.block0.conv1 -> layer1.0.conv1
        layer.replace(0, 5, "layer");
        layer.erase(layer.find("block"), 5);
    }
    const std::size_t shortcut = layer.find("shortcut");
    if (shortcut != std::string::npos) {
        layer.replace(shortcut, std::string::npos, norm ? "downsample.1" : "downsample.0");
    } else if (norm) {
        layer.replace(layer.rfind("conv"), 4, "bn");
    }
    return layer + "." + torch_part(part);
}

Model import_torchvision_resnet50(SafetensorsFile& file) {
    const std::string prefix = file.contains("module.conv1.weight") ? "module." : "";
    BuilderOptions options;
    options.input = {extent(file, prefix + "conv1.weight", 1), 224, 224};
    options.classes = extent(file, prefix + "fc.weight", 0);
    options.width = extent(file, prefix + "conv1.weight", 0) / 64.0;
    Model model;
    model.network = resnet50(options);
    finish(model.network);
    take_parameters(
        file, model, [&](const std::string& name) { return prefix + torchvision_name(name); }, false);
    return model;
}

/// ResNet-8 of MLPerf Tiny (github.com/mlcommons/tiny): Keras' names in the order of creation.
Model import_keras_resnet8(SafetensorsFile& file) {
    static const std::map<std::string, std::string> layers{{"conv1", "conv2d"},
                                                           {"stage1.conv1", "conv2d_1"},
                                                           {"stage1.conv2", "conv2d_2"},
                                                           {"stage2.conv1", "conv2d_3"},
                                                           {"stage2.conv2", "conv2d_4"},
                                                           {"stage2.shortcut", "conv2d_5"},
                                                           {"stage3.conv1", "conv2d_6"},
                                                           {"stage3.conv2", "conv2d_7"},
                                                           {"stage3.shortcut", "conv2d_8"},
                                                           {"bn1", "batch_normalization"},
                                                           {"stage1.bn1", "batch_normalization_1"},
                                                           {"stage1.bn2", "batch_normalization_2"},
                                                           {"stage2.bn1", "batch_normalization_3"},
                                                           {"stage2.bn2", "batch_normalization_4"},
                                                           {"stage3.bn1", "batch_normalization_5"},
                                                           {"stage3.bn2", "batch_normalization_6"},
                                                           {"fc", "dense"}};
    static const std::map<std::string, std::string> parts{
        {"weight", "kernel"}, {"mean", "moving_mean"}, {"variance", "moving_variance"}};
    BuilderOptions options;
    options.input.channels = extent(file, "conv2d/kernel", 2);
    options.classes = extent(file, "dense/kernel", 1);
    options.width = extent(file, "conv2d/kernel", 3) / 16.0;
    Model model;
    model.network = resnet8(options, ResNet8Style::tensorflow);
    const auto channels = static_cast<std::size_t>(options.input.channels);
    model.network.normalisation = {1.0f, std::vector<float>(channels, 0.0f), std::vector<float>(channels, 1.0f)};
    finish(model.network);
    const auto name_in_file = [&](const std::string& name) {
        const auto split = split_last(name);
        const auto part = parts.find(split.second);
        return layers.at(split.first) + "/" + (part == parts.end() ? split.second : part->second);
    };
    take_parameters(file, model, name_in_file, true);
    return model;
}

/// A network that build_network() makes, under our own names or with PyTorch's names of batch-norm parts.
Model import_built(SafetensorsFile& file, const std::string& architecture) {
    const Network plain = build_network(architecture, {});
    const auto convolution = std::find_if(plain.layers.begin(), plain.layers.end(),
                                          [](const Layer& l) { return l.kind == LayerKind::convolution; });
    const std::string first = convolution->name + ".weight", last = plain.layers.back().name + ".weight";
    BuilderOptions options;
    options.input.channels = extent(file, first, 1);
    if (architecture == "lenet5" && options.input.channels == 1) options.input.height = options.input.width = 28;
    options.classes = extent(file, last, 0);
    options.width = static_cast<double>(extent(file, first, 0)) / convolution->out_channels;
    Model model;
    model.network = build_network(architecture, options);
    const auto name_in_file = [&](const std::string& name) {
        const auto split = split_last(name);
        return file.contains(name) ? name : split.first + "." + torch_part(split.second);
    };
    take_parameters(file, model, name_in_file, false);
    return model;
}

std::vector<std::string> class_names(const SafetensorsFile& file, const Network& network) {
    const auto classes = static_cast<std::size_t>(network.classes());
    const auto note = file.metadata().find("classes");
    if (note != file.metadata().end()) {
        std::istringstream words(note->second);
        std::vector<std::string> names;
        for (std::string word; words >> word;) names.push_back(word);
        if (names.size() == classes) return names;
    }
    return classes == kCifar10Classes.size() ? kCifar10Classes : std::vector<std::string>{};
}

std::string provenance(const SafetensorsFile& file) {
    std::string text = "imported from " + std::filesystem::path(file.origin()).filename().string();
    for (const auto& [key, value] : file.metadata()) text.append("\n").append(key).append(": ").append(value);
    return text;
}

}  // namespace

Model import_safetensors(const std::filesystem::path& path, const std::string& architecture) {
    if (architecture != "auto") build_network(architecture, {});  // an unknown name is told before the file is read
    SafetensorsFile file(path);
    Model model;
    bool published = true;
    if (file.contains("conv2d/kernel") && file.contains("dense/kernel")) {
        model = import_keras_resnet8(file);
    } else if (file.contains("layer1.0.conv3.weight") || file.contains("module.layer1.0.conv3.weight")) {
        model = import_torchvision_resnet50(file);
    } else if (file.contains("layer1.0.conv1.weight") || file.contains("module.layer1.0.conv1.weight")) {
        model = import_cifar_resnet(file);
    } else if (architecture != "auto") {
        model = import_built(file, architecture);
        published = false;
    } else {
        throw InputError(file.origin() +
                         ": is neither a known CIFAR ResNet nor MLPerf Tiny's ResNet-8 nor torchvision's ResNet-50; "
                         "name the architecture (weights must be named as remask names them)");
    }
    if (architecture != "auto" && model.network.name != architecture) {
        throw InputError(file.origin() + ": holds a " + model.network.name + ", not a " + architecture);
    }
    if (published) model.class_names = class_names(file, model.network);
    model.provenance = provenance(file);
    return model;
}

}  // namespace remask
