// With effects of the cells on: is the fast path the reference to the last bit, and is an effect that changes nothing
// the same as none?
#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "sim/base/random.h"
#include "tests/reference/crossbar/by_kernel.h"
#include "tests/reference/crossbar/random_case.h"

namespace remask::test {
namespace {

ProgrammingError error_of(ErrorModel model, double strength) {
    ProgrammingError error;
    error.model = model;
    error.strength = strength;
    return error;
}

AdcErrors random_adc_errors(RandomStream& random) {
    AdcErrors errors;
    errors.offset = 2.0 * random.uniform();
    if (random.below(2) == 0) errors.gain = 0.1 * random.uniform();
    if (random.below(2) == 0) errors.inl_bow = 3.0 * random.uniform();
    if (random.below(2) == 0) errors.inl_s_shape = 2.0 * random.uniform();
    errors.adcs_per_array = 1 + static_cast<int>(random.below(40));
    return errors;
}

DacErrors random_dac_errors(RandomStream& random) {
    DacErrors errors;
    errors.fraction_bits = static_cast<int>(random.below(11));
    errors.gain = 0.1 * random.uniform();
    if (random.below(2) == 0) errors.inl_bow = random.uniform();
    if (random.below(2) == 0) errors.inl_s_shape = random.uniform();
    return errors;
}

DeviceParameters random_device(std::uint64_t seed) {
    RandomStream random(seed, "random device");
    DeviceParameters device;
    device.conductance_fraction_bits = static_cast<int>(random.below(12));
    if (random.below(3) != 0) {
        const ErrorModel model = random.below(2) == 0 ? ErrorModel::constant : ErrorModel::proportional;
        device.programming_error = error_of(model, 0.3 * random.uniform());
    }
    if (device.programming_error && random.below(3) == 0) device.write_verify = WriteVerify{0.1, 4};
    if (random.below(3) == 0) {
        device.drift = Drift{Time::from_si(86400), Time::from_si(1), 0.1 * random.uniform(), 0.05 * random.uniform()};
    }
    if (random.below(2) == 0) device.stuck_on = 0.2 * random.uniform();
    if (random.below(2) == 0) device.stuck_off = 0.2 * random.uniform();
    if (random.below(3) == 0) {
        const NoiseModel model = random.below(2) == 0 ? NoiseModel::constant : NoiseModel::proportional;
        device.read_noise = ReadNoise{model, 0.2 * random.uniform()};
    }
    if (random.below(4) == 0) device.telegraph_noise = TelegraphNoise{random.uniform(), random.uniform(), 0.4};
    RandomStream converters(seed, "random converters");
    if (converters.below(3) == 0) device.adc_errors = random_adc_errors(converters);
    if (converters.below(3) == 0) device.dac_errors = random_dac_errors(converters);
    return device;
}

CrossbarLayer layer_of(const RandomCase& c, const DeviceParameters& device) {
    return CrossbarLayer(c.parameters, c.rows, c.columns, c.weights, c.kernel_size, c.parameters.input_signed, {},
                         device, CellIdentity{5, 1, 2});
}

std::vector<double> product(const CrossbarLayer& layer, const RandomCase& c) {
    std::vector<double> outputs(static_cast<std::size_t>(c.columns * c.vectors), -1.0);
    layer.multiply(c.inputs, c.vectors, {c.mask, c.mask_per_row_group}, outputs);
    return outputs;
}

void expect_same_bits(const std::vector<double>& a, const std::vector<double>& b) {
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i] == 0.0 && b[i] == 0.0) continue;  // the page fixes values, not the sign of zero
        ASSERT_EQ(std::bit_cast<std::uint64_t>(a[i]), std::bit_cast<std::uint64_t>(b[i]))
            << "at " << i << ": " << a[i] << " against " << b[i];
    }
}

/// 16-bit digits times 8-bit cells with 11 bits of fraction may need more than 31 bits.
bool fits(const RandomCase& c, const DeviceParameters& device) {
    const int dac_fraction = device.dac_errors ? device.dac_errors->fraction_bits : 0;
    const int bits = c.parameters.dac_bits + c.parameters.cell_bits + device.conductance_fraction_bits + dac_fraction;
    if (device.dac_errors && c.parameters.dac_bits > 8) return false;
    const double digits = c.parameters.input_bits + c.parameters.weight_bits + bits + std::log2(c.rows) + 2;
    return bits + 8 < 31 && digits < 53;
}

