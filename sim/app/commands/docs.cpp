// remask docs: the reference of a config file's keys, from the field lists that also read it.
#include <iostream>
#include <nlohmann/json.hpp>

#include "sim/app/backbone_training.h"
#include "sim/app/command_line.h"
#include "sim/app/commands/commands.h"
#include "sim/app/commands/print_json.h"
#include "sim/app/settings/experiment.h"
#include "sim/app/sweep/sweep.h"
#include "sim/base/diagnostics.h"
#include "sim/base/files.h"
#include "sim/config/config.h"
#include "sim/hardware/hardware.h"

namespace remask {

namespace {

struct Reference {
    std::string title;
    std::vector<FieldDoc> keys;
};

Reference reference_of(const std::string& what) {
    if (what == "experiment") return {"Keys of an experiment", document_fields<Experiment>()};
    if (what == "sweep") return {"Keys of a sweep", document_fields<Sweep>()};
    if (what == "backbone") return {"Keys of a backbone's training", document_fields<BackboneTraining>()};
    if (what == "hardware") return {"Keys of a hardware file", document_fields<Hardware>()};
    throw ConfigError("there is no reference of '" + what + "'" +
                      did_you_mean(what, {"experiment", "sweep", "backbone", "hardware"}) +
                      "; usage: remask docs experiment|sweep|backbone|hardware");
}

nlohmann::ordered_json json_of(const FieldDoc& key) {
    nlohmann::ordered_json json{{"path", key.path},  {"type", key.type},         {"range", key.range},
                                {"units", key.unit}, {"required", key.required}, {"default", nullptr},
                                {"meaning", key.doc}};
    if (!key.default_value.empty()) json["default"] = key.default_value;
    return json;
}

}  // namespace

int execute_docs(const Arguments& arguments) {
    const Reference reference = reference_of(arguments.positional()[0]);
    if (arguments.json()) {
        auto json = nlohmann::ordered_json::array();
        for (const FieldDoc& key : reference.keys) json.push_back(json_of(key));
        print_json(json);
    } else {
        std::cout << render_markdown(reference.keys, reference.title);
    }
    return 0;
}

}  // namespace remask
