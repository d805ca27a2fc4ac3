// Are wrong parameters refused with a message that says where and why, and does the geometry follow the page?
#include "sim/hardware/crossbar_parameters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "sim/base/diagnostics.h"
#include "sim/crossbar/crossbar_engine.h"

namespace remask {
namespace {

using testing::HasSubstr;

CrossbarParameters sound() {
    CrossbarParameters p;
    p.weight_bits = 8;
    p.input_bits = 8;
    p.rows = 128;
    p.columns = 128;
    p.cell_bits = 2;
    p.dac_bits = 1;
    p.adc_bits = 8;
    return p;
}

std::string fault_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const ConfigError& error) {
        std::string all;
        for (const Diagnostic& d : error.diagnostics()) all += d.path + ": " + d.message + "\n";
        return all;
    }
    return "no fault";
}

struct Wrong {
    const char* path;
    const char* says;
    std::function<void(CrossbarParameters&)> spoil;
};

TEST(CrossbarParametersCheck, SoundOnesPass) {
    EXPECT_NO_THROW(validate(sound()));
}

CrossbarParameters with_wires() {
    CrossbarParameters p = sound();
    p.wires.emplace();
    p.wires->on_resistance = Resistance::from_si(6000);
    p.wires->row_segment = p.wires->column_segment = Resistance::from_si(1);
    return p;
}

TEST(CrossbarParametersCheck, FaultsOfWiresAreNamed) {
    EXPECT_NO_THROW(validate(with_wires()));
    const auto to_source_line = [](auto& p) {
        p.wires->layout = WireLayout::source_line;
        p.wires->source_segment = p.wires->row_segment;
        p.wires->row_segment.reset();
        p.wires->input_density = 0.25;
    };
    const std::vector<Wrong> faults{
        {"crossbar.wires.row_segment", "needs it", [](auto& p) { p.wires->row_segment.reset(); }},
        {"crossbar.wires.column_segment", "must be from 0",
         [](auto& p) { p.wires->column_segment = Resistance::from_si(-1); }},
        {"crossbar.wires.on_resistance", "must be from", [](auto& p) { p.wires->on_resistance = Resistance(); }},
        {"crossbar.wires.source_segment", "no source line", [](auto& p) { p.wires->input_density = 0.5; }},
        {"crossbar.wires.row_segment", "carry no current",
         [&](auto& p) { to_source_line(p), p.wires->row_driver = Resistance::from_si(1); }},
        {"crossbar.wires.source_segment", "needs it",
         [&](auto& p) { to_source_line(p), p.wires->source_segment.reset(); }},
        {"crossbar.wires.input_density", "above 0", [&](auto& p) { to_source_line(p), p.wires->input_density = 0; }},
        {"crossbar.wires.layout", "dac_bits: 1", [&](auto& p) { to_source_line(p), p.dac_bits = 2; }},
        {"crossbar.wires.interleaved", "needs subtract: analog", [](auto& p) { p.wires->interleaved = true; }},
        {"crossbar.wires", "at most 2048", [](auto& p) { p.rows = 4096; }},
    };
    for (const Wrong& wrong : faults) {
        CrossbarParameters p = with_wires();
        wrong.spoil(p);
        const std::string said = fault_of([&] { validate(p); });
        EXPECT_THAT(said, HasSubstr(std::string(wrong.path) + ": "));
        EXPECT_THAT(said, HasSubstr(wrong.says));
    }
    CrossbarParameters p = with_wires();
    to_source_line(p);
    EXPECT_NO_THROW(validate(p));
}

