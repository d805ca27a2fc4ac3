// The ADC range that holds a given share of the sums seen on calibration inputs.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "sim/base/diagnostics.h"
#include "sim/crossbar/input_digits.h"
#include "sim/linalg/gemm.h"

namespace remask::detail {

namespace {

/// Counts magnitudes of sums, rounded up to whole bins; the bins are a level unit wide unless that were too many.
class SumHistogram {
public:
    explicit SumHistogram(double largest) {
        while (largest / width_ > 1048576.0) width_ *= 2.0;
        counts_.resize(static_cast<std::size_t>(largest / width_) + 2);
    }
    void add(double sum) {
        const auto bin = static_cast<std::size_t>(std::ceil(std::abs(sum) / width_));
        ++counts_[std::min(bin, counts_.size() - 1)];
    }
    void add_zeros(std::int64_t count) { counts_[0] += count; }

    /// The smallest bin edge that at least `percentile` % of the magnitudes do not exceed.
    double edge(double percentile) const {
        const std::int64_t all = std::accumulate(counts_.begin(), counts_.end(), std::int64_t{0});
        const auto wanted = static_cast<std::int64_t>(std::ceil(static_cast<double>(all) * percentile / 100.0));
        std::int64_t held = 0;
        for (std::size_t bin = 0; bin < counts_.size(); ++bin) {
            held += counts_[bin];
            if (held >= wanted) return static_cast<double>(bin) * width_;
        }
        return static_cast<double>(counts_.size() - 1) * width_;
    }

private:
    double width_ = 1.0;
    std::vector<std::int64_t> counts_;
};

template <class T>
void count_row(const PackedRow& row, const T* packed, const std::vector<double>& floor, double unit, std::int64_t width,
               SumHistogram& histogram) {
    for (std::int64_t i = 0; i < width; ++i) {
        double rest = static_cast<double>(packed[i]) + row.bias;
        const double added = floor.empty() ? 0.0 : floor[static_cast<std::size_t>(i)];
        for (int j = 0; j < row.count; ++j) {
            const auto at = static_cast<std::size_t>(j);
            const double part = std::floor(rest / row.base[at]);
            rest -= part * row.base[at];
            histogram.add((part - row.shift[at]) * unit + added);
        }
    }
}

void count_group(const ProgrammedLayer& layer, const PackedGroup& group, const VectorBlock& block,
                 SumHistogram& histogram) {
    const bool use_float = group.doubles.empty();
    InputDigits digits;
    digits.load(layer, block, group.first_row, group.rows, use_float);
    const std::int64_t width = static_cast<std::int64_t>(digits.phases.size()) * block.count;
    const auto packed_rows = static_cast<std::int64_t>(group.packed.size());
    std::int64_t counted = 0;
    std::vector<float> float_sums(use_float ? static_cast<std::size_t>(width) : 0);
    std::vector<double> double_sums(use_float ? 0 : static_cast<std::size_t>(width));
    for (std::int64_t r = 0; r < packed_rows && width > 0; ++r) {
        const PackedRow& row = group.packed[static_cast<std::size_t>(r)];
        counted += row.count * width;
        if (use_float) {
            sgemm(false, false, 1, width, group.rows, 1.0F, group.floats.data() + r * group.rows, group.rows,
                  digits.floats.data(), width, 0.0F, float_sums.data(), width);
            count_row(row, float_sums.data(), digits.floor, layer.sum_unit, width, histogram);
        } else {
            dgemm(false, false, 1, width, group.rows, 1.0, group.doubles.data() + r * group.rows, group.rows,
                  digits.doubles.data(), width, 0.0, double_sums.data(), width);
            count_row(row, double_sums.data(), digits.floor, layer.sum_unit, width, histogram);
        }
    }
    const std::int64_t all = layer.geometry.columns * layer.converted_planes * layer.geometry.phases * block.count;
    histogram.add_zeros(all - counted);
}

}  // namespace

AdcWindow calibrate_window(const ProgrammedLayer& layer, std::span<const std::int32_t> inputs, std::int64_t vectors,
                           double percentile) {
    const CrossbarGeometry& g = layer.geometry;
    const double digit = std::ldexp(1.0, layer.parameters.dac_bits) - 1.0;
    const double level = std::ldexp(1.0, layer.parameters.cell_bits) - 1.0;
    const double largest = layer.fixed_point
                               ? static_cast<double>(std::max(layer.highest_sum, -layer.lowest_sum)) * layer.sum_unit
                               : g.active_rows * digit * (level + layer.floor_level);
    SumHistogram histogram(largest);
    std::vector<std::int64_t> columns(static_cast<std::size_t>(g.columns));
    std::iota(columns.begin(), columns.end(), std::int64_t{0});
    for (std::int64_t t = 0; t < g.row_tiles; ++t) {
        const std::int64_t end = t * g.rows_per_tile + g.tile_rows(t);
        for (std::int64_t first = t * g.rows_per_tile; first < end; first += g.active_rows) {
            const PackedGroup group =
                pack_group(layer, first, std::min<std::int64_t>(g.active_rows, end - first), columns);
            VectorBlock block{inputs, vectors, 0, 0};
            for (; block.first < vectors; block.first += 256) {
                block.count = std::min<std::int64_t>(256, vectors - block.first);
                count_group(layer, group, block, histogram);
            }
        }
    }
    const double hi = std::max(1.0, histogram.edge(percentile));
    return {layer.analog ? -hi : 0.0, hi};
}

}  // namespace remask::detail
