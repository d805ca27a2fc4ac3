// Fills a struct from a Document by its field list. All faults are collected; finish() throws them at once.
#pragma once

#include <string>
#include <vector>

#include "sim/base/fields.h"
#include "sim/config/document.h"

namespace remask {

class Reader final : public Fields {
public:
    explicit Reader(const Document& document);

    /// Throws ConfigError with every fault, sorted by place, if there is one. Call it once, after describe().
    void finish();

    /// A struct in which a field was already refused reports nothing more, since `holds` may depend on that field.
    void require(bool holds, std::string_view name, const std::string& message) override;

    bool reference(std::string_view name, std::string& target) override;

protected:
    void boolean(std::string_view name, bool& value, const FieldOptions& options) override;
    void integer(std::string_view name, std::int64_t& value, const FieldOptions& options) override;
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
    bool has(std::string_view name, bool present) override;

private:
    struct Missing {
        std::string name;
        std::string doc;
    };
    /// The struct, list or map that is being visited.
    struct Frame {
        const Node* node;
        std::string path;
        SourceLocation location;  // of its key
        std::vector<std::string> asked;
        std::vector<Missing> missing;
        bool refused = false;  // a field or an inner require() failed
        bool unmet = false;    // a require() of its own failed
    };

    /// The value of a field that must be of `kind`; null: absent or refused (reported).
    const Node* wanted(std::string_view name, Node::Kind kind, std::string_view what, const FieldOptions& options);
    /// Notes that the struct has this field.
    void ask(std::string_view name);
    const Node* child(std::string_view name) const;
    SourceLocation location_of(std::string_view name) const;
    std::string path_of(std::string_view name) const;
    void refuse(const SourceLocation& location, const std::string& path, const std::string& message);
    void push(const Node& node, std::string_view name);
    void pop();
    /// Reports unknown keys, then missing ones that are not an unknown key's likely meaning.
    void close_struct(Frame& frame);
    template <class T, class Result>
    void store(std::string_view name, const Node& node, Result result, T& value);

    std::vector<Frame> frames_;
    std::vector<Diagnostic> faults_;
};

}  // namespace remask
