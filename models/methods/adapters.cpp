// Residual adapters (Rebuffi, Bilen, Vedaldi: NIPS 2017, CVPR 2018): a 1×1 convolution beside every larger one, new for
// every task. The backbone's convolutions rest; batch-norm and the classifier are the task's.
//
//   series:    y = BN(c + A(BN'(c))), c = conv(x)
//   parallel:  y = BN(conv(x) + A(x)), A with the same stride
// A starts at 0 (ours), so that the task starts at the backbone exactly.
#include <algorithm>

#include "models/methods/builtin_methods.h"
#include "models/methods/side_layers.h"

namespace remask {
namespace {

bool adapted(const Layer& layer) {
    return layer.kind == LayerKind::convolution && layer.kernel_height * layer.kernel_width > 1;
}

Network with_series_adapters(const MethodConfig& config, const Network& backbone) {
    NetworkExtender extender(backbone, config.side == SidePlace::digital);
    for (int i = 0; i < static_cast<int>(backbone.layers.size()); ++i) {
        const int c = extender.copy(i);
        const Layer& layer = backbone.layers[static_cast<std::size_t>(i)];
        if (!adapted(layer)) continue;
        const int norm = extender.batch_norm(layer.name + ".adapter_bn", c);
        const int adapter = extender.convolution(layer.name + ".adapter", norm, layer.out_channels, 1);
        extender.replace(i, extender.add(layer.name + ".adapted", c, adapter));
    }
    return extender.finish();
}

Network with_parallel_adapters(const MethodConfig& config, const Network& backbone) {
    NetworkExtender extender(backbone, config.side == SidePlace::digital);
    for (int i = 0; i < static_cast<int>(backbone.layers.size()); ++i) {
        const int c = extender.copy(i);
        const Layer& layer = backbone.layers[static_cast<std::size_t>(i)];
        if (!adapted(layer)) continue;
        const int x = extender.now(layer.inputs[0]);
        const int adapter = extender.convolution(layer.name + ".adapter", x, layer.out_channels, layer.stride);
        extender.replace(i, extender.add(layer.name + ".adapted", c, adapter));
    }
    return extender.finish();
}

class Adapters : public Method {
public:
    void begin(ParameterMap& parameters) const override {
        for (auto& [name, tensor] : parameters) {
            if (name.ends_with(".adapter.weight")) std::fill(tensor.values.begin(), tensor.values.end(), 0.0f);
        }
    }

    /// That share of the adapters' weights is no longer 0: normal numbers.
    void assume(double changed_share, std::uint64_t seed, ParameterMap&, ParameterMap& parameters) override {
        draw_side_weights(".adapter.weight", changed_share, seed, parameters);
    }
};

MethodInfo adapter_method(std::string_view name, std::string_view description) {
    return {
        .name = name,
        .description = description,
        .masked = false,
        .recipe = {.optimizer = OptimizerKind::sgd,
                   .learning_rate = 0.1,
                   .mask_learning_rate = 0.0,
                   .weight_decay = 5e-4,
                   .schedule = ScheduleKind::step,
                   .milestones = {2.0 / 3.0, 5.0 / 6.0},
                   .batch_norm = BatchNormChoice::train},
        .describe = [](Fields&, MethodConfig&) {},
        .granularity = [](const MethodConfig&) { return Granularity::none; },
        .make = [](const MethodConfig&, const MethodContext&) -> std::unique_ptr<Method> {
            return std::make_unique<Adapters>();
        },
    };
}

}  // namespace

MethodInfo series_adapter_method() {
    MethodInfo info = adapter_method("series_adapter", "a 1x1 convolution after every larger one");
    info.describe = describe_side;
    info.adapt = with_series_adapters;
    return info;
}

MethodInfo parallel_adapter_method() {
    MethodInfo info = adapter_method("parallel_adapter", "a 1x1 convolution beside every larger one");
    info.describe = [](Fields& fields, MethodConfig& config) {
        if (config.method == "parallel_adapter") describe_side(fields, config);
    };
    info.adapt = with_parallel_adapters;
    return info;
}

}  // namespace remask
