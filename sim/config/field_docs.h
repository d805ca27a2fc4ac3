// The reference documentation of a struct, from the field list that also reads it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/base/fields.h"
#include "sim/config/node.h"

namespace remask {

struct FieldDoc {
    std::string path;   ///< "tasks[].name"; an entry of a map with free keys is "levels.*"
    std::string type;   ///< "whole number", "energy", "list: number", "section", …
    std::string range;  ///< "1 to 16"; the words of an enum; empty if anything goes
    std::string unit;   ///< the accepted units of a quantity: "fJ, pJ, nJ, …"
    bool required = false;
    std::string default_value;  ///< of an optional field, as YAML; empty: none
    std::string doc;
};

/// Collects the rows; `defaults` is the dump of the struct before (see Dumper).
class DocCollector final : public Fields {
public:
    explicit DocCollector(const Node& defaults) : defaults_(defaults) { frames_.emplace_back(); }
    std::vector<FieldDoc> take() { return std::move(rows_); }

    void require(bool, std::string_view, const std::string&) override {}

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
    void leave_struct() override { frames_.pop_back(); }
    std::int64_t enter_list(std::string_view name, std::size_t size, const FieldOptions& options) override;
    void leave_list() override { leave(); }
    std::optional<std::vector<std::string>> enter_map(std::string_view name, const std::vector<std::string>& keys,
                                                      const FieldOptions& options) override;
    void leave_map() override { leave(); }
    bool has(std::string_view name, bool present) override;

private:
    struct Frame {
        std::string path;     // as in FieldDoc
        std::string element;  // of a list or map: how its one element is written
        std::size_t row = 0;  // of the list or map itself
    };

    FieldDoc& add(std::string_view name, std::string type, const FieldOptions& options);
    FieldDoc& add_value(std::string_view name, std::string type, std::string value, const FieldOptions& options);
    void enter(std::string_view name, std::string type, std::string element, const FieldOptions& options);
    /// The element's own row goes into that of the list or map.
    void leave();
    std::string path_of(std::string_view name) const;

    const Node& defaults_;
    std::vector<Frame> frames_;
    std::vector<FieldDoc> rows_;
    std::string maybe_;  // path of the std::optional that is about to be visited
};

/// A Markdown table with a heading.
std::string render_markdown(const std::vector<FieldDoc>& docs, std::string_view title);

}  // namespace remask
