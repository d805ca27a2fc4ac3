// The lookup path with AVX2: tables of 16 bytes, held twice since the shuffle works within halves; four rows a lookup.
#include "sim/crossbar/lookup_kernel.h"

#if defined(__AVX2__)

#include <immintrin.h>

#include "sim/crossbar/lookup_loops.h"

namespace remask::detail {

namespace {

struct Avx2 {
    using V = __m256i;
    using F = __m256;
    static constexpr int index_bits = 4;
    static constexpr int lanes = 32;
    static constexpr int word_table_bytes = 64;
    static constexpr int word_planes = 4;     ///< planes whose word sums stay in registers
    static constexpr bool two_quads = false;  ///< 16 registers

    static V zero() { return _mm256_setzero_si256(); }
    static V load(const void* p) { return _mm256_loadu_si256(static_cast<const __m256i*>(p)); }
    static void store(void* p, V v) { _mm256_storeu_si256(static_cast<__m256i*>(p), v); }
    /// The same value, in a register from here on.
    static V keep(V v) {
        asm("" : "+x"(v));
        return v;
    }
    static V set_bytes(std::uint8_t x) { return _mm256_set1_epi8(static_cast<char>(x)); }
    static V set_dwords(std::int32_t x) { return _mm256_set1_epi32(x); }
    static V add_bytes(V a, V b) { return _mm256_add_epi8(a, b); }
    static V add_words(V a, V b) { return _mm256_add_epi16(a, b); }
    static V add_dwords(V a, V b) { return _mm256_add_epi32(a, b); }
    static V subtract_dwords(V a, V b) { return _mm256_sub_epi32(a, b); }
    static V both(V a, V b) { return _mm256_and_si256(a, b); }
    static V high_bytes(V words) { return _mm256_srli_epi16(words, 8); }
    static V shift_words_right_four(V words) { return _mm256_srli_epi16(words, 4); }
    static V high_words(V dwords) { return _mm256_srli_epi32(dwords, 16); }
    static V shift_left(V dwords, int bits) { return _mm256_sll_epi32(dwords, _mm_cvtsi32_si128(bits)); }
    static V negative_bytes(V v) { return _mm256_sub_epi8(zero(), v); }
    static V lookup(V table, V index) { return _mm256_shuffle_epi8(table, index); }
    static std::uint64_t nonzero(V bytes) {
        return ~static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, zero())));
    }

    /// Each of 8 bytes four times.
    static V spread(const std::uint8_t* p) {
        const V dwords = _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)));
        return _mm256_shuffle_epi8(
            dwords, _mm256_set_epi32(0x0C0C0C0C, 0x08080808, 0x04040404, 0, 0x0C0C0C0C, 0x08080808, 0x04040404, 0));
    }
    /// Adds `bit` to the bytes of `index` where the byte of `x` has a bit of `mask`.
    static V add_where(V index, V x, V mask, int bit) {
        const V clear = _mm256_cmpeq_epi8(both(x, mask), zero());
        return add_bytes(index, _mm256_andnot_si256(clear, set_bytes(static_cast<std::uint8_t>(bit))));
    }
    /// Entry i: Σ of the levels whose bit is set in i.
    static V table(const std::uint8_t* level) {
        const V bit0 = set_dwords(static_cast<std::int32_t>(0xFF00FF00U));
        const V bit1 = set_dwords(static_cast<std::int32_t>(0xFFFF0000U));
        const V bit2 = _mm256_set1_epi64x(static_cast<std::int64_t>(0xFFFFFFFF00000000ULL));
        const V bit3 = _mm256_set_epi64x(-1, 0, -1, 0);
        const V low = add_bytes(both(bit0, set_bytes(level[0])), both(bit1, set_bytes(level[1])));
        const V high = add_bytes(both(bit2, set_bytes(level[2])), both(bit3, set_bytes(level[3])));
        return add_bytes(low, high);
    }
    /// 16 words, low bytes apart from high bytes: entry i = Σ of the fractions whose bit is set in i.
    static void make_word_table(const std::int16_t* fraction, std::uint8_t* out) {
        const V bit0 = set_dwords(static_cast<std::int32_t>(0xFFFF0000U));
        const V bit1 = _mm256_set1_epi64x(static_cast<std::int64_t>(0xFFFFFFFF00000000ULL));
        const V bit2 = _mm256_set_epi64x(-1, 0, -1, 0);
        const V bit3 = _mm256_set_epi64x(-1, -1, 0, 0);
        const V low = add_words(both(bit0, _mm256_set1_epi16(fraction[0])), both(bit1, _mm256_set1_epi16(fraction[1])));
        const V high =
            add_words(both(bit2, _mm256_set1_epi16(fraction[2])), both(bit3, _mm256_set1_epi16(fraction[3])));
        const V words = add_words(low, high);
        const V low_bytes = both(words, _mm256_set1_epi16(0xFF)), upper = high_bytes(words);
        // Packing works within halves; the permutation puts the sixteen entries in order, into both halves.
        store(out, _mm256_permute4x64_epi64(_mm256_packus_epi16(low_bytes, low_bytes), 0x88));
        store(out + lanes, _mm256_permute4x64_epi64(_mm256_packus_epi16(upper, upper), 0x88));
    }
    struct WordIndex {
        V bytes;
    };
    static WordIndex word_index(V index) { return {index}; }
    struct WordTable {
        V low, high;
        explicit WordTable(const std::uint8_t* table) : low(load(table)), high(load(table + lanes)) {}
        void add(const WordIndex& index, V& even, V& odd) const {
            const V low_bytes = _mm256_set1_epi16(0xFF);
            const V lower = lookup(low, index.bytes), upper = lookup(high, index.bytes);
            even = add_words(even, add_words(both(lower, low_bytes), _mm256_slli_epi16(upper, 8)));
            odd = add_words(odd, add_words(high_bytes(lower), _mm256_andnot_si256(low_bytes, upper)));
        }
    };
    static V signed_high_words(V dwords) { return _mm256_srai_epi32(dwords, 16); }
    /// total + Σ over four neighbouring bytes of code (unsigned) · place (signed). Pairs stay far below 2^15.
    static V dot_four(V total, V codes, V places) {
        const V pairs = _mm256_maddubs_epi16(codes, places);
        return add_dwords(total, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
    }

    static F set_floats(float x) { return _mm256_set1_ps(x); }
    static F load_floats(const float* p) { return _mm256_loadu_ps(p); }
    static F to_floats(V dwords) { return _mm256_cvtepi32_ps(dwords); }
    static V to_dwords(F x) { return _mm256_cvtps_epi32(x); }
    static F multiply(F a, F b) { return _mm256_mul_ps(a, b); }
    static F add(F a, F b) { return _mm256_add_ps(a, b); }
    static F smaller(F a, F b) { return _mm256_min_ps(a, b); }
    static F larger(F a, F b) { return _mm256_max_ps(a, b); }
    static F round(F x) { return _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
    static std::uint32_t different(F a, F b) {
        return static_cast<std::uint32_t>(_mm256_movemask_ps(_mm256_cmp_ps(a, b, _CMP_NEQ_OQ)));
    }

    /// A table of 256 bytes; `of<true>` where all indices are below 128.
    struct CodeTable {
        const std::uint8_t* codes;
        explicit CodeTable(const std::uint8_t* table) : codes(table) {}
        template <bool seven_bits>
        V of(V index) const {
            // Less 16·i, only the i-th sixteen stay below 16; saturation sends all others to an index that gives 0.
            V found = zero();
            for (int i = 0; i < (seven_bits ? 8 : 16); ++i) {
                const V here = _mm256_sub_epi8(index, set_bytes(static_cast<std::uint8_t>(16 * i)));
                const V entries =
                    _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(codes + 16 * i)));
                found = _mm256_or_si256(found, lookup(entries, _mm256_adds_epu8(here, set_bytes(0x70))));
            }
            return found;
        }
    };
};

constexpr LookupKernel kernel = LookupLoops<Avx2>::kernel("avx2");

}  // namespace

const LookupKernel* avx2_lookup_kernel() {
    return &kernel;
}

}  // namespace remask::detail

#else

namespace remask::detail {
const LookupKernel* avx2_lookup_kernel() {
    return nullptr;
}
}  // namespace remask::detail

#endif
