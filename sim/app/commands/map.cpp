// remask map: where a network lies on a chip.
#include <algorithm>
#include <iostream>

#include "sim/app/commands/commands.h"
#include "sim/app/costing/describe_mapping.h"
#include "sim/app/run/bench.h"
#include "sim/app/run/describe_chip.h"
#include "sim/app/settings/load_config.h"
#include "sim/base/diagnostics.h"
#include "sim/base/files.h"
#include "sim/base/parallel.h"
#include "sim/report/writers.h"

namespace remask {

namespace {

const MethodConfig& method_named(const Experiment& experiment, const std::string& name) {
    std::vector<std::string> names;
    for (const MethodConfig& method : experiment.methods) {
        if (method.name() == name) return method;
        names.push_back(method.name());
    }
    throw ConfigError("--method: the experiment has no method '" + name + "'" + did_you_mean(name, names));
}

MappingResult map_model(const Experiment& experiment, const Arguments& arguments) {
    ThreadPool pool(1);
    const auto silent = console_progress(true);
    const RunEnvironment environment{data_folders(arguments), nullptr, pool, *silent};
    const Bench bench(experiment, environment);
    const auto name = arguments.value("method");
    if (!name) return describe_mapping(bench.chip().mapping, experiment.hardware, bench.backbone().network.name);
    const MethodConfig& method = method_named(experiment, *name);
    const MethodChip chip = bench.chip_for(method, most_growth(method));
    return describe_mapping(chip.mapping, experiment.hardware, bench.backbone().network.name + " with " + *name);
}

MappingResult map_weightless(const Experiment& experiment, const Arguments& arguments) {
    if (arguments.has("method")) {
        throw ConfigError("--method: methods need weights: give 'backbone.model' in place of 'backbone.network'");
    }
    const MappedNetwork mapped = map_experiment(experiment);
    return describe_mapping(mapped.mapping, experiment.hardware, mapped.network.name);
}

int map_file(ConfigFile& file, const Arguments& arguments) {
    const auto experiment = file.read<Experiment>();
    const MappingResult mapping =
        experiment.backbone.network ? map_weightless(experiment, arguments) : map_model(experiment, arguments);
    if (const auto out = arguments.value("out")) {
        const std::filesystem::path folder = *out;
        std::error_code fault;
        std::filesystem::create_directories(folder, fault);
        if (fault) throw RunError(folder.string() + ": can't be made: " + fault.message());
        write_file(folder / "report.html", mapping_page(mapping));
        write_file(folder / "mapping.json", mapping_to_json(mapping));
    }
    if (arguments.json()) {
        std::cout << mapping_to_json(mapping);
    } else if (!arguments.quiet()) {
        std::cout << mapping_to_text(mapping);
        if (const auto out = arguments.value("out")) std::cout << "\npictures: " << *out << "/report.html\n";
    }
    return 0;
}

}  // namespace

int execute_map(const Arguments& arguments) {
    ConfigFile file(arguments.positional()[0], arguments.overrides());
    return with_places(file, [&] { return map_file(file, arguments); });
}

}  // namespace remask
