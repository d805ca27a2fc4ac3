#include "sim/hardware/crossbar_parameters.h"

#include <cmath>
#include <filesystem>
#include <sstream>

#include "sim/base/diagnostics.h"
#include "sim/hardware/config_fault.h"

namespace remask {

namespace {

std::int64_t ceil_div(std::int64_t a, std::int64_t b) {
    return (a + b - 1) / b;
}

/// Checks the field list's ranges and requirements on values that are already in a struct.
class FieldCheck : public Fields {
public:
    void require(bool holds, std::string_view name, const std::string& message) override {
        if (holds) return;
        Diagnostic& fault = faults.emplace_back();
        fault.path = path_of(name);
        fault.message = message;
    }

    std::vector<Diagnostic> faults;

protected:
    void boolean(std::string_view, bool&, const FieldOptions&) override {}
    void integer(std::string_view name, std::int64_t& value, const FieldOptions& options) override {
        check(name, static_cast<double>(value), options);
    }
    void real(std::string_view name, double& value, const FieldOptions& options) override {
        check(name, value, options);
    }
    void text(std::string_view, std::string&, const FieldOptions&) override {}
    void path(std::string_view, std::filesystem::path&, const FieldOptions&) override {}
    void quantity(std::string_view name, double& si, const DimensionVector&, const FieldOptions& options) override {
        check(name, si, options);
    }
    void choice(std::string_view name, int& index, std::span<const std::string_view> words,
                const FieldOptions&) override {
        require(index >= 0 && index < static_cast<int>(words.size()), name, "is no value of its enum");
    }
    bool enter_struct(std::string_view name, const FieldOptions&) override {
        inside_.push_back(path_of(name));
        return true;
    }
    void leave_struct() override { inside_.pop_back(); }
    std::int64_t enter_list(std::string_view, std::size_t size, const FieldOptions&) override {
        return static_cast<std::int64_t>(size);
    }
    void leave_list() override {}
    std::optional<std::vector<std::string>> enter_map(std::string_view, const std::vector<std::string>& keys,
                                                      const FieldOptions&) override {
        return keys;
    }
    void leave_map() override {}
    bool has(std::string_view, bool present) override { return present; }

private:
    std::string path_of(std::string_view name) const {
        const std::string& section = inside_.back();
        return name.empty() ? section : section + "." + std::string(name);
    }
    void check(std::string_view name, double value, const FieldOptions& options) {
        if (value >= options.min && value <= options.max) return;
        std::ostringstream message;
        message << "is " << value << ", must be from " << options.min << " to " << options.max;
        require(false, name, message.str());
    }

