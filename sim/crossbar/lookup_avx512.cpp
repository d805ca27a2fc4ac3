// The lookup path's inner loops with AVX-512 (F, BW, VL, VBMI, VNNI: Ice Lake, Zen 4 and later). Nothing of the standard
// library is used here: what this file instantiates must not be linked into code for older processors.
#include "sim/crossbar/lookup_kernel.h"

#if defined(__AVX512VBMI__) && defined(__AVX512VNNI__) && defined(__AVX512BW__)

#include <immintrin.h>

namespace remask::detail {

namespace {

constexpr int index_bits = 6;
constexpr int lanes = 64;
constexpr int block_vectors = lanes / phases_per_quad;

void make_indices(const IndexJob& job) {
    const std::int64_t lookups = (job.row_count * job.dac_bits + index_bits - 1) / index_bits;
    alignas(64) std::uint8_t spread[lanes];
    for (int i = 0; i < lanes; ++i) spread[i] = static_cast<std::uint8_t>(i / phases_per_quad);
    const __m512i to_quads = _mm512_load_si512(spread);
    for (std::int64_t b = 0; b < job.blocks; ++b) {
        for (int q = 0; q < job.quads; ++q) {
            const std::uint8_t* const* rows = job.rows + job.byte[q] * job.row_count;
            __m512i masks[2];
            for (int e = 0; e < job.dac_bits; ++e) {
                std::int32_t four;
                __builtin_memcpy(&four, job.bit + (q * job.dac_bits + e) * phases_per_quad, sizeof four);
                masks[e] = _mm512_set1_epi32(four);
            }
            std::uint8_t* out = job.indices + (b * job.quads + q) * lookups * lanes;
            __m512i index = _mm512_setzero_si512();
            int filled = 0;
            for (std::int64_t r = 0; r < job.row_count; ++r) {
                const __m128i x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(rows[r] + b * block_vectors));
                const __m512i four = _mm512_permutexvar_epi8(to_quads, _mm512_castsi128_si512(x));
                for (int e = 0; e < job.dac_bits; ++e) {
                    const __mmask64 set = _mm512_test_epi8_mask(four, masks[e]);
                    index = _mm512_mask_add_epi8(index, set, index, _mm512_set1_epi8(static_cast<char>(1 << filled)));
                    if (++filled == index_bits) {
                        _mm512_storeu_si512(out, index);
                        out += lanes;
                        index = _mm512_setzero_si512();
                        filled = 0;
                    }
                }
            }
            if (filled > 0) _mm512_storeu_si512(out, index);
        }
    }
}

/// [lookups][planes][64]: what every index adds.
void make_tables(const ColumnJob& job) {
    const __mmask64 bit[index_bits] = {0xAAAAAAAAAAAAAAAAULL, 0xCCCCCCCCCCCCCCCCULL, 0xF0F0F0F0F0F0F0F0ULL,
                                       0xFF00FF00FF00FF00ULL, 0xFFFF0000FFFF0000ULL, 0xFFFFFFFF00000000ULL};
    for (int p = 0; p < job.planes; ++p) {
        const std::uint8_t* level = job.levels + static_cast<std::int64_t>(p) * job.lookups * index_bits;
        std::uint8_t* out = job.tables + static_cast<std::int64_t>(p) * lanes;
        for (int g = 0; g < job.lookups; ++g, level += index_bits, out += static_cast<std::int64_t>(job.planes) * lanes) {
            __m512i table = _mm512_maskz_set1_epi8(bit[0], static_cast<char>(level[0]));
            for (int j = 1; j < index_bits; ++j) {
                table = _mm512_mask_add_epi8(table, bit[j], table, _mm512_set1_epi8(static_cast<char>(level[j])));
            }
            _mm512_store_si512(out, table);
        }
    }
}

/// Adds the lookups [first, last) of one block to `sums`, for P planes and Q quads.
template <int P, int Q>
inline __attribute__((always_inline)) void add_lookups(const ColumnJob& job, const std::uint8_t* indices, int first,
                                                       int last, __m512i (&sums)[P][Q]) {
    const std::uint8_t* table = job.tables + static_cast<std::int64_t>(first) * P * lanes;
    const std::int64_t quad_stride = static_cast<std::int64_t>(job.lookups) * lanes;
    indices += static_cast<std::int64_t>(first) * lanes;
    for (int g = first; g < last; ++g, table += P * lanes, indices += lanes) {
        __m512i index[Q];
#pragma GCC unroll 2
        for (int q = 0; q < Q; ++q) index[q] = _mm512_load_si512(indices + q * quad_stride);
#pragma GCC unroll 8
        for (int p = 0; p < P; ++p) {
            const __m512i entries = _mm512_load_si512(table + p * lanes);
#pragma GCC unroll 2
            for (int q = 0; q < Q; ++q) {
                sums[p][q] = _mm512_add_epi8(sums[p][q], _mm512_permutexvar_epi8(index[q], entries));
            }
        }
    }
}

struct CodeTable {
    __m512i part[4];
    explicit CodeTable(const std::uint8_t* codes) {
        for (int i = 0; i < 4; ++i) part[i] = _mm512_loadu_si512(codes + i * lanes);
    }
    template <bool seven_bits>
    __m512i of(__m512i sum) const {
        const __m512i low = _mm512_permutex2var_epi8(part[0], sum, part[1]);
        if constexpr (seven_bits) return low;
        return _mm512_mask_permutex2var_epi8_high(low, sum);
    }
    __m512i _mm512_mask_permutex2var_epi8_high(__m512i low, __m512i sum) const {
        const __m512i high = _mm512_permutex2var_epi8(part[2], sum, part[3]);
        return _mm512_mask_blend_epi8(_mm512_movepi8_mask(sum), low, high);
    }
};

/// Bytes of a block that are conversions: vectors in use, phases that exist.
__mmask64 in_use(const ColumnJob& job, std::int64_t block, int quad) {
    std::uint64_t phases = 0;
    for (int i = 0; i < phases_per_quad; ++i) {
        if (job.places[quad * phases_per_quad + i] != 0) phases |= 1ULL << i;
    }
    const std::int64_t vectors = job.vectors - block * block_vectors;
    std::uint64_t mask = phases * 0x1111111111111111ULL;
    if (vectors < block_vectors) mask &= (1ULL << (vectors * phases_per_quad)) - 1;
    return mask;
}

__m512i signed_places(const ColumnJob& job, int plane, int quad) {
    std::int8_t places[phases_per_quad];
    for (int i = 0; i < phases_per_quad; ++i) {
        places[i] = static_cast<std::int8_t>(job.sign[plane] * job.places[quad * phases_per_quad + i]);
    }
    std::int32_t four;
    __builtin_memcpy(&four, places, sizeof four);
    return _mm512_set1_epi32(four);
}

void add_total(const ColumnJob& job, std::int64_t block, int quad, __m512i total) {
    std::int32_t* out = job.totals + block * block_vectors;
    total = _mm512_sll_epi32(total, _mm_cvtsi32_si128(job.chunk_shift + quad * job.quad_bits));
    _mm512_storeu_si512(out, _mm512_add_epi32(_mm512_loadu_si512(out), total));
}

template <int P, int Q, bool seven_bits>
void convert_blocks(const ColumnJob& job, int first_quad) {
    const CodeTable codes(job.codes);
    __m512i plus[Q], minus[Q];
    for (int q = 0; q < Q; ++q) {
        ColumnJob one = job;
        const std::int8_t up = 1, down = -1;
        one.sign = &up;
        plus[q] = signed_places(one, 0, first_quad + q);
        one.sign = &down;
        minus[q] = signed_places(one, 0, first_quad + q);
    }
    for (std::int64_t b = 0; b < job.blocks; ++b) {
        const std::uint8_t* indices = job.indices + (b * job.quads + first_quad) * job.lookups * lanes;
        __m512i sums[P][Q];
        for (int p = 0; p < P; ++p) {
            for (int q = 0; q < Q; ++q) sums[p][q] = _mm512_set1_epi8(static_cast<char>(job.bias));
        }
        add_lookups<P, Q>(job, indices, 0, job.lookups, sums);
        if (job.clipped != nullptr) {
            const CodeTable clips(job.clipped);
            for (int q = 0; q < Q; ++q) {
                const __mmask64 use = in_use(job, b, first_quad + q);
                for (int p = 0; p < P; ++p) {
                    const __m512i clip = clips.of<false>(sums[p][q]);
                    *job.clip_count += __builtin_popcountll(_mm512_mask_test_epi8_mask(use, clip, clip));
                }
            }
        }
        __m512i totals[Q];
        for (int q = 0; q < Q; ++q) totals[q] = _mm512_setzero_si512();
#pragma GCC unroll 8
        for (int p = 0; p < P; ++p) {
            const __m128i shift = _mm_cvtsi32_si128(job.shift[p]);
#pragma GCC unroll 2
            for (int q = 0; q < Q; ++q) {
                const __m512i code = codes.of<seven_bits>(sums[p][q]);
                totals[q] = _mm512_dpbusd_epi32(_mm512_sll_epi32(totals[q], shift), code,
                                                job.sign[p] > 0 ? plus[q] : minus[q]);
            }
        }
        for (int q = 0; q < Q; ++q) add_total(job, b, first_quad + q, totals[q]);
    }
}

/// One 16-lane float conversion: code of integer sums, as floats.
template <bool may_clip>
inline __m512 convert_floats(__m512i sum, __m512 scale, __m512 offset, __m512 top, __mmask16 use, std::int64_t& clips) {
    const __m512 z = _mm512_add_ps(_mm512_mul_ps(_mm512_cvtepi32_ps(sum), scale), offset);
    const __m512 code = _mm512_roundscale_ps(z, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    const __m512 held = _mm512_min_ps(_mm512_max_ps(code, _mm512_setzero_ps()), top);
    if constexpr (may_clip) clips += __builtin_popcount(_mm512_mask_cmp_ps_mask(use, code, held, _CMP_NEQ_OQ));
    return held;
}

template <int P, bool may_clip>
void convert_wide_blocks(const WideColumnJob& wide, int quad) {
    const ColumnJob& job = wide.column;
    const __m512 scale = _mm512_set1_ps(wide.scale), top = _mm512_set1_ps(wide.top_code);
    const __m512i low_bytes = _mm512_set1_epi16(0xFF), low_words = _mm512_set1_epi32(0xFFFF);
    const __m512i bias = _mm512_set1_epi32(static_cast<int>(job.bias) * wide.segments);
    std::int64_t clips = 0;
    for (std::int64_t b = 0; b < job.blocks; ++b) {
        const std::uint8_t* indices = job.indices + (b * job.quads + quad) * job.lookups * lanes;
        __m512i even[P], odd[P];
        for (int p = 0; p < P; ++p) even[p] = odd[p] = _mm512_setzero_si512();
        for (int s = 0, first = 0; s < wide.segments; first = wide.segment_end[s++]) {
            __m512i sums[P][1];
            for (int p = 0; p < P; ++p) sums[p][0] = _mm512_set1_epi8(static_cast<char>(job.bias));
            add_lookups<P, 1>(job, indices, first, wide.segment_end[s], sums);
            for (int p = 0; p < P; ++p) {
                even[p] = _mm512_add_epi16(even[p], _mm512_and_si512(sums[p][0], low_bytes));
                odd[p] = _mm512_add_epi16(odd[p], _mm512_srli_epi16(sums[p][0], 8));
            }
        }
        const std::int64_t left = job.vectors - b * block_vectors;
        const auto used = static_cast<__mmask16>(left >= block_vectors ? 0xFFFF : (1 << left) - 1);
        __m512i total = _mm512_setzero_si512();
        for (int p = 0; p < P; ++p) {
            const __m512i phase[phases_per_quad] = {
                _mm512_and_si512(even[p], low_words), _mm512_and_si512(odd[p], low_words),
                _mm512_srli_epi32(even[p], 16), _mm512_srli_epi32(odd[p], 16)};
            __m512 sum = _mm512_setzero_ps();
            for (int i = 0; i < phases_per_quad; ++i) {
                const int place = job.places[quad * phases_per_quad + i];
                if (place == 0) continue;
                const __m512 offset =
                    wide.lane_offsets == nullptr
                        ? _mm512_set1_ps(wide.offset)
                        : _mm512_loadu_ps(wide.lane_offsets +
                                          ((b * job.quads + quad) * phases_per_quad + i) * block_vectors);
                const __m512 code = convert_floats<may_clip>(_mm512_sub_epi32(phase[i], bias), scale, offset, top, used,
                                                             clips);
                sum = _mm512_add_ps(sum, _mm512_mul_ps(code, _mm512_set1_ps(static_cast<float>(place))));
            }
            total = _mm512_sll_epi32(total, _mm_cvtsi32_si128(job.shift[p]));
            const __m512i codes = _mm512_cvtps_epi32(sum);
            total = job.sign[p] > 0 ? _mm512_add_epi32(total, codes) : _mm512_sub_epi32(total, codes);
        }
        add_total(job, b, quad, total);
    }
    *job.clip_count += clips;
}

template <int P>
void convert_planes(const ColumnJob& job) {
    for (int q = 0; q < job.quads; q += 2) {
        if (q + 1 < job.quads) {
            job.seven_bits ? convert_blocks<P, 2, true>(job, q) : convert_blocks<P, 2, false>(job, q);
        } else {
            job.seven_bits ? convert_blocks<P, 1, true>(job, q) : convert_blocks<P, 1, false>(job, q);
        }
    }
}

template <int P>
void convert_wide_planes(const WideColumnJob& wide) {
    for (int q = 0; q < wide.column.quads; ++q) {
        wide.may_clip ? convert_wide_blocks<P, true>(wide, q) : convert_wide_blocks<P, false>(wide, q);
    }
}

void convert_column(const ColumnJob& job) {
    make_tables(job);
    constexpr void (*by_planes[max_chunk + 1])(const ColumnJob&) = {
        nullptr,           convert_planes<1>, convert_planes<2>, convert_planes<3>, convert_planes<4>,
        convert_planes<5>, convert_planes<6>, convert_planes<7>, convert_planes<8>};
    by_planes[job.planes](job);
}

void convert_wide_column(const WideColumnJob& wide) {
    make_tables(wide.column);
    constexpr void (*by_planes[max_chunk + 1])(const WideColumnJob&) = {
        nullptr,
        convert_wide_planes<1>,
        convert_wide_planes<2>,
        convert_wide_planes<3>,
        convert_wide_planes<4>,
        convert_wide_planes<5>,
        convert_wide_planes<6>,
        convert_wide_planes<7>,
        convert_wide_planes<8>};
    by_planes[wide.column.planes](wide);
}

constexpr LookupKernel kernel = {"avx512",     index_bits,     lanes,
                                 block_vectors, lanes,          make_indices,
                                 convert_column, convert_wide_column};

}  // namespace

const LookupKernel* avx512_lookup_kernel() {
    return &kernel;
}

}  // namespace remask::detail

#else

namespace remask::detail {
const LookupKernel* avx512_lookup_kernel() {
    return nullptr;
}
}  // namespace remask::detail

#endif
