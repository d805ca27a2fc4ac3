// Accuracy in float.
#include <algorithm>

#include "models/methods/epochs.h"
#include "models/methods/learn.h"
#include "models/network/float_network.h"

namespace remask {

double evaluate_accuracy(const Network& network, const ParameterMap& parameters, const ImageSet& images,
                         std::span<const int> labels, ThreadPool& pool) {
    check_training_data(network.input, images, labels, network.classes());
    constexpr std::int64_t batch = 256;
    const auto classes = static_cast<std::size_t>(network.classes());
    const auto count = static_cast<std::int64_t>(labels.size());
    FloatNetwork runner(network, pool);
    std::vector<float> buffer;
    std::int64_t right = 0;
    for (std::int64_t begin = 0; begin < count; begin += batch) {
        const auto here = static_cast<std::size_t>(std::min(batch, count - begin));
        const auto first = static_cast<std::size_t>(begin);
        const std::vector<float> logits =
            runner.forward(images.portion(begin, static_cast<std::int64_t>(here), network.input.size(), pool, buffer),
                           static_cast<int>(here), parameters);
        for (std::size_t i = 0; i < here; ++i) {
            const auto row = logits.begin() + static_cast<std::ptrdiff_t>(i * classes);
            const auto best = std::max_element(row, row + static_cast<std::ptrdiff_t>(classes)) - row;
            right += best == labels[first + i] ? 1 : 0;
        }
    }
    return static_cast<double>(right) / static_cast<double>(count);
}

}  // namespace remask
