// KSM (Yang, He, Zhang, Fan, CVPR 2021): kernel-wise soft masks, W = (b + ½·ã)⊙W0.
//
// b is the hard gate of hard_gate.h. Dropped kernels keep a small scale: ã = (m − min m)/(max m − min m), min and max
// over the layer's dropped kernels (0 if they are equal, or where m = 0), detached. ½·ã is stored in `scale_bits` bits,
// and learning already sees it rounded to them, so that float and chip use the same factors.
#include <algorithm>
#include <cmath>
#include <limits>

#include "models/methods/builtin_methods.h"
#include "models/methods/hard_gate.h"
#include "models/methods/mask_method.h"

namespace remask {
namespace {

Granularity granularity(const MethodConfig& config) {
    switch (config.ksm.granularity) {
        case KsmGranularity::channel:
            return Granularity::column;
        case KsmGranularity::element:
            return Granularity::weight;
        default:
            return Granularity::kernel;
    }
}

class Ksm : public MaskMethod {
public:
    Ksm(const MethodConfig& config, const MethodContext& context)
        : MaskMethod(context, realisation_of(config)), options_(config.ksm) {}

protected:
    std::int64_t segment_rows(const ArrayLayer& layer) const override {
        switch (options_.granularity) {
            case KsmGranularity::element:
                return 1;
            case KsmGranularity::kernel:
                return layer.kernel_size;
            case KsmGranularity::group_of_8:
                return 8 * static_cast<std::int64_t>(layer.kernel_size);
            default:
                return layer.rows;
        }
    }

    float start() const override { return hard_gate::initial_m; }
    float dropped(double uniform) const override { return static_cast<float>(uniform * 0.99 * hard_gate::threshold); }

    void factors(const MaskValues& values, std::span<double> result) const override {
        hard_gate::soft_gates(values, options_.gumbel, seed(), result);
        float low = std::numeric_limits<float>::max();
        float high = std::numeric_limits<float>::lowest();
        for (std::size_t i = 0; i < result.size(); ++i) {
            if (hard_gate::is_kept(result[i]) || values.m[i] == 0.0f) continue;
            low = std::min(low, values.m[i]);
            high = std::max(high, values.m[i]);
        }
        for (std::size_t i = 0; i < result.size(); ++i) {
            result[i] = hard_gate::is_kept(result[i]) ? 1.0 : dropped_scale(values.m[i], low, high);
        }
    }

    void through(const MaskValues& values, std::span<float> gradient) const override {
        hard_gate::through(values, options_.gumbel, seed(), gradient);
    }

    MaskUnit unit() const override { return options_.soft ? MaskUnit::multiply : MaskUnit::gate; }

    MaskStorage storage(const MaskValues& values) const override {
        if (!options_.soft) return {};
        std::vector<double> s(values.m.size());
        hard_gate::soft_gates(values, false, seed(), s);
        const auto dropped = std::count_if(s.begin(), s.end(), [](double gate) { return !hard_gate::is_kept(gate); });
        return {.bits_per_entry = 1, .extra_bits = static_cast<double>(dropped) * options_.scale_bits};
    }

private:
    /// ½·ã, rounded to scale_bits.
    double dropped_scale(float m, float low, float high) const {
        if (!options_.soft || m == 0.0f || !(low < high)) return 0.0;
        const double share = (static_cast<double>(m) - low) / (static_cast<double>(high) - low);
        const double steps = std::exp2(options_.scale_bits) - 1.0;
        return 0.5 * std::nearbyint(share * steps) / steps;
    }

    KsmOptions options_;
};

void describe_ksm(Fields& fields, MethodConfig& config) {
    KsmOptions& options = config.ksm;
    fields.field("granularity", options.granularity,
                 {.doc = "ksm: what one mask entry covers: a kernel, those of 8 input channels, a filter, a weight",
                  .optional = true});
    fields.field("soft", options.soft,
                 {.doc = "ksm: dropped kernels keep a learned scale in [0, 0.5]; false: binary", .optional = true});
    fields.field("scale_bits", options.scale_bits,
                 {.doc = "ksm: bits of that scale", .optional = true, .min = 1, .max = 16});
    fields.field("gumbel", options.gumbel, {.doc = "ksm: Gumbel noise on the gates while training", .optional = true});
}

}  // namespace

MethodInfo ksm_method() {
    return {
        .name = "ksm",
        .description = "a binary mask per kernel, and a real scale where it is 0",
        .masked = true,
        .learns_on_chip = true,
        .recipe = {},
        .describe = describe_ksm,
        .granularity = granularity,
        .make = [](const MethodConfig& config, const MethodContext& context) -> std::unique_ptr<Method> {
            return std::make_unique<Ksm>(config, context);
        },
        .mask_memory_varies = [](const MethodConfig& config) { return config.ksm.soft; },  // a scale a dropped kernel
    };
}

}  // namespace remask
