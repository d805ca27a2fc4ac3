// remask check: does a config file hold what it may hold?
#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "sim/app/backbone_training.h"
#include "sim/app/command_line.h"
#include "sim/app/commands/commands.h"
#include "sim/app/commands/print_json.h"
#include "sim/app/run/describe_chip.h"
#include "sim/app/run/run_experiment.h"
#include "sim/app/settings/experiment.h"
#include "sim/app/settings/load_config.h"
#include "sim/app/sweep/sweep_check.h"
#include "sim/base/diagnostics.h"
#include "sim/base/files.h"
#include "sim/base/parallel.h"

namespace remask {

namespace {

using Json = nlohmann::ordered_json;

/// Every method's and task's settings as one text each, defaults filled in: equal texts are equal settings.
Json rows_of(const Experiment& experiment) {
    Json rows{{"seed", experiment.seed}, {"methods", Json::array()}, {"tasks", Json::array()}};
    for (const MethodConfig& method : experiment.methods) {
        rows["methods"].push_back({{"name", method.name()}, {"settings", settings_of(method)}});
    }
    for (const TaskSection& task : experiment.tasks) {
        rows["tasks"].push_back({{"name", task.name}, {"settings", settings_of(task)}});
    }
    return rows;
}

/// A device file (hw_configs/devices) is no whole chip: it is read as laid over ISAAC's.
void check_device(const std::string& file) {
    const std::string chip = "extends: [isaac.yaml, " + Json(std::filesystem::absolute(file).string()).dump() + "]\n";
    read_config<Hardware>(Document::parse(chip, "device", {shipped_files() / "hw_configs"}));
}

/// Whether the chip can do it; with --data all that a run would look at before it begins. False where the backbone's
/// file, or the data, are not there yet and --data does not ask for them.
bool check_on_chip(ConfigFile& file, const Experiment& experiment, const Arguments& arguments) {
    ThreadPool pool(1);
    const auto silent = console_progress(true);
    const RunEnvironment environment{data_folders(arguments), nullptr, pool, *silent};
    return with_places(file, [&] {
        if (!arguments.has("data") || experiment.backbone.network) return check_room(experiment, environment);
        check_experiment(experiment, environment);
        return true;
    });
}

/// What an experiment without errors cannot have done with it yet.
std::string remarks_on(const Json& answer) {
    std::string remarks;
    if (!answer.value("room_checked", true)) {
        remarks += " (its backbone or data are not there yet: the chip's room was not looked at)";
    }
    if (answer.value("estimate_only", false)) {
        remarks +=
            " (for map and estimate: a run needs backbone.model, and where energy depends on the data "
            "backbone.data)";
    }
    return remarks;
}

/// Reads `file` as what its keys say that it is, as "kind"; for an experiment its rows too.
Json check_file(const std::string& file, const Arguments& arguments) {
    ConfigFile config(file, {});
    const Document& document = config.document();
    if (document.has("axes") || document.has("grids")) {
        const auto sweep = config.read<Sweep>();
        check_axes(sweep, {});
        return {{"kind", "sweep"}};
    }
    if (document.has("network")) {
        config.read<BackboneTraining>();
        return {{"kind", "backbone"}};
    }
    if (document.has("backbone") || document.has("tasks") || document.has("hardware")) {
        Json answer{{"kind", "experiment"}};
        const auto experiment = config.read<Experiment>();
        answer.update(rows_of(experiment));
        answer["room_checked"] = check_on_chip(config, experiment, arguments);
        answer["estimate_only"] = experiment.backbone.network || lacks_data(experiment);
        return answer;
    }
    if (document.has("cell") && !document.has("crossbar")) {
        check_device(file);
        return {{"kind", "device"}};
    }
    config.read<Hardware>();
    return {{"kind", "hardware"}};
}

}  // namespace

int execute_check(const Arguments& arguments) {
    auto json = Json::array();
    std::vector<Diagnostic> faults;
    bool missing = false;
    for (const std::string& file : arguments.positional()) {
        try {
            Json answer{{"file", file}};
            answer.update(check_file(file, arguments));
            answer["errors"] = Json::array();
            if (!arguments.json() && !arguments.quiet()) {
                std::cout << file << ": " << answer["kind"].get<std::string>() << ", no errors" << remarks_on(answer)
                          << "\n";
            }
            json.push_back(std::move(answer));
        } catch (const Error& error) {
            missing = missing || dynamic_cast<const InputError*>(&error) != nullptr;
            auto lines = Json::array();
            for (const Diagnostic& diagnostic : error.diagnostics()) {
                lines.push_back(to_string(diagnostic));
                faults.push_back(diagnostic);
            }
            json.push_back({{"file", file}, {"kind", nullptr}, {"errors", lines}});
        }
    }
    if (arguments.json()) print_json(json);
    if (faults.empty()) return 0;
    if (missing) throw InputError(faults);
    throw ConfigError(faults);
}

}  // namespace remask
