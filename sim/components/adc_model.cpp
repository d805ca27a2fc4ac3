#include "sim/components/adc_model.h"

#include <algorithm>
#include <cmath>

#include "sim/base/diagnostics.h"
#include "sim/base/units.h"

namespace remask {

namespace {

constexpr int first_bits = 4;
/// pJ for 4 to 10 bits (Accelergy's library of ISAAC).
constexpr std::array<double, 7> isaac_picojoules{0.79, 0.99, 1.20, 1.42, 1.67, 1.97, 2.38};
constexpr std::array<double, 7> isaac_square_micrometres{361.04, 476.91, 626.91, 845.18, 1200, 1827.91, 3002.01};

/// P = (bits_uw·b + base_uw) µW + column/R: NeuroSim V1.3, low-power roadmap; R in ohm, `column` in W·ohm.
struct SarNode {
    double nanometres, bits_uw, base_uw, column;
};
constexpr std::array<SarNode, 9> sar_nodes{{{130, 8.448, 65.24, 0.169},
                                            {90, 5.987, 37.46, 0.144},
                                            {65, 3.751, 25.84, 0.121},
                                            {45, 2.169, 16.69, 0.100},
                                            {32, 1.129, 8.900, 0.0794},
                                            {22, 0.538, 4.375, 0.0723},
                                            {14, 0.313, 2.568, 0.0611},
                                            {10, 0.182, 1.507, 0.0516},
                                            {7, 0.106, 0.885, 0.0436}}};

/// P = level_uw·(2^b − 1) µW + column/R for 1 ns: the same tool's multi-level sense amplifier in current mode. At
/// coarser nodes its time depends on the column in ways that no formula sums up.
struct SenseAmpNode {
    double nanometres, level_uw, column;
};
constexpr std::array<SenseAmpNode, 4> sense_amp_nodes{
    {{22, 1.7, 0.0631}, {14, 1.0, 0.0508}, {10, 0.55, 0.0315}, {7, 0.35, 0.0235}}};

double nanometres(Length node) {
    return node.si() * 1e9;
}

template <class Table>
auto entry_of(const Table& table, Length node) -> decltype(table.data()) {
    const auto found = std::find_if(table.begin(), table.end(), [&](const auto& entry) {
        return std::abs(entry.nanometres - nanometres(node)) < 1e-6;
    });
    return found == table.end() ? nullptr : &*found;
}

template <class Table>
void require_entry(Fields& fields, const Table& table, Length node) {
    std::string nodes;
    for (const auto& entry : table) {
        nodes += (nodes.empty() ? "" : ", ") + std::to_string(static_cast<int>(entry.nanometres));
    }
    fields.require(entry_of(table, node) != nullptr, "node", "NeuroSim's table has " + nodes + " nm");
}

/// Accelergy: figure of merit by rate and bits, and the energy that follows at a node.
double survey_picojoules(int bits, double rate, double node) {
    const double merit = std::min(213.78 - 2.872 * std::log(rate), 128.31 + 3.2205 * bits);
    const double sndr = 6.02 * bits + 1.76;
    return 0.5 * std::pow(10.0, (sndr - merit) / 10.0) *
           std::exp(26.05 + 1.880 * std::log(node) - 2.829 * std::log(bits) - 1.470);
}

double sar_picojoules(int bits, const SarNode& node, double resistance) {
    const double microwatts = node.bits_uw * bits + node.base_uw + 1e6 * node.column / resistance;
    return microwatts * (bits + 1) * 1e-3;  // (b + 1) ns
}

double sense_amp_picojoules(int bits, const SenseAmpNode& node, double resistance) {
    return (node.level_uw * (std::exp2(bits) - 1.0) + 1e6 * node.column / resistance) * 1e-3;  // 1 ns
}

bool is_neurosims(AdcSource source) {
    return source == AdcSource::neurosim || source == AdcSource::neurosim_sense_amp;
}

}  // namespace

void describe(Fields& fields, AdcModel& m) {
    fields.field("source", m.source, {.doc = "where a conversion's energy comes from"});
    fields.field("node", m.node,
                 {.doc = "all but isaac: technology node, 32 nm", .optional = true, .min = 7e-9, .max = 250e-9});
    fields.field("rate", m.rate, {.doc = "survey: conversions a second", .optional = true, .min = 1e6, .max = 1e10});
    fields.field("column_resistance", m.column_resistance,
                 {.doc = "both of neurosim: of a column, times 0.5 V / read voltage", .optional = true, .min = 1});
    fields.require(m.source != AdcSource::survey || (m.node && m.rate), "source", "survey needs node and rate");
    fields.require(!is_neurosims(m.source) || (m.node && m.column_resistance), "source",
                   std::string(word_of(m.source)) + " needs node and column_resistance");
    if (m.node && m.source == AdcSource::isaac) {
        fields.require(std::abs(nanometres(*m.node) - 32.0) < 1e-6, "node", "isaac's table is of 32 nm; use survey");
    }
    if (m.node && m.source == AdcSource::neurosim) require_entry(fields, sar_nodes, *m.node);
    if (m.node && m.source == AdcSource::neurosim_sense_amp) require_entry(fields, sense_amp_nodes, *m.node);
}

std::string fault_in(const AdcModel& model, int bits) {
    const int lowest = is_neurosims(model.source) ? 1 : first_bits;
    if (bits >= lowest && bits <= 10) return {};
    return std::string(word_of(model.source)) + " has energies for " + std::to_string(lowest) +
           " to 10 bits, the arrays convert with " + std::to_string(bits) +
           ": change crossbar.adc_bits, or give energy.adc_conversion";
}

Energy conversion_energy(const AdcModel& model, int bits) {
    if (!fault_in(model, bits).empty()) throw InternalError("an ADC outside its model's range");
    double picojoules = 0.0;
    switch (model.source) {
        case AdcSource::isaac:
            picojoules = isaac_picojoules[static_cast<std::size_t>(bits - first_bits)];
            break;
        case AdcSource::survey:
            picojoules = survey_picojoules(bits, model.rate.value().si(), nanometres(model.node.value()));
            break;
        case AdcSource::neurosim:
            picojoules =
                sar_picojoules(bits, *entry_of(sar_nodes, model.node.value()), model.column_resistance.value().si());
            break;
        case AdcSource::neurosim_sense_amp:
            picojoules = sense_amp_picojoules(bits, *entry_of(sense_amp_nodes, model.node.value()),
                                              model.column_resistance.value().si());
            break;
    }
    return Energy::from_si(picojoules * 1e-12);
}

std::optional<Area> adc_area(const AdcModel& model, int bits) {
    if (!fault_in(model, bits).empty()) throw InternalError("an ADC outside its model's range");
    if (is_neurosims(model.source)) return std::nullopt;
    if (model.source == AdcSource::isaac) {
        return Area::from_si(isaac_square_micrometres[static_cast<std::size_t>(bits - first_bits)] * 1e-12);
    }
    const double node = nanometres(model.node.value()), rate = model.rate.value().si();
    const double logarithm =
        1.346 + 0.993 * std::log(node) + 0.181 * std::log(rate) + 0.299 * std::log(survey_picojoules(bits, rate, node));
    return Area::from_si(std::exp(logarithm) * 1e-12);
}

std::string describe_source(const AdcModel& model) {
    switch (model.source) {
        case AdcSource::isaac:
            return "ISAAC's SAR ADC scaled to other resolutions, 32 nm (Accelergy, after Saberi 2011 [C])";
        case AdcSource::survey:
            return "Accelergy's regression of Murmann's ADC survey, " + to_string(model.node.value()) + ", " +
                   to_string(model.rate.value()) + " [C]";
        case AdcSource::neurosim:
            return "NeuroSim V1.3's SAR ADC, " + to_string(model.node.value()) + ", columns of " +
                   to_string(model.column_resistance.value()) + " [C]";
        case AdcSource::neurosim_sense_amp:
            return "NeuroSim V1.3's multi-level sense amplifier, " + to_string(model.node.value()) + ", columns of " +
                   to_string(model.column_resistance.value()) + " [C]";
    }
    throw InternalError("an ADC without a source");
}

}  // namespace remask
