// The lookup path: indices of a tile's inputs once, then column by column while they are in the second-level cache.
#include "sim/crossbar/lookup_multiply.h"

#include <algorithm>
#include <bit>
#include <span>

#include "sim/crossbar/aligned_bytes.h"
#include "sim/crossbar/linear_columns.h"
#include "sim/crossbar/lookup_inputs.h"
#include "sim/crossbar/lookup_plan.h"
#include "sim/crossbar/tile_outputs.h"

namespace remask::detail {

namespace {

constexpr int fixed_point_chunk =
    4;  ///< planes at once: their tables, three times the size, stay in the first-level cache

/// What one thread needs; kept from call to call.
struct Scratch {
    LookupInputs inputs;
    AlignedBytes levels, tables, word_tables;
    std::vector<std::int16_t> fractions;
    std::vector<std::int32_t> totals;
    std::vector<double> codes;
    ColumnCells cells;
    std::vector<std::uint8_t> upper;
    LinearColumns linear;
};

struct ColumnPlace {
    std::int64_t row_tile = 0;
    std::int64_t row_group = 0;  ///< over all tiles
    std::int64_t column = 0;     ///< logical
};

/// Codes of a plane's sums, where they are looked up.
const CodeTable& table_of(const ProgrammedLayer& layer, const ColumnPlace& place, int plane) {
    const LookupPlan& plan = *layer.lookup;
    if (plan.table_of.empty()) return plan.tables[0];
    const std::int64_t column = place.row_tile * layer.geometry.columns + place.column;
    return plan.tables[plan.table_of[static_cast<std::size_t>(column * layer.converted_planes + plane)]];
}

/// Planes of one logical column and row group, gathered until the kernel converts them at once; from the most
/// significant slice down, so that each chunk's total is made by shifting.
class PlaneChunk {
public:
    PlaneChunk(const ProgrammedLayer& layer, const ColumnPlace& place, const LookupColumn& column, ColumnJob job,
               const float* lane_offsets, Scratch& scratch)
        : layer_(layer),
          plan_(*layer.lookup),
          place_(place),
          column_(column),
          job_(job),
          lane_offsets_(lane_offsets),
          s_(scratch),
          count_(static_cast<std::int64_t>(job.lookups) * plan_.kernel->index_bits),
          levels_(s_.levels.at_least(static_cast<std::size_t>(max_chunk * count_))) {
        const auto tables = static_cast<std::size_t>(job_.lookups) * max_chunk;
        job_.levels = levels_;
        job_.shift = shift_;
        job_.sign = sign_;
        job_.pair = pair_;
        if (plan_.byte_codes && !layer_.same_converters()) {
            job_.plane_codes = codes_;
            job_.plane_clipped = plan_.clips ? clipped_ : nullptr;
        }
        job_.tables = s_.tables.at_least(tables * static_cast<std::size_t>(plan_.kernel->table_bytes));
        if (!layer_.fixed_point) return;
        s_.fractions.resize(static_cast<std::size_t>(max_chunk * count_));
        word_tables_ = s_.word_tables.at_least(tables * static_cast<std::size_t>(plan_.kernel->word_table_bytes));
    }

    /// Takes a plane of the column that s_.cells holds; converts what it has where the chunk is full. Returns the plane
    /// to go on with: of a pair it takes both.
    int add(int plane) {
        const std::int64_t weight = layer_.code_weight(place_.row_group, place_.column, plane);
        const int bits = std::countr_zero(static_cast<std::uint64_t>(weight < 0 ? -weight : weight));
        if (!layer_.uniform_adc() && layer_.slice_of(plane) != slice_) convert();  // each slice has totals of its own
        slice_ = layer_.uniform_adc() ? 0 : layer_.slice_of(plane);
        const int at = job_.planes++;
        set_converter(at, plane);
        shift_[at] = at == 0 ? 0 : slice_before_ - bits;
        sign_[at] = weight < 0 ? -1 : 1;
        pair_[at] = (column_.pairs >> (plane / 2) & 1U) != 0;
        slice_before_ = bits;
        std::uint8_t* levels = levels_ + at * count_;
        if (layer_.fixed_point) {
            s_.cells.levels_and_fractions(layer_, plane, levels, s_.fractions.data() + at * count_, count_);
        } else {
            s_.cells.levels(layer_, plane, levels, count_);
        }
        if (pair_[at]) add_upper(--plane, levels);
        if (job_.planes == (layer_.fixed_point ? fixed_point_chunk : max_chunk)) convert();
        return plane - 1;
    }

