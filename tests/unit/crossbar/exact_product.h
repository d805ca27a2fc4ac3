// What a layer of the crossbar has to give where nothing is quantised away.
#pragma once

#include <cstdint>
#include <vector>

namespace remask::test {

struct ProductData {
    std::int64_t rows, columns, vectors;
    std::vector<std::int32_t> weights;  ///< rows × columns
    std::vector<std::int32_t> inputs;   ///< rows × vectors
};

/// columns × vectors
inline std::vector<double> exact_product(const ProductData& data) {
    std::vector<double> product;
    for (std::int64_t n = 0; n < data.columns; ++n) {
        for (std::int64_t v = 0; v < data.vectors; ++v) {
            std::int64_t sum = 0;
            for (std::int64_t k = 0; k < data.rows; ++k) {
                sum += std::int64_t{data.weights[static_cast<std::size_t>(k * data.columns + n)]} *
                       data.inputs[static_cast<std::size_t>(k * data.vectors + v)];
            }
            product.push_back(static_cast<double>(sum));
        }
    }
    return product;
}

}  // namespace remask::test
