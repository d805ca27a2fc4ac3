#include "models/network/optimizer.h"

#include <Eigen/Core>
#include <cmath>
#include <numbers>

#include "sim/base/diagnostics.h"

namespace remask {

namespace {

using Values = Eigen::Map<Eigen::ArrayXf>;
using Gradient = Eigen::Map<const Eigen::ArrayXf>;

Values view(std::vector<float>& values) {
    return {values.data(), static_cast<Eigen::Index>(values.size())};
}
Gradient view(const std::vector<float>& values) {
    return {values.data(), static_cast<Eigen::Index>(values.size())};
}

}  // namespace

double scheduled_rate(const OptimizerOptions& options, std::int64_t step, std::int64_t steps) {
    const double progress = steps > 0 ? static_cast<double>(step) / static_cast<double>(steps) : 0.0;
    double rate = options.learning_rate;
    if (options.schedule == ScheduleKind::cosine) rate *= 0.5 * (1.0 + std::cos(std::numbers::pi * progress));
    if (options.schedule == ScheduleKind::step) {
        for (const double milestone : options.milestones) {
            if (progress >= milestone) rate *= options.step_factor;
        }
    }
    return rate;
}

Optimizer::Optimizer(const OptimizerOptions& options, std::int64_t steps) : options_(options), steps_(steps) {}

void Optimizer::step(ParameterMap& parameters, const ParameterMap& gradients) {
    for (const auto& [name, gradient] : gradients) {
        const auto found = parameters.find(name);
        if (found == parameters.end()) throw InternalError("optimizer: no parameter '" + name + "'");
        std::vector<float>& values = found->second.values;
        Moments& moments = moments_[name];
        if (moments.steps++ == 0) {
            moments.first.assign(values.size(), 0.0f);
            if (options_.kind == OptimizerKind::adam) moments.second.assign(values.size(), 0.0f);
        }
        if (values.size() != gradient.values.size() || values.size() != moments.first.size()) {
            throw InternalError("optimizer: '" + name + "', its gradient and its moments differ in size");
        }
        if (options_.kind == OptimizerKind::sgd) {
            sgd(moments, values, gradient.values);
        } else {
            adam(moments, values, gradient.values);
        }
    }
    ++step_;
}

void Optimizer::sgd(Moments& moments, std::vector<float>& values, const std::vector<float>& gradient) const {
    const auto rate_now = static_cast<float>(rate());
    const auto decay = static_cast<float>(options_.weight_decay);
    const auto momentum = static_cast<float>(options_.momentum);
    Values w = view(values), v = view(moments.first);
    const Eigen::ArrayXf g = view(gradient) + decay * w;
    v = momentum * v + g;
    if (options_.nesterov) {
        w -= rate_now * (g + momentum * v);
    } else {
        w -= rate_now * v;
    }
}

void Optimizer::adam(Moments& moments, std::vector<float>& values, const std::vector<float>& gradient) const {
    const auto t = static_cast<double>(moments.steps);
    const auto step_size = static_cast<float>(rate() / (1.0 - std::pow(options_.beta1, t)));
    const auto root = static_cast<float>(1.0 / std::sqrt(1.0 - std::pow(options_.beta2, t)));
    const auto beta1 = static_cast<float>(options_.beta1), rest1 = static_cast<float>(1.0 - options_.beta1);
    const auto beta2 = static_cast<float>(options_.beta2), rest2 = static_cast<float>(1.0 - options_.beta2);
    const auto decay = static_cast<float>(options_.weight_decay);
    const auto epsilon = static_cast<float>(options_.epsilon);
    Values w = view(values), m = view(moments.first), s = view(moments.second);
    const Eigen::ArrayXf g = view(gradient) + decay * w;
    m = beta1 * m + rest1 * g;
    s = beta2 * s + rest2 * g * g;
    w -= step_size * m / (s.sqrt() * root + epsilon);
}

}  // namespace remask
