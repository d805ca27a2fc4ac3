// What all masks have in common: own parameters per segment -> factors -> effective weights, and the way back.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "models/methods/method.h"
#include "models/methods/segments.h"

namespace remask {

/// The own parameters m of one layer, one a segment.
struct MaskValues {
    std::span<const float> m;
    int slot = 0;
    std::optional<std::uint64_t> noise{};  ///< number of the training step; nothing: no noise
};

/// Mask memory of one layer.
struct MaskStorage {
    int bits_per_entry = 1;
    double extra_bits = 0.0;
};

/// A mask method says how rows are segmented, how m becomes a factor, and how a factor's gradient becomes m's.
class MaskMethod : public Method {
public:
    void check() const final;
    ParameterMap initial() const final;
    std::set<std::string> masked_weights() const final;
    void effective(const ParameterMap& own, std::optional<std::uint64_t> noise, ParameterMap& parameters) const final;
    std::vector<ColumnFactors> column_factors(const ParameterMap& own, std::optional<std::uint64_t> noise) const final;
    void backward(const ParameterMap& own, std::optional<std::uint64_t> noise, const ParameterMap& gradients,
                  ParameterMap& own_gradients) const final;
    void describe_masks(const ParameterMap& own, std::vector<LayerMask>& masks) const final;
    void assume(double masked_share, std::uint64_t seed, ParameterMap& own, ParameterMap& parameters) final;

    /// The name of a layer's own parameter.
    static std::string own_name(const ArrayLayer& layer) { return layer.name + ".mask"; }

protected:
    MaskMethod(const MethodContext& context, Realisation realisation);

    virtual std::int64_t segment_rows(const ArrayLayer& layer) const = 0;
    /// Every m at the start.
    virtual float start() const { return 0.0f; }
    /// Or each by itself: fills the layer's m.
    virtual void fill_start(const ArrayLayer& layer, std::span<float> m) const;
    /// An m whose factor is that of a dropped entry, drawn with `uniform` in [0, 1).
    virtual float dropped(double uniform) const = 0;
    /// The share of entries that assume() drops, where `masked_share` was asked for.
    virtual double assumed_share(double masked_share) const { return masked_share; }
    virtual void factors(const MaskValues& values, std::span<double> result) const = 0;
    /// In place from dL/d(factor) to dL/dm; by default the identity (straight-through).
    virtual void through(const MaskValues& values, std::span<float> gradient) const;
    virtual MaskUnit unit() const = 0;
    virtual MaskStorage storage(const MaskValues& values) const = 0;

    std::uint64_t seed() const { return seed_; }

private:
    Segments segments(const ArrayLayer& layer) const;

    const std::vector<ArrayLayer>& layers_;
    std::uint64_t seed_;
    Realisation realisation_;
};

}  // namespace remask
