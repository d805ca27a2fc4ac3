// What all tasks of an experiment share: the backbone, its place on the chip, and its images.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/methods/learn.h"
#include "models/methods/method.h"
#include "models/network/network.h"
#include "sim/app/run/measure.h"
#include "sim/app/run/run_experiment.h"

namespace remask {

/// A task's images, ready for the network.
struct TaskImages {
    LabelledImages train, test;
};

/// One method's view of the chip: where it drives kernels one by one, the row groups are smaller.
struct MethodChip {
    Network network;  ///< what is mapped: with the widest classifier where that lies on arrays
    Mapping mapping;
    std::vector<CrossbarParameters> crossbar;  ///< per slot
    std::vector<CrossbarGeometry> geometry;    ///< per slot
};

/// Throws ConfigError where backbone.data has not as many classes as the backbone's classifier.
void check_backbone_classes(const Model& backbone, int classes);

class Bench {
public:
    /// Loads the backbone's file. Throws InputError.
    Bench(const Experiment& experiment, const RunEnvironment& environment);

    const Experiment& experiment() const { return experiment_; }
    const RunEnvironment& environment() const { return environment_; }
    const Model& backbone() const { return backbone_; }
    const std::string& backbone_hash() const { return backbone_hash_; }
    bool classifier_on_crossbar() const { return experiment_.classifier == ClassifierPlace::crossbar; }
    /// The network that is mapped: with the widest classifier of all tasks where that lies on arrays.
    const Network& mapped_network() const { return mapped_network_; }
    /// Of the backbone, and of a task under `method`.
    QuantizationOptions quantization() const;
    QuantizationOptions quantization_of(const MethodConfig& method) const;
    /// Of this chip: with its seed, and the tables that the experiment names files for.
    const DeviceParameters& device() const { return device_; }

    /// The chip as the backbone uses it.
    const MethodChip& chip() const { return chip_; }
    /// The chip as `method` uses it, its network grown by so many steps: the arrays of a smaller one are the first ones
    /// of a larger one. Throws ConfigError where its masks can't be realised, or growth has no room.
    MethodChip chip_for(const MethodConfig& method, int growth = 0) const;
    /// The network of a task under `method`.
    Network network_of(const MethodConfig& method, int classes, int growth = 0) const {
        return method_network(method, backbone_.network, classes, growth);
    }
    /// Throws ConfigError where the method's masks can't be realised on this hardware, or it lacks rates or energies of
    /// what an inference with them does.
    void check_method(const MethodConfig& method) const;
    /// The chip's geometry per slot for a task of `classes`: the mapped classifier is as wide as the widest task's.
    std::vector<CrossbarGeometry> geometry_for(const MethodChip& chip, int classes) const;

    /// Number of classes of a task, from its selection alone where possible.
    int classes_of(const DataSelection& selection) const;
    TaskImages images_of(const TaskSection& task) const;
    Split measured_split() const;  ///< of the tasks

    LabelledImages images_of(const DataSelection& selection, Split split, Resize resize) const;

private:
    MethodChip make_chip(const Network& network, const std::vector<int>& active_rows) const;

    const Experiment& experiment_;
    const RunEnvironment& environment_;
    Model backbone_;
    std::string backbone_hash_;
    DeviceParameters device_;
    Network mapped_network_;
    MethodChip chip_;
};

/// The chip as one method uses it, by the steps that its network has grown.
class MethodChips {
public:
    /// Throws ConfigError as Bench::chip_for().
    MethodChips(const Bench& bench, const MethodConfig& method);
    const MethodChip& of(int growth) const { return chips_[static_cast<std::size_t>(growth)]; }
    const MethodChip& largest() const { return chips_.back(); }

private:
    std::vector<MethodChip> chips_;
};

}  // namespace remask
