// Does the fast path give the plain reference's outputs to the last bit, over random shapes, in any batch and on any
// threads?
#include <gtest/gtest.h>

#include <bit>
#include <map>

#include "sim/base/parallel.h"
#include "tests/reference/crossbar/by_kernel.h"
#include "tests/reference/crossbar/random_case.h"

namespace remask::test {
namespace {

constexpr std::uint64_t cases = 2000;

class FastEqualsReference : public ByKernel {};

INSTANTIATE_TEST_SUITE_P(Kernels, FastEqualsReference, testing::ValuesIn(kernels_here()),
                         [](const auto& kernel) { return std::string(kernel.param); });

CrossbarLayer layer_of(const RandomCase& c) {
    return CrossbarLayer(c.parameters, c.rows, c.columns, c.weights, c.kernel_size, c.parameters.input_signed);
}

void expect_same_bits(const std::vector<double>& a, const std::vector<double>& b) {
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
        // +0 and -0 are the same output: the page fixes values, not the sign of zero.
        if (a[i] == 0.0 && b[i] == 0.0) continue;
        ASSERT_EQ(std::bit_cast<std::uint64_t>(a[i]), std::bit_cast<std::uint64_t>(b[i]))
            << "at " << i << ": " << a[i] << " against " << b[i];
    }
}

TEST_P(FastEqualsReference, OutputsAndStatisticsOverRandomConfigurations) {
    ThreadPool pool(2);
    EngineStatistics all;
    std::uint64_t by_this_kernel = 0;
    for (std::uint64_t seed = 0; seed < cases; ++seed) {
        const RandomCase c = random_case(seed);
        SCOPED_TRACE("case " + std::to_string(seed) + ": " + c.text());
        const CrossbarLayer layer = layer_of(c);
        const PeripheryMask mask{c.mask, c.mask_per_row_group};
        std::vector<double> expected(static_cast<std::size_t>(c.columns * c.vectors));
        std::vector<double> fast(expected.size(), -1.0);
        by_this_kernel += layer.kernel() == GetParam() ? 1 : 0;
        std::int64_t conversions = 0;
        std::int64_t clipped = 0;
        layer.multiply_reference(c.inputs, c.vectors, mask, expected, [&](const Conversion& conversion) {
            ++conversions;
            clipped += conversion.clipped ? 1 : 0;
        });
        const EngineStatistics statistics = layer.multiply(c.inputs, c.vectors, mask, fast);
        expect_same_bits(expected, fast);
        EXPECT_EQ(statistics.conversions_simulated + statistics.conversions_proved_exact, conversions);
        EXPECT_EQ(statistics.conversions_clipped, clipped);
        all += statistics;
        std::vector<std::vector<double>> both(2, std::vector<double>(expected.size(), -1.0));
        pool.run(2, [&](std::int64_t i, int) {
            layer.multiply(c.inputs, c.vectors, mask, both[static_cast<std::size_t>(i)]);
        });
        for (const auto& one : both) expect_same_bits(expected, one);
        if (testing::Test::HasFailure()) return;
    }
    // The cases exercise the kernel, both paths and the clipping.
    EXPECT_GT(by_this_kernel, cases / 4);
    EXPECT_GT(all.conversions_simulated, 100000);
    EXPECT_GT(all.conversions_proved_exact, 100000);
    EXPECT_GT(all.conversions_clipped, 10000);
}

TEST(CountCodes, CountsWhatThePlainReferenceConverts) {
    std::int64_t counted = 0;
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        const RandomCase c = random_case(seed);
        SCOPED_TRACE("case " + std::to_string(seed) + ": " + c.text());
        DeviceParameters device;
        if (seed % 3 == 0) device.programming_error = ProgrammingError{ErrorModel::constant, 0.05};
        const CrossbarLayer layer(c.parameters, c.rows, c.columns, c.weights, c.kernel_size, c.parameters.input_signed,
                                  {}, device);
        std::vector<CodeCounts> counts = layer.count_codes(c.inputs, c.vectors);
        if (c.parameters.adc_bits == 0) {
            EXPECT_TRUE(counts.empty());
            continue;
        }
        std::map<std::pair<int, int>, CodeCounts> expected;
        std::vector<double> outputs(static_cast<std::size_t>(c.columns * c.vectors));
        layer.multiply_reference(c.inputs, c.vectors, {}, outputs, [&](const Conversion& conversion) {
            CodeCounts& of_plane = expected[{conversion.slice, conversion.side}];
            of_plane.codes.resize(std::size_t{1} << c.parameters.adc_bits);
            ++of_plane.codes.at(static_cast<std::size_t>(conversion.code));
            if (conversion.clipped) ++(conversion.code == 0 ? of_plane.clipped_low : of_plane.clipped_high);
        });
        ASSERT_EQ(counts.size(), expected.size());
        auto plane = counts.begin();
        for (const auto& [where, of_plane] : expected) {
            EXPECT_EQ(std::make_pair(plane->slice, plane->side), where);
            plane->codes.resize(
                of_plane.codes.size());  // fewer where the range is symmetric or the slice has fewer bits
            EXPECT_EQ(plane->codes, of_plane.codes);
            EXPECT_EQ(plane->clipped_low, of_plane.clipped_low);
            EXPECT_EQ(plane->clipped_high, of_plane.clipped_high);
            counted += summary_of(*plane).conversions;
            ++plane;
        }
        if (testing::Test::HasFailure()) return;
    }
    EXPECT_GT(counted, 100000);
}

TEST_P(FastEqualsReference, OneVectorAtATimeGivesTheBatch) {
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        const RandomCase c = random_case(seed);
        SCOPED_TRACE("case " + std::to_string(seed) + ": " + c.text());
        const CrossbarLayer layer = layer_of(c);
        const PeripheryMask mask{c.mask, c.mask_per_row_group};
        std::vector<double> batch(static_cast<std::size_t>(c.columns * c.vectors));
        layer.multiply(c.inputs, c.vectors, mask, batch);
        std::vector<double> single(batch.size());
        std::vector<std::int32_t> input(static_cast<std::size_t>(c.rows));
        std::vector<double> output(static_cast<std::size_t>(c.columns));
        for (std::int64_t v = 0; v < c.vectors; ++v) {
            for (std::size_t k = 0; k < input.size(); ++k) {
                input[k] = c.inputs[k * static_cast<std::size_t>(c.vectors) + static_cast<std::size_t>(v)];
            }
            layer.multiply(input, 1, mask, output);
            for (std::size_t n = 0; n < output.size(); ++n) {
                single[n * static_cast<std::size_t>(c.vectors) + static_cast<std::size_t>(v)] = output[n];
            }
        }
        expect_same_bits(batch, single);
    }
}

TEST_P(FastEqualsReference, TwoThreadsOnOneLayer) {
    ThreadPool pool(2);
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        const RandomCase c = random_case(seed);
        const CrossbarLayer layer = layer_of(c);
        const PeripheryMask mask{c.mask, c.mask_per_row_group};
        std::vector<double> expected(static_cast<std::size_t>(c.columns * c.vectors));
        layer.multiply(c.inputs, c.vectors, mask, expected);
        std::vector<std::vector<double>> outputs(8, std::vector<double>(expected.size()));
        pool.run(8, [&](std::int64_t chunk, int) {
            layer.multiply(c.inputs, c.vectors, mask, outputs[static_cast<std::size_t>(chunk)]);
        });
        for (const auto& output : outputs) expect_same_bits(expected, output);
    }
}

}  // namespace
}  // namespace remask::test
