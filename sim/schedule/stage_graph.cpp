#include "sim/schedule/stage_graph.h"

#include <algorithm>
#include <map>
#include <set>

#include "mapping/digital_cost.h"
#include "mapping/input_traffic.h"
#include "sim/schedule/buffer_shares.h"
#include "sim/schedule/mesh.h"
#include "sim/schedule/row_dependencies.h"

namespace remask {

namespace {

/// Rows of a layer's output image in terms of a stage's rows.
struct Origin {
    int stage = 0;
    std::vector<int> last_row;
};

std::vector<int> all_rows(int rows) {
    std::vector<int> same(static_cast<std::size_t>(rows));
    for (int row = 0; row < rows; ++row) same[static_cast<std::size_t>(row)] = row;
    return same;
}

class GraphBuilder {
public:
    GraphBuilder(const Mapping& mapping, const Network& network, const Hardware& hardware, const ImageTime& times)
        : mapping_(mapping),
          network_(network),
          hardware_(hardware),
          times_(times.slots),
          digital_(times.units),
          homes_(home_tiles(mapping, network)) {
        graph_.mesh_width = mapping.placement.mesh_width;
        graph_.units = digital_.units;
        for (std::size_t s = 0; s < mapping.slots.size(); ++s) slots_[mapping.slots[s].layer] = static_cast<int>(s);
    }

    StageGraph build(const std::vector<int>& results) {
        for (std::size_t index = 0; index < network_.layers.size(); ++index) add_layer(static_cast<int>(index));
        for (StageEdge& edge : graph_.edges) count_complete_rows(edge);
        share_buffers(graph_, hardware_);
        for (const int result : results) graph_.results.push_back(origins_[static_cast<std::size_t>(result)].stage);
        if (results.empty()) graph_.results.push_back(origins_.back().stage);
        return std::move(graph_);
    }

private:
    const Layer& layer(int index) const { return network_.layers[static_cast<std::size_t>(index)]; }
    std::int64_t home(int index) const { return homes_[static_cast<std::size_t>(index)]; }

    static bool joins(const Layer& l) {
        return l.kind == LayerKind::add || l.kind == LayerKind::multiply || l.kind == LayerKind::concatenate;
    }

    void add_layer(int index) {
        const Layer& l = layer(index);
        if (leads_stage(l)) {
            add_stage(index);
            origins_.push_back({static_cast<int>(graph_.stages.size()) - 1, all_rows(l.output.height)});
            return;
        }
        const Origin& below = origins_[static_cast<std::size_t>(l.inputs.at(0))];
        const int input_rows = static_cast<int>(below.last_row.size());
        Origin origin{below.stage, {}};
        for (int row = 0; row < l.output.height; ++row) {
            origin.last_row.push_back(below.last_row[static_cast<std::size_t>(needed_rows(l, row, input_rows).last)]);
        }
        origins_.push_back(std::move(origin));
    }

    void add_stage(int index) {
        const Layer& l = layer(index);
        Stage stage;
        stage.layer = index;
        stage.name = l.name;
        stage.tile = home(index);
        stage.rows = l.output.height;
        stage.width = l.output.width;
        const auto slot = slots_.find(index);
        if (l.kind == LayerKind::input) {
            stage.input_bits_of_row =
                static_cast<std::int64_t>(l.output.channels) * l.output.width * hardware_.crossbar.input_bits;
        } else if (joins(l)) {
            stage.kind = StageKind::join;
        } else if (slot != slots_.end()) {
            stage.kind = StageKind::arrays;
            stage.slot = slot->second;
            describe_arrays(stage);
        } else {
            stage.kind = StageKind::digital;
        }
        if (!digital_.shares.empty()) {
            for (const DigitalShare& share : digital_.shares[static_cast<std::size_t>(index)]) {
                stage.digital.push_back({share.unit, share.time / static_cast<double>(stage.rows)});
            }
        }
        graph_.stages.push_back(std::move(stage));
        int depth = 0;
        for (const int input : l.inputs) depth = std::max(depth, depth_of(input) + 1);
        depths_.push_back(depth);
        for (std::size_t i = 0; i < l.inputs.size(); ++i) add_edge(index, i);
        if (graph_.stages.back().kind == StageKind::arrays) add_bus_reads(graph_.stages.back());
    }

    /// Stages between the image and a layer's output, on the longest way.
    int depth_of(int index) const {
        return depths_[static_cast<std::size_t>(origins_[static_cast<std::size_t>(index)].stage)];
    }

    const MappedSlot& slot_of(const Stage& stage) const { return mapping_.slots[static_cast<std::size_t>(stage.slot)]; }

    void describe_arrays(Stage& stage) const {
        const MappedSlot& slot = slot_of(stage);
        const SlotTime& time = times_[static_cast<std::size_t>(stage.slot)];
        stage.replicas = slot.replicas;
        stage.product = time.product;
        stage.fill = time.fill;
        const std::int64_t result_bits =
            slot.geometry.row_tiles > 1 ? hardware_.chip.partial_sum_bits : hardware_.chip.output_bits;
        for (const auto& [tile, share] : shares_of(mapping_, slot)) {
            if (tile == stage.tile) continue;
            RowMessage message{tile, mesh_path(tile, stage.tile, graph_.mesh_width), {}};
            for (int row = 0; row < stage.rows; ++row) {
                message.bits.push_back(results_of(share, slot.replicas, std::int64_t{row} * stage.width, stage.width) *
                                       result_bits);
            }
            stage.gathers.push_back(std::move(message));
        }
        stage.bus_write_bits = stage.width * slot.geometry.columns * slot.groups * hardware_.chip.output_bits;
    }

