// The fast path: one matrix product a row group for all phases and slices, quantiser and shift-and-add while it is in
// the cache.
#include <algorithm>
#include <numeric>

#include "sim/base/diagnostics.h"
#include "sim/crossbar/conversion_kernels.h"
#include "sim/crossbar/input_digits.h"
#include "sim/crossbar/linear_columns.h"
#include "sim/crossbar/tile_outputs.h"
#include "sim/linalg/gemm.h"

namespace remask::detail {

namespace {

constexpr std::int64_t packed_rows_at_once = 192;

class FastMultiply {
public:
    FastMultiply(const ProgrammedLayer& layer, const PeripheryMask& mask, std::span<double> outputs, VectorBlock block)
        : layer_(layer), mask_(mask), outputs_(outputs), block_(block) {}

    void run() {
        const std::int64_t columns = layer_.geometry.columns;
        codes_.resize(static_cast<std::size_t>(columns * block_.count));
        TileOutputs results(layer_, mask_, outputs_.data() + block_.first, block_.stride, block_.count);
        for (const RowStretch& stretch : row_stretches(layer_.geometry, mask_.per_row_group)) {
            const ProgrammedTile& tile = layer_.tiles[static_cast<std::size_t>(stretch.tile)];
            std::fill(codes_.begin(), codes_.end(), 0.0);
            for (std::int64_t i = 0; i < stretch.groups; ++i) {
                convert_group(tile, tile.groups[static_cast<std::size_t>(stretch.group_in_tile + i)]);
            }
            results.start(stretch, [&](std::int64_t k) { return block_.row(k); });
            add_linear(tile, stretch, results);
            for (std::int64_t n = 0; n < columns; ++n) results.finish(n, codes_of(n));
        }
    }

    EngineStatistics statistics;

private:
    double* codes_of(std::int64_t column) { return codes_.data() + column * block_.count; }

    /// Adds Σ place·2^(b·s)·code of one row group to the converted columns.
    void convert_group(const ProgrammedTile& tile, const PackedGroup& group) {
        const auto linear = static_cast<std::int64_t>(tile.linear_columns.size());
        const std::int64_t each = block_.count * layer_.geometry.phases * layer_.converted_planes;
        statistics.conversions_proved_exact += linear * each;
        if (tile.converted_columns.empty()) return;
        const auto converted = static_cast<std::int64_t>(tile.converted_columns.size());
        statistics.conversions_simulated += converted * each;
        const bool use_float = group.doubles.empty();
        digits_.load(layer_, block_, group.first_row, group.rows, use_float);
        if (layer_.float_adc) {
            offsets_.assign(static_cast<std::size_t>(phase_width()), layer_.float_adc->offset);
            for (std::size_t i = 0; i < digits_.floor.size(); ++i) {
                offsets_[i] = layer_.float_adc->offset_with(digits_.floor[i]);
            }
        }
        std::int64_t first = 0;
        while (first < converted) {
            std::int64_t last = first + 1;
            const auto packed_end = [&](std::int64_t i) { return group.first_packed[static_cast<std::size_t>(i)]; };
            while (last < converted && packed_end(last + 1) - packed_end(first) <= packed_rows_at_once) ++last;
            if (use_float) {
                multiply_packed(group, group.floats, digits_.floats, float_sums_, packed_end(first), packed_end(last));
                convert_columns(tile, group, float_sums_, first, last);
            } else {
                multiply_packed(group, group.doubles, digits_.doubles, double_sums_, packed_end(first),
                                packed_end(last));
                convert_columns(tile, group, double_sums_, first, last);
            }
            first = last;
        }
    }

    template <class T>
    void multiply_packed(const PackedGroup& group, const std::vector<T>& cells, const std::vector<T>& digits,
                         std::vector<T>& sums, std::int64_t first, std::int64_t last) {
        const std::int64_t width = phase_width();
        sums.resize(static_cast<std::size_t>((last - first) * width));
        if (sums.empty()) return;
        const T* a = cells.data() + first * group.rows;
        if constexpr (std::is_same_v<T, float>) {
            sgemm(false, false, last - first, width, group.rows, 1.0F, a, group.rows, digits.data(), width, 0.0F,
                  sums.data(), width);
        } else {
            dgemm(false, false, last - first, width, group.rows, 1.0, a, group.rows, digits.data(), width, 0.0,
                  sums.data(), width);
        }
    }

    std::int64_t phase_width() const { return static_cast<std::int64_t>(digits_.phases.size()) * block_.count; }

    template <class T>
    void convert_columns(const ProgrammedTile& tile, const PackedGroup& group, const std::vector<T>& sums,
                         std::int64_t first, std::int64_t last) {
        const std::int64_t origin = group.first_packed[static_cast<std::size_t>(first)];
        for (std::int64_t i = first; i < last; ++i) {
            const auto at = static_cast<std::size_t>(i);
            double* codes = codes_of(tile.converted_columns[at]);
            const std::int64_t begin = group.first_packed[at];
            const std::span<const PackedRow> rows(group.packed.data() + begin,
                                                  static_cast<std::size_t>(group.first_packed[at + 1] - begin));
            const T* packed = sums.data() + (begin - origin) * phase_width();
            if constexpr (std::is_same_v<T, float>) {
                if (layer_.float_adc) {
                    convert_column_fast(rows, packed, codes);
                } else {
                    convert_column_exact(rows, packed, codes);
                }
            } else {
                convert_column_exact(rows, packed, codes);
            }
            add_idle(group, at, rows, codes);
        }
    }

