// Resolves `extends:` in a tree.
#pragma once

#include <filesystem>
#include <vector>

#include "sim/config/node.h"

namespace remask {

class Extender {
public:
    /// `search`: folders tried after that of the file which names another.
    Extender(const std::vector<std::filesystem::path>& search, std::vector<Diagnostic>& faults)
        : search_(search), faults_(faults) {}

    /// Replaces every `extends` below `node` by what the file holds. `chain`: the files that are being read, outermost
    /// first.
    void resolve(Node& node, std::vector<std::filesystem::path>& chain);

    /// Every file read, in order of reading.
    const std::vector<std::filesystem::path>& files() const { return files_; }

private:
    Node read_base(const Node& reference, std::vector<std::filesystem::path>& chain);
    std::filesystem::path find_file(const Node& reference);

    const std::vector<std::filesystem::path>& search_;
    std::vector<Diagnostic>& faults_;
    std::vector<std::filesystem::path> files_;
};

/// Lays `over` on `base`: maps are merged, anything else is replaced.
void merge_over(Node& base, Node over);

}  // namespace remask
