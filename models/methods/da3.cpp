// DA3-style (Yang, Rakin, Fan: CVPRW 2022; rebuilt from the abstract): beside blocks of the backbone, which rests with
// its batch-norm, a light branch on down-sampled features, added to what the block computes. The first two
// thirds of the blocks have none: no gradient has to go through them.
//
//   d = mean of x over `downsample` × `downsample` pixels, x the block's input
//   g = [spatial(d) + noise ≥ 0]                 one gate a position; Gumbel-softmax while learning
//   u = g ⊙ relu(reduce(d))                      1×1, a `reduction`th of the channels
//   v = u ⊙ hard_sigmoid(channel(mean of u))     channel attention
//   y = relu(block(x) + upsample(expand(v)))     expand is 1×1 and 0 at the start: the task starts at the backbone
// Nothing is multiplied with the backbone's activations, so that learning holds none of them, only the signs of ReLUs.
// Where a gate is closed, neither reduce nor expand has to be computed.
#include <algorithm>
#include <bit>

#include "models/methods/builtin_methods.h"
#include "models/methods/side_layers.h"
#include "models/methods/task_session.h"
#include "models/network/float_network.h"
#include "sim/base/diagnostics.h"

namespace remask {
namespace {

constexpr float open_at_first = 1.0f;         // every gate's bias: mostly open while the noise has its say
constexpr std::int64_t counted_images = 256;  // of the training images, for the share of open gates

struct Block {
    int input = 0;  ///< the layer whose output the block reads
    int end = 0;    ///< the layer behind which the branch is added
};

bool is_image(const Shape& shape) {
    return shape.height > 1 && shape.width > 1;
}

/// The nearest layer that every path from the input to `layer` goes through.
int last_common(const Network& network, int layer) {
    std::set<int> open(network.layers[static_cast<std::size_t>(layer)].inputs.begin(),
                       network.layers[static_cast<std::size_t>(layer)].inputs.end());
    while (open.size() > 1) {
        const int latest = *open.rbegin();
        open.erase(latest);
        const std::vector<int>& inputs = network.layers[static_cast<std::size_t>(latest)].inputs;
        open.insert(inputs.begin(), inputs.end());
    }
    return *open.begin();
}

/// Residual blocks; where there are none, every convolution with what follows it up to the ReLU.
std::vector<Block> list_blocks(const Network& network) {
    std::vector<Block> residual, plain;
    for (int i = 0; i < static_cast<int>(network.layers.size()); ++i) {
        const Layer& layer = network.layers[static_cast<std::size_t>(i)];
        if (layer.kind == LayerKind::add) residual.push_back({last_common(network, i), i});
        if (layer.kind != LayerKind::relu || !is_image(layer.output)) continue;
        int below = layer.inputs[0];
        while (network.layers[static_cast<std::size_t>(below)].kind == LayerKind::batch_norm)
            below = network.layers[static_cast<std::size_t>(below)].inputs[0];
        const Layer& convolution = network.layers[static_cast<std::size_t>(below)];
        // The image itself is no feature.
        if (convolution.kind == LayerKind::convolution && convolution.inputs[0] != 0)
            plain.push_back({convolution.inputs[0], layer.inputs[0]});
    }
    return residual.empty() ? plain : residual;
}

int pooled(NetworkExtender& extender, const std::string& name, int input, const Shape& in, int factor) {
    Layer pool;
    pool.name = name;
    pool.kind = LayerKind::average_pool;
    pool.inputs = {input};
    pool.kernel_height = pool.kernel_width = pool.stride = factor;
    const auto missing = [factor](int size) { return (factor - size % factor) % factor; };
    pool.padding = {0, 0, missing(in.height), missing(in.width)};
    return extender.append(std::move(pool));
}

int upsampled(NetworkExtender& extender, const std::string& name, int input, const Shape& out, int factor) {
    Layer up;
    up.name = name;
    up.kind = LayerKind::upsample;
    up.inputs = {input};
    up.stride = factor;
    const auto surplus = [factor](int size) { return (factor - size % factor) % factor; };
    up.padding = {0, 0, surplus(out.height), surplus(out.width)};
    return extender.append(std::move(up));
}

/// The branch of one block; returns what its end is from now on.
int add_branch(NetworkExtender& extender, const Da3Options& options, const Network& backbone, const Block& block) {
    const Shape& in = backbone.layers[static_cast<std::size_t>(block.input)].output;
    const Shape& out = backbone.layers[static_cast<std::size_t>(block.end)].output;
    const std::string name = backbone.layers[static_cast<std::size_t>(block.end)].name + ".da3_";
    const int stride = (in.height + out.height - 1) / out.height;
    int factor = options.downsample;
    while (factor > stride && factor > std::min(in.height, in.width)) factor /= 2;
    if (factor % stride != 0 || (in.height + stride - 1) / stride != out.height) {
        throw ConfigError("method da3: block " + name.substr(0, name.size() - 5) + " makes " +
                          std::to_string(out.height) + " rows of " + std::to_string(in.height) +
                          "; downsample must be a multiple of the block's stride, and the block must keep its edges");
    }
    const int channels = std::max(1, in.channels / options.reduction);
    const int d = pooled(extender, name + "pool", extender.now(block.input), in, factor);
    const int spatial = extender.convolution(name + "spatial", d, 1, 1, true);
    const int gate = extender.append(name + "gate", LayerKind::gate, {spatial});
    const int reduce = extender.convolution(name + "reduce", d, channels, 1);
    const int relu = extender.append(name + "relu", LayerKind::relu, {reduce});
    const int u = extender.append(name + "gated", LayerKind::multiply, {relu, gate});
    const int mean = extender.append(name + "mean", LayerKind::global_average_pool, {u});
    const int channel = extender.convolution(name + "channel", mean, channels, 1, true);
    const int attention = extender.append(name + "attention", LayerKind::hard_sigmoid, {channel});
    const int v = extender.append(name + "attended", LayerKind::multiply, {u, attention});
    const int expand = extender.convolution(name + "expand", v, out.channels, 1);
    const int branch = upsampled(extender, name + "upsample", expand, out, factor / stride);
    return extender.add(name + "add", extender.now(block.end), branch);
}

Network with_branches(const MethodConfig& config, const Network& backbone) {
    std::vector<Block> blocks = list_blocks(backbone);
    const std::ptrdiff_t without = config.da3.first_block.value_or(static_cast<int>(blocks.size()) * 2 / 3);
    blocks.erase(blocks.begin(), blocks.begin() + std::min(without, std::ssize(blocks)));
    if (blocks.empty())
        throw ConfigError("method da3: network " + backbone.name + " has no block to add a branch to" +
                          (without > 0 ? "; lower first_block" : ""));
    NetworkExtender extender(backbone, config.side == SidePlace::digital);
    for (int i = 0; i < static_cast<int>(backbone.layers.size()); ++i) {
        extender.copy(i);
        for (const Block& block : blocks) {
            if (block.end == i) extender.replace(i, add_branch(extender, config.da3, backbone, block));
        }
    }
    return extender.finish();
}

class Da3 : public Method {
public:
    explicit Da3(const MethodContext& context) : layers_(context.layers) {}

