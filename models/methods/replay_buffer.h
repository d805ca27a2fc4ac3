// A sample of everything trained on so far, drawn while it passes by.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/network/network.h"
#include "sim/base/random.h"

namespace remask {

/// Images with their labels and the logits that the network gave them, as dark experience replay keeps them (Buzzega et
/// al., NeurIPS 2020). Reservoir sampling: each of the n items added so far is held with probability capacity/n.
class ReplayBuffer {
public:
    struct Item {
        std::vector<float> image;
        int task = 0;               ///< whose classes the label and the logits are of
        int label = 0;              ///< within them
        std::vector<float> logits;  ///< one a class of the task
    };

    ReplayBuffer(int capacity, std::uint64_t seed) : capacity_(capacity), seed_(seed) {}

    void add(Item item);
    bool empty() const { return items_.empty(); }
    std::int64_t seen() const { return seen_; }
    const std::vector<Item>& items() const { return items_; }
    /// `count` items, drawn with replacement for step `step`; the `draw`-th draw of that step.
    std::vector<const Item*> sample(int count, std::int64_t step, int draw) const;

    /// As tensors under "replay." and back; `image` values an image.
    void save(ParameterMap& to) const;
    void load(const ParameterMap& from);

private:
    int capacity_;
    std::uint64_t seed_;
    std::int64_t seen_ = 0;
    std::vector<Item> items_;
};

}  // namespace remask