    void convert_column_fast(std::span<const PackedRow> rows, const float* packed, double* codes) {
        const std::int64_t width = phase_width();
        totals_.assign(static_cast<std::size_t>(block_.count), 0.0F);
        const auto flush = [&](double factor) {
            for (std::int64_t v = 0; v < block_.count; ++v) codes[v] += factor * totals_[static_cast<std::size_t>(v)];
            std::fill(totals_.begin(), totals_.end(), 0.0F);
        };
        for (std::size_t i = 0; i < digits_.phases.size(); ++i) {
            const float* offsets = offsets_.data() + static_cast<std::int64_t>(i) * block_.count;
            const auto place = static_cast<double>(layer_.place(digits_.phases[i]));
            const float own_place = layer_.accumulate_phases ? static_cast<float>(place) : 1.0F;
            for (std::size_t r = 0; r < rows.size(); ++r) {
                const float* sums =
                    packed + static_cast<std::int64_t>(r) * width + static_cast<std::int64_t>(i) * block_.count;
                statistics.conversions_clipped += convert_fast(rows[r], *layer_.float_adc, own_place, sums, offsets,
                                                               block_.count, layer_.may_clip, totals_.data());
            }
            if (!layer_.accumulate_phases) flush(place);
        }
        if (layer_.accumulate_phases) flush(1.0);
    }

    template <class T>
    void convert_column_exact(std::span<const PackedRow> rows, const T* packed, double* codes) {
        const std::int64_t width = phase_width();
        for (std::size_t i = 0; i < digits_.phases.size(); ++i) {
            const auto place = static_cast<double>(layer_.place(digits_.phases[i]));
            const std::int64_t from = static_cast<std::int64_t>(i) * block_.count;
            const double* floor = digits_.floor.empty() ? nullptr : digits_.floor.data() + from;
            for (std::size_t r = 0; r < rows.size(); ++r) {
                const T* sums = packed + static_cast<std::int64_t>(r) * width + from;
                statistics.conversions_clipped +=
                    convert_exact(rows[r], layer_.adc, place, sums, block_.count, floor, codes);
            }
        }
    }

    /// Conversions whose sum is 0 for certain: cells without a digit, phases without an input.
    void add_idle(const PackedGroup& group, std::size_t at, std::span<const PackedRow> rows, double* codes) {
        double active_places = 0.0;
        for (const int phase : digits_.phases) active_places += static_cast<double>(layer_.place(phase));
        double active_weight = 0.0;
        std::int64_t active_count = 0;
        for (const PackedRow& row : rows) {
            active_count += row.count;
            active_weight = std::accumulate(row.weight.begin(), row.weight.begin() + row.count, active_weight);
        }
        const auto idle_places = static_cast<double>(digits_.idle_places);
        const double all_places = active_places + idle_places;
        const double counted = group.idle_weight[at] * all_places + active_weight * idle_places;
        const Adc::Result zero = layer_.adc.convert(0.0);
        const double added = counted * static_cast<double>(zero.code);
        if (added != 0.0) {
            for (std::int64_t v = 0; v < block_.count; ++v) codes[v] += added;
        }
        if (zero.clipped) {
            const std::int64_t idle =
                group.idle_count[at] * layer_.geometry.phases + active_count * digits_.idle_phases;
            statistics.conversions_clipped += idle * block_.count;
        }
    }

    void add_linear(const ProgrammedTile& tile, const RowStretch& stretch, const TileOutputs& results) {
        linear_.multiply(tile, block_.row(stretch.first_row), block_.stride, block_.count, stretch.first_row,
                         stretch.rows);
        for (std::size_t i = 0; i < tile.linear_columns.size(); ++i) {
            const std::int64_t n = tile.linear_columns[i];
            linear_.codes(layer_.linear, tile, i, block_.count, results.terms(n), codes_of(n));
        }
    }

    const ProgrammedLayer& layer_;
    const PeripheryMask& mask_;
    std::span<double> outputs_;
    VectorBlock block_;
    InputDigits digits_;
    std::vector<double> codes_;   ///< [N, vectors] of the current tile or group
    std::vector<float> offsets_;  ///< [active phases, vectors] of the float shortcut
    std::vector<float> totals_;
    std::vector<float> float_sums_;
    std::vector<double> double_sums_;
    LinearColumns linear_;
};

}  // namespace

EngineStatistics fast_multiply(const ProgrammedLayer& layer, std::span<const std::int32_t> inputs, std::int64_t vectors,
                               const PeripheryMask& mask, std::span<double> outputs) {
    EngineStatistics statistics;
    const std::int64_t step = std::clamp<std::int64_t>(512 / layer.geometry.phases, 32, 512);
    VectorBlock block{inputs, vectors, 0, 0};
    for (; block.first < vectors; block.first += step) {
        block.count = std::min(step, vectors - block.first);
        FastMultiply work(layer, mask, outputs, block);
        work.run();
        statistics += work.statistics;
    }
    return statistics;
}

}  // namespace remask::detail
