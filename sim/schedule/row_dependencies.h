// Which rows of its input image a row of a layer's output needs. Rows come in order, so the last one says it all.
#pragma once

#include "models/network/network.h"

namespace remask {

/// Rows [first, last] of an input image.
struct RowRange {
    int first = 0, last = 0;
};

/// Rows of the layer's input (of `input_rows` rows) that output row `row` needs; at least one.
RowRange needed_rows(const Layer& layer, int row, int input_rows);

}  // namespace remask
