#include "sim/components/technology.h"

#include <array>
#include <cmath>

#include "sim/base/diagnostics.h"

namespace remask {

namespace {

/// Energy factor = square·V² + linear·V + constant; area relative to 32 nm; V nominal.
struct TechnologyNode {
    double nanometres, square, linear, constant, area, volts;
};
constexpr std::array<TechnologyNode, 11> nodes{{{180, 0.0, 24.64, -17.98, 40, 1.8},
                                                {130, 7.171, -6.709, 2.904, 14, 1.3},
                                                {90, 4.762, -4.781, 2.092, 6.1, 1.2},
                                                {65, 3.755, -4.398, 1.975, 3.3, 1.1},
                                                {45, 1.018, -0.3107, 0.1539, 2.2, 1.0},
                                                {32, 0.8367, -0.4341, 0.1701, 1, 0.9},
                                                {20, 0.373, -0.1582, 0.04104, 0.46, 0.9},
                                                {16, 0.2958, -0.1241, 0.03024, 0.41, 0.85},
                                                {14, 0.2363, -0.09675, 0.02239, 0.38, 0.8},
                                                {10, 0.2068, -0.09311, 0.02375, 0.22, 0.75},
                                                {7, 0.1776, -0.09097, 0.02447, 0.13, 0.7}}};

/// `value` of the nodes around `node`, linear between the logarithms of both.
template <class Value>
double between(Length node, Value&& value) {
    const double nanometres = node.si() * 1e9;
    constexpr double slack = 1e-6;
    for (std::size_t i = 0; i + 1 < nodes.size(); ++i) {
        const TechnologyNode &coarse = nodes[i], &fine = nodes[i + 1];
        if (nanometres > coarse.nanometres + slack || nanometres < fine.nanometres - slack) continue;
        const double share = std::log(coarse.nanometres / nanometres) / std::log(coarse.nanometres / fine.nanometres);
        return std::exp((1 - share) * std::log(value(coarse)) + share * std::log(value(fine)));
    }
    throw InternalError("a technology node outside 7 to 180 nm");
}

double energy_factor(Length node, std::optional<Voltage> voltage) {
    return between(node, [&](const TechnologyNode& entry) {
        const double volts = voltage ? voltage->si() : entry.volts;
        return entry.square * volts * volts + entry.linear * volts + entry.constant;
    });
}

}  // namespace

Voltage nominal_voltage(Length node) {
    return Voltage::from_si(between(node, [](const TechnologyNode& entry) { return entry.volts; }));
}

double energy_scale(Length from, Length to, std::optional<Voltage> voltage) {
    return energy_factor(to, voltage) / energy_factor(from, std::nullopt);
}

double area_scale(Length from, Length to) {
    const auto area = [](const TechnologyNode& entry) { return entry.area; };
    return between(to, area) / between(from, area);
}

}  // namespace remask
