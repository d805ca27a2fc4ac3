// Photographs as a network's input, decoded whenever they are read: what is in memory is one image a thread.
#pragma once

#include <memory>

#include "models/data/image_set.h"

namespace remask::data {

/// Of dataset.files. Throws ConfigError where the selection's view does not fit the network's input, or its
/// normalisation does not.
std::shared_ptr<const ImageSource> photographs(const Dataset& dataset, const DataSelection& selection,
                                               const Network& network);

}  // namespace remask::data
