#include "models/methods/sparse_allocation.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace remask {
namespace {

using Tensors = std::vector<const Tensor*>;

std::vector<std::int64_t> sizes_of(const Tensors& weights) {
    std::vector<std::int64_t> sizes;
    for (const Tensor* tensor : weights) sizes.push_back(tensor->size());
    return sizes;
}

/// The raw share of a layer: extents added, over extents multiplied.
double erk_share(const Tensor& tensor) {
    return static_cast<double>(std::accumulate(tensor.shape.begin(), tensor.shape.end(), std::int64_t{0})) /
           static_cast<double>(tensor.size());
}

/// Shares factor × erk_share, no more than 1: layers that reach it are dense, and the others share what is left.
std::vector<std::int64_t> by_erk(double wanted, const Tensors& weights) {
    std::vector<bool> dense(weights.size(), false);
    double factor = 0.0;
    for (bool changed = true; changed;) {
        changed = false;
        double left = wanted, extents = 0.0;
        for (std::size_t i = 0; i < weights.size(); ++i) {
            const auto size = static_cast<double>(weights[i]->size());
            if (dense[i]) left -= size;
            if (!dense[i]) extents += erk_share(*weights[i]) * size;
        }
        factor = extents > 0.0 ? std::max(0.0, left) / extents : 0.0;
        for (std::size_t i = 0; i < weights.size(); ++i) {
            if (dense[i] || factor * erk_share(*weights[i]) < 1.0) continue;
            dense[i] = changed = true;
        }
    }
    std::vector<std::int64_t> counts = sizes_of(weights);
    for (std::size_t i = 0; i < weights.size(); ++i) {
        if (!dense[i])
            counts[i] = std::llround(factor * erk_share(*weights[i]) * static_cast<double>(weights[i]->size()));
    }
    return counts;
}

/// Scores of a layer's weights by their size, the largest first.
std::vector<double> scores_of(Allocation allocation, const Tensor& tensor) {
    std::vector<double> scores;
    for (const float w : tensor.values) scores.push_back(std::fabs(static_cast<double>(w)));
    std::sort(scores.begin(), scores.end(), std::greater<>());
    if (allocation == Allocation::magnitude) return scores;
    double sum = 0.0;
    for (double& score : scores) {
        const double square = score * score;
        sum += square;
        score = sum > 0.0 ? square / sum : 0.0;
    }
    return scores;
}

std::vector<std::int64_t> by_rank(Allocation allocation, std::int64_t wanted, const Tensors& weights) {
    struct Ranked {
        double score;
        std::size_t layer;
    };
    std::vector<Ranked> ranked;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        for (const double score : scores_of(allocation, *weights[i])) ranked.push_back({score, i});
    }
    const auto end = ranked.begin() + std::min<std::int64_t>(wanted, static_cast<std::int64_t>(ranked.size()));
    std::stable_sort(ranked.begin(), ranked.end(), [](const Ranked& a, const Ranked& b) { return a.score > b.score; });
    std::vector<std::int64_t> counts(weights.size(), 0);
    for (auto each = ranked.begin(); each != end; ++each) ++counts[each->layer];
    return counts;
}

}  // namespace

std::vector<std::int64_t> allocate_weights(Allocation allocation, double sparsity, const Tensors& weights) {
    std::vector<std::int64_t> counts = sizes_of(weights);
    const double wanted = (1.0 - sparsity) * static_cast<double>(std::accumulate(counts.begin(), counts.end(), 0LL));
    switch (allocation) {
        case Allocation::uniform:
            for (std::int64_t& count : counts) count = std::llround((1.0 - sparsity) * static_cast<double>(count));
            break;
        case Allocation::erk:
            counts = by_erk(wanted, weights);
            break;
        case Allocation::magnitude:
        case Allocation::lamp:
            counts = by_rank(allocation, std::llround(wanted), weights);
            break;
    }
    for (std::int64_t& count : counts) count = std::max<std::int64_t>(count, 1);
    return counts;
}

}  // namespace remask
