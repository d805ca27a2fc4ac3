#include "sim/app/library_versions.h"

#include <H5public.h>
#include <png.h>
#include <zlib.h>

#include <Eigen/Core>
#include <boost/version.hpp>
#include <nlohmann/json.hpp>

#include "sim/crossbar/kernels.h"
#include "sim/linalg/column_convolution.h"
#include "sim/linalg/convolution.h"
#include "sim/linalg/gemm.h"

namespace remask {

namespace {

/// The kernels of the crossbar engine, the one in force first; REMASK_KERNEL forces another.
std::string kernels() {
    std::string text(crossbar_kernel());
    text += " (of";
    for (const CrossbarKernel& kernel : crossbar_kernels()) {
        text += " " + std::string(kernel.name);
        if (!kernel.runs_here) text += " [not here: needs " + std::string(kernel.needs) + "]";
    }
    return text + "; REMASK_KERNEL=NAME forces one)";
}

}  // namespace

std::vector<std::pair<std::string, std::string>> library_versions() {
    unsigned major = 0, minor = 0, release = 0;
    H5get_libversion(&major, &minor, &release);
    const auto dotted = [](auto a, auto b, auto c) {
        return std::to_string(a) + "." + std::to_string(b) + "." + std::to_string(c);
    };
    return {{"crossbar kernel", kernels()},
            {"learning kernel", "float32 convolutions, by " + convolution_library_description() +
                                    "; column masks: " + std::string(column_kernels().back())},
            {"OpenBLAS", blas_description()},
            {"Eigen", dotted(EIGEN_WORLD_VERSION, EIGEN_MAJOR_VERSION, EIGEN_MINOR_VERSION)},
            {"HDF5", dotted(major, minor, release)},
            {"Boost", dotted(BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100)},
            {"nlohmann-json",
             dotted(NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR, NLOHMANN_JSON_VERSION_PATCH)},
            {"libpng", png_get_libpng_ver(nullptr)},
            {"zlib", zlibVersion()}};
}

}  // namespace remask
