// Tables of programming errors by level, from CSV.
#pragma once

#include <filesystem>
#include <vector>

#include "sim/hardware/device_parameters.h"

namespace remask {

/// Reads "level,mean,deviation": a heading, then one line a level, in order from 0; '#' starts a comment. Shares of
/// Gmax − Gmin. Throws InputError with file and line.
std::vector<LevelError> read_level_errors(const std::filesystem::path& file);

/// `device` with the table that its levels_file names, if it names one. Throws InputError (the file), ConfigError where
/// the table does not have one entry for each level of `cell_bits`.
DeviceParameters with_level_errors(DeviceParameters device, int cell_bits);

}  // namespace remask
