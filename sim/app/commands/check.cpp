// remask check and remask docs: what a config file may hold, and whether it does.
#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "sim/app/backbone_training.h"
#include "sim/app/commands/commands.h"
#include "sim/app/experiment.h"
#include "sim/app/load_config.h"
#include "sim/app/sweep.h"
#include "sim/base/diagnostics.h"
#include "sim/base/files.h"

namespace remask {

namespace {

/// Reads `file` as what its keys say that it is; returns that as a word.
std::string check_file(const std::string& file) {
    ConfigFile config(file, {});
    const Document& document = config.document();
    if (document.has("axes") || document.has("grids")) {
        const auto sweep = config.read<Sweep>();
        ConfigFile(sweep.experiment, {}).read<Experiment>();
        return "sweep";
    }
    if (document.has("network")) {
        config.read<BackboneTraining>();
        return "backbone";
    }
    if (document.has("backbone") || document.has("tasks") || document.has("hardware")) {
        config.read<Experiment>();
        return "experiment";
    }
    config.read<Hardware>();
    return "hardware";
}

}  // namespace

int execute_check(const Arguments& arguments) {
    auto json = nlohmann::ordered_json::array();
    std::vector<Diagnostic> faults;
    bool missing = false;
    for (const std::string& file : arguments.positional()) {
        try {
            const std::string kind = check_file(file);
            json.push_back({{"file", file}, {"kind", kind}, {"errors", nlohmann::ordered_json::array()}});
            if (!arguments.json() && !arguments.quiet()) std::cout << file << ": " << kind << ", no errors\n";
        } catch (const Error& error) {
            missing = missing || dynamic_cast<const InputError*>(&error) != nullptr;
            auto lines = nlohmann::ordered_json::array();
            for (const Diagnostic& diagnostic : error.diagnostics()) {
                lines.push_back(to_string(diagnostic));
                faults.push_back(diagnostic);
            }
            json.push_back({{"file", file}, {"kind", nullptr}, {"errors", lines}});
        }
    }
    if (arguments.json()) std::cout << json.dump(2) << "\n";
    if (faults.empty()) return 0;
    if (missing) throw InputError(faults);
    throw ConfigError(faults);
}

int execute_docs(const Arguments& arguments) {
    const std::string& what = arguments.positional()[0];
    if (what == "experiment") {
        std::cout << render_markdown(document_fields<Experiment>(), "Keys of an experiment");
    } else if (what == "sweep") {
        std::cout << render_markdown(document_fields<Sweep>(), "Keys of a sweep");
    } else if (what == "backbone") {
        std::cout << render_markdown(document_fields<BackboneTraining>(), "Keys of a backbone's training");
    } else if (what == "hardware") {
        std::cout << render_markdown(document_fields<Hardware>(), "Keys of a hardware file");
    } else {
        throw ConfigError("there is no reference of '" + what + "'" +
                          did_you_mean(what, {"experiment", "sweep", "backbone", "hardware"}) +
                          "; usage: remask docs experiment|sweep|backbone|hardware");
    }
    return 0;
}

}  // namespace remask
