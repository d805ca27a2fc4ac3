// What one layer's arrays compute: the arithmetic of docs/crossbar.md over a batch of input vectors.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "sim/hardware/crossbar_parameters.h"

namespace remask {

class ThreadPool;

/// The mask of a task at the periphery. Empty factors = no mask.
struct PeripheryMask {
    std::span<const double> factors;  ///< [T,N] row-major, or [row groups,N] where per_row_group
    bool per_row_group = false;
};

/// An ADC's range in level units, as resolved for a layer.
struct AdcWindow {
    double lo = 0.0;
    double hi = 0.0;
};

/// What the simulation did (not what the hardware does).
struct EngineStatistics {
    std::int64_t conversions_simulated = 0;  ///< passed through the quantiser one by one
    std::int64_t conversions_proved_exact = 0;  ///< replaced by one integer product since they cannot be rounded or clipped
    std::int64_t conversions_clipped = 0;    ///< of those simulated
    EngineStatistics& operator+=(const EngineStatistics& other);
};

/// One weight matrix programmed on its arrays. Immutable after construction; multiply() may be called from many threads at once.
class CrossbarLayer {
public:
    /// `weights` [K,N] row-major, each |w| ≤ 2^(bw−1)−1 (ConfigError names the first index that is not).
    /// `input_signed` overrides the parameter (networks choose it per layer).
    CrossbarLayer(const CrossbarParameters& parameters, std::int64_t rows, std::int64_t columns,
                  std::span<const std::int32_t> weights, int kernel_size, bool input_signed,
                  std::optional<AdcWindow> calibrated = std::nullopt);
    ~CrossbarLayer();
    CrossbarLayer(CrossbarLayer&&) noexcept;
    CrossbarLayer& operator=(CrossbarLayer&&) noexcept;

    const CrossbarGeometry& geometry() const;
    const AdcWindow& adc_window() const;

    /// outputs[n*vectors + v] = Y of vector v, column n, for inputs[k*vectors + v]: both are stored vector-fastest, as an
    /// unrolled convolution has them ([K,M] and [N,M] row-major). One thread; exact, see docs/crossbar.md.
    EngineStatistics multiply(std::span<const std::int32_t> inputs, std::int64_t vectors, const PeripheryMask& mask,
                              std::span<double> outputs) const;

    /// The same by the plain reference: loops over cells, phases and slices that follow the page line by line.
    void multiply_reference(std::span<const std::int32_t> inputs, std::int64_t vectors, const PeripheryMask& mask,
                            std::span<double> outputs) const;

    /// Adds to `histogram`-like reservoir: the analogue sums that `inputs` cause, for adc_range: calibrated.
    /// Returns the window that holds `percentile` % of the sums (for analog subtraction symmetric).
    AdcWindow calibrate(std::span<const std::int32_t> inputs, std::int64_t vectors, double percentile) const;

private:
    struct Programmed;
    std::unique_ptr<const Programmed> programmed_;
};

}  // namespace remask
