// SRAM and eDRAM between the points of CACTI's tables: linear in the logarithms of size, node and figure.
//
// An eDRAM's write costs what its read does, as ISAAC and PUMA have it: CACTI charges a write with restoring whole rows
// of every subarray, fifty times a read.
#include <algorithm>
#include <cmath>

#include "sim/base/units.h"
#include "sim/components/families.h"
#include "sim/components/log_interpolation.h"
#include "sim/components/memory_table.h"
#include "sim/components/technology.h"

namespace remask {

namespace {

template <class Value>
double figure_at(const MemoryTable& table, const LogPlace& node, const LogPlace& size, Value&& value) {
    double logarithm = 0.0;
    for (const std::size_t i : {std::size_t{0}, std::size_t{1}}) {
        const double of_node = i == 0 ? 1 - node.share : node.share;
        for (const std::size_t j : {std::size_t{0}, std::size_t{1}}) {
            const double of_size = j == 0 ? 1 - size.share : size.share;
            logarithm += of_node * of_size * std::log(value(table.points[node.low + i][size.low + j]));
        }
    }
    return std::exp(logarithm);
}

std::array<double, memory_sizes> kibibytes() {
    std::array<double, memory_sizes> sizes{};
    for (std::size_t i = 0; i < sizes.size(); ++i) sizes[i] = static_cast<double>(1 << i);
    return sizes;
}

}  // namespace

Figures memory_figures(const Component& component) {
    const bool sram = component.kind == ComponentKind::sram;
    const int bits = component.access_bits.value();
    const MemoryTable table = sram ? sram_table(bits) : edram_table(bits);
    const double wanted = component.node.si() * 1e9;
    const double nearest = std::clamp(wanted, table.nodes.front(), table.nodes.back());
    const LogPlace node = log_place(table.nodes, nearest);
    const LogPlace size = log_place(kibibytes(), component.capacity->si() / 8192.0);
    const auto at = [&](auto&& value) { return figure_at(table, node, size, value); };
    const double read = at([](const MemoryPoint& p) { return p.read_pj; });
    const double write = at([](const MemoryPoint& p) { return p.write_pj > 0.0 ? p.write_pj : p.read_pj; });
    Figures figures;
    double energy = 1.0, area = 1.0;
    figures.source = "CACTI 7.0: " + std::string(sram ? "SRAM" : "eDRAM") + " of " +
                     exact_quantity(component.capacity->si(), DataSize::dimension::vector) + ", " +
                     std::to_string(bits) + "-bit accesses, " + to_string(component.node) + " [C]";
    if (std::abs(nearest - wanted) > 1e-6) {
        const Length known = Length::from_si(nearest * 1e-9);
        energy = energy_scale(known, component.node);
        area = area_scale(known, component.node);
        figures.warnings.push_back("its table ends at " + to_string(known) + "; carried to " +
                                   to_string(component.node) + " by factors for logic (Stillmaker and Baas 2017)");
    }
    figures.read = EnergyPerBit::from_si(read * 1e-12 * energy / bits);
    figures.write = EnergyPerBit::from_si(write * 1e-12 * energy / bits);
    figures.leakage = Power::from_si(at([](const MemoryPoint& p) { return p.leakage_mw; }) * 1e-3 * energy);
    figures.area = Area::from_si(at([](const MemoryPoint& p) { return p.area_mm2; }) * 1e-6 * area);
    return figures;
}

}  // namespace remask
