// Internal: the lookup path's loops, written once over an instruction set's vectors (lookup_avx2.cpp,
// lookup_avx512.cpp).
//
// Everything here must end in an anonymous namespace of the including file, and nothing of the standard library may be
// instantiated: the linker keeps one copy of a template, and it must not be one for a processor that others lack.
//
// A `Simd` has: V (bytes, words or dwords), F (floats), index_bits, lanes (bytes of V), and the operations used below.
#pragma once

#include "sim/crossbar/lookup_kernel.h"

namespace remask::detail {
namespace {

template <class Simd>
struct LookupLoops {
    using V = typename Simd::V;
    using F = typename Simd::F;
    static constexpr int index_bits = Simd::index_bits;
    static constexpr int lanes = Simd::lanes;
    static constexpr int width = lanes / phases_per_quad;  ///< vectors of a block

    static V four_bytes(const void* bytes) {
        std::int32_t four;
        __builtin_memcpy(&four, bytes, sizeof four);
        return Simd::set_dwords(four);
    }

    /// The indices of `count` neighbouring quads that read the same byte of the input.
    template <int dac_bits, int count>
    static void make_quads(const IndexJob& job, int first_quad, std::int64_t block, std::int64_t lookups) {
        const std::uint8_t* const* rows = job.rows + job.byte[first_quad] * job.row_count;
        std::uint8_t* out = job.indices + (block * job.quads + first_quad) * lookups * lanes;
        V masks[count][dac_bits];
        for (int q = 0; q < count; ++q) {
            for (int e = 0; e < dac_bits; ++e) {
                masks[q][e] = four_bytes(job.bit + ((first_quad + q) * dac_bits + e) * phases_per_quad);
            }
        }
        for (std::int64_t r = 0; r < job.row_count; out += lanes) {
            V index[count];
            for (int q = 0; q < count; ++q) index[q] = Simd::zero();
            for (int filled = 0; filled < index_bits && r < job.row_count; filled += dac_bits, ++r) {
                const V four = Simd::spread(rows[r] + block * width);
                for (int q = 0; q < count; ++q) {
                    for (int e = 0; e < dac_bits; ++e) {
                        index[q] = Simd::add_where(index[q], four, masks[q][e], 1 << (filled + e));
                    }
                }
            }
            for (int q = 0; q < count; ++q) Simd::store(out + q * lookups * lanes, index[q]);
        }
    }

    template <int dac_bits>
    static void make_all(const IndexJob& job) {
        static_assert(index_bits % dac_bits == 0);
        const std::int64_t lookups = (job.row_count * dac_bits + index_bits - 1) / index_bits;
        for (std::int64_t b = 0; b < job.blocks; ++b) {
            for (int q = 0; q < job.quads;) {
                if (q + 1 < job.quads && job.byte[q] == job.byte[q + 1]) {
                    make_quads<dac_bits, 2>(job, q, b, lookups);
                    q += 2;
                } else {
                    make_quads<dac_bits, 1>(job, q, b, lookups);
                    ++q;
                }
            }
        }
    }

    static void make_indices(const IndexJob& job) { job.dac_bits == 1 ? make_all<1>(job) : make_all<2>(job); }

    /// [lookups][planes][lanes]: what every index adds.
    static void make_tables(const ColumnJob& job) {
        for (int p = 0; p < job.planes; ++p) {
            const std::uint8_t* level = job.levels + static_cast<std::int64_t>(p) * job.lookups * index_bits;
            std::uint8_t* out = job.tables + static_cast<std::int64_t>(p) * lanes;
            for (int g = 0; g < job.lookups; ++g, level += index_bits, out += std::int64_t{job.planes} * lanes) {
                Simd::store(out, Simd::table(level));
            }
        }
    }

