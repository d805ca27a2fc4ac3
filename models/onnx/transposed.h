// Inside the folder only.
#pragma once

#include <cstdint>
#include <vector>

namespace remask::onnx_import {

/// A matrix [rows, columns], row-major, as [columns, rows].
template <class T>
std::vector<T> transposed(const std::vector<T>& values, std::int64_t rows, std::int64_t columns) {
    std::vector<T> turned;
    turned.reserve(values.size());
    for (std::int64_t column = 0; column < columns; ++column) {
        for (std::int64_t row = 0; row < rows; ++row) {
            turned.push_back(values[static_cast<std::size_t>(row * columns + column)]);
        }
    }
    return turned;
}

}  // namespace remask::onnx_import
