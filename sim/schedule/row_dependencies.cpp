#include "sim/schedule/row_dependencies.h"

#include <algorithm>

namespace remask {

RowRange needed_rows(const Layer& layer, int row, int input_rows) {
    const auto inside = [&](int y) { return std::clamp(y, 0, input_rows - 1); };
    switch (layer.kind) {
        case LayerKind::convolution:
        case LayerKind::max_pool:
        case LayerKind::average_pool: {
            const int first = row * layer.stride - layer.padding.top;
            return {inside(first), inside(first + layer.kernel_height - 1)};
        }
        case LayerKind::subsample_pad:
            return {inside(row * layer.stride), inside(row * layer.stride)};
        case LayerKind::global_average_pool:
        case LayerKind::flatten:
        case LayerKind::linear:
            return {0, input_rows - 1};
        case LayerKind::upsample:
            return {inside(row / layer.stride), inside(row / layer.stride)};
        case LayerKind::input:
        case LayerKind::batch_norm:
        case LayerKind::relu:
        case LayerKind::hard_sigmoid:
        case LayerKind::gate:
        case LayerKind::add:
        case LayerKind::concatenate:
        case LayerKind::multiply:  // one operand may have a single row
            break;
    }
    return {inside(row), inside(row)};
}

}  // namespace remask
