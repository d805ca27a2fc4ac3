// Internal: which columns of a layer the lookup kernels can convert, and how.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/crossbar/lookup_kernel.h"

namespace remask::detail {

struct ProgrammedLayer;

/// How one logical column of one row group is converted.
struct LookupColumn {
    enum class Mode : std::uint8_t {
        seven_bits,  ///< biased sums below 128
        byte,        ///< biased sums below 256, codes below 256
        wide,        ///< in segments, codes computed in floats; all columns of layers with fixed_point
    };
    Mode mode = Mode::byte;
    std::uint32_t planes = 0;         ///< bit p: plane p has a cell that is not at level 0
    std::uint32_t pairs = 0;          ///< bit s: the sums of both sides of slice s fit four bits each, and share a byte
    std::uint32_t first_segment = 0;  ///< wide: into LookupPlan::segment_ends
    std::uint32_t segments = 0;
};

/// Codes of the sums that fit a byte.
struct CodeTable {
    std::array<std::uint8_t, 256> codes{};    ///< of sum + bias
    std::array<std::uint8_t, 256> clipped{};  ///< 1 where that clips
};

struct LookupPlan {
    const LookupKernel* kernel = nullptr;
    int bias = 0;                         ///< added to sums, so that those of a byte are not negative
    bool byte_codes = false;              ///< the codes of all sums in a byte are below 256
    bool clips = false;                   ///< a sum in a byte can clip
    std::vector<CodeTable> tables;        ///< the only one where all converters are alike; empty without byte_codes
    std::vector<std::uint32_t> table_of;  ///< [tile][N][plane] into `tables` where they are not
    std::vector<std::uint8_t> bits;       ///< IndexJob::bit
    std::vector<std::uint8_t> bytes;      ///< IndexJob::byte
    std::vector<std::int8_t> places;      ///< ColumnJob::places
    int quads = 0;
    std::vector<std::vector<std::vector<LookupColumn>>> columns;  ///< [tile][group][converted column]
    std::vector<int> segment_ends;

    int lookups(std::int64_t rows, int dac_bits) const {
        return static_cast<int>((rows * dac_bits + kernel->index_bits - 1) / kernel->index_bits);
    }
};

/// The kernel in force; null for `plain`.
const LookupKernel* lookup_kernel_in_force();

/// Before the tiles' columns are known: nothing where the layer's parameters rule the lookup path out.
std::optional<LookupPlan> start_lookup_plan(const ProgrammedLayer& layer);

/// Fills in the columns of layer.tiles. False where a column's cells rule the lookup path out.
bool plan_columns(const ProgrammedLayer& layer, LookupPlan& plan);

/// The cells of one logical column in one row group, ready to be cut into planes.
class ColumnCells {
public:
    /// `row_group` counted over all tiles.
    void load(const ProgrammedLayer& layer, std::int64_t row_group, std::int64_t first_row, std::int64_t rows,
              std::int64_t n);
    /// What the rows add to plane `plane`, for every index bit: levels[row·dac_bits + e] = level·2^e modulo 2^8, the
    /// rest of `count` zero.
    void levels(const ProgrammedLayer& layer, int plane, std::uint8_t* levels, std::int64_t count);
    /// With fixed_point, levels are conductances rounded to whole level units; `fractions` is the rest, ±2^(F−1).
    /// False where a level does not fit a byte, signed with analog subtraction.
    bool levels_and_fractions(const ProgrammedLayer& layer, int plane, std::uint8_t* levels, std::int16_t* fractions,
                              std::int64_t count);

private:
    std::int64_t first_row_ = 0, row_group_ = 0, column_ = 0;
    std::vector<std::int32_t> positive_;  ///< [rows] magnitudes; offset encoding: W + 2^(bw−1)
    std::vector<std::int32_t> negative_;
    std::vector<std::uint8_t> plane_;
};

}  // namespace remask::detail
