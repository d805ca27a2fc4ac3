#include "sim/app/costing/describe_schedule.h"

#include <set>
#include <string>
#include <utility>

#include "sim/schedule/rounds_time.h"

namespace remask {

namespace {

/// Share of the time that the busiest ADC converts while its arrays work.
double conversion_share(const SlotTime& time, const Hardware& hardware) {
    return static_cast<double>(time.adc_conversions) / hardware.periphery.adc_rate.si() / time.phase.si();
}

ScheduleResult summary(const EventSchedule& schedule, const ImageTime& times, const Hardware& hardware) {
    ScheduleResult result;
    result.first_image = schedule.first_image;
    result.layer_by_layer = schedule.layer_by_layer;
    result.interval = schedule.interval;
    result.throughput_per_s = schedule.throughput.si();
    result.settled = schedule.settled;
    result.images = schedule.images;
    for (const StageReport& report : schedule.stages) {
        const Stage& stage = schedule.graph.stages[static_cast<std::size_t>(report.stage)];
        if (stage.kind != StageKind::arrays && report.busy.si() <= 0.0) continue;
        ScheduledStage entry;
        entry.name = stage.name;
        entry.on_arrays = stage.kind == StageKind::arrays;
        entry.first_start = report.first_start;
        entry.first_end = report.first_end;
        entry.busy = report.busy;
        entry.utilisation = report.utilisation;
        if (stage.slot >= 0) {
            entry.adc_utilisation =
                report.utilisation * conversion_share(times.slots[static_cast<std::size_t>(stage.slot)], hardware);
        }
        for (std::size_t i = 0; i < stall_count; ++i) {
            const Time stall = report.stalls[i] / schedule.images;
            if (stall.si() > 0.0) entry.stalls[std::string(stall_name(static_cast<Stall>(i)))] = stall;
        }
        result.stages.push_back(std::move(entry));
    }
    std::set<std::string> units;
    for (const DigitalUnit& unit : schedule.graph.units) units.insert(unit_name(unit));
    for (const ResourceReport& resource : schedule.resources) {
        const bool digital = units.count(resource.name) > 0;
        result.resources.push_back({resource.name, resource.bits, resource.utilisation, digital});
    }
    for (const BufferReport& buffer : schedule.buffers) result.buffers.push_back({buffer.tile, buffer.most_bits});
    return result;
}

/// The rates that the network needs.
std::vector<DigitalRate> digital_rates(const Mapping& mapping, const Network& network, const Timing& timing) {
    const DigitalWork work = digital_work(mapping, network);
    std::vector<DigitalRate> rates;
    for (const DigitalPart part : all_digital_parts()) {
        if (work[static_cast<std::size_t>(part)] == 0) continue;
        rates.push_back({std::string(part_name(part)), std::string(rate_field(part)), rate_of(timing, part), {}});
    }
    return rates;
}

/// Rounds follow one another: programming, transfers, images.
BatchSchedule batch_of(const std::vector<ScheduleResult>& schedules, const RoundsResult& rounds) {
    BatchSchedule batch;
    batch.images = rounds.images;
    for (std::size_t i = 0; i < schedules.size(); ++i) {
        batch.time += rounds.rounds[i].programming_time + rounds.rounds[i].transfer_time;
        batch.begins.push_back(batch.time);
        batch.running.push_back(running_time(schedules[i].first_image, schedules[i].interval, rounds.images));
        batch.time += batch.running.back();
    }
    return batch;
}

}  // namespace

DescribedSchedule describe_schedule(const Mapping& mapping, const Network& network, const Hardware& hardware,
                                    const std::optional<RoundsResult>& rounds, bool trace) {
    DescribedSchedule described;
    const std::vector<ImageTime> times = round_times(mapping, network, hardware);
    described.rounds = schedule_rounds(mapping, network, hardware, times, {trace, {}});
    for (std::size_t i = 0; i < times.size(); ++i) {
        described.summary.rounds.push_back(summary(described.rounds[i], times[i], hardware));
    }
    if (rounds) described.summary.batch = batch_of(described.summary.rounds, *rounds);
    described.summary.digital_rates = digital_rates(mapping, network, hardware.timing);
    if (hardware.chip.buffer_capacity) described.summary.buffer_capacity_bits = hardware.chip.buffer_capacity->si();
    return described;
}

}  // namespace remask
