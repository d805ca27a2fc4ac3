// A matrix of integer inputs that is read row by row, so that an unrolled convolution need never lie in memory whole.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace remask {

/// [rows, vectors], integers of at most 16 bits, unsigned or two's complement.
class IntegerRows {
public:
    virtual ~IntegerRows() = default;

    std::int64_t rows() const { return rows_; }
    std::int64_t vectors() const { return vectors_; }
    /// Number of vector 0 within the run, whatever the batches: where results depend on chance, it names the draws.
    std::int64_t first_vector() const { return first_vector_; }

    /// All vectors of one row; out.size() = vectors().
    virtual void read(std::int64_t row, std::span<std::int32_t> out) const = 0;
    /// Bits 8·byte to 8·byte + 7 of each; byte 0 or 1.
    virtual void read_bytes(std::int64_t row, int byte, std::span<std::uint8_t> out) const = 0;

    /// [rows, vectors], row-major.
    std::vector<std::int32_t> all() const {
        std::vector<std::int32_t> matrix(static_cast<std::size_t>(rows_ * vectors_));
        for (std::int64_t k = 0; k < rows_; ++k) {
            read(k,
                 std::span(matrix).subspan(static_cast<std::size_t>(k * vectors_), static_cast<std::size_t>(vectors_)));
        }
        return matrix;
    }

protected:
    IntegerRows(std::int64_t rows, std::int64_t vectors, std::int64_t first_vector = 0)
        : rows_(rows), vectors_(vectors), first_vector_(first_vector) {}

private:
    std::int64_t rows_;
    std::int64_t vectors_;
    std::int64_t first_vector_;
};

/// Vectors [first, first + vectors) of a matrix that does lie in memory; it must outlive this view.
class StoredRows : public IntegerRows {
public:
    /// `matrix` [rows, stride] row-major.
    StoredRows(std::span<const std::int32_t> matrix, std::int64_t stride, std::int64_t first, std::int64_t vectors)
        : IntegerRows(stride == 0 ? 0 : static_cast<std::int64_t>(matrix.size()) / stride, vectors),
          start_(matrix.data() + first),
          stride_(stride) {}
    StoredRows(std::span<const std::int32_t> matrix, std::int64_t vectors) : StoredRows(matrix, vectors, 0, vectors) {}

    void read(std::int64_t row, std::span<std::int32_t> out) const override {
        const std::int32_t* x = start_ + row * stride_;
        for (std::size_t v = 0; v < out.size(); ++v) out[v] = x[v];
    }
    void read_bytes(std::int64_t row, int byte, std::span<std::uint8_t> out) const override {
        const std::int32_t* x = start_ + row * stride_;
        for (std::size_t v = 0; v < out.size(); ++v) out[v] = static_cast<std::uint8_t>(x[v] >> (8 * byte));
    }

private:
    const std::int32_t* start_;
    std::int64_t stride_;
};

}  // namespace remask
