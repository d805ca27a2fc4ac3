// The plain reference: docs/crossbar.md line by line. Slow on purpose.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "sim/base/diagnostics.h"
#include "sim/crossbar/programmed_layer.h"
#include "sim/crossbar/reference.h"

namespace remask::detail {

namespace {

class Reference {
public:
    Reference(const ProgrammedLayer& layer, std::span<const std::int32_t> inputs, std::int64_t vectors,
              const ConversionObserver& observer, std::int64_t first_vector)
        : layer_(layer),
          p_(layer.parameters),
          g_(layer.geometry),
          inputs_(inputs),
          vectors_(vectors),
          observe_(observer),
          first_vector_(first_vector) {}

    /// y of column c of tile t for vector v over the rows [first, last), whole row groups.
    double tile_output(std::int64_t t, std::int64_t c, std::int64_t v, std::int64_t first, std::int64_t last) {
        at_.tile = t;
        at_.column = c;
        at_.vector = v;
        codes_.assign(static_cast<std::size_t>(g_.slices), 0);
        terms_.assign(codes_.size(), 0);
        flipped_ = 0;
        for (std::int64_t begin = first; begin < last; begin += g_.active_rows) {
            at_.group = (begin - t * g_.rows_per_tile) / g_.active_rows;
            const std::int64_t end = std::min<std::int64_t>(begin + g_.active_rows, last);
            start_draws();
            for (at_.phase = 0; at_.phase < g_.phases; ++at_.phase) {
                for (at_.slice = 0; at_.slice < g_.slices; ++at_.slice) convert_slice(begin, end);
            }
        }
        double y = analog_value(codes_, terms_);
        if (p_.column_flip) {
            y += static_cast<double>((1 << p_.cell_bits) - 1) * static_cast<double>(flipped_);
            const bool floor_in_sums = p_.on_off_ratio > 0.0 && (layer_.fixed_point || !layer_.adc.ideal);
            if (floor_in_sums) y += (2.0 * floor()) * static_cast<double>(flipped_);
        }
        if (p_.encoding == Encoding::offset) {
            std::int64_t input_sum = 0;
            for (std::int64_t k = first; k < last; ++k) input_sum += input(k, v);
            y -= static_cast<double>((std::int64_t{1} << (p_.weight_bits - 1)) * input_sum);
            if (p_.on_off_ratio > 0.0 && (layer_.fixed_point || !layer_.adc.ideal)) {
                std::int64_t weighted = 0;
                for (int s = 0; s < g_.slices; ++s) weighted += layer_.slice_place(s) * input_sum;
                y -= floor() * static_cast<double>(weighted);
            }
        }
        return y;
    }

private:
    /// Δ·I + lo·P; slice by slice where the slices' converters differ.
    double analog_value(const std::vector<std::int64_t>& codes, const std::vector<std::int64_t>& terms) const {
        const auto value = [&](const Adc& adc, std::int64_t i, std::int64_t p) {
            return adc.delta * layer_.sum_unit * static_cast<double>(i) +
                   adc.lo * layer_.sum_unit * static_cast<double>(p);  // the unit is a power of two: exact
        };
        if (layer_.uniform_adc()) {
            return value(layer_.adc, std::accumulate(codes.begin(), codes.end(), std::int64_t{0}),
                         std::accumulate(terms.begin(), terms.end(), std::int64_t{0}));
        }
        double y = 0.0;
        for (std::size_t s = 0; s < codes.size(); ++s) y += value(layer_.slice_adcs[s], codes[s], terms[s]);
        return y;
    }

    std::int64_t input(std::int64_t k, std::int64_t v) const {
        return inputs_[static_cast<std::size_t>(k * vectors_ + v)];
    }
    std::int64_t digit(std::int64_t k) const {
        const auto bits = static_cast<std::uint32_t>(input(k, at_.vector));
        return (bits >> (p_.dac_bits * at_.phase)) & ((1U << p_.dac_bits) - 1U);
    }
    /// What the DAC gives for the digit: of row k in the array that holds the column.
    std::int64_t drive(std::int64_t k) const {
        if (layer_.drive.empty()) return digit(k);
        const std::int64_t column_tile = at_.column / (p_.columns / (g_.slices * g_.sides));
        const std::int64_t levels = std::int64_t{1} << p_.dac_bits;
        return layer_.drive[static_cast<std::size_t>((column_tile * g_.rows + k) * levels + digit(k))];
    }
    /// Conductances in fixed point hold their floor.
    bool floor_seen() const { return p_.on_off_ratio > 0.0 && !layer_.adc.ideal && !layer_.fixed_point; }
    double floor() const { return ((1 << p_.cell_bits) - 1) / (p_.on_off_ratio - 1.0); }

