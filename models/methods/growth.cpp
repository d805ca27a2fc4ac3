#include "models/methods/growth.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <utility>

#include "models/methods/side_layers.h"
#include "sim/base/diagnostics.h"
#include "sim/hardware/config_fault.h"

namespace remask {
namespace {

constexpr std::string_view grown_suffix = ".grown", inputs_suffix = ".inputs";

std::string grown_name(const std::string& layer, std::size_t step) {
    return step == 0 ? layer : layer + std::string(grown_suffix) + std::to_string(step);
}

std::string text_of(double size) {
    std::string text = std::to_string(size);
    text.erase(text.find_last_not_of('0') + 1);
    return text.ends_with('.') ? text + "0" : text;
}

/// The backbone's layer that a layer of growth belongs to.
std::string_view origin_of(std::string_view name) {
    return name.substr(0, std::min(name.find(grown_suffix), name.find(inputs_suffix)));
}

class Widener {
public:
    Widener(const Network& source, std::span<const double> sizes)
        : source_(source), sizes_(sizes), extender_(source, false), parts_(source.layers.size()) {}

    Network run() {
        const int classifier = static_cast<int>(source_.layers.size()) - 1;
        for (int i = 0; i < classifier; ++i) add_layer(i);
        Layer layer = source_.layers.back();
        layer.inputs = {joined(layer.inputs[0], steps())};
        extender_.append(std::move(layer));
        return extender_.finish();
    }

private:
    /// Layer of the result that holds one step's channels of a source layer; none where it gains none.
    static constexpr int none = -1;
    using Parts = std::vector<int>;  // [0] the backbone's, then by step

    std::size_t steps() const { return sizes_.size() - 1; }
    const Layer& source(int index) const { return source_.layers[static_cast<std::size_t>(index)]; }
    Parts& parts(int index) { return parts_[static_cast<std::size_t>(index)]; }
    int gained(int channels, std::size_t step) const {
        return grown_channels(channels, sizes_[step]) - grown_channels(channels, sizes_[step - 1]);
    }

    void add_layer(int index) {
        const Layer& layer = source(index);
        parts(index).assign(sizes_.size(), none);
        parts(index)[0] = extender_.copy(index);
        switch (layer.kind) {
            case LayerKind::input:
                break;
            case LayerKind::convolution:
            case LayerKind::linear:
                widen_weights(index);
                break;
            default:
                for (std::size_t step = 1; step <= steps(); ++step) parts(index)[step] = repeat(index, step);
        }
        extender_.replace(index, parts(index)[0]);
    }

    /// A layer without weights or a batch-norm, once more on the channels of a step.
    int repeat(int index, std::size_t step) {
        Layer layer = source(index);
        std::vector<int> inputs;
        for (const int input : layer.inputs) inputs.push_back(parts(input)[step]);
        if (layer.kind == LayerKind::multiply && inputs[1] == none && inputs[0] != none) {
            if (source(layer.inputs[1]).output.channels != 1) refuse(layer, "its factor gains no channels");
            inputs[1] = parts(layer.inputs[1])[0];  // one for all channels
        }
        if (inputs.front() == none || inputs.back() == none) {
            // What has no such channels counts as zeros in an addition, and as nothing elsewhere.
            const bool joins = layer.kind == LayerKind::add || layer.kind == LayerKind::concatenate;
            return joins ? std::max(inputs.front(), inputs.back()) : none;
        }
        if (layer.kind == LayerKind::subsample_pad) layer.out_channels = gained(layer.out_channels, step);
        layer.name = grown_name(layer.name, step);
        layer.inputs = std::move(inputs);
        return extender_.append(std::move(layer));
    }

    void widen_weights(int index) {
        const Layer& layer = source(index);
        const Layer& input = source(layer.inputs[0]);
        if (layer.groups > 1 && layer.groups != input.output.channels) {
            refuse(layer, "it is grouped, but not depthwise");
        }
        for (std::size_t step = 1; step <= steps(); ++step) {
            parts(index)[step] = layer.groups > 1 ? add_depthwise(index, step) : add_filters(index, step);
        }
        if (layer.groups > 1) return;
        for (std::size_t step = 1; step <= steps(); ++step) {
            for (std::size_t of = 0; of < step; ++of) add_inputs(index, of, step);
        }
    }

    /// The filters of a step, over all inputs up to it.
    int add_filters(int index, std::size_t step) {
        const Layer& layer = source(index);
        const int filters = gained(layer.out_channels, step);
        if (filters == 0) return none;
        const bool bias = layer.bias || layer.kind == LayerKind::linear;
        return add_convolution(index, grown_name(layer.name, step), joined(layer.inputs[0], step), filters, bias, step);
    }

