// remask train: trains a backbone on its first task and writes the model file.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "models/data/image_set.h"
#include "models/methods/learn.h"
#include "models/methods/train_backbone.h"
#include "models/network/builders.h"
#include "models/network/model_file.h"
#include "sim/app/backbone_training.h"
#include "sim/app/commands/commands.h"
#include "sim/app/commands/print_json.h"
#include "sim/app/settings/load_config.h"
#include "sim/app/version.h"
#include "sim/base/files.h"
#include "sim/base/parallel.h"
#include "sim/storage/hdf5_file.h"

namespace remask {

namespace {

/// Mean and deviation per channel of the training images, as the network will see them (resized, in [0,1]).
Normalisation measured_normalisation(const Dataset& dataset, const BackboneTraining& config, Network network,
                                     ThreadPool& pool) {
    constexpr std::int64_t portion = 64;
    const auto channels = static_cast<std::size_t>(network.input.channels);
    network.normalisation = {255.0f, std::vector<float>(channels, 0.0f), std::vector<float>(channels, 1.0f)};
    const ImageSet images = image_set(dataset, config.data, network, config.resize);
    const auto plane = static_cast<std::size_t>(network.input.height * network.input.width);
    std::vector<double> sum(channels, 0.0), squares(channels, 0.0);
    std::vector<float> buffer;
    for (std::int64_t first = 0; first < dataset.count(); first += portion) {
        const std::int64_t here = std::min(portion, dataset.count() - first);
        const std::span<const float> pixels = images.portion(first, here, network.input.size(), pool, buffer);
        for (std::size_t i = 0; i < pixels.size(); ++i) {
            const std::size_t channel = i / plane % channels;
            sum[channel] += static_cast<double>(pixels[i]);
            squares[channel] += static_cast<double>(pixels[i]) * static_cast<double>(pixels[i]);
        }
    }
    const double count = static_cast<double>(dataset.count()) * static_cast<double>(plane);
    Normalisation normalisation = network.normalisation;
    for (std::size_t c = 0; c < channels; ++c) {
        const double mean = sum[c] / count;
        // Four decimals: enough, and a figure that can be quoted.
        normalisation.mean[c] = static_cast<float>(std::round(mean * 1e4) / 1e4);
        const double deviation = std::sqrt(std::max(squares[c] / count - mean * mean, 1e-8));
        normalisation.deviation[c] = static_cast<float>(std::round(deviation * 1e4) / 1e4);
    }
    return normalisation;
}

}  // namespace

int execute_train(const Arguments& arguments) {
    ConfigFile file(arguments.positional()[0], arguments.overrides());
    const auto config = file.read<BackboneTraining>();
    const std::uint64_t seed = static_cast<std::uint64_t>(
        arguments.whole("seed", static_cast<std::int64_t>(config.seed), 0, std::numeric_limits<std::int64_t>::max()));
    const std::filesystem::path out = arguments.value("out").value_or(config.name + ".h5");
    { const Hdf5Writer probe(out); }  // says now, not after the training, if the file can't be written
    ThreadPool pool(thread_count(arguments));
    const auto progress = console_progress(arguments.quiet());
    const DataFolders folders = data_folders(arguments);

    const Dataset train = load_dataset(config.data, Split::train, folders, seed);
    const Dataset test = load_dataset(config.data, Split::test, folders, seed);
    Model model;
    model.network =
        build_network(config.network.architecture, {config.network.input(), train.classes, config.network.width});
    model.network.name = config.name;
    model.network.normalisation = config.normalisation.value_or(NormalisationSection{}).given()
                                      ? config.normalisation->as_normalisation(model.network.input.channels)
                                      : measured_normalisation(train, config, model.network, pool);
    model.class_names = train.class_names;
    const ImageSet images = image_set(train, config.data, model.network, config.resize);
    TrainingInfo info;
    model.parameters =
        train_backbone(model.network, config.training, images, train.labels, seed, pool, *progress, &info);
    const ImageSet test_images = image_set(test, config.data, model.network, config.resize);
    const double accuracy = evaluate_accuracy(model.network, model.parameters, test_images, test.labels, pool);
    model.provenance = "made by remask " + std::string(version()) + " 'train', seed " + std::to_string(seed) +
                       ", from\n" + file.resolved(config);
    save_model(out, model);
    if (arguments.json()) {
        print_json(nlohmann::ordered_json{{"model", out.string()},
                                          {"parameters", parameter_count(model.network)},
                                          {"macs", macs(model.network)},
                                          {"train_images", train.count()},
                                          {"test_images", test.count()},
                                          {"accuracy", {{"float", accuracy}}},
                                          {"training", {{"wall_s", info.wall_s}, {"images", info.images}}}});
    } else if (!arguments.quiet()) {
        std::printf("%s: %lld parameters, float %.2f %% of %lld test images, ", out.c_str(),
                    static_cast<long long>(parameter_count(model.network)), accuracy * 100,
                    static_cast<long long>(test.count()));
        if (info.images == 0) {
            std::printf("not trained (training.epochs is 0)\n");
        } else {
            std::printf("trained on %lld images in %.0f s\n", static_cast<long long>(train.count()), info.wall_s);
        }
    }
    return 0;
}

}  // namespace remask