    /// Adds the lookups [first, last) of one block to `sums`, for P planes and Q quads.
    template <int P, int Q>
    static inline __attribute__((always_inline)) void add_lookups(const ColumnJob& job, const std::uint8_t* indices,
                                                                  int first, int last, V (&sums)[P][Q]) {
        const std::uint8_t* table = job.tables + static_cast<std::int64_t>(first) * P * lanes;
        const std::int64_t quad_stride = static_cast<std::int64_t>(job.lookups) * lanes;
        indices += static_cast<std::int64_t>(first) * lanes;
        for (int g = first; g < last; ++g, table += P * lanes, indices += lanes) {
            V index[Q];
#pragma GCC unroll 2
            for (int q = 0; q < Q; ++q) {
                index[q] = Simd::load(indices + q * quad_stride);
                __builtin_prefetch(indices + (job.quads + q) * quad_stride);  // of the next block
            }
#pragma GCC unroll 8
            for (int p = 0; p < P; ++p) {
                const V entries = Simd::keep(Simd::load(table + p * lanes));  // one load for all quads
#pragma GCC unroll 2
                for (int q = 0; q < Q; ++q) {
                    sums[p][q] = Simd::add_bytes(sums[p][q], Simd::lookup(entries, index[q]));
                }
            }
        }
    }

    /// Counts clipped conversions among the vectors in use and the phases that exist.
    template <int P, int Q, bool by_plane>
    static void count_clips(const ColumnJob& job, std::int64_t block, int first_quad, const V (&sums)[P][Q]) {
        const std::int64_t vectors = job.vectors - block * width;
        for (int q = 0; q < Q; ++q) {
            std::uint64_t phases = 0;
            for (int i = 0; i < phases_per_quad; ++i) {
                if (job.places[(first_quad + q) * phases_per_quad + i] != 0) phases |= 1ULL << i;
            }
            std::uint64_t use = phases * 0x1111111111111111ULL;
            if (vectors < width) use &= (1ULL << (vectors * phases_per_quad)) - 1;
            for (int p = 0; p < P; ++p) {
                const typename Simd::CodeTable clips(by_plane ? job.plane_clipped[p] : job.clipped);
                const V low = job.pair[p] ? low_nibbles(sums[p][q]) : sums[p][q];
                *job.clip_count += __builtin_popcountll(use & Simd::nonzero(clips.template of<false>(low)));
                if (!job.pair[p]) continue;
                const V high = high_nibbles(sums[p][q]);
                *job.clip_count += __builtin_popcountll(use & Simd::nonzero(clips.template of<false>(high)));
            }
        }
    }

    static V low_nibbles(V bytes) {
        return Simd::both(bytes, Simd::set_bytes(0x0F));
    }
    static V high_nibbles(V bytes) {
        return low_nibbles(Simd::shift_words_right_four(bytes));
    }

    static void add_total(const ColumnJob& job, std::int64_t block, int quad, V total) {
        std::int32_t* out = job.totals + block * width;
        total = Simd::shift_left(total, job.chunk_shift + quad * job.quad_bits);
        Simd::store(out, Simd::add_dwords(Simd::load(out), total));
    }

    template <int P, int Q, bool seven_bits, bool may_clip, bool by_plane>
    static void convert_blocks(const ColumnJob& job, int first_quad) {
        const typename Simd::CodeTable codes(by_plane ? job.plane_codes[0] : job.codes);
        V places[Q];
        for (int q = 0; q < Q; ++q) places[q] = four_bytes(job.places + (first_quad + q) * phases_per_quad);
        for (std::int64_t b = 0; b < job.blocks; ++b) {
            V sums[P][Q];
            for (int p = 0; p < P; ++p) {
                for (int q = 0; q < Q; ++q) sums[p][q] = Simd::set_bytes(job.bias);
            }
            add_lookups<P, Q>(job, job.indices + (b * job.quads + first_quad) * job.lookups * lanes, 0, job.lookups,
                              sums);
            if constexpr (may_clip) count_clips<P, Q, by_plane>(job, b, first_quad, sums);
            V totals[Q];
            for (int q = 0; q < Q; ++q) totals[q] = Simd::zero();
#pragma GCC unroll 8
            for (int p = 0; p < P; ++p) {
#pragma GCC unroll 2
                for (int q = 0; q < Q; ++q) {
                    totals[q] = Simd::shift_left(totals[q], job.shift[p]);
                    const V minus = Simd::negative_bytes(places[q]);
                    if constexpr (by_plane) {
                        const typename Simd::CodeTable own(job.plane_codes[p]);
                        const V code = own.template of<seven_bits>(sums[p][q]);
                        totals[q] = Simd::dot_four(totals[q], code, job.sign[p] > 0 ? places[q] : minus);
                    } else if (job.pair[p]) {
                        const V plus_code = codes.template of<true>(low_nibbles(sums[p][q]));
                        const V minus_code = codes.template of<true>(high_nibbles(sums[p][q]));
                        totals[q] = Simd::dot_four(totals[q], plus_code, job.sign[p] > 0 ? places[q] : minus);
                        totals[q] = Simd::dot_four(totals[q], minus_code, job.sign[p] > 0 ? minus : places[q]);
                    } else {
                        const V code = codes.template of<seven_bits>(sums[p][q]);
                        totals[q] = Simd::dot_four(totals[q], code, job.sign[p] > 0 ? places[q] : minus);
                    }
                }
            }
            for (int q = 0; q < Q; ++q) add_total(job, b, first_quad + q, totals[q]);
        }
    }

