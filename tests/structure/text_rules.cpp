#include "tests/structure/text_rules.h"

#include <filesystem>
#include <regex>

namespace remask::structure {
namespace {

std::string at(const SourceFile& file, int line, const std::string& what) {
    return file.path + ":" + std::to_string(line) + ": " + what;
}

/// Complains about every line in which `pattern` is found, after `prepare` has changed the line.
template <class Prepare>
Complaints find_in_lines(const SourceFile& file, const std::regex& pattern, const std::string& what, Prepare prepare) {
    Complaints complaints;
    int number = 0;
    for (const std::string& line : lines_of(file.text)) {
        ++number;
        const std::string text = prepare(line);
        std::smatch match;
        if (std::regex_search(text, match, pattern)) complaints.push_back(at(file, number, what + ": " + match.str()));
    }
    return complaints;
}

std::string unchanged(const std::string& line) {
    return line;
}

/// The line without text in quotes and without a comment that begins with //.
std::string without_strings_and_comments(const std::string& line) {
    static const std::regex strings("\"(\\\\.|[^\"\\\\])*\"");
    const std::string code = std::regex_replace(line, strings, "\"\"");
    return code.substr(0, code.find("//"));
}

std::string without_cmake_comment(const std::string& line) {
    return line.substr(0, line.find('#'));
}

}  // namespace

Complaints check_length(const SourceFile& file) {
    const auto lines = static_cast<int>(lines_of(file.text).size());
    if (lines <= too_long_file) return {};
    return {at(file, lines, "longer than " + std::to_string(too_long_file) + " lines: split it by ideas")};
}

Complaints check_header(const SourceFile& file) {
    Complaints complaints;
    if (!file.text.starts_with("// ")) complaints.push_back(at(file, 1, "a header begins with // and what it is"));
    if (file.text.find("\n#pragma once\n") == std::string::npos) complaints.push_back(at(file, 1, "no #pragma once"));
    static const std::regex using_namespace("\\busing\\s+namespace\\b");
    for (auto& found : find_in_lines(file, using_namespace, "in a header", without_strings_and_comments)) {
        complaints.push_back(std::move(found));
    }
    return complaints;
}

Complaints check_machine_paths(const SourceFile& file) {
    // Written in two pieces so that this file keeps the rule itself.
    static const std::regex machine(
        "(^|[^A-Za-z0-9_.}/-])/(wo"
        "rk|ho"
        "me|Us"
        "ers|mnt|tmp/(da"
        "ta|bri"
        "ef|bui"
        "ld))/");
    return find_in_lines(file, machine, "path of one machine", unchanged);
}

Complaints check_library_is_silent(const SourceFile& file) {
    static const std::regex loud(
        "std::(cout|cerr|clog)\\b|\\b(printf|fprintf|vprintf|vfprintf|puts|fputs|putchar|perror)\\s*\\(|"
        "\\b(exit|_exit|quick_exit|abort|terminate)\\s*\\(");
    return find_in_lines(file, loud, "library code must throw, not print or exit", without_strings_and_comments);
}

Complaints check_compiler_flags(const SourceFile& file) {
    static const std::regex flags("-march=|-mcpu=|-mtune=native|-ffast-math|-Ofast|-funsafe-math|-ffp-contract=fast");
    return find_in_lines(file, flags, "flag changes results from machine to machine", without_cmake_comment);
}

std::map<std::string, int> types_defined_in(const SourceFile& file) {
    // In the project's style only what is at the outermost level begins at the line's start.
    static const std::regex definition("^(class|struct|enum class|union) ([A-Za-z0-9_]+)( final)?( :[^;]*)? \\{.*");
    std::map<std::string, int> types;
    int number = 0;
    bool specialisation = false;
    for (const std::string& line : lines_of(file.text)) {
        ++number;
        std::smatch match;
        if (!specialisation && std::regex_match(line, match, definition)) types.emplace(match[2], number);
        specialisation = line == "template <>";
    }
    return types;
}

std::vector<Link> relative_links(const SourceFile& file) {
    static const std::regex link("\\]\\(([^)#\\s]+)(#[^)]*)?\\)");
    static const std::regex inline_code("`[^`]*`");
    std::vector<Link> links;
    int number = 0;
    bool in_code = false;
    for (const std::string& line : lines_of(file.text)) {
        ++number;
        if (line.starts_with("```")) in_code = !in_code;
        if (in_code) continue;
        const std::string text = std::regex_replace(line, inline_code, "");
        for (auto match = std::sregex_iterator(text.begin(), text.end(), link); match != std::sregex_iterator();
             ++match) {
            const std::string target = (*match)[1];
            if (target.find("://") != std::string::npos || target.starts_with("mailto:")) continue;
            const auto path = (std::filesystem::path(file.folder) / target).lexically_normal();
            links.push_back({path.generic_string(), number});
        }
    }
    return links;
}

}  // namespace remask::structure
