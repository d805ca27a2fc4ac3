#include "results.h"

#include <gmock/gmock.h>

#include "documented_keys.h"
#include "sim/base/files.h"

namespace remask::test {

Json results_in(const std::string& text) {
    Json results = Json::parse(text);
    EXPECT_THAT(undocumented_keys(results), testing::IsEmpty()) << "name them in docs/interface.md";
    return results;
}

Json results_of(const std::filesystem::path& folder) {
    return results_in(read_file(folder / "results.json"));
}

Json without_times(Json json) {
    json.erase("performance");
    for (Json& task : json["tasks"]) {
        task["training"].erase("wall_s");
        task["simulation"].erase("wall_s");
    }
    return json;
}

}  // namespace remask::test
