// Internal: one weight matrix cut into cells, and the form in which the fast path keeps it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sim/crossbar/adc.h"
#include "sim/crossbar/converter.h"
#include "sim/crossbar/crossbar_engine.h"
#include "sim/crossbar/layer_noise.h"
#include "sim/crossbar/lookup_plan.h"
#include "sim/crossbar/reference.h"

namespace remask::detail {

/// Up to this many sums travel in one number of a matrix product.
inline constexpr int max_packed = 4;

/// One row of a packed matrix: the sums of `count` conversions of one logical column lie in one number,
/// Σ_j sum_j·base_j. Before unpacking, `bias` = Σ_j shift_j·base_j is added, which makes every part non-negative.
struct PackedRow {
    int count = 0;
    double bias = 0.0;
    std::array<double, max_packed> base{};    ///< powers of two, descending; the last is 1
    std::array<double, max_packed> shift{};   ///< −(smallest possible sum)
    std::array<double, max_packed> weight{};  ///< ±2^(b·s): what a code counts
};

/// The converted columns of one row group.
struct PackedGroup {
    std::int64_t first_row = 0;  ///< of the matrix
    std::int64_t rows = 0;
    std::vector<PackedRow> packed;
    std::vector<std::int64_t> first_packed;  ///< [converted columns + 1] into `packed`
    std::vector<double> idle_weight;         ///< [converted columns] Σ weight of the conversions whose sum is always 0
    std::vector<std::int64_t> idle_count;    ///< [converted columns] their number
    std::vector<float> floats;               ///< [packed, rows] where all sums stay below 2^24
    std::vector<double> doubles;             ///< [packed, rows] otherwise
};

struct ProgrammedTile {
    std::int64_t first_row = 0;
    std::int64_t rows = 0;
    std::vector<std::int64_t> linear_columns;     ///< codes linear in the sum: one integer product does
    std::vector<std::int64_t> converted_columns;  ///< go through the quantiser
    std::vector<float> linear_floats;             ///< [linear columns, rows] whole weights (offset: W + 2^(bw−1))
    std::vector<double> linear_doubles;           ///< the same where a sum may reach 2^24
    std::vector<PackedGroup> groups;
};

struct ProgrammedLayer {
    CrossbarParameters parameters;
    CrossbarGeometry geometry;
    bool input_signed = false;
    std::vector<std::int16_t> weights;  ///< [K,N]
    std::vector<std::uint32_t> flips;   ///< [row groups][N] bit side·S + slice: that column is flipped; empty: none is

    bool fixed_point = false;  ///< effects of the device are on: sums are of conductances, not of levels
    int fraction_bits = 0;     ///< F
    double sum_unit = 1.0;     ///< level units of one unit of the integer sums: 2^−F with fixed_point, else 1
    /// [column tiles][K][2^d] DAC levels in units of 2^−F' steps, which fraction_bits and sum_unit then include; empty:
    /// every digit is its level.
    std::vector<std::int32_t> drive;
    int drive_bits = 0;                     ///< F'
    std::vector<std::int32_t> conductance;  ///< [side][slice][K][N] in units of 2^−F, floor included; fixed_point only
    std::int64_t lowest_sum = 0;            ///< bounds of every conversion's integer sum
    std::int64_t highest_sum = 0;
    std::optional<LayerNoise> noise;  ///< reads differ from one another: noisy_multiply() instead of tiles

