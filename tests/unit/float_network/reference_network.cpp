#include "reference_network.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace remask {

namespace {

using Values = std::vector<double>;

/// One layer's input or output of the whole batch.
struct View {
    const Values& values;
    Shape shape;
    double at(int image, int channel, int y, int x) const {
        return values[static_cast<std::size_t>(
            ((static_cast<std::int64_t>(image) * shape.channels + channel) * shape.height + y) * shape.width + x)];
    }
    bool inside(int y, int x) const { return y >= 0 && y < shape.height && x >= 0 && x < shape.width; }
};

double convolve_at(const Layer& layer, const View& in, const Values& weights, int image, int out, int y, int x) {
    const int ins = in.shape.channels / layer.groups;
    const int group = out / (layer.out_channels / layer.groups);
    double sum = 0.0;
    for (int c = 0; c < ins; ++c) {
        for (int ky = 0; ky < layer.kernel_height; ++ky) {
            for (int kx = 0; kx < layer.kernel_width; ++kx) {
                const int in_y = y * layer.stride + ky - layer.padding.top;
                const int in_x = x * layer.stride + kx - layer.padding.left;
                if (!in.inside(in_y, in_x)) continue;
                const int tap = ((out * ins + c) * layer.kernel_height + ky) * layer.kernel_width + kx;
                sum += weights[static_cast<std::size_t>(tap)] * in.at(image, group * ins + c, in_y, in_x);
            }
        }
    }
    return sum;
}

double pool_at(const Layer& layer, const View& in, int image, int channel, int y, int x) {
    double most = -std::numeric_limits<double>::infinity(), sum = 0.0;
    int count = 0;
    const bool global = layer.kind == LayerKind::global_average_pool;
    for (int ky = 0; ky < (global ? in.shape.height : layer.kernel_height); ++ky) {
        for (int kx = 0; kx < (global ? in.shape.width : layer.kernel_width); ++kx) {
            const int in_y = global ? ky : y * layer.stride + ky - layer.padding.top;
            const int in_x = global ? kx : x * layer.stride + kx - layer.padding.left;
            if (!in.inside(in_y, in_x)) continue;
            most = std::max(most, in.at(image, channel, in_y, in_x));
            sum += in.at(image, channel, in_y, in_x);
            ++count;
        }
    }
    return layer.kind == LayerKind::max_pool ? most : sum / count;
}

class Reference {
public:
    Reference(const Network& network, const DoubleMap& parameters, int batch, BatchNormMode mode)
        : network_(network), parameters_(parameters), batch_(batch), mode_(mode) {}

    ReferenceResult run(const Values& images) {
        result_.outputs.push_back(images);
        for (std::size_t i = 1; i < network_.layers.size(); ++i) {
            if (network_.layers[i].kind == LayerKind::batch_norm && mode_ == BatchNormMode::train) statistics(i);
            result_.outputs.push_back(output(i));
        }
        return result_;
    }

private:
    View input(std::size_t layer, std::size_t which = 0) const {
        const auto from = static_cast<std::size_t>(network_.layers[layer].inputs[which]);
        return {result_.outputs[from], network_.layers[from].output};
    }
    const Values& parameter(const Layer& layer, const char* name) const { return parameters_.at(layer.name + name); }

    void statistics(std::size_t i) {
        const View in = input(i);
        for (int c = 0; c < in.shape.channels; ++c) {
            Values values;
            for (int image = 0; image < batch_; ++image) {
                for (int y = 0; y < in.shape.height; ++y) {
                    for (int x = 0; x < in.shape.width; ++x) values.push_back(in.at(image, c, y, x));
                }
            }
            double mean = 0.0, variance = 0.0;
            for (const double value : values) mean += value / static_cast<double>(values.size());
            for (const double v : values) variance += (v - mean) * (v - mean) / static_cast<double>(values.size());
            result_.batch_mean[network_.layers[i].name].push_back(mean);
            result_.batch_variance[network_.layers[i].name].push_back(variance);
        }
    }

