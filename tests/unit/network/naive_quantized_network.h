// An independent interpreter of quantised networks: nested loops over one image, in 64-bit integers and doubles.
#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "models/network/quantized_network.h"

namespace remask::testing_support {

struct Volume {
    Shape shape;
    std::vector<float> values;
    float at(int c, int y, int x) const {
        return values[static_cast<std::size_t>((c * shape.height + y) * shape.width + x)];
    }
    bool inside(int y, int x) const { return y >= 0 && y < shape.height && x >= 0 && x < shape.width; }
};

/// Interprets a network layer by layer, nothing folded but what the header documents.
class NaiveQuantizedNetwork {
public:
    NaiveQuantizedNetwork(const Network& network, const ParameterMap& backbone, const ParameterMap& parameters,
                          const QuantizationOptions& options, const std::vector<QuantizedLayer>& scales)
        : network_(network), backbone_(backbone), parameters_(parameters), options_(options) {
        for (const QuantizedLayer& layer : scales) {
            input_scale_[layer.layer] = layer.input_scale;
            input_signed_[layer.layer] = layer.input_signed;
        }
    }

    std::vector<float> run(const std::vector<float>& image) const {
        std::vector<Volume> outputs;
        for (int i = 0; i < static_cast<int>(network_.layers.size()); ++i) {
            const Layer& layer = network_.layers[static_cast<std::size_t>(i)];
            if (layer.kind == LayerKind::input) {
                outputs.push_back({network_.input, image});
            } else {
                outputs.push_back({layer.output, compute(i, layer, outputs)});
            }
        }
        return outputs.back().values;
    }

private:
    const std::vector<float>& values(const std::string& name) const { return parameters_.at(name).values; }

    std::vector<float> compute(int index, const Layer& layer, const std::vector<Volume>& outputs) const {
        const int source = layer.inputs[0];
        const Volume& in = outputs[static_cast<std::size_t>(source)];
        // a batch-norm is folded into a crossbar layer that nobody else reads: its output never becomes a float
        if (layer.kind == LayerKind::batch_norm && folded(source)) {
            const Layer& producer = network_.layers[static_cast<std::size_t>(source)];
            return crossbar(source, producer, outputs[static_cast<std::size_t>(producer.inputs[0])], &layer);
        }
        if (input_scale_.contains(index)) return crossbar(index, layer, in, nullptr);
        std::vector<float> out;
        for (int c = 0; c < layer.output.channels; ++c) {
            for (int y = 0; y < layer.output.height; ++y) {
                for (int x = 0; x < layer.output.width; ++x) {
                    const Volume& other = outputs[static_cast<std::size_t>(layer.inputs.back())];
                    out.push_back(digital(layer, in, other, c, y, x));
                }
            }
        }
        return out;
    }

    bool folded(int layer) const {
        if (!input_scale_.contains(layer)) return false;
        int readers = 0;
        for (const Layer& other : network_.layers) {
            readers += static_cast<int>(std::count(other.inputs.begin(), other.inputs.end(), layer));
        }
        return readers == 1;
    }

    /// gain and shift of channel c.
    std::pair<double, double> norm(const Layer& layer, int channel) const {
        const auto c = static_cast<std::size_t>(channel);
        const double gain =
            static_cast<double>(values(layer.name + ".gamma")[c]) /
            std::sqrt(static_cast<double>(values(layer.name + ".variance")[c]) + static_cast<double>(layer.epsilon));
        return {gain, static_cast<double>(values(layer.name + ".beta")[c]) -
                          static_cast<double>(values(layer.name + ".mean")[c]) * gain};
    }

    float digital(const Layer& layer, const Volume& in, const Volume& other, int c, int y, int x) const {
        switch (layer.kind) {
            case LayerKind::relu:
                return std::max(in.at(c, y, x), 0.0f);
            case LayerKind::add:
                return in.at(c, y, x) + other.at(c, y, x);
            case LayerKind::flatten:
                return in.values[static_cast<std::size_t>(c)];
            case LayerKind::batch_norm: {
                const auto [gain, shift] = norm(layer, c);
                return static_cast<float>(static_cast<double>(in.at(c, y, x)) * gain + shift);
            }
            case LayerKind::subsample_pad: {
                const int from = c - (layer.out_channels - in.shape.channels) / 2;
                const bool zero = from < 0 || from >= in.shape.channels;
                return zero ? 0.0f : in.at(from, y * layer.stride, x * layer.stride);
            }
            case LayerKind::hard_sigmoid:
                return std::min(std::max(in.at(c, y, x) / 6.0f + 0.5f, 0.0f), 1.0f);
            case LayerKind::gate:
                return in.at(c, y, x) < 0.0f ? 0.0f : 1.0f;
            case LayerKind::multiply:
                return in.at(c, y, x) *
                       other.at(c % other.shape.channels, y % other.shape.height, x % other.shape.width);
            case LayerKind::concatenate:
                return c < in.shape.channels ? in.at(c, y, x) : other.at(c - in.shape.channels, y, x);
            case LayerKind::upsample:
                return in.at(c, y / layer.stride, x / layer.stride);
            case LayerKind::linear: {
                double sum = 0.0;
                for (int k = 0; k < in.shape.channels; ++k) {
                    const auto at = static_cast<std::size_t>(c * in.shape.channels + k);
                    sum += static_cast<double>(values(layer.name + ".weight")[at]) *
                           static_cast<double>(in.values[static_cast<std::size_t>(k)]);
                }
                return static_cast<float>(
                    sum + static_cast<double>(values(layer.name + ".bias")[static_cast<std::size_t>(c)]));
            }
            default:
                return pooled(layer, in, c, y, x);
        }
    }

