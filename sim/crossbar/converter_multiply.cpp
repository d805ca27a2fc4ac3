// Products of layers whose converters differ from one another and that no kernel covers: plane by plane, every
// conversion by the division that defines its code. Simple and exact; several times slower than the fast path.
#include <algorithm>

#include "sim/crossbar/conversion_sums.h"
#include "sim/crossbar/tile_outputs.h"

namespace remask::detail {

namespace {

class ConverterMultiply {
public:
    ConverterMultiply(const ProgrammedLayer& layer, const PeripheryMask& mask, std::span<double> outputs,
                      VectorBlock block)
        : layer_(layer), g_(layer.geometry), mask_(mask), outputs_(outputs), block_(block) {
        codes_.resize(static_cast<std::size_t>(g_.slices * g_.columns * block.count));
    }

    void run() {
        TileOutputs results(layer_, mask_, outputs_.data() + block_.first, block_.stride, block_.count);
        for (const RowStretch& stretch : row_stretches(g_, mask_.per_row_group)) {
            std::fill(codes_.begin(), codes_.end(), 0.0);
            const std::int64_t end = stretch.first_row + stretch.rows;
            for (std::int64_t row = stretch.first_row; row < end; row += g_.active_rows) {
                convert_group(g_.row_group(row), row, std::min<std::int64_t>(g_.active_rows, end - row));
            }
            results.start(stretch, [&](std::int64_t k) { return block_.row(k); });
            for (std::int64_t n = 0; n < g_.columns; ++n) {
                results.finish(n, codes_of(0, n), g_.columns * block_.count);
            }
        }
    }

    EngineStatistics statistics;

private:
    /// I of one slice and column, for all vectors; of all slices together where they have one range.
    double* codes_of(int slice, std::int64_t n) {
        if (layer_.uniform_adc()) slice = 0;
        return codes_.data() + (slice * g_.columns + n) * block_.count;
    }

    void convert_group(std::int64_t row_group, std::int64_t first_row, std::int64_t rows) {
        ConversionSums sums(layer_, block_, first_row, rows);
        column_.resize(static_cast<std::size_t>(sums.width()));
        for (int plane = 0; plane < layer_.converted_planes; ++plane) {
            sums.load_plane(plane);
            for (std::int64_t n = 0; n < g_.columns; ++n) convert_column(sums, row_group, plane, n);
        }
        const std::int64_t all = g_.columns * layer_.converted_planes * g_.phases * block_.count;
        (layer_.adc.ideal ? statistics.conversions_proved_exact : statistics.conversions_simulated) += all;
    }

    /// Adds Σ place·2^(b·s)·code of one plane and column.
    void convert_column(const ConversionSums& sums, std::int64_t row_group, int plane, std::int64_t n) {
        const Converter adc = layer_.converter(sums.row_tile(), n, plane);
        const auto weight = static_cast<double>(layer_.code_weight(row_group, n, plane));
        double* codes = codes_of(layer_.slice_of(plane), n);
        sums.column(n, column_);
        const double* sum = column_.data();
        const double* floor = sums.floor().empty() ? nullptr : sums.floor().data();
        for (const int phase : sums.phases()) {
            const double place = weight * static_cast<double>(layer_.place(phase));
            for (std::int64_t v = 0; v < block_.count; ++v) {
                codes[v] += place * code_of(adc, floor == nullptr ? sum[v] : sum[v] + floor[v]);
            }
            sum += block_.count;
            if (floor != nullptr) floor += block_.count;
        }
        add_idle(sums, adc, weight, codes);
    }

    /// Phases without an input: every sum is 0.
    void add_idle(const ConversionSums& sums, const Converter& adc, double weight, double* codes) {
        if (sums.idle_phases() == 0) return;
        if (adc.nominal.ideal) return;
        const Adc::Result zero = adc.convert(0.0);
        const double added = weight * static_cast<double>(sums.idle_places()) * static_cast<double>(zero.code);
        for (std::int64_t v = 0; v < block_.count; ++v) codes[v] += added;
        if (zero.clipped) statistics.conversions_clipped += sums.idle_phases() * block_.count;
    }

    /// Without a quantiser the sum itself.
    double code_of(const Converter& adc, double sum) {
        if (adc.nominal.ideal) return sum;
        const Adc::Result result = adc.convert(sum);
        statistics.conversions_clipped += result.clipped ? 1 : 0;
        return static_cast<double>(result.code);
    }

    const ProgrammedLayer& layer_;
    const CrossbarGeometry& g_;
    const PeripheryMask& mask_;
    std::span<double> outputs_;
    VectorBlock block_;
    std::vector<double> codes_;   ///< [S, N, vectors] of the current tile or group
    std::vector<double> column_;  ///< [phases, vectors]
};

}  // namespace

EngineStatistics converter_multiply(const ProgrammedLayer& layer, std::span<const std::int32_t> inputs,
                                    std::int64_t vectors, const PeripheryMask& mask, std::span<double> outputs) {
    EngineStatistics statistics;
    VectorBlock block{inputs, vectors, 0, 0};
    for (; block.first < vectors; block.first += vectors_at_once) {
        block.count = std::min(vectors_at_once, vectors - block.first);
        ConverterMultiply work(layer, mask, outputs, block);
        work.run();
        statistics += work.statistics;
    }
    return statistics;
}

}  // namespace remask::detail
