// Several conversions in one number of a matrix product: their sums need few bits, a float holds 24.
#include <algorithm>
#include <bit>

#include "sim/crossbar/programmed_layer.h"

namespace remask::detail {

namespace {

struct Plane {
    int index = 0;
    int bits = 1;            ///< of sum + shift
    std::int64_t shift = 0;  ///< −(smallest sum)
};

struct Bin {
    int bits = 0;
    std::vector<Plane> planes;
};

std::vector<Plane> planes_of(const ProgrammedLayer& layer, const PackedGroup& group, std::int64_t n) {
    const std::int64_t digit = (1 << layer.parameters.dac_bits) - 1;
    std::vector<Plane> planes;
    for (int index = 0; index < layer.converted_planes; ++index) {
        std::int64_t lowest = 0;
        std::int64_t highest = 0;
        for (std::int64_t k = group.first_row; k < group.first_row + group.rows; ++k) {
            const std::int32_t g = layer.plane_conductance(k, n, index);
            (g < 0 ? lowest : highest) += g;
        }
        const auto range = static_cast<std::uint64_t>((highest - lowest) * digit);
        // A cell's floor adds to the sum even where all digits are 0.
        if (range == 0 && layer.floor_level == 0.0) continue;
        planes.push_back({index, std::max(1, static_cast<int>(std::bit_width(range))), -lowest * digit});
    }
    return planes;
}

/// First fit, largest first.
std::vector<Bin> pack(std::vector<Plane> planes, int capacity) {
    std::stable_sort(planes.begin(), planes.end(), [](const Plane& a, const Plane& b) { return a.bits > b.bits; });
    std::vector<Bin> bins;
    for (const Plane& plane : planes) {
        const auto fits = [&](const Bin& bin) {
            return bin.planes.size() < static_cast<std::size_t>(max_packed) && bin.bits + plane.bits <= capacity;
        };
        auto bin = std::find_if(bins.begin(), bins.end(), fits);
        if (bin == bins.end()) bin = bins.insert(bins.end(), Bin{});
        bin->planes.push_back(plane);
        bin->bits += plane.bits;
    }
    return bins;
}

PackedRow row_of(const ProgrammedLayer& layer, std::int64_t row_group, std::int64_t n, const Bin& bin) {
    PackedRow row;
    int above = bin.bits;
    for (const Plane& plane : bin.planes) {
        const auto at = static_cast<std::size_t>(row.count++);
        above -= plane.bits;
        row.base[at] = std::ldexp(1.0, above);
        row.shift[at] = static_cast<double>(plane.shift);
        row.weight[at] = static_cast<double>(layer.code_weight(row_group, n, plane.index));
        row.bias += row.base[at] * row.shift[at];
    }
    return row;
}

void append_cells(const ProgrammedLayer& layer, PackedGroup& group, std::int64_t n, const Bin& bin, bool use_float) {
    for (std::int64_t k = group.first_row; k < group.first_row + group.rows; ++k) {
        double value = 0.0;
        int above = bin.bits;
        for (const Plane& plane : bin.planes) {
            above -= plane.bits;
            value += std::ldexp(static_cast<double>(layer.plane_conductance(k, n, plane.index)), above);
        }
        if (use_float) group.floats.push_back(static_cast<float>(value));
        if (!use_float) group.doubles.push_back(value);
    }
}

}  // namespace

PackedGroup pack_group(const ProgrammedLayer& layer, std::int64_t first_row, std::int64_t rows,
                       const std::vector<std::int64_t>& columns) {
    PackedGroup group;
    group.first_row = first_row;
    group.rows = rows;
    const std::int64_t row_group = layer.geometry.row_group(first_row);
    group.first_packed.push_back(0);
    std::vector<std::vector<Plane>> planes;
    int widest = 0;
    for (const std::int64_t n : columns) {
        planes.push_back(planes_of(layer, group, n));
        for (const Plane& plane : planes.back()) widest = std::max(widest, plane.bits);
    }
    const bool use_float = widest <= 24;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        double idle_weight = 0.0;
        for (int plane = 0; plane < layer.converted_planes; ++plane) {
            idle_weight += static_cast<double>(layer.code_weight(row_group, columns[i], plane));
        }
        for (const Plane& plane : planes[i]) {
            idle_weight -= static_cast<double>(layer.code_weight(row_group, columns[i], plane.index));
        }
        group.idle_weight.push_back(idle_weight);
        group.idle_count.push_back(layer.converted_planes - static_cast<std::int64_t>(planes[i].size()));
        for (const Bin& bin : pack(planes[i], use_float ? 24 : 53)) {
            group.packed.push_back(row_of(layer, row_group, columns[i], bin));
            append_cells(layer, group, columns[i], bin, use_float);
        }
        group.first_packed.push_back(static_cast<std::int64_t>(group.packed.size()));
    }
    return group;
}

}  // namespace remask::detail
