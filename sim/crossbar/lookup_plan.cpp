#include "sim/crossbar/lookup_plan.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <map>

#include "sim/crossbar/programmed_layer.h"

namespace remask::detail {

namespace {

constexpr int byte_values = 256;
constexpr int word_bias = 32768;  ///< sums of fractions lie in [−2^15, 2^15)

/// Phases four by four: which bit of which byte of the input they read, and their place values.
void plan_quads(const ProgrammedLayer& layer, LookupPlan& plan) {
    const int phases = layer.geometry.phases;
    const int dac_bits = layer.parameters.dac_bits;
    plan.quads = (phases + phases_per_quad - 1) / phases_per_quad;
    for (int q = 0; q < plan.quads; ++q) {
        const int first_bit = q * phases_per_quad * dac_bits;
        plan.bytes.push_back(static_cast<std::uint8_t>(first_bit / 8));
        for (int e = 0; e < dac_bits; ++e) {
            for (int i = 0; i < phases_per_quad; ++i) {
                const int bit = first_bit + i * dac_bits + e;
                plan.bits.push_back(static_cast<std::uint8_t>(bit < layer.parameters.input_bits ? 1 << (bit % 8) : 0));
            }
        }
        for (int i = 0; i < phases_per_quad; ++i) {
            const int phase = q * phases_per_quad + i;
            const int magnitude = 1 << (dac_bits * i);
            const bool negative = phase < phases && layer.place(phase) < 0;
            plan.places.push_back(static_cast<std::int8_t>(phase >= phases ? 0 : negative ? -magnitude : magnitude));
        }
    }
}

void add_table(const ProgrammedLayer& layer, const Converter& converter, LookupPlan& plan) {
    CodeTable& table = plan.tables.emplace_back();
    for (int at = 0; at < byte_values; ++at) {
        const std::int64_t sum = at - plan.bias;
        const Adc::Result result = converter.convert(static_cast<double>(sum));
        table.codes[static_cast<std::size_t>(at)] = static_cast<std::uint8_t>(result.code);
        table.clipped[static_cast<std::size_t>(at)] = result.clipped ? 1 : 0;
        plan.clips = plan.clips || (result.clipped && sum >= layer.lowest_sum && sum <= layer.highest_sum);
    }
}

void plan_codes(const ProgrammedLayer& layer, LookupPlan& plan) {
    plan.byte_codes = layer.adc.top_code < byte_values && layer.floor_level == 0.0 && !layer.fixed_point;
    if (!plan.byte_codes) return;
    if (layer.same_converters()) {
        add_table(layer, {layer.adc, {}}, plan);
        plan.clips = plan.clips && layer.may_clip;
        return;
    }
    std::map<std::pair<std::size_t, int>, std::uint32_t> known;  // by converter and slice
    for (std::int64_t t = 0; t < layer.geometry.row_tiles; ++t) {
        for (std::int64_t n = 0; n < layer.geometry.columns; ++n) {
            for (int plane = 0; plane < layer.converted_planes; ++plane) {
                const std::size_t adc = layer.adc_errors.empty() ? 0 : layer.adc_index(t, n, plane);
                const int slice = layer.uniform_adc() ? 0 : layer.slice_of(plane);
                const auto [entry, is_new] = known.try_emplace({adc, slice}, plan.tables.size());
                if (is_new) add_table(layer, layer.converter(t, n, plane), plan);
                plan.table_of.push_back(entry->second);
            }
        }
    }
}

/// The smallest and largest sum that some inputs can cause.
struct Range {
    int lowest = 0;
    int highest = 0;
    void add(int level) { (level < 0 ? lowest : highest) += level; }
    void add(const Range& other) {
        lowest += other.lowest;
        highest += other.highest;
    }
    bool fits(int bias, int limit) const { return lowest + bias >= 0 && highest + bias < limit; }
};

class ColumnPlanner {
public:
    ColumnPlanner(const ProgrammedLayer& layer, LookupPlan& plan) : layer_(layer), plan_(plan) {}

