// experiment.yaml's section `mapping:`, and the mapping that follows from it.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "mapping/mapping.h"
#include "sim/base/fields.h"

namespace remask {

enum class Replication {
    none,     ///< every layer lies on the chip once
    balance,  ///< slow layers several times, for the shortest interval between images
};
template <>
struct EnumWords<Replication> {
    static constexpr std::array<std::string_view, 2> words{"none", "balance"};
};

struct MappingSection {
    Replication replication = Replication::none;
    std::optional<int> array_budget;  ///< of all replicas; absent: as many as the chip has
    TileOrder order = TileOrder::rows;
    int resident_tasks = 1;               ///< whose weights lie on the chip side by side
    std::optional<int> images_per_round;  ///< lets a network larger than the chip take it in rounds
};

void describe(Fields& fields, MappingSection& mapping);

/// Where a network lies, as the section asks for. `active_rows` as in MappingOptions. Throws ConfigError where it does
/// not fit the chip or the budget, or takes the chip in rounds although the section asks for replicas or resident
/// tasks.
Mapping map_network(const Network& network, const Hardware& hardware, const MappingSection& section,
                    bool classifier_on_crossbar, const std::vector<int>& active_rows = {});

}  // namespace remask
