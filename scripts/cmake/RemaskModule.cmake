# remask_module(NAME SOURCES file… [PUBLIC target…] [PRIVATE target…])
# A static library remask_NAME, included as "<folder>/<header>.h" from the repository's root.
function(remask_module name)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(remask_${name} STATIC ${ARG_SOURCES})
  add_library(remask::${name} ALIAS remask_${name})
  target_include_directories(remask_${name} PUBLIC "${PROJECT_SOURCE_DIR}")
  target_compile_features(remask_${name} PUBLIC cxx_std_20)
  target_link_libraries(remask_${name} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE} remask_build_flags)
endfunction()

# remask_test(NAME LABEL label SOURCES file… LINK target…)
# A GoogleTest program whose cases ctest knows one by one; label = the question that the suite asks (unit, config, physics, …).
function(remask_test name)
  cmake_parse_arguments(ARG "" "LABEL" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} remask_build_flags GTest::gtest GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE REMASK_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
                                             REMASK_TEST_DIR="${CMAKE_CURRENT_SOURCE_DIR}")
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O1>)  # half the build's time is GoogleTest at -O3
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES LABELS "${ARG_LABEL}" TIMEOUT 300)
endfunction()
