// Piggyback (Mallya, Davis, Lazebnik, ECCV 2018): one bit a weight, W = b⊙W0 with b = [m > τ].
#include "models/methods/builtin_methods.h"
#include "models/methods/mask_method.h"

namespace remask {
namespace {

constexpr float initial_m = 1e-2f;
constexpr float threshold = 5e-3f;

class Piggyback : public MaskMethod {
public:
    Piggyback(const MethodConfig& config, const MethodContext& context)
        : MaskMethod(context, realisation_of(config)), ternary_(config.piggyback.ternary) {}

protected:
    std::int64_t segment_rows(const ArrayLayer&) const override { return 1; }
    float start() const override { return initial_m; }
    float dropped(double) const override { return 0.0f; }

    void factors(const MaskValues& values, std::span<double> result) const override {
        for (std::size_t i = 0; i < result.size(); ++i) {
            const float m = values.m[i];
            result[i] = m > threshold ? 1.0 : (ternary_ && m < -threshold) ? -1.0 : 0.0;
        }
    }

    MaskUnit unit() const override { return ternary_ ? MaskUnit::shift : MaskUnit::gate; }
    MaskStorage storage(const MaskValues&) const override { return {.bits_per_entry = ternary_ ? 2 : 1}; }

private:
    bool ternary_;
};

}  // namespace

MethodInfo piggyback_method() {
    return {
        .name = "piggyback",
        .description = "a binary (or ternary) mask per weight",
        .masked = true,
        .recipe = {.learning_rate = 1e-4,
                   .mask_learning_rate = 1e-4,
                   .schedule = ScheduleKind::step,
                   .batch_norm = BatchNormChoice::frozen},
        .describe =
            [](Fields& fields, MethodConfig& config) {
                fields.field("ternary", config.piggyback.ternary,
                             {.doc = "piggyback: masks of -1, 0 and 1 (2 bits) instead of 0 and 1", .optional = true});
            },
        .granularity = [](const MethodConfig&) { return Granularity::weight; },
        .make = [](const MethodConfig& config, const MethodContext& context) -> std::unique_ptr<Method> {
            return std::make_unique<Piggyback>(config, context);
        },
    };
}

}  // namespace remask
