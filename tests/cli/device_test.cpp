// Do runs honour the effects of the cells: off to the bit at strength 0, the same chip for any number of threads,
// pulses counted, bad sections refused where they stand?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "program.h"
#include "sim/base/files.h"
#include "sim/crossbar/crossbar_engine.h"
#include "sim/storage/hdf5_file.h"
#include "small_experiment.h"

namespace remask::test {
namespace {

using Json = nlohmann::ordered_json;
using testing::HasSubstr;

class DeviceRun : public testing::Test {
protected:
    Json run(const std::string& name, const std::vector<std::string>& settings, const std::string& threads = "2") {
        std::vector<std::string> words{"run",     yaml_,     "--out", (scratch_.path() / name).string(),
                                       "--quiet", "--store", store_,  "--threads",
                                       threads};
        for (const std::string& setting : settings) {
            words.insert(words.end(), {"--set", "hardware." + setting});
        }
        const ProgramRun program = run_program(words);
        EXPECT_EQ(program.exit_code, 0) << program.standard_error;
        Json results = Json::parse(read_file(scratch_.path() / name / "results.json"));
        results.erase("performance");
        for (Json& task : results["tasks"]) {
            task["training"].erase("wall_s");
            task["simulation"].erase("wall_s");
        }
        return results;
    }

    std::string refused(const std::string& setting) {
        const ProgramRun program = run_program({"run", yaml_, "--quiet", "--set", "hardware." + setting});
        EXPECT_EQ(program.exit_code, 2);
        return program.standard_error;
    }

