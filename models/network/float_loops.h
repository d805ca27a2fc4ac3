// Inside FloatNetwork: how its loops over many floats are compiled.
#pragma once

/// A function compiled for several instruction sets; the processor's best is taken when the program starts. No
/// multiplication is fused with an addition (-ffp-contract=off), so that all give the same bits.
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)
#define REMASK_VECTORISED __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define REMASK_VECTORISED
#endif

/// The next loop's arrays do not overlap, or are the very same: element i is read before element i is written.
#if defined(__clang__)
#define REMASK_ELEMENTWISE _Pragma("clang loop vectorize(assume_safety)")
#else
#define REMASK_ELEMENTWISE _Pragma("GCC ivdep")
#endif