    /// False where one lookup already exceeds a byte.
    bool add(std::int64_t first_row, std::int64_t rows, std::int64_t n, std::vector<LookupColumn>& columns) {
        const int lookups = plan_.lookups(rows, layer_.parameters.dac_bits);
        ranges_.assign(static_cast<std::size_t>(lookups * layer_.converted_planes), Range{});
        fraction_ranges_.assign(ranges_.size(), Range{});
        const std::int64_t group = layer_.geometry.row_group(first_row);
        cells_.load(layer_, group, first_row, rows, n);
        LookupColumn column;
        int limit = byte_values / 2;
        std::uint32_t narrow = 0;
        for (int plane = 0; plane < layer_.converted_planes; ++plane) {
            Range all;
            if (!read_ranges(plane, lookups, all)) return false;
            if (all.lowest != 0 || all.highest != 0) column.planes |= 1U << plane;
            if (plan_.bias == 0 && all.highest < 16) narrow |= 1U << plane;
            if (!all.fits(plan_.bias, limit)) limit = byte_values;
            if (!all.fits(plan_.bias, limit)) limit = std::numeric_limits<int>::max();
        }
        if (limit == byte_values / 2) column.mode = LookupColumn::Mode::seven_bits;
        if (limit > byte_values || !plan_.byte_codes) {
            column.mode = LookupColumn::Mode::wide;
            if (layer_.float_adc_of(0) == nullptr) return false;
            add_segments(lookups, column);
        }
        if (layer_.offset == 0 && !layer_.analog && column.mode != LookupColumn::Mode::wide &&
            layer_.same_converters()) {
            for (int slice = 0; slice < layer_.geometry.slices; ++slice) {
                const std::uint32_t both = 3U << (2 * slice);
                if (layer_.is_flipped(group, n, 2 * slice) != layer_.is_flipped(group, n, 2 * slice + 1)) continue;
                if ((narrow & both) == both && (column.planes & both) == both) column.pairs |= 1U << slice;
            }
        }
        if (layer_.floor_level > 0.0 || layer_.fixed_point)
            column.planes = (1U << layer_.converted_planes) - 1;  // the floor reaches the ADC
        columns.push_back(column);
        return true;
    }

private:
    Range& range(int lookup, int plane) {
        return ranges_[static_cast<std::size_t>(lookup * layer_.converted_planes + plane)];
    }

    Range& fraction(int lookup, int plane) {
        return fraction_ranges_[static_cast<std::size_t>(lookup * layer_.converted_planes + plane)];
    }

    bool read_ranges(int plane, int lookups, Range& all) {
        const auto count = static_cast<std::int64_t>(lookups) * plan_.kernel->index_bits;
        levels_.resize(static_cast<std::size_t>(count));
        if (layer_.fixed_point) {
            fractions_.resize(static_cast<std::size_t>(count));
            if (!cells_.levels_and_fractions(layer_, plane, levels_.data(), fractions_.data(), count)) return false;
        } else {
            cells_.levels(layer_, plane, levels_.data(), count);
        }
        for (int g = 0; g < lookups; ++g) {
            Range& here = range(g, plane);
            Range& rest = fraction(g, plane);
            for (int j = 0; j < plan_.kernel->index_bits; ++j) {
                const std::uint8_t level = levels_[static_cast<std::size_t>(g * plan_.kernel->index_bits + j)];
                here.add(plan_.bias > 0 ? static_cast<std::int8_t>(level) : level);
                if (layer_.fixed_point)
                    rest.add(fractions_[static_cast<std::size_t>(g * plan_.kernel->index_bits + j)]);
            }
            if (!here.fits(plan_.bias, byte_values)) return false;
            all.add(here);
        }
        return true;
    }

