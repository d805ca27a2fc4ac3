// What the layers without arrays cost in time: each tile has a digital unit whose parts have rates of their own
// (hardware section `timing`); a part without a rate takes no time.
//
// Layers belong to *stages*: an input, convolution, linear layer, addition or multiplication leads one, and the layers
// behind it that work value by value or pool are done with it. A stage's digital work is shared evenly by the tiles
// of the layer on arrays that it is, or that its latest input comes from, and spread evenly over its rows.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/mapping.h"
#include "models/network/network.h"
#include "sim/hardware/hardware.h"

namespace remask {

/// A part of a tile's digital unit; parts work at the same time unless timing.digital_unit is `shared`.
enum class DigitalPart { batch_norm, activation, pool, add, mac };
inline constexpr std::size_t digital_part_count = 5;
/// All parts in the order of the enum.
const std::array<DigitalPart, digital_part_count>& all_digital_parts();
std::string_view part_name(DigitalPart part);
/// The field of `timing` that gives its rate, and the rate.
std::string_view rate_field(DigitalPart part);
std::optional<Frequency> rate_of(const Timing& timing, DigitalPart part);

/// By part: values (batch-norm, activation), values taken in (pool), additions, multiply-accumulates.
using DigitalWork = std::array<std::int64_t, digital_part_count>;

/// Of one layer that lies on no array, for one image.
DigitalWork digital_work(const Network& network, int layer);

/// Of all layers that lie on no array.
DigitalWork digital_work(const Mapping& mapping, const Network& network);

/// Does the layer lead a stage?
bool leads_stage(const Layer& layer);

/// A part of the digital units of one or more tiles that have the same to do. Where a tile's unit does one thing at a
/// time there is one for all its parts.
struct DigitalUnit {
    std::string name;        ///< "activation", or "digital unit" where shared
    std::int64_t tile = 0;   ///< the first of them
    std::int64_t tiles = 1;  ///< how many there are
    Time busy;               ///< of each, for one image
};

/// What one unit does for one stage.
struct DigitalShare {
    std::size_t unit = 0;  ///< of DigitalPlan::units
    Time time;             ///< for one image
};

/// "activation of tile 5 and 3 like it".
std::string unit_name(const DigitalUnit& unit);

struct DigitalPlan {
    std::vector<DigitalUnit> units;
    std::vector<std::vector<DigitalShare>> shares;  ///< by the layer that leads the stage; empty: takes no time
    /// Of a stage: its longest share, since units work at the same time.
    Time stage_time(int layer) const;
    /// Of the busiest unit, for one image.
    Time busiest() const;
};

/// Of a network that is on the chip as a whole, or of one round (round_network()). Throws ConfigError where it has
/// layers that the digital unit must multiply for (Layer::digital) and the hardware does not say how long that takes
/// (timing.digital_mac_rate).
DigitalPlan plan_digital(const Mapping& mapping, const Network& network, const Hardware& hardware);

}  // namespace remask
