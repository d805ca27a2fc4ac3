// Models in HDF5 (format version 1; the network's description is inside, so that the file is enough to run), and
// safetensors import.
#pragma once

#include <filesystem>
#include <string>

#include "models/network/network.h"

namespace remask {

/// Throws InputError: missing, truncated, not a remask model, newer format version, wrong shapes, values that are not
/// finite.
Model load_model(const std::filesystem::path& path);
void save_model(const std::filesystem::path& path, const Model& model);

/// Network <-> text (JSON), as stored in the file under "/network".
std::string network_to_json(const Network& network);
Network network_from_json(const std::string& text, const std::string& origin);

/// Reads safetensors weights (F32, F16, BF16, F64) into a model. `architecture`: "auto" recognises the published
/// CIFAR-10 ResNet-20/32/44/56 (OIHW, option A) and the MLPerf Tiny ResNet-8 (HWIO, SAME padding, raw 0..255 input) by
/// names and shapes, and torchvision's ResNet-50 (3x224x224); or a builder's name.
Model import_safetensors(const std::filesystem::path& path, const std::string& architecture);

}  // namespace remask
