// The lookup path with AVX-512 (F, BW, VL, VBMI, VNNI: Ice Lake, Zen 4 and later): tables of 64 bytes, six rows a
// lookup.
#include "sim/crossbar/lookup_kernel.h"

#if defined(__AVX512VBMI__) && defined(__AVX512VNNI__) && defined(__AVX512BW__)

#include <immintrin.h>

#include "sim/crossbar/lookup_loops.h"

namespace remask::detail {

namespace {

struct Avx512 {
    using V = __m512i;
    using F = __m512;
    static constexpr int index_bits = 6;
    static constexpr int lanes = 64;
    static constexpr int word_table_bytes = 128;
    static constexpr int word_planes =
        2;  ///< planes whose word sums stay in registers, GCC 12 being generous with copies
    static constexpr bool two_quads = true;  ///< 32 registers hold the sums of eight planes twice

    static V zero() { return _mm512_setzero_si512(); }
    static V load(const void* p) { return _mm512_loadu_si512(p); }
    static void store(void* p, V v) { _mm512_storeu_si512(p, v); }
    /// The same value, in a register from here on.
    static V keep(V v) {
        asm("" : "+v"(v));
        return v;
    }
    static V set_bytes(std::uint8_t x) { return _mm512_set1_epi8(static_cast<char>(x)); }
    static V set_dwords(std::int32_t x) { return _mm512_set1_epi32(x); }
    static V add_bytes(V a, V b) { return _mm512_add_epi8(a, b); }
    static V add_words(V a, V b) { return _mm512_add_epi16(a, b); }
    static V add_dwords(V a, V b) { return _mm512_add_epi32(a, b); }
    static V subtract_dwords(V a, V b) { return _mm512_sub_epi32(a, b); }
    static V both(V a, V b) { return _mm512_and_si512(a, b); }
    static V high_bytes(V words) { return _mm512_srli_epi16(words, 8); }
    static V shift_words_right_four(V words) { return _mm512_srli_epi16(words, 4); }
    static V high_words(V dwords) { return _mm512_srli_epi32(dwords, 16); }
    static V shift_left(V dwords, int bits) { return _mm512_sll_epi32(dwords, _mm_cvtsi32_si128(bits)); }
    static V negative_bytes(V v) { return _mm512_sub_epi8(zero(), v); }
    static V lookup(V table, V index) { return _mm512_permutexvar_epi8(index, table); }
    static std::uint64_t nonzero(V bytes) { return _mm512_test_epi8_mask(bytes, bytes); }

    /// Each of 16 bytes four times.
    static V spread(const std::uint8_t* p) {
        const V dwords = _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
        return _mm512_shuffle_epi8(dwords, _mm512_set4_epi32(0x0C0C0C0C, 0x08080808, 0x04040404, 0));
    }
    /// Adds `bit` to the bytes of `index` where the byte of `x` has a bit of `mask`.
    static V add_where(V index, V x, V mask, int bit) {
        return _mm512_mask_add_epi8(index, _mm512_test_epi8_mask(x, mask), index,
                                    set_bytes(static_cast<std::uint8_t>(bit)));
    }
    /// Entry i: Σ of the levels whose bit is set in i.
    static V table(const std::uint8_t* level) {
        V entries = _mm512_maskz_set1_epi8(0xAAAAAAAAAAAAAAAAULL, static_cast<char>(level[0]));
        entries = _mm512_mask_add_epi8(entries, 0xCCCCCCCCCCCCCCCCULL, entries, set_bytes(level[1]));
        entries = _mm512_mask_add_epi8(entries, 0xF0F0F0F0F0F0F0F0ULL, entries, set_bytes(level[2]));
        entries = _mm512_mask_add_epi8(entries, 0xFF00FF00FF00FF00ULL, entries, set_bytes(level[3]));
        entries = _mm512_mask_add_epi8(entries, 0xFFFF0000FFFF0000ULL, entries, set_bytes(level[4]));
        return _mm512_mask_add_epi8(entries, 0xFFFFFFFF00000000ULL, entries, set_bytes(level[5]));
    }
    /// 64 words: entry i = Σ of the fractions whose bit is set in i.
    static void make_word_table(const std::int16_t* fraction, std::uint8_t* out) {
        V low = _mm512_maskz_set1_epi16(0xAAAAAAAAU, fraction[0]);
        low = _mm512_mask_add_epi16(low, 0xCCCCCCCCU, low, _mm512_set1_epi16(fraction[1]));
        low = _mm512_mask_add_epi16(low, 0xF0F0F0F0U, low, _mm512_set1_epi16(fraction[2]));
        low = _mm512_mask_add_epi16(low, 0xFF00FF00U, low, _mm512_set1_epi16(fraction[3]));
        low = _mm512_mask_add_epi16(low, 0xFFFF0000U, low, _mm512_set1_epi16(fraction[4]));
        store(out, low);
        store(out + lanes, _mm512_add_epi16(low, _mm512_set1_epi16(fraction[5])));
    }
    struct WordIndex {
        V even, odd;
    };
    static WordIndex word_index(V index) {
        return {index, high_bytes(index)};
    }  // bits above the sixth are not looked at
    struct WordTable {
        V low, high;
        explicit WordTable(const std::uint8_t* table) : low(keep(load(table))), high(keep(load(table + lanes))) {}
        void add(const WordIndex& index, V& even, V& odd) const {
            even = add_words(even, _mm512_permutex2var_epi16(low, index.even, high));
            odd = add_words(odd, _mm512_permutex2var_epi16(low, index.odd, high));
        }
    };
    static V signed_high_words(V dwords) { return _mm512_srai_epi32(dwords, 16); }
    /// total + Σ over four neighbouring bytes of code (unsigned) · place (signed).
    static V dot_four(V total, V codes, V places) { return _mm512_dpbusd_epi32(total, codes, places); }

    static F set_floats(float x) { return _mm512_set1_ps(x); }
    static F load_floats(const float* p) { return _mm512_loadu_ps(p); }
    static F to_floats(V dwords) { return _mm512_cvtepi32_ps(dwords); }
    static V to_dwords(F x) { return _mm512_cvtps_epi32(x); }
    static F multiply(F a, F b) { return _mm512_mul_ps(a, b); }
    static F add(F a, F b) { return _mm512_add_ps(a, b); }
    static F smaller(F a, F b) { return _mm512_min_ps(a, b); }
    static F larger(F a, F b) { return _mm512_max_ps(a, b); }
    static F round(F x) { return _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
    static std::uint32_t different(F a, F b) { return _mm512_cmp_ps_mask(a, b, _CMP_NEQ_OQ); }

    /// A table of 256 bytes; `of<true>` where all indices are below 128.
    struct CodeTable {
        V part[4];
        explicit CodeTable(const std::uint8_t* codes) {
            for (int i = 0; i < 4; ++i) part[i] = load(codes + i * lanes);
        }
        template <bool seven_bits>
        V of(V index) const {
            const V low = _mm512_permutex2var_epi8(part[0], index, part[1]);
            if constexpr (seven_bits) return low;
            const V high = _mm512_permutex2var_epi8(part[2], index, part[3]);
            return _mm512_mask_blend_epi8(_mm512_movepi8_mask(index), low, high);
        }
    };
};

constexpr LookupKernel kernel = LookupLoops<Avx512>::kernel("avx512");

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
