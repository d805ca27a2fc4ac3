#include "sim/crossbar/crossbar_engine.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "sim/base/diagnostics.h"
#include "sim/crossbar/lookup_multiply.h"
#include "sim/crossbar/noisy_multiply.h"
#include "sim/crossbar/programmed_layer.h"

namespace remask {

struct CrossbarLayer::Programmed : detail::ProgrammedLayer {
    explicit Programmed(detail::ProgrammedLayer layer) : detail::ProgrammedLayer(std::move(layer)) {
        const auto window = [&](const Adc& of) { return AdcWindow{of.lo * sum_unit, of.hi * sum_unit}; };
        for (const Adc& of_slice : slice_adcs) windows.push_back(window(of_slice));
        if (uniform_adc()) windows.push_back(window(adc));
    }
    std::vector<AdcWindow> windows;
};

namespace {

/// Of the lookup path: their indices stay in the second-level cache.
constexpr std::int64_t vectors_at_once = 2048;

void check_inputs(const detail::ProgrammedLayer& layer, std::span<const std::int32_t> inputs, std::int64_t vectors) {
    if (vectors < 0 || static_cast<std::int64_t>(inputs.size()) != layer.geometry.rows * vectors) {
        throw InternalError("crossbar inputs are not rows × vectors");
    }
    std::int32_t least = 0, most = 0;  // 0 fits any bits
    for (const std::int32_t x : inputs) {
        least = std::min(least, x);
        most = std::max(most, x);
    }
    if (least < layer.input_min || most > layer.input_max) {
        throw InternalError("a crossbar input (" + std::to_string(least < layer.input_min ? least : most) +
                            ") does not fit its bits");
    }
}

void check_outputs(const detail::ProgrammedLayer& layer, std::int64_t vectors, const PeripheryMask& mask,
                   std::span<double> outputs) {
    const CrossbarGeometry& g = layer.geometry;
    if (!layer.calibrated) throw InternalError("a crossbar layer was used before its ADC range was calibrated");
    if (static_cast<std::int64_t>(outputs.size()) != g.columns * vectors) {
        throw InternalError("crossbar outputs are not columns × vectors");
    }
    const std::int64_t mask_rows = mask.per_row_group ? g.row_groups : g.row_tiles;
    if (!mask.factors.empty() && static_cast<std::int64_t>(mask.factors.size()) != mask_rows * g.columns) {
        throw InternalError("the periphery mask does not have one factor per row tile (or group) and column");
    }
}

void check_call(const detail::ProgrammedLayer& layer, std::span<const std::int32_t> inputs, std::int64_t vectors,
                const PeripheryMask& mask, std::span<double> outputs) {
    check_inputs(layer, inputs, vectors);
    check_outputs(layer, vectors, mask, outputs);
}

}  // namespace

EngineStatistics& EngineStatistics::operator+=(const EngineStatistics& other) {
    conversions_simulated += other.conversions_simulated;
    conversions_proved_exact += other.conversions_proved_exact;
    conversions_clipped += other.conversions_clipped;
    return *this;
}

CrossbarLayer::CrossbarLayer(const CrossbarParameters& parameters, std::int64_t rows, std::int64_t columns,
                             std::span<const std::int32_t> weights, int kernel_size, bool input_signed,
                             const std::vector<AdcWindow>& calibrated, const DeviceParameters& device,
                             const CellIdentity& identity)
    : programmed_(std::make_unique<const Programmed>(detail::program(parameters, rows, columns, weights, kernel_size,
                                                                     input_signed, calibrated, device, identity))) {}

CrossbarLayer::~CrossbarLayer() = default;
CrossbarLayer::CrossbarLayer(CrossbarLayer&&) noexcept = default;
CrossbarLayer& CrossbarLayer::operator=(CrossbarLayer&&) noexcept = default;

const CrossbarGeometry& CrossbarLayer::geometry() const {
    return programmed_->geometry;
}
std::vector<double> CrossbarLayer::conductances() const {
    const CrossbarGeometry& g = programmed_->geometry;
    const double floor = programmed_->fixed_point ? 0.0 : programmed_->periphery_floor;
    std::vector<double> values;
    values.reserve(static_cast<std::size_t>(g.sides * g.slices * g.rows * g.columns));
    for (int part = 0; part < g.sides * g.slices; ++part) {
        for (std::int64_t k = 0; k < g.rows; ++k) {
            for (std::int64_t n = 0; n < g.columns; ++n) {
                const std::int32_t units = programmed_->cell_conductance(k, n, part / g.slices, part % g.slices);
                values.push_back(units * std::ldexp(programmed_->sum_unit, programmed_->drive_bits) + floor);
            }
        }
    }
    return values;
}
const std::vector<AdcWindow>& CrossbarLayer::adc_windows() const {
    return programmed_->windows;
}

std::string_view CrossbarLayer::kernel() const {
    return programmed_->lookup ? programmed_->lookup->kernel->name : "plain";
}

EngineStatistics CrossbarLayer::multiply(std::span<const std::int32_t> inputs, std::int64_t vectors,
                                         const PeripheryMask& mask, std::span<double> outputs,
                                         std::int64_t first_vector) const {
    check_call(*programmed_, inputs, vectors, mask, outputs);
    if (programmed_->noise) return detail::noisy_multiply(*programmed_, inputs, vectors, mask, outputs, first_vector);
    if (programmed_->lookup) {
        EngineStatistics statistics;
        for (std::int64_t first = 0; first < vectors; first += vectors_at_once) {
            const StoredRows block(inputs, vectors, first, std::min(vectors_at_once, vectors - first));
            statistics += detail::lookup_multiply(*programmed_, block, mask, outputs.data() + first, vectors);
        }
        return statistics;
    }
    if (!programmed_->same_converters() || programmed_->drives_levels())
        return detail::converter_multiply(*programmed_, inputs, vectors, mask, outputs);
    return detail::fast_multiply(*programmed_, inputs, vectors, mask, outputs);
}

EngineStatistics CrossbarLayer::multiply(const IntegerRows& inputs, const PeripheryMask& mask,
                                         std::span<double> outputs) const {
    if (!programmed_->lookup || inputs.vectors() > vectors_at_once) {
        return multiply(inputs.all(), inputs.vectors(), mask, outputs, inputs.first_vector());
    }
    if (inputs.rows() != programmed_->geometry.rows) throw InternalError("crossbar inputs are not rows × vectors");
    check_outputs(*programmed_, inputs.vectors(), mask, outputs);
    return detail::lookup_multiply(*programmed_, inputs, mask, outputs.data(), inputs.vectors());
}

void CrossbarLayer::multiply_reference(std::span<const std::int32_t> inputs, std::int64_t vectors,
                                       const PeripheryMask& mask, std::span<double> outputs,
                                       const ConversionObserver& observer, std::int64_t first_vector) const {
    check_call(*programmed_, inputs, vectors, mask, outputs);
    detail::reference_multiply(*programmed_, inputs, vectors, mask, outputs, observer, first_vector);
}

std::vector<CodeCounts> CrossbarLayer::count_codes(std::span<const std::int32_t> inputs, std::int64_t vectors) const {
    check_inputs(*programmed_, inputs, vectors);
    if (!programmed_->calibrated) throw InternalError("codes were counted before the ADC range was calibrated");
    return detail::count_codes(*programmed_, inputs, vectors);
}

DigitCounts CrossbarLayer::count_digits(const IntegerRows& inputs) const {
    return detail::count_digits(*programmed_, inputs);
}

CellReads CrossbarLayer::cell_reads(const DigitCounts& digits, const PeripheryMask& mask,
                                    bool gated_are_not_read) const {
    return detail::cell_reads(*programmed_, digits, mask, gated_are_not_read);
}

SumCounts CrossbarLayer::count_sums(std::span<const std::int32_t> inputs, std::int64_t vectors) const {
    check_inputs(*programmed_, inputs, vectors);
    return detail::count_sums(*programmed_, inputs, vectors);
}

std::vector<AdcWindow> CrossbarLayer::calibrate(std::span<const std::int32_t> inputs, std::int64_t vectors) const {
    return choose_windows(programmed_->parameters, programmed_->geometry.active_rows, count_sums(inputs, vectors));
}

}  // namespace remask
