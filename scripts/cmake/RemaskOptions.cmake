set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()

option(REMASK_WERROR "Treat warnings as errors" OFF)
set(REMASK_SANITIZE "" CACHE STRING "Sanitizers, e.g. address,undefined or thread")
option(REMASK_COVERAGE "Instrument for gcov" OFF)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE_PROGRAM}")
endif()

add_library(remask_build_flags INTERFACE)
# -ffp-contract=off: a fused multiply-add rounds once where the specification rounds twice.
target_compile_options(remask_build_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
                                                    -ffp-contract=off)
# Two warnings of g++ 12 are false for std::string and initialiser lists (GCC bugs 105651, 105562); clang and later g++ keep watch.
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(remask_build_flags INTERFACE -Wno-restrict -Wno-maybe-uninitialized)
endif()
if(REMASK_WERROR)
  target_compile_options(remask_build_flags INTERFACE -Werror)
endif()
if(REMASK_SANITIZE)
  target_compile_options(remask_build_flags INTERFACE -fsanitize=${REMASK_SANITIZE} -fno-omit-frame-pointer
                                                      -fno-sanitize-recover=all)
  target_link_options(remask_build_flags INTERFACE -fsanitize=${REMASK_SANITIZE})
endif()
if(REMASK_COVERAGE)
  target_compile_options(remask_build_flags INTERFACE --coverage)
  target_link_options(remask_build_flags INTERFACE --coverage)
endif()
