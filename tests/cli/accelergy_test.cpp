// --export-accelergy: the files have the form that Accelergy reads, and counts × energies are the report's energy.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "program.h"
#include "sim/base/files.h"
#include "sim/config/document.h"

namespace remask::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

std::string text_at(const Node& node, const std::string& path) {
    const Node* found = find_path(node, path);
    EXPECT_NE(found, nullptr) << path;
    return found == nullptr ? "" : found->text;
}

const std::vector<Node>& list_at(const Node& node, const std::string& path) {
    static const std::vector<Node> nothing;
    const Node* found = find_path(node, path);
    EXPECT_TRUE(found != nullptr && found->kind == Node::Kind::list) << path;
    return found == nullptr ? nothing : found->items;
}

using ByAction = std::map<std::string, std::map<std::string, double>>;

/// By component and action; `actions`: the key of a component's list, `number`: of an action's value.
ByAction numbers(const std::vector<Node>& components, const std::string& actions, const std::string& number) {
    ByAction values;
    for (const Node& component : components) {
        for (const Node& action : list_at(component, actions)) {
            values[text_at(component, "name")][text_at(action, "name")] = std::stod(text_at(action, number));
        }
    }
    return values;
}

class Accelergy : public testing::Test {
protected:
    Json export_of(const std::string& hardware) {
        const std::string yaml = scratch_.write("e.yaml",
                                                "name: exported\n"
                                                "backbone:\n"
                                                "  network: {architecture: resnet20, channels: 3, height: 32, "
                                                "width_pixels: 32}\n"
                                                "hardware: {extends: " +
                                                    hardware + "}\n");
        const ProgramRun run = run_program({"estimate", yaml, "--out", (scratch_.path() / "out").string(), "--json",
                                            "--export-accelergy", folder().string()});
        EXPECT_EQ(run.exit_code, 0) << run.standard_error;
        return Json::parse(run.standard_output);
    }
    fs::path folder() const { return scratch_.path() / "accelergy"; }
    Document file(const std::string& name) const { return Document::load(folder() / name); }

    ScratchFolder scratch_;
};

TEST_F(Accelergy, CountsTimesEnergiesAreTheReportsEnergy) {
    const Json results = export_of("puma.yaml");  // its ADCs leak
    const Document counted = file("backbone/action_counts.yaml"), priced = file("backbone/ERT.yaml");
    EXPECT_EQ(text_at(counted.root(), "action_counts.version"), "0.4");
    EXPECT_EQ(text_at(priced.root(), "ERT.version"), "0.4");
    const ByAction counts = numbers(list_at(counted.root(), "action_counts.local"), "action_counts", "counts");
    ByAction energies = numbers(list_at(priced.root(), "ERT.tables"), "actions", "energy");
    const Json& inference = results["backbone"]["inference"];
    double joules = 0.0;
    for (const auto& [component, actions] : counts) {
        double of_component = 0.0;
        for (const auto& [action, count] : actions) {
            of_component += count * energies[component][action] * 1e-12;
            if (action != "leak") {
                EXPECT_EQ(count, inference["counts"][action].get<double>()) << action;
            }
        }
        const double reported = inference["energy_by_component_j"][component.substr(5)];  // "chip."
        EXPECT_NEAR(of_component, reported, 1e-12 * reported) << component;
        joules += of_component;
    }
    EXPECT_EQ(counts.count("chip.leakage"), 1u);
    EXPECT_EQ(counts.size(), inference["energy_by_component_j"].size());
    EXPECT_NEAR(joules, inference["energy_j"], 1e-12 * joules);
}

TEST_F(Accelergy, AreasAreThePartsAreas) {
    const Json results = export_of("isaac.yaml");
    const Document areas = file("ART.yaml");
    EXPECT_EQ(text_at(areas.root(), "ART.version"), "0.4");
    double square_micrometres = 0.0;
    for (const Node& part : list_at(areas.root(), "ART.tables")) {
        square_micrometres += std::stod(text_at(part, "area"));
    }
    EXPECT_NEAR(square_micrometres * 1e-12, results["hardware"]["area_m2"], 1e-15);
}

TEST_F(Accelergy, AFolderThatCanNotBeMadeIsToldBeforeTheRun) {
    const std::string blocked = scratch_.write("accelergy", "a file");
    const ProgramRun run =
        run_program({"run", std::string(REMASK_SOURCE_DIR) + "/experiments/quickstart/experiment.yaml", "--out",
                     (scratch_.path() / "out").string(), "--export-accelergy", blocked});
    EXPECT_EQ(run.exit_code, 1);
    EXPECT_THAT(run.standard_error, testing::HasSubstr("can't be made"));
    EXPECT_FALSE(fs::exists(scratch_.path() / "out" / "results.json"));
}

TEST_F(Accelergy, ARefusedEstimateLeavesNoFolder) {
    const std::string backbone = std::string(REMASK_SOURCE_DIR) + "/experiments/quickstart/backbone.h5";
    const std::string yaml = scratch_.write("e.yaml", "name: e\nbackbone: {model: " + backbone +
                                                          "}\nhardware: {extends: isaac.yaml}\n"
                                                          "tasks: [{name: digits, data: {dataset: digits}}]\n"
                                                          "methods: [{method: piggyback}]\n");  // no `assume`
    const fs::path wanted = scratch_.path() / "new" / "accelergy";
    EXPECT_EQ(run_program({"estimate", yaml, "--export-accelergy", wanted.string()}).exit_code, 2);
    EXPECT_FALSE(fs::exists(wanted.parent_path()));
}

}  // namespace
}  // namespace remask::test
