// Internal: the inner loops of the lookup path, one set for each instruction set, chosen at run time.
//
// With the inputs cut into digits, the sum of a few rows takes few values: 2^6 for six 1-bit digits. A byte permutation
// looks 64 of them up in one instruction, so that a column's sum over 128 rows needs 22 lookups and additions for 64
// conversions, whatever the cells hold. Four phases of one vector lie in four neighbouring bytes, so that the
// shift-and-add of their codes is one dot product. (The idea of looking partial sums up is older than computers: V. L.
// Arlazarov et al., "On economical construction of the transitive closure of a directed graph", 1970.)
#pragma once

#include <cstdint>

namespace remask::detail {

inline constexpr int phases_per_quad = 4;
inline constexpr int max_chunk = 8;  ///< planes whose sums are kept in registers at once
inline constexpr int max_quads = 4;

/// Inputs of one row group, to be cut into lookup indices.
struct IndexJob {
    const std::uint8_t* const* rows;  ///< [byte of the input][row]: `blocks`·vectors_per_block bytes each; as one list
    std::int64_t row_count;
    int dac_bits;  ///< 1 or 2: rows·dac_bits index bits
    int quads;     ///< phases/4, rounded up
    const std::uint8_t*
        bit;  ///< [quads][dac_bits][4] the input bit of a phase, as a mask within its byte; 0 = no such phase
    const std::uint8_t* byte;  ///< [quads] which byte of the input holds a quad
    std::int64_t blocks;
    std::uint8_t* indices;  ///< out [blocks][quads][lookups][lanes]
};

/// One logical column of a row group against all vectors. Sums are kept modulo 2^8, moved by `bias`.
struct ColumnJob {
    const std::uint8_t* indices;  ///< [blocks][quads][lookups][lanes]
    std::int64_t blocks;
    std::int64_t vectors;  ///< in use, ≤ blocks·vectors_per_block
    int quads;
    int lookups;  ///< rows·dac_bits / index_bits, rounded up

    int planes;                  ///< at most max_chunk
    const std::uint8_t* levels;  ///< [planes][lookups·index_bits] what an index bit adds, modulo 2^8
    const int* shift;            ///< [planes] bits by which the sum so far is shifted before a plane's codes are added
    const std::int8_t* sign;     ///< [planes] ±1
    const bool* pair;  ///< [planes] two sums of four bits: in the lower that of `sign`, in the upper one of −sign
    const std::int8_t* places;  ///< [quads][4] place values within a quad, 0 = no such phase
    int quad_bits;              ///< a quad's codes weigh 2^quad_bits of those of the quad before
    int chunk_shift;            ///< this job's codes weigh 2^chunk_shift

    std::uint8_t bias;            ///< added to every sum, so that it lies in [0, 255]
    bool seven_bits;              ///< all biased sums are below 128
    const std::uint8_t* codes;    ///< [256] the code of a biased sum
    const std::uint8_t* clipped;  ///< [256] 1 where it clips; null where none can
    /// [planes] the same for each plane by itself, where their converters differ; no pairs then. Null: one for all.
    const std::uint8_t* const* plane_codes;
    const std::uint8_t* const* plane_clipped;  ///< null where none clips
    std::int32_t* totals;                      ///< [blocks·vectors_per_block] added to
    std::int64_t* clip_count;                  ///< added to
    std::uint8_t* tables;                      ///< scratch, lookups·planes·table_bytes, 64-byte aligned
};

/// The same where sums do not fit a byte, codes do not, or what a code stands for depends on the input: segments of the
/// lookups fit a byte each, code = clip(rint(sum·scale + offset)) in float arithmetic that was tried on every sum.
struct WideColumnJob {
    ColumnJob column;
    const int* segment_end;  ///< [segments] in lookups
    int segments;
    const float* scale;  ///< [planes]
    const float* offset;
    const float* lane_offsets;  ///< [blocks][quads][4][vectors_per_block] in place of `offset`; or null
    const float* top_code;      ///< [planes]
    bool may_clip;
    /// [planes][lookups·index_bits] cells in fixed point: what an index bit adds besides 2^fraction_bits · its level;
    /// in a segment every sum of them fits 16 bits. Null where there is nothing besides, with fraction_bits = 0.
    const std::int16_t* fractions;
    int fraction_bits;
    std::uint8_t* word_tables;  ///< scratch, lookups·planes·word_table_bytes, 64-byte aligned
};

/// The inner loops for one instruction set.
struct LookupKernel {
    const char* name;
    int index_bits;         ///< rows (times DAC bits) a lookup takes
    int lanes;              ///< conversions a lookup takes
    int vectors_per_block;  ///< lanes/4
    int table_bytes;
    int word_table_bytes;
    void (*make_indices)(const IndexJob&);
    void (*convert_column)(const ColumnJob&);
    void (*convert_wide_column)(const WideColumnJob&);
};

/// Null where the program was built for another processor family.
const LookupKernel* avx2_lookup_kernel();
const LookupKernel* avx512_lookup_kernel();

}  // namespace remask::detail