    static float pooled(const Layer& layer, const Volume& in, int c, int y, int x) {
        const bool global = layer.kind == LayerKind::global_average_pool;
        const int height = global ? in.shape.height : layer.kernel_height;
        const int width = global ? in.shape.width : layer.kernel_width;
        std::vector<float> seen;
        for (int ky = 0; ky < height; ++ky) {
            for (int kx = 0; kx < width; ++kx) {
                const int iy = y * layer.stride + ky - layer.padding.top,
                          ix = x * layer.stride + kx - layer.padding.left;
                if (in.inside(iy, ix)) seen.push_back(in.at(c, iy, ix));
            }
        }
        if (layer.kind == LayerKind::max_pool) return *std::max_element(seen.begin(), seen.end());
        double sum = 0.0;
        for (const float value : seen) sum += value;
        return static_cast<float>(sum / static_cast<double>(seen.size()));
    }

    std::int64_t input_code(int index, float value) const {
        const bool is_signed = input_signed_.at(index);
        const double high = is_signed ? (1 << (options_.input_bits - 1)) - 1 : (1 << options_.input_bits) - 1;
        const double code = std::rint(static_cast<double>(value) / input_scale_.at(index));
        return static_cast<std::int64_t>(std::clamp(code, is_signed ? -high : 0.0, high));
    }

    /// The scale of channel c's weights, and the code of its weight k.
    double weight_scale(const std::string& name, int c, std::size_t per_channel) const {
        const auto& reference = options_.fit_weight_scale ? parameters_.at(name) : backbone_.at(name);
        double largest = 0.0;
        for (std::size_t k = 0; k < per_channel; ++k) {
            const auto at = static_cast<std::size_t>(c) * per_channel + k;
            largest = std::max(largest, std::fabs(static_cast<double>(reference.values[at])));
        }
        return largest == 0.0 ? 1.0 : largest / ((1 << (options_.weight_bits - 1)) - 1);
    }
    std::int64_t weight_code(const std::string& name, double scale, std::size_t at) const {
        const double limit = (1 << (options_.weight_bits - 1)) - 1;
        return static_cast<std::int64_t>(
            std::clamp(std::rint(static_cast<double>(values(name)[at]) / scale), -limit, limit));
    }

    std::vector<float> crossbar(int index, const Layer& layer, const Volume& in, const Layer* batch_norm) const {
        const std::string name = layer.name + ".weight";
        const int per_group = layer.out_channels / layer.groups, in_channels = in.shape.channels / layer.groups;
        const auto per_channel = static_cast<std::size_t>(in_channels * layer.kernel_height * layer.kernel_width);
        std::vector<float> out;
        for (int c = 0; c < layer.out_channels; ++c) {
            const double scale = weight_scale(name, c, per_channel);
            double gain = 1.0, shift = 0.0;
            if (layer.bias || layer.kind == LayerKind::linear)
                shift = static_cast<double>(values(layer.name + ".bias")[static_cast<std::size_t>(c)]);
            if (batch_norm != nullptr) {
                const auto [g, s] = norm(*batch_norm, c);
                gain = g;
                shift = shift * g + s;
            }
            for (int y = 0; y < layer.output.height; ++y) {
                for (int x = 0; x < layer.output.width; ++x) {
                    std::int64_t sum = 0;
                    std::size_t at = static_cast<std::size_t>(c) * per_channel;
                    for (int k = 0; k < in_channels; ++k) {
                        for (int ky = 0; ky < layer.kernel_height; ++ky) {
                            for (int kx = 0; kx < layer.kernel_width; ++kx, ++at) {
                                const int iy = y * layer.stride + ky - layer.padding.top;
                                const int ix = x * layer.stride + kx - layer.padding.left;
                                if (!in.inside(iy, ix)) continue;
                                sum += weight_code(name, scale, at) *
                                       input_code(index, in.at(c / per_group * in_channels + k, iy, ix));
                            }
                        }
                    }
                    const double factor = input_scale_.at(index) * scale * gain;
                    out.push_back(static_cast<float>(static_cast<double>(sum) * factor + shift));
                }
            }
        }
        return out;
    }

    const Network& network_;
    const ParameterMap &backbone_, &parameters_;
    QuantizationOptions options_;
    std::map<int, double> input_scale_;
    std::map<int, bool> input_signed_;
};

}  // namespace remask::testing_support
