#include "sim/app/settings/mapping_section.h"

#include "models/network/builders.h"
#include "sim/hardware/config_fault.h"
#include "sim/schedule/replication.h"

namespace remask {

void describe(Fields& fields, MappingSection& mapping) {
    fields.field("replication", mapping.replication,
                 {.doc = "put slow layers on the chip several times, for the shortest interval between images",
                  .optional = true});
    fields.field("array_budget", mapping.array_budget,
                 {.doc = "with replication: balance: arrays that all replicas may take; absent = the whole chip",
                  .optional = true,
                  .min = 1,
                  .max = 1 << 30});
    fields.field("order", mapping.order,
                 {.doc = "which way layers take over the mesh's tiles: row after row, or every other row backwards",
                  .optional = true});
    fields.field(
        "images_per_round", mapping.images_per_round,
        {.doc = "a network larger than the chip takes it in rounds: as many layers as fit are programmed, so many "
                "images pass, then the next layers; absent: such a network is an error; not with replicas or resident "
                "tasks",
         .optional = true,
         .min = 1,
         .max = 1 << 30});
    fields.field(
        "resident_tasks", mapping.resident_tasks,
        {.doc = "so many copies of the layers in which tasks differ, as far as the chip has room: all but the last "
                "belong to a task each, so that a switch to it writes nothing",
         .optional = true,
         .min = 1,
         .max = 1'000'000});
    fields.require(!mapping.array_budget || mapping.replication == Replication::balance, "array_budget",
                   "is there for replicas only: set replication to balance");
}

namespace {

std::vector<int> balanced(const Hardware& hardware, const MappingSection& section, const Mapping& single) {
    if (section.array_budget && single.arrays > *section.array_budget) {
        refuse_config("mapping.array_budget", "the network takes " + std::to_string(single.arrays) +
                                                  " arrays without any replica, the budget is " +
                                                  std::to_string(*section.array_budget) + ": raise it");
    }
    const ImageTime times = closed_form(single, hardware);
    ReplicationBudget budget;
    budget.arrays = section.array_budget;
    budget.pes = std::int64_t{hardware.chip.tiles} * hardware.chip.pes_per_tile;
    return balanced_replicas(single, times.slots, budget);
}

/// Keys that would change nothing are refused: rounds share the arrays, one after the other.
void check_rounds(const Mapping& mapping, const MappingSection& section) {
    if (mapping.rounds == 1) return;
    const std::string why = "the network takes the chip in " + std::to_string(mapping.rounds) + " rounds, ";
    const std::string remedy = ": leave it out, or use a chip of at least " +
                               std::to_string(mapping.placement.tiles_for(mapping.pes)) +
                               " tiles, which holds the whole network";
    if (section.replication != Replication::none) {
        refuse_config("mapping.replication", why + "and each round has every layer once" + remedy);
    }
    if (section.resident_tasks > 1) {
        refuse_config("mapping.resident_tasks", why + "which rewrite all arrays for every batch" + remedy);
    }
}

}  // namespace

Mapping map_network(const Network& network, const Hardware& hardware, const MappingSection& section,
                    bool classifier_on_crossbar, const std::vector<int>& active_rows) {
    MappingOptions options;
    options.classifier_on_crossbar = classifier_on_crossbar;
    options.active_rows = active_rows;
    options.order = section.order;
    options.in_rounds = section.images_per_round.has_value();
    Mapping mapping = map_network(network, hardware, options);
    check_rounds(mapping, section);
    if (section.replication == Replication::none) return mapping;
    options.replicas = balanced(hardware, section, mapping);
    return map_network(network, hardware, options);
}

}  // namespace remask
