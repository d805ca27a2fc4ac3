#include "mapping/write_tally.h"

#include <algorithm>
#include <cmath>

#include "sim/hardware/config_fault.h"

namespace remask {

namespace {

std::int64_t ceil_div(std::int64_t a, std::int64_t b) {
    return (a + b - 1) / b;
}

Energy priced(std::int64_t count, const std::optional<Energy>& each, const char* action) {
    if (count == 0) return {};
    if (!each) {
        refuse_config(std::string("hardware.energy.") + action,
                      "is missing, but this action was counted " + std::to_string(count) +
                          " times in a task switch: give its energy (0 if it costs none)");
    }
    return *each * static_cast<double>(count);
}

}  // namespace

void check_write_energies(const Hardware& hardware) {
    std::vector<Diagnostic> missing;
    const auto need = [&](const std::optional<Energy>& energy, const std::string& action) {
        if (energy) return;
        missing.push_back(fault_at("hardware.energy." + action,
                                   "is missing, but programming cells takes it: give its energy (0 if it costs none)"));
    };
    need(hardware.energy.row_select, "row_select");
    if (hardware.write.verify) need(hardware.energy.verify_read, "verify_read");
    if (!missing.empty()) throw ConfigError(missing);
}

WriteTally::WriteTally(const Hardware& hardware, const PulseCount& pulses)
    : hardware_(hardware), pulses_(pulses), transitions_(hardware.crossbar.cell_bits) {}

void WriteTally::begin_array() {
    array_time_ = Time{};
}

void WriteTally::add(const CellWrite& write) {
    // Without counts of their own all cells take the same number, which is multiplied in at the end.
    const double pulses = pulses_ ? pulses_(write) : 1.0;
    transitions_.add(write.from, write.to, pulses * replicas_);
    ++(write.to > write.from ? row_.set : row_.reset);
    double& most = write.to > write.from ? row_.most_set_pulses : row_.most_reset_pulses;
    most = std::max(most, pulses);
}

void WriteTally::end_row() {
    plan_.cells_set += row_.set * replicas_;
    plan_.cells_reset += row_.reset * replicas_;
    plan_.row_selects += ((row_.set > 0 ? 1 : 0) + (row_.reset > 0 ? 1 : 0)) * replicas_;
    array_time_ += row_time();
    plan_.slowest_array = std::max(plan_.slowest_array, array_time_);
    row_ = {};
}

Time WriteTally::row_time() const {
    const WriteParameters& write = hardware_.write;
    const Time verify = write.verify ? write.verify_time : Time{};
    const auto pass = [&](std::int64_t cells, double pulses, Time pulse) {
        const double most = pulses * pulse_factor();
        return static_cast<double>(ceil_div(cells, write.write_columns)) * most * (pulse + verify);
    };
    return pass(row_.set, row_.most_set_pulses, write.set_pulse) +
           pass(row_.reset, row_.most_reset_pulses, write.reset_pulse);
}

/// Energy of one pulse on a cell between two levels.
Energy WriteTally::pulse_energy(int from, int to) const {
    const WriteParameters& write = hardware_.write;
    const bool set = to > from;
    if (write.model == WriteModel::fixed) return set ? write.set_energy.value() : write.reset_energy.value();
    const double off = 1.0 / hardware_.cell.off_resistance.value().si();
    const double on = 1.0 / hardware_.cell.on_resistance.value().si();
    const double mean_level = (from + to) / 2.0 / (transitions_.levels() - 1);
    const Conductance conductance = Conductance::from_si(off + mean_level * (on - off));
    const Voltage voltage = set ? write.set_voltage.value() : write.reset_voltage.value();
    return voltage * voltage * conductance * (set ? write.set_pulse : write.reset_pulse);
}

void WriteTally::add_pulses() {
    double set_pulses = 0.0;
    double reset_pulses = 0.0;
    for (int from = 0; from < transitions_.levels(); ++from) {
        for (int to = 0; to < transitions_.levels(); ++to) {
            if (transitions_.pulses(from, to) == 0.0) continue;
            const double pulses = transitions_.pulses(from, to) * pulse_factor();
            (to > from ? set_pulses : reset_pulses) += pulses;
            (to > from ? plan_.set_energy : plan_.reset_energy) += pulse_energy(from, to) * pulses;
        }
    }
    plan_.set_pulses = std::llround(set_pulses);
    plan_.reset_pulses = std::llround(reset_pulses);
    if (hardware_.write.verify) plan_.verify_reads = plan_.set_pulses + plan_.reset_pulses;
}

void WriteTally::add_reads() {
    plan_.verify_energy = priced(plan_.verify_reads, hardware_.energy.verify_read, "verify_read");
    plan_.row_select_energy = priced(plan_.row_selects, hardware_.energy.row_select, "row_select");
}

void WriteTally::add_load(const SwitchLoad& load) {
    const double weight_bits = static_cast<double>(plan_.weights_rewritten) * hardware_.crossbar.weight_bits;
    const auto from = [&](const MemoryParameters& memory, double bits) {
        const DataSize size = DataSize::from_si(bits);
        plan_.bits_loaded += bits;
        plan_.load_energy += size * memory.energy;
        plan_.load_time += size / memory.bandwidth;
    };
    from(hardware_.memory.weight, weight_bits);
    from(hardware_.memory.mask, load.mask_bits);
    from(hardware_.memory.constants, load.constants_bits);
}

SwitchPlan WriteTally::finish(const SwitchLoad& load) {
    add_pulses();
    add_reads();
    add_load(load);
    plan_.writes_max = plan_.cells_written() > 0 ? 1 : 0;
    plan_.write_time = plan_.slowest_array;
    if (const auto& limit = hardware_.write.write_power_limit) {
        plan_.write_time = std::max(plan_.write_time, (plan_.set_energy + plan_.reset_energy) / *limit);
    }
    return plan_;
}

}  // namespace remask