    /// Converts the planes at hand.
    void convert() {
        if (job_.planes == 0) return;
        job_.chunk_shift = slice_before_;
        job_.totals = s_.totals.data() + slice_ * job_.blocks * plan_.kernel->vectors_per_block;
        if (column_.mode == LookupColumn::Mode::wide) {
            plan_.kernel->convert_wide_column(
                {job_, plan_.segment_ends.data() + column_.first_segment, static_cast<int>(column_.segments), scale_,
                 offset_, lane_offsets_, top_code_, layer_.may_clip, layer_.fixed_point ? s_.fractions.data() : nullptr,
                 layer_.fraction_bits, word_tables_});
        } else {
            plan_.kernel->convert_column(job_);
        }
        job_.planes = 0;
    }

private:
    void set_converter(int at, int plane) {
        if (column_.mode == LookupColumn::Mode::wide) {
            const FloatAdc& adc = *layer_.float_adc_of(layer_.slice_of(plane));
            scale_[at] = adc.scale;
            offset_[at] = adc.offset;
            top_code_[at] = adc.top_code;
        } else if (job_.plane_codes != nullptr) {
            const CodeTable& table = table_of(layer_, place_, plane);
            codes_[at] = table.codes.data();
            clipped_[at] = table.clipped.data();
        }
    }

    /// Puts the levels of another plane into the upper four bits.
    void add_upper(int plane, std::uint8_t* levels) {
        s_.upper.resize(static_cast<std::size_t>(count_));
        s_.cells.levels(layer_, plane, s_.upper.data(), count_);
        for (std::size_t i = 0; i < s_.upper.size(); ++i) {
            levels[i] = static_cast<std::uint8_t>(levels[i] + 16 * s_.upper[i]);
        }
    }

    const ProgrammedLayer& layer_;
    const LookupPlan& plan_;
    ColumnPlace place_;
    const LookupColumn& column_;
    ColumnJob job_;
    const float* lane_offsets_;
    Scratch& s_;
    std::int64_t count_;  ///< index bits of a plane
    std::uint8_t* levels_;
    std::uint8_t* word_tables_ = nullptr;
    int shift_[max_chunk];
    std::int8_t sign_[max_chunk];
    bool pair_[max_chunk];
    const std::uint8_t* codes_[max_chunk];
    const std::uint8_t* clipped_[max_chunk];
    float scale_[max_chunk], offset_[max_chunk], top_code_[max_chunk];
    int slice_before_ = 0;
    int slice_ = 0;  ///< of the planes at hand, where slices have totals of their own
};

class LookupMultiply {
public:
    LookupMultiply(const ProgrammedLayer& layer, const IntegerRows& inputs, const PeripheryMask& mask, double* outputs,
                   std::int64_t stride, Scratch& scratch)
        : layer_(layer),
          plan_(*layer.lookup),
          inputs_(inputs),
          per_row_group_(mask.per_row_group),
          count_(inputs.vectors()),
          s_(scratch),
          blocks_((count_ + plan_.kernel->vectors_per_block - 1) / plan_.kernel->vectors_per_block),
          results_(layer, mask, outputs, stride, count_) {}

    void run() {
        for (const RowStretch& stretch : row_stretches(layer_.geometry, per_row_group_)) {
            const ProgrammedTile& tile = layer_.tiles[static_cast<std::size_t>(stretch.tile)];
            if (stretch.group_in_tile == 0) s_.inputs.load(layer_, tile, inputs_);
            results_.start(stretch, [&](std::int64_t k) { return s_.inputs.row(k); });
            const std::int64_t each = count_ * layer_.geometry.phases * layer_.converted_planes * stretch.groups;
            statistics.conversions_proved_exact += static_cast<std::int64_t>(tile.linear_columns.size()) * each;
            statistics.conversions_simulated += static_cast<std::int64_t>(tile.converted_columns.size()) * each;
            add_linear(tile, stretch);
            for (std::size_t i = 0; i < tile.converted_columns.size(); ++i) {
                const std::int64_t padded = blocks_ * plan_.kernel->vectors_per_block;
                const int parts = layer_.uniform_adc() ? 1 : layer_.geometry.slices;
                s_.totals.assign(static_cast<std::size_t>(parts * padded), 0);
                for (std::int64_t g = 0; g < stretch.groups; ++g) convert_column(stretch, g, i);
                results_.finish(tile.converted_columns[i], s_.totals.data(), padded);
            }
        }
    }

    EngineStatistics statistics;

private:
    void add_linear(const ProgrammedTile& tile, const RowStretch& stretch) {
        if (tile.linear_columns.empty()) return;
        s_.codes.resize(static_cast<std::size_t>(count_));
        s_.linear.multiply(tile, s_.inputs.row(stretch.first_row), count_, count_, stretch.first_row, stretch.rows);
        for (std::size_t i = 0; i < tile.linear_columns.size(); ++i) {
            s_.linear.codes(layer_.linear, tile, i, count_, results_.terms(tile.linear_columns[i]), s_.codes.data());
            results_.finish(tile.linear_columns[i], s_.codes.data());
        }
    }

