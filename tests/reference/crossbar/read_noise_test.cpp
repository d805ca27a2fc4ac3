// Is the noise of a column's read distributed as the sum of its cells' own, independent from read to read, and named by
// the vector's number alone?
#include <gtest/gtest.h>

#include <cmath>

#include "sim/crossbar/crossbar_engine.h"
#include "tests/unit/device/distribution.h"

namespace remask::test {
namespace {

constexpr std::int64_t rows = 16;
constexpr std::int64_t vectors = 20000;

/// One phase, one slice, no quantiser: an output is the sum of the positive cells' x·g less that of the negative ones'.
CrossbarParameters one_read() {
    CrossbarParameters p;
    p.weight_bits = 2;
    p.input_bits = 1;
    p.rows = 16;
    p.columns = 2;
    p.cell_bits = 1;
    p.dac_bits = 1;
    return p;
}

std::vector<double> outputs_of(const CrossbarParameters& p, const DeviceParameters& device,
                               std::int64_t count = vectors, std::int64_t first = 0) {
    const std::vector<std::int32_t> weights(rows, 1);
    const CrossbarLayer layer(p, rows, 1, weights, 1, false, {}, device, CellIdentity{7, 0, 0});
    std::vector<std::int32_t> inputs(static_cast<std::size_t>(rows * count), (1 << p.input_bits) - 1);
    std::vector<double> outputs(static_cast<std::size_t>(count));
    layer.multiply(inputs, count, {}, outputs, first);
    return outputs;
}

TEST(ReadNoise, ConstantNoiseAddsUpOverAllCellsThatAreDriven) {
    DeviceParameters device;
    device.read_noise = ReadNoise{NoiseModel::constant, 0.05};
    // 16 cells of each side, each with a deviation of 0.05 level units.
    expect_normal(outputs_of(one_read(), device), 16.0, 0.05 * std::sqrt(32.0));
    CrossbarParameters analog = one_read();
    analog.subtract = Subtract::analog;
    expect_normal(outputs_of(analog, device), 16.0, 0.05 * std::sqrt(32.0));
}

TEST(ReadNoise, ProportionalNoiseFollowsTheConductance) {
    DeviceParameters device;
    device.read_noise = ReadNoise{NoiseModel::proportional, 0.05};
    expect_normal(outputs_of(one_read(), device), 16.0, 0.05 * std::sqrt(16.0));  // negative cells hold 0
    CrossbarParameters finite = one_read();
    finite.on_off_ratio = 2.0;  // f = 1: positive cells hold 2, negative ones 1
    expect_normal(outputs_of(finite, device), 16.0, 0.05 * std::sqrt(16.0 * 4.0 + 16.0 * 1.0));
}

TEST(ReadNoise, ADigitOfSeveralBitsScalesTheNoise) {
    DeviceParameters device;
    device.read_noise = ReadNoise{NoiseModel::constant, 0.05};
    CrossbarParameters p = one_read();
    p.input_bits = 2;
    p.dac_bits = 2;  // x = 3 in one phase
    expect_normal(outputs_of(p, device), 48.0, 3.0 * 0.05 * std::sqrt(32.0));
    p.dac_bits = 1;  // two reads with places 1 and 2
    expect_normal(outputs_of(p, device), 48.0, 0.05 * std::sqrt(32.0 * (1.0 + 4.0)));
}

/// Traps in all cells: 16 − amplitude·Binomial(16, captured), each of its values with its probability.
TEST(TelegraphNoise, CapturedTrapsAreBinomial) {
    DeviceParameters device;
    device.telegraph_noise = TelegraphNoise{1.0, 0.25, 0.3};
    std::vector<double> counts(rows + 1, 0.0);
    for (const double y : outputs_of(one_read(), device)) {
        const double captured = (16.0 - y) / 0.25;
        ASSERT_EQ(captured, std::rint(captured));
        ASSERT_GE(captured, 0.0);
        ASSERT_LE(captured, 16.0);
        counts[static_cast<std::size_t>(captured)] += 1.0;
    }
    double ways = 1.0;  // 16 over k
    for (int k = 0; k <= rows; ++k) {
        const double p = ways * std::pow(0.3, k) * std::pow(0.7, 16 - k);
        EXPECT_NEAR(counts[static_cast<std::size_t>(k)] / vectors, p, 4.5 * std::sqrt(p * (1 - p) / vectors) + 1e-12)
            << k;
        ways = ways * (16 - k) / (k + 1);
    }
}

TEST(TelegraphNoise, TrapsBelongToCells) {
    DeviceParameters device;
    device.telegraph_noise = TelegraphNoise{0.5, 1.0, 1.0};  // always captured: such a cell reads as 0
    const std::vector<double> outputs = outputs_of(one_read(), device, 100);
    for (const double y : outputs) EXPECT_EQ(y, outputs[0]);
    // 16 cells with p = ½: all or none would be a chance of 2^−15.
    EXPECT_GT(outputs[0], 0.0);
    EXPECT_LT(outputs[0], 16.0);
}

TEST(ReadNoise, IsNamedByTheNumberOfTheVector) {
    DeviceParameters device;
    device.read_noise = ReadNoise{NoiseModel::constant, 0.05};
    device.telegraph_noise = TelegraphNoise{0.5, 0.1, 0.5};
    const std::vector<double> all = outputs_of(one_read(), device, 300);
    const std::vector<double> late = outputs_of(one_read(), device, 200, 100);
    EXPECT_TRUE(std::equal(late.begin(), late.end(), all.begin() + 100));
    double correlation = 0.0;  // of neighbours
    const Moments m = moments_of(all);
    for (std::size_t i = 1; i < all.size(); ++i) correlation += (all[i] - m.mean) * (all[i - 1] - m.mean);
    EXPECT_LT(std::abs(correlation / (299.0 * m.deviation * m.deviation)), 4.0 / std::sqrt(299.0));
}

}  // namespace
}  // namespace remask::test