    void begin(ParameterMap& parameters) const override {
        for (auto& [name, tensor] : parameters) {
            if (name.ends_with(".da3_expand.weight")) std::fill(tensor.values.begin(), tensor.values.end(), 0.0f);
            if (name.ends_with(".da3_spatial.bias")) tensor.values = {open_at_first};
        }
    }

    TrainingInfo learn(TaskSession& session, ThreadPool& pool, Progress& progress) override {
        const TrainingInfo info = Method::learn(session, pool, progress);
        count_open_gates(session, pool);
        return info;
    }

    /// Positions whose gate is closed are not computed.
    void describe_masks(const ParameterMap&, std::vector<LayerMask>& masks) const override {
        for (const ArrayLayer& layer : layers_) {
            const std::size_t end = layer.name.rfind(".da3_");
            if (end == std::string::npos || !(layer.name.ends_with("_reduce") || layer.name.ends_with("_expand")))
                continue;
            const auto share = open_.find(layer.name.substr(0, end));
            if (share != open_.end()) masks[static_cast<std::size_t>(layer.slot)].computed_share = share->second;
        }
    }

    void assume(double changed_share, std::uint64_t seed, ParameterMap&, ParameterMap& parameters) override {
        draw_side_weights(".da3_expand.weight", changed_share, seed, parameters);
    }

private:
    void count_open_gates(TaskSession& session, ThreadPool& pool) {
        const auto count = static_cast<int>(std::min(counted_images, session.input.count()));
        std::vector<float> buffer;
        const auto images = session.input.images.portion(0, count, session.network.input.size(), pool, buffer);
        FloatNetwork runner(session.network, pool);
        runner.forward(images, count, session.parameters, BatchNormMode::evaluate, true);
        for (std::size_t i = 0; i < session.network.layers.size(); ++i) {
            const Layer& layer = session.network.layers[i];
            if (layer.kind != LayerKind::gate) continue;
            const std::span<const float> gates = runner.activation(static_cast<int>(i));
            const auto open = std::count(gates.begin(), gates.end(), 1.0f);
            open_[layer.name.substr(0, layer.name.rfind(".da3_"))] =
                static_cast<double>(open) / static_cast<double>(gates.size());
        }
    }

    const std::vector<ArrayLayer>& layers_;
    std::map<std::string, double> open_;  // share of open gates, by the block's end
};

void describe_da3(Fields& fields, MethodConfig& config) {
    if (config.method == "da3") describe_side(fields, config);
    fields.field("downsample", config.da3.downsample,
                 {.doc = "da3: rows and columns of pixels averaged into one, a power of two",
                  .optional = true,
                  .min = 1,
                  .max = 64});
    fields.require(std::has_single_bit(static_cast<unsigned>(config.da3.downsample)), "downsample",
                   "must be a power of two: 1, 2, 4, 8, …");
    fields.field("first_block", config.da3.first_block,
                 {.doc = "da3: the first block that has a branch, counted from 0; learning costs no gradient below it; "
                         "default: two thirds of the blocks have none",
                  .optional = true,
                  .min = 0,
                  .max = 1000});
    fields.field("reduction", config.da3.reduction,
                 {.doc = "da3: the branch has this part of the block's input channels",
                  .optional = true,
                  .min = 1,
                  .max = 1024});
    fields.require(config.method != "da3" || config.batch_norm != BatchNormChoice::train, "batch_norm",
                   "da3 keeps the backbone's batch-norm; write frozen, or leave it out");
}

}  // namespace

MethodInfo da3_method() {
    return {
        .name = "da3",
        .description = "a light attention branch added to every block (DA3-style)",
        .masked = false,
        .recipe = {.learning_rate = 2e-3, .mask_learning_rate = 0.0, .batch_norm = BatchNormChoice::frozen},
        .describe = describe_da3,
        .granularity = [](const MethodConfig&) { return Granularity::none; },
        .make = [](const MethodConfig&, const MethodContext& context) -> std::unique_ptr<Method> {
            return std::make_unique<Da3>(context);
        },
        .adapt = with_branches,
    };
}

}  // namespace remask
