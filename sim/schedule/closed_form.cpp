#include "sim/schedule/closed_form.h"

#include <algorithm>
#include <utility>

namespace remask {

namespace {

/// One pass through all stages of a layer.
Time stage_latencies(const Timing& timing, Time conversions) {
    return timing.buffer_read + timing.array + conversions + timing.shift_add + timing.tile_accumulate +
           timing.activation + timing.buffer_write;
}

SlotTime time_of(const MappedSlot& slot, const Hardware& hardware, const SlotMask& mask, Time digital) {
    const Timing& timing = hardware.timing;
    SlotTime time;
    time.adc_conversions = conversions_per_adc(slot, hardware, mask);
    const Time conversions =
        Time::from_si(static_cast<double>(time.adc_conversions) / hardware.periphery.adc_rate.si());
    time.phase = timing.pipelined ? std::max(timing.array, conversions) : timing.array + conversions;
    std::int64_t groups = 0;
    for (const MappedArray& array : slot.arrays) groups = std::max(groups, array.row_groups);
    time.product = static_cast<double>(slot.geometry.phases * groups) * time.phase;
    time.fill = stage_latencies(timing, conversions) - time.phase;
    time.busy = static_cast<double>((slot.vectors + slot.replicas - 1) / slot.replicas) * time.product;
    time.digital = digital;
    time.latency = std::max(time.busy, digital) + time.fill;
    return time;
}

}  // namespace

ImageTime closed_form(const Mapping& mapping, const Hardware& hardware, std::span<const SlotMask> masks,
                      DigitalPlan digital) {
    ImageTime image;
    std::vector<bool> mapped(digital.shares.size());
    for (std::size_t s = 0; s < mapping.slots.size(); ++s) {
        const MappedSlot& slot = mapping.slots[s];
        SlotTime time = time_of(slot, hardware, masks.empty() ? SlotMask{} : masks[s], digital.stage_time(slot.layer));
        time.slot = static_cast<int>(s);
        image.latency += time.latency;
        image.interval = std::max(image.interval, time.busy);
        image.slots.push_back(time);
        if (!mapped.empty()) mapped[static_cast<std::size_t>(slot.layer)] = true;
    }
    for (std::size_t layer = 0; layer < mapped.size(); ++layer) {
        if (!mapped[layer]) image.digital += digital.stage_time(static_cast<int>(layer));
    }
    image.latency += image.digital;
    image.interval = std::max(image.interval, digital.busiest());
    if (image.interval.si() > 0.0) image.throughput = Frequency::from_si(1.0 / image.interval.si());
    image.units = std::move(digital);
    return image;
}

}  // namespace remask
