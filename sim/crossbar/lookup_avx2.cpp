// The lookup path's inner loops with AVX2. Nothing of the standard
// library is used here: what this file instantiates must not be linked into code for older processors.
#include "sim/crossbar/lookup_kernel.h"

namespace remask::detail {
const LookupKernel* avx2_lookup_kernel() {
    return nullptr;
}
}  // namespace remask::detail
