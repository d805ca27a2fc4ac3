#include "sim/config/document.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <system_error>
#include <tuple>
#include <utility>

#include "sim/base/files.h"
#include "sim/config/extends.h"
#include "sim/config/yaml_parser.h"

namespace remask {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void refuse(const SourceLocation& location, const std::string& path, const std::string& message) {
    std::vector<Diagnostic> faults;
    faults.push_back({location, path, message});
    throw ConfigError(std::move(faults));
}

void throw_if_any(std::vector<Diagnostic> faults) {
    if (faults.empty()) return;
    sort_by_location(faults);
    throw ConfigError(std::move(faults));
}

SourceLocation command_line() {
    return {std::string(set_origin), 0, 0};
}

/// The child of a map that a path leads to: the longest key that is a head of the path, else the part before the first
/// dot.
std::string_view next_key(const Node& map, std::string_view path) {
    std::string_view best = path.substr(0, path.find('.'));
    for (const NodeEntry& entry : map.entries) {
        const bool head = path.substr(0, entry.key.size()) == entry.key &&
                          (path.size() == entry.key.size() || path[entry.key.size()] == '.');
        if (head && entry.key.size() > best.size()) best = path.substr(0, entry.key.size());
    }
    return best;
}

Node& item_at(Node& list, std::string_view index, const std::string& path) {
    std::size_t number = 0;
    const auto result = std::from_chars(index.data(), index.data() + index.size(), number);
    if (result.ec != std::errc() || result.ptr != index.data() + index.size()) {
        refuse(command_line(), path, "'" + std::string(index) + "' is not the number of a list's element (0, 1, ...)");
    }
    if (number >= list.items.size()) {
        refuse(command_line(), path,
               "there is no element " + std::string(index) + ": the list has " + std::to_string(list.items.size()));
    }
    return list.items[number];
}

/// The node that `path` names; keys that are missing are added.
Node& reach(Node& root, const std::string& path) {
    Node* node = &root;
    std::string_view rest = path;
    while (!rest.empty()) {
        if (node->kind == Node::Kind::null) {
            node->kind = Node::Kind::map;
            node->location = command_line();
        }
        if (node->kind == Node::Kind::scalar) {
            const std::string parent = path.substr(0, path.size() - rest.size() - 1);
            refuse(command_line(), path, "'" + parent + "' is a single value and has no parts");
        }
        const bool list = node->kind == Node::Kind::list;
        const std::string_view head = list ? rest.substr(0, rest.find('.')) : next_key(*node, rest);
        if (head.empty()) refuse(command_line(), path, "the path has an empty part");
        if (list) {
            node = &item_at(*node, head, path);
        } else {
            if (head == "extends") {
                refuse(command_line(), path, "'extends' cannot be set; set the whole map: path={extends: FILE}");
            }
            if (node->find(head) == nullptr) node->entries.push_back({std::string(head), command_line(), Node{}});
            node = &node->find(head)->value;
        }
        rest = head.size() == rest.size() ? std::string_view() : rest.substr(head.size() + 1);
        if (rest.empty() && path.back() == '.') refuse(command_line(), path, "the path has an empty part");
    }
    return *node;
}

}  // namespace

fs::path folder_of(const SourceLocation& location) {
    return location.file == set_origin ? fs::path() : fs::path(location.file).parent_path();
}

void sort_by_location(std::vector<Diagnostic>& diagnostics) {
    std::stable_sort(diagnostics.begin(), diagnostics.end(), [](const Diagnostic& a, const Diagnostic& b) {
        return std::tie(a.location.file, a.location.line, a.location.column) <
               std::tie(b.location.file, b.location.line, b.location.column);
    });
}

Document Document::load(const fs::path& file, Folders search) {
    return parse(read_file(file), file.string(), std::move(search));
}

Document Document::parse(const std::string& text, const std::string& name, Folders search) {
    Document document;
    document.search_ = std::move(search);
    std::vector<Diagnostic> faults;
    document.root_ = parse_yaml(text, name, faults);
    std::error_code error;
    const fs::path self = fs::weakly_canonical(name, error);
    std::vector<fs::path> chain{error ? fs::path(name) : self};
    Extender extender(document.search_, faults);
    extender.resolve(document.root_, chain);
    if (faults.empty() && document.root_.kind != Node::Kind::map) {
        faults.push_back({document.root_.location, "",
                          "a file must hold a map (key: value), not " + std::string(kind_name(document.root_.kind))});
    }
    throw_if_any(std::move(faults));
    document.files_.push_back(name);
    document.files_.insert(document.files_.end(), extender.files().begin(), extender.files().end());
    return document;
}

void Document::set(std::string_view path, const std::string& value) {
    const std::string name(path);
    if (name.empty()) refuse(command_line(), "", "the path is empty; write path=value");
    std::vector<Diagnostic> faults;
    Node node = parse_yaml(value, std::string(set_origin), faults, 0);
    std::vector<fs::path> chain;
    Extender extender(search_, faults);
    extender.resolve(node, chain);
    for (Diagnostic& fault : faults) fault.path = joined_path(name, fault.path);
    throw_if_any(std::move(faults));
    Node changed = root_;
    reach(changed, name) = std::move(node);
    root_ = std::move(changed);
    files_.insert(files_.end(), extender.files().begin(), extender.files().end());
}

void Document::set(std::string_view assignment) {
    const std::size_t equals = assignment.find('=');
    if (equals == std::string_view::npos) {
        refuse(command_line(), "", "'" + std::string(assignment) + "' is not of the form path=value");
    }
    set(assignment.substr(0, equals), std::string(assignment.substr(equals + 1)));
}

void Document::keep_items(std::string_view path, const std::vector<std::size_t>& numbers) {
    const Node* list = find_path(root_, path);
    if (list == nullptr || list->kind != Node::Kind::list) throw InternalError("keep_items: no list");
    std::vector<Node> kept;
    for (const std::size_t number : numbers) kept.push_back(list->items.at(number));
    reach(root_, std::string(path)).items = std::move(kept);
}

Document Document::section(std::string_view path) const {
    const Node* node = find_path(root_, path);
    if (node == nullptr) refuse(root_.location, joined_path(path_, path), "is missing");
    Document part = *this;
    part.root_ = *node;
    part.path_ = joined_path(path_, path);
    return part;
}

std::map<std::string, std::string> Document::sources() const {
    std::map<std::string, std::string> sources;
    const std::function<void(const Node&, const std::string&)> visit = [&](const Node& node, const std::string& path) {
        if (!node.source.empty()) sources[path] = node.source;
        for (std::size_t i = 0; i < node.items.size(); ++i) visit(node.items[i], joined_path(path, std::to_string(i)));
        for (const NodeEntry& entry : node.entries) visit(entry.value, joined_path(path, entry.key));
    };
    visit(root_, path_);
    return sources;
}

bool Document::has(std::string_view path) const {
    return find_path(root_, path) != nullptr;
}

}  // namespace remask
