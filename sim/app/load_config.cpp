#include "sim/app/load_config.h"

#include "sim/app/command_line.h"

namespace remask {

ConfigFile::ConfigFile(const std::filesystem::path& file,
                       const std::vector<std::pair<std::string, std::string>>& overrides)
    : document_(Document::load(file, {shipped_files() / "hw_configs"})) {
    for (const auto& [path, value] : overrides) document_.set(path, value);
}

}  // namespace remask
