// The lookup path: indices of a tile's inputs once, then column by column while they are in the second-level cache.
#include <algorithm>
#include <bit>
#include <memory>
#include <new>

#include "sim/crossbar/linear_columns.h"
#include "sim/crossbar/lookup_multiply.h"
#include "sim/crossbar/lookup_plan.h"

namespace remask::detail {

namespace {

constexpr std::size_t cache_line = 64;
constexpr int fixed_point_chunk =
    4;  ///< planes at once: their tables, three times the size, stay in the first-level cache

/// Memory at a multiple of 64 bytes that grows and is reused.
class AlignedBytes {
public:
    std::uint8_t* at_least(std::size_t size) {
        if (bytes_.size() < size + cache_line) bytes_.resize(size + cache_line);
        void* start = bytes_.data();
        std::size_t space = bytes_.size();
        return static_cast<std::uint8_t*>(std::align(cache_line, size, start, space));
    }

private:
    std::vector<std::uint8_t> bytes_;
};

/// What one thread needs; kept from call to call.
struct Scratch {
    AlignedBytes inputs, indices, levels, tables, word_tables;
    std::vector<std::int16_t> fractions;
    std::vector<const std::uint8_t*> rows;
    std::vector<std::int32_t> totals;
    std::vector<float> lane_offsets;
    std::vector<std::int32_t> digit_sums, integers;
    ColumnCells cells;
    std::vector<std::uint8_t> upper;
    std::vector<double> codes, input_sums;
    LinearColumns linear;
};

class LookupMultiply {
public:
    LookupMultiply(const ProgrammedLayer& layer, const IntegerRows& inputs, const PeripheryMask& mask, double* outputs,
                   std::int64_t stride, Scratch& scratch)
        : layer_(layer),
          plan_(*layer.lookup),
          inputs_(inputs),
          mask_(mask),
          outputs_(outputs),
          stride_(stride),
          count_(inputs.vectors()),
          s_(scratch),
          blocks_((count_ + plan_.kernel->vectors_per_block - 1) / plan_.kernel->vectors_per_block),
          padded_(blocks_ * plan_.kernel->vectors_per_block) {}

    void run() {
        std::int64_t mask_row = 0;
        for (std::size_t t = 0; t < layer_.tiles.size(); ++t) {
            const ProgrammedTile& tile = layer_.tiles[t];
            const auto groups = static_cast<std::int64_t>(plan_.columns[t].size());
            load_inputs(tile);
            make_indices(tile);
            offset_lanes(tile, groups);
            if (!mask_.per_row_group) {
                convert(t, 0, groups, mask_row++);
                continue;
            }
            for (std::int64_t g = 0; g < groups; ++g) convert(t, g, g + 1, mask_row++);
        }
    }

    EngineStatistics statistics;

private:
    std::int64_t group_rows(const ProgrammedTile& tile, std::int64_t group) const {
        const std::int64_t active = layer_.geometry.active_rows;
        return std::min(active, tile.rows - group * active);
    }
    std::int64_t group_index_bytes(std::int64_t rows) const {
        return blocks_ * plan_.quads * plan_.lookups(rows, layer_.parameters.dac_bits) * plan_.kernel->lanes;
    }

    /// The tile's inputs as bytes, low bytes first, padded with zeros to whole blocks; as integers where those are
    /// needed.
    void load_inputs(const ProgrammedTile& tile) {
        const auto count = static_cast<std::size_t>(count_);
        const int bytes = plan_.bytes.back() + 1;
        s_.rows.clear();
        if (!tile.converted_columns.empty()) {
            std::uint8_t* out = s_.inputs.at_least(static_cast<std::size_t>(bytes * tile.rows * padded_));
            for (int byte = 0; byte < bytes; ++byte) {
                for (std::int64_t k = tile.first_row; k < tile.first_row + tile.rows; ++k, out += padded_) {
                    inputs_.read_bytes(k, byte, {out, count});
                    std::fill(out + count, out + padded_, std::uint8_t{0});
                    s_.rows.push_back(out);
                }
            }
        }
        if (tile.linear_columns.empty() && layer_.offset == 0 && layer_.floor_level == 0.0) return;
        s_.integers.resize(static_cast<std::size_t>(tile.rows) * count);
        for (std::int64_t k = 0; k < tile.rows; ++k) {
            inputs_.read(tile.first_row + k, {s_.integers.data() + static_cast<std::size_t>(k) * count, count});
        }
    }
    const std::int32_t* integers(const ProgrammedTile& tile, std::int64_t row) const {
        return s_.integers.data() + (row - tile.first_row) * count_;
    }

