#include "sim/app/mvm.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/diagnostics.h"
#include "sim/base/parallel.h"
#include "sim/crossbar/crossbar_engine.h"
#include "sim/device/level_errors.h"
#include "sim/events/action_counts.h"
#include "sim/hardware/config_fault.h"
#include "sim/storage/hdf5_file.h"

namespace remask {

namespace {

constexpr std::int64_t vectors_per_chunk = 256;

template <class T>
struct Matrix {
    std::int64_t rows = 0;
    std::int64_t columns = 0;
    std::vector<T> values;
    const T& at(std::int64_t row, std::int64_t column) const {
        return values[static_cast<std::size_t>(row * columns + column)];
    }
};

[[noreturn]] void fail(const Hdf5Reader& file, const std::string& what) {
    throw InputError(file.path().string() + ": " + what);
}

std::string index_text(std::int64_t flat, std::int64_t columns) {
    return "[" + std::to_string(flat / columns) + ", " + std::to_string(flat % columns) + "]";
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
    std::string text;
    for (const std::int64_t size : shape) text += (text.empty() ? "" : ", ") + std::to_string(size);
    return "[" + text + "]";
}

template <class T>
Matrix<T> read_matrix(const Hdf5Reader& file, const std::string& name, const std::string& meaning) {
    if (!file.contains(name)) fail(file, name + " is missing (" + meaning + ")");
    const std::vector<std::int64_t> shape = file.shape(name);
    if (shape.size() != 2 || shape[0] < 1 || shape[1] < 1) {
        fail(file, name + " has shape " + shape_text(shape) + ", must be a matrix that is not empty (" + meaning + ")");
    }
    return {shape[0], shape[1], file.read<T>(name)};
}

void check_range(const Hdf5Reader& file, const std::string& name, const Matrix<std::int32_t>& matrix,
                 std::int64_t lowest, std::int64_t highest, const std::string& bits) {
    for (std::size_t i = 0; i < matrix.values.size(); ++i) {
        const std::int32_t value = matrix.values[i];
        if (value >= lowest && value <= highest) continue;
        fail(file, name + index_text(static_cast<std::int64_t>(i), matrix.columns) + " = " + std::to_string(value) +
                       " does not fit crossbar." + bits + " (" + std::to_string(lowest) + " to " +
                       std::to_string(highest) + ")");
    }
}

Matrix<std::int32_t> read_weights(const Hdf5Reader& file, const CrossbarParameters& p) {
    auto weights = read_matrix<std::int32_t>(file, "/weights", "whole numbers, rows × columns");
    const std::int64_t largest = (std::int64_t{1} << (p.weight_bits - 1)) - 1;
    check_range(file, "/weights", weights, -largest, largest, "weight_bits: " + std::to_string(p.weight_bits));
    return weights;
}

Matrix<std::int32_t> read_inputs(const Hdf5Reader& file, const CrossbarParameters& p, std::int64_t rows) {
    auto inputs = read_matrix<std::int32_t>(file, "/inputs", "whole numbers, vectors × rows");
    if (inputs.columns != rows) {
        fail(file, "/inputs has " + std::to_string(inputs.columns) + " columns, but /weights has " +
                       std::to_string(rows) + " rows");
    }
    const std::int64_t half = std::int64_t{1} << (p.input_bits - 1);
    const std::string bits = "input_bits: " + std::to_string(p.input_bits);
    if (p.input_signed) {
        check_range(file, "/inputs", inputs, -half, half - 1, bits + ", input_signed: true");
    } else {
        check_range(file, "/inputs", inputs, 0, 2 * half - 1, bits + ", input_signed: false");
    }
    return inputs;
}

std::vector<double> read_mask(const Hdf5Reader& file, const CrossbarGeometry& g) {
    if (!file.contains("/mask")) return {};
    auto mask = read_matrix<double>(file, "/mask", "one factor per row tile and column");
    if (mask.rows != g.row_tiles || mask.columns != g.columns) {
        fail(file, "/mask has shape " + shape_text({mask.rows, mask.columns}) + ", must be " +
                       shape_text({g.row_tiles, g.columns}) + " (row tiles, columns)");
    }
    for (std::size_t i = 0; i < mask.values.size(); ++i) {
        if (std::isfinite(mask.values[i])) continue;
        fail(file, "/mask" + index_text(static_cast<std::int64_t>(i), mask.columns) + " is not a finite number");
    }
    return std::move(mask.values);
}

/// What the periphery needs for these factors: gates for 0 and 1, shifts for 0 and ±2^k, else multipliers.
Action mask_action(const std::vector<double>& mask) {
    const auto is_gate = [](double m) { return m == 0.0 || m == 1.0; };
    const auto is_shift = [](double m) {
        int exponent = 0;
        return m == 0.0 || std::abs(std::frexp(m, &exponent)) == 0.5;
    };
    if (std::all_of(mask.begin(), mask.end(), is_gate)) return Action::mask_gate;
    return std::all_of(mask.begin(), mask.end(), is_shift) ? Action::mask_shift : Action::mask_multiply;
}

ActionCounts count(const CrossbarParameters& p, const CrossbarGeometry& g, std::int64_t vectors,
                   const std::vector<double>& mask) {
    const bool differential = p.encoding == Encoding::differential;
    const std::int64_t converted = g.slices * (differential && p.subtract == Subtract::digital ? 2 : 1);
    const std::int64_t reads = vectors * g.phases;
    ActionCounts counts;
    counts[Action::row_drive] = reads * g.rows * g.column_tiles;
    counts[Action::cell_read] = reads * g.rows * g.columns * g.slices * g.sides;
    counts[Action::adc_conversion] = reads * g.row_groups * g.columns * converted;
    counts[Action::sample_hold] = counts[Action::adc_conversion];
    counts[Action::shift_add] = counts[Action::adc_conversion];
    if (!differential || p.column_flip) counts[Action::input_sum] = vectors * g.rows;
    counts[Action::tile_add] = vectors * (g.row_tiles - 1) * g.columns;
    if (!mask.empty()) counts[mask_action(mask)] = vectors * g.row_tiles * g.columns;
    return counts;
}

/// [M,K] rows first..first+count to [K,count].
std::vector<std::int32_t> transposed(const Matrix<std::int32_t>& inputs, std::int64_t first, std::int64_t count) {
    std::vector<std::int32_t> block(static_cast<std::size_t>(inputs.columns * count));
    for (std::int64_t v = 0; v < count; ++v) {
        for (std::int64_t k = 0; k < inputs.columns; ++k) {
            block[static_cast<std::size_t>(k * count + v)] = inputs.at(first + v, k);
        }
    }
    return block;
}

EngineStatistics multiply(const CrossbarLayer& layer, const Matrix<std::int32_t>& inputs,
                          const std::vector<double>& mask, ThreadPool& pool, std::vector<double>& outputs) {
    const std::int64_t columns = layer.geometry().columns;
    outputs.resize(static_cast<std::size_t>(inputs.rows * columns));
    EngineStatistics statistics;
    std::mutex mutex;
    pool.run((inputs.rows + vectors_per_chunk - 1) / vectors_per_chunk, [&](std::int64_t chunk, int) {
        const std::int64_t first = chunk * vectors_per_chunk;
        const std::int64_t vectors = std::min(vectors_per_chunk, inputs.rows - first);
        std::vector<double> block(static_cast<std::size_t>(columns * vectors));
        const EngineStatistics own =
            layer.multiply(transposed(inputs, first, vectors), vectors, PeripheryMask{mask, false}, block, first);
        for (std::int64_t v = 0; v < vectors; ++v) {
            for (std::int64_t n = 0; n < columns; ++n) {
                outputs[static_cast<std::size_t>((first + v) * columns + n)] =
                    block[static_cast<std::size_t>(n * vectors + v)];
            }
        }
        const std::lock_guard lock(mutex);
        statistics += own;
    });
    return statistics;
}

/// Scalars, or [slices] where each slice has its own range.
void write_windows(Hdf5Writer& writer, const std::vector<AdcWindow>& windows) {
    if (windows.empty()) return;
    std::vector<double> lo, hi;
    for (const AdcWindow& window : windows) {
        lo.push_back(window.lo);
        hi.push_back(window.hi);
    }
    std::vector<std::int64_t> shape;
    if (lo.size() > 1) shape.push_back(static_cast<std::int64_t>(lo.size()));
    writer.write<double>("/adc_range/lo", shape, lo);
    writer.write<double>("/adc_range/hi", shape, hi);
}

}  // namespace

void run_mvm(const CrossbarParameters& parameters, const DeviceParameters& device, const std::filesystem::path& input,
             const std::filesystem::path& output, bool conductances, ThreadPool& pool) {
    validate(parameters);
    const Hdf5Reader file(input);
    const Matrix<std::int32_t> weights = read_weights(file, parameters);
    const Matrix<std::int32_t> inputs = read_inputs(file, parameters, weights.rows);
    const DeviceParameters effects = with_level_errors(device, parameters.cell_bits);
    if (effects.has_adc_errors() && effects.adc_errors->adcs_per_array == 0) {
        refuse_config("device.adc_errors.adcs_per_array", "is needed by mvm, which reads no section periphery");
    }
    if (effects.has_adc_errors() && effects.adc_errors->adcs_per_array > parameters.columns) {
        refuse_config("device.adc_errors.adcs_per_array", "there are more ADCs than columns (crossbar.columns)");
    }
    const auto program = [&](const std::vector<AdcWindow>& windows) {
        return CrossbarLayer(parameters, weights.rows, weights.columns, weights.values, 1, parameters.input_signed,
                             windows, effects, CellIdentity{effects.seed.value_or(1), 0, 0});
    };
    const std::vector<double> mask = read_mask(file, geometry_of(parameters, weights.rows, weights.columns));
    std::vector<AdcWindow> windows;
    if (parameters.adc_bits > 0 && parameters.adc_range == AdcRange::calibrated) {
        windows = program({}).calibrate(transposed(inputs, 0, inputs.rows), inputs.rows);
    }
    const CrossbarLayer layer = program(windows);
    std::vector<double> outputs;
    const EngineStatistics statistics = multiply(layer, inputs, mask, pool, outputs);
    const ActionCounts counts = count(parameters, layer.geometry(), inputs.rows, mask);

    Hdf5Writer writer(output);
    writer.write<double>("/outputs", {inputs.rows, weights.columns}, outputs);
    for (const Action action : all_actions()) {
        const bool always = action == Action::adc_conversion || action == Action::row_drive ||
                            action == Action::cell_read || action == Action::sample_hold || action == Action::shift_add;
        if (always || counts[action] != 0) {
            writer.write_scalar<std::int64_t>("/counts/" + std::string(action_name(action)), counts[action]);
        }
    }
    writer.write_scalar<std::int64_t>("/statistics/conversions_clipped", statistics.conversions_clipped);
    if (conductances) {
        const CrossbarGeometry& g = layer.geometry();
        writer.write<double>("/conductances", {g.sides, g.slices, g.rows, g.columns}, layer.conductances());
    }
    write_windows(writer, windows);
    writer.commit();
}

}  // namespace remask
