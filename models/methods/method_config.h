// The YAML entry of one adaption method: its name, its options, and overrides of its recipe.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/methods/sparse_allocation.h"
#include "models/network/optimizer.h"
#include "sim/base/fields.h"
#include "sim/hardware/mask_unit.h"

namespace remask {

enum class BatchNormChoice { train, frozen };
template <>
struct EnumWords<BatchNormChoice> {
    static constexpr std::array<std::string_view, 2> words{"train", "frozen"};
};

/// What one m of KSM covers. A kernel of a 1×1 convolution or a linear layer is one weight.
enum class KsmGranularity { kernel, group_of_8, channel, element };
template <>
struct EnumWords<KsmGranularity> {
    static constexpr std::array<std::string_view, 4> words{"kernel", "group_of_8", "channel", "element"};
};

/// What computes the forward pass while a task is learned.
enum class LearningPlace { float32, crossbar };
template <>
struct EnumWords<LearningPlace> {
    static constexpr std::array<std::string_view, 2> words{"float", "crossbar"};
};

struct LearningOptions {
    LearningPlace on = LearningPlace::float32;
};
void describe(Fields& fields, LearningOptions& options);

struct PiggybackOptions {
    bool ternary = false;  ///< b in {−1, 0, 1}: b = [m > τ] − [m < −τ]
};

struct KsmOptions {
    KsmGranularity granularity = KsmGranularity::kernel;
    bool soft = true;     ///< dropped kernels keep a scale in [0, 0.5]
    int scale_bits = 8;   ///< width of that scale
    bool gumbel = false;  ///< Gumbel noise on the gates while training
};

struct XmaOptions {
    std::vector<double> levels{0.0, 0.5, 1.0, 2.0};  ///< 0 (optional) and powers of two
    bool sign = false;                               ///< a sign bit: negative levels too
    bool real = false;                               ///< any float32 factor instead of levels
};

/// Where layers that a method adds are computed.
enum class SidePlace { arrays, digital };
template <>
struct EnumWords<SidePlace> {
    static constexpr std::array<std::string_view, 2> words{"arrays", "digital"};
};

struct FinetuneOptions {
    bool sequential = false;  ///< one network for all tasks: each task goes on from the one before
};

struct PacknetOptions {
    double prune_first = 0.5;   ///< share of the first task's weights that pruning frees
    double prune_later = 0.75;  ///< and of every later task's own
};

/// How XMA2 chooses the PEs that are rewritten.
enum class PeCriterion { saliency, learned };
template <>
struct EnumWords<PeCriterion> {
    static constexpr std::array<std::string_view, 2> words{"saliency", "learned"};
};

struct Xma2Options {
    PeCriterion criterion = PeCriterion::saliency;
    int pe_arrays = 1;      ///< arrays of a PE
    double budget = 0.1;    ///< largest share of the PEs that may be rewritten
    double warmup = 0.2;    ///< share of the epochs before the choice, at least one epoch
    double penalty = 1e-2;  ///< learned: on the loss for every open gate
};

struct SparclOptions {
    double sparsity = 0.9;
    Allocation allocation = Allocation::erk;
    std::optional<double> gradient_sparsity;  ///< of all weights of the sparse layers; nothing: see unchanged_share()
    double removed_share = 0.3;               ///< of the training images, by the 20th epoch
    int buffer = 500;                         ///< images kept for replay

    /// The authors' pair is 0.80 at a sparsity of 0.75: a fifth of what exists is left alone.
    double unchanged_share() const { return gradient_sparsity.value_or(1.0 - 0.8 * (1.0 - sparsity)); }
};

struct Da3Options {
    int downsample = 4;              ///< pixels in a row and in a column that become one; a power of two
    int reduction = 2;               ///< input channels of a block for one channel of the branch
    std::optional<int> first_block;  ///< the first that has a branch, counted from 0; nothing: two thirds have none
};

struct SupsupOptions {
    double kept = 0.7;  ///< share of every layer's weights
};

struct CpgOptions {
    std::optional<double> goal;  ///< accuracy on the images held out of the training images; nothing: see `margin`
    double margin = 0.01;        ///< what pruning may lose of the accuracy before it
    double held_out = 0.1;       ///< share of the training images that only measures
    bool grow = false;           ///< widen the network where the goal is missed before pruning
    std::optional<double> growth_step;  ///< added to the network's size (the backbone's is 1) each time; nothing: 0.5
    std::optional<double> max_size;     ///< nothing: 1.5
};

/// One method of an experiment. What is not set comes from the method's recipe (recipe_of(), docs/methods.md).
struct MethodConfig {
    std::string method;  ///< a name of list_methods()
    std::string label;   ///< name in tables; empty = the method's name
    std::optional<int> epochs;
    std::optional<int> batch;
    std::optional<double> learning_rate;       ///< classifier, batch-norm, and weights where they are trained
    std::optional<double> mask_learning_rate;  ///< the mask's own parameters
    std::optional<double> weight_decay;
    std::optional<double> momentum;  ///< of SGD
    std::optional<bool> nesterov;
    std::optional<ScheduleKind> schedule;
    std::optional<BatchNormChoice> batch_norm;
    std::optional<Realisation> realisation;
    LearningOptions learn;
    SidePlace side = SidePlace::arrays;  ///< methods with layers of their own
    FinetuneOptions finetune;
    PacknetOptions packnet;
    PiggybackOptions piggyback;
    KsmOptions ksm;
    XmaOptions xma;  ///< xma2 too
    Xma2Options xma2;
    SparclOptions sparcl;
    Da3Options da3;
    CpgOptions cpg;
    SupsupOptions supsup;
    const std::string& name() const { return label.empty() ? method : label; }
};

/// Describes `method` first, then the fields that this method knows; all fields of all methods while it is empty or
/// unknown.
void describe(Fields& fields, MethodConfig& config);

}  // namespace remask
