#include "sim/crossbar/adc_calibration.h"

#include <algorithm>
#include <cmath>

#include "sim/base/diagnostics.h"
#include "sim/crossbar/adc.h"

namespace remask {

namespace {

using Histogram = std::vector<std::int64_t>;

void add(Histogram& to, const Histogram& from) {
    to.resize(std::max(to.size(), from.size()));
    for (std::size_t i = 0; i < from.size(); ++i) to[i] += from[i];
}

AdcWindow window_up_to(const CrossbarParameters& p, double hi) {
    const bool analog = p.encoding == Encoding::differential && p.subtract == Subtract::analog;
    return {analog ? -hi : 0.0, hi};
}

/// Least whole number of level units that `percentile` % of the magnitudes do not exceed.
double percentile_edge(const Histogram& counts, double bin, double percentile) {
    std::int64_t all = 0;
    for (const std::int64_t count : counts) all += count;
    const auto wanted = static_cast<std::int64_t>(std::ceil(static_cast<double>(all) * percentile / 100.0));
    std::int64_t held = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) {
        held += counts[i];
        if (held >= wanted) return std::max(1.0, std::ceil(static_cast<double>(i) * bin));
    }
    return 1.0;
}

/// The magnitudes of one slice and what an error in each of them weighs.
struct WeightedSums {
    int bits = 0;
    std::vector<double> magnitudes;
    std::vector<double> weights;  ///< Σ (place·2^(b·s))² of the conversions
};

WeightedSums weigh(const CrossbarParameters& p, const SumCounts& sums, int slice) {
    WeightedSums weighted;
    weighted.bits = p.adc_slice_bits.empty() ? p.adc_bits : p.adc_slice_bits[static_cast<std::size_t>(slice)];
    const auto& phases = sums.counts[static_cast<std::size_t>(slice)];
    std::vector<double> weights;
    for (std::size_t phase = 0; phase < phases.size(); ++phase) {
        // The sign bit's place is negative; squared it is the same.
        const double place = std::ldexp(1.0, p.dac_bits * static_cast<int>(phase) + p.cell_bits * slice);
        weights.resize(std::max(weights.size(), phases[phase].size()));
        for (std::size_t i = 0; i < phases[phase].size(); ++i) {
            weights[i] += place * place * static_cast<double>(phases[phase][i]);
        }
    }
    for (std::size_t i = 0; i < weights.size(); ++i) {
        if (weights[i] == 0.0) continue;
        weighted.magnitudes.push_back(static_cast<double>(i) * sums.bin);
        weighted.weights.push_back(weights[i]);
    }
    return weighted;
}

double squared_error(const CrossbarParameters& p, int active_rows, const WeightedSums& sums, double hi) {
    CrossbarParameters own = p;
    own.adc_bits = sums.bits;
    const Adc adc = make_adc(own, active_rows, window_up_to(p, hi));
    double error = 0.0;
    for (std::size_t i = 0; i < sums.magnitudes.size(); ++i) {
        const double p_hat = adc.lo + static_cast<double>(adc.convert(sums.magnitudes[i]).code) * adc.delta;
        const double off = p_hat - sums.magnitudes[i];
        error += sums.weights[i] * off * off;
    }
    return error;
}

/// The range with one level unit a step.
double unit_range(const CrossbarParameters& p, int bits) {
    CrossbarParameters own = p;
    own.adc_bits = bits;
    own.adc_range = AdcRange::lsb;
    return make_adc(own, 1, {}).hi;
}

/// The h of least error for these slices together.
double least_error(const CrossbarParameters& p, int active_rows, const std::vector<WeightedSums>& slices) {
    double largest = 1.0;
    for (const WeightedSums& slice : slices) {
        if (!slice.magnitudes.empty()) largest = std::max(largest, std::ceil(slice.magnitudes.back()));
    }
    double step = 1.0;
    while (largest / step > 1024.0) step *= 2.0;
    std::vector<double> candidates;
    for (double hi = step; hi < largest + step; hi += step) candidates.push_back(hi);
    for (const WeightedSums& slice : slices) candidates.push_back(unit_range(p, slice.bits));
    std::sort(candidates.begin(), candidates.end());
    double best = candidates[0];
    double least = -1.0;
    for (const double hi : candidates) {
        double error = 0.0;
        for (const WeightedSums& slice : slices) error += squared_error(p, active_rows, slice, hi);
        if (least >= 0.0 && error >= least) continue;
        least = error;
        best = hi;
    }
    return best;
}

double chosen(const CrossbarParameters& p, int active_rows, const SumCounts& sums, int first_slice, int last_slice) {
    if (p.adc_calibration == AdcCalibration::percentile) {
        Histogram all;
        for (int slice = first_slice; slice < last_slice; ++slice) {
            for (const Histogram& phase : sums.counts[static_cast<std::size_t>(slice)]) add(all, phase);
        }
        return percentile_edge(all, sums.bin, p.adc_percentile);
    }
    std::vector<WeightedSums> slices;
    for (int slice = first_slice; slice < last_slice; ++slice) slices.push_back(weigh(p, sums, slice));
    return least_error(p, active_rows, slices);
}

}  // namespace

SumCounts& SumCounts::operator+=(const SumCounts& other) {
    if (counts.empty()) return *this = other;
    if (bin != other.bin || counts.size() != other.counts.size()) {
        throw InternalError("sums of layers with different parameters were counted together");
    }
    for (std::size_t slice = 0; slice < counts.size(); ++slice) {
        for (std::size_t phase = 0; phase < counts[slice].size(); ++phase) {
            add(counts[slice][phase], other.counts[slice][phase]);
        }
    }
    return *this;
}

std::vector<AdcWindow> choose_windows(const CrossbarParameters& p, int active_rows, const SumCounts& sums) {
    if (sums.counts.empty()) throw InternalError("an ADC range was to be chosen without any sums");
    const int slices = static_cast<int>(sums.counts.size());
    if (p.adc_calibration_scope == AdcCalibrationScope::layer) {
        return {window_up_to(p, chosen(p, active_rows, sums, 0, slices))};
    }
    std::vector<AdcWindow> windows;
    for (int slice = 0; slice < slices; ++slice) {
        windows.push_back(window_up_to(p, chosen(p, active_rows, sums, slice, slice + 1)));
    }
    return windows;
}

}  // namespace remask
