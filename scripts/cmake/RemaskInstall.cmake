# Where the program is built and what `cmake --install` puts where. Included last, when the target exists.
#   bin/remask                 the program
#   share/remask/hw_configs    hardware configurations, as in the source tree
#   share/remask/experiments   experiments and the embedded data sets
if(TARGET remask)
  # One short path for the README's commands: build/<preset>/remask.
  set_target_properties(remask PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}")

  include(GNUInstallDirs)
  install(TARGETS remask RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
  install(DIRECTORY hw_configs experiments DESTINATION "${CMAKE_INSTALL_DATADIR}/remask"
          PATTERN "README.md" EXCLUDE)
  install(FILES LICENSE README.md CHANGELOG.md DESTINATION "${CMAKE_INSTALL_DOCDIR}")
endif()