    template <bool may_clip>
    static inline F convert_floats(V sum, F scale, F offset, F top, std::uint32_t use, std::int64_t& clips) {
        const F code = Simd::round(Simd::add(Simd::multiply(Simd::to_floats(sum), scale), offset));
        if constexpr (!may_clip) return code;
        const F held = Simd::smaller(Simd::larger(code, Simd::set_floats(0.0F)), top);
        clips += __builtin_popcount(use & Simd::different(code, held));
        return held;
    }

    /// [lookups][planes][word table]
    static void make_word_tables(const WideColumnJob& wide) {
        if (wide.fractions == nullptr) return;
        const ColumnJob& job = wide.column;
        for (int p = 0; p < job.planes; ++p) {
            const std::int16_t* fraction = wide.fractions + static_cast<std::int64_t>(p) * job.lookups * index_bits;
            std::uint8_t* out = wide.word_tables + static_cast<std::int64_t>(p) * Simd::word_table_bytes;
            for (int g = 0; g < job.lookups; ++g, fraction += index_bits) {
                Simd::make_word_table(fraction, out);
                out += std::int64_t{job.planes} * Simd::word_table_bytes;
            }
        }
    }

    /// Adds the lookups [first, last) of one block in the word tables of W planes from `plane` to their sums modulo
    /// 2^16, those of even and odd bytes.
    template <int W, int Q>
    static inline __attribute__((always_inline)) void add_word_lookups(const WideColumnJob& wide, int plane,
                                                                       const std::uint8_t* indices, int first, int last,
                                                                       V (&even)[W][Q], V (&odd)[W][Q]) {
        const std::int64_t stride = std::int64_t{wide.column.planes} * Simd::word_table_bytes;
        const std::uint8_t* table = wide.word_tables + first * stride + plane * Simd::word_table_bytes;
        const std::int64_t quad_stride = static_cast<std::int64_t>(wide.column.lookups) * lanes;
        indices += static_cast<std::int64_t>(first) * lanes;
        for (int p = 0; p < W; ++p) {
            for (int q = 0; q < Q; ++q) even[p][q] = odd[p][q] = Simd::zero();
        }
        for (int g = first; g < last; ++g, table += stride, indices += lanes) {
            typename Simd::WordIndex index[Q];
            for (int q = 0; q < Q; ++q) index[q] = Simd::word_index(Simd::load(indices + q * quad_stride));
#pragma GCC unroll 8
            for (int p = 0; p < W; ++p) {
                const typename Simd::WordTable entries(table + p * Simd::word_table_bytes);
#pragma GCC unroll 2
                for (int q = 0; q < Q; ++q) entries.add(index[q], even[p][q], odd[p][q]);
            }
        }
    }

