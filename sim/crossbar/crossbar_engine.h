// What one layer's arrays compute: the arithmetic of docs/crossbar.md over a batch of input vectors.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "sim/base/integer_rows.h"
#include "sim/crossbar/adc_calibration.h"
#include "sim/crossbar/cell_reads.h"
#include "sim/crossbar/converter_use.h"
#include "sim/crossbar/reference.h"
#include "sim/device/programmed_cells.h"
#include "sim/hardware/crossbar_parameters.h"

namespace remask {

/// The mask of a task at the periphery. Empty factors = no mask.
struct PeripheryMask {
    std::span<const double> factors;  ///< [T,N] row-major, or [row groups,N] where per_row_group
    bool per_row_group = false;
};

/// What the simulation did (not what the hardware does).
struct EngineStatistics {
    std::int64_t conversions_simulated = 0;  ///< passed through the quantiser one by one
    /// Replaced by one integer product, since no input could clip them and every code is linear in the sum (proved when
    /// the layer was built); without a quantiser, all.
    std::int64_t conversions_proved_exact = 0;
    std::int64_t conversions_clipped = 0;  ///< of those simulated
    EngineStatistics& operator+=(const EngineStatistics& other);
};

/// One weight matrix programmed on its arrays. Immutable after construction; multiply() may be called from many threads
/// at once.
class CrossbarLayer {
public:
    /// `weights` [K,N] row-major, each |w| ≤ 2^(bw−1)−1 (ConfigError names the first index that is not).
    /// `input_signed` overrides the parameter (networks choose it per layer). `device`: effects of the cells;
    /// `identity`: which cells of which chip they are.
    CrossbarLayer(const CrossbarParameters& parameters, std::int64_t rows, std::int64_t columns,
                  std::span<const std::int32_t> weights, int kernel_size, bool input_signed,
                  const std::vector<AdcWindow>& calibrated = {}, const DeviceParameters& device = {},
                  const CellIdentity& identity = {});
    ~CrossbarLayer();
    CrossbarLayer(CrossbarLayer&&) noexcept;
    CrossbarLayer& operator=(CrossbarLayer&&) noexcept;

    const CrossbarGeometry& geometry() const;
    /// What the cells hold, in level units and with the floor of a finite on/off ratio: [side][slice][K][N].
    std::vector<double> conductances() const;
    /// The kernel that multiply() uses (sim/crossbar/kernels.h): the one in force at construction, or `plain` where
    /// that does not cover these parameters.
    std::string_view kernel() const;
    /// The ADCs' ranges: one, or where they differ one a slice, least significant first.
    const std::vector<AdcWindow>& adc_windows() const;

    /// outputs[n*vectors + v] = Y of vector v, column n, for inputs[k*vectors + v]: both are stored vector-fastest, as
    /// an unrolled convolution has them ([K,M] and [N,M] row-major). One thread; exact, see docs/crossbar.md. Where
    /// reads are noisy, vector v is number first_vector + v of the run: its number names its draws.
    EngineStatistics multiply(std::span<const std::int32_t> inputs, std::int64_t vectors, const PeripheryMask& mask,
                              std::span<double> outputs, std::int64_t first_vector = 0) const;

    /// The same for inputs that are read as they are needed.
    EngineStatistics multiply(const IntegerRows& inputs, const PeripheryMask& mask, std::span<double> outputs) const;

    /// The same by the plain reference: loops over cells, phases and slices that follow the page line by line.
    /// `observer` hears of every conversion.
    void multiply_reference(std::span<const std::int32_t> inputs, std::int64_t vectors, const PeripheryMask& mask,
                            std::span<double> outputs, const ConversionObserver& observer = {},
                            std::int64_t first_vector = 0) const;

    /// The sums that `inputs` cause in this layer's arrays, for choose_windows(). Works on a layer that was built
    /// without its calibrated ranges; multiply() needs one built with them.
    SumCounts count_sums(std::span<const std::int32_t> inputs, std::int64_t vectors) const;

    /// The ranges that adc_range: calibrated chooses for these inputs alone.
    std::vector<AdcWindow> calibrate(std::span<const std::int32_t> inputs, std::int64_t vectors) const;

    /// The codes that `inputs` cause, one entry a slice and side in the order (slice, side); empty without a quantiser.
    /// Every conversion counts, also those whose result a mask discards. Slower than multiply().
    std::vector<CodeCounts> count_codes(std::span<const std::int32_t> inputs, std::int64_t vectors) const;

    /// How often these inputs drive each row with each digit.
    DigitCounts count_digits(const IntegerRows& inputs) const;
    /// What such inputs read, with the conductances that the cells have: with all errors that programming, time and
    /// wires leave, without the noise of single reads. `gated_are_not_read`: columns with a factor of 0 are left out.
    CellReads cell_reads(const DigitCounts& digits, const PeripheryMask& mask, bool gated_are_not_read) const;

private:
    struct Programmed;
    std::unique_ptr<const Programmed> programmed_;
};

}  // namespace remask