    void make_indices(const ProgrammedTile& tile) {
        if (tile.converted_columns.empty()) return;
        const std::int64_t active = layer_.geometry.active_rows;
        std::int64_t size = 0;
        for (std::int64_t g = 0; g * active < tile.rows; ++g) size += group_index_bytes(group_rows(tile, g));
        indices_ = s_.indices.at_least(static_cast<std::size_t>(size));
        std::uint8_t* out = indices_;
        const int bytes = plan_.bytes.back() + 1;
        for (std::int64_t g = 0; g * active < tile.rows; ++g) {
            const std::int64_t rows = group_rows(tile, g);
            std::vector<const std::uint8_t*> list;
            for (int byte = 0; byte < bytes; ++byte) {
                const auto first = s_.rows.begin() + byte * tile.rows + g * active;
                list.insert(list.end(), first, first + rows);
            }
            const IndexJob job{
                list.data(), rows, layer_.parameters.dac_bits, plan_.quads, plan_.bits.data(), plan_.bytes.data(),
                blocks_,     out};
            plan_.kernel->make_indices(job);
            out += group_index_bytes(rows);
        }
    }

    /// All columns of row groups [first, last) of a tile, to the outputs.
    void convert(std::size_t t, std::int64_t first, std::int64_t last, std::int64_t mask_row) {
        const ProgrammedTile& tile = layer_.tiles[t];
        const std::int64_t first_row = tile.first_row + first * layer_.geometry.active_rows;
        const std::int64_t end_row =
            std::min(tile.first_row + last * layer_.geometry.active_rows, tile.first_row + tile.rows);
        const double terms = layer_.terms(last - first);
        const std::int64_t each = count_ * layer_.geometry.phases * layer_.converted_planes * (last - first);
        statistics.conversions_proved_exact += static_cast<std::int64_t>(tile.linear_columns.size()) * each;
        statistics.conversions_simulated += static_cast<std::int64_t>(tile.converted_columns.size()) * each;
        sum_inputs(tile, first_row, end_row);
        s_.codes.resize(static_cast<std::size_t>(count_));
        s_.linear.multiply(tile, integers(tile, first_row), count_, count_, first_row, end_row - first_row);
        for (std::size_t i = 0; i < tile.linear_columns.size(); ++i) {
            s_.linear.codes(layer_.linear, tile, i, count_, terms, s_.codes.data());
            finish(tile.linear_columns[i], s_.codes.data(), mask_row, terms);
        }
        for (std::size_t i = 0; i < tile.converted_columns.size(); ++i) {
            s_.totals.assign(static_cast<std::size_t>(padded_), 0);
            const std::uint8_t* indices = indices_;
            for (std::int64_t g = 0; g < last; ++g) {
                const std::int64_t rows = group_rows(tile, g);
                if (g >= first) {
                    convert_column(tile, g, rows, tile.converted_columns[i],
                                   plan_.columns[t][static_cast<std::size_t>(g)][i], indices);
                }
                indices += group_index_bytes(rows);
            }
            finish(tile.converted_columns[i], s_.totals.data(), mask_row, terms);
        }
    }

