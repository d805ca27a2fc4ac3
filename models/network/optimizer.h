// How parameters follow their gradients: SGD and Adam, and learning-rate schedules.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
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

enum class Schedule {
    constant,
    cosine,  ///< from the full rate to 0: rate·½·(1 + cos(π·progress))
    step,    ///< × `step_factor` after each milestone
};
template <>
struct EnumWords<Schedule> {
    static constexpr std::array<std::string_view, 3> words{"constant", "cosine", "step"};
};

struct OptimizerOptions {
    OptimizerKind kind = OptimizerKind::sgd;
    double learning_rate = 0.1;
    double momentum = 0.9;      ///< sgd
    bool nesterov = true;       ///< sgd
    double weight_decay = 0.0;  ///< added to the gradient (L2), as in PyTorch's SGD and Adam
    double beta1 = 0.9;         ///< adam
    double beta2 = 0.999;       ///< adam
    double epsilon = 1e-8;      ///< adam
    Schedule schedule = Schedule::cosine;
    std::vector<double> milestones{0.5, 0.75};  ///< step: shares of all steps, ascending
    double step_factor = 0.1;                   ///< step
};

/// The learning rate of step `step` (0-based) of `steps`.
double scheduled_rate(const OptimizerOptions& options, std::int64_t step, std::int64_t steps);

/// Keeps the state (momentum, moments) of every parameter by name.
///   sgd:  g += decay·w; v = momentum·v + g (v = g at first); w −= rate·(g + momentum·v) with nesterov, else rate·v
///   adam: g += decay·w; m, s = moving means of g, g²; w −= rate·m̂/(√ŝ + epsilon), ^ = divided by 1 − beta^t
/// (PyTorch's definitions, torch.optim.SGD and torch.optim.Adam). Computed in float32, element by element.
class Optimizer {
public:
    explicit Optimizer(const OptimizerOptions& options);

    /// One step at `rate` for every parameter that has a gradient; t counts the steps of each parameter by itself.
    /// InternalError where a gradient has no parameter or another size.
    void step(ParameterMap& parameters, const ParameterMap& gradients, double rate);

    /// The same for one array under a name of the caller's choice (e.g. mask scores); `decay` false: without weight
    /// decay.
    void step(const std::string& name, std::vector<float>& values, const std::vector<float>& gradient, double rate,
              bool decay = true);

private:
    struct Moments {
        std::vector<float> first;   // sgd: velocity; adam: m
        std::vector<float> second;  // adam: s
        std::int64_t steps = 0;
    };
    void sgd(Moments& moments, std::vector<float>& values, const std::vector<float>& gradient, double rate,
             float decay) const;
    void adam(Moments& moments, std::vector<float>& values, const std::vector<float>& gradient, double rate,
              float decay) const;

    OptimizerOptions options_;
    std::map<std::string, Moments> moments_;
};

}  // namespace remask
