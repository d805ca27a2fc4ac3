// The network's matrix products on the crossbar engine: one programmed layer a slot and group, with the task's masks.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "models/methods/task_parameters.h"
#include "models/network/quantized_network.h"
#include "sim/crossbar/crossbar_engine.h"

namespace remask {

class ThreadPool;

class CrossbarProduct : public MatrixProductEngine {
public:
    /// `parameters[slot]`: the crossbar section as it holds for that slot (active rows differ where kernels are driven
    /// one by one). `masks` may be empty (the backbone); otherwise one entry a slot. With adc_range: calibrated
    /// `calibration` visits the calibration inputs of the network, from any number of threads; it is not called
    /// otherwise. Slots are programmed side by side on `pool`. `device`: effects of the cells, of the chip that its
    /// seed names.
    CrossbarProduct(
        const std::vector<CrossbarParameters>& parameters, const std::vector<QuantizedLayer>& layers,
        const std::vector<LayerMask>& masks,
        const std::function<void(const std::function<void(int, int, std::span<const std::int32_t>, std::int64_t)>&)>&
            calibration,
        ThreadPool& pool, const DeviceParameters& device = {});

    /// New factors for the periphery; one entry a slot. Not while multiply() runs.
    void set_masks(const std::vector<LayerMask>& masks);

    using MatrixProductEngine::multiply;
    void multiply(int slot, int group, const IntegerRows& inputs, std::span<double> outputs) const override;

    /// From now on counts what drives the arrays' rows, for cell_reads(). Not while multiply() runs.
    void count_reads() { digits_.resize(slots_.size()); }
    /// Of each slot, all its groups and all products since count_reads().
    std::vector<CellReads> cell_reads(bool gated_are_not_read) const;
    /// Share of the digits that were not 0, of each slot.
    std::vector<double> nonzero_digits() const;

    /// Of all products since construction.
    EngineStatistics statistics() const;
    /// Adds the codes that these inputs cause in a slot's ADCs (CrossbarLayer::count_codes). `counts` may be empty.
    void count_codes(int slot, int group, std::span<const std::int32_t> inputs, std::int64_t vectors,
                     std::vector<CodeCounts>& counts) const;
    /// The ADCs' ranges of a slot (all its groups have the same): one, or one a slice.
    const std::vector<AdcWindow>& adc_windows(int slot) const;

private:
    struct Group {
        CrossbarLayer layer;
        std::vector<double> factors;
        bool per_row_group = false;
    };
    void take_factors(const LayerMask& mask, std::size_t slot);

    std::vector<std::vector<Group>> slots_;  ///< [slot][group]
    mutable std::mutex mutex_;
    mutable EngineStatistics statistics_;
    mutable std::vector<std::vector<DigitCounts>> digits_;  ///< [slot][group]; empty: not asked for
};

/// Adds plane by plane; `counts` may be empty.
void add_counts(std::vector<CodeCounts>& counts, const std::vector<CodeCounts>& more);

}  // namespace remask