    int add_depthwise(int index, std::size_t step) {
        const Layer& layer = source(index);
        const int input = parts(layer.inputs[0])[step];
        if (input == none) return none;
        const int channels = gained(source(layer.inputs[0]).output.channels, step);
        const int filters = channels * (layer.out_channels / layer.groups);
        return add_convolution(index, grown_name(layer.name, step), input, filters, layer.bias, step, channels);
    }

    /// The channels of `step` as inputs of the filters that were there before.
    void add_inputs(int index, std::size_t of, std::size_t step) {
        const Layer& layer = source(index);
        const int input = parts(layer.inputs[0])[step];
        int& output = parts(index)[of];
        if (input == none || output == none) return;
        const std::string name = grown_name(layer.name, of) + std::string(inputs_suffix) + std::to_string(step);
        const int filters = of == 0 ? layer.out_channels : gained(layer.out_channels, of);
        output = extender_.add(name + ".sum", output, add_convolution(index, name, input, filters, false, step));
    }

    /// With the source layer's window; of a linear layer it is 1×1.
    int add_convolution(int index, const std::string& name, int input, int filters, bool bias, std::size_t step,
                        int groups = 1) {
        Layer layer = source(index);
        layer.name = name;
        layer.kind = LayerKind::convolution;
        layer.inputs = {input};
        layer.out_channels = filters;
        layer.groups = groups;
        layer.bias = bias;
        layer.extension = static_cast<int>(step);
        return extender_.append(std::move(layer));
    }

    /// All channels of a source layer up to `step`.
    int joined(int index, std::size_t step) {
        int all = parts(index)[0];
        for (std::size_t s = 1; s <= step; ++s) {
            const int part = parts(index)[s];
            if (part == none) continue;
            const auto [known, fresh] = joined_.try_emplace({all, part}, 0);
            if (fresh) {
                known->second = extender_.append(grown_name(source(index).name, s) + ".joined", LayerKind::concatenate,
                                                 {all, part});
            }
            all = known->second;
        }
        return all;
    }

    [[noreturn]] static void refuse(const Layer& layer, const std::string& why) {
        throw ConfigError("the network cannot grow at layer '" + layer.name + "': " + why +
                          "; write grow: false, or take another backbone");
    }

    const Network& source_;
    std::span<const double> sizes_;
    NetworkExtender extender_;
    std::vector<Parts> parts_;  // by source layer
    std::map<std::pair<int, int>, int> joined_;
};

constexpr double slack = 1e-9;  // 1 + 5·0.1 is 1.5

/// The least size at which a hidden layer of `network` has a channel more than at size `from`.
double next_growth(const Network& network, double from) {
    double least = std::numeric_limits<double>::infinity();
    for (const Layer& layer : std::span(network.layers).first(network.layers.size() - 1)) {
        const bool widened = layer.kind == LayerKind::convolution || layer.kind == LayerKind::linear;
        if (!widened || layer.groups > 1) continue;  // a depthwise convolution follows its input
        const double width = (grown_channels(layer.out_channels, from) + 1.0) / layer.out_channels;
        least = std::min(least, width * width);
    }
    return least;
}

}  // namespace

std::vector<double> growth_sizes(double step, double largest) {
    std::vector<double> sizes{1.0};
    constexpr int most_steps = 800;  // 9 in steps of 0.01; a step that is refused may be 0
    for (int k = 1; k <= most_steps && sizes.back() < largest - slack; ++k) {
        sizes.push_back(std::min(largest, 1.0 + k * step));
    }
    return sizes;
}

int grown_channels(int channels, double size) {
    return static_cast<int>(std::floor(channels * std::sqrt(size) + 1e-9));
}

void check_growth(const Network& network, std::span<const double> sizes, double growth_step) {
    for (std::size_t step = 1; step < sizes.size(); ++step) {
        const double least = next_growth(network, sizes[step - 1]);
        if (sizes[step] >= least * (1.0 - slack)) continue;
        const bool cut = sizes[step] < 1.0 + static_cast<double>(step) * growth_step - slack;
        refuse_config(cut ? ".max_size" : ".growth_step",
                      "growing the network from " + text_of(sizes[step - 1]) + " to " + text_of(sizes[step]) +
                          " times its size gives no layer a channel more; the least size that does is " +
                          text_of(std::ceil(least * 1e4) / 1e4));
    }
}

Network grow_network(const Network& network, std::span<const double> sizes) {
    if (sizes.size() < 2) return network;
    return Widener(network, sizes).run();
}

double grown_deviation(const std::vector<ArrayLayer>& layers, const ArrayLayer& layer) {
    std::int64_t filters = layer.filters / layer.groups;
    if (layer.groups == 1) {
        filters = 0;
        for (const ArrayLayer& other : layers) {
            const bool part = origin_of(other.name) == origin_of(layer.name) && other.extension <= layer.extension;
            if (part && other.name.find(inputs_suffix) == std::string::npos) filters += other.filters;
        }
    }
    return std::sqrt(2.0 / (static_cast<double>(filters) * layer.kernel_size));
}

}  // namespace remask
