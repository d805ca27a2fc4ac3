#include "models/network/quantized_network.h"

#include <algorithm>
#include <cmath>

#include "models/network/quantized_calibration.h"
#include "models/network/quantized_inputs.h"
#include "models/network/quantized_plan.h"
#include "sim/base/diagnostics.h"
#include "sim/base/parallel.h"

namespace remask {
namespace {

/// Images that one thread takes through the network at once: small layers still give an engine many vectors.
constexpr int kImagesPerBlock = 16;
/// Vectors of one call of an engine.
constexpr std::int64_t kVectorsAtOnce = 1024;

void check(const QuantizationOptions& options) {
    if (options.weight_bits < 2 || options.weight_bits > 16) throw ConfigError("weight_bits must be 2 to 16");
    if (options.input_bits < 1 || options.input_bits > 16) throw ConfigError("input_bits must be 1 to 16");
    if (!(options.activation_percentile > 0.0 && options.activation_percentile <= 100.0)) {
        throw ConfigError("activation_percentile must be above 0 and at most 100");
    }
}

QuantizedLayer make_layer(const QuantizedPlan& plan, const QuantizedStep& step, const ParameterMap& backbone,
                          const ParameterMap& parameters, const QuantizationOptions& options) {
    const Layer& layer = plan.layer(step.layer);
    const std::string name = layer.name + ".weight";
    const Tensor& weight = parameters.at(name);
    const auto original = backbone.find(name);
    // A classifier with another number of classes has no counterpart in the backbone.
    const bool own = options.fit_weight_scale || original == backbone.end() || original->second.shape != weight.shape;
    QuantizedLayer result;
    result.layer = step.layer;
    result.groups = layer.groups;
    result.kernel_size = layer.kernel_height * layer.kernel_width;
    result.rows = weight.size() / layer.out_channels;
    result.columns = layer.out_channels / layer.groups;
    result.weight_scale = weight_scales(own ? weight : original->second, options.weight_bits);
    result.weights = quantize_weights(weight, layer.groups, result.weight_scale, options.weight_bits);
    return result;
}

/// The largest code for the largest value.
void set_input_scale(QuantizedLayer& layer, const Layer& graph_layer, bool is_signed, double range, int bits) {
    if (is_signed && bits < 2) {
        throw ConfigError("input_bits: 1 is not enough for layer '" + graph_layer.name +
                          "', whose inputs can be negative; use at least 2");
    }
    layer.input_signed = is_signed;
    layer.input_scale = range > 0.0 ? range / largest_code(bits, is_signed) : 1.0;
}

/// Shows every input to a visitor, and lets another engine multiply.
class VisitingEngine : public MatrixProductEngine {
public:
    using Visit = std::function<void(int, int, std::span<const std::int32_t>, std::int64_t)>;
    VisitingEngine(const MatrixProductEngine& engine, const Visit& visit) : engine_(engine), visit_(visit) {}

    void multiply(int slot, int group, const IntegerRows& inputs, std::span<double> outputs) const override {
        visit_(slot, group, inputs.all(), inputs.vectors());
        engine_.multiply(slot, group, inputs, outputs);
    }

private:
    const MatrixProductEngine& engine_;
    const Visit& visit_;
};

/// One thread's buffers.
struct Buffers {
    PaddedCodes codes;
    std::vector<double> products;
};

}  // namespace

struct QuantizedNetwork::State {
    QuantizedPlan plan;
    QuantizationOptions options;
    std::vector<QuantizedLayer> layers;
    std::vector<ChannelAffine> ends;  // plan.ends with the scales s_x·s_w in the gains

    State(const Network& network, const ParameterMap& parameters, const QuantizationOptions& o, bool classifier)
        : plan(network, parameters, classifier), options(o) {}

    /// Batch-norm and ReLU of `vectors` outputs of group `group`, from [columns][vectors] to
    /// [image][channel][position].
    void finish_outputs(const QuantizedStep& step, int group, const WindowGeometry& g, std::int64_t begin,
                        std::int64_t vectors, const double* products, float* outputs) const {
        const QuantizedLayer& layer = layers[static_cast<std::size_t>(step.slot)];
        const ChannelAffine& end = ends[static_cast<std::size_t>(step.slot)];
        const std::int64_t positions = g.positions();
        for (std::int64_t n = 0; n < layer.columns; ++n, products += vectors) {
            const std::int64_t channel = group * layer.columns + n;
            const double gain = end.gain[static_cast<std::size_t>(channel)];
            const double shift = end.shift[static_cast<std::size_t>(channel)];
            for (std::int64_t v = 0; v < vectors;) {
                const std::int64_t image = (begin + v) / positions, position = (begin + v) % positions;
                const std::int64_t run = std::min(positions - position, vectors - v);
                float* out = outputs + (image * g.out.channels + channel) * positions + position;
                for (std::int64_t i = 0; i < run; ++i) out[i] = static_cast<float>(products[v + i] * gain + shift);
                if (step.relu) {
                    for (std::int64_t i = 0; i < run; ++i) out[i] = out[i] > 0.0f ? out[i] : 0.0f;
                }
                v += run;
            }
        }
    }

