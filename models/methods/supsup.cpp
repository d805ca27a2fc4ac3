// SupSup (Wortsman et al., NeurIPS 2020): a supermask for every task over weights that never change, found by
// edge-popup (Ramanujan et al., CVPR 2020): W_eff = W0 where a weight's score is among its layer's largest `kept`
// share, else 0; the gradient goes straight through the choice. The authors' weights are random and their scores start
// at random; here the weights are the backbone's and their scores start at their size, so that the smallest are left
// out first.
#include <algorithm>
#include <cmath>
#include <functional>

#include "models/methods/builtin_methods.h"
#include "models/methods/mask_method.h"

namespace remask {
namespace {

class Supsup : public MaskMethod {
public:
    Supsup(const MethodConfig& config, const MethodContext& context)
        : MaskMethod(context, realisation_of(config)), kept_(config.supsup.kept) {}

protected:
    std::int64_t segment_rows(const ArrayLayer&) const override { return 1; }

    /// Sizes of the weights, their root mean square being 1: one learning rate suits all layers.
    void fill_start(const ArrayLayer& layer, std::span<float> m) const override {
        const std::vector<float>& weights = layer.backbone->values;
        double squares = 0.0;
        for (const float weight : weights) squares += static_cast<double>(weight) * static_cast<double>(weight);
        const double scale = squares > 0.0 ? std::sqrt(static_cast<double>(weights.size()) / squares) : 0.0;
        for (std::size_t i = 0; i < m.size(); ++i) {
            m[i] = static_cast<float>(std::fabs(static_cast<double>(weights[i])) * scale);
        }
    }
    float dropped(double) const override { return -1.0f; }
    double assumed_share(double) const override { return 1.0 - kept_; }

    /// Of equal scores the first ones are kept.
    void factors(const MaskValues& values, std::span<double> result) const override {
        const auto kept = static_cast<std::size_t>(std::nearbyint(kept_ * static_cast<double>(result.size())));
        std::fill(result.begin(), result.end(), kept == result.size() ? 1.0 : 0.0);
        if (kept == 0 || kept == result.size()) return;
        std::vector<float> sorted(values.m.begin(), values.m.end());
        const auto last = sorted.begin() + static_cast<std::ptrdiff_t>(kept - 1);
        std::nth_element(sorted.begin(), last, sorted.end(), std::greater<float>());
        const float smallest = *last;
        std::size_t left = kept - static_cast<std::size_t>(std::count_if(values.m.begin(), values.m.end(),
                                                                         [&](float m) { return m > smallest; }));
        for (std::size_t i = 0; i < result.size(); ++i) {
            const bool tied = values.m[i] == smallest && left > 0;
            if (tied) --left;
            result[i] = tied || values.m[i] > smallest ? 1.0 : 0.0;
        }
    }

    MaskUnit unit() const override { return MaskUnit::gate; }
    MaskStorage storage(const MaskValues&) const override { return {.bits_per_entry = 1}; }

private:
    double kept_;
};

}  // namespace

MethodInfo supsup_method() {
    return {
        .name = "supsup",
        .description = "the best-scored share of every layer's weights (supermask)",
        .masked = true,
        .recipe = {.learning_rate = 2e-4, .mask_learning_rate = 3e-2, .batch_norm = BatchNormChoice::train},
        .describe =
            [](Fields& fields, MethodConfig& config) {
                fields.field("kept", config.supsup.kept,
                             {.doc = "supsup: share of every layer's weights that the mask keeps",
                              .optional = true,
                              .min = 0.01,
                              .max = 1});
            },
        .granularity = [](const MethodConfig&) { return Granularity::weight; },
        .make = [](const MethodConfig& config, const MethodContext& context) -> std::unique_ptr<Method> {
            return std::make_unique<Supsup>(config, context);
        },
    };
}

}  // namespace remask
