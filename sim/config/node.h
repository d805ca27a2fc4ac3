// A YAML value with the place where it was written.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/base/diagnostics.h"

namespace remask {

struct NodeEntry;

struct Node {
    enum class Kind { null, scalar, list, map };

    Kind kind = Kind::null;
    std::string text;     ///< of a scalar, without quotes
    bool quoted = false;  ///< a scalar in quotes (or a block scalar): text, never a number
    SourceLocation location;
    std::string source;              ///< of a scalar written as {value: ..., source: ...}: where its number comes from
    std::vector<Node> items;         ///< of a list
    std::vector<NodeEntry> entries;  ///< of a map, in the order written; keys are unique

    /// The entry of a map, or null.
    const NodeEntry* find(std::string_view key) const;
    NodeEntry* find(std::string_view key);
};

struct NodeEntry {
    std::string key;
    SourceLocation key_location;
    Node value;
};

/// "a map", "a list", "text", "nothing": for messages.
std::string_view kind_name(Node::Kind kind);

/// The node at a dotted path ("tasks.0.name"), or null. Keys that contain dots are found too.
const Node* find_path(const Node& root, std::string_view path);

/// "a.b", or "b" if `parent` is empty.
std::string joined_path(std::string_view parent, std::string_view name);

}  // namespace remask