    /// The conversions of one slice: a single one, or that of the positive and that of the negative side.
    void convert_slice(std::int64_t begin, std::int64_t end) {
        const bool analog = p_.encoding == Encoding::differential && p_.subtract == Subtract::analog;
        std::int64_t sum[2] = {0, 0};
        std::int64_t digits = 0;
        for (std::int64_t k = begin; k < end; ++k) {
            for (int side = 0; side < g_.sides; ++side) {
                sum[side] += drive(k) * layer_.cell_conductance(k, at_.column, side, at_.slice);
            }
            digits += digit(k);
        }
        if (analog) return count(convert(sum[0] - sum[1] + noise(begin, end, {0, 1}), 0, 0), 1, 0, false);
        for (int side = 0; side < g_.sides; ++side) {
            const std::int64_t code = convert(sum[side] + noise(begin, end, {side}), digits, side);
            count(code, side == 0 ? 1 : -1, digits, is_flipped(begin, side));
        }
    }

    /// Step 7: adds a code to I, its place to P. A flipped column counts the other way round, and the periphery adds
    /// what the sum of its inputs makes up for.
    void count(std::int64_t code, int sign, std::int64_t digits, bool flipped) {
        const std::int64_t place = sign * layer_.place(at_.phase) * layer_.slice_place(at_.slice);
        const auto slice = static_cast<std::size_t>(at_.slice);
        codes_[slice] += flipped ? -place * code : place * code;
        terms_[slice] += flipped ? -place : place;
        if (flipped) flipped_ += place * digits;
    }

    /// Step 2: would the largest inputs set the most significant bit of this column's sum? From the weights.
    bool is_flipped(std::int64_t begin, int side) const {
        if (!p_.column_flip) return false;
        const std::int64_t end = std::min({begin + g_.active_rows, (at_.tile + 1) * g_.rows_per_tile, g_.rows});
        std::int64_t largest = 0;
        for (std::int64_t k = begin; k < end; ++k) {
            const std::int64_t w = layer_.weights[static_cast<std::size_t>(k * g_.columns + at_.column)];
            std::int64_t magnitude = side == 0 ? std::max<std::int64_t>(w, 0) : std::max<std::int64_t>(-w, 0);
            if (p_.encoding == Encoding::offset) magnitude = w + (std::int64_t{1} << (p_.weight_bits - 1));
            largest += (magnitude >> (p_.cell_bits * at_.slice)) % (1 << p_.cell_bits) * ((1 << p_.dac_bits) - 1);
        }
        std::int64_t most_significant = 1;
        const std::int64_t top = std::int64_t{g_.active_rows} * ((1 << p_.dac_bits) - 1) * ((1 << p_.cell_bits) - 1);
        while (2 * most_significant <= top) most_significant *= 2;
        return largest >= most_significant;
    }

    /// One stream of draws for each converted column of the row group at hand.
    void start_draws() {
        draws_.clear();
        if (!layer_.noise) return;
        std::int64_t row_group = at_.group;
        for (std::int64_t t = 0; t < at_.tile; ++t) row_group += g_.tile_groups(t);
        for (int plane = 0; plane < layer_.converted_planes; ++plane) {
            draws_.emplace_back(layer_.noise->identity,
                                ReadPlace{first_vector_ + at_.vector, row_group, at_.column, plane});
        }
    }

    /// What the noise of the cells on `sides` adds to the sum of one conversion.
    std::int64_t noise(std::int64_t begin, std::int64_t end, std::initializer_list<int> sides) {
        if (!layer_.noise) return 0;
        const LayerNoise& noise = *layer_.noise;
        const bool digital_pair = p_.encoding == Encoding::differential && p_.subtract == Subtract::digital;
        ReadDraws& draws = draws_[static_cast<std::size_t>(digital_pair ? 2 * at_.slice + *sides.begin() : at_.slice)];
        std::int64_t squares = 0;
        std::int64_t weighted = 0;
        for (std::int64_t k = begin; k < end; ++k) {
            for (const int side : sides) {
                const std::int64_t g = layer_.cell_conductance(k, at_.column, side, at_.slice) >> noise.square_shift;
                squares += digit(k) * digit(k);
                weighted += noise.proportional > 0.0 ? digit(k) * digit(k) * g * g : 0;
            }
        }
        std::int64_t added =
            draws.gaussian(noise.variance(static_cast<double>(squares), static_cast<double>(weighted)));
        if (noise.trap_steps.empty()) return added;
        for (std::int64_t k = begin; k < end; ++k) {
            for (const int side : sides) {
                const std::int64_t matrix = side * g_.slices + at_.slice;
                const std::int64_t step =
                    noise.trap_steps[static_cast<std::size_t>((matrix * g_.rows + k) * g_.columns + at_.column)];
                if (step == 0 || digit(k) == 0 || !draws.captured(noise.captured)) continue;
                added += (side == 1 && sides.size() == 2 ? 1 : -1) * digit(k) * step;
            }
        }
        return added;
    }

