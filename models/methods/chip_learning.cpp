#include "models/methods/chip_learning.h"

#include <algorithm>

#include "models/methods/task_session.h"
#include "sim/base/diagnostics.h"

namespace remask {

void check_learning_place(const TaskSession& session) {
    if (session.config.learn.on == LearningPlace::float32) return;
    const std::string who = "method '" + session.config.name() + "': learn.on: crossbar: ";
    if (!learns_on_chip(session.config)) {
        throw ConfigError(
            who +
            "this method writes cells, and no chip stands that at every step; learn it in float, or take "
            "a mask that the periphery applies (xbm, xma, ksm with realisation: row_groups) or classifier");
    }
    if (session.input.classifier_on_crossbar) {
        throw ConfigError(who + "the classifier is learned, so it must not lie on arrays: set classifier: digital");
    }
}

ChipLearning::ChipLearning(const TaskSession& session, ThreadPool& pool)
    : session_(session), masks_(session.layers.size()) {
    const LearningInput& input = session.input;
    if (!input.program_chip) throw InternalError("learning on a chip without a chip");
    const auto count = static_cast<int>(std::min<std::int64_t>(input.calibration_images, input.count()));
    std::vector<float> buffer;
    const auto images = input.images.portion(0, count, session.network.input.size(), pool, buffer);
    quantized_ = std::make_unique<QuantizedNetwork>(session.network, session.parameters, session.parameters,
                                                    session.parameters, input.quantization, false, images, count, pool);
    chip_ = input.program_chip(*quantized_, images, count);
    forward_ = std::make_unique<EngineForward>(session.network, quantized_->layers(), input.quantization.input_bits,
                                               chip_->engine());
    set_masks(session.own);
}

void ChipLearning::set_masks(const ParameterMap& own) {
    for (std::size_t slot = 0; slot < masks_.size(); ++slot) masks_[slot].slot = static_cast<int>(slot);
    session_.method->describe_masks(own, masks_);
    chip_->set_masks(masks_);
}

}  // namespace remask