    /// As few segments as let every plane's partial sums fit a byte.
    void add_segments(int lookups, LookupColumn& column) {
        column.first_segment = static_cast<std::uint32_t>(plan_.segment_ends.size());
        std::vector<Range> sums(static_cast<std::size_t>(layer_.converted_planes));
        std::vector<Range> rests(sums.size());
        for (int g = 0; g < lookups; ++g) {
            bool fits = true;
            for (int plane = 0; plane < layer_.converted_planes; ++plane) {
                Range sum = sums[static_cast<std::size_t>(plane)];
                sum.add(range(g, plane));
                Range rest = rests[static_cast<std::size_t>(plane)];
                rest.add(fraction(g, plane));
                fits = fits && sum.fits(plan_.bias, byte_values) && rest.fits(word_bias, 2 * word_bias);
            }
            if (!fits) {
                plan_.segment_ends.push_back(g);
                std::fill(sums.begin(), sums.end(), Range{});
                std::fill(rests.begin(), rests.end(), Range{});
            }
            for (int plane = 0; plane < layer_.converted_planes; ++plane) {
                sums[static_cast<std::size_t>(plane)].add(range(g, plane));
                rests[static_cast<std::size_t>(plane)].add(fraction(g, plane));
            }
        }
        plan_.segment_ends.push_back(lookups);
        column.segments = static_cast<std::uint32_t>(plan_.segment_ends.size()) - column.first_segment;
    }

