// How energy and area of logic go from one technology node to another.
//
// A. Stillmaker, B. Baas, "Scaling equations for the accurate prediction of CMOS device performance from 180 nm to 7
// nm", Integration 58 (2017): table 5 (energy, a polynomial of the supply voltage for each node; high performance from
// 45 nm on) and the table of areas. Between the nodes of a table: linear in the logarithms.
#pragma once

#include <optional>

#include "sim/base/quantity.h"

namespace remask {

inline constexpr double finest_node_m = 7e-9, coarsest_node_m = 180e-9;

/// Of the Predictive Technology Model that the energies were simulated with: 1.8 V at 180 nm, 0.7 V at 7 nm.
Voltage nominal_voltage(Length node);

/// Energy at `to` and `voltage` (absent: nominal) over the energy at `from` and its nominal voltage.
double energy_scale(Length from, Length to, std::optional<Voltage> voltage = std::nullopt);

/// Area at `to` over the area at `from`.
double area_scale(Length from, Length to);

}  // namespace remask
