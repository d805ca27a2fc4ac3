#include "sim/crossbar/input_digits.h"

namespace remask::detail {

namespace {

template <class T>
void fill(const ProgrammedLayer& layer, const VectorBlock& block, std::int64_t first_row, std::int64_t rows,
          const std::vector<int>& phases, std::int64_t n, std::vector<T>& digits) {
    const auto width = static_cast<std::int64_t>(phases.size()) * block.count;
    digits.resize(static_cast<std::size_t>(rows * width));
    const std::int32_t mask = (1 << layer.parameters.dac_bits) - 1;
    const bool levels = layer.drives_levels();
    for (std::int64_t k = 0; k < rows; ++k) {
        const std::int32_t* x = block.row(first_row + k);
        T* out = digits.data() + k * width;
        for (const int phase : phases) {
            const int shift = layer.parameters.dac_bits * phase;
            for (std::int64_t v = 0; v < block.count; ++v) {
                const std::int32_t digit = (x[v] >> shift) & mask;
                out[v] = static_cast<T>(levels ? layer.drive_level(first_row + k, n, digit) : digit);
            }
            out += block.count;
        }
    }
}

template <class T>
void fill_floor(double level, std::int64_t rows, std::int64_t width, const std::vector<T>& digits,
                std::vector<double>& floor) {
    floor.assign(static_cast<std::size_t>(width), 0.0);
    for (std::int64_t k = 0; k < rows; ++k) {
        const T* row = digits.data() + k * width;
        for (std::int64_t i = 0; i < width; ++i) floor[static_cast<std::size_t>(i)] += static_cast<double>(row[i]);
    }
    for (double& value : floor) value *= level;
}

}  // namespace

void InputDigits::load(const ProgrammedLayer& layer, const VectorBlock& block, std::int64_t first_row,
                       std::int64_t rows, bool use_float, std::int64_t n) {
    std::int32_t bits_used = 0;
    for (std::int64_t k = first_row; k < first_row + rows; ++k) {
        const std::int32_t* x = block.row(k);
        for (std::int64_t v = 0; v < block.count; ++v) bits_used |= x[v];
    }
    const std::int32_t mask = (1 << layer.parameters.dac_bits) - 1;
    phases.clear();
    floor.clear();
    idle_places = 0;
    idle_phases = 0;
    for (int phase = 0; phase < layer.geometry.phases; ++phase) {
        if (((bits_used >> (layer.parameters.dac_bits * phase)) & mask) != 0) {
            phases.push_back(phase);
        } else {
            idle_places += layer.place(phase);
            ++idle_phases;
        }
    }
    const auto width = static_cast<std::int64_t>(phases.size()) * block.count;
    if (use_float) {
        fill(layer, block, first_row, rows, phases, n, floats);
        if (layer.floor_level > 0.0) fill_floor(layer.floor_level, rows, width, floats, floor);
    } else {
        fill(layer, block, first_row, rows, phases, n, doubles);
        if (layer.floor_level > 0.0) fill_floor(layer.floor_level, rows, width, doubles, floor);
    }
}

}  // namespace remask::detail
