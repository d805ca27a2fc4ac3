# Every dependency and why it is one: docs/dependencies.md. All are Debian 12 packages (scripts/setup).
find_package(Threads REQUIRED)
find_package(Eigen3 3.4 REQUIRED NO_MODULE)
find_package(yaml-cpp 0.7 REQUIRED)
find_package(Boost 1.74 REQUIRED COMPONENTS program_options)
find_package(HDF5 1.10 REQUIRED COMPONENTS C)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(ZLIB REQUIRED)

# OpenBLAS: one library for every instruction set, chosen at run time. Debian keeps cblas.h in the multi-arch include folder.
find_library(REMASK_OPENBLAS_LIBRARY NAMES openblas PATH_SUFFIXES openblas-pthread openblas-serial)
find_path(REMASK_OPENBLAS_INCLUDE_DIR NAMES cblas.h PATH_SUFFIXES openblas-pthread openblas-serial openblas)
if(NOT REMASK_OPENBLAS_LIBRARY OR NOT REMASK_OPENBLAS_INCLUDE_DIR)
  message(FATAL_ERROR "OpenBLAS was not found: install libopenblas-dev")
endif()
add_library(remask_openblas INTERFACE)
target_include_directories(remask_openblas SYSTEM INTERFACE "${REMASK_OPENBLAS_INCLUDE_DIR}")
target_link_libraries(remask_openblas INTERFACE "${REMASK_OPENBLAS_LIBRARY}" Threads::Threads)

# oneDNN: convolutions of learning. Its threads are OpenMP's (libgomp), of which it is given one a caller.
find_library(REMASK_ONEDNN_LIBRARY NAMES dnnl)
find_path(REMASK_ONEDNN_INCLUDE_DIR NAMES oneapi/dnnl/dnnl.hpp)
if(NOT REMASK_ONEDNN_LIBRARY OR NOT REMASK_ONEDNN_INCLUDE_DIR)
  message(FATAL_ERROR "oneDNN was not found: install libdnnl-dev")
endif()
add_library(remask_onednn INTERFACE)
target_include_directories(remask_onednn SYSTEM INTERFACE "${REMASK_ONEDNN_INCLUDE_DIR}")
target_link_libraries(remask_onednn INTERFACE "${REMASK_ONEDNN_LIBRARY}" gomp Threads::Threads)

# xxHash: the names of stored results (sim/app/store.h).
find_library(REMASK_XXHASH_LIBRARY NAMES xxhash)
find_path(REMASK_XXHASH_INCLUDE_DIR NAMES xxhash.h)
if(NOT REMASK_XXHASH_LIBRARY OR NOT REMASK_XXHASH_INCLUDE_DIR)
  message(FATAL_ERROR "xxHash was not found: install libxxhash-dev")
endif()
add_library(remask_xxhash INTERFACE)
target_include_directories(remask_xxhash SYSTEM INTERFACE "${REMASK_XXHASH_INCLUDE_DIR}")
target_link_libraries(remask_xxhash INTERFACE "${REMASK_XXHASH_LIBRARY}")
