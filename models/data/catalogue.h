// The table of data sets: names, classes, and how each one's files are found and read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "models/data/dataset.h"

namespace remask::data {

/// Which of a data set's files: validation images come from the training files.
enum class FileSet { train, test };

struct CatalogueEntry {
    DatasetInfo info;
    /// Number of classes as far as the selection alone tells; 0: only the files tell.
    int (*classes)(const DataSelection& selection);
    /// Reads all images of the file set; labels are the original ones.
    Dataset (*load)(const CatalogueEntry& entry, const DataSelection& selection, FileSet files,
                    const DataFolders& folders);
};

const std::vector<CatalogueEntry>& catalogue();

/// nullptr if there is none of this name.
const CatalogueEntry* find_entry(std::string_view name);

/// "unknown data set 'x' (did you mean 'y'?); known: …".
std::string unknown_dataset(std::string_view name);

Dataset load_omniglot(const CatalogueEntry& entry, const DataSelection& selection, FileSet files,
                      const DataFolders& folders);
Dataset load_image_folder(const CatalogueEntry& entry, const DataSelection& selection, FileSet files,
                          const DataFolders& folders);

}  // namespace remask::data