    std::int64_t convert(std::int64_t integer_sum, std::int64_t digits, int side) {
        at_.side = side;
        if (layer_.adc.ideal) {  // the floor cancels, or the periphery subtracts it: see docs/crossbar.md
            at_.sum = static_cast<double>(integer_sum) * layer_.sum_unit;
            at_.code = integer_sum;
            at_.clipped = false;
        } else {
            double sum = static_cast<double>(integer_sum);
            if (floor_seen() && digits != 0) sum += floor() * static_cast<double>(digits);
            const Adc::Result result = adc_code(sum, side);
            at_.sum = sum * layer_.sum_unit;
            at_.code = result.code;
            at_.clipped = result.clipped;
        }
        if (observe_) observe_(at_);
        return at_.code;
    }

    /// Step 5 with the errors of the ADC that serves this column.
    Adc::Result adc_code(double sum, int side) const {
        const Adc& adc = layer_.adc_of(at_.slice);
        if (layer_.adc_errors.empty()) return adc.convert(sum);
        const std::int64_t array_columns = p_.columns / (g_.slices * g_.sides);
        const std::int64_t physical = ((at_.column % array_columns) * g_.slices + at_.slice) * g_.sides + side;
        const std::int64_t adcs = layer_.adcs_per_array;
        const std::int64_t converter = physical / ((p_.columns + adcs - 1) / adcs);
        const std::int64_t array = at_.tile * g_.column_tiles + at_.column / array_columns;
        const AdcError& error = layer_.adc_errors[static_cast<std::size_t>(array * adcs + converter)];
        const double z = (sum * (1.0 + error.gain) - adc.lo) / adc.delta;
        const double x = std::min(std::max(z / adc.top_code, 0.0), 1.0);
        const double nonlinearity = error.bow * (4.0 * (x * (1.0 - x))) +
                                    error.s_shape * (6.0 * std::sqrt(3.0) * (x * (1.0 - x)) * (1.0 - 2.0 * x));
        const double code = std::rint(z + (error.offset + nonlinearity));
        const double held = std::min(std::max(code, 0.0), adc.top_code);
        return {static_cast<std::int64_t>(held), held != code};
    }

    const ProgrammedLayer& layer_;
    const CrossbarParameters& p_;
    const CrossbarGeometry& g_;
    std::span<const std::int32_t> inputs_;
    std::int64_t vectors_;
    const ConversionObserver& observe_;
    std::int64_t first_vector_;
    Conversion at_;
    std::vector<std::int64_t> codes_;  ///< I of each slice
    std::vector<std::int64_t> terms_;  ///< P of each slice
    std::int64_t flipped_ = 0;         ///< Σ ±place·2^(b·s)·Σ digit over the flipped columns
    std::vector<ReadDraws> draws_;     ///< [converted planes]
};

}  // namespace

void reference_multiply(const ProgrammedLayer& layer, std::span<const std::int32_t> inputs, std::int64_t vectors,
                        const PeripheryMask& mask, std::span<double> outputs, const ConversionObserver& observer,
                        std::int64_t first_vector) {
    const CrossbarGeometry& g = layer.geometry;
    Reference reference(layer, inputs, vectors, observer, first_vector);
    std::fill(outputs.begin(), outputs.end(), 0.0);
    for (std::int64_t v = 0; v < vectors; ++v) {
        for (std::int64_t c = 0; c < g.columns; ++c) {
            double& sum = outputs[static_cast<std::size_t>(c * vectors + v)];
            std::int64_t mask_row = 0;
            for (std::int64_t t = 0; t < g.row_tiles; ++t) {
                const std::int64_t first = t * g.rows_per_tile;
                const std::int64_t last = first + g.tile_rows(t);
                const std::int64_t step = mask.per_row_group ? g.active_rows : last - first;
                for (std::int64_t begin = first; begin < last; begin += step, ++mask_row) {
                    const std::int64_t end = std::min(begin + step, last);
                    const double m =
                        mask.factors.empty() ? 1.0 : mask.factors[static_cast<std::size_t>(mask_row * g.columns + c)];
                    sum += m * reference.tile_output(t, c, v, begin, end);
                }
            }
        }
    }
}

}  // namespace remask::detail
