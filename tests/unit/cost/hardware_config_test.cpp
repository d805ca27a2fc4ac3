// Every file of hw_configs/ is a sound Hardware, and wrong ones are refused with the right path.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "sim/base/diagnostics.h"
#include "sim/config/config.h"
#include "sim/hardware/hardware.h"

namespace remask {
namespace {

const std::filesystem::path folder = std::filesystem::path(REMASK_SOURCE_DIR) / "hw_configs";

TEST(HardwareConfigs, AreSound) {
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() != ".yaml") continue;
        ++files;
        const auto faults = check_config<Hardware>(entry.path());
        for (const Diagnostic& fault : faults) ADD_FAILURE() << to_string(fault);
    }
    EXPECT_GE(files, 3);
}

TEST(HardwareConfigs, ResolvedFilesReadBackTheSame) {
    const Document document = Document::load(folder / "isaac.yaml");
    const auto hardware = read_config<Hardware>(document);
    const std::string once = resolved_yaml(hardware, document);
    const Document again = Document::parse(once, "resolved.yaml");
    const auto copy = read_config<Hardware>(again);
    EXPECT_EQ(copy.energy.adc_conversion, hardware.energy.adc_conversion);
    EXPECT_EQ(copy.write.write_power_limit, hardware.write.write_power_limit);
    EXPECT_EQ(copy.parts.size(), hardware.parts.size());
    EXPECT_EQ(copy.parts.at("adc").area, hardware.parts.at("adc").area);
    EXPECT_EQ(copy.chip.mesh_width, hardware.chip.mesh_width);
    EXPECT_FALSE(document.sources().empty());
    EXPECT_EQ(again.sources(), document.sources());
}

TEST(HardwareConfigs, TheBaseFileIsExtended) {
    const auto base = read_config<Hardware>(Document::load(folder / "isaac.yaml"));
    const auto puma = read_config<Hardware>(Document::load(folder / "isaac_puma_write.yaml"));
    EXPECT_EQ(puma.write.model, WriteModel::fixed);
    EXPECT_EQ(puma.energy.adc_conversion, base.energy.adc_conversion);
    // A whole array, row by row: 10969 ns and 22.6 nJ.
    EXPECT_NEAR(puma.write.set_pulse.si() * 128, 10969e-9, 1e-9);
    EXPECT_NEAR(puma.write.set_energy.value().si() * 16384, 22.6e-9, 0.01e-9);
}

/// σ = 4.782321 µS − 0.009107·G between 50 and 225 µS, as a share of 175 µS.
TEST(HardwareConfigs, MilosErrorsAreTheFit) {
    const auto hardware = read_config<Hardware>(Document::load(folder / "isaac_milo_errors.yaml"));
    const auto& levels = hardware.device.programming_error.value().levels;
    ASSERT_EQ(levels.size(), 4U);
    for (std::size_t level = 0; level < 4; ++level) {
        const double siemens = 50.0 + 175.0 * static_cast<double>(level) / 3.0;
        EXPECT_NEAR(levels[level].deviation, (4.782321 - 0.009107 * siemens) / 175.0, 1e-5) << level;
        EXPECT_EQ(levels[level].mean, 0.0);
    }
    EXPECT_NEAR(1e6 / hardware.cell.on_resistance.value().si(), 225.0, 0.1);
    EXPECT_NEAR(1e6 / hardware.cell.off_resistance.value().si(), 50.0, 0.1);
}

TEST(HardwareConfigs, WiresMayNotContradictTheCell) {
    Document document = Document::load(folder / "isaac.yaml");  // cell.on_resistance: 6 kohm
    document.set("crossbar.wires.layout=input_line");
    document.set("crossbar.wires.row_segment=1 ohm");
    document.set("crossbar.wires.column_segment=1 ohm");
    document.set("crossbar.wires.on_resistance=6000 ohm");
    EXPECT_EQ(read_config<Hardware>(document).crossbar.wires->on_resistance.si(), 6000.0);
    document.set("crossbar.wires.on_resistance=10 kohm");
    EXPECT_THROW(read_config<Hardware>(document), ConfigError);
}

struct Bad {
    const char* setting;
    const char* path;
};

class BadHardware : public testing::TestWithParam<Bad> {};

TEST_P(BadHardware, IsRefusedAtItsPath) {
    Document document = Document::load(folder / "small.yaml");
    document.set(GetParam().setting);
    try {
        read_config<Hardware>(document);
        FAIL() << GetParam().setting << " was accepted";
    } catch (const ConfigError& error) {
        std::vector<std::string> paths;
        for (const Diagnostic& fault : error.diagnostics()) paths.push_back(fault.path);
        EXPECT_THAT(paths, testing::Contains(GetParam().path));
    }
}

INSTANTIATE_TEST_SUITE_P(
    All, BadHardware,
    testing::Values(Bad{"energy.adc_conversion=1", "energy.adc_conversion"},
                    Bad{"energy.adc_conversion=-1 pJ", "energy.adc_conversion"},
                    Bad{"energy.adc_conversoin=1 pJ", "energy.adc_conversoin"},
                    Bad{"energy.adc_conversion_by_bits={7: 1 pJ}", "energy.adc_conversion_by_bits"},
                    Bad{"energy.router=1 pJ", "energy.router"}, Bad{"timing.array=10 pJ", "timing.array"},
                    Bad{"chip.tiles=0", "chip.tiles"}, Bad{"write.model=physics", "write.model"},
                    Bad{"write.verify=true", "write.verify_time"},
                    Bad{"write.pulses_per_write=0.5", "write.pulses_per_write"},
                    Bad{"write.write_power_limit=0 W", "write.write_power_limit"},
                    Bad{"cell.read_model=physics", "cell.read_model"}, Bad{"cell.endurance=0", "cell.endurance"},
                    Bad{"parts.adc.count=3", "parts.adc.count"}, Bad{"parts.adc.per=chipp", "parts.adc.per"},
                    Bad{"periphery.adcs_per_array=100", "periphery.adcs_per_array"}));

}  // namespace
}  // namespace remask
