#include "sim/crossbar/layer_noise.h"

#include <algorithm>
#include <cmath>

#include "sim/crossbar/programmed_layer.h"

namespace remask::detail {

namespace {

/// Smallest shift with which Σ x²·(g >> shift)² of a row group stays below 2^53, both sides of a pair together.
int shift_for(const ProgrammedLayer& layer) {
    const CrossbarParameters& p = layer.parameters;
    std::int64_t largest = 0;
    for (const std::int32_t g : layer.conductance) largest = std::max<std::int64_t>(largest, std::abs(g));
    const double digit = std::ldexp(1.0, p.dac_bits);
    const double cells = 2.0 * static_cast<double>(layer.geometry.active_rows);
    int shift = 0;
    while (cells * digit * digit * std::ldexp(1.0, -2 * shift) * static_cast<double>(largest * largest) >= 0x1p53)
        ++shift;
    return shift;
}

std::vector<std::int32_t> trap_steps(const ProgrammedLayer& layer, const TelegraphNoise& noise,
                                     const CellIdentity& identity) {
    const CrossbarGeometry& g = layer.geometry;
    std::vector<std::int32_t> steps;
    steps.reserve(layer.conductance.size());
    for (int part = 0; part < g.sides * g.slices; ++part) {
        for (std::int64_t k = 0; k < g.rows; ++k) {
            for (std::int64_t n = 0; n < g.columns; ++n) {
                const double held = layer.cell_conductance(k, n, part / g.slices, part % g.slices);
                const bool trap = has_trap(noise, identity, cell_number(k, n, part));
                const double step = std::ldexp(std::rint(noise.amplitude * held), layer.drive_bits);
                steps.push_back(trap ? static_cast<std::int32_t>(step) : 0);
            }
        }
    }
    return steps;
}

}  // namespace

void set_noise(ProgrammedLayer& layer, const DeviceParameters& device, const CellIdentity& identity) {
    if (!device.changes_reads()) return;
    LayerNoise noise;
    noise.identity = identity;
    if (device.has_read_noise()) {
        const double range = std::ldexp(1.0, layer.parameters.cell_bits) - 1.0;
        const double strength = device.read_noise->strength;
        const bool constant = device.read_noise->model == NoiseModel::constant;
        (constant ? noise.constant : noise.proportional) =
            constant ? strength * range / layer.sum_unit : std::ldexp(strength, layer.drive_bits);
        if (!constant) noise.square_shift = shift_for(layer);
    }
    if (device.has_telegraph_noise()) {
        noise.captured = device.telegraph_noise->captured;
        noise.trap_steps = trap_steps(layer, *device.telegraph_noise, identity);
    }
    layer.noise = std::move(noise);
}

}  // namespace remask::detail
