#include "models/data/locate.h"

#include <system_error>

#include "sim/base/diagnostics.h"

namespace remask::data {
namespace {

/// The file, plain or with ".gz", or an empty path.
std::filesystem::path find_file(const std::filesystem::path& folder, const std::string& name) {
    for (const char* ending : {"", ".gz"}) {
        std::filesystem::path path = folder / (name + ending);
        std::error_code ignored;
        if (std::filesystem::exists(path, ignored)) return path;
    }
    return {};
}

std::string join(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
}

std::vector<std::filesystem::path> candidates(const DataFolders& folders, const std::vector<std::string>& subfolders) {
    std::vector<std::filesystem::path> found;
    for (const std::filesystem::path& root : {folders.user, folders.embedded}) {
        if (root.empty()) continue;
        for (const std::string& subfolder : subfolders) found.push_back(root / subfolder);
    }
    return found;
}

[[noreturn]] void report_missing(std::string_view dataset, const DataFolders& folders,
                                 const std::vector<std::string>& subfolders, const std::vector<std::string>& files) {
    std::vector<std::string> places;
    for (const std::filesystem::path& folder : candidates(folders, subfolders)) places.push_back(folder.string());
    std::string message = "data set '" + std::string(dataset) + "': files not found: " + join(files) +
                          " (or with .gz); looked in " + (places.empty() ? std::string("no folder") : join(places));
    message += folders.user.empty() ? "; no data folder was given: say" : "; say";
    message += " --data DIR, or set REMASK_DATA=DIR, where DIR is the folder that contains " + subfolders.front() + "/";
    throw InputError(message);
}

}  // namespace

std::vector<std::filesystem::path> locate(std::string_view dataset, const DataFolders& folders,
                                          const std::vector<std::string>& subfolders,
                                          const std::vector<std::string>& files) {
    for (const std::filesystem::path& folder : candidates(folders, subfolders)) {
        std::vector<std::filesystem::path> paths;
        std::vector<std::string> missing;
        for (const std::string& name : files) {
            std::filesystem::path path = find_file(folder, name);
            if (path.empty()) {
                missing.push_back(name);
            } else {
                paths.push_back(std::move(path));
            }
        }
        if (missing.empty()) return paths;
        if (!paths.empty()) {
            throw InputError("data set '" + std::string(dataset) + "': " + folder.string() + " lacks " + join(missing) +
                             " (or with .gz)");
        }
    }
    report_missing(dataset, folders, subfolders, files);
}

}  // namespace remask::data
