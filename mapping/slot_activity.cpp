#include <vector>

#include "mapping/cell_levels.h"
#include "mapping/inference_cost.h"
#include "mapping/slot_levels.h"

namespace remask {

SlotActivity input_activity(const CrossbarParameters& parameters, std::span<const std::int32_t> inputs) {
    SlotActivity activity;
    if (inputs.empty()) return activity;
    const std::int32_t top = (1 << parameters.dac_bits) - 1;
    const int phases = (parameters.input_bits + parameters.dac_bits - 1) / parameters.dac_bits;
    std::int64_t nonzero = 0;
    std::int64_t squares = 0;
    for (const std::int32_t input : inputs) {
        auto rest = static_cast<std::uint32_t>(input) & ((1U << parameters.input_bits) - 1U);  // two's complement bits
        for (; rest != 0; rest >>= parameters.dac_bits) {
            const std::int64_t digit = rest & static_cast<std::uint32_t>(top);
            nonzero += digit != 0 ? 1 : 0;
            squares += digit * digit;
        }
    }
    const double digits = static_cast<double>(inputs.size()) * phases;
    activity.nonzero_digits = static_cast<double>(nonzero) / digits;
    activity.mean_square_digit = static_cast<double>(squares) / (static_cast<double>(top) * top) / digits;
    return activity;
}

double mean_cell_level(const CrossbarParameters& parameters, const CrossbarGeometry& geometry,
                       std::span<const std::int32_t> weights) {
    if (weights.empty()) return 0.0;
    std::vector<std::int32_t> levels(static_cast<std::size_t>(cells_per_weight(parameters)));
    std::int64_t sum = 0;
    const SlotLevels stored(parameters, geometry, weights);
    for (std::size_t i = 0; i < weights.size(); ++i) {
        stored.read(i, levels);
        for (const std::int32_t level : levels) sum += level;
    }
    const double cells = static_cast<double>(weights.size()) * static_cast<double>(levels.size());
    return static_cast<double>(sum) / cells / ((1 << parameters.cell_bits) - 1);
}

}  // namespace remask
