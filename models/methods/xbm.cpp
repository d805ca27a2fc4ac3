// XBM-style: KSM's binary gate per crossbar column (one filter × one row tile). One bit a column gates its source line.
#include "models/methods/builtin_methods.h"
#include "models/methods/hard_gate.h"
#include "models/methods/mask_method.h"

namespace remask {
namespace {

class Xbm : public MaskMethod {
public:
    Xbm(const MethodConfig& config, const MethodContext& context) : MaskMethod(context, realisation_of(config)) {}

protected:
    std::int64_t segment_rows(const ArrayLayer& layer) const override { return layer.geometry.rows_per_tile; }
    float start() const override { return hard_gate::initial_m; }
    float dropped(double) const override { return 0.0f; }

    void factors(const MaskValues& values, std::span<double> result) const override {
        hard_gate::soft_gates(values, false, seed(), result);
        for (double& factor : result) factor = hard_gate::is_kept(factor) ? 1.0 : 0.0;
    }

    void through(const MaskValues& values, std::span<float> gradient) const override {
        hard_gate::through(values, false, seed(), gradient);
    }

    MaskUnit unit() const override { return MaskUnit::gate; }
    MaskStorage storage(const MaskValues&) const override { return {}; }
};

}  // namespace

MethodInfo xbm_method() {
    return {
        .name = "xbm",
        .description = "a gate per crossbar column",
        .masked = true,
        .learns_on_chip = true,
        .recipe = {},
        .describe = [](Fields&, MethodConfig&) {},
        .granularity = [](const MethodConfig&) { return Granularity::column; },
        .make = [](const MethodConfig& config, const MethodContext& context) -> std::unique_ptr<Method> {
            return std::make_unique<Xbm>(config, context);
        },
    };
}

}  // namespace remask