    void run_layer(const QuantizedStep& step, std::span<const float> inputs, int images, std::int64_t first_image,
                   const MatrixProductEngine& engine, Buffers& buffers, std::span<float> outputs) const {
        const QuantizedLayer& layer = layers[static_cast<std::size_t>(step.slot)];
        const WindowGeometry geometry(plan.layer(step.layer), plan.input_shape(step.layer));
        quantize_inputs(inputs, layer, geometry, options.input_bits, buffers.codes);
        const int channels = geometry.in.channels / layer.groups;
        const std::int64_t all = images * geometry.positions();
        for (std::int64_t begin = 0; begin < all; begin += kVectorsAtOnce) {
            const std::int64_t vectors = std::min(kVectorsAtOnce, all - begin);
            buffers.products.resize(static_cast<std::size_t>(layer.columns * vectors));
            for (int g = 0; g < layer.groups; ++g) {
                const UnrolledInputs rows(geometry, buffers.codes, g * channels, channels, begin, begin + vectors,
                                          first_image);
                engine.multiply(step.slot, g, rows, buffers.products);
                finish_outputs(step, g, geometry, begin, vectors, buffers.products.data(), outputs.data());
            }
        }
    }

    void run(std::span<const float> images, int count, std::int64_t first_image, const MatrixProductEngine& engine,
             std::span<float> logits) const {
        Buffers buffers;
        const auto crossbar = [&](const QuantizedStep& step, std::span<const float> in, int n, std::span<float> out) {
            run_layer(step, in, n, first_image, engine, buffers, out);
        };
        run_quantized_block(plan, images, count, crossbar, logits);
    }
};

QuantizedNetwork::QuantizedNetwork(const Network& network, const ParameterMap& backbone, const ParameterMap& parameters,
                                   const ParameterMap& effective, const QuantizationOptions& options,
                                   bool classifier_on_crossbar, std::span<const float> calibration,
                                   int calibration_count, ThreadPool& pool, std::span<const double> input_scales) {
    check(options);
    check_parameters(network, parameters, "quantisation");
    check_parameters(network, effective, "quantisation, masks folded in");
    if (calibration_count < 1) throw ConfigError("quantisation needs at least one calibration image");
    if (static_cast<std::int64_t>(calibration.size()) != calibration_count * network.input.size()) {
        throw InternalError("the calibration images do not have the network's size");
    }
    state_ = std::make_unique<State>(network, parameters, options, classifier_on_crossbar);
    State& s = *state_;
    const std::size_t slots = s.plan.ends.size();
    if (!input_scales.empty() && input_scales.size() != slots) {
        throw InternalError("there must be an input scale for each quantised layer");
    }
    const auto ranges = input_ranges(s.plan, effective, options, calibration, calibration_count, pool);
    const auto negative = may_be_negative(network);
    s.ends.resize(slots);
    s.layers.resize(slots);
    for (const QuantizedStep& step : s.plan.steps) {
        if (step.slot < 0) continue;
        QuantizedLayer layer = make_layer(s.plan, step, backbone, parameters, options);
        const auto producer = static_cast<std::size_t>(s.plan.layer(step.layer).inputs[0]);
        set_input_scale(layer, s.plan.layer(step.layer), negative[producer],
                        ranges[static_cast<std::size_t>(step.slot)], options.input_bits);
        if (!input_scales.empty()) layer.input_scale = input_scales[static_cast<std::size_t>(step.slot)];
        ChannelAffine end = s.plan.ends[static_cast<std::size_t>(step.slot)];
        for (std::size_t c = 0; c < end.gain.size(); ++c) end.gain[c] *= layer.input_scale * layer.weight_scale[c];
        s.ends[static_cast<std::size_t>(step.slot)] = std::move(end);
        s.layers[static_cast<std::size_t>(step.slot)] = std::move(layer);
    }
}

QuantizedNetwork::~QuantizedNetwork() = default;
QuantizedNetwork::QuantizedNetwork(QuantizedNetwork&&) noexcept = default;

const std::vector<QuantizedLayer>& QuantizedNetwork::layers() const {
    return state_->layers;
}

std::vector<float> QuantizedNetwork::run(std::span<const float> images, int count, const MatrixProductEngine& engine,
                                         ThreadPool& pool, std::int64_t first_image) const {
    const std::int64_t size = state_->plan.network.input.size(), classes = state_->plan.network.classes();
    if (static_cast<std::int64_t>(images.size()) != count * size) {
        throw InternalError("the images do not have the network's size");
    }
    std::vector<float> logits(static_cast<std::size_t>(count * classes));
    const std::int64_t block = std::clamp((count + pool.threads() - 1) / pool.threads(), 1, kImagesPerBlock);
    pool.run((count + block - 1) / block, [&](std::int64_t chunk, int) {
        const std::int64_t first = chunk * block, n = std::min(block, count - first);
        state_->run(images.subspan(static_cast<std::size_t>(first * size), static_cast<std::size_t>(n * size)),
                    static_cast<int>(n), first_image + first, engine,
                    std::span(logits).subspan(static_cast<std::size_t>(first * classes),
                                              static_cast<std::size_t>(n * classes)));
    });
    return logits;
}

void QuantizedNetwork::visit_inputs(
    std::span<const float> images, int count, const MatrixProductEngine& engine,
    const std::function<void(int, int, std::span<const std::int32_t>, std::int64_t)>& visit) const {
    const auto size = static_cast<std::size_t>(state_->plan.network.input.size());
    const VisitingEngine visiting(engine, visit);
    std::vector<float> logits(static_cast<std::size_t>(state_->plan.network.classes()));
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
        check_interrupt();
        state_->run(images.subspan(i * size, size), 1, static_cast<std::int64_t>(i), visiting, logits);
    }
}

}  // namespace remask
