// A chip at full utilisation: what its published power, area and throughput are compared with.
//
// A network is made that fills the chip: a grouped convolution a tile, so that every array holds all the cells it can
// and gets inputs of its own; each layer's inputs come from the tile before over one hop. Its power is the energy of an
// image, counted, priced and timed as in a run, over the interval between two images, and what no action stands for
// (Part::uncounted_power). docs/cost.md, "Full utilisation".
#pragma once

#include <map>
#include <string>

#include "models/network/network.h"
#include "sim/energy/energy_report.h"
#include "sim/hardware/hardware.h"

namespace remask {

struct PeakReport {
    Network network;                            ///< the one that fills the chip
    Hardware hardware;                          ///< with the tiles in one line, so that a hop leads to the next tile
    EnergyReport energy;                        ///< of one image
    Time interval;                              ///< between two images
    Time arrays_interval;                       ///< the same were it for the arrays alone
    std::string pace;                           ///< the digital unit that is slower than the arrays; empty: none is
    std::map<std::string, Power> by_component;  ///< energy / interval
    std::map<std::string, Power> uncounted;     ///< by part, of the whole chip
    Power power;                                ///< of the chip, uncounted parts included
    AreaReport area;                            ///< of the chip
    double operations_per_s = 0.0;              ///< two a weight and input, at weight_bits × input_bits
    double operations_per_joule() const { return operations_per_s / power.si(); }
    double operations_per_s_m2() const { return operations_per_s / area.total.si(); }
};

/// Throws ConfigError where arrays hold more logical columns than rows (no such network is made), or the hardware lacks
/// an energy.
PeakReport peak(const Hardware& hardware);

}  // namespace remask