    /// The edge that brings input `number` of a layer to its stage, the last one made.
    void add_edge(int index, std::size_t number) {
        const Layer& l = layer(index);
        const int producer = l.inputs[number];
        const Origin& origin = origins_[static_cast<std::size_t>(producer)];
        const int to = static_cast<int>(graph_.stages.size()) - 1;
        Stage& stage = graph_.stages.back();
        StageEdge edge;
        edge.from = origin.stage;
        edge.to = to;
        edge.last_row = origin.last_row;
        std::vector<int> needed;
        edge.last_use.assign(edge.last_row.size(), 0);
        for (int row = 0; row < stage.rows; ++row) {
            const RowRange range = needed_rows(l, row, edge.rows());
            needed.push_back(range.last);
            edge.window = std::max(edge.window, range.last - range.first + 1);
            for (auto r = static_cast<std::size_t>(range.first); r < edge.last_use.size(); ++r) edge.last_use[r] = row;
        }
        if (stage.kind == StageKind::arrays) {
            edge.messages = input_messages(stage, home(producer));
        } else if (stage.kind == StageKind::join) {
            const Shape& operand = layer(producer).output;
            const std::int64_t bits =
                static_cast<std::int64_t>(operand.channels) * operand.width * hardware_.chip.output_bits;
            edge.messages.push_back({stage.tile, mesh_path(home(producer), stage.tile, graph_.mesh_width),
                                     std::vector<std::int64_t>(edge.last_row.size(), bits)});
            for (const int other : l.inputs) {
                edge.holds_up = edge.holds_up && depth_of(other) <= depth_of(producer);
            }
        }
        const int number_of_edge = static_cast<int>(graph_.edges.size());
        stage.inputs.push_back(number_of_edge);
        stage.needed.push_back(std::move(needed));
        graph_.stages[static_cast<std::size_t>(edge.from)].outputs.push_back(number_of_edge);
        graph_.edges.push_back(std::move(edge));
    }

    std::vector<RowMessage> input_messages(const Stage& stage, std::int64_t source) const {
        const MappedSlot& slot = slot_of(stage);
        std::vector<RowMessage> messages;
        for (const auto& [tile, share] : shares_of(mapping_, slot)) {
            RowMessage message{tile, mesh_path(source, tile, graph_.mesh_width), needed_by_row(network_, slot, share)};
            for (std::int64_t& bits : message.bits) bits *= hardware_.crossbar.input_bits;
            messages.push_back(std::move(message));
        }
        return messages;
    }

    /// As input_bits_fetched() counts them, each row tile on the tile of its first array. Windows are fetched where the
    /// replica that takes them lies; inputs that are fetched once for all windows, where the first replica does.
    void add_bus_reads(Stage& stage) const {
        const MappedSlot& slot = slot_of(stage);
        std::map<std::int64_t, std::vector<std::int64_t>> bits;
        const bool reuse = hardware_.chip.window_reuse;
        for (int replica = 0; replica < (reuse ? 1 : slot.replicas); ++replica) {
            for (std::size_t i = 0; i < slot.arrays.size(); ++i) {
                if (slot.arrays[i].column_tile != 0) continue;
                std::vector<std::int64_t>& by_row = bits[mapping_.place_of(slot, replica, i).tile];
                by_row.resize(static_cast<std::size_t>(stage.rows));
                if (reuse) {
                    add_reused_inputs(by_row, stage, slot.arrays[i]);
                    continue;
                }
                for (int row = 0; row < stage.rows; ++row) {
                    const std::int64_t windows =
                        products_of(std::int64_t{row} * stage.width, stage.width, replica, slot.replicas);
                    by_row[static_cast<std::size_t>(row)] +=
                        slot.arrays[i].rows * windows * hardware_.crossbar.input_bits;
                }
            }
        }
        for (auto& [tile, by_row] : bits) stage.bus_reads.push_back({tile, {}, std::move(by_row)});
    }

    /// Each input row is fetched with the first output row that needs it.
    void add_reused_inputs(std::vector<std::int64_t>& by_row, const Stage& stage, const MappedArray& array) const {
        const CrossbarGeometry& geometry = slot_of(stage).geometry;
        std::vector<bool> rows(static_cast<std::size_t>(geometry.rows));
        std::fill_n(rows.begin() + array.row_tile * geometry.rows_per_tile, array.rows, true);
        const std::vector<std::int64_t> touched = touched_by_row(network_, stage.layer, rows);
        std::size_t fetched = 0;
        for (std::size_t row = 0; row < by_row.size(); ++row) {
            const auto last = static_cast<std::size_t>(stage.needed[0][row]);
            for (; fetched <= last; ++fetched) by_row[row] += touched[fetched] * hardware_.crossbar.input_bits;
        }
    }

    void count_complete_rows(StageEdge& edge) const {
        int complete = 0;
        for (int row = 0; row < graph_.stages[static_cast<std::size_t>(edge.from)].rows; ++row) {
            while (complete < edge.rows() && edge.last_row[static_cast<std::size_t>(complete)] <= row) ++complete;
            edge.complete.push_back(complete);
        }
    }

    const Mapping& mapping_;
    const Network& network_;
    const Hardware& hardware_;
    std::span<const SlotTime> times_;
    const DigitalPlan& digital_;
    std::vector<std::int64_t> homes_;
    std::map<int, int> slots_;
    std::vector<Origin> origins_;  // by layer
    std::vector<int> depths_;      // by stage
    StageGraph graph_;
};

}  // namespace

StageGraph make_stage_graph(const Mapping& mapping, const Network& network, const Hardware& hardware,
                            const ImageTime& times, const std::vector<int>& results) {
    return GraphBuilder(mapping, network, hardware, times).build(results);
}

}  // namespace remask
