#include "sim/app/run/crossbar_product.h"

#include <algorithm>

#include "sim/base/diagnostics.h"
#include "sim/base/parallel.h"

namespace remask {

namespace {

std::span<const std::int32_t> group_weights(const QuantizedLayer& layer, int group) {
    const auto size = static_cast<std::size_t>(layer.rows * layer.columns);
    return std::span<const std::int32_t>(layer.weights).subspan(static_cast<std::size_t>(group) * size, size);
}

}  // namespace

void add_counts(std::vector<CodeCounts>& counts, const std::vector<CodeCounts>& more) {
    counts.resize(more.size());
    for (std::size_t plane = 0; plane < more.size(); ++plane) counts[plane] += more[plane];
}

CrossbarProduct::CrossbarProduct(
    const std::vector<CrossbarParameters>& parameters, const std::vector<QuantizedLayer>& layers,
    const std::vector<LayerMask>& masks,
    const std::function<void(const std::function<void(int, int, std::span<const std::int32_t>, std::int64_t)>&)>&
        calibration,
    ThreadPool& pool, const DeviceParameters& device) {
    const bool calibrated =
        !parameters.empty() && parameters[0].adc_bits > 0 && parameters[0].adc_range == AdcRange::calibrated;
    const auto program = [&](std::size_t slot, int group, const std::vector<AdcWindow>& windows) {
        const QuantizedLayer& layer = layers[slot];
        return CrossbarLayer(parameters[slot], layer.rows, layer.columns, group_weights(layer, group),
                             layer.kernel_size, layer.input_signed, windows, device,
                             CellIdentity{device.seed.value_or(0), static_cast<std::int64_t>(slot), group});
    };

    // A layer keeps its ADC ranges for all its groups: they come of the sums of all.
    std::vector<std::vector<AdcWindow>> windows(layers.size());
    const auto program_all = [&](auto&& window_of) {
        std::vector<std::vector<CrossbarLayer>> programmed(layers.size());
        pool.run(static_cast<std::int64_t>(layers.size()), [&](std::int64_t chunk, int) {
            const auto slot = static_cast<std::size_t>(chunk);
            for (int group = 0; group < layers[slot].groups; ++group) {
                programmed[slot].push_back(program(slot, group, window_of(slot)));
            }
        });
        return programmed;
    };
    if (calibrated) {
        const std::vector<std::vector<CrossbarLayer>> probes =
            program_all([](std::size_t) { return std::vector<AdcWindow>{}; });
        std::vector<SumCounts> sums(layers.size());
        std::mutex mutex;
        calibration([&](int slot, int group, std::span<const std::int32_t> inputs, std::int64_t vectors) {
            const auto s = static_cast<std::size_t>(slot);
            const SumCounts own = probes[s][static_cast<std::size_t>(group)].count_sums(inputs, vectors);
            const std::lock_guard lock(mutex);
            sums[s] += own;
        });
        for (std::size_t slot = 0; slot < layers.size(); ++slot) {
            windows[slot] = choose_windows(parameters[slot], probes[slot][0].geometry().active_rows, sums[slot]);
        }
    }
    std::vector<std::vector<CrossbarLayer>> final_layers = program_all([&](std::size_t slot) { return windows[slot]; });
    slots_.resize(layers.size());
    for (std::size_t slot = 0; slot < layers.size(); ++slot) {
        for (int group = 0; group < layers[slot].groups; ++group) {
            slots_[slot].push_back(Group{std::move(final_layers[slot][static_cast<std::size_t>(group)]), {}, false});
        }
        if (slot < masks.size()) take_factors(masks[slot], slot);
    }
}

void CrossbarProduct::take_factors(const LayerMask& mask, std::size_t slot) {
    const std::size_t size = mask.unit == MaskUnit::none ? 0 : mask.factors.size() / slots_[slot].size();
    for (std::size_t group = 0; group < slots_[slot].size(); ++group) {
        const auto begin = mask.factors.begin() + static_cast<std::ptrdiff_t>(size * group);
        slots_[slot][group].factors.assign(begin, begin + static_cast<std::ptrdiff_t>(size));
        slots_[slot][group].per_row_group = mask.per_row_group;
    }
}

void CrossbarProduct::set_masks(const std::vector<LayerMask>& masks) {
    for (std::size_t slot = 0; slot < slots_.size(); ++slot) take_factors(masks.at(slot), slot);
}

void CrossbarProduct::multiply(int slot, int group, const IntegerRows& inputs, std::span<double> outputs) const {
    const Group& programmed = slots_[static_cast<std::size_t>(slot)][static_cast<std::size_t>(group)];
    const EngineStatistics statistics =
        programmed.layer.multiply(inputs, {programmed.factors, programmed.per_row_group}, outputs);
    const DigitCounts digits = digits_.empty() ? DigitCounts{} : programmed.layer.count_digits(inputs);
    const std::lock_guard lock(mutex_);
    statistics_ += statistics;
    if (digits_.empty()) return;
    auto& of_slot = digits_[static_cast<std::size_t>(slot)];
    of_slot.resize(slots_[static_cast<std::size_t>(slot)].size());
    of_slot[static_cast<std::size_t>(group)] += digits;
}

std::vector<CellReads> CrossbarProduct::cell_reads(bool gated_are_not_read) const {
    std::vector<CellReads> reads(slots_.size());
    for (std::size_t slot = 0; slot < digits_.size(); ++slot) {
        for (std::size_t group = 0; group < digits_[slot].size(); ++group) {
            const Group& programmed = slots_[slot][group];
            reads[slot] += programmed.layer.cell_reads(
                digits_[slot][group], {programmed.factors, programmed.per_row_group}, gated_are_not_read);
        }
    }
    return reads;
}

std::vector<double> CrossbarProduct::nonzero_digits() const {
    std::vector<double> shares(slots_.size());
    for (std::size_t slot = 0; slot < digits_.size(); ++slot) {
        std::int64_t driven = 0, all = 0;
        for (std::size_t group = 0; group < digits_[slot].size(); ++group) {
            const DigitCounts& digits = digits_[slot][group];
            const CrossbarGeometry& geometry = slots_[slot][group].layer.geometry();
            all += digits.vectors * geometry.rows * geometry.phases;
            for (const std::int64_t count : digits.counts) driven += count;
        }
        if (all > 0) shares[slot] = static_cast<double>(driven) / static_cast<double>(all);
    }
    return shares;
}

EngineStatistics CrossbarProduct::statistics() const {
    const std::lock_guard lock(mutex_);
    return statistics_;
}

void CrossbarProduct::count_codes(int slot, int group, std::span<const std::int32_t> inputs, std::int64_t vectors,
                                  std::vector<CodeCounts>& counts) const {
    const Group& programmed = slots_[static_cast<std::size_t>(slot)][static_cast<std::size_t>(group)];
    add_counts(counts, programmed.layer.count_codes(inputs, vectors));
}

const std::vector<AdcWindow>& CrossbarProduct::adc_windows(int slot) const {
    return slots_[static_cast<std::size_t>(slot)].front().layer.adc_windows();
}

}  // namespace remask