TEST(CrossbarParametersCheck, EveryFaultIsNamed) {
    const std::vector<Wrong> faults{
        {"crossbar.weight_bits", "from 2 to 16", [](auto& p) { p.weight_bits = 1; }},
        {"crossbar.active_rows", "more rows", [](auto& p) { p.active_rows = 129; }},
        {"crossbar.dac_bits", "more bits", [](auto& p) { p.dac_bits = 9; }},
        {"crossbar.dac_bits", "two's complement", [](auto& p) { p.input_signed = true, p.dac_bits = 2; }},
        {"crossbar.subtract", "nothing to subtract",
         [](auto& p) { p.encoding = Encoding::offset, p.subtract = Subtract::analog; }},
        {"crossbar.column_flip", "subtract: digital",
         [](auto& p) { p.column_flip = true, p.subtract = Subtract::analog; }},
        {"crossbar.adc_slice_bits", "each of the 4 slices",
         [](auto& p) {
             p.adc_slice_bits = {8, 8, 8};
         }},
        {"crossbar.adc_slice_bits", "more bits than the ADC",
         [](auto& p) {
             p.adc_slice_bits = {8, 8, 8, 9};
         }},
        {"crossbar.adc_slice_bits", "at least 2 bits",
         [](auto& p) {
             p.subtract = Subtract::analog, p.adc_slice_bits = {8, 8, 8, 1};
         }},
        {"crossbar.adc_calibration", "adc_range: calibrated", [](auto& p) { p.adc_calibration = AdcCalibration::mse; }},
        {"crossbar.adc_calibration_scope", "adc_range: calibrated",
         [](auto& p) { p.adc_calibration_scope = AdcCalibrationScope::slice; }},
        {"crossbar.adc_bits", "at least 2 bits", [](auto& p) { p.subtract = Subtract::analog, p.adc_bits = 1; }},
        {"crossbar.adc_bits", "at least 2 bits",
         [](auto& p) { p.adc_range = AdcRange::fixed, p.adc_lo = -4, p.adc_hi = 4, p.adc_bits = 1; }},
        {"crossbar.adc_hi", "empty", [](auto& p) { p.adc_range = AdcRange::fixed, p.adc_lo = 4, p.adc_hi = 4; }},
        {"crossbar.on_off_ratio", "above 1", [](auto& p) { p.on_off_ratio = 1.0; }},
        {"crossbar.adc_percentile", "from 50 to 100", [](auto& p) { p.adc_percentile = 101; }},
    };
    for (const Wrong& wrong : faults) {
        CrossbarParameters p = sound();
        wrong.spoil(p);
        const std::string said = fault_of([&] { validate(p); });
        EXPECT_THAT(said, HasSubstr(std::string(wrong.path) + ": "));
        EXPECT_THAT(said, HasSubstr(wrong.says));
    }
}

TEST(CrossbarParametersCheck, AllFaultsAtOnce) {
    CrossbarParameters p = sound();
    p.rows = 0;
    p.on_off_ratio = 0.5;
    const std::string said = fault_of([&] { validate(p); });
    EXPECT_THAT(said, HasSubstr("crossbar.rows"));
    EXPECT_THAT(said, HasSubstr("crossbar.on_off_ratio"));
}

TEST(CrossbarGeometryOf, DenseRowsAndShortLastGroup) {
    CrossbarParameters p = sound();
    p.active_rows = 50;
    const CrossbarGeometry g = geometry_of(p, 300, 40);
    EXPECT_EQ(g.row_tiles, 3);  // 128 + 128 + 44
    EXPECT_EQ(g.tile_rows(2), 44);
    EXPECT_EQ(g.tile_groups(0), 3);  // 50 + 50 + 28
    EXPECT_EQ(g.row_groups, 3 + 3 + 1);
    EXPECT_EQ(g.slices, 4);  // ceil(7/2)
    EXPECT_EQ(g.phases, 8);
    EXPECT_EQ(g.logical_columns_per_array, 16);  // 128/(4·2)
    EXPECT_EQ(g.column_tiles, 3);
}

TEST(CrossbarGeometryOf, KernelPackingKeepsKernelsWhole) {
    CrossbarParameters p = sound();
    p.row_packing = RowPacking::kernel;
    p.active_rows = 9;
    const CrossbarGeometry g = geometry_of(p, 16 * 9, 16, 9);
    EXPECT_EQ(g.rows_per_tile, 126);  // 14 kernels of 9 rows
    EXPECT_EQ(g.row_tiles, 2);
    EXPECT_EQ(g.row_groups, 16);  // one a kernel
}

TEST(CrossbarGeometryOf, RefusesWhatDoesNotFit) {
    CrossbarParameters p = sound();
    p.row_packing = RowPacking::kernel;
    EXPECT_THAT(fault_of([&] { geometry_of(p, 169, 1, 169); }), HasSubstr("does not fit an array of 128 rows"));
    p = sound();
    p.columns = 7;
    EXPECT_THAT(fault_of([&] { geometry_of(p, 1, 1); }), HasSubstr("a weight needs 8 columns"));
}

TEST(CrossbarLayerErrors, NamesTheWeightThatDoesNotFit) {
    const std::vector<std::int32_t> weights{1, -127, 127, 3, -128, 5};
    EXPECT_THAT(fault_of([&] { CrossbarLayer(sound(), 2, 3, weights, 1, false); }), HasSubstr("weight [1, 1] = -128"));
}

TEST(CrossbarLayerErrors, UncalibratedLayersOnlyCalibrate) {
    CrossbarParameters p = sound();
    p.adc_range = AdcRange::calibrated;
    const std::vector<std::int32_t> weights{1, 2};
    const CrossbarLayer layer(p, 2, 1, weights, 1, false);
    const std::vector<std::int32_t> inputs{3, 4};
    std::vector<double> outputs(1);
    EXPECT_THROW(layer.multiply(inputs, 1, {}, outputs), InternalError);
    EXPECT_NO_THROW(layer.calibrate(inputs, 1));
}

}  // namespace
}  // namespace remask
