#include "models/methods/mask_method.h"

#include <algorithm>

#include "sim/base/random.h"

namespace remask {

namespace {

/// A column's sums are held for the backward pass, one an output: below this many rows they would be more than the
/// weights' gradients save. Those of 1×1 convolutions are plain products of matrices, which save next to nothing.
constexpr std::int64_t least_column_rows = 64;

bool is_cut_in_columns(const ArrayLayer& layer, const Segments& cut) {
    return !layer.classifier && layer.groups == 1 && layer.kernel_size > 1 &&
           (cut.per_filter() == 1 || cut.segment_rows >= least_column_rows);
}

}  // namespace

MaskMethod::MaskMethod(const MethodContext& context, Realisation realisation)
    : layers_(context.layers), seed_(context.seed), realisation_(realisation) {}

Segments MaskMethod::segments(const ArrayLayer& layer) const {
    return {layer.filters, layer.rows, segment_rows(layer)};
}

void MaskMethod::check() const {
    for (const ArrayLayer& layer : layers_) {
        if (!layer.classifier) check_alignment(layer, segments(layer), realisation_);
    }
}

ParameterMap MaskMethod::initial() const {
    ParameterMap own;
    for (const ArrayLayer& layer : layers_) {
        if (layer.classifier) continue;
        const Segments cut = segments(layer);
        Tensor& m = own[own_name(layer)];
        m = {{cut.filters, cut.per_filter()}, std::vector<float>(static_cast<std::size_t>(cut.count()))};
        fill_start(layer, m.values);
    }
    return own;
}

std::set<std::string> MaskMethod::masked_weights() const {
    std::set<std::string> names;
    for (const ArrayLayer& layer : layers_) {
        if (!layer.classifier) names.insert(layer.weight());
    }
    return names;
}

void MaskMethod::effective(const ParameterMap& own, std::optional<std::uint64_t> noise,
                           ParameterMap& parameters) const {
    std::vector<double> scale;
    for (const ArrayLayer& layer : layers_) {
        if (layer.classifier) continue;
        const Tensor& m = own.at(own_name(layer));
        scale.resize(m.values.size());
        factors({m.values, layer.slot, noise}, scale);
        scale_segments(segments(layer), scale, layer.backbone->values, parameters.at(layer.weight()).values);
    }
}

std::vector<ColumnFactors> MaskMethod::column_factors(const ParameterMap& own,
                                                      std::optional<std::uint64_t> noise) const {
    std::vector<ColumnFactors> columns;
    std::vector<double> scale;
    for (const ArrayLayer& layer : layers_) {
        const Segments cut = segments(layer);
        if (!is_cut_in_columns(layer, cut)) continue;
        const Tensor& m = own.at(own_name(layer));
        scale.resize(m.values.size());
        factors({m.values, layer.slot, noise}, scale);
        columns.push_back({&layer, cut.segment_rows, {scale.begin(), scale.end()}});
    }
    return columns;
}

void MaskMethod::backward(const ParameterMap& own, std::optional<std::uint64_t> noise, const ParameterMap& gradients,
                          ParameterMap& own_gradients) const {
    for (const ArrayLayer& layer : layers_) {
        if (layer.classifier) continue;
        const Tensor& m = own.at(own_name(layer));
        Tensor& gradient = own_gradients[own_name(layer)];
        gradient.shape = m.shape;
        gradient.values.resize(m.values.size());
        const auto columns = gradients.find(layer.columns());
        if (columns != gradients.end()) {
            gradient.values = columns->second.values;
        } else {
            sum_segments(segments(layer), gradients.at(layer.weight()).values, layer.backbone->values, gradient.values);
        }
        through({m.values, layer.slot, noise}, gradient.values);
    }
}

void MaskMethod::fill_start(const ArrayLayer&, std::span<float> m) const {
    std::fill(m.begin(), m.end(), start());
}

void MaskMethod::through(const MaskValues&, std::span<float>) const {}

void MaskMethod::describe_masks(const ParameterMap& own, std::vector<LayerMask>& masks) const {
    for (const ArrayLayer& layer : layers_) {
        if (layer.classifier) continue;
        const Tensor& m = own.at(own_name(layer));
        const MaskValues values{m.values, layer.slot};
        const MaskStorage stored = storage(values);
        LayerMask& mask = masks[static_cast<std::size_t>(layer.slot)];
        mask.entries = m.size();
        mask.bits_per_entry = stored.bits_per_entry;
        mask.bits = static_cast<double>(mask.entries) * stored.bits_per_entry + stored.extra_bits;
        if (realisation_ == Realisation::reprogram) continue;
        mask.unit = unit();
        mask.per_row_group = realisation_ == Realisation::row_groups;
        std::vector<double> scale(m.values.size());
        factors(values, scale);
        mask.factors = periphery_factors(layer, segments(layer), scale, mask.per_row_group);
    }
}

void MaskMethod::assume(double masked_share, std::uint64_t seed, ParameterMap& own, ParameterMap&) {
    const double share = assumed_share(masked_share);
    for (const ArrayLayer& layer : layers_) {
        if (layer.classifier) continue;
        RandomStream random(seed, "assumed mask", static_cast<std::uint64_t>(layer.slot));
        for (float& m : own.at(own_name(layer)).values) {
            if (random.uniform() < share) m = dropped(random.uniform());
        }
    }
}

}  // namespace remask
