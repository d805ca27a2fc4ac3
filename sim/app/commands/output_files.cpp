#include "sim/app/commands/output_files.h"

#include "sim/base/diagnostics.h"
#include "sim/base/files.h"

namespace remask {

namespace fs = std::filesystem;

void require_writable(const fs::path& folder, const std::string& what) {
    if (!fs::is_directory(folder)) throw RunError(what + ": there is no folder " + folder.string());
    const fs::path probe = folder / ".remask-probe";
    try {
        write_file(probe, "");
    } catch (const RunError&) {
        throw RunError(what + ": no file can be made in " + folder.string());
    }
    fs::remove(probe);
}

void check_output_file(const std::string& option, const std::string& value, const fs::path& results) {
    const std::string what = option + " " + value;
    const fs::path file = fs::absolute(value).lexically_normal();
    const fs::path folder = (fs::absolute(results) / "").lexically_normal().parent_path();
    std::error_code ignored;
    if (file == folder) throw ConfigError(what + ": this is the folder of the results; name a file");
    if (file.filename().empty()) throw ConfigError(what + ": this is a folder; name a file");
    for (const char* stream : {"/dev/stdout", "/dev/stderr"}) {
        if (fs::equivalent(file, stream, ignored)) {
            throw ConfigError(what + ": what is printed goes there; name a file");
        }
    }
    if (fs::is_symlink(file, ignored) && !fs::exists(file, ignored)) {
        throw RunError(value + ": " + option + ": this is a link to a file that is not there");
    }
    if (fs::exists(file, ignored) && !fs::is_regular_file(file, ignored)) {
        throw RunError(value + ": " + option + ": this is no file that can be replaced");
    }
    const bool beside = file.parent_path() == folder || fs::equivalent(file.parent_path(), folder, ignored);
    for (const char* name : result_files) {
        if (beside && file.filename() == name) throw ConfigError(what + ": the results have a file of this name");
    }
    if (!beside || fs::is_directory(folder, ignored)) require_writable(file.parent_path(), what);
}

}  // namespace remask
