#include "sim/app/settings/load_config.h"

#include "sim/app/command_line.h"

namespace remask {

ConfigFile::ConfigFile(const std::filesystem::path& file,
                       const std::vector<std::pair<std::string, std::string>>& overrides)
    : document_(Document::load(file, {shipped_files() / "hw_configs"})) {
    for (const auto& [path, value] : overrides) document_.set(path, value);
}

std::string ConfigFile::written_path(const std::string& path) const {
    const std::string hardware = "hardware.";
    const std::string section = path.substr(0, path.find('.'));
    if (!section.empty() && document_.has(hardware + section)) return hardware + path;
    return path.starts_with(hardware) && !document_.has("hardware") ? path.substr(hardware.size()) : path;
}

std::vector<Diagnostic> ConfigFile::placed(std::vector<Diagnostic> faults) const {
    for (Diagnostic& fault : faults) {
        if (fault.location.file.empty()) fault.path = written_path(fault.path);
        std::string_view path = fault.path;
        while (fault.location.file.empty() && !path.empty()) {
            if (const Node* node = find_path(document_.root(), path)) fault.location = node->location;
            const std::size_t dot = path.rfind('.');
            path = dot == std::string_view::npos ? std::string_view() : path.substr(0, dot);
        }
        if (fault.location.file.empty() && !fault.path.empty()) fault.location = document_.root().location;
    }
    return faults;
}

std::string without_remarks(std::string yaml) {
    constexpr std::string_view remark = "  # default";
    for (std::size_t at = yaml.find(remark); at != std::string::npos; at = yaml.find(remark, at)) {
        yaml.erase(at, remark.size());
    }
    return yaml;
}

}  // namespace remask
