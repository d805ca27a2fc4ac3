#include "sim/config/field_docs.h"

#include <cmath>
#include <utility>

#include "sim/base/units.h"
#include "sim/config/dumper.h"
#include "sim/config/scalars.h"

namespace remask {

std::string DocCollector::path_of(std::string_view name) const {
    const Frame& frame = frames_.back();
    return frame.element.empty() ? joined_path(frame.path, name) : frame.path + frame.element;
}

FieldDoc& DocCollector::add(std::string_view name, std::string type, const FieldOptions& options) {
    FieldDoc row;
    row.path = path_of(name);
    row.type = std::move(type);
    row.doc = options.doc;
    const bool maybe = !maybe_.empty() && maybe_ == row.path;
    maybe_.clear();
    row.required = !options.optional && !maybe;
    rows_.push_back(std::move(row));
    return rows_.back();
}

FieldDoc& DocCollector::add_value(std::string_view name, std::string type, std::string value,
                                  const FieldOptions& options) {
    FieldDoc& row = add(name, std::move(type), options);
    if (options.optional) row.default_value = std::move(value);
    return row;
}

void DocCollector::boolean(std::string_view name, bool& value, const FieldOptions& options) {
    add_value(name, "true or false", value ? "true" : "false", options);
}

void DocCollector::integer(std::string_view name, std::int64_t& value, const FieldOptions& options) {
    FieldOptions shown = options;  // the limits of int are no news
    if (shown.min == -0x1.0p31) shown.min = -0x1.0p63;
    if (shown.max == 0x1.fffffffcp30) shown.max = 0x1.0p63;
    add_value(name, "whole number", std::to_string(value), options).range = integer_range(shown);
}

void DocCollector::real(std::string_view name, double& value, const FieldOptions& options) {
    add_value(name, "number", std::isfinite(value) ? exact_real(value) : "", options).range = real_range(options);
}

void DocCollector::text(std::string_view name, std::string& value, const FieldOptions& options) {
    add_value(name, "text", value, options);
}

void DocCollector::path(std::string_view name, std::filesystem::path& value, const FieldOptions& options) {
    add_value(name, "path", value.string(), options);
}

void DocCollector::quantity(std::string_view name, double& si, const DimensionVector& dimension,
                            const FieldOptions& options) {
    FieldDoc& row = add_value(name, std::string(dimension_name(dimension)),
                              std::isfinite(si) ? exact_quantity(si, dimension) : "", options);
    row.range = quantity_range(dimension, options);
    for (const std::string& unit : accepted_units(dimension))
        row.unit.append(row.unit.empty() ? "" : ", ").append(unit);
}

void DocCollector::choice(std::string_view name, int& index, std::span<const std::string_view> words,
                          const FieldOptions& options) {
    add_value(name, "word", std::string(words[static_cast<std::size_t>(index)]), options).range = listed(words);
}

void DocCollector::enter(std::string_view name, std::string type, std::string element, const FieldOptions& options) {
    add(name, std::move(type), options);
    frames_.push_back({path_of(name), std::move(element), rows_.size() - 1});
}

void DocCollector::leave() {
    const std::size_t row = frames_.back().row;
    frames_.pop_back();
    const FieldDoc element = rows_[row + 1];
    FieldDoc& list = rows_[row];
    list.type.append(": ").append(element.type);
    list.range = element.range;
    list.unit = element.unit;
    rows_.erase(rows_.begin() + static_cast<std::ptrdiff_t>(row) + 1);
}

bool DocCollector::enter_struct(std::string_view name, const FieldOptions& options) {
    enter(name, "section", "", options);
    return true;
}

std::int64_t DocCollector::enter_list(std::string_view name, std::size_t, const FieldOptions& options) {
    enter(name, "list", "[]", options);
    if (const Node* value = find_path(defaults_, rows_.back().path); value != nullptr && options.optional) {
        rows_.back().default_value = write_inline(*value);
    }
    return 1;
}

std::optional<std::vector<std::string>> DocCollector::enter_map(std::string_view name, const std::vector<std::string>&,
                                                                const FieldOptions& options) {
    enter(name, "map", ".*", options);
    return std::vector<std::string>{"*"};
}

bool DocCollector::has(std::string_view name, bool) {
    maybe_ = path_of(name);
    return true;
}

std::string render_markdown(const std::vector<FieldDoc>& docs, std::string_view title) {
    std::string text = "## ";
    text.append(title).append(
        "\n\n| Field | Type | Range, words | Units | Default | Meaning |\n|---|---|---|---|---|---|\n");
    const auto cell = [&](std::string_view content, bool code) {
        std::string escaped;
        for (const char c : content) escaped.append(c == '|' ? "\\" : "").append(1, c);
        const char* quote = code && !escaped.empty() ? "`" : "";
        text.append(" ").append(quote).append(escaped).append(quote).append(" |");
    };
    for (const FieldDoc& doc : docs) {
        text.append("|");
        cell(doc.path, true);
        cell(doc.type, false);
        cell(doc.range, false);
        cell(doc.unit, false);
        if (doc.required) {
            cell("required", false);
        } else {
            cell(doc.default_value.empty() ? "none" : doc.default_value, !doc.default_value.empty());
        }
        cell(doc.doc, false);
        text.append("\n");
    }
    return text;
}

}  // namespace remask
