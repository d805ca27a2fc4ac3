// An adaption method is a parametrisation of the effective weights: own parameters -> W_eff, and dL/dW_eff -> their
// gradients.
//
// One file a method; models/methods/README.md says how to add one. Nothing outside this folder asks for a method's
// name.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "models/methods/method_config.h"
#include "models/methods/task_parameters.h"
#include "models/network/network.h"
#include "models/network/optimizer.h"
#include "sim/hardware/crossbar_parameters.h"

namespace remask {

class Progress;
class TaskSession;
class ThreadPool;

/// One layer whose weights lie on arrays, as a method sees it (the engine's own class is CrossbarLayer: sim/crossbar).
/// Its filters' weights are contiguous: [filters, rows].
struct ArrayLayer {
    int slot = 0;
    std::string name;                  ///< the layer's; its weights are name + ".weight"
    int groups = 1;                    ///< of a grouped convolution; filters and geometry.columns differ by this factor
    int kernel_size = 1;               ///< kernel height × width
    std::int64_t filters = 0;          ///< of all groups
    std::int64_t rows = 0;             ///< K: weights of one filter
    bool classifier = false;           ///< never masked, always learned
    CrossbarGeometry geometry;         ///< how one group's matrix is cut
    bool side = false;                 ///< the method's own layer: the backbone has none of this name
    bool shortcut = false;             ///< a 1×1 convolution beside a block's other convolutions
    int extension = 0;                 ///< Layer::extension
    const Tensor* backbone = nullptr;  ///< W0; null for the classifier and side layers, which have none
    std::string weight() const { return name + ".weight"; }
    std::string columns() const { return name + ".columns"; }  ///< of the gradient of its columns' factors
};

/// A layer's mask as factors, each of `rows` consecutive weights of a filter: [filters][columns].
struct ColumnFactors {
    const ArrayLayer* layer = nullptr;
    std::int64_t rows = 1;
    std::vector<float> factors;
};

/// The layers in the order of their slots. `geometry`: per slot. Throws InternalError where their numbers differ.
std::vector<ArrayLayer> list_array_layers(const Network& network, const ParameterMap& backbone,
                                          const std::vector<CrossbarGeometry>& geometry, bool classifier_on_crossbar);

/// How the authors train. Every number can be overridden in MethodConfig.
struct Recipe {
    int epochs = 30;
    int batch = 32;
    OptimizerKind optimizer = OptimizerKind::adam;
    std::optional<OptimizerKind> mask_optimizer{};  ///< of the mask's own parameters; default: `optimizer`
    bool nesterov = false;                          ///< sgd only
    double momentum = 0.9;                          ///< sgd only
    double learning_rate = 2e-4;
    double mask_learning_rate = 2e-4;
    double weight_decay = 0.0;
    ScheduleKind schedule = ScheduleKind::cosine;
    std::vector<double> milestones{0.5};  ///< schedule step: ×0.1 after these shares of the training
    BatchNormChoice batch_norm = BatchNormChoice::train;
};

class Method {
public:
    virtual ~Method() = default;

    /// Throws ConfigError where the geometry cannot do the realisation; names the layer and the remedy.
    virtual void check() const {}

    /// What a task's place in the sequence changes of the recipe.
    virtual void adjust(Recipe&) const {}

    /// Are the backbone's own weights trained?
    virtual bool trains_weights() const { return false; }
    /// And their biases?
    virtual bool trains_biases() const { return trains_weights(); }

    /// Changes the network's parameters, which are the backbone's with a new classifier, to what this task starts from.
    virtual void begin(ParameterMap&) const {}

    /// Learns the task: session.parameters and session.own. By default one round of gradient descent by the recipe; the
    /// wall time is the caller's to fill in. Called once.
    virtual TrainingInfo learn(TaskSession& session, ThreadPool& pool, Progress& progress);

    /// Did learn() find that the task needs a network grown by one more step? Then all that it did is dropped.
    virtual bool wants_growth() const { return false; }

    /// What the next task in the sequence starts from, by free names; empty: every task starts from the backbone.
    /// `shared`: the network's parameters but the classifier's, with W_eff where weights are masked.
    virtual ParameterMap carried(const ParameterMap& shared) const;

    /// The method's own parameters at the start, by free names; empty where it has none.
    virtual ParameterMap initial() const { return {}; }

    /// Names of the weights that effective() writes, and whose gradients backward() reads.
    virtual std::set<std::string> masked_weights() const { return {}; }

    /// Names of own parameters that learn at the network's rate and decay instead of the mask's.
    virtual std::set<std::string> own_weights() const { return {}; }

    /// Where the periphery applies the mask: from the backbone's weights to those in the cells, in place.
    virtual void on_chip(const ParameterMap& own, ParameterMap& parameters) const;

    /// Writes W_eff of every masked layer into `parameters`, under the weights' names. `noise`: number of the training
    /// step where the method adds noise while training, nothing in evaluation.
    virtual void effective(const ParameterMap& own, std::optional<std::uint64_t> noise, ParameterMap& parameters) const;

    /// Of the layers whose W_eff is the backbone's weights times a factor a column: then backward() takes dL/d(factor),
    /// under ArrayLayer::columns(), instead of dL/dW_eff. Which layers does not depend on `own`. Default: none.
    virtual std::vector<ColumnFactors> column_factors(const ParameterMap& own,
                                                      std::optional<std::uint64_t> noise) const;

