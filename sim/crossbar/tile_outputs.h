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
        terms_ = layer_.terms(stretch.groups);
        input_sums_.assign(static_cast<std::size_t>(count_), 0.0);
        if (!layer_.needs_input_sums()) return;
        for (std::int64_t k = stretch.first_row; k < stretch.first_row + stretch.rows; ++k) {
            const std::int32_t* x = row(k);
            for (std::int64_t v = 0; v < count_; ++v) input_sums_[static_cast<std::size_t>(v)] += x[v];
        }
    }

    /// y of column n from its Σ place·2^(b·s)·code, mask, accumulation. Where the slices' converters differ, codes of
    /// slice s begin at codes + s·slice_stride.
    template <class T>
    void finish(std::int64_t n, const T* codes, std::int64_t slice_stride = 0) {
        const double* input_sums = input_sums_.data();
        if (!layer_.uniform_adc()) {
            add(n, [&](std::int64_t v) {
                double y = 0.0;
                for (int slice = 0; slice < layer_.geometry.slices; ++slice) {
                    const auto code = static_cast<double>(codes[slice * slice_stride + v]);
                    y += layer_.slice_value(slice, code, stretch_.groups);
                }
                return layer_.corrected(y, input_sums[v]);
            });
        } else if (terms_ == 0.0 && !layer_.needs_input_sums()) {  // lo·0 adds nothing
            const double step = layer_.code_step();
            add(n, [&](std::int64_t v) { return step * static_cast<double>(codes[v]); });
        } else {
            const ProgrammedLayer& layer = layer_;
            const double terms = terms_;
            add(n, [&](std::int64_t v) { return layer.output(static_cast<double>(codes[v]), terms, input_sums[v]); });
        }
    }

    /// Σ place·2^(b·s) of column n's conversions in this stretch.
    double terms() const { return terms_; }

private:
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
    double terms_ = 0.0;
    std::vector<double> input_sums_;  ///< [count] Σ x over the stretch's rows
};

}  // namespace remask::detail
