#include "sim/app/run/program_crossbars.h"

#include <optional>
#include <utility>

#include "sim/base/parallel.h"

namespace remask {

namespace {

class ProgrammedChip : public LearningChip {
public:
    explicit ProgrammedChip(std::unique_ptr<CrossbarProduct> product) : product_(std::move(product)) {}
    const MatrixProductEngine& engine() const override { return *product_; }
    void set_masks(const std::vector<LayerMask>& masks) override { product_->set_masks(masks); }

private:
    std::unique_ptr<CrossbarProduct> product_;
};

}  // namespace

bool calibrates(const std::vector<CrossbarParameters>& parameters) {
    return !parameters.empty() && parameters[0].adc_bits > 0 && parameters[0].adc_range == AdcRange::calibrated;
}

std::vector<CrossbarParameters> without_adc(std::vector<CrossbarParameters> parameters) {
    for (CrossbarParameters& slot : parameters) {
        slot.adc_bits = 0;
        slot.wires.reset();
    }
    return parameters;
}

std::unique_ptr<CrossbarProduct> program_crossbars(const QuantizedNetwork& network, const std::vector<LayerMask>& masks,
                                                   const std::vector<CrossbarParameters>& parameters,
                                                   const DeviceParameters& device, std::span<const float> calibration,
                                                   int count, ThreadPool& pool) {
    // Gone before the images run, so that a large network's weights do not lie in memory once for each engine.
    std::optional<CrossbarProduct> ideal;
    if (calibrates(parameters)) ideal.emplace(without_adc(parameters), network.layers(), masks, nullptr, pool);
    const std::size_t pixels = count > 0 ? calibration.size() / static_cast<std::size_t>(count) : 0;
    return std::make_unique<CrossbarProduct>(
        parameters, network.layers(), masks,
        [&](const auto& visit) {
            pool.run(count, [&](std::int64_t image, int) {
                network.visit_inputs(calibration.subspan(static_cast<std::size_t>(image) * pixels, pixels), 1, *ideal,
                                     visit);
            });
        },
        pool, device);
}

std::unique_ptr<LearningChip> learning_chip(std::unique_ptr<CrossbarProduct> product) {
    return std::make_unique<ProgrammedChip>(std::move(product));
}

}  // namespace remask
