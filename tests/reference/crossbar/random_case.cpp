#include "tests/reference/crossbar/random_case.h"

#include <cmath>
#include <initializer_list>
#include <sstream>

#include "sim/base/random.h"

namespace remask::test {

namespace {

int pick(RandomStream& random, std::initializer_list<int> values) {
    return values.begin()[random.below(values.size())];
}

std::int32_t between(RandomStream& random, std::int64_t lowest, std::int64_t highest) {
    return static_cast<std::int32_t>(
        lowest + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(highest - lowest + 1))));
}

CrossbarParameters random_parameters(RandomStream& random) {
    CrossbarParameters p;
    p.weight_bits = pick(random, {2, 3, 4, 5, 8, 8, 8, 9, 16});
    p.input_bits = pick(random, {1, 2, 3, 4, 5, 8, 8, 8, 16});
    p.input_signed = random.below(3) == 0;
    p.rows = pick(random, {1, 2, 7, 9, 16, 32, 45, 64, 128});
    p.active_rows = random.below(2) == 0 ? 0 : between(random, 1, p.rows);
    p.cell_bits = pick(random, {1, 2, 2, 3, 4, 7, 8});
    p.dac_bits = p.input_signed ? 1 : between(random, 1, random.below(2) == 0 ? 1 : p.input_bits);
    p.encoding = random.below(3) == 0 ? Encoding::offset : Encoding::differential;
    if (p.encoding == Encoding::differential && random.below(2) == 0) p.subtract = Subtract::analog;
    p.columns = 64 + between(random, 0, 64);
    p.adc_bits = pick(random, {0, 1, 2, 3, 4, 5, 6, 7, 8, 8, 9, 10, 12});
    p.adc_range = static_cast<AdcRange>(random.below(3));
    if (random.below(4) == 0)
        p.on_off_ratio = pick(random, {2, 10, 17, 100, 150}) + (random.below(2) == 0 ? 0.0 : 0.37);
    const double full = p.rows * (std::ldexp(1.0, p.dac_bits) - 1.0) * (std::ldexp(1.0, p.cell_bits) - 1.0);
    p.adc_hi = random.below(2) == 0 ? 1.0 + std::floor(full * random.uniform()) : full * random.uniform() + 0.01;
    switch (random.below(4)) {
        case 0:
            p.adc_lo = 0.0;
            break;
        case 1:
            p.adc_lo = -p.adc_hi;
            break;
        case 2:
            p.adc_lo = -std::floor(full * random.uniform());
            break;
        default:
            p.adc_lo = p.adc_hi * random.uniform() * 0.9;
            break;
    }
    const bool symmetric = p.subtract == Subtract::analog || p.adc_lo == -p.adc_hi;
    if (p.adc_bits == 1 && symmetric) p.adc_bits = 2;
    if (random.below(4) == 0) {
        for (int slice = 0; slice < slices_of(p); ++slice) {
            p.adc_slice_bits.push_back(between(random, symmetric ? 2 : 1, std::max(p.adc_bits, symmetric ? 2 : 1)));
        }
        if (p.adc_bits == 0) p.adc_slice_bits.clear();
    }
    return p;
}

void fill_weights(RandomStream& random, RandomCase& c) {
    const std::int32_t largest = (1 << (c.parameters.weight_bits - 1)) - 1;
    const std::uint64_t kind = random.below(5);
    for (auto& w : c.weights) {
        w = between(random, -largest, largest);
        if (kind == 0) w = largest;
        if (kind == 1) w = -largest;
        if (kind == 2)
            w = static_cast<std::int32_t>(std::lround(std::max(-3.0, std::min(3.0, random.normal())) / 3.0 * largest));
        if (kind == 3 && random.below(4) != 0) w = 0;
    }
    if (random.below(4) != 0) return;
    const std::uint64_t dark = random.below(static_cast<std::uint64_t>(c.columns));
    for (std::int64_t k = 0; k < c.rows; ++k) c.weights[static_cast<std::size_t>(k * c.columns) + dark] = 0;
}

