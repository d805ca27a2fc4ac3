// Counts the sums that a layer's ADCs see, for the choice of their ranges.
#include <cmath>

#include "sim/crossbar/conversion_sums.h"

namespace remask::detail {

namespace {

/// Doubles while the sums that the parameters allow would need more than 2^16 bins. Programming errors can exceed them;
/// the histograms then grow.
double bin_width(const ProgrammedLayer& layer) {
    const CrossbarParameters& p = layer.parameters;
    const double floor = p.on_off_ratio > 0.0 ? layer.periphery_floor : 0.0;
    const double largest =
        layer.geometry.active_rows * (std::ldexp(1.0, p.dac_bits) - 1.0) * (std::ldexp(1.0, p.cell_bits) - 1.0 + floor);
    double width = layer.fixed_point || layer.floor_level > 0.0 ? 0.125 : 1.0;
    while (largest / width > 65536.0) width *= 2.0;
    return width;
}

void count(std::vector<std::int64_t>& histogram, double magnitude_in_bins) {
    auto bin = static_cast<std::size_t>(magnitude_in_bins);
    if (static_cast<double>(bin) < magnitude_in_bins) ++bin;  // rounded up
    if (bin >= histogram.size()) histogram.resize(bin + 1);
    ++histogram[bin];
}

}  // namespace

SumCounts count_sums(const ProgrammedLayer& layer, std::span<const std::int32_t> inputs, std::int64_t vectors) {
    const CrossbarGeometry& g = layer.geometry;
    SumCounts result;
    result.bin = bin_width(layer);
    result.counts.assign(static_cast<std::size_t>(g.slices),
                         std::vector<std::vector<std::int64_t>>(static_cast<std::size_t>(g.phases), {0}));
    const double unit = layer.sum_unit / result.bin;
    std::vector<double> column;
    for_each_group(layer, inputs, vectors, [&](ConversionSums& sums, const VectorBlock& block) {
        column.resize(static_cast<std::size_t>(sums.width()));
        std::vector<bool> active(static_cast<std::size_t>(g.phases));
        for (const int phase : sums.phases()) active[static_cast<std::size_t>(phase)] = true;
        for (int plane = 0; plane < layer.converted_planes; ++plane) {
            auto& of_slice = result.counts[static_cast<std::size_t>(layer.slice_of(plane))];
            sums.load_plane(plane);
            for (std::int64_t n = 0; n < g.columns; ++n) {
                sums.column(n, column);
                std::size_t at = 0;
                for (const int phase : sums.phases()) {
                    auto& histogram = of_slice[static_cast<std::size_t>(phase)];
                    for (std::int64_t v = 0; v < block.count; ++v, ++at) {
                        const double sum = sums.floor().empty() ? column[at] : column[at] + sums.floor()[at];
                        count(histogram, std::abs(sum) * unit);
                    }
                }
            }
            for (std::size_t phase = 0; phase < active.size(); ++phase) {
                if (!active[phase]) of_slice[phase][0] += g.columns * block.count;
            }
        }
    });
    return result;
}

}  // namespace remask::detail
