#include "models/methods/sparse_masks.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sim/base/random.h"

namespace remask {
namespace {

std::int64_t count(const Flags& flags) {
    return std::count(flags.begin(), flags.end(), true);
}

/// Indices of the `wanted` largest of `scores` among `candidates`; of equal ones the first.
std::vector<std::size_t> largest(std::vector<std::size_t> candidates, const std::vector<double>& scores,
                                 std::size_t wanted) {
    wanted = std::min(wanted, candidates.size());
    std::nth_element(
        candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(wanted), candidates.end(),
        [&](std::size_t a, std::size_t b) { return scores[a] != scores[b] ? scores[a] > scores[b] : a < b; });
    candidates.resize(wanted);
    return candidates;
}

std::size_t share_of(double share, std::size_t of) {
    return static_cast<std::size_t>(std::llround(share * static_cast<double>(of)));
}

}  // namespace

SparseMasks::SparseMasks(const Options& options, std::vector<std::string> weights)
    : options_(options), weights_(std::move(weights)) {}

void SparseMasks::prune(ParameterMap& parameters) {
    std::vector<const Tensor*> tensors;
    for (const std::string& name : weights_) tensors.push_back(&parameters.at(name));
    const std::vector<std::int64_t> counts = allocate_weights(options_.allocation, options_.sparsity, tensors);
    for (std::size_t layer = 0; layer < weights_.size(); ++layer) {
        const std::vector<float>& w = tensors[layer]->values;
        std::vector<double> size(w.size());
        for (std::size_t i = 0; i < w.size(); ++i) size[i] = std::fabs(static_cast<double>(w[i]));
        std::vector<std::size_t> all(w.size());
        std::iota(all.begin(), all.end(), std::size_t{0});
        Flags& exists = exists_[weights_[layer]];
        exists.assign(w.size(), false);
        for (const std::size_t i : largest(std::move(all), size, static_cast<std::size_t>(counts[layer])))
            exists[i] = true;
        updated_[weights_[layer]] = exists;
    }
    hold(parameters);
}

void SparseMasks::renew(ParameterMap& parameters, const ParameterMap& gradients, std::int64_t round) {
    const double grown_share = std::min(1.0, options_.grown / (1.0 - options_.sparsity));
    std::uint64_t layer = 0;
    for (const std::string& name : weights_) {
        const std::vector<float>& w = parameters.at(name).values;
        const std::vector<float>& g = gradients.at(name).values;
        Flags& exists = exists_[name];
        std::vector<double> importance(w.size());
        std::vector<std::size_t> candidates;
        for (std::size_t i = 0; i < w.size(); ++i) {
            importance[i] =
                std::fabs(static_cast<double>(w[i])) + options_.gradient_weight * std::fabs(static_cast<double>(g[i]));
            if (exists[i]) candidates.push_back(i);
        }
        const std::size_t target = candidates.size();
        const std::size_t grown = std::min(share_of(grown_share, target), w.size() - target);
        exists.assign(w.size(), false);
        for (const std::size_t i : largest(std::move(candidates), importance, target - grown)) exists[i] = true;
        RandomStream random(options_.seed, "grown weights", static_cast<std::uint64_t>(round), layer++);
        std::vector<std::size_t> rest;
        for (std::size_t i = 0; i < w.size(); ++i) {
            if (!exists[i]) rest.push_back(i);
        }
        for (std::size_t n = 0; n < grown; ++n) {
            std::swap(rest[n], rest[n + random.below(rest.size() - n)]);
            exists[rest[n]] = true;
        }
        updated_[name] = exists;
    }
    hold(parameters);
}

void SparseMasks::choose_updated(const ParameterMap& gradients) {
    const double updated_share = std::min(1.0, (1.0 - options_.gradient_sparsity) / (1.0 - options_.sparsity));
    for (const std::string& name : weights_) {
        const Flags& exists = exists_.at(name);
        std::vector<double> size(exists.size());
        std::vector<std::size_t> candidates;
        for (std::size_t i = 0; i < exists.size(); ++i) {
            size[i] = std::fabs(static_cast<double>(gradients.at(name).values[i]));
            if (exists[i]) candidates.push_back(i);
        }
        const std::size_t wanted = share_of(updated_share, candidates.size());
        Flags& updated = updated_[name];
        updated.assign(exists.size(), false);
        for (const std::size_t i : largest(std::move(candidates), size, wanted)) updated[i] = true;
    }
}

void SparseMasks::mask_gradients(ParameterMap& gradients) const {
    for (const auto& [name, updated] : updated_) {
        std::vector<float>& g = gradients.at(name).values;
        for (std::size_t i = 0; i < g.size(); ++i) {
            if (!updated[i]) g[i] = 0.0f;
        }
    }
}

void SparseMasks::keep_others(const ParameterMap& before, ParameterMap& parameters) const {
    for (const auto& [name, updated] : updated_) {
        const std::vector<float>& old = before.at(name).values;
        std::vector<float>& w = parameters.at(name).values;
        for (std::size_t i = 0; i < w.size(); ++i) {
            if (!updated[i]) w[i] = old[i];
        }
    }
}

void SparseMasks::hold(ParameterMap& parameters) const {
    for (const auto& [name, exists] : exists_) {
        std::vector<float>& w = parameters.at(name).values;
        for (std::size_t i = 0; i < w.size(); ++i) {
            if (!exists[i]) w[i] = 0.0f;
        }
    }
}

std::int64_t SparseMasks::existing(const std::string& weight) const {
    return count(exists_.at(weight));
}
std::int64_t SparseMasks::updated(const std::string& weight) const {
    return count(updated_.at(weight));
}

void SparseMasks::save(ParameterMap& to) const {
    for (const auto& [name, exists] : exists_) {
        Tensor& tensor = to[name + ".exists"];
        for (const bool flag : exists) tensor.values.push_back(flag ? 1.0f : 0.0f);
        tensor.shape = {tensor.size()};
    }
}

void SparseMasks::load(const ParameterMap& from) {
    for (const std::string& name : weights_) {
        Flags& exists = exists_[name];
        exists.clear();
        for (const float flag : from.at(name + ".exists").values) exists.push_back(flag != 0.0f);
        updated_[name] = exists;
    }
}

}  // namespace remask
