// Convolutions, pools, paddings and slices.
#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>

#include "models/onnx/graph_importer.h"

namespace remask::onnx_import {
namespace {

bool all_are(const std::vector<std::int64_t>& values, std::int64_t wanted) {
    return std::all_of(values.begin(), values.end(), [&](std::int64_t v) { return v == wanted; });
}

/// What "SAME" pads along one axis: the output has ⌈size/stride⌉ positions.
std::pair<int, int> same_padding(int size, int kernel, int stride, bool more_at_the_end) {
    const int total = std::max(0, ((size + stride - 1) / stride - 1) * stride + kernel - size);
    const int less = total / 2, more = total - less;
    return more_at_the_end ? std::pair{less, more} : std::pair{more, less};
}

}  // namespace

Padding GraphImporter::padding_of(const OnnxNode& node, const Layer& layer, const Shape& in) const {
    const std::string automatic = node.text("auto_pad", "NOTSET");
    if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") {
        const bool upper = automatic == "SAME_UPPER";
        const auto [top, bottom] = same_padding(in.height, layer.kernel_height, layer.stride, upper);
        const auto [left, right] = same_padding(in.width, layer.kernel_width, layer.stride, upper);
        return {top, left, bottom, right};
    }
    require(automatic == "NOTSET" || automatic == "VALID", node, "auto_pad '" + automatic + "' is unknown");
    const std::vector<std::int64_t> pads = node.integers("pads", {0, 0, 0, 0});
    require(pads.size() == 4, node, "its padding is not that of images");
    for (const std::int64_t pad : pads)
        require(pad >= 0 && pad <= largest_extent, node, "its padding is negative or huge");
    if (automatic == "VALID") return {};
    return {static_cast<int>(pads[0]), static_cast<int>(pads[1]), static_cast<int>(pads[2]), static_cast<int>(pads[3])};
}

/// Kernel (unless it is known), stride and padding; refuses what a layer can't say.
void GraphImporter::set_window(const OnnxNode& node, Layer& layer, const Value& in) {
    require(!in.flat, node, "its input is flat; it wants images");
    const std::vector<std::int64_t> kernel = node.integers("kernel_shape", {layer.kernel_height, layer.kernel_width});
    require(kernel.size() == 2 && kernel[0] >= 1 && kernel[1] >= 1 && kernel[0] <= largest_extent &&
                kernel[1] <= largest_extent,
            node, "its kernel is not that of images");
    const std::vector<std::int64_t> strides = node.integers("strides", {1, 1});
    require(strides.size() == 2 && strides[0] >= 1 && strides[0] <= largest_extent, node,
            "its strides are not those of images");
    require(strides[0] == strides[1], node, "its strides differ; remask has one for both directions");
    require(all_are(node.integers("dilations", {}), 1), node, "it is dilated, which remask does not know");
    layer.kernel_height = static_cast<int>(kernel[0]);
    layer.kernel_width = static_cast<int>(kernel[1]);
    layer.stride = static_cast<int>(strides[0]);
    Shape shape = shape_of(in.layer);
    shape.height += in.zeros.top + in.zeros.bottom;
    shape.width += in.zeros.left + in.zeros.right;
    layer.padding = padding_of(node, layer, shape);
    if (node.integer("ceil_mode", 0) == 0) return;
    const Padding& p = layer.padding;
    require((shape.height + p.top + p.bottom - layer.kernel_height) % layer.stride == 0 &&
                (shape.width + p.left + p.right - layer.kernel_width) % layer.stride == 0,
            node, "ceil_mode 1 adds a row or a column beyond the image, which remask does not know");
}

