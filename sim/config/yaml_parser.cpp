#include "sim/config/yaml_parser.h"

#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <memory>
#include <sstream>
#include <utility>

#include "sim/base/utf8.h"

namespace remask {

namespace {

/// Builds the tree from yaml-cpp's events: its own tree keeps neither duplicate keys nor the places of keys.
class TreeBuilder final : public YAML::EventHandler {
public:
    TreeBuilder(const std::string& name, int first_line, std::vector<Diagnostic>& faults)
        : name_(name), first_line_(first_line), faults_(faults) {}

    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        refuse_anchor(mark, anchor);
        add(make(mark, Node::Kind::null));
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
        fault(mark, "an alias (*name) is not supported; write the value, or share it through a file and 'extends:'");
        add(make(mark, Node::Kind::null));
    }

    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        refuse_anchor(mark, anchor);
        if (tag != "?" && tag != "!") refuse_tag(mark, tag);
        Node node = make(mark, Node::Kind::scalar);
        if (!is_utf8(value)) fault(mark, "this is not UTF-8 text; save the file as UTF-8");
        node.text = value;
        node.quoted = tag == "!";
        add(std::move(node));
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        start(mark, tag, anchor, Node::Kind::list);
    }
    void OnSequenceEnd() override { finish(); }

    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        start(mark, tag, anchor, Node::Kind::map);
    }
    void OnMapEnd() override { finish(); }

    Node take_root() { return std::move(root_); }

    SourceLocation place(const YAML::Mark& mark) const {
        if (first_line_ == 0 || mark.is_null()) return {name_, 0, 0};
        return {name_, mark.line + first_line_, mark.column + 1};
    }

private:
    struct Open {
        Node node;
        bool has_key = false;
        bool skip = false;  // the key was refused: drop its value
        std::string key;
        SourceLocation key_location;
    };

    Node make(const YAML::Mark& mark, Node::Kind kind) const {
        Node node;
        node.kind = kind;
        node.location = place(mark);
        return node;
    }

    void fault(const YAML::Mark& mark, const std::string& message) { faults_.push_back({place(mark), "", message}); }

    void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
        if (anchor == YAML::NullAnchor) return;
        fault(mark, "an anchor (&name) is not supported; write the value, or share it through a file and 'extends:'");
    }

    void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
        fault(mark, "a tag (" + tag + ") is not supported; remove it");
    }

    void start(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Node::Kind kind) {
        refuse_anchor(mark, anchor);
        if (tag != "?" && tag != "!" && !tag.empty()) refuse_tag(mark, tag);
        open_.emplace_back();
        open_.back().node = make(mark, kind);
    }

    void finish() {
        Node node = std::move(open_.back().node);
        open_.pop_back();
        add(cited(std::move(node)));
    }

    /// {value: 2 pJ, source: "..."} is the scalar 2 pJ that knows its source.
    static Node cited(Node node) {
        if (node.entries.size() != 2) return node;
        const NodeEntry* value = node.find("value");
        const NodeEntry* source = node.find("source");
        if (value == nullptr || source == nullptr) return node;
        if (value->value.kind != Node::Kind::scalar || source->value.kind != Node::Kind::scalar) return node;
        Node scalar = value->value;
        scalar.source = source->value.text;
        return scalar;
    }

    void add(Node node) {
        if (open_.empty()) {
            root_ = std::move(node);
            return;
        }
        Open& open = open_.back();
        if (open.node.kind == Node::Kind::list) {
            open.node.items.push_back(std::move(node));
        } else if (!open.has_key) {
            take_key(open, node);
        } else {
            if (node.kind == Node::Kind::null) node.location = open.key_location;  // yaml-cpp names the place after it
            if (!open.skip) open.node.entries.push_back({open.key, open.key_location, std::move(node)});
            open.has_key = open.skip = false;
        }
    }

    void take_key(Open& open, const Node& key) {
        open.has_key = true;
        open.key = key.text;
        open.key_location = key.location;
        const auto refuse = [&](const std::string& message) {
            faults_.push_back({key.location, "", message});
            open.skip = true;
        };
        if (key.kind != Node::Kind::scalar) {
            refuse("a key must be text");
        } else if (key.text == "<<" && !key.quoted) {
            refuse("the merge key '<<' is not supported; use 'extends: FILE'");
        } else if (const NodeEntry* first = open.node.find(key.text)) {
            refuse("duplicate key '" + key.text + "'; it was first given at " + shown(first->key_location));
        }
    }

    static std::string shown(const SourceLocation& location) {
        std::ostringstream text;
        text << location.file;
        if (location.line > 0) text << ':' << location.line << ':' << location.column;
        return text.str();
    }

    const std::string& name_;
    int first_line_;
    std::vector<Diagnostic>& faults_;
    std::vector<Open> open_;
    Node root_;
};

}  // namespace

Node parse_yaml(const std::string& text, const std::string& name, std::vector<Diagnostic>& faults, int first_line) {
    std::istringstream stream(text);
    TreeBuilder builder(name, first_line, faults);
    Node root;
    root.location = {name, first_line, first_line};
    try {
        YAML::Parser parser(stream);
        if (parser.HandleNextDocument(builder)) root = builder.take_root();
        if (parser.HandleNextDocument(builder)) {
            faults.push_back(
                {builder.take_root().location, "", "a second YAML document in one file; make it another file"});
        }
    } catch (const YAML::Exception& error) {
        const bool deep = dynamic_cast<const YAML::DeepRecursion*>(&error) != nullptr;
        faults.push_back({builder.place(error.mark), "",
                          deep ? "lists and maps are nested too deeply" : "this is not YAML: " + error.msg});
    }
    if (root.kind == Node::Kind::null && first_line > 0) root.kind = Node::Kind::map;
    return root;
}

}  // namespace remask
