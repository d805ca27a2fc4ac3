// What learning one task leaves behind: the parameters of float inference, those on the chip, and the masks of the
// periphery.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/network/network.h"
#include "sim/hardware/mask_unit.h"

namespace remask {

class Hdf5Reader;
class Hdf5Writer;
struct CrossbarGeometry;

/// The mask of one crossbar slot (index among crossbar_layers()).
struct LayerMask {
    int slot = 0;
    MaskUnit unit = MaskUnit::none;  ///< none: the periphery does nothing (no mask, or folded into the cells)
    bool per_row_group = false;      ///< one factor a row group instead of one a row tile
    /// [groups][T or row groups (over all tiles), N per group], row-major, the last index the filter; empty where
    /// `unit` is none.
    std::vector<double> factors;
    std::int64_t rows = 0;     ///< of a whole column that a factor is for; 0: no periphery mask, or not said
    std::int64_t entries = 0;  ///< stored mask entries, whatever the realisation
    double bits = 0.0;         ///< mask memory of this slot
    /// Of `bits`, those that are new weights for cells: a switch loads them with the cells that it rewrites.
    double new_weight_bits = 0.0;
    int bits_per_entry = 0;  ///< of every entry (KSM: without the scales of dropped kernels, which `bits` holds)
    /// Share of the layer's output positions that are computed; gates of the method skip the others.
    double computed_share = 1.0;
};

/// Of a whole column: the row tile's, or the row group's.
std::int64_t rows_of_a_factor(const CrossbarGeometry& geometry, bool per_row_group);

/// What training took. Counted figures, but for the wall time.
struct TrainingInfo {
    double macs = 0.0;                       ///< exact multiply-accumulates, forward and backward (docs/methods.md)
    std::int64_t peak_activation_bytes = 0;  ///< activations that must be held at once (docs/methods.md)
    int epochs = 0;
    std::int64_t images = 0;  ///< images trained on, repeats counted
    double wall_s = 0.0;
    std::vector<double> loss;  ///< mean training loss of each epoch
};
/// Adds a further round's counts to `total`; the peak is the larger one.
void add_training(TrainingInfo& total, const TrainingInfo& round);

/// A task's learned parameters. Its network is method_network(config, backbone network, classes, growth).
struct TaskParameters {
    std::string method;
    std::string label;
    int classes = 0;
    int growth = 0;       ///< steps by which the network has grown
    int weight_bits = 0;  ///< of the hardware's weights; 0: learned by a version that did not say
    Granularity granularity = Granularity::none;
    Realisation realisation = Realisation::periphery;
    /// All parameters for float inference: masked weights, batch-norm, classifier.
    ParameterMap effective;
    /// The same, but slots whose mask is applied by the periphery hold the backbone's weights.
    ParameterMap on_chip;
    std::vector<LayerMask> masks;    ///< one per crossbar slot
    std::vector<bool> reprogrammed;  ///< per slot: its cells are rewritten for this task
    double mask_bits = 0.0;          ///< sum over the slots
    double new_weight_bits = 0.0;    ///< of them, new weights for cells: sum over the slots
    double bits_per_weight = 0.0;    ///< mask_bits / weights of all convolutions and hidden linear layers
    double constants_bits =
        0.0;  ///< batch-norm, biases, classifier that differ from the backbone's: 32-bit floats, reported apart
    TrainingInfo training;
    /// Of the quantised layers' inputs, one a slot, where they were settled while learning on a chip; else empty.
    std::vector<double> input_scales;
    /// What the next task starts from, by names of the method's own; empty: the backbone.
    ParameterMap carried;
};

/// Writes below `group` (e.g. "/tasks/0"); load_task_parameters() gives back every bit.
void save_task_parameters(Hdf5Writer& writer, const std::string& group, const TaskParameters& task);
/// Throws InputError where something is missing or is no such number. Shapes are not looked at: files that remask keeps
/// are checked by their hash.
TaskParameters load_task_parameters(const Hdf5Reader& reader, const std::string& group);

}  // namespace remask