    const ProgrammedLayer& layer_;
    LookupPlan& plan_;
    std::vector<Range> ranges_;           ///< [lookups][planes]
    std::vector<Range> fraction_ranges_;  ///< the same, fixed_point only
    ColumnCells cells_;
    std::vector<std::uint8_t> levels_;
    std::vector<std::int16_t> fractions_;
};

/// The largest fraction of a conductance that a word's tables leave room for, DAC bits included.
constexpr int most_fraction_bits = 13;

/// Largest sum of codes that a 32-bit total of one tile must hold.
bool totals_fit(const ProgrammedLayer& layer) {
    double places = 0.0;
    for (int phase = 0; phase < layer.geometry.phases; ++phase) {
        places += static_cast<double>(std::int64_t{1} << (layer.parameters.dac_bits * phase));
    }
    const double groups = static_cast<double>((layer.geometry.rows_per_tile + layer.geometry.active_rows - 1) /
                                              layer.geometry.active_rows);
    return layer.adc.top_code * places * layer.most_weight() * groups < 2147483648.0;
}

}  // namespace

std::optional<LookupPlan> start_lookup_plan(const ProgrammedLayer& layer) {
    const CrossbarParameters& p = layer.parameters;
    const bool levels_fit = ((1 << p.cell_bits) - 1) << (p.dac_bits - 1) < (layer.analog ? 128 : byte_values);
    if (layer.adc.ideal || p.dac_bits > 2 || !levels_fit || !totals_fit(layer)) return std::nullopt;
    if (layer.fixed_point && layer.fraction_bits > most_fraction_bits) return std::nullopt;
    LookupPlan plan;
    plan.kernel = lookup_kernel_in_force();
    if (plan.kernel == nullptr) return std::nullopt;
    plan.bias = layer.analog ? byte_values / 2 : 0;  // conductances are never negative, differences can be
    plan_quads(layer, plan);
    plan_codes(layer, plan);
    if (!plan.byte_codes && layer.float_adc_of(0) == nullptr) return std::nullopt;
    return plan;
}

bool plan_columns(const ProgrammedLayer& layer, LookupPlan& plan) {
    ColumnPlanner planner(layer, plan);
    for (const ProgrammedTile& tile : layer.tiles) {
        auto& groups = plan.columns.emplace_back();
        for (std::int64_t first = 0; first < tile.rows; first += layer.geometry.active_rows) {
            const std::int64_t rows = std::min<std::int64_t>(layer.geometry.active_rows, tile.rows - first);
            auto& columns = groups.emplace_back();
            for (const std::int64_t n : tile.converted_columns) {
                if (!planner.add(tile.first_row + first, rows, n, columns)) return false;
            }
        }
    }
    return true;
}

void ColumnCells::load(const ProgrammedLayer& layer, std::int64_t row_group, std::int64_t first_row, std::int64_t rows,
                       std::int64_t n) {
    first_row_ = first_row;
    row_group_ = row_group;
    column_ = n;
    positive_.resize(static_cast<std::size_t>(rows));
    negative_.resize(static_cast<std::size_t>(rows));
    const std::int64_t stride = layer.geometry.columns;
    const std::int16_t* weight = layer.weights.data() + first_row * stride + n;
    const auto offset = static_cast<std::int32_t>(layer.offset);
    for (std::size_t k = 0; k < positive_.size(); ++k, weight += stride) positive_[k] = *weight + offset;
    if (offset != 0) return;
    for (std::size_t k = 0; k < positive_.size(); ++k) {
        negative_[k] = std::max(-positive_[k], 0);
        positive_[k] = std::max(positive_[k], 0);
    }
}

void ColumnCells::levels(const ProgrammedLayer& layer, int plane, std::uint8_t* levels, std::int64_t count) {
    const bool paired = !layer.analog && layer.offset == 0;
    const int shift = layer.parameters.cell_bits * (paired ? plane / 2 : plane);
    const std::int32_t mask = (1 << layer.parameters.cell_bits) - 1;
    const std::size_t rows = positive_.size();
    const std::int32_t* side = paired && plane % 2 == 1 ? negative_.data() : positive_.data();
    const int dac_bits = layer.parameters.dac_bits;
    plane_.resize(rows);
    std::uint8_t* out = dac_bits == 1 ? levels : plane_.data();
    const std::int32_t turn = layer.is_flipped(row_group_, column_, plane) ? mask : 0;  // mask − digit = mask ^ digit
    for (std::size_t k = 0; k < rows; ++k) out[k] = static_cast<std::uint8_t>(((side[k] >> shift) & mask) ^ turn);
    if (layer.analog) {
        const std::int32_t* other = negative_.data();
        for (std::size_t k = 0; k < rows; ++k)
            out[k] = static_cast<std::uint8_t>(out[k] - ((other[k] >> shift) & mask));
    }
    if (dac_bits > 1) {
        for (std::size_t k = 0; k < rows; ++k) {
            for (int e = 0; e < dac_bits; ++e) *levels++ = static_cast<std::uint8_t>(plane_[k] << e);
        }
        levels -= static_cast<std::int64_t>(rows) * dac_bits;
    }
    std::fill(levels + static_cast<std::int64_t>(rows) * dac_bits, levels + count, std::uint8_t{0});
}

bool ColumnCells::levels_and_fractions(const ProgrammedLayer& layer, int plane, std::uint8_t* levels,
                                       std::int16_t* fractions, std::int64_t count) {
    const auto rows = static_cast<std::int64_t>(positive_.size());
    const int half = layer.fraction_bits > 0 ? 1 << (layer.fraction_bits - 1) : 0;
    const int dac_bits = layer.parameters.dac_bits;
    std::int64_t at = 0;
    bool fits = true;
    for (std::int64_t k = 0; k < rows; ++k) {
        const std::int32_t g = layer.plane_conductance(first_row_ + k, column_, plane);
        const std::int32_t level = (g + half) >> layer.fraction_bits;
        const std::int32_t rest = g - level * (1 << layer.fraction_bits);
        const std::int32_t most = level << (dac_bits - 1);
        fits = fits &&
               (layer.analog ? most >= -byte_values / 2 && most < byte_values / 2 : most >= 0 && most < byte_values);
        for (int e = 0; e < dac_bits; ++e, ++at) {
            levels[at] = static_cast<std::uint8_t>(level * (1 << e));
            fractions[at] = static_cast<std::int16_t>(rest * (1 << e));
        }
    }
    std::fill(levels + at, levels + count, std::uint8_t{0});
    std::fill(fractions + at, fractions + count, std::int16_t{0});
    return fits;
}

}  // namespace remask::detail
