// Networks from ONNX files: graph and weights.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "models/network/network.h"

namespace remask {

/// What an ONNX file does not say.
struct OnnxOptions {
    float divisor = 255.0f;        ///< as in Normalisation
    std::vector<float> mean;       ///< per channel, or one for all; empty: 0
    std::vector<float> deviation;  ///< per channel, or one for all; empty: 1
    /// [channels, height, width] where the file leaves them free; they must agree with what it says. Zeros: unknown.
    Shape input;
};

struct OnnxModel {
    Model model;                     ///< its network is called as the file is
    std::vector<std::string> notes;  ///< what was left out or assumed, a sentence each
};

/// Reads an image classifier: one input [N, channels, height, width], one output [N, classes] of a linear layer, and
/// between them operators that LayerKind has (models/onnx/README.md lists them). Throws InputError: what read_onnx()
/// refuses, an operator or a setting that there is no layer for (named with its node), weights that are not constant,
/// shapes that do not fit. ConfigError: options that do not fit the input.
OnnxModel import_onnx(const std::filesystem::path& path, const OnnxOptions& options);

}  // namespace remask
