#include "sim/linalg/column_convolution.h"

#include <algorithm>
#include <string>

#include "sim/base/diagnostics.h"
#include "sim/linalg/column_kernel.h"

namespace remask {

namespace {

using detail::panel_outputs;

bool has_avx2() {
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx2") > 0 && __builtin_cpu_supports("fma") > 0;
#else
    return false;
#endif
}

bool has_avx512() {
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx512f") > 0;
#else
    return false;
#endif
}

/// Those that run here, slowest first.
const std::vector<const detail::ColumnKernel*>& kernels() {
    static const std::vector<const detail::ColumnKernel*> list = [] {
        std::vector<const detail::ColumnKernel*> found{detail::plain_column_kernel()};
        if (has_avx2() && detail::avx2_column_kernel() != nullptr) found.push_back(detail::avx2_column_kernel());
        if (has_avx512() && detail::avx512_column_kernel() != nullptr) found.push_back(detail::avx512_column_kernel());
        return found;
    }();
    return list;
}

const detail::ColumnKernel* choose_kernel(std::string_view name) {
    if (name.empty()) return kernels().back();
    const auto found = std::find_if(kernels().begin(), kernels().end(), [&](const auto* k) { return k->name == name; });
    if (found == kernels().end()) throw InternalError("column convolution: no kernel '" + std::string(name) + "' here");
    return *found;
}

constexpr std::int64_t line_floats = 16;  // of a cache line; sums are written a panel, a line at a time
static_assert(panel_outputs % line_floats == 0);

/// The first of `values` that starts a cache line.
template <class T>
T* line_start(T* values) {
    constexpr std::uintptr_t line = line_floats * sizeof(float);
    return values + (line - reinterpret_cast<std::uintptr_t>(values) % line) % line / sizeof(float);
}

std::int64_t round_up(std::int64_t count, std::int64_t unit) {
    return (count + unit - 1) / unit * unit;
}

/// Whether blocks of `block` positions go in pairs, every position of the second as far from its like in the first.
bool pairs_up(const std::vector<std::int64_t>& starts, int block) {
    const auto size = static_cast<std::size_t>(block);
    if (starts.size() % (2 * size) != 0) return false;
    for (std::size_t first = 0; first < starts.size(); first += 2 * size) {
        for (std::size_t p = first; p < first + size; ++p) {
            if (starts[p + size] - starts[p] != starts[first + size] - starts[first]) return false;
        }
    }
    return true;
}

}  // namespace

std::vector<std::string_view> column_kernels() {
    std::vector<std::string_view> names;
    for (const detail::ColumnKernel* kernel : kernels()) names.emplace_back(kernel->name);
    return names;
}

ColumnConvolution::ColumnConvolution(const ConvolutionSize& size, std::int64_t rows, std::string_view kernel)
    : size_(size), kernel_(choose_kernel(kernel)) {
    if (size.groups != 1 || rows < 1) throw InternalError("column convolution: groups, or columns without rows");
    padded_height_ = std::max((size.out_height - 1) * size.stride + size.kernel_height, size.pad_top + size.in_height);
    padded_width_ = std::max((size.out_width - 1) * size.stride + size.kernel_width, size.pad_left + size.in_width);
    panels_ = round_up(size.out_channels, panel_outputs) / panel_outputs;
    for (int channel = 0; channel < size.in_channels; ++channel) {
        for (int y = 0; y < size.kernel_height; ++y) {
            for (int x = 0; x < size.kernel_width; ++x) {
                row_offsets_.push_back((std::int64_t{y} * padded_width_ + x) * size.in_channels + channel);
            }
        }
    }
    for (int y = 0; y < size.out_height; ++y) {
        for (int x = 0; x < size.out_width; ++x) {
            position_starts_.push_back((std::int64_t{y} * padded_width_ + x) * size.stride * size.in_channels);
        }
    }
    sum_positions_ = round_up(static_cast<std::int64_t>(position_starts_.size()), kernel_->positions);
    position_starts_.resize(static_cast<std::size_t>(sum_positions_), position_starts_.back());
    blocks_pair_ = pairs_up(position_starts_, kernel_->positions);
    const auto filter = static_cast<std::int64_t>(row_offsets_.size());
    for (std::int64_t end = rows; end < filter; end += rows) column_ends_.push_back(end);
    column_ends_.push_back(filter);
}

std::vector<float> ColumnConvolution::pack_weights(std::span<const float> weights) const {
    const std::size_t rows = row_offsets_.size();
    std::vector<float> packed(static_cast<std::size_t>(panels_ * panel_outputs) * rows);
    for (std::size_t n = 0; n < static_cast<std::size_t>(size_.out_channels); ++n) {
        float* to = packed.data() + n / panel_outputs * panel_outputs * rows + n % panel_outputs;
        for (std::size_t k = 0; k < rows; ++k) to[k * panel_outputs] = weights[n * rows + k];
    }
    return packed;
}

std::vector<float> ColumnConvolution::pack_factors(std::span<const float> factors) const {
    const auto count = static_cast<std::size_t>(columns());
    std::vector<float> packed(static_cast<std::size_t>(panels_ * panel_outputs) * count);
    for (std::size_t n = 0; n < static_cast<std::size_t>(size_.out_channels); ++n) {
        float* to = packed.data() + n / panel_outputs * panel_outputs * count + n % panel_outputs;
        for (std::size_t t = 0; t < count; ++t) to[t * panel_outputs] = factors[n * count + t];
    }
    return packed;
}

std::int64_t ColumnConvolution::sums_size(int images) const {
    return images * panels_ * columns() * sum_positions_ * panel_outputs + line_floats - 1;
}

std::int64_t ColumnConvolution::most_sums(std::int64_t positions, std::int64_t outputs, std::int64_t columns) {
    return (positions + detail::most_positions - 1) * round_up(outputs, panel_outputs) * columns;
}

void ColumnConvolution::pad(const float* image, float* padded) const {
    const std::int64_t row = std::int64_t{size_.in_width} * size_.in_channels;
    for (int y = 0; y < size_.in_height; ++y) {
        const std::int64_t to = std::int64_t{y + size_.pad_top} * padded_width_ + size_.pad_left;
        std::copy_n(image + y * row, row, padded + to * size_.in_channels);
    }
}

void ColumnConvolution::forward(std::span<const float> packed_weights, std::span<const float> packed_factors,
                                const float* bias, int images, const float* input, float* sums, float* output) const {
    thread_local std::vector<float> padded;
    padded.assign(static_cast<std::size_t>(padded_height_) * padded_width_ * size_.in_channels, 0.0f);
    const auto positions = static_cast<std::int64_t>(size_.out_height) * size_.out_width;
    const int block = kernel_->positions;
    std::vector<const float*> inputs(static_cast<std::size_t>(block));
    std::vector<float> edge(static_cast<std::size_t>(2 * block) * panel_outputs);  // what reaches beyond the output
    detail::ColumnTile tile{};
    tile.inputs = inputs.data();
    tile.row_offsets = row_offsets_.data();
    tile.column_ends = column_ends_.data();
    tile.columns = columns();
    tile.column_stride = sum_positions_ * panel_outputs;
    for (int image = 0; image < images; ++image) {
        pad(input + image * size_.in_size(), padded.data());
        for (std::int64_t panel = 0, panels = 1; panel < panels_; panel += panels) {
            panels = kernel_->two_panels != nullptr && panel + 2 <= panels_ ? 2 : 1;
            const int blocks = panels == 1 && kernel_->two_blocks != nullptr && blocks_pair_ ? 2 : 1;
            const std::int64_t first_output = panel * panel_outputs;
            const std::int64_t outputs =
                std::min<std::int64_t>(panels * panel_outputs, size_.out_channels - first_output);
            tile.weights = packed_weights.data() + first_output * static_cast<std::int64_t>(row_offsets_.size());
            tile.factors = packed_factors.data() + first_output * columns();
            float* panel_sums = line_start(sums) + (image * panels_ + panel) * columns() * tile.column_stride;
            for (std::int64_t first = 0; first < positions; first += blocks * block) {
                const std::int64_t* starts = position_starts_.data() + first;
                for (int p = 0; p < block; ++p) inputs[static_cast<std::size_t>(p)] = padded.data() + starts[p];
                if (blocks == 2) tile.second_block = starts[block] - starts[0];
                tile.sums = panel_sums + first * panel_outputs;
                float* to = output + (image * positions + first) * size_.out_channels + first_output;
                const std::int64_t inside = std::min<std::int64_t>(blocks * block, positions - first);
                const bool fits = inside == blocks * block && outputs == panels * panel_outputs;
                tile.output = fits ? to : edge.data();
                tile.output_stride = fits ? size_.out_channels : panels * panel_outputs;
                (panels == 2 ? kernel_->two_panels : blocks == 2 ? kernel_->two_blocks : kernel_->one)(tile);
                for (std::int64_t p = 0; p < inside && (!fits || bias != nullptr); ++p) {
                    const float* from = tile.output + p * tile.output_stride;
                    for (std::int64_t n = 0; n < outputs; ++n) {
                        to[p * size_.out_channels + n] = bias == nullptr ? from[n] : from[n] + bias[first_output + n];
                    }
                }
            }
        }
    }
    kernel_->finish();
}

void ColumnConvolution::factor_gradient(int images, const float* sums, const float* output_gradient,
                                        float* result) const {
    const auto positions = static_cast<std::int64_t>(size_.out_height) * size_.out_width;
    for (std::int64_t panel = 0; panel < panels_; ++panel) {
        const std::int64_t first_output = panel * panel_outputs;
        const auto outputs = static_cast<int>(std::min<std::int64_t>(panel_outputs, size_.out_channels - first_output));
        for (std::int64_t column = 0; column < columns(); ++column) {
            float gradient[panel_outputs] = {};
            for (int image = 0; image < images; ++image) {
                const float* from = line_start(sums) +
                                    ((image * panels_ + panel) * columns() + column) * sum_positions_ * panel_outputs;
                kernel_->factor_gradient(from, output_gradient + image * size_.out_size() + first_output,
                                         size_.out_channels, positions, outputs, gradient);
            }
            for (int n = 0; n < outputs; ++n) result[(first_output + n) * columns() + column] = gradient[n];
        }
    }
}

}  // namespace remask
