// Feature extraction: a new classifier on the frozen backbone. No mask, no cell is written.
#include "models/methods/builtin_methods.h"

namespace remask {
namespace {

class Classifier : public Method {};

}  // namespace

MethodInfo classifier_method() {
    return {
        .name = "classifier",
        .description = "a new classifier on the frozen backbone (feature extraction)",
        .masked = false,
        .learns_on_chip = true,
        .recipe = {.learning_rate = 1e-3, .mask_learning_rate = 0.0, .batch_norm = BatchNormChoice::frozen},
        .describe = [](Fields&, MethodConfig&) {},
        .granularity = [](const MethodConfig&) { return Granularity::none; },
        .make = [](const MethodConfig&, const MethodContext&) -> std::unique_ptr<Method> {
            return std::make_unique<Classifier>();
        },
    };
}

}  // namespace remask
