// Internal: from codes to outputs. What the periphery does at the end of a row tile (or row group, where each has a
// mask factor): steps 7 and 8 of docs/crossbar.md. Every path but the plain reference ends here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/crossbar/programmed_layer.h"

namespace remask::detail {

/// Whole row groups of one tile whose codes add up before a mask factor meets them.
struct RowStretch {
    std::int64_t tile = 0;
    std::int64_t first_row = 0;  ///< of the matrix
    std::int64_t rows = 0;
    std::int64_t group_in_tile = 0;  ///< the first row group, counted within its tile
    std::int64_t first_group = 0;    ///< the same, counted over all tiles
    std::int64_t groups = 0;
    std::int64_t mask_row = 0;
};

/// All of them in order: row tiles, or row groups.
std::vector<RowStretch> row_stretches(const CrossbarGeometry& geometry, bool per_row_group);

/// One thread's work on `count` vectors: adds the results of stretch after stretch, from the first of row_stretches(),
/// to outputs[n·stride + v]. What the outputs hold before is overwritten.
class TileOutputs {
public:
    TileOutputs(const ProgrammedLayer& layer, const PeripheryMask& mask, double* outputs, std::int64_t stride,
                std::int64_t count)
        : layer_(layer), mask_(mask), outputs_(outputs), stride_(stride), count_(count) {}

    /// Before the columns of a stretch. `row(k)`: the inputs of row k of the matrix, `count` integers; asked for only
    /// where the layer needs sums of inputs.
    template <class Row>
    void start(const RowStretch& stretch, const Row& row) {
        stretch_ = stretch;
        if (layer_.flips.empty()) terms_ = terms(0, 0, layer_.converted_planes);
        if (!layer_.needs_input_sums()) return;
        clear_sums();
        for (std::int64_t k = 0; k < stretch.rows; ++k) {
            const std::int32_t* x = row(stretch.first_row + k);
            double* of_group = group_sums_.data() + k / layer_.geometry.active_rows * count_;
            for (std::int64_t v = 0; v < count_; ++v) of_group[v] += x[v];
        }
        add_groups();
    }

    /// y of column n from its Σ ±place·2^(b·s)·code, mask, accumulation. Where the slices' converters differ, codes of
    /// slice s begin at codes + s·slice_stride.
    template <class T>
    void finish(std::int64_t n, const T* codes, std::int64_t slice_stride = 0) {
        const ProgrammedLayer& layer = layer_;
        if (!layer.uniform_adc()) {
            set_slice_terms(n);
            correct(n, [&](std::int64_t v) {
                double y = 0.0;
                for (int slice = 0; slice < layer.geometry.slices; ++slice) {
                    y += layer.value(layer.adc_of(slice), static_cast<double>(codes[slice * slice_stride + v]),
                                     slice_terms_[static_cast<std::size_t>(slice)]);
                }
                return y;
            });
            return;
        }
        const double terms = this->terms(n);
        if (terms == 0.0 && !layer.needs_input_sums()) {  // lo·0 adds nothing
            const double step = layer.code_step();
            add(n, [&](std::int64_t v) { return step * static_cast<double>(codes[v]); });
        } else {
            correct(n, [&](std::int64_t v) { return layer.value(layer.adc, static_cast<double>(codes[v]), terms); });
        }
    }

    /// P of column n: Σ ±place·2^(b·s) over its conversions in this stretch.
    double terms(std::int64_t n) const { return layer_.flips.empty() ? terms_ : terms(n, 0, layer_.converted_planes); }

private:
    void clear_sums();
    void add_groups();
    /// Of the planes [first, last).
    double terms(std::int64_t n, int first, int last) const;
    void set_slice_terms(std::int64_t n);
    /// Σ ±2^(b·s)·Σ x over the flipped columns of logical column n.
    void sum_flipped(std::int64_t n);

    /// Adds y less and plus what the periphery does to it digitally.
    template <class Y>
    void correct(std::int64_t n, const Y& y) {
        const ProgrammedLayer& layer = layer_;
        if (!layer.needs_input_sums()) {
            add(n, y);
        } else if (layer.flips.empty()) {
            const double* input_sums = input_sums_.data();
            add(n, [&](std::int64_t v) { return layer.corrected(y(v), input_sums[v]); });
        } else {
            sum_flipped(n);
            const double* input_sums = input_sums_.data();
            const double* flipped = flipped_.data();
            add(n, [&](std::int64_t v) { return layer.corrected(layer.unflipped(y(v), flipped[v]), input_sums[v]); });
        }
    }

    template <class Y>
    void add(std::int64_t n, const Y& y) {
        double* out = outputs_ + n * stride_;
        double m = 1.0;
        if (!mask_.factors.empty()) {
            m = mask_.factors[static_cast<std::size_t>(stretch_.mask_row * layer_.geometry.columns + n)];
        }
        if (stretch_.mask_row == 0) {  // as if added to 0
            for (std::int64_t v = 0; v < count_; ++v) out[v] = m * y(v);
        } else {
            for (std::int64_t v = 0; v < count_; ++v) out[v] += m * y(v);
        }
    }

    const ProgrammedLayer& layer_;
    const PeripheryMask& mask_;
    double* outputs_;
    std::int64_t stride_;
    std::int64_t count_;
    RowStretch stretch_;
    double terms_ = 0.0;  ///< of every column, where none is flipped
    std::vector<double> slice_terms_;
    std::vector<double> group_sums_;  ///< [row groups of the stretch][count] Σ x
    std::vector<double> input_sums_;  ///< [count] of all of them
    std::vector<double> flipped_;     ///< [count] see sum_flipped
};

}  // namespace remask::detail
