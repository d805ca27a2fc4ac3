// The path of layers whose reads are noisy: every conversion has draws of its own. Exact like the others: sums and
// noises are integers in units of 2^−F.
#include "sim/crossbar/noisy_multiply.h"

#include <algorithm>

#include "sim/crossbar/conversion_sums.h"
#include "sim/crossbar/tile_outputs.h"
#include "sim/linalg/gemm.h"

namespace remask::detail {

namespace {

/// A trap in one column: row within the group, and what it adds to the conductance while it is captured.
struct Trap {
    std::int64_t row;
    std::int64_t step;
};

class NoisyGroup {
public:
    NoisyGroup(const ProgrammedLayer& layer, const VectorBlock& block, std::int64_t first_row, std::int64_t rows,
               std::int64_t row_group, std::int64_t first_vector)
        : layer_(layer),
          noise_(*layer.noise),
          block_(block),
          first_row_(first_row),
          rows_(rows),
          row_group_(row_group),
          first_vector_(first_vector),
          sums_(layer, block, first_row, rows) {
        load_squares();
    }

    /// Adds Σ place·2^(b·s)·code to `codes` [N, block.count], [S, N, block.count] where the slices' converters differ.
    EngineStatistics convert(std::span<double> codes) {
        EngineStatistics statistics;
        const std::int64_t columns = layer_.geometry.columns;
        statistics.conversions_simulated = columns * layer_.converted_planes * layer_.geometry.phases * block_.count;
        std::vector<double> column(static_cast<std::size_t>(sums_.width()));
        for (int plane = 0; plane < layer_.converted_planes; ++plane) {
            sums_.load_plane(plane);
            weigh_squares(plane);
            const std::int64_t first = layer_.uniform_adc() ? 0 : layer_.slice_of(plane) * columns;
            for (std::int64_t n = 0; n < columns; ++n) {
                sums_.column(n, column);
                statistics.conversions_clipped += convert_column(
                    plane, n, column, codes.subspan(static_cast<std::size_t>((first + n) * block_.count)));
            }
        }
        return statistics;
    }

private:
    std::int64_t digit(std::int64_t row, int phase, std::int64_t v) const {
        const auto bits = static_cast<std::uint32_t>(
            block_.inputs[static_cast<std::size_t>((first_row_ + row) * block_.stride + block_.first + v)]);
        const int width = layer_.parameters.dac_bits;
        return (bits >> (width * phase)) & ((1U << width) - 1U);
    }

    /// x² of every cell, and Σ x² over the cells that one conversion reads.
    void load_squares() {
        const int sides = layer_.analog ? 2 : 1;
        const std::int64_t width = sums_.width();
        squares_.assign(static_cast<std::size_t>(rows_ * width), 0.0);
        square_sums_.assign(static_cast<std::size_t>(width), 0.0);
        for (std::int64_t k = 0; k < rows_; ++k) {
            double* of_row = squares_.data() + k * width;
            for (std::size_t i = 0; i < sums_.phases().size(); ++i) {
                for (std::int64_t v = 0; v < block_.count; ++v) {
                    const std::int64_t x = digit(k, sums_.phases()[i], v);
                    const auto at = static_cast<std::int64_t>(i) * block_.count + v;
                    of_row[at] = static_cast<double>(x * x);
                    square_sums_[static_cast<std::size_t>(at)] += sides * of_row[at];
                }
            }
        }
    }

    /// Σ x²·(g >> shift)² for all columns of a plane: integers below 2^53, exact in any order.
    void weigh_squares(int plane) {
        if (noise_.proportional == 0.0 || sums_.width() == 0) return;
        const std::int64_t columns = layer_.geometry.columns;
        std::vector<double> cells;
        cells.reserve(static_cast<std::size_t>(columns * rows_));
        for (std::int64_t n = 0; n < columns; ++n) {
            for (std::int64_t k = 0; k < rows_; ++k) cells.push_back(squared_conductance(k, n, plane));
        }
        weighted_.resize(static_cast<std::size_t>(columns * sums_.width()));
        dgemm(false, false, columns, sums_.width(), rows_, 1.0, cells.data(), rows_, squares_.data(), sums_.width(),
              0.0, weighted_.data(), sums_.width());
    }

    double squared_conductance(std::int64_t k, std::int64_t n, int plane) const {
        double sum = 0.0;
        for_each_cell(plane, [&](int side, int slice, int) {
            const std::int64_t g = layer_.cell_conductance(first_row_ + k, n, side, slice) >> noise_.square_shift;
            sum += static_cast<double>(g * g);
        });
        return sum;
    }

    /// The cells that a conversion of `plane` reads in each row, as (side, slice, sign).
    template <class Visit>
    void for_each_cell(int plane, const Visit& visit) const {
        if (layer_.analog) {
            visit(0, plane, 1);
            visit(1, plane, -1);
        } else if (layer_.offset != 0) {
            visit(0, plane, 1);
        } else {
            visit(plane % 2, plane / 2, 1);
        }
    }

    void load_traps(int plane, std::int64_t n) {
        traps_.clear();
        if (noise_.trap_steps.empty()) return;
        const CrossbarGeometry& g = layer_.geometry;
        for (std::int64_t k = 0; k < rows_; ++k) {
            for_each_cell(plane, [&](int side, int slice, int sign) {
                const std::int64_t matrix = side * g.slices + slice;
                const std::int32_t step =
                    noise_.trap_steps[static_cast<std::size_t>((matrix * g.rows + first_row_ + k) * g.columns + n)];
                if (step != 0) traps_.push_back({k, -sign * step});
            });
        }
    }