class DeviceEffectsByKernel : public ByKernel {};

/// Does the device give the bits of the ideal one, where no floor tells them apart?
void expect_ideal_bits(const DeviceParameters& device) {
    std::int64_t tried = 0;
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
        const RandomCase c = random_case(seed);
        if (c.parameters.on_off_ratio > 0.0 || !fits(c, device)) continue;
        SCOPED_TRACE("case " + std::to_string(seed) + ": " + c.text());
        expect_same_bits(product(layer_of(c, {}), c), product(layer_of(c, device), c));
        ++tried;
        if (testing::Test::HasFailure()) return;
    }
    EXPECT_GT(tried, 150);
}

/// Compares outputs and statistics of both paths; what the fast one did.
EngineStatistics expect_fast_equals_reference(const CrossbarLayer& layer, const RandomCase& c) {
    std::vector<double> expected(static_cast<std::size_t>(c.columns * c.vectors));
    std::vector<double> fast(expected.size(), -1.0);
    std::int64_t conversions = 0;
    std::int64_t clipped = 0;
    const PeripheryMask mask{c.mask, c.mask_per_row_group};
    layer.multiply_reference(c.inputs, c.vectors, mask, expected, [&](const Conversion& conversion) {
        ++conversions;
        clipped += conversion.clipped ? 1 : 0;
    });
    const EngineStatistics statistics = layer.multiply(c.inputs, c.vectors, mask, fast);
    expect_same_bits(expected, fast);
    EXPECT_EQ(statistics.conversions_simulated + statistics.conversions_proved_exact, conversions);
    EXPECT_EQ(statistics.conversions_clipped, clipped);
    return statistics;
}

INSTANTIATE_TEST_SUITE_P(Kernels, DeviceEffectsByKernel, testing::ValuesIn(kernels_here()),
                         [](const auto& kernel) { return std::string(kernel.param); });

TEST_P(DeviceEffectsByKernel, FastEqualsReferenceOverRandomConfigurations) {
    EngineStatistics all;
    std::int64_t by_this_kernel = 0;
    std::int64_t tried = 0;
    std::int64_t noisy = 0;
    for (std::uint64_t seed = 0; seed < 900; ++seed) {
        const RandomCase c = random_case(seed + 5000);
        const DeviceParameters device = random_device(seed);
        if (!device.changes_anything() || !fits(c, device)) continue;
        SCOPED_TRACE("case " + std::to_string(seed) + ": " + c.text());
        const CrossbarLayer layer = layer_of(c, device);
        all += expect_fast_equals_reference(layer, c);
        ++tried;
        noisy += device.changes_reads() ? 1 : 0;
        by_this_kernel += !device.changes_reads() && layer.kernel() == GetParam() ? 1 : 0;
        if (testing::Test::HasFailure()) return;
    }
    EXPECT_GT(tried, 400);
    EXPECT_GT(noisy, 150);
    EXPECT_GT(by_this_kernel, tried / 8);
    EXPECT_GT(all.conversions_simulated, 100000);
    EXPECT_GT(all.conversions_clipped, 10000);
}

/// Converters with errors alone: where sums and codes fit bytes, each kernel has a table for every ADC.
TEST_P(DeviceEffectsByKernel, AdcsWithErrorsOverRandomConfigurations) {
    EngineStatistics all;
    std::int64_t by_this_kernel = 0;
    std::int64_t tried = 0;
    for (std::uint64_t seed = 0; seed < 1500; ++seed) {
        const RandomCase c = random_case(seed + 20000);
        if (c.parameters.adc_bits == 0) continue;
        SCOPED_TRACE("case " + std::to_string(seed) + ": " + c.text());
        RandomStream random(seed, "random ADCs");
        DeviceParameters device;
        device.adc_errors = random_adc_errors(random);
        const CrossbarLayer layer = layer_of(c, device);
        all += expect_fast_equals_reference(layer, c);
        by_this_kernel += layer.kernel() == GetParam() ? 1 : 0;
        ++tried;
        if (testing::Test::HasFailure()) return;
    }
    EXPECT_GT(tried, 1200);
    EXPECT_GT(by_this_kernel, tried / 10);
    EXPECT_GT(all.conversions_simulated, 1000000);
    EXPECT_EQ(all.conversions_proved_exact, 0);
    EXPECT_GT(all.conversions_clipped, 100000);
}

