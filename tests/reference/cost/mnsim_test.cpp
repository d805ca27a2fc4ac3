// MNSIM 2.0's own VGG-8 on its own chip: ADC, DAC and crossbars, energy and latency. Its run gave the numbers on the
// right-hand sides (nJ, ns); docs/validation.md has them side by side with the rest.
#include <gtest/gtest.h>

#include "mapping/inference_cost.h"
#include "sim/config/config.h"
#include "sim/energy/energy_report.h"
#include "sim/schedule/closed_form.h"
#include "tests/unit/mapping/examples.h"

namespace remask {
namespace {

constexpr double nJ = 1e-9, ns = 1e-9;

class Vgg8Maker {
public:
    Vgg8Maker() {
        network.name = "MNSIM's VGG-8";
        network.input = {3, 32, 32};
        network.normalisation = {255.0f, {0.0f, 0.0f, 0.0f}, {1.0f, 1.0f, 1.0f}};
        add(LayerKind::input);
        for (const int channels : {128, 256, 512}) {
            convolve(channels, 1);
            convolve(channels, 1);
            pool();
        }
        convolve(1024, 0);  // 4 × 4 to 2 × 2
        pool();
        add(LayerKind::flatten);
        add(LayerKind::linear).out_channels = 10;
        finish(network);
    }
    Network network;

private:
    Layer& add(LayerKind kind) {
        const int last = static_cast<int>(network.layers.size()) - 1;
        network.layers.push_back(examples::layer("l" + std::to_string(last + 1), kind,
                                                 last < 0 ? std::vector<int>{} : std::vector<int>{last}));
        return network.layers.back();
    }
    void convolve(int channels, int padding) {
        Layer& conv = add(LayerKind::convolution);
        conv.out_channels = channels;
        conv.kernel_height = conv.kernel_width = 3;
        conv.padding = {padding, padding, padding, padding};
    }
    void pool() {
        Layer& made = add(LayerKind::max_pool);
        made.kernel_height = made.kernel_width = made.stride = 2;
    }
};

struct MnsimRun {
    Hardware hardware =
        read_config<Hardware>(Document::load(std::filesystem::path(REMASK_SOURCE_DIR) / "hw_configs" / "mnsim.yaml"));
    Network network = Vgg8Maker().network;
    Mapping mapping;
    EnergyReport energy;

    explicit MnsimRun(int side = 128) {
        hardware.crossbar.rows = hardware.crossbar.columns = side;
        hardware.periphery.adcs_per_array = side / 2;
        MappingOptions options;
        options.classifier_on_crossbar = true;
        mapping = map_network(network, hardware, options);
        ActionCounts counts = total(inference_counts(mapping, network, hardware));
        energy = price(counts, hardware);
    }
};

void expect_within(double value, double reference, double share) {
    EXPECT_NEAR(value, reference, share * reference);
}

TEST(Mnsim, AdcEnergyIsItsOwn) {
    expect_within(MnsimRun().energy.by_component.at("adc").si(), 5995098.0 * nJ, 1e-9);
}

TEST(Mnsim, DacEnergyIsWithinTenPercent) {
    expect_within(MnsimRun().energy.by_component.at("dac").si(), 4334.383872 * nJ, 0.10);
}

// With its default arrays, 256 × 256 of one-bit cells, and with 128 × 128 and `Device_Level = 4`, whose weights its
// mapping cuts into bits all the same: its run counts 4776 pairs, 64 of them for the last layer's 10 columns, which
// take a pair of crossbars a bit and row tile there and share arrays here.
TEST(Mnsim, CrossbarEnergyIsWithinTenPercent) {
    expect_within(MnsimRun(256).energy.by_component.at("array").si(), 20348.33035527732 * nJ, 0.10);
    const MnsimRun run;
    expect_within(run.energy.by_component.at("array").si(), 22699.412485780245 * nJ, 0.10);
    EXPECT_EQ(run.mapping.arrays, 2 * (4776 - 64) + 16);
}

// MNSIM drives and reads the rows of a layer's fullest array in all of its row tiles (`max_row`); with that the
// energies are its own. Its last layer has a pair of crossbars, and DACs, for each bit of 10 columns, which share
// arrays here.
TEST(Mnsim, DacAndCrossbarEnergyAreItsOwnWithTheRowsThatItCounts) {
    const MnsimRun run;
    const std::vector<ActionCounts> layers = inference_counts(run.mapping, run.network, run.hardware);
    double dac = 0.0, crossbar = 0.0;
    for (const MappedSlot& slot : run.mapping.slots) {
        const CrossbarGeometry& geometry = slot.geometry;
        const ActionCounts& counts = layers[static_cast<std::size_t>(slot.layer)];
        const double more =
            static_cast<double>(geometry.row_tiles * geometry.tile_rows(0)) / static_cast<double>(geometry.rows);
        dac += more * static_cast<double>(counts[Action::row_drive]) * run.hardware.energy.row_drive->si();
        crossbar += more * static_cast<double>(counts[Action::cell_read]) * run.hardware.energy.cell_read->si();
    }
    expect_within(dac, 4334.383872 * nJ, 2e-4);
    expect_within(crossbar, 22699.412485780245 * nJ, 1e-6);
}

// The first layer: DAC 27648, ADC 72000 and crossbar 29122.567 ns, together its "computing latency".
TEST(Mnsim, LatencyOfALayerIsItsOwn) {
    const MnsimRun run;
    const SlotTime layer = closed_form(run.mapping, run.hardware).slots[0];
    const double reads = 1024 * 9;
    expect_within(reads * 1.0 / run.hardware.periphery.adc_rate.si(), 72000.0 * ns, 1e-6);
    expect_within(reads * run.hardware.timing.array.si(), (27648.0 + 29122.567464959677) * ns, 1e-6);
    expect_within(layer.busy.si(), 128770.56746496183 * ns, 1e-6);
}

// The later layers' "computing latency" is the same for each window and phase.
TEST(Mnsim, LatencyOfEveryLayerIsItsOwn) {
    const MnsimRun run;
    const ImageTime time = closed_form(run.mapping, run.hardware);
    const std::vector<double> adc_and_crossbar{
        72000 + 29122.567464959677, 72000 + 29122.567464959677, 18000 + 7280.641866239967, 18000 + 7280.641866239967,
        4500 + 1820.1604665600016,  4500 + 1820.1604665600016,  281.25 + 113.76002916,     70.3125 + 28.44000729};
    const std::vector<double> dac{27648, 27648, 6912, 6912, 1728, 1728, 108, 27};
    ASSERT_EQ(time.slots.size(), dac.size());
    for (std::size_t i = 0; i < dac.size(); ++i) {
        expect_within(time.slots[i].busy.si(), (adc_and_crossbar[i] + dac[i]) * ns, 1e-6);
    }
}

}  // namespace
}  // namespace remask
