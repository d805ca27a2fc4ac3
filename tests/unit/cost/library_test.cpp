// Section `library:`: what names a component gets its figures and its source, and is told at its line where it can't.
#include "sim/hardware/library.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/diagnostics.h"
#include "sim/config/config.h"
#include "sim/energy/energy_report.h"

namespace remask {
namespace {

using testing::HasSubstr;

constexpr const char* text = R"(extends: isaac.yaml
library:
  tile_buffer: {kind: edram, node: 32 nm, capacity: 64 KiB, access_bits: 256}
  column_adc: {kind: adc, source: isaac}
  adder: {kind: adder, node: 40 nm, bits: 32}
  fine_sram: {kind: sram, node: 14 nm, capacity: 4 KiB, access_bits: 64}
energy:
  buffer_read: {from: tile_buffer}
  digital_add: {from: adder}
  adc_conversion: {from: column_adc}
memory:
  mask:
    energy: {from: fine_sram}
parts:
  buffer: {from: tile_buffer}
  adc: {from: column_adc}
)";

Document document() {
    return Document::parse(text, std::string(REMASK_SOURCE_DIR) + "/hw_configs/with_library.yaml");
}

TEST(Library, GivesEnergiesMemoriesAndParts) {
    const auto hardware = read_config<Hardware>(document());
    const Figures buffer = figures_of(hardware.library.at("tile_buffer"), 8);
    EXPECT_EQ(hardware.energy.buffer_read, buffer.read);
    EXPECT_NEAR(hardware.energy.buffer_write->si(), 20.7e-3 / 138.24e9, 1e-18);  // still isaac.yaml's own
    EXPECT_DOUBLE_EQ(hardware.energy.digital_add->si(), 0.21e-12);
    EXPECT_EQ(hardware.memory.mask.energy, figures_of(hardware.library.at("fine_sram"), 8).read.value());
    EXPECT_EQ(hardware.parts.at("buffer").area, buffer.area.value());
    EXPECT_EQ(hardware.parts.at("buffer").leakage, buffer.leakage);
    EXPECT_EQ(hardware.parts.at("buffer").count, 1);
    EXPECT_DOUBLE_EQ(hardware.parts.at("adc").area.si(), 1200e-12);
}

TEST(Library, FollowsTheArraysResolution) {
    Document with_six = document();
    with_six.set("crossbar.adc_bits=6");
    const auto hardware = read_config<Hardware>(with_six);
    ActionCounts counts;
    counts[Action::adc_conversion] = 1000;
    EXPECT_NEAR(price(counts, hardware).total.si(), 1000 * 1.20e-12, 1e-18);
    EXPECT_NEAR(hardware.parts.at("adc").area.si(), 626.91e-12, 1e-18);
}

TEST(Library, NamesItsSourcesAndItsLimits) {
    const auto hardware = read_config<Hardware>(document());
    const auto sources = library_sources(hardware);
    EXPECT_EQ(sources.at("energy.buffer_read"), "tile_buffer: CACTI 7.0: eDRAM of 64 KiB, 256-bit accesses, 32 nm [C]");
    EXPECT_THAT(sources.at("energy.adc_conversion"), HasSubstr("column_adc: ISAAC's SAR ADC"));
    EXPECT_EQ(hardware.parts.at("buffer").source, "CACTI 7.0: eDRAM of 64 KiB, 256-bit accesses, 32 nm [C]");
    EXPECT_THAT(cost_warnings(hardware),
                testing::ElementsAre(HasSubstr("library.fine_sram: its table ends at 22 nm; carried to 14 nm")));
}

/// hw_configs/isaac.yaml, whose conversion is of 8 bits, with `lines` laid over it.
std::vector<std::string> warnings_of(const std::string& lines) {
    return cost_warnings(read_config<Hardware>(Document::parse(
        "extends: isaac.yaml\n" + lines, std::string(REMASK_SOURCE_DIR) + "/hw_configs/other_adc.yaml")));
}

TEST(Library, WarnsOfConversionsChargedAtAnotherResolution) {
    EXPECT_THAT(warnings_of(""), testing::IsEmpty());
    EXPECT_THAT(warnings_of("crossbar: {adc_bits: 6}"),
                testing::ElementsAre(HasSubstr("crossbar.adc_bits is 6, but conversions are charged as of 8 bits")));
    EXPECT_THAT(warnings_of("crossbar: {adc_bits: 0}"), testing::ElementsAre(HasSubstr("adc_bits is 0 (ideal)")));
    EXPECT_THAT(warnings_of("crossbar: {adc_bits: 6}\nenergy: {adc_conversion: 1.2 pJ, adc_conversion_bits: 6}"),
                testing::IsEmpty());
    EXPECT_THAT(warnings_of("crossbar: {adc_bits: 6}\nenergy: {adc_conversion_by_bits: {6: 1.2 pJ}}"),
                testing::IsEmpty());
    EXPECT_THAT(warnings_of("crossbar: {adc_bits: 6}\nenergy: {adc: {source: isaac}}"), testing::IsEmpty());
}

TEST(Library, IsInTheResolvedConfiguration) {
    const Document given = document();
    const auto hardware = read_config<Hardware>(given);
    const std::string resolved = resolved_yaml(hardware, given);
    EXPECT_THAT(resolved, HasSubstr("buffer_read:\n    from: tile_buffer  # "));
    const auto again = read_config<Hardware>(Document::parse(resolved, "resolved.yaml"));
    EXPECT_EQ(again.energy.buffer_read, hardware.energy.buffer_read);
    EXPECT_EQ(again.memory.mask.energy, hardware.memory.mask.energy);
    EXPECT_EQ(again.parts.at("adc").area, hardware.parts.at("adc").area);
    EXPECT_EQ(library_sources(again), library_sources(hardware));
}

TEST(Library, IsReplacedByANumber) {
    Document given = document();
    given.set("energy.buffer_read=0.5 pJ/bit");
    const auto hardware = read_config<Hardware>(given);
    EXPECT_DOUBLE_EQ(hardware.energy.buffer_read->si(), 0.5e-12);
    EXPECT_EQ(library_sources(hardware).count("energy.buffer_read"), 0u);
}

/// The first fault of the configuration with one more assignment.
std::string fault(const std::string& assignment) {
    Document given = document();
    given.set(assignment);
    try {
        read_config<Hardware>(given);
    } catch (const ConfigError& error) {
        return to_string(error.diagnostics()[0]);
    }
    return {};
}

TEST(Library, RefusesAtTheLineThatNamesAComponent) {
    EXPECT_THAT(fault("energy.bus={from: tile_bufer}"),
                HasSubstr("--set: error: energy.bus: section 'library' has no 'tile_bufer' (did you mean "
                          "'tile_buffer'?)"));
    EXPECT_THAT(fault("energy.bus={from: adder}"),
                HasSubstr("energy.bus: 'adder' is of kind 'adder', which has no energy per bit"));
    EXPECT_THAT(fault("energy.pool={from: tile_buffer}"),
                HasSubstr("energy.pool: 'tile_buffer' is of kind 'edram', which has no energy per use"));
    EXPECT_THAT(fault("energy.bus={from: tile_buffer, source: mine}"),
                HasSubstr("energy.bus: must be a value, or {from: NAME} and nothing beside it"));
    EXPECT_THAT(fault("parts.router.from=nothing"), HasSubstr("parts.router.from: section 'library' has no 'nothing'"));
    EXPECT_THAT(fault("crossbar.adc_bits=12"), HasSubstr("with_library.yaml:10:"));
    EXPECT_THAT(fault("crossbar.adc_bits=12"), HasSubstr("isaac has energies for 4 to 10 bits, the arrays convert "));
    EXPECT_THAT(fault("library.column_adc={kind: adc, source: neurosim, node: 22 nm, column_resistance: 1 kohm}"),
                HasSubstr("parts.adc.from: its source gives 'column_adc' no area: give 'area' in place of 'from'"));
}

}  // namespace
}  // namespace remask
