#include "sim/schedule/closed_form.h"

#include <algorithm>
#include <string>

#include "sim/hardware/config_fault.h"

namespace remask {

namespace {

/// One pass through all stages of a layer.
Time stage_latencies(const Timing& timing, Time conversions) {
    return timing.buffer_read + timing.array + conversions + timing.shift_add + timing.tile_accumulate +
           timing.activation + timing.buffer_write;
}

SlotTime time_of(const MappedSlot& slot, const Hardware& hardware, const SlotMask& mask) {
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
    time.latency = time.busy + time.fill;
    return time;
}

}  // namespace

ImageTime closed_form(const Mapping& mapping, const Hardware& hardware, std::span<const SlotMask> masks,
                      std::int64_t digital_macs) {
    ImageTime image;
    for (std::size_t s = 0; s < mapping.slots.size(); ++s) {
        SlotTime time = time_of(mapping.slots[s], hardware, masks.empty() ? SlotMask{} : masks[s]);
        time.slot = static_cast<int>(s);
        image.latency += time.latency;
        image.interval = std::max(image.interval, time.busy);
        image.slots.push_back(time);
    }
    if (digital_macs > 0) {
        const auto& rate = hardware.timing.digital_mac_rate;
        if (!rate) {
            refuse_config(
                "hardware.timing.digital_mac_rate",
                "is missing, but the digital unit computes " + std::to_string(digital_macs) +
                    " multiply-accumulates of side layers: say how many it does a second, or use side: arrays");
        }
        image.digital = Time::from_si(static_cast<double>(digital_macs) / rate->si());
        image.latency += image.digital;
        image.interval = std::max(image.interval, image.digital);
    }
    if (image.interval.si() > 0.0) image.throughput = Frequency::from_si(1.0 / image.interval.si());
    return image;
}

}  // namespace remask
