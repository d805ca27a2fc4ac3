#include "sim/app/library_versions.h"

#include <H5public.h>
#include <zlib.h>

#include <Eigen/Core>
#include <boost/version.hpp>
#include <nlohmann/json.hpp>

#include "sim/linalg/gemm.h"

namespace remask {

std::vector<std::pair<std::string, std::string>> library_versions() {
    unsigned major = 0, minor = 0, release = 0;
    H5get_libversion(&major, &minor, &release);
    const auto dotted = [](auto a, auto b, auto c) {
        return std::to_string(a) + "." + std::to_string(b) + "." + std::to_string(c);
    };
    return {{"crossbar kernel", "blocked matrix products (exact in any order), by OpenBLAS"},
            {"learning kernel", "float32 matrix products, by OpenBLAS"},
            {"OpenBLAS", blas_description()},
            {"Eigen", dotted(EIGEN_WORLD_VERSION, EIGEN_MAJOR_VERSION, EIGEN_MINOR_VERSION)},
            {"HDF5", dotted(major, minor, release)},
            {"Boost", dotted(BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100)},
            {"nlohmann-json",
             dotted(NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR, NLOHMANN_JSON_VERSION_PATCH)},
            {"zlib", zlibVersion()}};
}

}  // namespace remask
