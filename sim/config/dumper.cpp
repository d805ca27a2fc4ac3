#include "sim/config/dumper.h"

#include <cmath>
#include <utility>

#include "sim/base/units.h"
#include "sim/config/scalars.h"

namespace remask {

Dumper::Dumper(const Document* origins) : origins_(origins) {
    frames_.emplace_back();
    frames_.back().node.kind = Node::Kind::map;
}

const Node* Dumper::origin(std::string_view name) const {
    return origins_ == nullptr ? nullptr : find_path(origins_->root(), joined_path(frames_.back().path, name));
}

void Dumper::add(std::string_view name, Node node) {
    Node& parent = frames_.back().node;
    if (parent.kind == Node::Kind::list) {
        parent.items.push_back(std::move(node));
    } else {
        parent.entries.push_back({std::string(name), {}, std::move(node)});
    }
}

void Dumper::note(const FieldOptions& options) {
    Frame& frame = frames_.back();
    if (frame.absent && !options.optional) frame.drop = true;
}

void Dumper::scalar(std::string_view name, std::string value, bool quoted, const FieldOptions& options) {
    note(options);
    Node node;
    node.kind = Node::Kind::scalar;
    node.text = std::move(value);
    node.quoted = quoted;
    if (const Node* given = origin(name)) {
        node.location = given->location;
        node.source = given->source;
    }
    add(name, std::move(node));
}

bool Dumper::reference(std::string_view name, std::string& target) {
    if (target.empty()) return false;
    enter(name, Node::Kind::map, {.doc = {}});
    scalar("from", target, true, {.doc = {}});
    leave();
    return true;
}

void Dumper::boolean(std::string_view name, bool& value, const FieldOptions& options) {
    scalar(name, value ? "true" : "false", false, options);
}

void Dumper::integer(std::string_view name, std::int64_t& value, const FieldOptions& options) {
    scalar(name, std::to_string(value), false, options);
}

void Dumper::real(std::string_view name, double& value, const FieldOptions& options) {
    note(options);
    if (std::isfinite(value)) scalar(name, exact_real(value), false, options);
}

void Dumper::text(std::string_view name, std::string& value, const FieldOptions& options) {
    scalar(name, value, true, options);
}

void Dumper::path(std::string_view name, std::filesystem::path& value, const FieldOptions& options) {
    const auto whole = value.empty() ? value : std::filesystem::absolute(value).lexically_normal();
    scalar(name, whole.string(), true, options);
}

void Dumper::quantity(std::string_view name, double& si, const DimensionVector& dimension,
                      const FieldOptions& options) {
    note(options);
    if (std::isfinite(si)) scalar(name, exact_quantity(si, dimension), false, options);
}

void Dumper::choice(std::string_view name, int& index, std::span<const std::string_view> words,
                    const FieldOptions& options) {
    scalar(name, std::string(words[static_cast<std::size_t>(index)]), false, options);
}

void Dumper::enter(std::string_view name, Node::Kind kind, const FieldOptions& options) {
    Frame frame;
    const Node* given = origin(name);
    frame.node.kind = kind;
    if (given != nullptr) frame.node.location = given->location;
    frame.name = name;
    frame.path = joined_path(frames_.back().path, name);
    frame.optional = options.optional;
    frame.absent = origins_ != nullptr && given == nullptr && kind == Node::Kind::map &&
                   (options.optional || frames_.back().absent);
    frames_.push_back(std::move(frame));
}

void Dumper::leave() {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    if (!frame.drop) {
        add(frame.name, std::move(frame.node));
    } else if (!frame.optional) {
        frames_.back().drop = true;
    }
}

bool Dumper::enter_struct(std::string_view name, const FieldOptions& options) {
    enter(name, Node::Kind::map, options);
    return true;
}

void Dumper::leave_struct() {
    leave();
}

std::int64_t Dumper::enter_list(std::string_view name, std::size_t size, const FieldOptions& options) {
    enter(name, Node::Kind::list, options);
    return static_cast<std::int64_t>(size);
}

void Dumper::leave_list() {
    leave();
}

std::optional<std::vector<std::string>> Dumper::enter_map(std::string_view name, const std::vector<std::string>& keys,
                                                          const FieldOptions& options) {
    enter(name, Node::Kind::map, options);
    frames_.back().absent = false;
    return keys;
}

void Dumper::leave_map() {
    leave();
}

}  // namespace remask
