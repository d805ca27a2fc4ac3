#include "sim/app/backbone_training.h"

#include "models/network/builders.h"
#include "sim/base/diagnostics.h"
#include "sim/base/files.h"

namespace remask {

Normalisation NormalisationSection::as_normalisation(int channels) const {
    if (mean.size() != static_cast<std::size_t>(channels) || deviation.size() != mean.size()) {
        throw ConfigError("normalisation: 'mean' and 'deviation' need " + std::to_string(channels) +
                          " numbers each, one a channel of the network's input");
    }
    return {255.0f, {mean.begin(), mean.end()}, {deviation.begin(), deviation.end()}};
}

void describe(Fields& fields, NetworkSection& network) {
    fields.field("architecture", network.architecture, {.doc = "a name of 'remask list models'"});
    fields.field("width", network.width,
                 {.doc = "multiplies every hidden channel count", .optional = true, .min = 0.01, .max = 16});
    fields.field("channels", network.channels, {.doc = "1 grey, 3 RGB", .min = 1, .max = 3});
    fields.field("height", network.height, {.doc = "input rows in pixels", .min = 8, .max = 1024});
    fields.field("width_pixels", network.width_pixels, {.doc = "input columns in pixels", .min = 8, .max = 1024});
    std::vector<std::string> names;
    std::string all;
    bool known = false;
    for (const BuilderInfo& info : builders()) {
        names.emplace_back(info.name);
        all += (all.empty() ? "" : ", ") + names.back();
        known = known || info.name == network.architecture;
    }
    fields.require(known, "architecture",
                   "there is no network '" + network.architecture + "'" + did_you_mean(network.architecture, names) +
                       "; there are " + all);
    fields.require(network.channels != 2, "channels", "images have 1 (grey) or 3 (RGB) channels");
}

void describe(Fields& fields, NormalisationSection& normalisation) {
    fields.field("mean", normalisation.mean, {.doc = "per channel, of images in [0,1]", .min = 0, .max = 1});
    fields.field("deviation", normalisation.deviation, {.doc = "per channel", .min = 1e-6, .max = 1e6});
}

void describe(Fields& fields, BackboneTraining& config) {
    fields.field("name", config.name, {.doc = "the backbone's name, and its file's without --out"});
    fields.field("seed", config.seed, {.doc = "every random number follows from it", .optional = true, .min = 0});
    fields.field("network", config.network, {.doc = "what is built"});
    fields.field("data", config.data, {.doc = "the first task"});
    fields.field("resize", config.resize, {.doc = "how images are brought to the network's size", .optional = true});
    fields.field("normalisation", config.normalisation,
                 {.doc = "default: mean and deviation of the training images", .optional = true});
    fields.field("training", config.training, {.doc = "optimiser, schedule, augmentation", .optional = true});
    fields.require(fault_in_name(config.name).empty(), "name", "a backbone's name " + fault_in_name(config.name));
}

std::int64_t parameter_count(const Network& network) {
    std::int64_t count = 0;
    for (const auto& [name, shape] : parameter_shapes(network)) {
        if (name.ends_with(".mean") || name.ends_with(".variance")) continue;
        std::int64_t size = 1;
        for (const std::int64_t extent : shape) size *= extent;
        count += size;
    }
    return count;
}

}  // namespace remask
