// Post-training quantisation, and inference with integer weights and inputs through a matrix-product engine.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/network/network.h"
#include "sim/base/diagnostics.h"
#include "sim/base/fields.h"
#include "sim/base/integer_rows.h"

namespace remask {

class ThreadPool;

enum class ActivationRange { max, percentile };
template <>
struct EnumWords<ActivationRange> {
    static constexpr std::array<std::string_view, 2> words{"max", "percentile"};
};

struct QuantizationOptions {
    int weight_bits = 8;  ///< 2..16
    int input_bits = 8;   ///< 1..16
    ActivationRange activation_range = ActivationRange::max;
    double activation_percentile = 99.99;
    bool fit_weight_scale = false;  ///< `weight_scale: task`
};

/// One crossbar layer in integers. A grouped convolution has `groups` matrices of [K/groups, N/groups].
struct QuantizedLayer {
    int layer = 0;             ///< index in the network
    std::int64_t rows = 0;     ///< K per group: (in/groups)·kh·kw, ordered (channel, ky, kx)
    std::int64_t columns = 0;  ///< N per group
    int groups = 1;
    int kernel_size = 1;
    std::vector<std::int32_t> weights;  ///< [groups][K,N] row-major
    std::vector<double> weight_scale;   ///< per output channel (all groups)
    double input_scale = 1.0;
    bool input_signed = false;

    /// A copy without `weights`, for those who have them elsewhere: they are most of a network's memory.
    QuantizedLayer without_weights() const;
};

/// Integer weights W = rint(w/s) half to even, s = max|w0|/(2^(bw−1)−1) per output channel of the backbone's weights
/// `reference` (zero channels get s = 1), clipped. `weights` OIHW or [out,in]; result in [groups][K,N].
std::vector<std::int32_t> quantize_weights(const Tensor& weights, int groups, std::span<const double> scale, int bits);
std::vector<double> weight_scales(const Tensor& reference, int bits);

/// Computes Y = X·W (with whatever the hardware does to it) for one layer.
class MatrixProductEngine {
public:
    virtual ~MatrixProductEngine() = default;
    /// `slot` = index among the quantised layers, `group` = group of a grouped convolution.
    /// inputs [K, vectors] and outputs [N, vectors], vector-fastest. Called from many threads at once.
    virtual void multiply(int slot, int group, const IntegerRows& inputs, std::span<double> outputs) const = 0;

    /// The same for inputs that lie in memory.
    void multiply(int slot, int group, std::span<const std::int32_t> inputs, std::int64_t vectors,
                  std::span<double> outputs) const {
        multiply(slot, group, StoredRows(inputs, vectors), outputs);
    }
};

/// A network whose weights are finite and whose values are not.
class ValuesOverflow : public InputError {
public:
    using InputError::InputError;
};

/// A network with integer weights, calibrated input scales and everything else (batch-norm folded, residuals, pooling,
/// classifier) in digital arithmetic whose bits do not depend on instruction set or threads.
class QuantizedNetwork {
public:
    /// The range of a layer's inputs maps to the largest code: unsigned [0, 2^ba − 1] where the graph rules out
    /// negative values, else ±(2^(ba−1) − 1); x = rint(value/scale) half to even, clipped. A layer with no weights of
    /// the same shape in `backbone` (a classifier of other classes) takes its scales from its own. Batch-norm and ReLU
    /// right after a crossbar layer are folded into its end: y·((s_x·s_w)·gain) + shift in doubles, rounded to float.
    /// Throws ConfigError (options, no calibration images), InputError (parameters), ValuesOverflow.
    /// `backbone`: the parameters whose weights fix the scales; `parameters`: those in force (a task's: its own
    /// batch-norm, classifier and, where it reprograms, weights); `effective`: the same with masks that the periphery
    /// applies folded into the weights, from which the input ranges are measured. `calibration`: normalised images,
    /// count × input.size(). `input_scales`: one a quantised layer where they are settled, else empty.
    QuantizedNetwork(const Network& network, const ParameterMap& backbone, const ParameterMap& parameters,
                     const ParameterMap& effective, const QuantizationOptions& options, bool classifier_on_crossbar,
                     std::span<const float> calibration, int calibration_count, ThreadPool& pool,
                     std::span<const double> input_scales = {});

    const std::vector<QuantizedLayer>& layers() const;

    /// Logits [count, classes]; images are split over the pool's threads. The result does not depend on the split.
    /// `first_image`: number of the first one, for an engine whose products depend on chance.
    std::vector<float> run(std::span<const float> images, int count, const MatrixProductEngine& engine,
                           ThreadPool& pool, std::int64_t first_image = 0) const;

    /// Calls `visit(slot, group, inputs [K,vectors], vectors)` with the integer inputs that `images` cause, image by
    /// image, where `engine` computes the products; for ADC calibration.
    void visit_inputs(std::span<const float> images, int count, const MatrixProductEngine& engine,
                      const std::function<void(int, int, std::span<const std::int32_t>, std::int64_t)>& visit) const;

    ~QuantizedNetwork();
    QuantizedNetwork(QuantizedNetwork&&) noexcept;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// The plain integer product without crossbars, in 64-bit loops: the yardstick. `layers` must outlive it (fast_… too).
std::unique_ptr<MatrixProductEngine> integer_product(const std::vector<QuantizedLayer>& layers);
/// The same numbers to the last bit by BLAS, in float or double, whichever is exact for the inputs at hand.
std::unique_ptr<MatrixProductEngine> fast_integer_product(const std::vector<QuantizedLayer>& layers);

}  // namespace remask
