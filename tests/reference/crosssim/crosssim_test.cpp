// Does the engine give CrossSim's outputs, and see and convert what CrossSim's ADCs saw and converted?
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "sim/crossbar/crossbar_engine.h"

namespace remask {
namespace {

constexpr std::int64_t rows = 128;
constexpr std::int64_t columns = 64;
constexpr std::int64_t vectors = 8;
constexpr double tolerance = 2e-9;

std::vector<double> read_csv(const std::string& name) {
    std::ifstream file(std::string(REMASK_TEST_DIR) + "/" + name + ".csv");
    EXPECT_TRUE(file.good()) << name;
    std::vector<double> values;
    std::string line;
    while (std::getline(file, line)) {
        std::istringstream cells(line);
        std::string cell;
        while (std::getline(cells, cell, ',')) values.push_back(std::stod(cell));
    }
    return values;
}

CrossbarParameters two_bit_cells() {
    CrossbarParameters p;
    p.weight_bits = 8;
    p.input_bits = 8;
    p.rows = 128;
    p.columns = 128;
    p.cell_bits = 2;
    p.dac_bits = 1;
    return p;
}

CrossbarParameters analog(int adc_bits) {
    CrossbarParameters p = two_bit_cells();
    p.subtract = Subtract::analog;
    p.adc_bits = adc_bits;
    return p;
}

CrossbarParameters fixed(CrossbarParameters p, double lo, double hi) {
    p.adc_range = AdcRange::fixed;
    p.adc_lo = lo;
    p.adc_hi = hi;
    return p;
}

CrossbarParameters with_ratio(CrossbarParameters p, double ratio) {
    p.on_off_ratio = ratio;
    return p;
}

CrossbarParameters offset(int adc_bits) {
    CrossbarParameters p = two_bit_cells();
    p.encoding = Encoding::offset;
    p.adc_bits = adc_bits;
    return p;
}

CrossbarParameters one_slice() {
    CrossbarParameters p = analog(8);
    p.cell_bits = 7;
    p.dac_bits = 8;
    return p;
}

struct Case {
    std::string name;
    CrossbarParameters parameters;
    bool conversions;  ///< the ADC's inputs and outputs are on file
};

/// adc_max of cases.json.
constexpr double granular_8 = 42.499346405228756;
constexpr double granular_5 = 5.019607843137255;
constexpr double offset_max = 170.66666666666666;

std::vector<Case> cases() {
    static const std::vector<Case> all{
        {"A_bal_4sl_noadc", two_bit_cells(), false},
        {"B_bal_4sl_adc8_max", analog(8), true},
        {"B_bal_4sl_adc6_max", analog(6), true},
        {"B_bal_4sl_adc5_max", analog(5), true},
        {"C_bal_4sl_adc8_granular", fixed(analog(8), -3 * granular_8, 3 * granular_8), true},
        {"C_bal_4sl_adc5_granular", fixed(analog(5), -3 * granular_5, 3 * granular_5), true},
        {"E_bal_4sl_adc8_max_onoff100", with_ratio(analog(8), 100), true},
        {"F_off_4sl_adc8_max", fixed(offset(8), 0, 3 * offset_max), true},
        {"F_off_4sl_noadc", offset(0), false},
        {"G_bal_1sl_adc8_max", one_slice(), false},
    };
    return all;
}

std::vector<Case> cases_with_conversions() {
    std::vector<Case> some = cases();
    std::erase_if(some, [](const Case& c) { return !c.conversions; });
    return some;
}

std::string name_of(const testing::TestParamInfo<Case>& chosen) {
    return chosen.param.name;
}

class CrossSim : public testing::TestWithParam<Case> {
protected:
    CrossSim() {
        const std::vector<double> w = read_csv("W_128x64");
        const std::vector<double> x = read_csv("X_8x128");
        weights_.assign(w.begin(), w.end());
        inputs_.resize(x.size());
        for (std::size_t v = 0; v < vectors; ++v) {
            for (std::size_t k = 0; k < rows; ++k) {
                inputs_[k * vectors + v] = static_cast<std::int32_t>(x[v * rows + k]);
            }
        }
    }
    CrossbarLayer layer() const { return CrossbarLayer(GetParam().parameters, rows, columns, weights_, 1, false); }
    std::vector<std::int32_t> weights_;
    std::vector<std::int32_t> inputs_;
};

TEST_P(CrossSim, Outputs) {
    const std::vector<double> expected = read_csv(GetParam().name);
    ASSERT_EQ(expected.size(), static_cast<std::size_t>(vectors * columns));
    std::vector<double> fast(expected.size());
    std::vector<double> reference(expected.size());
    layer().multiply(inputs_, vectors, {}, fast);
    layer().multiply_reference(inputs_, vectors, {}, reference);
    for (std::size_t v = 0; v < vectors; ++v) {
        for (std::size_t n = 0; n < columns; ++n) {
            const double wanted = expected[v * columns + n];
            const double allowed = tolerance * std::max(1.0, std::abs(wanted));
            EXPECT_NEAR(fast[n * vectors + v], wanted, allowed) << "vector " << v << ", column " << n;
            EXPECT_EQ(fast[n * vectors + v], reference[n * vectors + v]);
        }
    }
}

class CrossSimConversions : public CrossSim {};

TEST_P(CrossSimConversions, OfVectorZero) {
    const std::vector<double> seen = read_csv(GetParam().name + "_adc_in_x0");
    const std::vector<double> given = read_csv(GetParam().name + "_adc_out_x0");
    const CrossbarParameters& p = GetParam().parameters;
    const double ratio = p.on_off_ratio > 0 ? p.on_off_ratio / (p.on_off_ratio - 1) : 1.0;
    const double unit = 3.0 * ratio;  // level units of one fully-on cell
    const CrossbarLayer engine = layer();
    const AdcWindow window = engine.adc_windows().at(0);
    const double levels = std::ldexp(1.0, p.adc_bits) - (window.lo == -window.hi ? 1.0 : 0.0);
    const double step = (window.hi - window.lo) / (levels - 1.0);
    std::vector<double> outputs(static_cast<std::size_t>(vectors * columns));
    std::size_t checked = 0;
    engine.multiply_reference(inputs_, vectors, {}, outputs, [&](const Conversion& c) {
        if (c.vector != 0) return;
        const auto at = static_cast<std::size_t>((c.phase * 4 + c.slice) * columns + c.column);
        EXPECT_NEAR(c.sum / unit, seen.at(at), tolerance * 100) << "phase " << c.phase << " slice " << c.slice;
        EXPECT_NEAR((window.lo + static_cast<double>(c.code) * step) / unit, given.at(at), tolerance * 100)
            << "phase " << c.phase << " slice " << c.slice << " column " << c.column;
        ++checked;
    });
    EXPECT_EQ(checked, seen.size());
}

INSTANTIATE_TEST_SUITE_P(Cases, CrossSim, testing::ValuesIn(cases()), name_of);
INSTANTIATE_TEST_SUITE_P(Cases, CrossSimConversions, testing::ValuesIn(cases_with_conversions()), name_of);

}  // namespace
}  // namespace remask
