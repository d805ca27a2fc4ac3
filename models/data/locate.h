// Finds a data set's files: in the folder of --data first, then in the data that comes with remask.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "models/data/dataset.h"

namespace remask::data {

/// Returns the paths of `files`, all of them in one of the folders <user or embedded>/<one of subfolders>. A folder
/// counts as the data set's if it holds any of the files; a name may be there with ".gz" appended. Throws InputError
/// that says what was looked for, where, and how to give --data.
std::vector<std::filesystem::path> locate(std::string_view dataset, const DataFolders& folders,
                                          const std::vector<std::string>& subfolders,
                                          const std::vector<std::string>& files);

}  // namespace remask::data
