// Which images of a data set a task uses: classes, limits, validation.
#pragma once

#include <cstdint>

#include "models/data/dataset.h"

namespace remask::data {

/// Empty, or what is wrong with selection.classes for a data set of `classes` classes (0: not known).
std::string fault_in_classes(const DataSelection& selection, int classes);

/// Of each class the first ⌊share·n⌋ images, or with `rest` the others, in the file's order.
Dataset share_of_test(const Dataset& all, double share, bool rest);

/// Applies classes, limit and validation_share to all images of a split's files. Throws ConfigError.
Dataset select(const Dataset& all, const DataSelection& selection, Split split, std::uint64_t seed);

}  // namespace remask::data
