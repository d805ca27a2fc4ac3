#include "sim/app/sweep/sweep_warnings.h"

#include <map>
#include <nlohmann/json.hpp>

#include "sim/base/diagnostics.h"
#include "sim/base/files.h"

namespace remask {

std::vector<SweepWarning> sweep_warnings(const std::vector<std::filesystem::path>& points) {
    std::vector<SweepWarning> warnings;
    std::map<std::string, std::size_t> known;
    for (const std::filesystem::path& point : points) {
        const std::filesystem::path file = point / "results.json";
        try {
            const auto results = nlohmann::json::parse(read_file(file));
            for (const auto& warning : results.at("warnings")) {
                const auto text = warning.get<std::string>();
                const auto [found, is_new] = known.emplace(text, warnings.size());
                if (is_new) warnings.push_back({text});
                ++warnings[found->second].points;
            }
        } catch (const nlohmann::json::exception& fault) {
            throw InputError(file.string() + ": not results of this remask (" + fault.what() + ")");
        }
    }
    return warnings;
}

}  // namespace remask