void fill_inputs(RandomStream& random, RandomCase& c) {
    const int bits = c.parameters.input_bits;
    const std::int64_t lowest = c.parameters.input_signed ? -(std::int64_t{1} << (bits - 1)) : 0;
    const std::int64_t highest = (std::int64_t{1} << (bits - (c.parameters.input_signed ? 1 : 0))) - 1;
    const std::uint64_t kind = random.below(6);
    for (auto& x : c.inputs) {
        x = between(random, lowest, highest);
        if (kind == 0) x = static_cast<std::int32_t>(highest);
        if (kind == 1) x = static_cast<std::int32_t>(lowest);
        if (kind == 2) x = between(random, 0, std::min<std::int64_t>(highest, 3));
        if (kind == 3 && random.below(3) != 0) x = 0;
    }
}

}  // namespace

RandomCase random_case(std::uint64_t seed) {
    RandomStream random(seed, "random crossbar case");
    RandomCase c;
    c.parameters = random_parameters(random);
    RandomStream options(seed, "random crossbar options");
    c.parameters.column_flip = options.below(3) == 0 && c.parameters.subtract == Subtract::digital;
    if (random.below(3) == 0 && c.parameters.rows >= 9) {
        c.parameters.row_packing = RowPacking::kernel;
        c.kernel_size = random.below(2) == 0 ? 9 : 4;
        c.mask_per_row_group = random.below(2) == 0;
        if (c.mask_per_row_group) c.parameters.active_rows = c.kernel_size;
    }
    const int most_kernels = std::max(1, 2 * c.parameters.rows / c.kernel_size + 3);
    c.rows = c.kernel_size * between(random, 1, most_kernels);
    c.columns = random.below(4) == 0 ? 1 : between(random, 1, 5);
    c.vectors = random.below(4) == 0 ? 1 : between(random, 1, 40);
    c.weights.resize(static_cast<std::size_t>(c.rows * c.columns));
    c.inputs.resize(static_cast<std::size_t>(c.rows * c.vectors));
    fill_weights(random, c);
    fill_inputs(random, c);
    if (random.below(2) == 0) return c;
    const CrossbarGeometry g = geometry_of(c.parameters, c.rows, c.columns, c.kernel_size);
    c.mask.resize(static_cast<std::size_t>((c.mask_per_row_group ? g.row_groups : g.row_tiles) * c.columns));
    const std::uint64_t kind = random.below(3);
    for (double& m : c.mask) {
        if (kind == 0) m = static_cast<double>(random.below(2));
        if (kind == 1)
            m = random.below(4) == 0 ? 0.0 : std::ldexp(random.below(2) == 0 ? 1.0 : -1.0, between(random, -3, 3));
        if (kind == 2) m = random.normal();
    }
    return c;
}

std::string RandomCase::text() const {
    const CrossbarParameters& p = parameters;
    std::ostringstream out;
    out << "K " << rows << " N " << columns << " M " << vectors << " kernel " << kernel_size << " weight_bits "
        << p.weight_bits << " input_bits " << p.input_bits << (p.input_signed ? " signed" : "") << " rows " << p.rows
        << " active_rows " << p.active_rows << " cell_bits " << p.cell_bits << " dac_bits " << p.dac_bits << ' '
        << word_of(p.encoding) << ' ' << word_of(p.subtract) << ' ' << word_of(p.row_packing) << " adc_bits "
        << p.adc_bits << ' ' << word_of(p.adc_range) << " [" << p.adc_lo << ", " << p.adc_hi << "] on_off_ratio "
        << p.on_off_ratio << " slices of";
    for (const int bits : p.adc_slice_bits) out << ' ' << bits;
    out << " bits" << (p.column_flip ? " column_flip" : "") << (mask.empty() ? "" : " masked")
        << (mask_per_row_group ? " by row group" : "");
    return out.str();
}

}  // namespace remask::test
