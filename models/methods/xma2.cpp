// XMA2-style: some PEs are rewritten for the task, the columns of all others are scaled as in XMA.
//
// Tier 1 chooses the PEs in a warm-up, at most a share `budget` of them: those with the largest sum of |dL/dW · W0|
// (saliency), or those whose gate is still open (learned: KSM's gate with a penalty on the loss for every open one).
// Tier 2: W_eff = W in a rewritten PE, q(v)·W0 elsewhere, v one a column. A filter's row tiles lie in several PEs and
// share one weight scale, the backbone's, so W stays within the filter's largest |W0|: cells hold no more.
#include <algorithm>
#include <cmath>
#include <utility>

#include "models/methods/builtin_methods.h"
#include "models/methods/column_levels.h"
#include "models/methods/hard_gate.h"
#include "models/methods/pe_layout.h"
#include "models/methods/segments.h"
#include "models/methods/session_training.h"
#include "models/methods/weight_range.h"
#include "sim/base/random.h"

namespace remask {
namespace {

std::string level_name(const ArrayLayer& layer) {
    return layer.name + ".mask";
}
std::string weight_name(const ArrayLayer& layer) {
    return layer.name + ".rewrite";
}
std::string gate_name(const ArrayLayer& layer) {
    return layer.name + ".gate";
}

class Xma2 : public Method {
public:
    Xma2(const MethodConfig& config, const MethodContext& context)
        : options_(config.xma2),
          levels_(config.xma),
          realisation_(realisation_of(config)),
          weight_bits_(context.weight_bits) {
        for (const ArrayLayer& layer : context.layers) {
            if (layer.classifier) continue;
            Part part{layer, PeLayout(layer, options_.pe_arrays), {}, WeightRange(layer)};
            part.rewritten.assign(static_cast<std::size_t>(part.pes.count()), false);
            parts_.push_back(std::move(part));
        }
    }

    void check() const override {
        for (const Part& part : parts_) check_alignment(part.layer, columns(part.layer), realisation_);
    }

    ParameterMap initial() const override {
        ParameterMap own;
        for (const Part& part : parts_) {
            const Segments cut = columns(part.layer);
            own[level_name(part.layer)] = filled({cut.filters, cut.per_filter()}, 1.0f);
            own[weight_name(part.layer)] = *part.layer.backbone;
            if (learned()) own[gate_name(part.layer)] = filled({part.pes.count()}, hard_gate::initial_m);
        }
        return own;
    }

    std::set<std::string> masked_weights() const override {
        std::set<std::string> names;
        for (const Part& part : parts_) names.insert(part.layer.weight());
        return names;
    }

    std::set<std::string> own_weights() const override {
        std::set<std::string> names;
        for (const Part& part : parts_) {
            names.insert(weight_name(part.layer));
            if (learned()) names.insert(gate_name(part.layer));
        }
        return names;
    }

    void effective(const ParameterMap& own, std::optional<std::uint64_t>, ParameterMap& parameters) const override {
        for (const Part& part : parts_) {
            scale_segments(columns(part.layer), factors(part, own), part.layer.backbone->values,
                           parameters.at(part.layer.weight()).values);
            put_rewritten(part, own, parameters);
        }
    }

    void on_chip(const ParameterMap& own, ParameterMap& parameters) const override {
        for (const Part& part : parts_) put_rewritten(part, own, parameters);
    }

    void backward(const ParameterMap& own, std::optional<std::uint64_t>, const ParameterMap& weight_gradients,
                  ParameterMap& own_gradients) const override {
        for (const Part& part : parts_) {
            const std::vector<float>& gradient = weight_gradients.at(part.layer.weight()).values;
            backward_columns(part, own, gradient, own_gradients);
            if (learned()) backward_gates(part, own, gradient, own_gradients);
        }
    }