void GraphImporter::convolution(const OnnxNode& node) {
    Value in = value(node, 0);
    after_slices(node, in);
    require(node.has_input(1), node, "has no weights");
    const OnnxConstant& weights = reals(node, node.inputs[1], "weights");
    require(weights.shape.size() == 4, node, "its weights are not those of images");
    for (const std::int64_t extent : weights.shape) {
        require(extent >= 1 && extent <= largest_extent, node, "its weights are empty or huge");
    }
    Layer layer = make_layer(node, LayerKind::convolution, {in.layer}, node.inputs[1]);
    layer.out_channels = static_cast<int>(weights.shape[0]);
    layer.kernel_height = static_cast<int>(weights.shape[2]);
    layer.kernel_width = static_cast<int>(weights.shape[3]);
    const std::int64_t groups = node.integer("group", 1);
    require(groups >= 1 && groups <= largest_extent, node, "its group is not a number of groups");
    layer.groups = static_cast<int>(groups);
    require(weights.shape[1] * groups == shape_of(in.layer).channels, node,
            "its weights take " + std::to_string(weights.shape[1] * groups) + " channels, its input has " +
                std::to_string(shape_of(in.layer).channels));
    set_window(node, layer, in);
    require(layer.kernel_height == weights.shape[2] && layer.kernel_width == weights.shape[3], node,
            "kernel_shape is not that of its weights");
    layer.padding.top += in.zeros.top;
    layer.padding.left += in.zeros.left;
    layer.padding.bottom += in.zeros.bottom;
    layer.padding.right += in.zeros.right;
    ParameterMap& parameters = result_.model.parameters;
    parameters[layer.name + ".weight"] = {weights.shape, weights.reals};
    if (node.has_input(2)) {
        const OnnxConstant& bias = reals(node, node.inputs[2], "biases");
        layer.bias = true;
        parameters[layer.name + ".bias"] = {bias.shape, bias.reals};
    }
    give(node, append(node, std::move(layer)), false);
}

void GraphImporter::max_pool(const OnnxNode& node) {
    Layer layer = make_layer(node, LayerKind::max_pool, {settled(node, 0)});
    set_window(node, layer, value(node, 0));
    give(node, append(node, std::move(layer)), false);
}

bool GraphImporter::covers(const Layer& layer, const Shape& in) const {
    const Padding& p = layer.padding;
    return layer.kernel_height == in.height && layer.kernel_width == in.width && is_none(p);
}

void GraphImporter::average_pool(const OnnxNode& node) {
    const int in = settled(node, 0);
    Layer layer = make_layer(node, LayerKind::average_pool, {in});
    set_window(node, layer, value(node, 0));
    const Padding& p = layer.padding;
    require(node.integer("count_include_pad", 0) == 0 || is_none(p), node,
            "it counts its padding in the mean (count_include_pad), which remask does not");
    if (covers(layer, shape_of(in))) {
        layer.kind = LayerKind::global_average_pool;
        layer.kernel_height = layer.kernel_width = layer.stride = 1;
    }
    give(node, append(node, std::move(layer)), false);
}

void GraphImporter::global_average_pool(const OnnxNode& node) {
    const int in = settled(node, 0);
    require(!value(node, 0).flat, node, "its input is flat; it wants images");
    give(node, append(node, make_layer(node, LayerKind::global_average_pool, {in})), false);
}

/// Over height and width it is a global pool.
void GraphImporter::reduce_mean(const OnnxNode& node) {
    std::vector<std::int64_t> axes = numbers(node, "axes", 1).value_or(std::vector<std::int64_t>{});
    for (std::int64_t& axis : axes) axis += axis < 0 ? 4 : 0;
    std::sort(axes.begin(), axes.end());
    require(axes == std::vector<std::int64_t>{2, 3} && !value(node, 0).flat, node,
            "it takes the mean over other axes than height and width");
    const int in = settled(node, 0);
    const bool flat = node.integer("keepdims", 1) == 0;
    give(node, append(node, make_layer(node, LayerKind::global_average_pool, {in})), flat);
}

