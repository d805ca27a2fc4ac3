// Forward and backward of a network in float32 over a batch.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "models/network/network.h"

namespace remask {

class EngineForward;
class ThreadPool;

enum class BatchNormMode {
    evaluate,  ///< stored mean and variance
    train,     ///< the batch's own; the running ones are updated (momentum 0.1, unbiased variance)
};

/// Runs one network again and again; keeps the buffers. Results do not depend on the pool's number of threads; their
/// last bits depend on the processor's instruction set.
class FloatNetwork {
public:
    FloatNetwork(const Network& network, ThreadPool& pool);
    ~FloatNetwork();

    /// From now on `engine` computes its layers' forward pass; it must outlive this. Null: all in float again.
    void compute_with(const EngineForward* engine);

    /// From now on forward() in train mode or with `keep` computes the convolution `layer` column by column: `weights`
    /// [out][in][kernel y][kernel x], each `rows` consecutive ones of a filter times a factor of their own, so that
    /// backward() can give `layer.columns`, dL/d(factor) [out, columns], without the weights' gradient. `parameters`
    /// must hold the scaled weights all the same. InternalError where there is no such convolution, or it has groups.
    void compute_columns(const std::string& layer, std::int64_t rows, std::span<const float> weights);
    /// The most floats that the sums of an image's `columns` columns a filter of `layer` take until backward().
    static std::int64_t column_sums(const Layer& layer, std::int64_t columns);
    /// The factors [out][column] from now on; to be called before forward().
    void scale_columns(const std::string& layer, std::span<const float> factors);

    /// `images`: batch × input.size(), [channel][y][x], normalised. Returns logits [batch, classes]. In train mode
    /// `parameters`' batch-norm mean and variance are updated. With `keep` what backward() needs is kept.
    std::vector<float> forward(std::span<const float> images, int batch, ParameterMap& parameters, BatchNormMode mode,
                               bool keep);
    std::vector<float> forward(std::span<const float> images, int batch, const ParameterMap& parameters);

    /// Output of layer `layer` of the last forward (kept only with `keep`): batch × output.size(), [channel][y][x].
    std::span<const float> activation(int layer) const;

    /// Gradients of the last forward(keep): adds nothing, overwrites `gradients[name]` for each name in `wanted`
    /// (weights, biases, gammas, betas, columns). Nothing is computed below the lowest layer that is wanted.
    /// Takes dloss/dlogits [batch, classes].
    void backward(std::span<const float> logit_gradients, const ParameterMap& parameters,
                  const std::set<std::string>& wanted, ParameterMap& gradients);

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Mean softmax cross-entropy over the batch, and its gradient with respect to the logits.
double softmax_cross_entropy(std::span<const float> logits, std::span<const int> labels, int classes,
                             std::span<float> gradient);

}  // namespace remask