    /// From dL/dW_eff, under the weights' names, to dL/d(own). Overwrites.
    virtual void backward(const ParameterMap& own, std::optional<std::uint64_t> noise,
                          const ParameterMap& weight_gradients, ParameterMap& own_gradients) const;

    /// Fills masks[slot] (unit, factors, entries, bits) for every layer that has one.
    virtual void describe_masks(const ParameterMap& own, std::vector<LayerMask>& masks) const;

    /// Makes `own` (or, where weights are trained, `parameters`) look as if learned: each entry is dropped with
    /// probability `masked_share`, a trained weight is replaced by another one of its layer with that probability. For
    /// `remask estimate`.
    virtual void assume(double masked_share, std::uint64_t seed, ParameterMap& own, ParameterMap& parameters);
};

/// What make_method() needs besides the config. References must outlive the method.
struct MethodContext {
    const std::vector<ArrayLayer>& layers;
    int weight_bits = 8;
    std::uint64_t seed = 0;
    const TaskParameters* previous = nullptr;  ///< the task before in a sequence; null: this is the first
};

/// One line of the table; each method's file makes its own (builtin_methods.h).
struct MethodInfo {
    std::string_view name;
    std::string_view description;
    bool masked;  ///< has a mask: `realisation` and `mask_learning_rate` mean something
    /// May it be learned through a chip's arrays (learn.on: crossbar)? Only where no cell is rewritten for it.
    bool learns_on_chip = false;
    Recipe recipe;
    void (*describe)(Fields&, MethodConfig&);         ///< the method's own fields
    Granularity (*granularity)(const MethodConfig&);  ///< decides the default realisation
    std::unique_ptr<Method> (*make)(const MethodConfig&, const MethodContext&);
    /// Are its weights so much its own that cells hold them by scales fitted to them, not by the backbone's?
    bool fits_weight_scale = false;
    /// Does what it learns depend on which of a layer's columns share an array (the PEs that it rewrites)?
    bool depends_on_arrays = false;
    /// Does the memory that its mask takes depend on what is learned? Null: no.
    bool (*mask_memory_varies)(const MethodConfig&) = nullptr;
    /// Does a task go on from what the one before left? Null: never.
    bool (*sequential)(const MethodConfig&) = nullptr;
    /// recall_task() of a sequential method.
    ParameterMap (*recall)(const TaskParameters& earlier, int index, const TaskParameters& latest) = nullptr;
    /// The backbone's network with the method's own layers (side_layers.h). Null: none.
    Network (*adapt)(const MethodConfig&, const Network& backbone) = nullptr;
    /// Sizes that a task's network can grow to, as multiples of the backbone's, the first 1; and the network of
    /// `growth` steps. Null: a network never grows.
    std::vector<double> (*sizes)(const MethodConfig&) = nullptr;
    Network (*grow)(const MethodConfig&, const Network& backbone, int growth) = nullptr;
};

/// The explicit table of all methods (registry.cpp).
const std::vector<MethodInfo>& list_methods();
/// Null where there is none of this name.
const MethodInfo* find_method(std::string_view name);

/// Throws ConfigError: unknown method (did you mean), or a realisation that the geometry cannot do, naming the layer
/// and the remedy.
std::unique_ptr<Method> make_method(const MethodConfig& config, const MethodContext& context);

/// The method's recipe with the config's overrides.
Recipe recipe_of(const MethodConfig& config);

/// The network of a task of `classes`: the backbone's with a new classifier and the method's own layers, grown by so
/// many steps. Throws ConfigError: unknown method, or layers that do not fit this network.
Network method_network(const MethodConfig& config, const Network& backbone, int classes, int growth = 0);

/// How large a task's network can get, as multiples of the backbone's size, by the steps of growth: {1} where it cannot
/// grow. Throws ConfigError: unknown method.
std::vector<double> network_sizes(const MethodConfig& config);
/// Steps of growth at the most.
int most_growth(const MethodConfig& config);

/// Does a task depend on the tasks before it? Throws ConfigError: unknown method.
bool is_sequential(const MethodConfig& config);

/// The float parameters of task `index` (0-based) of a sequence as they are after `latest` was learned; `earlier` is
/// what that task left when it was learned itself.
ParameterMap recall_task(const MethodConfig& config, const TaskParameters& earlier, int index,
                         const TaskParameters& latest);

/// May this be learned through a chip's arrays: is no cell rewritten for it? Throws ConfigError: unknown method.
bool learns_on_chip(const MethodConfig& config);

/// Does what a switch or an inference costs depend on what is learned: are cells rewritten, or does the mask's memory
/// vary? Throws ConfigError: unknown method.
bool cost_depends_on_learning(const MethodConfig& config);

/// Are the task's weights quantised by scales fitted to them, whatever the experiment says? Throws ConfigError: unknown
/// method.
bool fits_weight_scale(const MethodConfig& config);

/// What one mask entry covers under this config. Throws ConfigError: unknown method.
Granularity granularity_of(const MethodConfig& config);

/// The config's realisation, else by granularity: weight reprogram, kernel row_groups, column and none periphery.
Realisation realisation_of(const MethodConfig& config);

/// The `active_rows` that a layer with this kernel size (height × width) needs under the method's realisation; nothing:
/// any. Where it is set, `row_packing: kernel` is needed too if it is more than 1.
std::optional<int> required_active_rows(const MethodConfig& config, int kernel_size);

}  // namespace remask