    std::vector<std::string> inside_{"crossbar"};  ///< paths of the structs that are being visited
};

void describe_wires(Fields& fields, CrossbarParameters& p) {
    fields.field("wires", p.wires, {.doc = "resistance of the arrays' lines; absent = none", .optional = true});
    if (!p.wires) return;
    const bool analog = p.encoding == Encoding::differential && p.subtract == Subtract::analog;
    fields.require(analog || !p.wires->interleaved, "wires.interleaved",
                   "the cells of a pair share a column only where it is subtracted there: needs subtract: analog");
    fields.require(p.wires->layout == WireLayout::input_line || p.dac_bits == 1, "wires.layout",
                   "source_line joins cells to their source or parts them: needs dac_bits: 1");
    constexpr int most_lines = 2048;
    fields.require(p.wires->ideal() || (p.rows <= most_lines && p.columns <= most_lines), "wires",
                   "wire resistance is for arrays of at most " + std::to_string(most_lines) + " rows and columns");
}

}  // namespace

void describe(Fields& fields, CrossbarParameters& p) {
    fields.field("weight_bits", p.weight_bits,
                 {.doc = "bits of a signed weight; |w| <= 2^(bits-1)-1", .min = 2, .max = 16});
    fields.field("input_bits", p.input_bits, {.doc = "bits of an input", .min = 1, .max = 16});
    fields.field(
        "input_signed", p.input_signed,
        {.doc = "inputs are two's complement (mvm; a network run chooses it for each layer)", .optional = true});
    fields.field("rows", p.rows, {.doc = "rows of one array", .min = 1, .max = 65536});
    fields.field("columns", p.columns, {.doc = "physical columns of one array", .min = 1, .max = 65536});
    fields.field("active_rows", p.active_rows,
                 {.doc = "rows driven in one read; 0 = all", .optional = true, .min = 0, .max = 65536});
    fields.field("cell_bits", p.cell_bits, {.doc = "bits held by one cell", .min = 1, .max = 8});
    fields.field("dac_bits", p.dac_bits, {.doc = "input bits applied in one phase", .min = 1, .max = 16});
    fields.field("encoding", p.encoding,
                 {.doc = "signed weights as a pair of columns (differential) or with a digital offset (offset)"});
    fields.field("subtract", p.subtract,
                 {.doc = "where the two columns of a pair are subtracted: after (digital) or before the ADC (analog)",
                  .optional = true});
    fields.field("row_packing", p.row_packing,
                 {.doc = "dense, or kernel: no convolution kernel straddles two row tiles", .optional = true});
    fields.field("column_flip", p.column_flip,
                 {.doc = "columns whose sum could set the most significant bit store the complement of their levels, "
                         "so that the ADC needs one bit less (ISAAC)",
                  .optional = true});
    fields.field("adc_bits", p.adc_bits, {.doc = "bits of the ADC; 0 = ideal, no quantisation", .min = 0, .max = 16});
    fields.field("adc_range", p.adc_range,
                 {.doc = "range of the ADC: full, lsb, fixed, calibrated; needed unless adc_bits is 0",
                  .optional = p.adc_bits == 0});
    describe_converters(fields, p);
    fields.field("on_off_ratio", p.on_off_ratio,
                 {.doc = "Gmax/Gmin of a cell, above 1; 0 = ideal cell (Gmin = 0)", .optional = true, .min = 0});
    describe_wires(fields, p);

    fields.require(p.active_rows <= p.rows, "active_rows", "more rows are driven than the array has (rows)");
    fields.require(p.dac_bits <= p.input_bits, "dac_bits", "a phase applies more bits than an input has (input_bits)");
    fields.require(!p.input_signed || p.dac_bits == 1, "dac_bits",
                   "two's complement inputs (input_signed) need dac_bits: 1");
    fields.require(p.encoding == Encoding::differential || p.subtract == Subtract::digital, "subtract",
                   "offset encoding has one column and nothing to subtract: remove `subtract: analog`");
    fields.require(!p.column_flip || p.encoding == Encoding::offset || p.subtract == Subtract::digital, "column_flip",
                   "turns single columns, whose sums must be converted by themselves: needs subtract: digital");
    fields.require(p.on_off_ratio == 0.0 || (std::isfinite(p.on_off_ratio) && p.on_off_ratio > 1.0), "on_off_ratio",
                   "must be above 1, or 0 for an ideal cell");
}

void validate(const CrossbarParameters& parameters) {
    CrossbarParameters copy = parameters;
    FieldCheck check;
    describe(check, copy);
    if (!check.faults.empty()) throw ConfigError(check.faults);
}

double floor_level(const CrossbarParameters& p) {
    return p.on_off_ratio > 0.0 ? ((1 << p.cell_bits) - 1) / (p.on_off_ratio - 1.0) : 0.0;
}

int slices_of(const CrossbarParameters& p) {
    const int bits = p.encoding == Encoding::differential ? p.weight_bits - 1 : p.weight_bits;
    return static_cast<int>(ceil_div(bits, p.cell_bits));
}

std::int64_t CrossbarGeometry::tile_rows(std::int64_t tile) const {
    return std::min<std::int64_t>(rows_per_tile, rows - tile * rows_per_tile);
}

std::int64_t CrossbarGeometry::tile_groups(std::int64_t tile) const {
    return ceil_div(tile_rows(tile), active_rows);
}

std::int64_t CrossbarGeometry::row_group(std::int64_t row) const {
    return row / rows_per_tile * ceil_div(rows_per_tile, active_rows) + row % rows_per_tile / active_rows;
}

CrossbarGeometry geometry_of(const CrossbarParameters& p, std::int64_t rows, std::int64_t columns, int kernel_size) {
    validate(p);
    if (rows < 1 || columns < 1 || kernel_size < 1) {
        throw InternalError("a weight matrix needs at least one row, one column and a kernel size of 1");
    }
    CrossbarGeometry g;
    g.rows = rows;
    g.columns = columns;
    g.rows_per_tile = p.rows;
    if (p.row_packing == RowPacking::kernel) {
        if (kernel_size > p.rows) {
            refuse_config("crossbar.row_packing", "a kernel of " + std::to_string(kernel_size) +
                                                      " rows does not fit an array of " + std::to_string(p.rows) +
                                                      " rows: use larger arrays or row_packing: dense");
        }
        g.rows_per_tile = p.rows / kernel_size * kernel_size;
    }
    g.active_rows = p.active_rows == 0 ? p.rows : p.active_rows;
    g.row_tiles = ceil_div(rows, g.rows_per_tile);
    for (std::int64_t tile = 0; tile < g.row_tiles; ++tile) g.row_groups += g.tile_groups(tile);
    const bool differential = p.encoding == Encoding::differential;
    g.sides = differential ? 2 : 1;
    g.slices = slices_of(p);
    g.phases = static_cast<int>(ceil_div(p.input_bits, p.dac_bits));
    g.logical_columns_per_array = p.columns / (g.slices * g.sides);
    if (g.logical_columns_per_array == 0) {
        refuse_config("crossbar.columns", "a weight needs " + std::to_string(g.slices * g.sides) + " columns (" +
                                              std::to_string(g.slices) + " slices, " + std::to_string(g.sides) +
                                              " sides), the array has " + std::to_string(p.columns) +
                                              ": use more columns or more cell_bits");
    }
    g.column_tiles = ceil_div(columns, g.logical_columns_per_array);
    return g;
}

}  // namespace remask