    /// W planes from `plane`, widened and added to [plane][quad][phase of the quad].
    template <int W, int P, int Q>
    static void add_fractions_of(const WideColumnJob& wide, int plane, const std::uint8_t* indices, int first, int last,
                                 V (&sums)[P][Q][phases_per_quad]) {
        const auto widen = [](V words, V& low, V& high) {
            low = Simd::add_dwords(low, Simd::signed_high_words(Simd::shift_left(words, 16)));
            high = Simd::add_dwords(high, Simd::signed_high_words(words));
        };
        V even[W][Q], odd[W][Q];
        add_word_lookups<W, Q>(wide, plane, indices, first, last, even, odd);
        for (int i = 0; i < W; ++i) {
            for (int q = 0; q < Q; ++q) {
                widen(even[i][q], sums[plane + i][q][0], sums[plane + i][q][2]);
                widen(odd[i][q], sums[plane + i][q][1], sums[plane + i][q][3]);
            }
        }
    }

    template <int P, int Q>
    static void add_fractions(const WideColumnJob& wide, const std::uint8_t* indices, int first, int last,
                              V (&sums)[P][Q][phases_per_quad]) {
        constexpr int at_once = P < Simd::word_planes ? P : Simd::word_planes;
        constexpr int rest = P % at_once;
        for (int p = 0; p < P - rest; p += at_once) add_fractions_of<at_once>(wide, p, indices, first, last, sums);
        if constexpr (rest > 0) add_fractions_of<rest>(wide, P - rest, indices, first, last, sums);
    }

    /// The codes of one plane and quad, times their places, summed over the quad's phases.
    template <bool may_clip, bool fixed_point>
    static V quad_codes(const WideColumnJob& wide, std::int64_t block, int quad, int plane, V even, V odd,
                        const V* fraction, std::int64_t& clips) {
        const ColumnJob& job = wide.column;
        const F scale = Simd::set_floats(wide.scale[plane]), top = Simd::set_floats(wide.top_code[plane]);
        const V low_words = Simd::set_dwords(0xFFFF);
        const V bias = Simd::set_dwords(static_cast<int>(job.bias) * wide.segments);
        const std::int64_t left = job.vectors - block * width;
        const std::uint32_t use = left >= width ? ~0U : (1U << left) - 1U;
        const V phase[phases_per_quad] = {Simd::both(even, low_words), Simd::both(odd, low_words),
                                          Simd::high_words(even), Simd::high_words(odd)};
        F sum = Simd::set_floats(0.0F);
        for (int i = 0; i < phases_per_quad; ++i) {
            const int place = job.places[quad * phases_per_quad + i];
            if (place == 0) continue;
            const std::int64_t lane = ((block * job.quads + quad) * phases_per_quad + i) * width;
            const F offset = wide.lane_offsets == nullptr ? Simd::set_floats(wide.offset[plane])
                                                          : Simd::load_floats(wide.lane_offsets + lane);
            V whole = Simd::subtract_dwords(phase[i], bias);
            if constexpr (fixed_point) {
                whole = Simd::add_dwords(Simd::shift_left(whole, wide.fraction_bits), fraction[i]);
            }
            const F code = convert_floats<may_clip>(whole, scale, offset, top, use, clips);
            sum = Simd::add(sum, Simd::multiply(code, Simd::set_floats(static_cast<float>(place))));
        }
        return Simd::to_dwords(sum);
    }

