#include "models/network/float_plan.h"

#include <algorithm>
#include <cstddef>

#include "models/network/float_layout.h"

namespace remask {

namespace {

void absorb_into_relus(const Network& network, FloatPlan& plan) {
    const std::size_t count = network.layers.size();
    std::vector<int> readers(count, 0);
    for (const Layer& layer : network.layers) {
        for (const int input : layer.inputs) ++readers[static_cast<std::size_t>(input)];
    }
    for (std::size_t i = 0; i < count; ++i) {
        if (network.layers[i].kind != LayerKind::relu) continue;
        const int input = network.layers[i].inputs[0];
        const auto source = static_cast<std::size_t>(input);
        const LayerKind kind = network.layers[source].kind;
        if (readers[source] != 1 || (kind != LayerKind::batch_norm && kind != LayerKind::add)) continue;
        plan.absorbs[i] = input;
        plan.absorbed[source] = true;
    }
}

bool works_in_place(LayerKind kind) {
    return kind == LayerKind::relu || kind == LayerKind::batch_norm || kind == LayerKind::add;
}

int take_slot(FloatPlan& plan, std::vector<bool>& busy) {
    const auto free = std::find(busy.begin(), busy.end(), false);
    const auto slot = free - busy.begin();
    if (free == busy.end()) {
        busy.push_back(false);
        plan.slot_size.push_back(0);
    }
    busy[static_cast<std::size_t>(slot)] = true;
    return static_cast<int>(slot);
}

void assign_slots(const Network& network, FloatPlan& plan) {
    const std::size_t count = network.layers.size();
    std::vector<std::size_t> last_use(count, 0);
    for (std::size_t i = 0; i < count; ++i) {
        for (const int value : plan.reads[i]) last_use[static_cast<std::size_t>(value)] = i;
    }
    last_use[static_cast<std::size_t>(plan.value.back())] = count;
    std::vector<bool> busy;
    for (std::size_t i = 0; i < count; ++i) {
        if (!plan.executed[i]) continue;
        std::vector<int> dying;
        for (const int value : plan.reads[i]) {
            const int slot = plan.slot[static_cast<std::size_t>(value)];
            if (slot >= 0 && last_use[static_cast<std::size_t>(value)] == i) dying.push_back(slot);
        }
        const bool in_place = works_in_place(network.layers[i].kind) && !dying.empty();
        plan.slot[i] = in_place ? dying.front() : take_slot(plan, busy);
        for (const int slot : dying) busy[static_cast<std::size_t>(slot)] = slot == plan.slot[i];
        std::int64_t& size = plan.slot_size[static_cast<std::size_t>(plan.slot[i])];
        size = std::max(size, network.layers[i].output.size());
        if (last_use[i] == 0) busy[static_cast<std::size_t>(plan.slot[i])] = false;  // nobody reads it
    }
}

}  // namespace

FloatPlan make_plan(const Network& network) {
    const std::size_t count = network.layers.size();
    FloatPlan plan;
    plan.absorbs.assign(count, -1);
    plan.absorbed.assign(count, false);
    plan.executed.assign(count, false);
    plan.reads.resize(count);
    plan.slot.assign(count, -1);
    absorb_into_relus(network, plan);
    for (std::size_t i = 0; i < count; ++i) {
        const Layer& layer = network.layers[i];
        const bool flatten = layer.kind == LayerKind::flatten &&
                             !has_layout(network.layers[static_cast<std::size_t>(layer.inputs[0])].output);
        plan.value.push_back(flatten ? plan.value[static_cast<std::size_t>(layer.inputs[0])] : static_cast<int>(i));
        plan.executed[i] = layer.kind != LayerKind::input && !flatten && !plan.absorbed[i];
        if (!plan.executed[i]) continue;
        const Layer& reader = plan.absorbs[i] < 0 ? layer : network.layers[static_cast<std::size_t>(plan.absorbs[i])];
        for (const int input : reader.inputs) plan.reads[i].push_back(plan.value[static_cast<std::size_t>(input)]);
    }
    assign_slots(network, plan);
    return plan;
}

}  // namespace remask