    /// Adds Σ place·2^(b·s)·code of one converted column in row group `g` of the stretch to the totals.
    void convert_column(const RowStretch& stretch, std::int64_t g, std::size_t i) {
        const auto t = static_cast<std::size_t>(stretch.tile);
        const ProgrammedTile& tile = layer_.tiles[t];
        const std::int64_t group = stretch.group_in_tile + g;
        const std::int64_t first = group * layer_.geometry.active_rows;
        const std::int64_t rows = std::min<std::int64_t>(layer_.geometry.active_rows, tile.rows - first);
        const LookupColumn& column = plan_.columns[t][static_cast<std::size_t>(group)][i];
        const ColumnPlace place{stretch.tile, stretch.first_group + g, tile.converted_columns[i]};
        add_idle(place, column);
        s_.cells.load(layer_, place.row_group, tile.first_row + first, rows, place.column);
        PlaneChunk chunk(layer_, place, column, column_job(column, rows, s_.inputs.indices(group)),
                         s_.inputs.lane_offsets(group), s_);
        for (int plane = layer_.converted_planes - 1; plane >= 0;) {
            plane = (column.planes >> plane & 1U) == 0 ? plane - 1 : chunk.add(plane);
        }
        chunk.convert();
    }

    /// All but the planes.
    ColumnJob column_job(const LookupColumn& column, std::int64_t rows, const std::uint8_t* indices) {
        ColumnJob job{};
        job.indices = indices;
        job.blocks = blocks_;
        job.vectors = count_;
        job.quads = plan_.quads;
        job.lookups = plan_.lookups(rows, layer_.parameters.dac_bits);
        job.places = plan_.places.data();
        job.quad_bits = phases_per_quad * layer_.parameters.dac_bits;
        job.bias = static_cast<std::uint8_t>(plan_.bias);
        job.seven_bits = column.mode == LookupColumn::Mode::seven_bits;
        if (plan_.byte_codes) job.codes = plan_.tables[0].codes.data();
        if (plan_.clips) job.clipped = plan_.tables[0].clipped.data();
        job.clip_count = &statistics.conversions_clipped;
        return job;
    }

    /// Planes without a cell above level 0: their sums are 0.
    void add_idle(const ColumnPlace& place, const LookupColumn& column) {
        if (!layer_.same_converters()) return add_idle_planes(place, column);
        std::int64_t weight = 0, planes = 0;
        for (int plane = 0; plane < layer_.converted_planes; ++plane) {
            if ((column.planes >> plane & 1U) != 0) continue;
            weight += layer_.code_weight(place.row_group, place.column, plane);
            ++planes;
        }
        if (planes != 0) add_zeros(layer_.adc.convert(0.0), weight, planes, s_.totals);
    }

    /// The same where each plane has a converter of its own.
    void add_idle_planes(const ColumnPlace& place, const LookupColumn& column) {
        const std::size_t padded = static_cast<std::size_t>(blocks_ * plan_.kernel->vectors_per_block);
        for (int plane = 0; plane < layer_.converted_planes; ++plane) {
            if ((column.planes >> plane & 1U) != 0) continue;
            const Adc::Result zero = layer_.converter(place.row_tile, place.column, plane).convert(0.0);
            const std::size_t first =
                layer_.uniform_adc() ? 0 : static_cast<std::size_t>(layer_.slice_of(plane)) * padded;
            add_zeros(zero, layer_.code_weight(place.row_group, place.column, plane), 1,
                      std::span(s_.totals).subspan(first, padded));
        }
    }

    /// The code of sum 0 in all phases of `planes` planes of this weight together.
    void add_zeros(const Adc::Result& zero, std::int64_t weight, std::int64_t planes, std::span<std::int32_t> totals) {
        const auto added = static_cast<std::int32_t>(weight * layer_.phase_places * zero.code);
        if (added != 0) {
            for (std::int32_t& total : totals) total += added;
        }
        if (zero.clipped) statistics.conversions_clipped += planes * layer_.geometry.phases * count_;
    }

    const ProgrammedLayer& layer_;
    const LookupPlan& plan_;
    const IntegerRows& inputs_;
    bool per_row_group_;
    std::int64_t count_;  ///< vectors
    Scratch& s_;
    std::int64_t blocks_;
    TileOutputs results_;
};

}  // namespace

EngineStatistics lookup_multiply(const ProgrammedLayer& layer, const IntegerRows& inputs, const PeripheryMask& mask,
                                 double* outputs, std::int64_t stride) {
    thread_local Scratch scratch;
    LookupMultiply work(layer, inputs, mask, outputs, stride, scratch);
    work.run();
    return work.statistics;
}

}  // namespace remask::detail
