// Masks that are constant over segments of consecutive weights of a filter: a weight, a kernel, a row tile, a whole
// filter.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/methods/method.h"

namespace remask {

/// Segment s of a filter covers its rows [s·segment_rows, (s+1)·segment_rows), the last one perhaps fewer.
struct Segments {
    std::int64_t filters = 0;
    std::int64_t rows = 0;
    std::int64_t segment_rows = 1;
    std::int64_t per_filter() const { return (rows + segment_rows - 1) / segment_rows; }
    std::int64_t count() const { return filters * per_filter(); }
};

/// effective[n][k] = factor[n][segment of k] · backbone[n][k], the product rounded once to float.
void scale_segments(const Segments& segments, std::span<const double> factors, std::span<const float> backbone,
                    std::span<float> effective);

/// dL/d(factor)[n][s] = Σ over the segment of dL/dW[n][k] · backbone[n][k], summed in double in the order of k.
void sum_segments(const Segments& segments, std::span<const float> weight_gradient, std::span<const float> backbone,
                  std::span<float> factor_gradient);

/// The factors as the periphery applies them: [groups][units, filters per group], one unit a row tile or a row group.
/// Throws ConfigError where a unit holds rows of two segments (check_alignment() below).
std::vector<double> periphery_factors(const ArrayLayer& layer, const Segments& segments,
                                      std::span<const double> factors, bool per_row_group);

/// Throws ConfigError, naming the layer and the remedy, where a row tile (row group) holds rows of two segments.
void check_alignment(const ArrayLayer& layer, const Segments& segments, Realisation realisation);

}  // namespace remask
