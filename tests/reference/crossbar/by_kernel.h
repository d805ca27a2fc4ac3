// Tests that run once for each crossbar kernel of this machine, forced for the length of a test.
#pragma once

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

#include "sim/crossbar/kernels.h"

namespace remask::test {

class ByKernel : public testing::TestWithParam<std::string_view> {
protected:
    void SetUp() override { force_crossbar_kernel(GetParam()); }
    void TearDown() override { force_crossbar_kernel(""); }
};

inline std::vector<std::string_view> kernels_here() {
    std::vector<std::string_view> names;
    for (const CrossbarKernel& kernel : crossbar_kernels()) {
        if (kernel.runs_here) names.push_back(kernel.name);
    }
    return names;
}

}  // namespace remask::test