/// DACs with errors alone: one bit on every kernel, more of them conversion by conversion.
TEST_P(DeviceEffectsByKernel, DacsWithErrorsOverRandomConfigurations) {
    EngineStatistics all;
    std::int64_t by_this_kernel = 0;
    std::int64_t several_digits = 0;
    std::int64_t tried = 0;
    for (std::uint64_t seed = 0; seed < 900; ++seed) {
        const RandomCase c = random_case(seed + 40000);
        SCOPED_TRACE("case " + std::to_string(seed) + ": " + c.text());
        RandomStream random(seed, "random DACs");
        DeviceParameters device;
        device.dac_errors = random_dac_errors(random);
        device.conductance_fraction_bits = 4;  // of the cells' floors
        if (!fits(c, device)) continue;
        const CrossbarLayer layer = layer_of(c, device);
        all += expect_fast_equals_reference(layer, c);
        by_this_kernel += layer.kernel() == GetParam() ? 1 : 0;
        several_digits += c.parameters.dac_bits > 1 ? 1 : 0;
        ++tried;
        if (testing::Test::HasFailure()) return;
    }
    EXPECT_GT(tried, 500);
    EXPECT_GT(several_digits, 100);
    EXPECT_GT(by_this_kernel, tried / 10);
    EXPECT_GT(all.conversions_clipped, 10000);
}

/// DAC levels with errors far below 2^−F': every level rounds to its digit.
TEST(DeviceEffects, DacLevelsThatRoundToDigitsGiveTheIdealBits) {
    DeviceParameters device;
    device.dac_errors.emplace();
    device.dac_errors->gain = 1e-9;
    device.conductance_fraction_bits = 0;
    expect_ideal_bits(device);
}

TEST(DeviceEffects, StrengthZeroIsOff) {
    DeviceParameters off;
    off.seed = 99;
    off.conductance_fraction_bits = 3;
    off.programming_error = error_of(ErrorModel::proportional, 0.0);
    off.write_verify = WriteVerify{0.0, 5};
    off.drift = Drift{Time::from_si(1e6), Time::from_si(1), 0.0, 0.0};
    off.read_noise = ReadNoise{NoiseModel::proportional, 0.0};
    off.telegraph_noise = TelegraphNoise{0.0, 0.5, 0.5};
    off.adc_errors = AdcErrors{};
    off.dac_errors = DacErrors{};
    DeviceParameters at_once;  // no time has passed
    at_once.drift = Drift{Time::from_si(1), Time::from_si(1), 0.1, 0.1};
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        const RandomCase c = random_case(seed);
        SCOPED_TRACE("case " + std::to_string(seed) + ": " + c.text());
        expect_same_bits(product(layer_of(c, {}), c), product(layer_of(c, off), c));
        expect_same_bits(product(layer_of(c, {}), c), product(layer_of(c, at_once), c));
        if (testing::Test::HasFailure()) return;
    }
}

/// The fixed-point path with errors far below 2^−F: every conductance rounds to its level, and every bit must be that
/// of the path for ideal cells.
TEST(DeviceEffects, ConductancesThatRoundToLevelsGiveTheIdealBits) {
    DeviceParameters device;
    device.programming_error = error_of(ErrorModel::constant, 1e-9);
    expect_ideal_bits(device);
}

/// A finite on/off ratio whose floor is a multiple of 2^−F: 2-bit cells and ρ = 4 have f = 1.
TEST(DeviceEffects, AFloorInsideTheConductanceIsTheFloorBesideIt) {
    DeviceParameters device;
    device.programming_error = error_of(ErrorModel::constant, 1e-9);
    std::int64_t tried = 0;
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
        RandomCase c = random_case(seed);
        if (c.parameters.adc_bits == 0 || !fits(c, device)) continue;
        c.parameters.cell_bits = 2;
        c.parameters.on_off_ratio = 4.0;
        c.parameters.adc_slice_bits.clear();
        c.parameters.columns = 64;
        SCOPED_TRACE("case " + std::to_string(seed) + ": " + c.text());
        expect_same_bits(product(layer_of(c, {}), c), product(layer_of(c, device), c));
        ++tried;
        if (testing::Test::HasFailure()) return;
    }
    EXPECT_GT(tried, 150);
}

}  // namespace
}  // namespace remask::test
