// The parameters of the crossbar arithmetic (docs/crossbar.md), and what follows from them for one weight matrix.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/fields.h"
#include "sim/hardware/converter_parameters.h"
#include "sim/hardware/wire_parameters.h"

namespace remask {

enum class Encoding { differential, offset };
enum class Subtract { digital, analog };
enum class AdcRange { full, lsb, fixed, calibrated };
enum class RowPacking { dense, kernel };

template <>
struct EnumWords<Encoding> {
    static constexpr std::array<std::string_view, 2> words{"differential", "offset"};
};
template <>
struct EnumWords<Subtract> {
    static constexpr std::array<std::string_view, 2> words{"digital", "analog"};
};
template <>
struct EnumWords<AdcRange> {
    static constexpr std::array<std::string_view, 4> words{"full", "lsb", "fixed", "calibrated"};
};
template <>
struct EnumWords<RowPacking> {
    static constexpr std::array<std::string_view, 2> words{"dense", "kernel"};
};

/// YAML section `crossbar:`. Symbols of docs/crossbar.md in brackets.
struct CrossbarParameters {
    int weight_bits = 0;        ///< [bw] 2..16, sign included
    int input_bits = 0;         ///< [ba] 1..16
    bool input_signed = false;  ///< mvm only; networks choose it per layer
    int rows = 0;               ///< [R]
    int columns = 0;            ///< [C]
    int active_rows = 0;        ///< [Ra] 1..R; 0 = all rows
    int cell_bits = 0;          ///< [b] 1..8
    int dac_bits = 0;           ///< [d] 1..input_bits
    Encoding encoding = Encoding::differential;
    Subtract subtract = Subtract::digital;
    RowPacking row_packing = RowPacking::dense;
    bool column_flip = false;  ///< columns with large sums hold complements (column_flip.h)
    int adc_bits = 0;          ///< [B] 0 = ideal
    AdcRange adc_range = AdcRange::full;
    double adc_lo = 0.0;           ///< level units, `fixed` only
    double adc_hi = 0.0;           ///< level units, `fixed` only
    double adc_percentile = 99.9;  ///< `calibrated` only: share of sums (in %) that the range holds
    AdcCalibration adc_calibration = AdcCalibration::percentile;
    AdcCalibrationScope adc_calibration_scope = AdcCalibrationScope::layer;
    std::vector<int> adc_slice_bits;      ///< [B_s] least significant slice first, at most B; empty: B for all
    double on_off_ratio = 0.0;            ///< [rho] Gmax/Gmin > 1; 0 = ideal cell (Gmin = 0)
    std::optional<WireParameters> wires;  ///< resistance of the lines; absent = none
};

/// The field list, with every range and the checks across fields.
void describe(Fields& fields, CrossbarParameters& parameters);

/// [S] Slices of one weight.
int slices_of(const CrossbarParameters& parameters);

/// How a [K,N] matrix is cut; `kernel_size` = kernel height × width (1 for linear layers).
struct CrossbarGeometry {
    std::int64_t rows = 0;              ///< K
    std::int64_t columns = 0;           ///< N, logical
    int rows_per_tile = 0;              ///< R or R' (row_packing: kernel)
    std::int64_t row_tiles = 0;         ///< T
    int active_rows = 0;                ///< Ra, resolved
    std::int64_t row_groups = 0;        ///< over all tiles
    int slices = 0;                     ///< S
    int sides = 0;                      ///< 2 differential, 1 offset
    int phases = 0;                     ///< D
    int logical_columns_per_array = 0;  ///< floor(C/(S·sides))
    std::int64_t column_tiles = 0;
    std::int64_t tile_rows(std::int64_t tile) const;    ///< rows in use in row tile `tile`
    std::int64_t tile_groups(std::int64_t tile) const;  ///< row groups of row tile `tile`
    /// Of row `row` of the matrix, counted over all tiles.
    std::int64_t row_group(std::int64_t row) const;
};

/// Throws ConfigError where the matrix cannot be mapped (kernel larger than the array, no logical column fits).
CrossbarGeometry geometry_of(const CrossbarParameters& parameters, std::int64_t rows, std::int64_t columns,
                             int kernel_size = 1);

/// Gmin in level units, f = (L−1)/(ρ−1); 0 for an ideal cell.
double floor_level(const CrossbarParameters& parameters);

/// The smallest number of bits etc. are checked here, for parameters that did not come from a config. Throws
/// ConfigError.
void validate(const CrossbarParameters& parameters);

}  // namespace remask
