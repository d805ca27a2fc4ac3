// remask list and remask info.
#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "models/data/dataset.h"
#include "models/methods/method.h"
#include "models/network/builders.h"
#include "sim/app/commands/commands.h"
#include "sim/app/commands/print_json.h"
#include "sim/app/library_versions.h"
#include "sim/app/settings/load_config.h"
#include "sim/app/version.h"
#include "sim/base/diagnostics.h"
#include "sim/base/files.h"
#include "sim/base/parallel.h"
#include "sim/hardware/hardware.h"
#include "sim/report/writers.h"

namespace remask {

namespace {

using Entries = std::vector<std::pair<std::string, std::string>>;

Entries hardware_entries() {
    Entries entries;
    std::vector<std::filesystem::path> files;
    for (const auto& file : std::filesystem::directory_iterator(shipped_files() / "hw_configs")) {
        if (file.path().extension() == ".yaml") files.push_back(file.path());
    }
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
        ConfigFile config(file, {});
        const auto hardware = config.read<Hardware>();
        entries.emplace_back(file.filename().string(), hardware.name + ": " + hardware.source);
    }
    return entries;
}

Entries entries_of(const std::string& what) {
    Entries entries;
    if (what == "hardware") return hardware_entries();
    if (what == "methods") {
        for (const MethodInfo& info : list_methods()) entries.emplace_back(info.name, info.description);
    } else if (what == "models") {
        for (const BuilderInfo& info : builders()) entries.emplace_back(info.name, info.description);
    } else if (what == "datasets") {
        for (const DatasetInfo& info : list_datasets()) {
            entries.emplace_back(info.name, std::string(info.description) + (info.embedded ? " (embedded)" : ""));
        }
    } else {
        throw ConfigError("there is no list of '" + what + "'" +
                          did_you_mean(what, {"hardware", "methods", "models", "datasets"}) +
                          "; usage: remask list hardware|methods|models|datasets");
    }
    return entries;
}

}  // namespace

int execute_list(const Arguments& arguments) {
    const Entries entries = entries_of(arguments.positional()[0]);
    if (arguments.json()) {
        auto json = nlohmann::ordered_json::array();
        for (const auto& [name, description] : entries) json.push_back({{"name", name}, {"description", description}});
        print_json(json);
        return 0;
    }
    std::size_t width = 0;
    for (const auto& entry : entries) width = std::max(width, entry.first.size());
    for (const auto& [name, description] : entries) {
        std::cout << name << std::string(width - name.size() + 2, ' ') << description << "\n";
    }
    return 0;
}

int execute_info(const Arguments& arguments) {
    const Entries entries = library_versions();
    if (arguments.json()) {
        nlohmann::ordered_json json{{"remask", version()}, {"threads", available_threads()}};
        for (const auto& [name, text] : entries) json[name] = text;
        print_json(json);
        return 0;
    }
    std::cout << "remask " << version() << ", " << available_threads() << " threads\n";
    for (const auto& [name, text] : entries) std::cout << name << ": " << text << "\n";
    return 0;
}

}  // namespace remask