    TrainingInfo learn(TaskSession& session, ThreadPool& pool, Progress& progress) override {
        const Recipe& recipe = session.recipe;
        TrainingRound round = whole_recipe(recipe);
        round.epochs = std::max(1, static_cast<int>(std::nearbyint(options_.warmup * recipe.epochs)));
        std::vector<double> saliency(static_cast<std::size_t>(pes()), 0.0);
        if (!learned()) round.hooks.on_gradients = [&](ParameterMap& gradients) { add_saliency(gradients, saliency); };
        round.hooks.after_step = [&](ParameterMap&) { keep_in_range(session.own); };
        TrainingInfo info = train_round(session, round, pool, progress);
        select(learned() ? open_gates(session.own) : saliency);
        round.first_epoch = round.epochs;
        round.epochs = recipe.epochs - round.epochs;
        round.hooks.on_gradients = {};
        add_training(info, train_round(session, round, pool, progress));
        return info;
    }

    void describe_masks(const ParameterMap& own, std::vector<LayerMask>& masks) const override;
    void assume(double masked_share, std::uint64_t seed, ParameterMap& own, ParameterMap& parameters) override;

private:
    struct Part {
        const ArrayLayer& layer;
        PeLayout pes;
        std::vector<bool> rewritten;  // by PE, once chosen
        WeightRange range;
    };

    bool learned() const { return options_.criterion == PeCriterion::learned; }

    static Tensor filled(std::vector<std::int64_t> shape, float value) {
        std::int64_t size = 1;
        for (const std::int64_t extent : shape) size *= extent;
        return {std::move(shape), std::vector<float>(static_cast<std::size_t>(size), value)};
    }

    static Segments columns(const ArrayLayer& layer) {
        return {layer.filters, layer.rows, layer.geometry.rows_per_tile};
    }

    std::int64_t pes() const {
        std::int64_t count = 0;
        for (const Part& part : parts_) count += part.pes.count();
        return count;
    }

    /// Which PEs of a layer are rewritten now.
    std::vector<bool> rewritten(const Part& part, const ParameterMap& own) const {
        if (chosen_ || !learned()) return part.rewritten;
        std::vector<bool> open;
        for (const double s : gates(part, own)) open.push_back(hard_gate::is_kept(s));
        return open;
    }

    std::vector<double> gates(const Part& part, const ParameterMap& own) const {
        const std::vector<float>& m = own.at(gate_name(part.layer)).values;
        std::vector<double> s(m.size());
        hard_gate::soft_gates({m, part.layer.slot}, false, 0, s);
        return s;
    }

    /// Of every column: q(v); 1 in a rewritten PE.
    std::vector<double> factors(const Part& part, const ParameterMap& own) const {
        const std::vector<bool> rewrite = rewritten(part, own);
        const Segments cut = columns(part.layer);
        const std::vector<float>& v = own.at(level_name(part.layer)).values;
        std::vector<double> result(v.size());
        for (std::size_t i = 0; i < v.size(); ++i) {
            result[i] = rewrite[pe_of_column(part, cut, i)] ? 1.0 : levels_.factor(v[i]);
        }
        return result;
    }

    static std::size_t pe_of_column(const Part& part, const Segments& cut, std::size_t column) {
        const auto index = static_cast<std::int64_t>(column);
        return static_cast<std::size_t>(
            part.pes.of(index / cut.per_filter(), index % cut.per_filter() * cut.segment_rows));
    }

    /// Calls action(weight, PE, column) for every weight.
    template <class Action>
    static void for_weights(const Part& part, const Action& action) {
        const Segments cut = columns(part.layer);
        for (std::int64_t i = 0; i < part.layer.filters * part.layer.rows; ++i) {
            const std::int64_t filter = i / part.layer.rows, row = i % part.layer.rows;
            action(static_cast<std::size_t>(i), static_cast<std::size_t>(part.pes.of(filter, row)),
                   static_cast<std::size_t>(filter * cut.per_filter() + row / cut.segment_rows));
        }
    }

    void put_rewritten(const Part& part, const ParameterMap& own, ParameterMap& parameters) const {
        const std::vector<bool> rewrite = rewritten(part, own);
        const std::vector<float>& from = own.at(weight_name(part.layer)).values;
        std::vector<float>& to = parameters.at(part.layer.weight()).values;
        for_weights(part, [&](std::size_t i, std::size_t pe, std::size_t) {
            if (rewrite[pe]) to[i] = from[i];
        });
    }

