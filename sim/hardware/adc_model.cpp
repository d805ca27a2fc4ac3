#include "sim/hardware/adc_model.h"

#include <algorithm>
#include <cmath>

#include "sim/base/diagnostics.h"

namespace remask {

namespace {

constexpr int first_bits = 4;
/// pJ for 4 to 10 bits (Accelergy's library of ISAAC).
constexpr std::array<double, 7> isaac_picojoules{0.79, 0.99, 1.20, 1.42, 1.67, 1.97, 2.38};

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

double nanometres(Length node) {
    return node.si() * 1e9;
}

const SarNode* sar_node(Length node) {
    const auto found = std::find_if(sar_nodes.begin(), sar_nodes.end(), [&](const SarNode& entry) {
        return std::abs(entry.nanometres - nanometres(node)) < 1e-6;
    });
    return found == sar_nodes.end() ? nullptr : &*found;
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

}  // namespace

void describe(Fields& fields, AdcModel& m) {
    fields.field("source", m.source, {.doc = "where a conversion's energy comes from"});
    fields.field("node", m.node,
                 {.doc = "survey, neurosim: technology node, 32 nm", .optional = true, .min = 7e-9, .max = 250e-9});
    fields.field("rate", m.rate, {.doc = "survey: conversions a second", .optional = true, .min = 1e6, .max = 1e10});
    fields.field("column_resistance", m.column_resistance,
                 {.doc = "neurosim: of a column, times 0.5 V / read voltage", .optional = true, .min = 1});
    fields.require(m.source != AdcSource::survey || (m.node && m.rate), "source", "survey needs node and rate");
    fields.require(m.source != AdcSource::neurosim || (m.node && m.column_resistance), "source",
                   "neurosim needs node and column_resistance");
    if (m.node && m.source == AdcSource::isaac) {
        fields.require(std::abs(nanometres(*m.node) - 32.0) < 1e-6, "node", "isaac's table is of 32 nm; use survey");
    }
    if (m.node && m.source == AdcSource::neurosim) {
        std::string nodes;
        for (const SarNode& entry : sar_nodes) {
            nodes += (nodes.empty() ? "" : ", ") + std::to_string(static_cast<int>(entry.nanometres));
        }
        fields.require(sar_node(*m.node) != nullptr, "node", "NeuroSim's table has " + nodes + " nm");
    }
}

std::string fault_in(const AdcModel& model, int bits) {
    const int lowest = model.source == AdcSource::neurosim ? 1 : first_bits;
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
            picojoules = sar_picojoules(bits, *sar_node(model.node.value()), model.column_resistance.value().si());
            break;
    }
    return Energy::from_si(picojoules * 1e-12);
}

}  // namespace remask