    bool calibrated = true;  ///< false: only calibrate() may be called
    Adc adc;                 ///< lo, hi and delta in units of the integer sums
    /// [S] Where the slices' converters differ in range or bits; `adc` then is none of them. Empty where all are `adc`.
    std::vector<Adc> slice_adcs;
    bool uniform_adc() const { return slice_adcs.empty(); }
    std::vector<AdcError> adc_errors;  ///< [row tiles][column tiles][ADCs of an array]; empty: none has errors
    int adcs_per_array = 0;            ///< with adc_errors
    /// The float shortcut of a slice's conversions; null without one.
    const FloatAdc* float_adc_of(int slice) const {
        if (!slice_float_adcs.empty()) return &slice_float_adcs[static_cast<std::size_t>(slice)];
        return float_adc ? &*float_adc : nullptr;
    }
    /// Do all conversions of a sum give the same code?
    bool same_converters() const { return uniform_adc() && adc_errors.empty(); }
    /// Index into adc_errors of the ADC that converts a plane of column n. Its physical columns are (i·S + slice)·sides
    /// + side, i the column within its array; a pair that is subtracted before is converted where the first one lies.
    std::size_t adc_index(std::int64_t row_tile, std::int64_t n, int plane) const;
    Converter converter(std::int64_t row_tile, std::int64_t n, int plane) const {
        Converter one{adc_of(slice_of(plane)), {}};
        if (!adc_errors.empty()) one.error = adc_errors[adc_index(row_tile, n, plane)];
        return one;
    }
    const Adc& adc_of(int slice) const { return uniform_adc() ? adc : slice_adcs[static_cast<std::size_t>(slice)]; }
    int slice_of(int plane) const { return analog || offset != 0 ? plane : plane / 2; }
    int side_of(int plane) const { return analog || offset != 0 ? 0 : plane % 2; }
    LinearCodes linear;
    std::optional<FloatAdc> float_adc;
    std::vector<FloatAdc> slice_float_adcs;  ///< [S] the same where slice_adcs differ, if all have one
    bool may_clip = true;                    ///< some inputs and weights could
    bool accumulate_phases = false;          ///< float accumulators hold all phases of a group

    bool analog = false;  ///< one conversion of the difference
    /// f = (L−1)/(ρ−1) where the ADC sees it added to an integer sum; else 0, as with fixed_point: g contains it.
    double floor_level = 0.0;
    int converted_planes = 0;       ///< conversions of one logical column: slices × (2 with digital subtraction)
    std::int64_t slice_places = 0;  ///< Σ_s 2^(b·s)
    std::int64_t phase_places = 0;  ///< Σ_i place(i)
    std::int64_t offset = 0;        ///< 2^(bw−1) with offset encoding, else 0
    std::int64_t input_min = 0;
    std::int64_t input_max = 0;
    std::vector<ProgrammedTile> tiles;
    std::optional<LookupPlan> lookup;  ///< where the kernel in force covers the layer: its tiles have no packed groups