    double batch_norm_at(const Layer& layer, const View& in, int image, int c, int y, int x) const {
        const bool train = mode_ == BatchNormMode::train;
        const auto channel = static_cast<std::size_t>(c);
        const double mean = train ? result_.batch_mean.at(layer.name)[channel] : parameter(layer, ".mean")[channel];
        const double variance =
            train ? result_.batch_variance.at(layer.name)[channel] : parameter(layer, ".variance")[channel];
        const double normalised =
            (in.at(image, c, y, x) - mean) / std::sqrt(variance + static_cast<double>(layer.epsilon));
        return parameter(layer, ".gamma")[channel] * normalised + parameter(layer, ".beta")[channel];
    }

    double linear_at(const Layer& layer, const View& in, int image, int out) const {
        const auto inputs = static_cast<std::size_t>(in.shape.size());
        double sum = parameter(layer, ".bias")[static_cast<std::size_t>(out)];
        for (std::size_t k = 0; k < inputs; ++k) {
            sum += parameter(layer, ".weight")[static_cast<std::size_t>(out) * inputs + k] *
                   in.values[static_cast<std::size_t>(image) * inputs + k];
        }
        return sum;
    }

    double at(std::size_t i, int image, int c, int y, int x) const {
        const Layer& layer = network_.layers[i];
        const View in = input(i);
        switch (layer.kind) {
            case LayerKind::convolution:
                return convolve_at(layer, in, parameter(layer, ".weight"), image, c, y, x) +
                       (layer.bias ? parameter(layer, ".bias")[static_cast<std::size_t>(c)] : 0.0);
            case LayerKind::batch_norm:
                return batch_norm_at(layer, in, image, c, y, x);
            case LayerKind::relu:
                return std::max(0.0, in.at(image, c, y, x));
            case LayerKind::add:
                return in.at(image, c, y, x) + input(i, 1).at(image, c, y, x);
            case LayerKind::subsample_pad: {
                const int from = c - (layer.out_channels - in.shape.channels) / 2;
                return from < 0 || from >= in.shape.channels ? 0.0
                                                             : in.at(image, from, y * layer.stride, x * layer.stride);
            }
            case LayerKind::linear:
                return linear_at(layer, in, image, c);
            case LayerKind::hard_sigmoid:
                return std::min(1.0, std::max(0.0, in.at(image, c, y, x) / 6.0 + 0.5));
            case LayerKind::gate:
                return in.at(image, c, y, x) >= 0.0 ? 1.0 : 0.0;
            case LayerKind::multiply: {
                const View factor = input(i, 1);
                const auto within = [](int at, int extent) { return extent == 1 ? 0 : at; };
                return in.at(image, c, y, x) * factor.at(image, within(c, factor.shape.channels),
                                                         within(y, factor.shape.height), within(x, factor.shape.width));
            }
            case LayerKind::concatenate:
                return c < in.shape.channels ? in.at(image, c, y, x)
                                             : input(i, 1).at(image, c - in.shape.channels, y, x);
            case LayerKind::upsample:
                return in.at(image, c, y / layer.stride, x / layer.stride);
            default:
                return pool_at(layer, in, image, c, y, x);
        }
    }

    Values output(std::size_t i) const {
        const Layer& layer = network_.layers[i];
        if (layer.kind == LayerKind::flatten) return input(i).values;
        Values values;
        for (int image = 0; image < batch_; ++image) {
            for (int c = 0; c < layer.output.channels; ++c) {
                for (int y = 0; y < layer.output.height; ++y) {
                    for (int x = 0; x < layer.output.width; ++x) values.push_back(at(i, image, c, y, x));
                }
            }
        }
        return values;
    }

    const Network& network_;
    const DoubleMap& parameters_;
    int batch_;
    BatchNormMode mode_;
    ReferenceResult result_;
};

}  // namespace

ReferenceResult reference_forward(const Network& network, const DoubleMap& parameters,
                                  const std::vector<double>& images, int batch, BatchNormMode mode) {
    return Reference(network, parameters, batch, mode).run(images);
}

DoubleMap to_double(const ParameterMap& parameters) {
    DoubleMap result;
    for (const auto& [name, tensor] : parameters) {
        result[name].assign(tensor.values.begin(), tensor.values.end());
    }
    return result;
}

}  // namespace remask
