// backbone.yaml: what `remask train` reads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/data/dataset.h"
#include "models/methods/train_backbone.h"
#include "models/network/network.h"
#include "sim/base/fields.h"

namespace remask {

struct NetworkSection {
    std::string architecture;  ///< a name of `remask list models`
    double width = 1.0;
    int channels = 0, height = 0, width_pixels = 0;
    Shape input() const { return {channels, height, width_pixels}; }
};

struct NormalisationSection {
    std::vector<double> mean, deviation;
    bool given() const { return !mean.empty(); }
    Normalisation as_normalisation(int channels) const;
};

struct BackboneTraining {
    std::string name;
    std::uint64_t seed = 1;
    NetworkSection network;
    DataSelection data;
    Resize resize = Resize::bilinear;
    std::optional<NormalisationSection> normalisation;  ///< absent: measured on the training images
    TrainOptions training;
};

void describe(Fields& fields, NetworkSection& network);
void describe(Fields& fields, BackboneTraining& config);

/// Learned numbers of a network (batch-norm's running mean and variance are not among them).
std::int64_t parameter_count(const Network& network);

}  // namespace remask
