#include "sim/crossbar/conversion_kernels.h"

namespace remask::detail {

namespace {

template <int count, bool may_clip>
std::int64_t convert_float_row(const PackedRow& row, const FloatAdc& adc, float place, const float* __restrict packed,
                               std::int64_t vectors, float* __restrict totals) {
    float base[count];
    float inverse[count];
    float shift[count];
    float weight[count];
    for (int j = 0; j < count; ++j) {
        const auto at = static_cast<std::size_t>(j);
        base[j] = static_cast<float>(row.base[at]);
        inverse[j] = 1.0F / base[j];
        shift[j] = static_cast<float>(row.shift[at]);
        weight[j] = place * static_cast<float>(row.weight[at]);
    }
    const auto bias = static_cast<float>(row.bias);
    const float scale = adc.scale;
    const float offset = adc.offset;
    const float top = adc.top_code;
    std::int32_t clipped = 0;
    for (std::int64_t v = 0; v < vectors; ++v) {
        float rest = packed[v] + bias;
        float total = totals[v];
        for (int j = 0; j < count; ++j) {
            float part = rest;
            if (j + 1 < count) {
                part = static_cast<float>(static_cast<std::int32_t>(rest * inverse[j]));
                rest -= part * base[j];
            }
            float z = (part - shift[j]) * scale + offset;
            if constexpr (may_clip) {
                z = z < -2.0F ? -2.0F : z;
                z = z > top + 2.0F ? top + 2.0F : z;
                const float rounded = round_float(z);
                float code = rounded < 0.0F ? 0.0F : rounded;
                code = code > top ? top : code;
                clipped += code != rounded ? 1 : 0;
                total += weight[j] * code;
            } else {
                total += weight[j] * round_float(z);
            }
        }
        totals[v] = total;
    }
    return clipped;
}

template <int count>
std::int64_t convert_float(const PackedRow& row, const FloatAdc& adc, float place, const float* packed,
                           std::int64_t vectors, bool may_clip, float* totals) {
    if (may_clip) return convert_float_row<count, true>(row, adc, place, packed, vectors, totals);
    return convert_float_row<count, false>(row, adc, place, packed, vectors, totals);
}

template <class T>
std::int64_t convert_double(const PackedRow& row, const Adc& adc, double place, const T* __restrict packed,
                            std::int64_t vectors, const double* __restrict floor, double* __restrict totals) {
    std::int64_t clipped = 0;
    for (std::int64_t v = 0; v < vectors; ++v) {
        double rest = static_cast<double>(packed[v]) + row.bias;
        const double added = floor != nullptr ? floor[v] : 0.0;
        double total = totals[v];
        for (int j = 0; j < row.count; ++j) {
            const auto at = static_cast<std::size_t>(j);
            double part = rest;
            if (j + 1 < row.count) {
                part = static_cast<double>(static_cast<std::int64_t>(rest / row.base[at]));
                rest -= part * row.base[at];
            }
            double z = ((part - row.shift[at] + added) - adc.lo) / adc.delta;
            z = z < -2.0 ? -2.0 : z;
            z = z > adc.top_code + 2.0 ? adc.top_code + 2.0 : z;
            const double rounded = round_double(z);
            double code = rounded < 0.0 ? 0.0 : rounded;
            code = code > adc.top_code ? adc.top_code : code;
            clipped += code != rounded ? 1 : 0;
            total += place * row.weight[at] * code;
        }
        totals[v] = total;
    }
    return clipped;
}

}  // namespace

std::int64_t convert_fast(const PackedRow& row, const FloatAdc& adc, float place, const float* packed,
                          std::int64_t vectors, bool may_clip, float* totals) {
    static_assert(max_packed == 4);
    switch (row.count) {
        case 1:
            return convert_float<1>(row, adc, place, packed, vectors, may_clip, totals);
        case 2:
            return convert_float<2>(row, adc, place, packed, vectors, may_clip, totals);
        case 3:
            return convert_float<3>(row, adc, place, packed, vectors, may_clip, totals);
        default:
            return convert_float<4>(row, adc, place, packed, vectors, may_clip, totals);
    }
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
