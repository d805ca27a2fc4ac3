#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "models/network/quantized_network.h"
#include "sim/linalg/gemm.h"

namespace remask {
namespace {

/// The definition of a matrix product, in 64-bit integers.
class IntegerProduct : public MatrixProductEngine {
public:
    explicit IntegerProduct(const std::vector<QuantizedLayer>& layers) : layers_(layers) {}

    using MatrixProductEngine::multiply;
    void multiply(int slot, int group, const IntegerRows& rows, std::span<double> outputs) const override {
        const QuantizedLayer& layer = layers_[static_cast<std::size_t>(slot)];
        const std::int64_t vectors = rows.vectors();
        const std::vector<std::int32_t> inputs = rows.all();
        const std::int32_t* weights = layer.weights.data() + group * layer.rows * layer.columns;
        std::vector<std::int64_t> sums(static_cast<std::size_t>(vectors));
        for (std::int64_t n = 0; n < layer.columns; ++n) {
            std::fill(sums.begin(), sums.end(), 0);
            for (std::int64_t k = 0; k < layer.rows; ++k) {
                const std::int64_t weight = weights[k * layer.columns + n];
                const std::int32_t* row = inputs.data() + k * vectors;
                for (std::int64_t v = 0; v < vectors; ++v) sums[static_cast<std::size_t>(v)] += weight * row[v];
            }
            std::transform(sums.begin(), sums.end(), outputs.begin() + n * vectors,
                           [](std::int64_t sum) { return static_cast<double>(sum); });
        }
    }

private:
    const std::vector<QuantizedLayer>& layers_;
};

/// The same by BLAS in float where no partial sum can reach 2^24, else in double: both are exact then.
class BlasProduct : public MatrixProductEngine {
public:
    explicit BlasProduct(const std::vector<QuantizedLayer>& layers) : layers_(layers) {
        for (const QuantizedLayer& layer : layers) {
            weights_.emplace_back(layer.weights.begin(), layer.weights.end());
            largest_sum_.push_back(largest_column_sum(layer));
        }
    }

    using MatrixProductEngine::multiply;
    void multiply(int slot, int group, const IntegerRows& inputs, std::span<double> outputs) const override {
        const auto at = static_cast<std::size_t>(slot);
        const std::int64_t rows = layers_[at].rows, columns = layers_[at].columns, vectors = inputs.vectors();
        const float* weights = weights_[at].data() + group * rows * columns;
        std::vector<float> x(static_cast<std::size_t>(rows * vectors));
        std::vector<std::int32_t> row(static_cast<std::size_t>(vectors));
        std::int32_t lowest = 0, highest = 0;
        for (std::int64_t k = 0; k < rows; ++k) {
            inputs.read(k, row);
            float* out = x.data() + k * vectors;
            for (std::size_t v = 0; v < row.size(); ++v) {
                lowest = std::min(lowest, row[v]);
                highest = std::max(highest, row[v]);
                out[v] = static_cast<float>(row[v]);
            }
        }
        const std::int64_t largest_input = std::max(-std::int64_t{lowest}, std::int64_t{highest});
        if (largest_input * largest_sum_[at] < (std::int64_t{1} << 24)) {
            std::vector<float> y(outputs.size());
            sgemm(true, false, columns, vectors, rows, 1.0f, weights, columns, x.data(), vectors, 0.0f, y.data(),
                  vectors);
            std::copy(y.begin(), y.end(), outputs.begin());
        } else {
            multiply_wide(weights, rows, columns, x, vectors, outputs);
        }
    }

private:
    /// In doubles, some columns at a time: a copy of the whole matrix would be the most that a run holds.
    static void multiply_wide(const float* weights, std::int64_t rows, std::int64_t columns,
                              const std::vector<float>& x, std::int64_t vectors, std::span<double> outputs) {
        constexpr std::int64_t most_weights = std::int64_t{1} << 18;
        const std::int64_t step = std::clamp<std::int64_t>(most_weights / rows, 1, columns);
        const std::vector<double> wide(x.begin(), x.end());
        std::vector<double> block(static_cast<std::size_t>(rows * step));
        for (std::int64_t first = 0; first < columns; first += step) {
            const std::int64_t count = std::min(step, columns - first);
            for (std::int64_t k = 0; k < rows; ++k) {
                const float* row = weights + k * columns + first;
                std::copy(row, row + count, block.data() + k * count);
            }
            dgemm(true, false, count, vectors, rows, 1.0, block.data(), count, wide.data(), vectors, 0.0,
                  outputs.data() + first * vectors, vectors);
        }
    }

    /// max over groups and columns of Σ_k |w|
    static std::int64_t largest_column_sum(const QuantizedLayer& layer) {
        std::int64_t largest = 0;
        for (int group = 0; group < layer.groups; ++group) {
            std::vector<std::int64_t> sums(static_cast<std::size_t>(layer.columns), 0);
            const std::int32_t* weight = layer.weights.data() + group * layer.rows * layer.columns;
            for (std::int64_t k = 0; k < layer.rows; ++k) {
                for (std::int64_t& sum : sums) sum += std::abs(std::int64_t{*weight++});
            }
            for (const std::int64_t sum : sums) largest = std::max(largest, sum);
        }
        return largest;
    }

    const std::vector<QuantizedLayer>& layers_;
    std::vector<std::vector<float>> weights_;  // per slot, as QuantizedLayer::weights
    std::vector<std::int64_t> largest_sum_;
};

}  // namespace

std::unique_ptr<MatrixProductEngine> integer_product(const std::vector<QuantizedLayer>& layers) {
    return std::make_unique<IntegerProduct>(layers);
}

std::unique_ptr<MatrixProductEngine> fast_integer_product(const std::vector<QuantizedLayer>& layers) {
    return std::make_unique<BlasProduct>(layers);
}

}  // namespace remask