    /// Digit of the cell at (k, n) on side 0 (positive, or the only one) or 1 (negative).
    int level(std::int64_t k, std::int64_t n, int side, int slice) const;
    /// Place value of phase i.
    std::int64_t place(int phase) const;
    /// 2^(b·s).
    std::int64_t slice_place(int slice) const { return std::int64_t{1} << (parameters.cell_bits * slice); }
    /// What a periphery sees of one conversion: the digit, or the difference of two with analog subtraction.
    int plane_level(std::int64_t k, std::int64_t n, int plane) const;
    /// The same as the integer sums have it: conductances in units of 2^−F with fixed_point, else plane_level. With
    /// 1-bit DACs times the level of the row's DAC.
    std::int32_t plane_conductance(std::int64_t k, std::int64_t n, int plane) const;
    /// DAC levels of several digits: sums are no conductances times digits, only ConversionSums has them.
    bool drives_levels() const { return !drive.empty() && parameters.dac_bits > 1; }
    /// Level of the DAC that drives row k of column n's array, units of 2^−F'.
    std::int32_t drive_level(std::int64_t k, std::int64_t n, std::int64_t digit) const {
        const std::int64_t row = n / geometry.logical_columns_per_array * geometry.rows + k;
        return drive[static_cast<std::size_t>((row << parameters.dac_bits) + digit)];
    }
    /// One physical cell: conductance with fixed_point, else its level.
    std::int32_t cell_conductance(std::int64_t k, std::int64_t n, int side, int slice) const;
    /// ±2^(b·s) of a plane.
    std::int64_t plane_weight(int plane) const;
    /// Does the column (or pair of columns) of a plane hold complements in row group `row_group`?
    bool is_flipped(std::int64_t row_group, std::int64_t n, int plane) const {
        if (flips.empty()) return false;
        const std::uint32_t of_column = flips[static_cast<std::size_t>(row_group * geometry.columns + n)];
        return (of_column >> (side_of(plane) * geometry.slices + slice_of(plane)) & 1U) != 0;
    }
    /// ±2^(b·s) with which a plane's codes count: those of a flipped column count the other way round.
    std::int64_t code_weight(std::int64_t row_group, std::int64_t n, int plane) const {
        return is_flipped(row_group, n, plane) ? -plane_weight(plane) : plane_weight(plane);
    }
    /// Σ of the weights that may count in one direction.
    double most_weight() const {
        return static_cast<double>(slice_places) * (flips.empty() || offset != 0 ? 1.0 : 2.0);
    }
    /// Does what the periphery adds or subtracts depend on Σ x?
    bool needs_input_sums() const { return offset != 0 || !flips.empty(); }
    /// y with what the periphery puts right of the flipped columns: `flipped` = Σ ±2^(b·s)·Σ x over them.
    double unflipped(double y, double flipped) const {
        y += static_cast<double>((1 << parameters.cell_bits) - 1) * flipped;
        return flip_floor > 0.0 ? y + flip_floor * flipped : y;
    }
    /// y less what the periphery subtracts digitally.
    double corrected(double y, double input_sum) const {
        if (offset != 0) y -= static_cast<double>(offset) * input_sum;
        if (subtract_floor) y -= periphery_floor * (static_cast<double>(slice_places) * input_sum);
        return y;
    }
    /// Level units of one code.
    double code_step() const { return adc.delta * sum_unit; }
    /// Δ·I + lo·P of a converter, from a sum of codes and of their places.
    double value(const Adc& of, double codes, double terms) const {
        return (of.delta * sum_unit) * codes + (of.lo * sum_unit) * terms;  // 2^−F: exact
    }
    double flip_floor = 0.0;       ///< 2f where the sums of a flipped column hold the cells' floor
    bool subtract_floor = false;   ///< offset encoding with a finite on/off ratio
    double periphery_floor = 0.0;  ///< what it then subtracts: f
};

/// Cuts the weights, chooses the shortcuts, proves them.
ProgrammedLayer program(const CrossbarParameters& parameters, std::int64_t rows, std::int64_t columns,
                        std::span<const std::int32_t> weights, int kernel_size, bool input_signed,
                        const std::vector<AdcWindow>& calibrated, const DeviceParameters& device,
                        const CellIdentity& identity);

/// Writes every cell of the matrix where the device has effects: fixed_point and what belongs to it.
void set_conductances(ProgrammedLayer& layer, const DeviceParameters& device, const CellIdentity& identity);

/// Lets the wires of every array take their share: conductances become the effective ones of docs/wires.md, in units of
/// 2^−F (`fraction_bits`), and fixed_point is set. Does nothing where parameters.wires is absent or without resistance.
void apply_wires(ProgrammedLayer& layer, int fraction_bits);

/// Levels of all DACs, where these have errors: fixed_point must be set.
void set_drive(ProgrammedLayer& layer, const DeviceParameters& device, const CellIdentity& identity);

/// lowest_sum and highest_sum: from the bits of a cell, with fixed_point from the very conductances.
void set_sum_bounds(ProgrammedLayer& layer);

/// Packs the conversions of `columns` in one row group.
PackedGroup pack_group(const ProgrammedLayer& layer, std::int64_t first_row, std::int64_t rows,
                       const std::vector<std::int64_t>& columns);

/// The plain reference, see CrossbarLayer::multiply_reference. `observer` may be empty.
void reference_multiply(const ProgrammedLayer& layer, std::span<const std::int32_t> inputs, std::int64_t vectors,
                        const PeripheryMask& mask, std::span<double> outputs, const ConversionObserver& observer,
                        std::int64_t first_vector);

/// The plain fast path, see CrossbarLayer::multiply.
EngineStatistics fast_multiply(const ProgrammedLayer& layer, std::span<const std::int32_t> inputs, std::int64_t vectors,
                               const PeripheryMask& mask, std::span<double> outputs);

/// The same where converters differ (not same_converters()) and no kernel covers them: every conversion by itself.
EngineStatistics converter_multiply(const ProgrammedLayer& layer, std::span<const std::int32_t> inputs,
                                    std::int64_t vectors, const PeripheryMask& mask, std::span<double> outputs);

/// See CrossbarLayer::count_sums.
SumCounts count_sums(const ProgrammedLayer& layer, std::span<const std::int32_t> inputs, std::int64_t vectors);

/// See CrossbarLayer::count_digits and cell_reads.
DigitCounts count_digits(const ProgrammedLayer& layer, const IntegerRows& inputs);
CellReads cell_reads(const ProgrammedLayer& layer, const DigitCounts& digits, const PeripheryMask& mask,
                     bool gated_are_not_read);

/// See CrossbarLayer::count_codes.
std::vector<CodeCounts> count_codes(const ProgrammedLayer& layer, std::span<const std::int32_t> inputs,
                                    std::int64_t vectors);

}  // namespace remask::detail
