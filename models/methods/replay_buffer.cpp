#include "models/methods/replay_buffer.h"

#include <utility>

#include "sim/base/diagnostics.h"

namespace remask {
namespace {

/// A count that a float holds exactly in two parts.
constexpr std::int64_t low_part = std::int64_t{1} << 20;

}  // namespace

void ReplayBuffer::add(Item item) {
    const std::int64_t number = seen_++;
    if (static_cast<int>(items_.size()) < capacity_) {
        items_.push_back(std::move(item));
        return;
    }
    RandomStream random(seed_, "replay reservoir", static_cast<std::uint64_t>(number));
    const std::uint64_t place = random.below(static_cast<std::uint64_t>(seen_));
    if (place < items_.size()) items_[place] = std::move(item);
}

std::vector<const ReplayBuffer::Item*> ReplayBuffer::sample(int count, std::int64_t step, int draw) const {
    if (items_.empty()) throw InternalError("the replay buffer is empty");
    RandomStream random(seed_, "replay draw", static_cast<std::uint64_t>(step), static_cast<std::uint64_t>(draw));
    std::vector<const Item*> drawn;
    for (int i = 0; i < count; ++i) drawn.push_back(&items_[random.below(items_.size())]);
    return drawn;
}

void ReplayBuffer::save(ParameterMap& to) const {
    Tensor images, tasks, labels, logits, sizes;
    for (const Item& item : items_) {
        images.values.insert(images.values.end(), item.image.begin(), item.image.end());
        tasks.values.push_back(static_cast<float>(item.task));
        labels.values.push_back(static_cast<float>(item.label));
        logits.values.insert(logits.values.end(), item.logits.begin(), item.logits.end());
        sizes.values.push_back(static_cast<float>(item.logits.size()));
    }
    const auto put = [&](const char* name, Tensor& tensor) {
        tensor.shape = {tensor.size()};
        if (tensor.size() > 0) to[name] = std::move(tensor);
    };
    put("replay.images", images);
    put("replay.tasks", tasks);
    put("replay.labels", labels);
    put("replay.logits", logits);
    put("replay.sizes", sizes);
    to["replay.seen"] = {{2}, {static_cast<float>(seen_ / low_part), static_cast<float>(seen_ % low_part)}};
}

void ReplayBuffer::load(const ParameterMap& from) {
    const std::vector<float>& seen = from.at("replay.seen").values;
    seen_ = static_cast<std::int64_t>(seen[0]) * low_part + static_cast<std::int64_t>(seen[1]);
    items_.clear();
    const auto found = from.find("replay.images");
    if (found == from.end()) return;
    const std::vector<float>& tasks = from.at("replay.tasks").values;
    const std::size_t size = found->second.values.size() / tasks.size();
    auto image = found->second.values.begin();
    auto logit = from.at("replay.logits").values.begin();
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        Item item;
        item.image.assign(image, image + static_cast<std::ptrdiff_t>(size));
        image += static_cast<std::ptrdiff_t>(size);
        item.task = static_cast<int>(tasks[i]);
        item.label = static_cast<int>(from.at("replay.labels").values[i]);
        const auto classes = static_cast<std::ptrdiff_t>(from.at("replay.sizes").values[i]);
        item.logits.assign(logit, logit + classes);
        logit += classes;
        items_.push_back(std::move(item));
    }
}

}  // namespace remask
