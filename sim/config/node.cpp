#include "sim/config/node.h"

#include <algorithm>
#include <charconv>

namespace remask {

const NodeEntry* Node::find(std::string_view key) const {
    const auto found =
        std::find_if(entries.begin(), entries.end(), [&](const NodeEntry& entry) { return entry.key == key; });
    return found == entries.end() ? nullptr : &*found;
}

NodeEntry* Node::find(std::string_view key) {
    return const_cast<NodeEntry*>(static_cast<const Node*>(this)->find(key));
}

std::string_view kind_name(Node::Kind kind) {
    switch (kind) {
        case Node::Kind::null:
            return "nothing";
        case Node::Kind::scalar:
            return "a single value";
        case Node::Kind::list:
            return "a list";
        case Node::Kind::map:
            return "a map";
    }
    return "";
}

const Node* find_path(const Node& root, std::string_view path) {
    if (path.empty()) return &root;
    if (root.kind == Node::Kind::list) {
        const std::string_view head = path.substr(0, path.find('.'));
        std::size_t index = 0;
        const auto result = std::from_chars(head.data(), head.data() + head.size(), index);
        const bool whole = result.ec == std::errc() && result.ptr == head.data() + head.size();
        if (!whole || index >= root.items.size()) return nullptr;
        return find_path(root.items[index], path.substr(std::min(path.size(), head.size() + 1)));
    }
    for (const NodeEntry& entry : root.entries) {
        if (path == entry.key) return &entry.value;
        if (path.size() > entry.key.size() && path[entry.key.size()] == '.' &&
            path.substr(0, entry.key.size()) == entry.key) {
            if (const Node* found = find_path(entry.value, path.substr(entry.key.size() + 1))) return found;
        }
    }
    return nullptr;
}

std::string joined_path(std::string_view parent, std::string_view name) {
    std::string path(parent);
    if (!path.empty() && !name.empty()) path += '.';
    return path.append(name);
}

}  // namespace remask
