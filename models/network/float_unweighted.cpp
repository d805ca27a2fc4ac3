#include "models/network/float_unweighted.h"

#include "models/network/float_attention.h"
#include "models/network/float_elementwise.h"
#include "models/network/float_pooling.h"
#include "sim/base/diagnostics.h"

namespace remask {

void execute_unweighted(const Layer& layer, const FloatInput& a, const FloatInput& b, int images, float* out) {
    const std::int64_t count = images * layer.output.size();
    switch (layer.kind) {
        case LayerKind::relu:
            return relu(a.values, count, out);
        case LayerKind::add:
            return add(a.values, b.values, count, false, out);
        case LayerKind::max_pool:
        case LayerKind::average_pool:
        case LayerKind::global_average_pool:
            return pool(layer, a.shape, a.values, images, out);
        case LayerKind::subsample_pad:
            return subsample_pad(layer, a.shape, a.values, images, out);
        case LayerKind::hard_sigmoid:
            return hard_sigmoid(a.values, count, out);
        case LayerKind::gate:
            return gate(a.values, nullptr, count, out);
        case LayerKind::multiply:
            return multiply(a.shape, b.shape, a.values, b.values, images, out);
        case LayerKind::upsample:
            return upsample(layer, a.shape, a.values, images, out);
        case LayerKind::concatenate:
            return concatenate(a.shape, b.shape, a.values, b.values, images, out);
        default:
            throw InternalError("float network: layer '" + layer.name + "' computes nothing without weights");
    }
}

void add_unweighted_gradient(const Layer& layer, const FloatInput& input, const float* output_gradient, int images,
                             float* input_gradient) {
    switch (layer.kind) {
        case LayerKind::subsample_pad:
            return add_subsample_pad_gradient(layer, input.shape, output_gradient, images, input_gradient);
        case LayerKind::upsample:
            return add_upsample_gradient(layer, input.shape, output_gradient, images, input_gradient);
        default:
            return add_pool_gradient(layer, input.shape, input.values, output_gradient, images, input_gradient);
    }
}

}  // namespace remask