    std::int64_t convert_column(int plane, std::int64_t n, std::span<const double> sums, std::span<double> codes) {
        load_traps(plane, n);
        const double* weighted = noise_.proportional == 0.0 ? nullptr : weighted_.data() + n * sums_.width();
        const auto weight = static_cast<double>(layer_.code_weight(row_group_, n, plane));
        const Converter adc = layer_.converter(sums_.row_tile(), n, plane);
        std::int64_t clipped = 0;
        for (std::int64_t v = 0; v < block_.count; ++v) {
            ReadDraws draws(noise_.identity, {first_vector_ + block_.first + v, row_group_, n, plane});
            double total = 0.0;
            for (std::size_t i = 0; i < sums_.phases().size(); ++i) {
                const auto at = static_cast<std::size_t>(static_cast<std::int64_t>(i) * block_.count + v);
                double sum = sums[at] + static_cast<double>(draws.gaussian(noise_.variance(
                                            square_sums_[at], weighted == nullptr ? 0.0 : weighted[at])));
                for (const Trap& trap : traps_) {
                    const std::int64_t x = digit(trap.row, sums_.phases()[i], v);
                    if (x != 0 && draws.captured(noise_.captured)) sum += static_cast<double>(x * trap.step);
                }
                total += static_cast<double>(layer_.place(sums_.phases()[i])) * code_of(adc, sum, clipped);
            }
            codes[static_cast<std::size_t>(v)] += weight * (total + idle_codes(adc, clipped));
        }
        return clipped;
    }

    double code_of(const Converter& adc, double sum, std::int64_t& clipped) const {
        if (adc.nominal.ideal) return sum;
        const Adc::Result result = layer_.adc_errors.empty() ? adc.nominal.convert(sum) : adc.convert_with_error(sum);
        clipped += result.clipped ? 1 : 0;
        return static_cast<double>(result.code);
    }

    /// Phases without an input: nothing is driven, nothing is noisy.
    double idle_codes(const Converter& adc, std::int64_t& clipped) const {
        double total = 0.0;
        for (int phase = 0; phase < layer_.geometry.phases; ++phase) {
            const auto& active = sums_.phases();
            if (std::find(active.begin(), active.end(), phase) != active.end()) continue;
            total += static_cast<double>(layer_.place(phase)) * code_of(adc, 0.0, clipped);
        }
        return total;
    }

    const ProgrammedLayer& layer_;
    const LayerNoise& noise_;
    VectorBlock block_;
    std::int64_t first_row_, rows_, row_group_, first_vector_;
    ConversionSums sums_;
    std::vector<double> squares_;      ///< [rows, active phases × vectors] x²
    std::vector<double> square_sums_;  ///< [active phases × vectors] Σ x², both sides of a pair that is read together
    std::vector<double> weighted_;     ///< [N, active phases × vectors]
    std::vector<Trap> traps_;
};

class NoisyMultiply {
public:
    NoisyMultiply(const ProgrammedLayer& layer, const PeripheryMask& mask, std::span<double> outputs, VectorBlock block,
                  std::int64_t first_vector)
        : layer_(layer), mask_(mask), outputs_(outputs), block_(block), first_vector_(first_vector) {}

    EngineStatistics run() {
        const CrossbarGeometry& g = layer_.geometry;
        const std::int64_t parts = layer_.uniform_adc() ? 1 : g.slices;
        const std::int64_t slice_stride = g.columns * block_.count;
        std::vector<double> codes;  // [N, vectors], [S, N, vectors] where the slices' converters differ
        EngineStatistics statistics;
        TileOutputs results(layer_, mask_, outputs_.data() + block_.first, block_.stride, block_.count);
        for (const RowStretch& stretch : row_stretches(g, mask_.per_row_group)) {
            codes.assign(static_cast<std::size_t>(parts * slice_stride), 0.0);
            for (std::int64_t i = 0; i < stretch.groups; ++i) {
                const std::int64_t first = i * g.active_rows;
                NoisyGroup group(layer_, block_, stretch.first_row + first,
                                 std::min<std::int64_t>(g.active_rows, stretch.rows - first), stretch.first_group + i,
                                 first_vector_);
                statistics += group.convert(codes);
            }
            results.start(stretch, [&](std::int64_t k) { return block_.row(k); });
            for (std::int64_t n = 0; n < g.columns; ++n) {
                results.finish(n, codes.data() + n * block_.count, slice_stride);
            }
        }
        return statistics;
    }

private:
    const ProgrammedLayer& layer_;
    const PeripheryMask& mask_;
    std::span<double> outputs_;
    VectorBlock block_;
    std::int64_t first_vector_;
};

}  // namespace

EngineStatistics noisy_multiply(const ProgrammedLayer& layer, std::span<const std::int32_t> inputs,
                                std::int64_t vectors, const PeripheryMask& mask, std::span<double> outputs,
                                std::int64_t first_vector) {
    EngineStatistics statistics;
    constexpr std::int64_t at_once = 64;
    VectorBlock block{inputs, vectors, 0, 0};
    for (; block.first < vectors; block.first += at_once) {
        block.count = std::min(at_once, vectors - block.first);
        statistics += NoisyMultiply(layer, mask, outputs, block, first_vector).run();
    }
    return statistics;
}

}  // namespace remask::detail