    ScratchFolder scratch_;
    std::string yaml_ = scratch_.write("e.yaml", small_experiment("[{method: finetune, epochs: 1}]"));
    std::string store_ = (scratch_.path() / "store").string();  // what is learned is learned once
};

// Counted in whole numbers: the energy of reading cells is the same to the bit for any number of threads. Programming
// errors that lift cells on average (erased ones can't fall) and wires show in it.
TEST_F(DeviceRun, ReadsOfCellsAreCountedTheSameForAnyNumberOfThreads) {
    const std::vector<std::string> physics{"cell.read_model=physics", "cell.on_resistance=10 kohm",
                                           "cell.off_resistance=1 Mohm", "cell.read_voltage=0.2 V",
                                           "cell.read_pulse=5 ns"};
    const auto reads = [](const Json& results) {
        return results["tasks"][0]["inference"]["energy_by_action"]["cell_read"]["energy_j"].get<double>();
    };
    const double one = reads(run("one", physics, "1"));
    EXPECT_GT(one, 0.0);
    std::filesystem::remove_all(store_);  // measure again
    EXPECT_EQ(reads(run("three", physics, "3")), one);
    std::vector<std::string> stuck = physics;
    stuck.push_back("device.stuck_on=0.2");
    EXPECT_GT(reads(run("stuck", stuck)), one);
}

TEST_F(DeviceRun, StrengthZeroIsOff) {
    const Json off = run("off", {});
    const Json zero = run("zero", {"device={programming_error: {model: constant, strength: 0}, stuck_on: 0, "
                                   "drift: {time: 1 year, reference_time: 1 s, exponent: 0}}"});
    EXPECT_EQ(off, zero);
    EXPECT_TRUE(off["backbone"]["crossbar_logits_equal_integer"].get<bool>());
}

TEST_F(DeviceRun, AChipIsItsSeedWhateverTheThreads) {
    const std::string effects = "device={programming_error: {model: proportional, strength: 0.05}, stuck_off: 0.01}";
    const Json one = run("one", {effects}, "1");
    std::filesystem::remove_all(store_);
    const Json two = run("two", {effects}, "2");
    EXPECT_EQ(one, two);
    EXPECT_FALSE(one["backbone"]["crossbar_logits_equal_integer"].get<bool>());
    const Json named = run("named", {effects, "device.seed=3"});  // the experiment's own seed
    EXPECT_EQ(one["tasks"], named["tasks"]);
}

TEST_F(DeviceRun, ConverterErrorsAreThoseOfTheChip) {
    const std::string errors =
        "device={adc_errors: {offset: 2, gain: 0.05, inl_bow: 1, inl_s_shape: 0.5}, dac_errors: {gain: 0.1}}";
    const Json one = run("one", {errors}, "1");
    std::filesystem::remove_all(store_);
    EXPECT_EQ(one, run("two", {errors}, "2"));
    EXPECT_FALSE(one["backbone"]["crossbar_logits_equal_integer"].get<bool>());
    EXPECT_NE(one["tasks"], run("other", {errors, "device.seed=9"})["tasks"]);
    const Json none = run("none", {});
    EXPECT_EQ(none["tasks"], run("zero", {"device={adc_errors: {offset: 0}, dac_errors: {gain: 0}}"})["tasks"]);
}

TEST_F(DeviceRun, NoiseDiffersFromImageToImageAndNotWithTheThreads) {
    const std::string effects =
        "device={read_noise: {model: constant, strength: 0.3}, telegraph_noise: {share: 0.1, "
        "amplitude: 0.5}}";
    const std::string one_slice = "crossbar.cell_bits=7";  // fewer conversions: each has its own draws
    const Json one = run("one", {effects, one_slice}, "1");
    std::filesystem::remove_all(store_);
    const Json two = run("two", {effects, one_slice}, "2");
    EXPECT_EQ(one, two);
    EXPECT_FALSE(one["backbone"]["crossbar_logits_equal_integer"].get<bool>());
}

TEST_F(DeviceRun, CellsThatAllHoldTheirLowestConductanceKnowNothing) {
    const Json results = run("dead", {"device={stuck_off: 1}"});
    // Every logit is the classifier's bias: one class for all images, of five in equal parts.
    EXPECT_NEAR(results["backbone"]["accuracy"]["crossbar"].get<double>(), 0.2, 0.1);
}

TEST_F(DeviceRun, WriteVerifyCountsPulses) {
    const std::string error = "device={programming_error: {model: constant, strength: 0.1}, write_verify: {tolerance: ";
    const std::string reads = "write.verify=true", length = "write.verify_time=10 ns";
    const Json loose = run("loose", {error + "1, most_pulses: 50}}", reads, length});
    const Json tight = run("tight", {error + "0.05, most_pulses: 50}}", reads, length});
    const auto pulses = [](const Json& results) {
        const Json& cost = results["tasks"][0]["switch"];
        return cost["set_pulses"].get<double>() + cost["reset_pulses"].get<double>();
    };
    const auto cells = loose["tasks"][0]["switch"]["cells_written"].get<double>();
    EXPECT_GT(cells, 1000.0);
    EXPECT_EQ(pulses(loose), cells);
    EXPECT_EQ(tight["tasks"][0]["switch"]["cells_written"].get<double>(), cells);
    // A pulse hits with p = erf(0.5/√2) = 0.3829, at level 0 (negative conductances are cut) with at least half of
    // the normal distribution more: 1/p = 2.61 pulses at most, 1.44 at least.
    EXPECT_GT(pulses(tight) / cells, 1.44);
    EXPECT_LT(pulses(tight) / cells, 2.62 + 4.0 * 2.05 / std::sqrt(cells));  // 2.05: a cell's deviation, √(1−p)/p
    for (const char* part : {"set", "reset", "verify"}) {
        const auto energy = [&](const Json& results) {
            return results["tasks"][0]["switch"]["energy_by_component_j"][part].get<double>();
        };
        EXPECT_GT(energy(tight), 1.3 * energy(loose)) << part;  // fewer cells, more weight on some
        EXPECT_LT(energy(tight), 3.2 * energy(loose)) << part;
    }
}

/// 600 vectors are three chunks of work: their noise follows their numbers in the file.
TEST(DeviceMvm, NoiseDoesNotDependOnThreadsOrChunks) {
    const ScratchFolder scratch;
    CrossbarParameters p;
    p.weight_bits = 5, p.input_bits = 4, p.rows = 8, p.columns = 32, p.cell_bits = 2, p.dac_bits = 1, p.adc_bits = 6;
    const std::string yaml = scratch.write(
        "hw.yaml",
        "crossbar: {weight_bits: 5, input_bits: 4, rows: 8, columns: 32, cell_bits: 2, dac_bits: 1, adc_bits: 6, "
        "encoding: differential, adc_range: full}\n"
        "device: {seed: 4, stuck_on: 0.05, read_noise: {model: proportional, strength: 0.1}, "
        "telegraph_noise: {share: 0.2, amplitude: 0.3}}\n");
    constexpr std::int64_t rows = 11, columns = 3, vectors = 600;
    std::vector<std::int32_t> weights, inputs, transposed(rows * vectors);
    for (int i = 0; i < rows * columns; ++i) weights.push_back(i * 7 % 31 - 15);
    for (int i = 0; i < vectors * rows; ++i) inputs.push_back(i * i % 16);
    for (std::int64_t v = 0; v < vectors; ++v) {
        for (std::int64_t k = 0; k < rows; ++k) {
            transposed[static_cast<std::size_t>(k * vectors + v)] = inputs[static_cast<std::size_t>(v * rows + k)];
        }
    }
    Hdf5Writer writer(scratch.path() / "in.h5");
    writer.write<std::int32_t>("/weights", {rows, columns}, weights);
    writer.write<std::int32_t>("/inputs", {vectors, rows}, inputs);
    writer.commit();

    DeviceParameters device;
    device.stuck_on = 0.05;
    device.read_noise = ReadNoise{NoiseModel::proportional, 0.1};
    device.telegraph_noise = TelegraphNoise{0.2, 0.3, 0.5};
    const CrossbarLayer layer(p, rows, columns, weights, 1, false, {}, device, CellIdentity{4, 0, 0});
    std::vector<double> expected(columns * vectors);
    layer.multiply_reference(transposed, vectors, {}, expected);
    for (const char* threads : {"1", "2"}) {
        const std::string out = (scratch.path() / "out.h5").string();
        const ProgramRun run = run_program({"mvm", "--hardware", yaml, "--input", (scratch.path() / "in.h5").string(),
                                            "--output", out, "--threads", threads});
        ASSERT_EQ(run.exit_code, 0) << run.standard_error;
        const std::vector<double> outputs = Hdf5Reader(out).read<double>("/outputs");
        for (std::int64_t v = 0; v < vectors; ++v) {
            for (std::int64_t n = 0; n < columns; ++n) {
                ASSERT_EQ(outputs[static_cast<std::size_t>(v * columns + n)],
                          expected[static_cast<std::size_t>(n * vectors + v)]);
            }
        }
    }
}

TEST(MvmSettings, OfSectionsThatAreNotReadAreRefused) {
    const ProgramRun run = run_program({"mvm", "--hardware", "isaac.yaml", "--input", "in.h5", "--output", "out.h5",
                                        "--set", "hardware.crossbar.adc_bits=6"});
    EXPECT_EQ(run.exit_code, 2);
    EXPECT_THAT(run.standard_error, HasSubstr("--set hardware.crossbar.adc_bits=6: mvm reads the sections 'crossbar' "
                                              "and 'device' alone"));
}

TEST_F(DeviceRun, BadSectionsAreRefusedWhereTheyStand) {
    EXPECT_THAT(refused("device={stuck_on: 0.6, stuck_off: 0.6}"),
                HasSubstr("stuck_on and stuck_off are more than all"));
    EXPECT_THAT(refused("device={programming_error: {model: table, strength: 1}}"),
                HasSubstr("hardware.device.programming_error.model: table needs either levels or levels_file"));
    EXPECT_THAT(refused("device={programming_error: {model: table, strength: 1, levels: [{mean: 0, deviation: 0.1}]}}"),
                HasSubstr("has 1 entries, but a cell of 2 bits (crossbar.cell_bits) has 4 levels"));
    EXPECT_THAT(refused("device={write_verify: {tolerance: 0.1, most_pulses: 5}}"),
                HasSubstr("needs programming_error"));
    EXPECT_THAT(refused("device={programming_error: {model: constant, strength: 0.1}, "
                        "write_verify: {tolerance: 0.1, most_pulses: 5}}"),
                HasSubstr("needs write.verify: true"));
    EXPECT_THAT(refused("device={drift: {time: 1 s, reference_time: 2 s, exponent: 0.1}}"),
                HasSubstr("must not be before reference_time"));
    EXPECT_THAT(refused("device={drift: {time: 1, reference_time: 1 s, exponent: 0.1}}"), HasSubstr("needs a unit"));
    const std::string yaml = scratch_.write("place.yaml", "crossbar: {}\ndevice:\n  stuck_on: 2\n");
    EXPECT_THAT(run_program({"check", yaml}).standard_error,
                HasSubstr("place.yaml:3:13: error: device.stuck_on: is 2 but must be 0 to 1"));
}

TEST(DeviceFile, IsNoChipForPeak) {
    const ProgramRun run = run_program({"peak", REMASK_SOURCE_DIR "/hw_configs/devices/puma.yaml"});
    EXPECT_EQ(run.exit_code, 2);
    EXPECT_NE(run.standard_error.find("puma.yaml: is a device file, no whole chip; lay it over one"), std::string::npos)
        << run.standard_error;
    EXPECT_EQ(run.standard_error.find("is missing"), std::string::npos) << run.standard_error;
}

}  // namespace
}  // namespace remask::test