    void keep_in_range(ParameterMap& own) const {
        for (const Part& part : parts_) part.range.hold(own.at(weight_name(part.layer)).values);
    }

    void backward_columns(const Part& part, const ParameterMap& own, const std::vector<float>& gradient,
                          ParameterMap& own_gradients) const {
        const std::vector<bool> rewrite = rewritten(part, own);
        const Segments cut = columns(part.layer);
        Tensor& levels = own_gradients[level_name(part.layer)];
        levels = own.at(level_name(part.layer));
        sum_segments(cut, gradient, part.layer.backbone->values, levels.values);
        for (std::size_t i = 0; i < levels.values.size(); ++i) {
            if (rewrite[pe_of_column(part, cut, i)]) levels.values[i] = 0.0f;
        }
        Tensor& weights = own_gradients[weight_name(part.layer)];
        weights = {own.at(weight_name(part.layer)).shape, gradient};
        for_weights(part, [&](std::size_t i, std::size_t pe, std::size_t) {
            if (!rewrite[pe]) weights.values[i] = 0.0f;
        });
    }

    /// dL/dg = Σ over the PE of G·(W − q(v)·W0), and the penalty; once the PEs are chosen the gates rest.
    void backward_gates(const Part& part, const ParameterMap& own, const std::vector<float>& gradient,
                        ParameterMap& own_gradients) const {
        Tensor& result = own_gradients[gate_name(part.layer)];
        result = filled({part.pes.count()}, 0.0f);
        if (chosen_) return;
        const std::vector<float>& v = own.at(level_name(part.layer)).values;
        const std::vector<float>& rewrite = own.at(weight_name(part.layer)).values;
        std::vector<double> sums(result.values.size(), options_.penalty);
        for_weights(part, [&](std::size_t i, std::size_t pe, std::size_t column) {
            const double scaled = levels_.factor(v[column]) * static_cast<double>(part.layer.backbone->values[i]);
            sums[pe] += static_cast<double>(gradient[i]) * (static_cast<double>(rewrite[i]) - scaled);
        });
        for (std::size_t i = 0; i < sums.size(); ++i) result.values[i] = static_cast<float>(sums[i]);
        hard_gate::through({own.at(gate_name(part.layer)).values, part.layer.slot}, false, 0, result.values);
    }

    void add_saliency(const ParameterMap& gradients, std::vector<double>& saliency) const {
        std::size_t first = 0;
        for (const Part& part : parts_) {
            const std::vector<float>& gradient = gradients.at(part.layer.weight()).values;
            for_weights(part, [&](std::size_t i, std::size_t pe, std::size_t) {
                saliency[first + pe] +=
                    std::fabs(static_cast<double>(gradient[i]) * static_cast<double>(part.layer.backbone->values[i]));
            });
            first += static_cast<std::size_t>(part.pes.count());
        }
    }

    /// m of every open gate, −1 of a closed one.
    std::vector<double> open_gates(const ParameterMap& own) const {
        std::vector<double> scores;
        for (const Part& part : parts_) {
            const std::vector<double> s = gates(part, own);
            for (std::size_t pe = 0; pe < s.size(); ++pe) {
                const double m = own.at(gate_name(part.layer)).values[pe];
                scores.push_back(hard_gate::is_kept(s[pe]) ? m : -1.0);
            }
        }
        return scores;
    }

    /// By score, at most the budget, none below 0.
    void select(const std::vector<double>& scores) {
        const std::vector<bool> best = highest(scores, options_.budget);
        std::size_t first = 0;
        for (Part& part : parts_) {
            for (std::size_t pe = 0; pe < part.rewritten.size(); ++pe) {
                part.rewritten[pe] = best[first + pe] && scores[first + pe] >= 0.0;
            }
            first += part.rewritten.size();
        }
        chosen_ = true;
    }

