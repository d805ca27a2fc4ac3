#include "sim/crossbar/conversion_kernels.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>

namespace remask::detail {

namespace {

constexpr std::int64_t stretch = 64;  // vectors that are unpacked at once: stays in the first-level cache

/// parts[j][v]: sum of conversion j before its shift is taken off. Packed numbers below 2^24.
template <int count>
void unpack_row(const PackedRow& row, const float* __restrict packed, std::int64_t vectors,
                float (&parts)[max_packed][stretch]) {
    float base[count];
    float inverse[count];
    for (int j = 0; j < count; ++j) {
        base[j] = static_cast<float>(row.base[static_cast<std::size_t>(j)]);
        inverse[j] = 1.0F / base[j];  // exact: powers of two
    }
    const auto bias = static_cast<float>(row.bias);
    for (std::int64_t v = 0; v < vectors; ++v) {
        float rest = packed[v] + bias;
        for (int j = 0; j + 1 < count; ++j) {
            const auto part = static_cast<float>(static_cast<std::int32_t>(rest * inverse[j]));
            parts[j][v] = part;
            rest -= part * base[j];
        }
        parts[count - 1][v] = rest;
    }
}

void unpack(const PackedRow& row, const float* packed, std::int64_t vectors, float (&parts)[max_packed][stretch]) {
    static_assert(max_packed == 4);
    if (row.count == 1) unpack_row<1>(row, packed, vectors, parts);
    if (row.count == 2) unpack_row<2>(row, packed, vectors, parts);
    if (row.count == 3) unpack_row<3>(row, packed, vectors, parts);
    if (row.count == 4) unpack_row<4>(row, packed, vectors, parts);
}

/// The same for packed numbers below 2^53.
void unpack(const PackedRow& row, const double* packed, std::int64_t vectors, double (&parts)[max_packed][stretch]) {
    for (std::int64_t v = 0; v < vectors; ++v) {
        double rest = packed[v] + row.bias;
        for (int j = 0; j < row.count; ++j) {
            const double base = row.base[static_cast<std::size_t>(j)];
            const auto part = static_cast<double>(static_cast<std::int64_t>(rest / base));
            parts[j][v] = part;
            rest -= part * base;
        }
    }
}

void quantise_unclipped(const FloatAdc& adc, float shift, float weight, const float* __restrict sums,
                        const float* __restrict offsets, std::int64_t vectors, float* __restrict totals) {
    const float scale = adc.scale;
    for (std::int64_t v = 0; v < vectors; ++v) {
        totals[v] += weight * round_float((sums[v] - shift) * scale + offsets[v]);
    }
}

std::int64_t quantise(const FloatAdc& adc, float shift, float weight, const float* __restrict sums,
                      const float* __restrict offsets, std::int64_t vectors, float* __restrict totals) {
    const float scale = adc.scale;
    const float top = adc.top_code;
    const float above = top + 2.0F;
    std::int32_t clipped = 0;
    for (std::int64_t v = 0; v < vectors; ++v) {
        float z = (sums[v] - shift) * scale + offsets[v];
        z = z < -2.0F ? -2.0F : z;
        z = z > above ? above : z;
        const float rounded = round_float(z);
        float code = rounded < 0.0F ? 0.0F : rounded;
        code = code > top ? top : code;
        clipped += code != rounded ? 1 : 0;
        totals[v] += weight * code;
    }
    return clipped;
}

/// clipped[v] counts, since a sum over v would not be vectorised.
template <class T>
void quantise_exact(const Adc& adc, double shift, double weight, const T* __restrict sums,
                    const double* __restrict floor, std::int64_t vectors, double* __restrict totals,
                    double* __restrict clipped) {
    const double lo = adc.lo;
    const double delta = adc.delta;
    const double top = adc.top_code;
    const double above = top + 2.0;
    for (std::int64_t v = 0; v < vectors; ++v) {
        double z = (((static_cast<double>(sums[v]) - shift) + floor[v]) - lo) / delta;
        z = z < -2.0 ? -2.0 : z;
        z = z > above ? above : z;
        const double rounded = round_double(z);
        double code = rounded < 0.0 ? 0.0 : rounded;
        code = code > top ? top : code;
        const double cut = std::abs(code - rounded);
        clipped[v] += cut > 1.0 ? 1.0 : cut;  // codes are whole numbers: 0 or 1
        totals[v] += weight * code;
    }
}

template <class T>
std::int64_t convert_double(const PackedRow& row, const Adc& adc, double place, const T* packed, std::int64_t vectors,
                            const double* floor, double* totals) {
    static constexpr double no_floor[stretch] = {};
    T parts[max_packed][stretch];
    double clipped[stretch] = {};
    for (std::int64_t v = 0; v < vectors; v += stretch) {
        const std::int64_t now = std::min(stretch, vectors - v);
        unpack(row, packed + v, now, parts);
        for (int j = 0; j < row.count; ++j) {
            const auto at = static_cast<std::size_t>(j);
            quantise_exact(adc, row.shift[at], place * row.weight[at], parts[j],
                           floor != nullptr ? floor + v : no_floor, now, totals + v, clipped);
        }
    }
    return static_cast<std::int64_t>(std::accumulate(std::begin(clipped), std::end(clipped), 0.0));
}

}  // namespace

std::int64_t convert_fast(const PackedRow& row, const FloatAdc& adc, float place, const float* packed,
                          const float* offsets, std::int64_t vectors, bool may_clip, float* totals) {
    float parts[max_packed][stretch];
    std::int64_t clipped = 0;
    for (std::int64_t v = 0; v < vectors; v += stretch) {
        const std::int64_t now = std::min(stretch, vectors - v);
        unpack(row, packed + v, now, parts);
        for (int j = 0; j < row.count; ++j) {
            const auto at = static_cast<std::size_t>(j);
            const auto shift = static_cast<float>(row.shift[at]);
            const float weight = place * static_cast<float>(row.weight[at]);
            if (may_clip) {
                clipped += quantise(adc, shift, weight, parts[j], offsets + v, now, totals + v);
            } else {
                quantise_unclipped(adc, shift, weight, parts[j], offsets + v, now, totals + v);
            }
        }
    }
    return clipped;
}

std::int64_t convert_exact(const PackedRow& row, const Adc& adc, double place, const float* packed,
                           std::int64_t vectors, const double* floor, double* totals) {
    return convert_double(row, adc, place, packed, vectors, floor, totals);
}

std::int64_t convert_exact(const PackedRow& row, const Adc& adc, double place, const double* packed,
                           std::int64_t vectors, const double* floor, double* totals) {
    return convert_double(row, adc, place, packed, vectors, floor, totals);
}

}  // namespace remask::detail
