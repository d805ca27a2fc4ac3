#include "models/methods/segments.h"

#include <algorithm>
#include <string>

#include "sim/base/diagnostics.h"

namespace remask {
namespace {

struct Rows {
    std::int64_t begin = 0;
    std::int64_t end = 0;
};

/// Rows [begin, end) of each row tile, or of each row group, in the order in which the arrays hold them.
std::vector<Rows> periphery_units(const CrossbarGeometry& geometry, bool per_row_group) {
    std::vector<Rows> units;
    for (std::int64_t tile = 0; tile < geometry.row_tiles; ++tile) {
        const std::int64_t begin = tile * geometry.rows_per_tile;
        const std::int64_t end = std::min<std::int64_t>(begin + geometry.rows_per_tile, geometry.rows);
        const std::int64_t step = per_row_group ? geometry.active_rows : end - begin;
        for (std::int64_t row = begin; row < end; row += step) units.push_back({row, std::min(row + step, end)});
    }
    return units;
}

}  // namespace

void scale_segments(const Segments& segments, std::span<const double> factors, std::span<const float> backbone,
                    std::span<float> effective) {
    std::size_t factor = 0;
    for (std::int64_t filter = 0; filter < segments.filters; ++filter) {
        for (std::int64_t begin = 0; begin < segments.rows; begin += segments.segment_rows, ++factor) {
            const std::int64_t end = std::min(begin + segments.segment_rows, segments.rows);
            for (std::int64_t k = begin; k < end; ++k) {
                const auto at = static_cast<std::size_t>(filter * segments.rows + k);
                effective[at] = static_cast<float>(factors[factor] * static_cast<double>(backbone[at]));
            }
        }
    }
}

void sum_segments(const Segments& segments, std::span<const float> weight_gradient, std::span<const float> backbone,
                  std::span<float> factor_gradient) {
    std::size_t factor = 0;
    for (std::int64_t filter = 0; filter < segments.filters; ++filter) {
        for (std::int64_t begin = 0; begin < segments.rows; begin += segments.segment_rows, ++factor) {
            const std::int64_t end = std::min(begin + segments.segment_rows, segments.rows);
            double sum = 0.0;
            for (std::int64_t k = begin; k < end; ++k) {
                const auto at = static_cast<std::size_t>(filter * segments.rows + k);
                sum += static_cast<double>(weight_gradient[at]) * static_cast<double>(backbone[at]);
            }
            factor_gradient[factor] = static_cast<float>(sum);
        }
    }
}

void check_alignment(const ArrayLayer& layer, const Segments& segments, Realisation realisation) {
    if (realisation == Realisation::reprogram) return;
    const bool per_row_group = realisation == Realisation::row_groups;
    for (const Rows& unit : periphery_units(layer.geometry, per_row_group)) {
        if (unit.begin / segments.segment_rows == (unit.end - 1) / segments.segment_rows) continue;
        const std::string wanted = std::to_string(segments.segment_rows);
        throw ConfigError(
            per_row_group
                ? "layer " + layer.name + ": realisation row_groups needs row groups that lie within the mask's " +
                      wanted + " rows, but rows " + std::to_string(unit.begin) + " to " + std::to_string(unit.end - 1) +
                      " are driven together: set row_packing: kernel (a run sets active_rows: " + wanted +
                      " itself), or realisation: reprogram"
                : "layer " + layer.name + ": realisation periphery scales whole row tiles, but one mask entry covers " +
                      wanted + " rows and rows " + std::to_string(unit.begin) + " to " + std::to_string(unit.end - 1) +
                      " lie in one tile: choose realisation: row_groups or reprogram, or a column method");
    }
}

std::vector<double> periphery_factors(const ArrayLayer& layer, const Segments& segments,
                                      std::span<const double> factors, bool per_row_group) {
    check_alignment(layer, segments, per_row_group ? Realisation::row_groups : Realisation::periphery);
    const std::vector<Rows> units = periphery_units(layer.geometry, per_row_group);
    const std::int64_t filters_per_group = layer.filters / layer.groups;
    std::vector<double> result;
    result.reserve(units.size() * static_cast<std::size_t>(layer.filters));
    for (std::int64_t group = 0; group < layer.groups; ++group) {
        for (const Rows& unit : units) {
            for (std::int64_t n = 0; n < filters_per_group; ++n) {
                const std::int64_t filter = group * filters_per_group + n;
                const std::int64_t segment = unit.begin / segments.segment_rows;
                result.push_back(factors[static_cast<std::size_t>(filter * segments.per_filter() + segment)]);
            }
        }
    }
    return result;
}

}  // namespace remask
