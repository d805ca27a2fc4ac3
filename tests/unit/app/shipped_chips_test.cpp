// The files of hw_configs: each costs a network and a full chip, and gives the published figures that its comments
// state. The right-hand sides are those of the publication or tool that is named.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "models/network/builders.h"
#include "sim/app/peak.h"
#include "sim/app/run/describe_chip.h"
#include "sim/base/diagnostics.h"
#include "sim/config/config.h"

namespace remask {
namespace {

namespace fs = std::filesystem;

const fs::path folder = fs::path(REMASK_SOURCE_DIR) / "hw_configs";

std::vector<std::string> files_of(const fs::path& where) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(where)) {
        if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

Hardware shipped(const std::string& name) {
    return read_config<Hardware>(Document::load(folder / (name + ".yaml")));
}

class ShippedChip : public testing::TestWithParam<std::string> {};

TEST_P(ShippedChip, CostsANetwork) {
    Document document = Document::parse(
        "name: e\nbackbone:\n  network: {architecture: resnet20, channels: 3, height: 32, width_pixels: 32}\n"
        "hardware: {extends: " +
            GetParam() + ".yaml}\nassume: {masked_share: 0.5, input_one_density: 0.25}\n",
        (folder / "experiment.yaml").string());
    document.set("hardware.chip.tiles=2048");  // room for the network, whatever the chip's own size
    const Results results = estimate_network(read_config<Experiment>(document), false).results;
    double sum = 0.0;
    for (const auto& [component, energy] : results.backbone_inference.energy_by_component) {
        EXPECT_GE(energy.si(), 0.0) << component;
        sum += energy.si();
    }
    EXPECT_NEAR(sum, results.backbone_inference.energy.si(), 1e-9 * sum);
    EXPECT_GT(results.backbone_inference.energy_by_component.at("adc").si(), 0.0);
    EXPECT_GT(results.backbone_inference.latency.si(), 0.0);
    EXPECT_GT(results.area.si(), 0.0);
}

TEST_P(ShippedChip, IsCostedAtFullUtilisation) {
    Hardware hardware = shipped(GetParam());
    hardware.chip.tiles = std::min(hardware.chip.tiles, 8);
    const PeakReport report = peak(hardware);
    EXPECT_GT(report.operations_per_s, 0.0);
    EXPECT_GT(report.power.si(), 0.0);
}

INSTANTIATE_TEST_SUITE_P(All, ShippedChip, testing::ValuesIn(files_of(folder)),
                         [](const auto& chip) { return chip.param; });

double watts(const PeakReport& report, const std::vector<std::string>& components) {
    double sum = 0.0;
    for (const std::string& component : components) sum += report.by_component.at(component).si();
    return sum;
}

// Figure 12 d of Wan et al. (as CiMLoop holds it), 4 input and 6 output bits: 0.744 TOPS of 48 cores and 15.95 TOPS/W;
// a core's neurons take 28 % of 1270 um2 × 256 / 0.28.
TEST(NeurramChip, HasThePublishedEfficiencyThroughputAndArea) {
    const PeakReport report = peak(shipped("neurram"));
    const double per_watt = report.operations_per_s / watts(report, {"adc", "dac", "array"});
    EXPECT_NEAR(per_watt * 1e-12, 15.954, 0.01 * 15.954);
    EXPECT_NEAR(report.operations_per_s * 1e-12, 0.74387, 0.10 * 0.74387);
    double core = 0.0;
    for (const char* part : {"neurons", "drivers", "array", "rest_of_core"}) core += report.area.by_part.at(part).si();
    EXPECT_NEAR(core / 48 * 1e12, 1270.0 * 256 / 0.28, 0.001 * 1.161e6);
    EXPECT_NEAR(report.area.by_part.at("neurons").si() / 48 * 1e12, 1270.0 * 256, 1e3);
}

// PUMA's table: a node of 90.6 mm2, 138 tiles of 0.479 mm2; most of it is unverified.
TEST(PumaChip, HasTheQuotedArea) {
    const AreaReport area = chip_area(shipped("puma"));
    const double node = (area.total - area.mask_unit).si() * 1e6;
    EXPECT_NEAR(node, 90.638, 0.02 * 90.638);
    EXPECT_NEAR((node - 22.88 - 1.622) / 138, 0.479, 0.02 * 0.479);
}

// The run of NeuroSim V1.3's VGG-8 on its default chip: 58.73 mm2, of which 24.53 ADC, and 849.8 uW of leakage.
TEST(NeurosimChip, HasTheToolsAreaAndLeakage) {
    const Hardware hardware = shipped("neurosim");
    const AreaReport area = chip_area(hardware);
    EXPECT_NEAR((area.total - area.mask_unit).si() * 1e6, 58.7334, 0.001 * 58.7334);
    EXPECT_NEAR(area.by_part.at("adc").si() * 1e6, 24.5324, 0.001 * 24.5324);
    EXPECT_NEAR(leakage_power(hardware, 0).si() * 1e6, 849.834, 0.001 * 849.834);
}

// MNSIM 2.0 gives a tile 64 pooling units, which take a window in 100 ns, and no rate of activation, batch-norm or
// addition.
TEST(MnsimChip, HasItsOwnDigitalUnitNotIsaacs) {
    const Timing timing = shipped("mnsim").timing;
    EXPECT_NEAR(timing.pool_rate.value().si(), 64 * (2 * 2) / 100e-9, 1.0);
    EXPECT_FALSE(timing.activation_rate || timing.batch_norm_rate || timing.add_rate || timing.digital_mac_rate);
}

// Zhang et al., DAC 2022: 96.6 % less mask memory than Piggyback, which has a bit for each weight.
TEST(XmaChip, TakesThePublishedMaskMemoryOnVgg16) {
    const Hardware hardware = shipped("xma");
    BuilderOptions options;
    options.input = {3, 32, 32};
    const Network network = build_network("vgg16_bn", options);
    constexpr double bits_per_column = 3;
    double bits = 0.0, weights = 0.0;
    for (const Layer& layer : network.layers) {
        if (layer.kind != LayerKind::convolution) continue;
        const std::int64_t kernel = std::int64_t{layer.kernel_height} * layer.kernel_width;
        const std::int64_t channels = network.layers[static_cast<std::size_t>(layer.inputs[0])].output.channels;
        const auto geometry =
            geometry_of(hardware.crossbar, channels * kernel, layer.out_channels, static_cast<int>(kernel));
        bits += bits_per_column * static_cast<double>(geometry.row_tiles * layer.out_channels);
        weights += static_cast<double>(geometry.rows * layer.out_channels);
    }
    EXPECT_GT(weights, 14e6);
    EXPECT_NEAR(bits / weights, 0.034, 0.0005);
}

struct Cell {
    const char* file;
    double picojoules;  ///< of a pulse at the mean of on and off conductance
};

class DeviceFile : public testing::TestWithParam<Cell> {};

// What the tables of the tools give: V²·(1/Ron + 1/Roff)/2·t, or the energy itself.
TEST_P(DeviceFile, LaysItsCellOverAChip) {
    const Document document = Document::parse(
        std::string("extends: [isaac.yaml, devices/") + GetParam().file + ".yaml]\n", (folder / "chip.yaml").string());
    const auto hardware = read_config<Hardware>(document);
    EXPECT_EQ(hardware.crossbar.rows, 128);
    const WriteParameters& write = hardware.write;
    double joules = 0.0;
    if (write.model == WriteModel::fixed) {
        joules = write.set_energy->si();
        EXPECT_EQ(write.reset_energy, write.set_energy);
    } else {
        const double siemens = (1 / hardware.cell.on_resistance->si() + 1 / hardware.cell.off_resistance->si()) / 2;
        joules = write.set_voltage->si() * write.set_voltage->si() * siemens * write.set_pulse.si();
    }
    EXPECT_NEAR(joules * 1e12, GetParam().picojoules, 0.01 * GetParam().picojoules);
}

INSTANTIATE_TEST_SUITE_P(All, DeviceFile,
                         testing::Values(Cell{"neurosim", 16.8}, Cell{"isaac_cimloop", 64}, Cell{"prime", 84},
                                         Cell{"isaac_accelergy", 40}, Cell{"neurram", 65 / 8.52}, Cell{"nvsim", 0.6},
                                         Cell{"mnsim", 4.5}, Cell{"puma", 1.38}),
                         [](const auto& cell) { return cell.param.file; });

TEST(DeviceFiles, AreAllListed) {
    EXPECT_EQ(files_of(folder / "devices").size(), 8u);
}

}  // namespace
}  // namespace remask