    /// Adds Σ place·2^(b·s)·code of one row group to the totals.
    void convert_column(const ProgrammedTile& tile, std::int64_t group, std::int64_t rows, std::int64_t n,
                        const LookupColumn& column, const std::uint8_t* indices) {
        const std::int64_t first_row = tile.first_row + group * layer_.geometry.active_rows;
        add_idle(column);
        const int lookups = plan_.lookups(rows, layer_.parameters.dac_bits);
        const std::int64_t count = static_cast<std::int64_t>(lookups) * plan_.kernel->index_bits;
        std::uint8_t* levels = s_.levels.at_least(static_cast<std::size_t>(max_chunk * count));
        ColumnJob job{};
        job.indices = indices;
        job.blocks = blocks_;
        job.vectors = count_;
        job.quads = plan_.quads;
        job.lookups = lookups;
        job.levels = levels;
        job.places = plan_.places.data();
        job.quad_bits = phases_per_quad * layer_.parameters.dac_bits;
        job.bias = static_cast<std::uint8_t>(plan_.bias);
        job.seven_bits = column.mode == LookupColumn::Mode::seven_bits;
        job.codes = plan_.codes.data();
        job.clipped = plan_.clips ? plan_.clipped.data() : nullptr;
        job.totals = s_.totals.data();
        job.clip_count = &statistics.conversions_clipped;
        job.tables = s_.tables.at_least(static_cast<std::size_t>(lookups) * max_chunk *
                                        static_cast<std::size_t>(plan_.kernel->table_bytes));
        lane_offsets_ = layer_.floor_level > 0.0 ? s_.lane_offsets.data() + group * lane_count() : nullptr;
        s_.cells.load(layer_, first_row, rows, n);
        // From the most significant slice down, so that each chunk's total is made by shifting.
        int shift[max_chunk];
        std::int8_t sign[max_chunk];
        bool pair[max_chunk];
        job.shift = shift;
        job.sign = sign;
        job.pair = pair;
        int slice_before = 0;
        const int chunk = layer_.fixed_point ? fixed_point_chunk : max_chunk;
        for (int plane = layer_.converted_planes - 1; plane >= 0; --plane) {
            if ((column.planes >> plane & 1U) == 0) continue;
            const std::int64_t weight = layer_.plane_weight(plane);
            const int bits = std::countr_zero(static_cast<std::uint64_t>(weight < 0 ? -weight : weight));
            shift[job.planes] = job.planes == 0 ? 0 : slice_before - bits;
            sign[job.planes] = weight < 0 ? -1 : 1;
            pair[job.planes] = (column.pairs >> (plane / 2) & 1U) != 0;
            slice_before = bits;
            if (layer_.fixed_point) {
                s_.fractions.resize(static_cast<std::size_t>(max_chunk * count));
                s_.cells.levels_and_fractions(layer_, plane, levels + job.planes * count,
                                              s_.fractions.data() + job.planes * count, count);
            } else {
                s_.cells.levels(layer_, plane, levels + job.planes * count, count);
            }
            if (pair[job.planes]) add_upper(--plane, levels + job.planes * count, count);
            if (++job.planes == chunk) flush(job, column, slice_before);
        }
        if (job.planes > 0) flush(job, column, slice_before);
    }

    /// Puts the levels of another plane into the upper four bits.
    void add_upper(int plane, std::uint8_t* levels, std::int64_t count) {
        s_.upper.resize(static_cast<std::size_t>(count));
        s_.cells.levels(layer_, plane, s_.upper.data(), count);
        for (std::size_t i = 0; i < s_.upper.size(); ++i) {
            levels[i] = static_cast<std::uint8_t>(levels[i] + 16 * s_.upper[i]);
        }
    }

    void flush(ColumnJob& job, const LookupColumn& column, int chunk_shift) {
        job.chunk_shift = chunk_shift;
        if (column.mode == LookupColumn::Mode::wide) {
            const FloatAdc& adc = *layer_.float_adc;
            std::uint8_t* word_tables =
                layer_.fixed_point ? s_.word_tables.at_least(static_cast<std::size_t>(job.lookups) * max_chunk *
                                                             static_cast<std::size_t>(plan_.kernel->word_table_bytes))
                                   : nullptr;
            plan_.kernel->convert_wide_column(
                {job, plan_.segment_ends.data() + column.first_segment, static_cast<int>(column.segments), adc.scale,
                 adc.offset, lane_offsets_, adc.top_code, layer_.may_clip,
                 layer_.fixed_point ? s_.fractions.data() : nullptr, layer_.fraction_bits, word_tables});
        } else {
            plan_.kernel->convert_column(job);
        }
        job.planes = 0;
    }

    /// Planes without a cell above level 0: their sums are 0.
    void add_idle(const LookupColumn& column) {
        std::int64_t weight = 0, planes = 0;
        for (int plane = 0; plane < layer_.converted_planes; ++plane) {
            if ((column.planes >> plane & 1U) != 0) continue;
            weight += layer_.plane_weight(plane);
            ++planes;
        }
        if (planes == 0) return;
        const Adc::Result zero = layer_.adc.convert(0.0);
        const auto added = static_cast<std::int32_t>(weight * layer_.phase_places * zero.code);
        if (added != 0) {
            for (std::int32_t& total : s_.totals) total += added;
        }
        if (zero.clipped) statistics.conversions_clipped += planes * layer_.geometry.phases * count_;
    }

