// Turns a struct into a Node tree by its field list: the values as text, each with the place that it came from.
#pragma once

#include <string>
#include <vector>

#include "sim/base/fields.h"
#include "sim/config/document.h"

namespace remask {

class Dumper final : public Fields {
public:
    /// `origins`: where values were given, may be null; a value that is not there has an empty location (a default).
    explicit Dumper(const Document* origins);

    Node take() { return std::move(frames_.front().node); }

    void require(bool, std::string_view, const std::string&) override {}

    bool reference(std::string_view name, std::string& target) override;

protected:
    void boolean(std::string_view name, bool& value, const FieldOptions& options) override;
    void integer(std::string_view name, std::int64_t& value, const FieldOptions& options) override;
    /// A default that is no number (not finite) stands for "not given" and is left out.
    void real(std::string_view name, double& value, const FieldOptions& options) override;
    void text(std::string_view name, std::string& value, const FieldOptions& options) override;
    void path(std::string_view name, std::filesystem::path& value, const FieldOptions& options) override;
    void quantity(std::string_view name, double& si, const DimensionVector& dimension,
                  const FieldOptions& options) override;
    void choice(std::string_view name, int& index, std::span<const std::string_view> words,
                const FieldOptions& options) override;
    bool enter_struct(std::string_view name, const FieldOptions& options) override;
    void leave_struct() override;
    std::int64_t enter_list(std::string_view name, std::size_t size, const FieldOptions& options) override;
    void leave_list() override;
    std::optional<std::vector<std::string>> enter_map(std::string_view name, const std::vector<std::string>& keys,
                                                      const FieldOptions& options) override;
    void leave_map() override;
    bool has(std::string_view, bool present) override { return present; }

private:
    struct Frame {
        Node node;
        std::string name;
        std::string path;
        /// An optional struct that nobody gave: it is shown by its defaults, unless one of its fields has none (drop).
        bool absent = false;
        bool optional = false;
        bool drop = false;
    };

    const Node* origin(std::string_view name) const;
    /// A field without a default: its struct cannot be shown by defaults.
    void note(const FieldOptions& options);
    void add(std::string_view name, Node node);
    void scalar(std::string_view name, std::string value, bool quoted, const FieldOptions& options);
    void enter(std::string_view name, Node::Kind kind, const FieldOptions& options);
    void leave();

    const Document* origins_;
    std::vector<Frame> frames_;
};

/// YAML of a tree, each value followed by its origin: "# file:line", or "# default" where the location is empty.
std::string write_yaml(const Node& root);

/// A single value, or a list of single values as [a, b], as YAML on one line; "" for anything else.
std::string write_inline(const Node& node);

}  // namespace remask
