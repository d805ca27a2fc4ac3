// remask import: published weights to a model file.
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "models/network/model_file.h"
#include "sim/app/backbone_training.h"
#include "sim/app/commands/commands.h"
#include "sim/base/diagnostics.h"

namespace remask {

int execute_import(const Arguments& arguments) {
    const std::filesystem::path source = arguments.positional()[0];
    if (source.extension() != ".safetensors") {
        throw ConfigError(source.string() +
                          ": remask imports .safetensors files; convert others first (scripts/README.md)");
    }
    const std::filesystem::path out = arguments.value("out").value_or(source.stem().string() + ".h5");
    const Model model = import_safetensors(source, arguments.value("architecture").value_or("auto"));
    save_model(out, model);
    if (arguments.json()) {
        std::cout << nlohmann::ordered_json{{"model", out.string()},
                                            {"network", model.network.name},
                                            {"parameters", parameter_count(model.network)},
                                            {"macs", macs(model.network)},
                                            {"classes", model.network.classes()}}
                         .dump(2)
                  << "\n";
    } else if (!arguments.quiet()) {
        std::printf("%s: %s, %lld parameters, %lld multiply-accumulates an image, %d classes\n", out.c_str(),
                    model.network.name.c_str(), static_cast<long long>(parameter_count(model.network)),
                    static_cast<long long>(macs(model.network)), model.network.classes());
    }
    return 0;
}

}  // namespace remask