    std::int64_t lane_count() const { return padded_ * plan_.quads * phases_per_quad; }

    /// What the cells' floor adds to the ADC's offset: [groups][blocks][quads][4][vectors of a block].
    void offset_lanes(const ProgrammedTile& tile, std::int64_t groups) {
        if (layer_.floor_level == 0.0) return;
        s_.lane_offsets.assign(static_cast<std::size_t>(groups * lane_count()), 0.0F);
        for (std::int64_t g = 0; g < groups; ++g) {
            offset_lanes(tile, tile.first_row + g * layer_.geometry.active_rows, group_rows(tile, g),
                         s_.lane_offsets.data() + g * lane_count());
        }
    }

    void offset_lanes(const ProgrammedTile& tile, std::int64_t first_row, std::int64_t rows, float* offsets) {
        const int width = plan_.kernel->vectors_per_block;
        s_.digit_sums.resize(static_cast<std::size_t>(count_));
        const int dac_bits = layer_.parameters.dac_bits;
        for (int phase = 0; phase < layer_.geometry.phases; ++phase) {
            std::fill(s_.digit_sums.begin(), s_.digit_sums.end(), 0);
            for (std::int64_t k = first_row; k < first_row + rows; ++k) {
                const std::int32_t* x = integers(tile, k);
                for (std::int64_t v = 0; v < count_; ++v) {
                    s_.digit_sums[static_cast<std::size_t>(v)] += (x[v] >> (dac_bits * phase)) & ((1 << dac_bits) - 1);
                }
            }
            const std::int64_t quad = phase / phases_per_quad, lane = phase % phases_per_quad;
            for (std::int64_t v = 0; v < count_; ++v) {
                const double floor =
                    static_cast<double>(s_.digit_sums[static_cast<std::size_t>(v)]) * layer_.floor_level;
                const std::int64_t at =
                    (((v / width) * plan_.quads + quad) * phases_per_quad + lane) * width + v % width;
                offsets[at] = layer_.float_adc->offset_with(floor);
            }
        }
    }

    void sum_inputs(const ProgrammedTile& tile, std::int64_t first_row, std::int64_t end_row) {
        s_.input_sums.assign(static_cast<std::size_t>(count_), 0.0);
        if (layer_.offset == 0) return;
        for (std::int64_t k = first_row; k < end_row; ++k) {
            const std::int32_t* x = integers(tile, k);
            for (std::int64_t v = 0; v < count_; ++v) s_.input_sums[static_cast<std::size_t>(v)] += x[v];
        }
    }

    /// y from the codes of column n, its mask, its place in the sum over tiles (and groups, with a mask for each).
    template <class T>
    void finish(std::int64_t n, const T* codes, std::int64_t mask_row, double terms) {
        double* out = outputs_ + n * stride_;
        const double m = mask_.factors.empty()
                             ? 1.0
                             : mask_.factors[static_cast<std::size_t>(mask_row * layer_.geometry.columns + n)];
        const double* input_sums = s_.input_sums.data();
        const ProgrammedLayer& layer = layer_;
        if (mask_row == 0) {  // as if added to 0
            for (std::int64_t v = 0; v < count_; ++v) {
                out[v] = m * layer.output(static_cast<double>(codes[v]), terms, input_sums[v]);
            }
        } else if (layer.offset == 0 && terms == 0.0) {  // lo·0 adds nothing
            const double step = layer.code_step();
            for (std::int64_t v = 0; v < count_; ++v) out[v] += m * (step * static_cast<double>(codes[v]));
        } else {
            for (std::int64_t v = 0; v < count_; ++v) {
                out[v] += m * layer.output(static_cast<double>(codes[v]), terms, input_sums[v]);
            }
        }
    }

    const ProgrammedLayer& layer_;
    const LookupPlan& plan_;
    const IntegerRows& inputs_;
    const PeripheryMask& mask_;
    double* outputs_;
    std::int64_t stride_;
    std::int64_t count_;  ///< vectors
    Scratch& s_;
    std::int64_t blocks_;
    std::int64_t padded_;
    std::uint8_t* indices_ = nullptr;
    const float* lane_offsets_ = nullptr;
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
