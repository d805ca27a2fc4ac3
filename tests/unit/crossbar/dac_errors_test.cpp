// DACs with errors, without an ADC: the product of the levels that they really give, exactly.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "sim/base/random.h"
#include "sim/crossbar/crossbar_engine.h"
#include "sim/device/dac_levels.h"

namespace remask {
namespace {

constexpr std::int64_t rows = 70, columns = 9, vectors = 6;
constexpr CellIdentity chip{8, 1, 0};

CrossbarParameters design(int dac_bits, Encoding encoding) {
    CrossbarParameters p;
    p.weight_bits = 8;
    p.input_bits = 8;
    p.rows = 32;     // row tiles of 32, 32 and 6
    p.columns = 32;  // 4 or 8 weights an array
    p.cell_bits = 2;
    p.dac_bits = dac_bits;
    p.encoding = encoding;
    return p;
}

/// Σ_k w_k·Σ_i 2^(d·i)·x̃_k(digit i), x̃ the level of the row's DAC in the column's array.
TEST(DacErrorsInArrays, ScaleEachDigitOfEachRow) {
    for (const int dac_bits : {1, 2, 4, 8}) {
        for (const Encoding encoding : {Encoding::differential, Encoding::offset}) {
            DeviceParameters device;
            device.dac_errors.emplace();
            device.dac_errors->gain = 0.1;
            device.dac_errors->inl_bow = 0.2;
            const CrossbarParameters p = design(dac_bits, encoding);
            RandomStream random(3, "DAC errors test");
            std::vector<std::int32_t> weights, inputs;
            for (int i = 0; i < rows * columns; ++i)
                weights.push_back(static_cast<std::int32_t>(random.below(255)) - 127);
            for (int i = 0; i < rows * vectors; ++i) inputs.push_back(static_cast<std::int32_t>(random.below(256)));
            const CrossbarLayer layer(p, rows, columns, weights, 1, false, {}, device, chip);
            std::vector<double> outputs(static_cast<std::size_t>(columns * vectors));
            layer.multiply(inputs, vectors, {}, outputs);
            const std::int64_t per_array = encoding == Encoding::offset ? 8 : 4;
            const std::int64_t offset = encoding == Encoding::offset ? 128 : 0;
            for (std::int64_t n = 0; n < columns; ++n) {
                for (std::int64_t v = 0; v < vectors; ++v) {
                    double expected = 0.0;
                    for (std::int64_t k = 0; k < rows; ++k) {
                        const std::int32_t x = inputs[static_cast<std::size_t>(k * vectors + v)];
                        const std::int64_t w = weights[static_cast<std::size_t>(k * columns + n)];
                        const auto levels =
                            dac_levels(*device.dac_errors, chip, {k / 32, n / per_array, k % 32}, dac_bits);
                        double seen = 0.0;
                        for (int shift = 0; shift < 8; shift += dac_bits) {
                            const auto digit = static_cast<std::size_t>((x >> shift) & ((1 << dac_bits) - 1));
                            seen += std::ldexp(levels[digit] / 1024.0, shift);
                        }
                        expected += static_cast<double>(w + offset) * seen - static_cast<double>(offset * x);
                    }
                    EXPECT_EQ(outputs[static_cast<std::size_t>(n * vectors + v)], expected);  // multiples of 2^−10
                }
            }
        }
    }
}

/// A table that all DACs share: digit 3 gives 2.5 steps.
TEST(DacErrorsInArrays, LevelsOfATableAreThoseOfEveryRow) {
    const CrossbarParameters p = design(2, Encoding::differential);
    DeviceParameters device;
    device.dac_errors.emplace();
    device.dac_errors->levels = {0, 1, 2, 2.5};
    const std::vector<std::int32_t> weights(rows, 1);
    std::vector<std::int32_t> inputs(rows, 0);
    inputs[0] = 3;        // 2.5
    inputs[40] = 0b1101;  // 4·2.5 + 1
    const CrossbarLayer layer(p, rows, 1, weights, 1, false, {}, device, chip);
    std::vector<double> outputs(1);
    layer.multiply(inputs, 1, {}, outputs);
    EXPECT_EQ(outputs[0], 13.5);
}

}  // namespace
}  // namespace remask
