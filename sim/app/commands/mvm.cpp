// remask mvm: raw matrix-vector products through one layer's arrays.
#include "sim/app/mvm.h"

#include <iostream>
#include <nlohmann/json.hpp>

#include "sim/app/commands/commands.h"
#include "sim/app/commands/print_json.h"
#include "sim/app/settings/load_config.h"
#include "sim/base/diagnostics.h"
#include "sim/base/parallel.h"
#include "sim/hardware/crossbar_parameters.h"
#include "sim/hardware/device_parameters.h"

namespace remask {

namespace {

std::string required(const Arguments& arguments, const std::string& option) {
    const auto value = arguments.value(option);
    if (!value) throw ConfigError("--" + option + " is missing; see 'remask mvm --help'");
    return *value;
}

/// A setting of another section would be ignored.
void refuse_settings_unread(const Arguments& arguments) {
    for (const auto& [path, value] : arguments.overrides()) {
        const std::string section = path.substr(0, path.find('.'));
        if (section == "crossbar" || section == "device") continue;
        throw ConfigError(
            "--set " + path + "=" + value +
            ": mvm reads the sections 'crossbar' and 'device' alone, for example --set crossbar.adc_bits=6");
    }
}

}  // namespace

int execute_mvm(const Arguments& arguments) {
    const std::string hardware = required(arguments, "hardware");
    const std::string input = required(arguments, "input");
    const std::string output = required(arguments, "output");
    refuse_settings_unread(arguments);
    const ConfigFile file(hardware, arguments.overrides());
    const auto parameters = read_config<CrossbarParameters>(file.document().section("crossbar"));
    DeviceParameters device;
    if (file.document().has("device")) device = read_config<DeviceParameters>(file.document().section("device"));
    std::error_code ignored;
    if (std::filesystem::equivalent(input, output, ignored)) {
        throw ConfigError("--output is the same file as --input; the weights would be lost");
    }
    for (const std::filesystem::path& read : file.document().files()) {
        if (!std::filesystem::equivalent(read, output, ignored)) continue;
        throw ConfigError("--output " + output + ": this is read by this command, and would be lost");
    }
    ThreadPool pool(thread_count(arguments));
    run_mvm(parameters, device, input, output, arguments.has("conductances"), pool);
    if (arguments.json()) print_json(nlohmann::ordered_json{{"output", output}});
    return 0;
}

}  // namespace remask