/// Around the image: kept for the convolution that follows. Before and behind the channels: an option A shortcut.
void GraphImporter::pad(const OnnxNode& node) {
    Value in = value(node, 0);
    require(!in.flat, node, "its input is flat; it wants images");
    require(node.text("mode", "constant") == "constant", node, "it pads with others than zeros");
    if (node.has_input(2)) {
        const OnnxConstant& fill = reals(node, node.inputs[2], "padding's values");
        require(std::all_of(fill.reals.begin(), fill.reals.end(), [](float v) { return v == 0.0f; }), node,
                "it pads with others than zeros");
    }
    require(node.real("value", 0.0f) == 0.0f, node, "it pads with others than zeros");
    require(!node.has_input(3), node, "it names axes; remask takes paddings of all four");
    const std::vector<std::int64_t> pads = numbers(node, "pads", 1).value_or(std::vector<std::int64_t>{});
    require(pads.size() == 8, node, "its padding is not that of images");
    for (const std::int64_t pad : pads)
        require(pad >= 0 && pad <= largest_extent, node, "its padding is negative or huge");
    require(pads[0] == 0 && pads[4] == 0, node, "it pads the batch");
    const bool around = pads[2] + pads[3] + pads[6] + pads[7] > 0;
    if (pads[1] + pads[5] == 0) {
        in.zeros.top += static_cast<int>(pads[2]);
        in.zeros.left += static_cast<int>(pads[3]);
        in.zeros.bottom += static_cast<int>(pads[6]);
        in.zeros.right += static_cast<int>(pads[7]);
        for (const int zeros : {in.zeros.top, in.zeros.left, in.zeros.bottom, in.zeros.right}) {
            require(zeros <= largest_extent, node, "its padding is negative or huge");
        }
        give(node, in);
        return;
    }
    require(!around && in.row_step == in.column_step && is_none(in.zeros), node, "it pads channels and images at once");
    Layer layer = make_layer(node, LayerKind::subsample_pad, {in.layer});
    layer.stride = in.row_step;
    const std::int64_t out = shape_of(in.layer).channels + pads[1] + pads[5];
    require(out <= largest_extent && pads[1] == (pads[1] + pads[5]) / 2, node,
            "it does not put half of the zero channels before and the rest behind");
    layer.out_channels = static_cast<int>(out);
    give(node, append(node, std::move(layer)), false);
}

/// Every k-th row or column of the whole image.
void GraphImporter::slice(const OnnxNode& node) {
    Value in = value(node, 0);
    require(!in.flat && is_none(in.zeros), node, "it cuts what is flat or padded");
    const auto starts = numbers(node, "starts", 1), ends = numbers(node, "ends", 2);
    require(starts && ends && starts->size() == ends->size() && starts->size() <= 4, node, "lacks its starts or ends");
    std::vector<std::int64_t> first_axes, ones(starts->size(), 1);
    for (std::size_t i = 0; i < starts->size(); ++i) first_axes.push_back(static_cast<std::int64_t>(i));
    const auto axes = numbers(node, "axes", 3).value_or(first_axes), steps = numbers(node, "steps", 4).value_or(ones);
    require(axes.size() == starts->size() && steps.size() == starts->size(), node,
            "its axes or steps are not one each");
    const Shape& shape = shape_of(in.layer);
    const std::array<std::int64_t, 4> extents{batch() < 0 ? largest_extent : batch(), shape.channels, shape.height,
                                              shape.width};
    for (std::size_t i = 0; i < axes.size(); ++i) {
        const std::int64_t axis = axes[i] < 0 ? axes[i] + 4 : axes[i];
        require(axis >= 0 && axis < 4 && steps[i] >= 1 && steps[i] <= largest_extent, node,
                "its axes or steps are none of images");
        require((*starts)[i] == 0 && (*ends)[i] >= extents[static_cast<std::size_t>(axis)], node,
                "it cuts out a part; remask knows slices that keep every k-th row and column");
        require(axis >= 2 || steps[i] == 1, node, "it leaves out images or channels");
        if (axis == 2) in.row_step *= static_cast<int>(steps[i]);
        if (axis == 3) in.column_step *= static_cast<int>(steps[i]);
        require(in.row_step <= largest_extent && in.column_step <= largest_extent, node, "its steps are huge");
    }
    give(node, in);
}

}  // namespace remask::onnx_import