    template <int P, int Q, bool may_clip, bool fixed_point>
    static void convert_wide_blocks(const WideColumnJob& wide, int first_quad) {
        const ColumnJob& job = wide.column;
        const V low_bytes = Simd::set_dwords(0x00FF00FF);
        std::int64_t clips = 0;
        for (std::int64_t b = 0; b < job.blocks; ++b) {
            const std::uint8_t* indices = job.indices + (b * job.quads + first_quad) * job.lookups * lanes;
            V even[P][Q], odd[P][Q];
            for (int p = 0; p < P; ++p) {
                for (int q = 0; q < Q; ++q) even[p][q] = odd[p][q] = Simd::zero();
            }
            V fraction[fixed_point ? P : 1][Q][phases_per_quad];
            for (auto& plane : fraction) {
                for (auto& quad : plane) {
                    for (V& sum : quad) sum = Simd::zero();
                }
            }
            for (int s = 0, first = 0; s < wide.segments; first = wide.segment_end[s++]) {
                V sums[P][Q];
                for (int p = 0; p < P; ++p) {
                    for (int q = 0; q < Q; ++q) sums[p][q] = Simd::set_bytes(job.bias);
                }
                add_lookups<P, Q>(job, indices, first, wide.segment_end[s], sums);
                for (int p = 0; p < P; ++p) {
                    for (int q = 0; q < Q; ++q) {
                        even[p][q] = Simd::add_words(even[p][q], Simd::both(sums[p][q], low_bytes));
                        odd[p][q] = Simd::add_words(odd[p][q], Simd::high_bytes(sums[p][q]));
                    }
                }
                if constexpr (fixed_point) add_fractions<P, Q>(wide, indices, first, wide.segment_end[s], fraction);
            }
            for (int q = 0; q < Q; ++q) {
                V total = Simd::zero();
                for (int p = 0; p < P; ++p) {
                    const V codes = quad_codes<may_clip, fixed_point>(wide, b, first_quad + q, p, even[p][q], odd[p][q],
                                                                      fraction[fixed_point ? p : 0][q], clips);
                    total = Simd::shift_left(total, job.shift[p]);
                    total = job.sign[p] > 0 ? Simd::add_dwords(total, codes) : Simd::subtract_dwords(total, codes);
                }
                add_total(job, b, first_quad + q, total);
            }
        }
        *job.clip_count += clips;
    }

    template <int P, int Q>
    static void convert_quads(const ColumnJob& job, int q) {
        if (job.plane_codes != nullptr) {
            if (job.plane_clipped != nullptr) return convert_blocks<P, Q, false, true, true>(job, q);
            return job.seven_bits ? convert_blocks<P, Q, true, false, true>(job, q)
                                  : convert_blocks<P, Q, false, false, true>(job, q);
        }
        if (job.clipped != nullptr) return convert_blocks<P, Q, false, true, false>(job, q);
        job.seven_bits ? convert_blocks<P, Q, true, false, false>(job, q)
                       : convert_blocks<P, Q, false, false, false>(job, q);
    }

    template <int P>
    static void convert_planes(const ColumnJob& job) {
        int q = 0;
        if constexpr (Simd::two_quads) {
            for (; q + 1 < job.quads; q += 2) {
                convert_quads<P, 2>(job, q);
            }
        }
        for (; q < job.quads; ++q) {
            convert_quads<P, 1>(job, q);
        }
    }

    template <int P, int Q>
    static void convert_wide_quads(const WideColumnJob& wide, int q) {
        if (wide.fractions != nullptr) {
            wide.may_clip ? convert_wide_blocks<P, Q, true, true>(wide, q)
                          : convert_wide_blocks<P, Q, false, true>(wide, q);
        } else {
            wide.may_clip ? convert_wide_blocks<P, Q, true, false>(wide, q)
                          : convert_wide_blocks<P, Q, false, false>(wide, q);
        }
    }

    template <int P>
    static void convert_wide_planes(const WideColumnJob& wide) {
        int q = 0;
        if constexpr (Simd::two_quads && P <= 4) {
            for (; q + 1 < wide.column.quads; q += 2) convert_wide_quads<P, 2>(wide, q);
        }
        for (; q < wide.column.quads; ++q) convert_wide_quads<P, 1>(wide, q);
    }

    static void convert_column(const ColumnJob& job) {
        make_tables(job);
        constexpr void (*by_planes[max_chunk + 1])(const ColumnJob&) = {
            nullptr,           convert_planes<1>, convert_planes<2>, convert_planes<3>, convert_planes<4>,
            convert_planes<5>, convert_planes<6>, convert_planes<7>, convert_planes<8>};
        by_planes[job.planes](job);
    }

    static void convert_wide_column(const WideColumnJob& wide) {
        make_tables(wide.column);
        make_word_tables(wide);
        constexpr void (*by_planes[max_chunk + 1])(const WideColumnJob&) = {nullptr,
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

    static constexpr LookupKernel kernel(const char* name) {
        return {name,           index_bits,         lanes, width, lanes, Simd::word_table_bytes, make_indices,
                convert_column, convert_wide_column};
    }
};

}  // namespace
}  // namespace remask::detail
