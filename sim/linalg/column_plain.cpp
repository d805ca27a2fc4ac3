// ColumnConvolution's loops for any processor, in vectors of four floats.
#include <cstring>

#include "sim/linalg/column_loops.h"

namespace remask::detail {

namespace {

struct Plain {
    using V = float __attribute__((vector_size(16)));
    static constexpr int lanes = 4, positions = 2;
    static constexpr bool two = false;
    static V zero() { return V{}; }
    static V load(const float* p) {
        V v;
        std::memcpy(&v, p, sizeof v);
        return v;
    }
    static void store(float* p, V v) { std::memcpy(p, &v, sizeof v); }
    static void stream(float* p, V v) { store(p, v); }
    static void finish() {}
    static V all(const float* p) { return V{*p, *p, *p, *p}; }
    static V multiply_add(V a, V b, V c) { return a * b + c; }
};

}  // namespace

const ColumnKernel* plain_column_kernel() {
    return column_kernel<Plain>("plain");
}

}  // namespace remask::detail
