// What the event-driven schedule works on: stages that take time or join branches, and the edges that carry their rows.
//
// Layers between two stages (batch-norm, ReLU, pooling, ...) are folded into the edge: they say which rows of the
// producer a row of the edge needs; the digital units' work for them is done with the producer's rows.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mapping/mapping.h"
#include "models/network/network.h"
#include "sim/hardware/hardware.h"
#include "sim/schedule/closed_form.h"

namespace remask {

/// Bits that go from one tile to another for each row.
struct RowMessage {
    std::int64_t tile = 0;  ///< the other end: where an edge's rows go, where a stage's partial results come from
    std::vector<std::int64_t> path;  ///< links; none on the same tile
    std::vector<std::int64_t> bits;  ///< by row
};

/// Rows of a layer's input image, as they arrive where it is computed.
struct StageEdge {
    int from = 0, to = 0;              ///< stages
    std::vector<int> last_row;         ///< [row]: the last row of `from` that it needs; never falls
    std::vector<int> complete;         ///< [row of from]: rows of the edge that need no later one
    std::vector<int> last_use;         ///< [row]: the last row of `to` that needs it
    std::vector<RowMessage> messages;  ///< one a tile that needs the rows
    int window = 1;                    ///< most rows that one row of `to` needs at a time
    std::int64_t capacity = 0;         ///< rows that the buffers hold; 0 = any number
    /// Does the producer wait for room? Not where the rows are an operand of a join that comes a
    /// shorter way than the other, for which it waits.
    bool holds_up = true;
    int rows() const { return static_cast<int>(last_row.size()); }
};

/// What one part of the digital units does for a stage.
struct UnitWork {
    std::size_t unit = 0;  ///< of StageGraph::units
    Time row_time;         ///< each row
};

/// join: an addition or multiplication of two branches.
enum class StageKind { input, arrays, digital, join };

struct Stage {
    StageKind kind = StageKind::input;
    int layer = 0;  ///< of the network
    int slot = -1;  ///< of the mapping, arrays only
    std::string name;
    std::int64_t tile = 0;  ///< home
    int rows = 1;           ///< of its output image
    int width = 1;          ///< matrix-vector products of a row
    int replicas = 1;
    Time product;                          ///< arrays: one matrix-vector product
    Time fill;                             ///< arrays: from the last product to the result
    std::vector<UnitWork> digital;         ///< what the digital units do with its rows, at the same time
    std::int64_t input_bits_of_row = 0;    ///< input: bits that come onto the chip
    std::vector<int> inputs, outputs;      ///< edges
    std::vector<std::vector<int>> needed;  ///< [input][row]: the last row of that edge
    std::vector<RowMessage> bus_reads;     ///< arrays: bits over each tile's bus (no path)
    std::int64_t bus_write_bits = 0;       ///< arrays: of one row, over the home's bus
    std::vector<RowMessage> gathers;       ///< arrays: results from the layer's other tiles
};

struct StageGraph {
    std::vector<Stage> stages;  ///< in the network's order: a producer before its consumers
    std::vector<StageEdge> edges;
    std::vector<DigitalUnit> units;
    std::vector<int> results;  ///< stages that an image is complete with
    std::int64_t mesh_width = 1;
};

/// `times`: closed_form()'s. `results`: as in ScheduleOptions. Throws ConfigError where a tile's buffer does not hold
/// the rows that its layers need at a time (chip.buffer_capacity).
StageGraph make_stage_graph(const Mapping& mapping, const Network& network, const Hardware& hardware,
                            const ImageTime& times, const std::vector<int>& results = {});

}  // namespace remask
