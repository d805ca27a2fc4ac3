#include "models/network/graph_writer.h"

#include <utility>

namespace remask {

int GraphWriter::append(const std::string& name, LayerKind kind, std::vector<int> inputs) {
    Layer layer;
    layer.name = name;
    layer.kind = kind;
    layer.inputs = std::move(inputs);
    network_.layers.push_back(std::move(layer));
    return static_cast<int>(network_.layers.size()) - 1;
}

int GraphWriter::convolution(const std::string& name, int input, int channels, const Window& window, bool bias) {
    const int index = append(name, LayerKind::convolution, {input});
    Layer& layer = last();
    layer.out_channels = channels;
    layer.kernel_height = layer.kernel_width = window.kernel;
    layer.stride = window.stride;
    layer.padding = window.padding;
    layer.bias = bias;
    return index;
}

int GraphWriter::batch_norm(const std::string& name, int input, float epsilon) {
    const int index = append(name, LayerKind::batch_norm, {input});
    last().epsilon = epsilon;
    return index;
}

int GraphWriter::max_pool(const std::string& name, int input, const Window& window) {
    const int index = append(name, LayerKind::max_pool, {input});
    last().kernel_height = last().kernel_width = window.kernel;
    last().stride = window.stride;
    last().padding = window.padding;
    return index;
}

int GraphWriter::average_pool(const std::string& name, int input, int size) {
    const int index = append(name, LayerKind::average_pool, {input});
    last().kernel_height = last().kernel_width = last().stride = size;
    return index;
}

int GraphWriter::subsample_pad(const std::string& name, int input, int channels, int stride) {
    const int index = append(name, LayerKind::subsample_pad, {input});
    last().out_channels = channels;
    last().stride = stride;
    return index;
}

int GraphWriter::linear(const std::string& name, int input, int outputs) {
    const int index = append(name, LayerKind::linear, {input});
    last().out_channels = outputs;
    return index;
}

}  // namespace remask
