// One analogue-to-digital converter (docs/crossbar.md, step 5) in the arithmetic that defines its codes.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/crossbar/crossbar_engine.h"
#include "sim/hardware/crossbar_parameters.h"

namespace remask {

struct Adc {
    bool ideal = false;  ///< no quantiser: delta = 1, lo = 0, the sum itself takes the place of the code
    double lo = 0.0;
    double hi = 0.0;
    double delta = 1.0;
    double top_code = 0.0;  ///< V − 1
    bool operator==(const Adc&) const = default;

    struct Result {
        std::int64_t code;
        bool clipped;
    };

    /// For a converter that is not ideal. Division, not a product with the reciprocal; rounds half to even.
    Result convert(double sum) const {
        const double rounded = std::rint((sum - lo) / delta);
        if (rounded < 0.0) return {0, true};
        if (rounded > top_code) return {static_cast<std::int64_t>(top_code), true};
        return {static_cast<std::int64_t>(rounded), false};
    }
};

/// The converter that the parameters ask for, with adc_bits. adc_range: calibrated needs `calibrated`.
Adc make_adc(const CrossbarParameters& parameters, int active_rows, std::optional<AdcWindow> calibrated);

/// The converters of the slices, least significant first: [S] with adc_slice_bits and windows of their own.
/// `calibrated`: one window for all, or [S]; empty where none is needed.
std::vector<Adc> make_slice_adcs(const CrossbarParameters& parameters, int active_rows,
                                 const std::vector<AdcWindow>& calibrated);

/// Codes that are linear in the sum: code(p) = slope·p + intercept, unclipped, for every integer p in [first, last].
struct LinearCodes {
    bool valid = false;
    std::int64_t slope = 1;
    std::int64_t intercept = 0;
    std::int64_t first = 0;
    std::int64_t last = 0;
    bool holds(std::int64_t lowest, std::int64_t highest) const { return valid && first <= lowest && highest <= last; }
};

/// The longest such interval about 0 inside [lowest, highest], found by trying every integer.
LinearCodes find_linear_codes(const Adc& adc, std::int64_t lowest, std::int64_t highest);

/// A float shortcut code = rint(sum·scale + offset), clipped to [0, V−1].
struct FloatAdc {
    float scale = 0.0F;
    float offset = 0.0F;
    float top_code = 0.0F;
    float offset_with(double floor) const { return offset + static_cast<float>(floor) * scale; }
};

/// A shortcut that gives the code and the clipping of Adc::convert for every integer in [lowest, highest]: each one is
/// tried. Nothing where none is found or the interval is too long to try.
std::optional<FloatAdc> find_float_adc(const Adc& adc, std::int64_t lowest, std::int64_t highest);

/// The same where the ADC sees sum + floor_level·digits: tried for every digit sum in [0, most_digits] and every sum in
/// [0, digits·top_level]. The offset is then FloatAdc::offset_with(floor_level·digits).
std::optional<FloatAdc> find_float_adc_with_floor(const Adc& adc, double floor_level, std::int64_t most_digits,
                                                  std::int64_t top_level);

/// rint by adding and subtracting 1.5·2^23: half to even, for |x| < 2^22. Vectorises on every instruction set.
inline float round_float(float x) {
    constexpr float magic = 12582912.0F;
    return (x + magic) - magic;
}

/// The same in double for |x| < 2^51.
inline double round_double(double x) {
    constexpr double magic = 6755399441055744.0;
    return (x + magic) - magic;
}

}  // namespace remask
