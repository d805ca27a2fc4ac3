#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "sim/config/dumper.h"

namespace remask {

namespace {

/// May stand without quotes: a word that YAML takes for nothing but text.
bool is_plain_word(std::string_view text) {
    constexpr std::array<std::string_view, 10> reserved{"true", "false", "null", "yes", "no",
                                                        "on",   "off",   "y",    "n",   "~"};
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    const auto other = [](char c) { return (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '/'; };
    if (text.empty() || !letter(text[0])) return false;
    if (!std::all_of(text.begin(), text.end(), [&](char c) { return letter(c) || other(c); })) return false;
    std::string lower(text);
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return std::find(reserved.begin(), reserved.end(), lower) == reserved.end();
}

std::string in_quotes(std::string_view text) {
    constexpr std::string_view hex = "0123456789abcdef";
    std::string quoted = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            quoted.append(1, '\\').append(1, c);
        } else if (c == '\n') {
            quoted.append("\\n");
        } else if (byte < 0x20 || byte == 0x7f) {
            quoted.append("\\x").append(1, hex[byte >> 4]).append(1, hex[byte & 15]);
        } else {
            quoted.append(1, c);
        }
    }
    return quoted.append("\"");
}

std::string text_of(std::string_view text, bool is_text) {
    return !is_text || is_plain_word(text) ? std::string(text) : in_quotes(text);
}

class Writer {
public:
    std::string write(const Node& root) {
        if (root.entries.empty()) return "{}\n";
        write_map(root, 0);
        return std::move(text_);
    }

private:
    static std::string comment(const SourceLocation& location) {
        std::string text = "  # ";
        if (location.file.empty()) return text.append("default\n");
        text.append(location.file);
        if (location.line > 0) text.append(":").append(std::to_string(location.line));
        return text.append("\n");
    }

    static std::string cited(const Node& node) {
        const std::string value = text_of(node.text, node.quoted);
        return node.source.empty() ? value : "{value: " + value + ", source: " + in_quotes(node.source) + "}";
    }

    /// What follows "key:" or "-"; `separator` goes before a value on the same line.
    void write_value(const Node& node, int indent, const char* separator) {
        switch (node.kind) {
            case Node::Kind::null:
                text_.append(separator).append("null").append(comment(node.location));
                return;
            case Node::Kind::scalar:
                text_.append(separator).append(cited(node)).append(comment(node.location));
                return;
            case Node::Kind::list:
                if (node.items.empty()) text_.append(separator).append("[]").append(comment(node.location));
                break;
            case Node::Kind::map:
                if (node.entries.empty()) text_.append(separator).append("{}").append(comment(node.location));
                break;
        }
        if (node.items.empty() && node.entries.empty()) return;
        text_.append("\n");
        if (node.kind == Node::Kind::map) write_map(node, indent);
        for (const Node& item : node.items) {
            text_.append(static_cast<std::size_t>(indent), ' ').append("-");
            write_value(item, indent + 2, " ");
        }
    }

    void write_map(const Node& node, int indent) {
        for (const NodeEntry& entry : node.entries) {
            text_.append(static_cast<std::size_t>(indent), ' ').append(text_of(entry.key, true)).append(":");
            write_value(entry.value, indent + 2, " ");
        }
    }

    std::string text_;
};

}  // namespace

std::string write_yaml(const Node& root) {
    return Writer().write(root);
}

std::string write_inline(const Node& node) {
    if (node.kind == Node::Kind::scalar) return text_of(node.text, node.quoted);
    if (node.kind != Node::Kind::list) return "";
    std::string text = "[";
    for (const Node& item : node.items) {
        if (item.kind != Node::Kind::scalar) return "";
        text.append(text.size() > 1 ? ", " : "").append(text_of(item.text, item.quoted));
    }
    return text.append("]");
}

}  // namespace remask
