// Are calibrated ADC ranges the best ones, by trying every range on every conversion that the plain reference makes?
#include <gtest/gtest.h>

#include <cmath>

#include "tests/reference/crossbar/random_case.h"

namespace remask::test {
namespace {

struct Seen {
    int slice;
    double weight;  ///< (place·2^(b·s))²
    double magnitude;
};

/// Sums of a layer without an ADC, from the plain reference.
std::vector<Seen> conversions_of(const RandomCase& c) {
    CrossbarParameters p = c.parameters;
    p.adc_bits = 0;
    const CrossbarLayer ideal(p, c.rows, c.columns, c.weights, c.kernel_size, p.input_signed);
    std::vector<double> outputs(static_cast<std::size_t>(c.columns * c.vectors));
    std::vector<Seen> seen;
    ideal.multiply_reference(c.inputs, c.vectors, {}, outputs, [&](const Conversion& at) {
        const double place = std::pow(2.0, p.dac_bits * at.phase) * std::pow(2.0, p.cell_bits * at.slice);
        seen.push_back({at.slice, place * place, std::fabs(at.sum)});
    });
    return seen;
}

int bits_of(const CrossbarParameters& p, int slice) {
    return p.adc_slice_bits.empty() ? p.adc_bits : p.adc_slice_bits[static_cast<std::size_t>(slice)];
}

/// Step 5 of the page for a magnitude: with a symmetric range zero is a level, and both halves are alike.
double squared_error(double magnitude, double hi, int bits, bool symmetric) {
    const double steps = std::pow(2.0, bits) - 1.0;
    const double delta = symmetric ? 2.0 * hi / (steps - 1.0) : hi / steps;
    const double most = symmetric ? (steps - 1.0) / 2.0 : steps;
    const double off = std::min(std::nearbyint(magnitude / delta), most) * delta - magnitude;
    return off * off;
}

RandomCase calibrated_case(std::uint64_t seed, AdcCalibration aim, AdcCalibrationScope scope) {
    RandomCase c = random_case(seed);
    c.parameters.adc_range = AdcRange::calibrated;
    c.parameters.adc_calibration = aim;
    c.parameters.adc_calibration_scope = scope;
    c.parameters.adc_bits = 2 + static_cast<int>(seed % 5);
    c.parameters.adc_slice_bits.clear();
    if (seed % 2 == 0) {
        for (int slice = 0; slice < slices_of(c.parameters); ++slice) {
            c.parameters.adc_slice_bits.push_back(2 + (slice + static_cast<int>(seed)) % (c.parameters.adc_bits - 1));
        }
    }
    c.parameters.on_off_ratio = 0.0;  // whole sums
    c.parameters.adc_percentile = 90.0;
    return c;
}

std::vector<AdcWindow> windows_of(const RandomCase& c) {
    const CrossbarLayer layer(c.parameters, c.rows, c.columns, c.weights, c.kernel_size, c.parameters.input_signed);
    return layer.calibrate(c.inputs, c.vectors);
}

TEST(Calibration, MeanSquaredErrorIsTheLeastOfAllRanges) {
    int compared = 0;
    for (std::uint64_t seed = 0; seed < 150; ++seed) {
        for (const AdcCalibrationScope scope : {AdcCalibrationScope::layer, AdcCalibrationScope::slice}) {
            const RandomCase c = calibrated_case(seed, AdcCalibration::mse, scope);
            SCOPED_TRACE("case " + std::to_string(seed) + ": " + c.text());
            const std::vector<Seen> seen = conversions_of(c);
            double largest = 1.0;
            for (const Seen& conversion : seen) largest = std::max(largest, conversion.magnitude);
            const double most = c.parameters.rows * std::ldexp(1.0, c.parameters.dac_bits + c.parameters.cell_bits);
            if (largest > 600.0 || seen.size() > 20000 || most > 60000.0) continue;  // not every range is tried there
            const bool by_slice = scope == AdcCalibrationScope::slice;
            const bool symmetric =
                c.parameters.encoding == Encoding::differential && c.parameters.subtract == Subtract::analog;
            const std::vector<AdcWindow> windows = windows_of(c);
            ASSERT_EQ(windows.size(), by_slice ? static_cast<std::size_t>(slices_of(c.parameters)) : 1u);
            for (std::size_t w = 0; w < windows.size(); ++w) {
                const auto error = [&](double hi) {
                    double sum = 0.0;
                    for (const Seen& conversion : seen) {
                        if (by_slice && conversion.slice != static_cast<int>(w)) continue;
                        sum += conversion.weight * squared_error(conversion.magnitude, hi,
                                                                 bits_of(c.parameters, conversion.slice), symmetric);
                    }
                    return sum;
                };
                EXPECT_EQ(windows[w].lo, symmetric ? -windows[w].hi : 0.0);
                EXPECT_EQ(windows[w].hi, std::floor(windows[w].hi));
                const double chosen = error(windows[w].hi);
                double top = 1.0;
                for (const Seen& conversion : seen) {
                    if (!by_slice || conversion.slice == static_cast<int>(w)) top = std::max(top, conversion.magnitude);
                }
                std::vector<double> all;
                for (double hi = 1.0; hi <= top; ++hi) all.push_back(hi);
                for (int slice = 0; slice < slices_of(c.parameters); ++slice) {  // one level unit a step
                    if (by_slice && slice != static_cast<int>(w)) continue;
                    const double steps = std::pow(2.0, bits_of(c.parameters, slice));
                    all.push_back(symmetric ? steps / 2.0 - 1.0 : steps - 1.0);
                }
                for (const double hi : all)
                    ASSERT_LE(chosen, error(hi) * (1.0 + 1e-9)) << hi << " beats " << windows[w].hi;
                ++compared;
            }
        }
    }
    EXPECT_GT(compared, 150);
}

TEST(Calibration, PercentileIsTheLeastRangeThatHoldsTheShare) {
    int compared = 0;
    for (std::uint64_t seed = 0; seed < 150; ++seed) {
        for (const AdcCalibrationScope scope : {AdcCalibrationScope::layer, AdcCalibrationScope::slice}) {
            const RandomCase c = calibrated_case(seed, AdcCalibration::percentile, scope);
            SCOPED_TRACE("case " + std::to_string(seed) + ": " + c.text());
            const std::vector<Seen> seen = conversions_of(c);
            const double most = c.parameters.rows * std::ldexp(1.0, c.parameters.dac_bits + c.parameters.cell_bits);
            if (seen.size() > 200000 || most > 60000.0) continue;  // wider bins than level units
            const std::vector<AdcWindow> windows = windows_of(c);
            for (std::size_t w = 0; w < windows.size(); ++w) {
                const auto share = [&](double hi) {
                    double held = 0.0;
                    double all = 0.0;
                    for (const Seen& conversion : seen) {
                        if (windows.size() > 1 && conversion.slice != static_cast<int>(w)) continue;
                        all += 1.0;
                        held += conversion.magnitude <= hi ? 1.0 : 0.0;
                    }
                    return held / all;
                };
                EXPECT_GE(share(windows[w].hi), 0.9);
                EXPECT_TRUE(windows[w].hi == 1.0 || share(windows[w].hi - 1.0) < 0.9);
                ++compared;
            }
        }
    }
    EXPECT_GT(compared, 150);
}

TEST(Calibration, CountsOfPartsAddUpToThoseOfTheWhole) {
    const RandomCase c = calibrated_case(4, AdcCalibration::mse, AdcCalibrationScope::slice);
    const CrossbarLayer layer(c.parameters, c.rows, c.columns, c.weights, c.kernel_size, c.parameters.input_signed);
    SumCounts sum;
    std::vector<std::int32_t> one(static_cast<std::size_t>(c.rows));
    for (std::int64_t v = 0; v < c.vectors; ++v) {
        for (std::size_t k = 0; k < one.size(); ++k) {
            one[k] = c.inputs[k * static_cast<std::size_t>(c.vectors) + static_cast<std::size_t>(v)];
        }
        sum += layer.count_sums(one, 1);
    }
    EXPECT_EQ(sum.counts, layer.count_sums(c.inputs, c.vectors).counts);
}

}  // namespace
}  // namespace remask::test