    Xma2Options options_;
    ColumnLevels levels_;
    Realisation realisation_;
    int weight_bits_;
    std::vector<Part> parts_;
    bool chosen_ = false;
};

/// A bit a PE, the weights of rewritten PEs, and a level for every column of the others.
void Xma2::describe_masks(const ParameterMap& own, std::vector<LayerMask>& masks) const {
    for (const Part& part : parts_) {
        const std::vector<bool> rewrite = rewritten(part, own);
        const Segments cut = columns(part.layer);
        const std::vector<double> scale = factors(part, own);
        std::int64_t weights = 0, scaled = 0;
        for_weights(part, [&](std::size_t, std::size_t pe, std::size_t) { weights += rewrite[pe] ? 1 : 0; });
        for (std::size_t i = 0; i < scale.size(); ++i) scaled += rewrite[pe_of_column(part, cut, i)] ? 0 : 1;
        LayerMask& mask = masks[static_cast<std::size_t>(part.layer.slot)];
        mask.entries = part.pes.count() + weights + scaled;
        mask.bits_per_entry = levels_.bits();
        mask.bits = static_cast<double>(part.pes.count() + weights * weight_bits_ + scaled * levels_.bits());
        mask.new_weight_bits = static_cast<double>(weights * weight_bits_);
        if (realisation_ == Realisation::reprogram) continue;
        mask.unit = levels_.unit();
        mask.per_row_group = realisation_ == Realisation::row_groups;
        mask.factors = periphery_factors(part.layer, cut, scale, mask.per_row_group);
    }
}

/// The budget's PEs are rewritten with other weights of their layer; of the other columns a share is dropped.
void Xma2::assume(double masked_share, std::uint64_t seed, ParameterMap& own, ParameterMap&) {
    RandomStream order(seed, "assumed PEs");
    std::vector<double> scores(static_cast<std::size_t>(pes()));
    for (double& score : scores) score = order.uniform();
    select(scores);
    for (const Part& part : parts_) {
        RandomStream random(seed, "assumed mask", static_cast<std::uint64_t>(part.layer.slot));
        for (float& v : own.at(level_name(part.layer)).values) {
            if (random.uniform() < masked_share) v = 0.0f;
        }
        const std::vector<float>& backbone = part.layer.backbone->values;
        for (float& weight : own.at(weight_name(part.layer)).values) weight = backbone[random.below(backbone.size())];
    }
}

void describe_xma2(Fields& fields, MethodConfig& config) {
    Xma2Options& options = config.xma2;
    fields.field(
        "criterion", options.criterion,
        {.doc = "xma2: how the PEs to rewrite are chosen: by the summed |gradient x weight| of a warm-up, or by "
                "learned gates",
         .optional = true});
    fields.field("pe_arrays", options.pe_arrays,
                 {.doc = "xma2: arrays that are rewritten together", .optional = true, .min = 1, .max = 1e6});
    fields.field("budget", options.budget,
                 {.doc = "xma2: largest share of the PEs that may be rewritten", .optional = true, .min = 0, .max = 1});
    fields.field("warmup", options.warmup,
                 {.doc = "xma2: share of the epochs before the PEs are chosen (at least one epoch)",
                  .optional = true,
                  .min = 0,
                  .max = 1});
    fields.field(
        "penalty", options.penalty,
        {.doc = "xma2: added to the loss for every open gate (criterion: learned)", .optional = true, .min = 0});
    if (config.method == "xma2") describe_levels(fields, config.xma);
}

}  // namespace

MethodInfo xma2_method() {
    return {
        .name = "xma2",
        .description = "some PEs rewritten, a level per column of the others",
        .masked = true,
        .recipe = {.mask_learning_rate = 1e-2},
        .describe = describe_xma2,
        .granularity = [](const MethodConfig&) { return Granularity::column; },
        .make = [](const MethodConfig& config, const MethodContext& context) -> std::unique_ptr<Method> {
            return std::make_unique<Xma2>(config, context);
        },
        .depends_on_arrays = true,
    };
}

}  // namespace remask
