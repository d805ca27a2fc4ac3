#include <algorithm>
#include <cmath>

#include "models/network/float_network.h"
#include "sim/base/diagnostics.h"

namespace remask {

double softmax_cross_entropy(std::span<const float> logits, std::span<const int> labels, int classes,
                             std::span<float> gradient) {
    const std::size_t width = static_cast<std::size_t>(std::max(classes, 0));
    if (classes < 1 || labels.empty() || logits.size() != labels.size() * width || gradient.size() != logits.size()) {
        throw InternalError("softmax_cross_entropy: logits, labels and gradient do not fit together");
    }
    const double share = 1.0 / static_cast<double>(labels.size());
    double loss = 0.0;
    for (std::size_t image = 0; image < labels.size(); ++image) {
        if (labels[image] < 0 || labels[image] >= classes)
            throw InternalError("softmax_cross_entropy: label out of range");
        const std::span<const float> row = logits.subspan(image * width, width);
        const double most = static_cast<double>(*std::max_element(row.begin(), row.end()));
        double sum = 0.0;
        for (const float logit : row) sum += std::exp(static_cast<double>(logit) - most);
        const auto label = static_cast<std::size_t>(labels[image]);
        loss += std::log(sum) - (static_cast<double>(row[label]) - most);
        for (std::size_t i = 0; i < width; ++i) {
            const double probability = std::exp(static_cast<double>(row[i]) - most) / sum;
            gradient[image * width + i] = static_cast<float>((probability - (i == label ? 1.0 : 0.0)) * share);
        }
    }
    return loss * share;
}

}  // namespace remask
