#include "documented_keys.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <sstream>
#include <stdexcept>

#include "sim/base/files.h"
#include "sim/storage/hdf5_file.h"

namespace remask::test {
namespace {

/// The page's block of code behind the line that begins with `title`.
std::string block(const std::string& title) {
    const std::string page = read_file(std::filesystem::path(REMASK_SOURCE_DIR) / "docs" / "interface.md");
    const std::size_t at = page.find("\n" + title);
    const std::size_t begin = page.find("```\n", at) + 4;
    if (at == std::string::npos) throw std::runtime_error("docs/interface.md has no '" + title + "'");
    return page.substr(begin, page.find("\n```", begin) - begin);
}

/// What the page says of one value: its keys where it is a map (or a list of maps).
struct Keys {
    std::map<std::string, Keys> named;
    std::vector<Keys> any;  ///< one, of {word: …}: the keys are names
    std::string like;       ///< the key in a task that has the same
};

/// Reads {"key", "key" (when): value, word: value}; a value is a map, a list or words.
class PageReader {
public:
    explicit PageReader(std::string text) : text_(std::move(text)) {}
    Keys read() { return value(); }

private:
    char next() {
        while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
        if (at_ == text_.size()) throw std::runtime_error("docs/interface.md: results.json ends within a map");
        return text_[at_];
    }
    bool take(char wanted) {
        if (next() != wanted) return false;
        ++at_;
        return true;
    }
    std::string until(const char* ends) {
        const std::size_t begin = at_;
        at_ = text_.find_first_of(ends, at_);
        if (at_ == std::string::npos) throw std::runtime_error("docs/interface.md: no end of " + text_.substr(begin));
        std::string word = text_.substr(begin, at_ - begin);
        while (!word.empty() && std::isspace(static_cast<unsigned char>(word.back()))) word.pop_back();
        return word;
    }

    Keys value() {
        if (take('{')) return map();
        if (!take('[')) return {{}, {}, until(",}]")};
        Keys element = value();
        while (!take(']')) at_ = text_.find_first_of("]", at_);
        return element;
    }

    Keys map() {
        Keys keys;
        do {
            const bool quoted = take('"');
            const std::string key = until(quoted ? "\"" : ":");
            if (quoted) ++at_;
            if (take('(')) {
                until(")");
                ++at_;
            }
            Keys below;
            if (take(':')) {
                next();
                below = value();
            }
            if (quoted) {
                keys.named.emplace(key, std::move(below));
            } else {
                keys.any.push_back(std::move(below));
            }
        } while (take(','));
        if (!take('}')) throw std::runtime_error("docs/interface.md: '}' expected before " + text_.substr(at_, 40));
        return keys;
    }

    std::string text_;
    std::size_t at_ = 0;
};

void compare(const Json& json, const Keys& keys, const Keys& task, const std::string& path,
             std::vector<std::string>& unknown) {
    if (json.is_array()) {
        for (const Json& item : json) compare(item, keys, task, path, unknown);
    } else if (json.is_object()) {
        const auto same = task.named.find(keys.like);
        const Keys& known = same == task.named.end() ? keys : same->second;
        for (const auto& [key, value] : json.items()) {
            const auto found = known.named.find(key);
            if (found != known.named.end()) {
                compare(value, found->second, task, path + "/" + key, unknown);
            } else if (!known.any.empty()) {
                compare(value, known.any[0], task, path + "/" + key, unknown);
            } else {
                unknown.push_back(path + "/" + key);
            }
        }
    }
}

/// /a/{b, c}, /d/E  as  /a/b  /a/c  /d/E; what stands behind two spaces is prose.
std::vector<std::string> templates() {
    std::vector<std::string> paths;
    std::istringstream lines(block("`results.h5` ("));
    for (std::string line; std::getline(lines, line);) {
        line = line.substr(0, line.find("  "));
        for (std::size_t at = line.find('/'); at != std::string::npos; at = line.find(", /", at + 1)) {
            std::string path = line.substr(line.find('/', at));
            path = path.substr(0, path.find(", /"));
            const std::size_t open = path.find('{');
            std::istringstream names(open == std::string::npos ? "" : path.substr(open + 1, path.size() - open - 2));
            if (open == std::string::npos) paths.push_back(path);
            for (std::string name; names >> name;) {
                paths.push_back(path.substr(0, open) + name.substr(0, name.find(',')));
            }
        }
    }
    return paths;
}

bool fits(const std::string& path, const std::string& pattern) {
    std::istringstream parts(path), wanted(pattern);
    std::string part, word;
    while (std::getline(wanted, word, '/')) {
        if (!std::getline(parts, part, '/')) return false;
        const bool any = !word.empty() && std::isupper(static_cast<unsigned char>(word[0]));
        if (!any && part != word) return false;
    }
    return !std::getline(parts, part, '/');
}

void collect(const Hdf5Reader& file, const std::string& group, std::vector<std::string>& paths) {
    for (const std::string& member : file.members(group)) {
        const std::string path = (group == "/" ? "" : group) + "/" + member;
        try {
            collect(file, path, paths);
        } catch (const std::exception&) {
            paths.push_back(path);  // no group
        }
    }
}

}  // namespace

std::vector<std::string> undocumented_keys(const Json& results) {
    const Keys keys = PageReader(block("`results.json` (")).read();
    std::vector<std::string> unknown;
    compare(results, keys, keys.named.at("tasks"), "", unknown);
    return unknown;
}

std::vector<std::string> undocumented_data(const std::filesystem::path& results) {
    std::vector<std::string> paths, unknown;
    collect(Hdf5Reader(results), "/", paths);
    const std::vector<std::string> known = templates();
    for (const std::string& path : paths) {
        const auto same = [&](const std::string& pattern) { return fits(path, pattern); };
        if (std::none_of(known.begin(), known.end(), same)) unknown.push_back(path);
    }
    return unknown;
}

}  // namespace remask::test
