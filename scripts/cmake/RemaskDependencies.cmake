# Every dependency and why it is one: docs/dependencies.md. All are Debian 12 packages (scripts/setup).
find_package(Threads REQUIRED)
find_package(Eigen3 3.4 REQUIRED NO_MODULE)
find_package(yaml-cpp 0.7 REQUIRED)
find_package(Boost 1.74 REQUIRED COMPONENTS program_options)
find_package(HDF5 1.10 REQUIRED COMPONENTS C)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(ZLIB REQUIRED)
