// XMA-style: a level per crossbar column, 0 or a power of two, applied by the shift-and-add unit.
//
// The level is q(v) of column_levels.h; straight-through gradient.
#include "models/methods/builtin_methods.h"
#include "models/methods/column_levels.h"
#include "models/methods/mask_method.h"

namespace remask {
namespace {

class Xma : public MaskMethod {
public:
    Xma(const MethodConfig& config, const MethodContext& context)
        : MaskMethod(context, realisation_of(config)), levels_(config.xma) {}

protected:
    std::int64_t segment_rows(const ArrayLayer& layer) const override { return layer.geometry.rows_per_tile; }
    float start() const override { return 1.0f; }
    float dropped(double) const override { return 0.0f; }

    void factors(const MaskValues& values, std::span<double> result) const override {
        for (std::size_t i = 0; i < result.size(); ++i) result[i] = levels_.factor(values.m[i]);
    }

    MaskUnit unit() const override { return levels_.unit(); }
    MaskStorage storage(const MaskValues&) const override { return {.bits_per_entry = levels_.bits()}; }

private:
    ColumnLevels levels_;
};

}  // namespace

MethodInfo xma_method() {
    return {
        .name = "xma",
        .description = "a level (0 or a power of two) per crossbar column",
        .masked = true,
        .learns_on_chip = true,
        .recipe = {.mask_learning_rate = 1e-2},
        .describe = [](Fields& fields, MethodConfig& config) { describe_levels(fields, config.xma); },
        .granularity = [](const MethodConfig&) { return Granularity::column; },
        .make = [](const MethodConfig& config, const MethodContext& context) -> std::unique_ptr<Method> {
            return std::make_unique<Xma>(config, context);
        },
    };
}

}  // namespace remask
