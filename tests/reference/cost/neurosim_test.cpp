// NeuroSim V1.3's own run of its VGG-8 on its default chip (22 nm, one image), layer by layer: sensing, accumulation
// and row periphery. Its run gave the numbers on the right-hand sides; docs/validation.md has them side by side.
//
// NeuroSim counts windows without padding; each layer is a network of its own here. A layer's column conductance is the
// rows of a sub-array × the share of its input bits that are 1 (measured on the run's inputs) × 70.47 uS, the mean of
// the four levels between 900 and 6 kohm in series with the access transistor's 1.5 kohm.
#include <gtest/gtest.h>

#include "mapping/inference_cost.h"
#include "sim/config/config.h"
#include "sim/energy/energy_report.h"
#include "sim/schedule/closed_form.h"
#include "tests/unit/mapping/examples.h"

namespace remask {
namespace {

struct LayerRun {
    int side, channels, kernel, out_channels;
    double replicas;    ///< its "speed-up"
    double density;     ///< share of input bits that are 1
    double sensing_ns;  ///< "ADC … readLatency"
    double sensing_pj, accumulation_pj, other_pj, buffer_pj, wires_pj;
    double rows_pj() const { return other_pj - buffer_pj - wires_pj; }
};

const std::vector<LayerRun>& runs() {
    static const std::vector<LayerRun> layers{
        {32, 3, 3, 128, 16, 0.21820, 7340.13, 328768, 153408, 771171, 27377.3, 585571},
        {32, 128, 3, 128, 4, 0.21862, 29360.5, 7.77952e6, 1.42049e6, 5.40416e6, 169720, 3.75245e6},
        {16, 128, 3, 256, 4, 0.21904, 6394.07, 3.39786e6, 618702, 2.1582e6, 71019.6, 1.44155e6},
        {16, 256, 3, 256, 2, 0.21870, 12788.1, 6.78193e6, 1.22874e6, 3.66979e6, 99401, 2.2814e6},
        {8, 256, 3, 512, 2, 0.21924, 2348.84, 2.49627e6, 451372, 1.27626e6, 35410.9, 767240},
        {8, 512, 3, 512, 1, 0.21830, 4697.68, 4.9778e6, 899737, 2.31466e6, 55200.9, 1.31327e6},
        {1, 8192, 1, 1024, 1, 0.21915, 130.491, 492841, 88989.2, 177803, 6871.29, 77485.1},
        {1, 1024, 1, 10, 8, 0.21289, 16.3114, 975.363, 357.299, 4820.85, 133.062, 4315.96}};
    return layers;
}

Network network_of(const LayerRun& run) {
    Network network;
    network.name = "layer";
    network.input = {run.channels, run.side, run.side};
    network.normalisation = {255.0f, std::vector<float>(static_cast<std::size_t>(run.channels), 0.0f),
                             std::vector<float>(static_cast<std::size_t>(run.channels), 1.0f)};
    network.layers.push_back(examples::layer("input", LayerKind::input, {}));
    network.layers.push_back(examples::layer("conv", LayerKind::convolution, {0}));
    network.layers.back().out_channels = run.out_channels;
    network.layers.back().kernel_height = network.layers.back().kernel_width = run.kernel;
    network.layers.push_back(examples::layer("pool", LayerKind::global_average_pool, {1}));
    network.layers.push_back(examples::layer("classifier", LayerKind::linear, {2}));
    network.layers.back().out_channels = 1;
    finish(network);
    return network;
}

struct Costs {
    double adc_pj = 0.0, rows_pj = 0.0, accumulation_pj = 0.0, sensing_ns = 0.0;
    double conversions = 0.0, row_drives = 0.0;
};

Costs costs_of(const LayerRun& run) {
    auto hardware = read_config<Hardware>(
        Document::load(std::filesystem::path(REMASK_SOURCE_DIR) / "hw_configs" / "neurosim.yaml"));
    const Network network = network_of(run);
    const Mapping mapping = map_network(network, hardware);
    const CrossbarGeometry& geometry = mapping.slots.at(0).geometry;
    const double rows = static_cast<double>(geometry.rows) / static_cast<double>(geometry.row_tiles);
    hardware.energy.adc->column_resistance = Resistance::from_si(1.0 / (rows * run.density * 70.466e-6));
    const ActionCounts counts = inference_counts(mapping, network, hardware)[1];
    const EnergyReport report = price(counts, hardware);
    Costs costs;
    costs.conversions = static_cast<double>(counts[Action::adc_conversion]);
    costs.row_drives = static_cast<double>(counts[Action::row_drive]);
    costs.adc_pj = report.by_component.at("adc").si() * 1e12;
    costs.rows_pj = report.by_component.at("dac").si() * 1e12;
    costs.accumulation_pj = report.by_component.at("shift_add").si() * 1e12;
    costs.sensing_ns = closed_form(mapping, hardware).slots[0].busy.si() * 1e9 / run.replicas;
    return costs;
}

// 8 bits × 8 columns an amplifier × windows × a clock, over the layer's copies.
TEST(Neurosim, SensingTakesItsTimeInEveryLayer) {
    double sum = 0.0;
    for (const LayerRun& run : runs()) {
        const double time = costs_of(run).sensing_ns;
        EXPECT_NEAR(time, run.sensing_ns, 1e-4 * run.sensing_ns) << run.channels;
        sum += time;
    }
    EXPECT_NEAR(sum, 63076.2, 1e-4 * 63076.2);
}

// Its "ADC" is sense amplifier and word lines. The word lines' 0.05736 pJ a row is what its second layer leaves; all
// the others, and the sense amplifier's formula everywhere, are free. The last layer has 40 of 128 columns, whose
// encoders NeuroSim charges all.
TEST(Neurosim, SensingTakesItsEnergyInEveryLayer) {
    double sum = 0.0;
    for (const LayerRun& run : runs()) {
        const Costs costs = costs_of(run);
        const double sensing = costs.adc_pj + costs.row_drives * 0.05736;
        const double share = run.out_channels == 10 ? 0.07 : 0.025;
        EXPECT_NEAR(sensing, run.sensing_pj, share * run.sensing_pj) << run.channels;
        sum += sensing;
    }
    EXPECT_NEAR(sum, 26.2560e6, 0.005 * 26.2560e6);
}

// One energy a conversion, the run's mean, holds in every layer with full columns; one a row in all with full rows.
TEST(Neurosim, AccumulationAndRowsGoWithTheirCounts) {
    double sum = 0.0;
    for (const LayerRun& run : runs()) {
        const Costs costs = costs_of(run);
        sum += costs.adc_pj + costs.rows_pj + costs.accumulation_pj;
        if (run.out_channels == 10) continue;
        EXPECT_NEAR(costs.accumulation_pj, run.accumulation_pj, 0.03 * run.accumulation_pj) << run.channels;
        if (run.channels == 3) continue;
        const double rows = costs.rows_pj + costs.adc_pj;
        EXPECT_NEAR(rows, run.sensing_pj + run.rows_pj(), 0.03 * rows) << run.channels;
    }
    double run_sum = 0.0;
    for (const LayerRun& run : runs()) run_sum += run.sensing_pj + run.rows_pj() + run.accumulation_pj;
    EXPECT_NEAR(sum, run_sum, 0.01 * run_sum);
}

}  // namespace
}  // namespace remask
