#include "sim/crossbar/adc.h"

#include <algorithm>

#include "sim/base/diagnostics.h"
#include "sim/hardware/column_flip.h"
#include "sim/hardware/config_fault.h"

namespace remask {

namespace {

AdcWindow window_of(const CrossbarParameters& p, int active_rows, std::optional<AdcWindow> calibrated) {
    const bool analog = p.encoding == Encoding::differential && p.subtract == Subtract::analog;
    switch (p.adc_range) {
        case AdcRange::full: {
            const double input = std::ldexp(1.0, p.dac_bits) - 1.0;
            const double level = std::ldexp(1.0, p.cell_bits) - 1.0;
            if (p.column_flip) {  // the largest sum that columns keep, and what the floors of all rows add
                const double kept = static_cast<double>(std::max<std::int64_t>(flip_threshold(p, active_rows) - 1, 1));
                const double floor = p.on_off_ratio > 0.0 ? active_rows * input * level / (p.on_off_ratio - 1.0) : 0.0;
                return {0.0, kept + floor};
            }
            const double floor_factor = p.on_off_ratio > 0.0 ? p.on_off_ratio / (p.on_off_ratio - 1.0) : 1.0;
            const double hi = active_rows * input * level * floor_factor;
            return {analog ? -hi : 0.0, hi};
        }
        case AdcRange::lsb: {
            const double hi = std::ldexp(1.0, analog ? p.adc_bits - 1 : p.adc_bits) - 1.0;
            return {analog ? -hi : 0.0, hi};
        }
        case AdcRange::fixed:
            return {p.adc_lo, p.adc_hi};
        case AdcRange::calibrated:
            if (!calibrated) throw InternalError("a calibrated ADC range was used before it was calibrated");
            return *calibrated;
    }
    throw InternalError("unknown ADC range");
}

/// Does the shortcut with this offset treat `sum` as the converter treats sum + floor?
bool agrees(const Adc& adc, const FloatAdc& fast, float offset, std::int64_t sum, double floor) {
    const Adc::Result exact = adc.convert(static_cast<double>(sum) + floor);
    float z = static_cast<float>(sum) * fast.scale + offset;
    z = z < -2.0F ? -2.0F : z;
    z = z > fast.top_code + 2.0F ? fast.top_code + 2.0F : z;
    const float rounded = round_float(z);
    const bool clipped = rounded < 0.0F || rounded > fast.top_code;
    if (clipped != exact.clipped) return false;
    if (!clipped) return rounded == static_cast<float>(exact.code);
    return (rounded > 0.0F) == (exact.code > 0);  // at the same end
}

/// Tries shortcuts near the obvious one until `holds` accepts one.
template <class Holds>
std::optional<FloatAdc> search(const Adc& adc, const Holds& holds) {
    FloatAdc fast;
    fast.top_code = static_cast<float>(adc.top_code);
    const auto scale = static_cast<float>(1.0 / adc.delta);
    const auto offset = static_cast<float>(-adc.lo / adc.delta);
    if (!std::isfinite(scale) || !std::isfinite(offset)) return std::nullopt;
    // Ties that the exact division rounds up or down by its own rounding need a nudge.
    for (const float nudge : {0.0F, 1e-6F, -1e-6F, 1e-5F, -1e-5F, 1e-4F, -1e-4F}) {
        for (const int ulps : {0, 1, -1, 2, -2}) {
            fast.scale = scale * (1.0F + static_cast<float>(ulps) * 1.1920929e-7F);
            fast.offset = offset + nudge;
            if (holds(fast)) return fast;
        }
    }
    return std::nullopt;
}

}  // namespace

Adc make_adc(const CrossbarParameters& p, int active_rows, std::optional<AdcWindow> calibrated) {
    Adc adc;
    if (p.adc_bits == 0) {
        adc.ideal = true;
        return adc;
    }
    const AdcWindow window = window_of(p, active_rows, calibrated);
    adc.lo = window.lo;
    adc.hi = window.hi;
    const double levels = std::ldexp(1.0, p.adc_bits) - (window.lo == -window.hi ? 1.0 : 0.0);
    adc.top_code = levels - 1.0;
    adc.delta = (window.hi - window.lo) / adc.top_code;
    if (!(adc.delta > 0.0) || !std::isfinite(adc.delta)) {
        refuse_config("crossbar.adc_hi",
                      "the ADC's range is empty, infinite or too small for its bits: widen adc_lo, adc_hi");
    }
    return adc;
}

std::vector<Adc> make_slice_adcs(const CrossbarParameters& p, int active_rows,
                                 const std::vector<AdcWindow>& calibrated) {
    std::vector<Adc> adcs;
    for (int slice = 0; slice < slices_of(p); ++slice) {
        const auto at = static_cast<std::size_t>(slice);
        CrossbarParameters own = p;
        if (p.adc_bits > 0 && !p.adc_slice_bits.empty()) own.adc_bits = p.adc_slice_bits[at];
        std::optional<AdcWindow> window;
        if (!calibrated.empty()) window = calibrated[calibrated.size() == 1 ? 0 : at];
        adcs.push_back(make_adc(own, active_rows, window));
    }
    return adcs;
}

LinearCodes find_linear_codes(const Adc& adc, std::int64_t lowest, std::int64_t highest) {
    LinearCodes linear;
    if (adc.ideal) {
        linear.valid = true;
        linear.first = lowest;
        linear.last = highest;
        return linear;
    }
    const Adc::Result zero = adc.convert(0.0);
    const Adc::Result one = adc.convert(1.0);
    linear.slope = one.code - zero.code;
    linear.intercept = zero.code;
    if (zero.clipped || one.clipped || linear.slope < 1) return linear;
    linear.valid = true;
    const auto fits = [&](std::int64_t sum) {
        const Adc::Result result = adc.convert(static_cast<double>(sum));
        return !result.clipped && result.code == linear.slope * sum + linear.intercept;
    };
    // At most V integers can have codes of their own, so both loops are short.
    while (linear.last < highest && fits(linear.last + 1)) ++linear.last;
    while (linear.first > lowest && fits(linear.first - 1)) --linear.first;
    return linear;
}

std::optional<FloatAdc> find_float_adc(const Adc& adc, std::int64_t lowest, std::int64_t highest) {
    constexpr std::int64_t longest = std::int64_t{1} << 22;
    if (adc.ideal || lowest < -longest || highest > longest) return std::nullopt;
    return search(adc, [&](const FloatAdc& fast) {
        for (std::int64_t sum = lowest; sum <= highest; ++sum) {
            if (!agrees(adc, fast, fast.offset, sum, 0.0)) return false;
        }
        return true;
    });
}

std::optional<FloatAdc> find_float_adc_with_floor(const Adc& adc, double floor_level, std::int64_t most_digits,
                                                  std::int64_t top_level) {
    constexpr std::int64_t most_pairs = std::int64_t{1} << 21;
    const std::int64_t highest = most_digits * top_level;
    if (adc.ideal || most_digits > most_pairs || highest > most_pairs / (most_digits + 1)) return std::nullopt;
    return search(adc, [&](const FloatAdc& fast) {
        for (std::int64_t digits = 0; digits <= most_digits; ++digits) {
            const double floor = floor_level * static_cast<double>(digits);
            const float offset = fast.offset_with(floor);
            for (std::int64_t sum = 0; sum <= digits * top_level; ++sum) {
                if (!agrees(adc, fast, offset, sum, floor)) return false;
            }
        }
        return true;
    });
}

}  // namespace remask
