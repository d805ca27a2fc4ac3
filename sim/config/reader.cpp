#include "sim/config/reader.h"

#include <algorithm>
#include <utility>

#include "sim/base/files.h"
#include "sim/config/scalars.h"

namespace remask {

namespace {

/// What makes of `map` the {value: …, source: …} that may stand for a single value; nothing where that is not meant.
std::string half_cited(const Node& map) {
    const NodeEntry* value = map.find("value");
    if (value == nullptr || value->value.kind != Node::Kind::scalar) return "";
    const NodeEntry* source = map.find("source");
    const std::string cited = "{value: " + value->value.text + ", source: \"...\"}";
    if (source == nullptr) return "; its source is missing: write " + cited + ", or the value alone";
    if (source->value.kind != Node::Kind::scalar) return "; the source must be text: " + cited;
    return "; write " + cited + " and nothing beside it";
}

}  // namespace

Reader::Reader(const Document& document) {
    frames_.push_back({&document.root(), document.path(), document.root().location, {}, {}});
    if (document.root().kind != Node::Kind::map) {
        refuse(document.root().location, document.path(),
               "must be a map (key: value), not " + std::string(kind_name(document.root().kind)));
    }
}

void Reader::finish() {
    close_struct(frames_.front());
    if (faults_.empty()) return;
    sort_by_location(faults_);
    throw ConfigError(std::move(faults_));
}

void Reader::require(bool holds, std::string_view name, const std::string& message) {
    Frame& frame = frames_.back();
    if (holds || frame.refused) return;
    frame.unmet = true;
    faults_.push_back({location_of(name), path_of(name), message});
}

bool Reader::reference(std::string_view name, std::string& target) {
    target.clear();
    const Node* node = child(name);
    if (node == nullptr || node->kind != Node::Kind::map) return false;
    const NodeEntry* from = node->find("from");
    if (from == nullptr) return false;
    ask(name);
    if (node->entries.size() > 1 || from->value.kind != Node::Kind::scalar) {
        refuse(node->location, path_of(name), "must be a value, or {from: NAME} and nothing beside it");
    } else {
        target = from->value.text;
    }
    return true;
}

const Node* Reader::child(std::string_view name) const {
    return find_path(*frames_.back().node, name);
}

SourceLocation Reader::location_of(std::string_view name) const {
    if (name.empty()) return frames_.back().location;
    const Node* node = child(name);
    return node == nullptr ? frames_.back().location : node->location;
}

std::string Reader::path_of(std::string_view name) const {
    return joined_path(frames_.back().path, name);
}

void Reader::refuse(const SourceLocation& location, const std::string& path, const std::string& message) {
    frames_.back().refused = true;
    faults_.push_back({location, path, message});
}

void Reader::ask(std::string_view name) {
    std::vector<std::string>& asked = frames_.back().asked;
    if (std::find(asked.begin(), asked.end(), name) == asked.end()) asked.emplace_back(name);
}

const Node* Reader::wanted(std::string_view name, Node::Kind kind, std::string_view what, const FieldOptions& options) {
    Frame& frame = frames_.back();
    ask(name);
    if (frame.node->kind != Node::Kind::map && frame.node->kind != Node::Kind::list) return nullptr;
    const Node* node = nullptr;
    if (frame.node->kind == Node::Kind::list) {
        node = child(name);
    } else if (const NodeEntry* entry = frame.node->find(name)) {
        node = &entry->value;
    }
    if (node == nullptr) {
        if (!options.optional) {
            frame.missing.push_back({std::string(name), std::string(options.doc)});
            frame.refused = true;
        }
        return nullptr;
    }
    if (node->kind == kind) return node;
    std::string message = "must be ";
    message.append(what).append(", not ").append(kind_name(node->kind));
    if (node->kind == Node::Kind::scalar) message.append(" ('").append(node->text).append("')");
    if (kind == Node::Kind::scalar && node->kind == Node::Kind::map) message.append(half_cited(*node));
    refuse(node->location, path_of(name), message);
    return nullptr;
}

template <class T, class Result>
void Reader::store(std::string_view name, const Node& node, Result result, T& value) {
    if (const auto* fault = std::get_if<ScalarFault>(&result)) {
        refuse(node.location, path_of(name), fault->message);
    } else {
        value = std::get<0>(result);
    }
}

void Reader::boolean(std::string_view name, bool& value, const FieldOptions& options) {
    const Node* node = wanted(name, Node::Kind::scalar, "true or false", options);
    if (node != nullptr) store(name, *node, read_boolean(*node), value);
}

void Reader::integer(std::string_view name, std::int64_t& value, const FieldOptions& options) {
    const Node* node = wanted(name, Node::Kind::scalar, "a whole number", options);
    if (node != nullptr) store(name, *node, read_integer(*node, options), value);
}

void Reader::real(std::string_view name, double& value, const FieldOptions& options) {
    const Node* node = wanted(name, Node::Kind::scalar, "a number", options);
    if (node != nullptr) store(name, *node, read_real(*node, options), value);
}

void Reader::text(std::string_view name, std::string& value, const FieldOptions& options) {
    const Node* node = wanted(name, Node::Kind::scalar, "text", options);
    if (node != nullptr) value = node->text;
}

void Reader::path(std::string_view name, std::filesystem::path& value, const FieldOptions& options) {
    const Node* node = wanted(name, Node::Kind::scalar, "a file or folder name", options);
    if (node == nullptr) return;
    value = node->text.empty() ? std::filesystem::path() : (folder_of(node->location) / node->text).lexically_normal();
}

void Reader::quantity(std::string_view name, double& si, const DimensionVector& dimension,
                      const FieldOptions& options) {
    const Node* node = wanted(name, Node::Kind::scalar, "a number with a unit", options);
    if (node != nullptr) store(name, *node, read_quantity(*node, dimension, options), si);
}

void Reader::choice(std::string_view name, int& index, std::span<const std::string_view> words,
                    const FieldOptions& options) {
    const Node* node = wanted(name, Node::Kind::scalar, "one of " + listed(words), options);
    if (node != nullptr) store(name, *node, read_choice(*node, words), index);
}

void Reader::push(const Node& node, std::string_view name) {
    const Frame& parent = frames_.back();
    const NodeEntry* entry = parent.node->kind == Node::Kind::map ? parent.node->find(name) : nullptr;
    frames_.push_back({&node, path_of(name), entry != nullptr ? entry->key_location : node.location, {}, {}});
}

void Reader::pop() {
    const bool faulty = frames_.back().refused || frames_.back().unmet;
    frames_.pop_back();
    frames_.back().refused = frames_.back().refused || faulty;
}

bool Reader::enter_struct(std::string_view name, const FieldOptions& options) {
    const Node* node = wanted(name, Node::Kind::map, "a map (key: value)", options);
    if (node == nullptr) return false;
    push(*node, name);
    return true;
}

void Reader::leave_struct() {
    close_struct(frames_.back());
    pop();
}

void Reader::close_struct(Frame& frame) {
    for (const NodeEntry& entry : frame.node->entries) {
        if (std::find(frame.asked.begin(), frame.asked.end(), entry.key) != frame.asked.end()) continue;
        // Not meant: a key that the same file gives already. One from a file that this one extends may well be.
        std::vector<std::string> free;
        for (const std::string& name : frame.asked) {
            const NodeEntry* given = frame.node->find(name);
            if (given == nullptr || given->key_location.file != entry.key_location.file) free.push_back(name);
        }
        const std::string meant = nearest_word(entry.key, free);
        std::string message = "unknown key";
        if (!meant.empty()) {
            message.append(" (did you mean '").append(meant).append("'?)");
        } else {
            const std::vector<std::string_view> known(frame.asked.begin(), frame.asked.end());
            message.append("; known here: ").append(known.empty() ? "nothing" : listed(known));
        }
        refuse(entry.key_location, path_of(entry.key), message);
        std::erase_if(frame.missing, [&](const Missing& missing) { return missing.name == meant; });
    }
    for (const Missing& missing : frame.missing) {
        std::string message = "is missing";
        if (!missing.doc.empty()) message.append(" (").append(missing.doc).append(")");
        refuse(frame.location, path_of(missing.name), message);
    }
}

std::int64_t Reader::enter_list(std::string_view name, std::size_t, const FieldOptions& options) {
    const Node* node = wanted(name, Node::Kind::list, "a list", options);
    if (node == nullptr) return -1;
    push(*node, name);
    return static_cast<std::int64_t>(node->items.size());
}

void Reader::leave_list() {
    pop();
}

std::optional<std::vector<std::string>> Reader::enter_map(std::string_view name, const std::vector<std::string>&,
                                                          const FieldOptions& options) {
    const Node* node = wanted(name, Node::Kind::map, "a map (key: value)", options);
    if (node == nullptr) return std::nullopt;
    push(*node, name);
    std::vector<std::string> keys;
    for (const NodeEntry& entry : node->entries) keys.push_back(entry.key);
    return keys;
}

void Reader::leave_map() {
    pop();
}

bool Reader::has(std::string_view name, bool) {
    ask(name);
    const NodeEntry* entry = frames_.back().node->find(name);
    return entry != nullptr && entry->value.kind != Node::Kind::null;
}

}  // namespace remask
