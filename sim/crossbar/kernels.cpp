#include "sim/crossbar/kernels.h"

#include <algorithm>
#include <array>
#include <string>

#include "sim/base/diagnostics.h"
#include "sim/crossbar/lookup_plan.h"

namespace remask {

namespace {

bool has_avx2() {
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx2") > 0;
#else
    return false;
#endif
}

bool has_avx512() {
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx512f") > 0 && __builtin_cpu_supports("avx512bw") > 0 &&
           __builtin_cpu_supports("avx512vl") > 0 && __builtin_cpu_supports("avx512vbmi") > 0 &&
           __builtin_cpu_supports("avx512vnni") > 0;
#else
    return false;
#endif
}

const std::array<CrossbarKernel, 3>& table() {
    static const std::array<CrossbarKernel, 3> kernels{
        CrossbarKernel{"plain", "nothing", true},
        CrossbarKernel{"avx2", "AVX2", detail::avx2_lookup_kernel() != nullptr && has_avx2()},
        CrossbarKernel{"avx512", "AVX-512 F, BW, VL, VBMI and VNNI",
                       detail::avx512_lookup_kernel() != nullptr && has_avx512()},
    };
    return kernels;
}

std::string_view& forced() {
    static std::string_view name;
    return name;
}

}  // namespace

std::span<const CrossbarKernel> crossbar_kernels() {
    return table();
}

std::string_view crossbar_kernel() {
    if (!forced().empty()) return forced();
    const auto best = std::find_if(table().rbegin(), table().rend(), [](const auto& k) { return k.runs_here; });
    return best->name;
}

void force_crossbar_kernel(std::string_view name) {
    if (name.empty()) {
        forced() = {};
        return;
    }
    const auto found = std::find_if(table().begin(), table().end(), [&](const auto& k) { return k.name == name; });
    if (found == table().end()) {
        std::string known;
        for (const CrossbarKernel& kernel : table()) known += (known.empty() ? "" : ", ") + std::string(kernel.name);
        throw ConfigError("there is no crossbar kernel '" + std::string(name) + "'; choose one of " + known);
    }
    if (!found->runs_here) {
        throw ConfigError("the crossbar kernel '" + std::string(name) + "' needs " + std::string(found->needs) +
                          ", which this processor or this build lacks");
    }
    forced() = found->name;
}

namespace detail {

const LookupKernel* lookup_kernel_in_force() {
    const std::string_view name = crossbar_kernel();
    if (name == "avx512") return avx512_lookup_kernel();
    if (name == "avx2") return avx2_lookup_kernel();
    return nullptr;
}

}  // namespace detail

}  // namespace remask
