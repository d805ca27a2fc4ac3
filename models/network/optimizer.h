// How parameters follow their gradients: SGD and Adam, and learning-rate schedules.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "models/network/network.h"
#include "sim/base/fields.h"

namespace remask {

enum class OptimizerKind { sgd, adam };
template <>
struct EnumWords<OptimizerKind> {
    static constexpr std::array<std::string_view, 2> words{"sgd", "adam"};
};

enum class ScheduleKind {
    constant,
    cosine,  ///< from the full rate to 0: rate·½·(1 + cos(π·progress))
    step,    ///< × `step_factor` after each milestone
};
template <>
struct EnumWords<ScheduleKind> {
    static constexpr std::array<std::string_view, 3> words{"constant", "cosine", "step"};
};

struct OptimizerOptions {
    OptimizerKind kind = OptimizerKind::sgd;
    double learning_rate = 0.1;
    double momentum = 0.9;      ///< sgd
    bool nesterov = false;      ///< sgd
    double weight_decay = 0.0;  ///< added to the gradient (L2), as in PyTorch's SGD and Adam
    double beta1 = 0.9;         ///< adam
    double beta2 = 0.999;       ///< adam
    double epsilon = 1e-8;      ///< adam
    ScheduleKind schedule = ScheduleKind::cosine;
    std::vector<double> milestones{0.5};  ///< step: shares of all steps, ascending
    double step_factor = 0.1;             ///< step
};

/// The learning rate of step `step` (0-based) of `steps`.
double scheduled_rate(const OptimizerOptions& options, std::int64_t step, std::int64_t steps);

/// Keeps the state (momentum, moments) of every parameter by name.
///   sgd:  g += decay·w; v = momentum·v + g (v = g at first); w −= rate·(g + momentum·v) with nesterov, else rate·v
///   adam: g += decay·w; m, s = moving means of g, g²; w −= rate·m̂/(√ŝ + epsilon), ^ = divided by 1 − beta^t
/// (PyTorch's definitions, torch.optim.SGD and torch.optim.Adam.) Computed in float32, element by element.
class Optimizer {
public:
    /// `steps`: how many steps there will be, for the schedule.
    Optimizer(const OptimizerOptions& options, std::int64_t steps);

    /// One step, at the schedule's rate, for every parameter that has a gradient. A parameter's t and velocity start
    /// when it first has one. InternalError where a gradient has no parameter or another size.
    void step(ParameterMap& parameters, const ParameterMap& gradients);

    /// The rate that the next step uses.
    double rate() const { return scheduled_rate(options_, step_, steps_); }

private:
    struct Moments {
        std::vector<float> first;   // sgd: velocity; adam: m
        std::vector<float> second;  // adam: s
        std::int64_t steps = 0;
    };
    void sgd(Moments& moments, std::vector<float>& values, const std::vector<float>& gradient) const;
    void adam(Moments& moments, std::vector<float>& values, const std::vector<float>& gradient) const;

    OptimizerOptions options_;
    std::int64_t steps_;
    std::int64_t step_ = 0;
    std::map<std::string, Moments> moments_;
};

}  // namespace remask
