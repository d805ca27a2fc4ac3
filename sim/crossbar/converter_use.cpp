#include "sim/crossbar/converter_use.h"

#include <algorithm>

#include "sim/base/diagnostics.h"
#include "sim/crossbar/conversion_sums.h"

namespace remask {

CodeCounts& CodeCounts::operator+=(const CodeCounts& other) {
    if (codes.empty()) return *this = other;
    if (slice != other.slice || side != other.side || codes.size() != other.codes.size() || lo != other.lo ||
        hi != other.hi) {
        throw InternalError("codes of different converters were added");
    }
    for (std::size_t code = 0; code < codes.size(); ++code) codes[code] += other.codes[code];
    clipped_low += other.clipped_low;
    clipped_high += other.clipped_high;
    return *this;
}

double ConverterUse::clipped_share() const {
    if (conversions == 0) return 0.0;
    return static_cast<double>(clipped_low + clipped_high) / static_cast<double>(conversions);
}

ConverterUse summary_of(const CodeCounts& counts) {
    ConverterUse use;
    use.slice = counts.slice;
    use.side = counts.side;
    use.lo = counts.lo;
    use.hi = counts.hi;
    use.clipped_low = counts.clipped_low;
    use.clipped_high = counts.clipped_high;
    use.codes = static_cast<std::int64_t>(counts.codes.size());
    for (std::size_t code = 0; code < counts.codes.size(); ++code) {
        if (counts.codes[code] == 0) continue;
        if (use.conversions == 0) use.lowest_code = static_cast<std::int64_t>(code);
        use.highest_code = static_cast<std::int64_t>(code);
        use.conversions += counts.codes[code];
        ++use.codes_used;
    }
    return use;
}

namespace detail {

namespace {

/// Converts sums and counts what comes out. Integer sums of a short range are counted first and converted once each,
/// where all columns have the same converter.
class Counter {
public:
    Counter(const ProgrammedLayer& layer, CodeCounts& counts) : adc_{layer.adc_of(counts.slice), {}}, counts_(counts) {
        const std::int64_t range = layer.highest_sum - layer.lowest_sum;
        if (layer.floor_level > 0.0 || !layer.adc_errors.empty() || range > 1 << 16) return;
        lowest_ = layer.lowest_sum;
        by_sum_.resize(static_cast<std::size_t>(range + 1));
    }

    /// The converter of the sums that follow.
    void use(const Converter& adc) { adc_ = adc; }
    void add(std::span<const double> sums, std::span<const double> floor) {
        if (by_sum_.empty()) {
            for (std::size_t i = 0; i < sums.size(); ++i) count(sums[i] + (floor.empty() ? 0.0 : floor[i]), 1);
            return;
        }
        for (const double sum : sums) ++by_sum_[static_cast<std::size_t>(static_cast<std::int64_t>(sum) - lowest_)];
    }
    void add_zeros(std::int64_t conversions) { count(0.0, conversions); }
    void finish() {
        for (std::size_t i = 0; i < by_sum_.size(); ++i) {
            if (by_sum_[i] != 0) count(static_cast<double>(lowest_ + static_cast<std::int64_t>(i)), by_sum_[i]);
        }
    }

private:
    void count(double sum, std::int64_t conversions) {
        const Adc::Result result = adc_.convert(sum);
        counts_.codes[static_cast<std::size_t>(result.code)] += conversions;
        if (result.clipped) (result.code == 0 ? counts_.clipped_low : counts_.clipped_high) += conversions;
    }

    Converter adc_;
    CodeCounts& counts_;
    std::int64_t lowest_ = 0;
    std::vector<std::int64_t> by_sum_;
};

CodeCounts empty_counts(const ProgrammedLayer& layer, int plane) {
    CodeCounts counts;
    counts.slice = layer.slice_of(plane);
    counts.side = layer.side_of(plane);
    const Adc& adc = layer.adc_of(counts.slice);
    counts.lo = adc.lo * layer.sum_unit;
    counts.hi = adc.hi * layer.sum_unit;
    counts.codes.resize(static_cast<std::size_t>(adc.top_code) + 1);
    return counts;
}

}  // namespace

std::vector<CodeCounts> count_codes(const ProgrammedLayer& layer, std::span<const std::int32_t> inputs,
                                    std::int64_t vectors) {
    std::vector<CodeCounts> counts;
    if (layer.adc.ideal) return counts;
    for (int plane = 0; plane < layer.converted_planes; ++plane) counts.push_back(empty_counts(layer, plane));
    std::vector<Counter> counters;
    counters.reserve(counts.size());
    for (CodeCounts& of_plane : counts) counters.emplace_back(layer, of_plane);
    std::vector<double> buffer;
    for_each_group(layer, inputs, vectors, [&](ConversionSums& sums, const VectorBlock& block) {
        buffer.resize(static_cast<std::size_t>(sums.width()));
        for (int plane = 0; plane < layer.converted_planes; ++plane) {
            Counter& counter = counters[static_cast<std::size_t>(plane)];
            sums.load_plane(plane);
            for (std::int64_t n = 0; n < layer.geometry.columns; ++n) {
                if (!layer.adc_errors.empty()) counter.use(layer.converter(sums.row_tile(), n, plane));
                sums.column(n, buffer);
                counter.add(buffer, sums.floor());
                counter.add_zeros(sums.idle_phases() * block.count);
            }
        }
    });
    for (Counter& counter : counters) counter.finish();
    return counts;
}

}  // namespace detail

}  // namespace remask
