#include "models/data/image_set.h"

#include <algorithm>
#include <utility>

#include "models/data/photographs.h"
#include "sim/base/diagnostics.h"
#include "sim/base/parallel.h"

namespace remask {

ImageSet ImageSet::holding(std::vector<float> values) {
    ImageSet set;
    set.held_ = std::make_shared<const std::vector<float>>(std::move(values));
    set.values_ = *set.held_;
    return set;
}

std::int64_t ImageSet::place(std::int64_t index) const {
    return chosen_ ? chosen_->at(static_cast<std::size_t>(index)) : index;
}

bool ImageSet::fits(std::int64_t count, std::int64_t size) const {
    if (chosen_) return static_cast<std::int64_t>(chosen_->size()) == count;
    if (source_) return source_->count() == count;
    return static_cast<std::int64_t>(values_.size()) == count * size;
}

void ImageSet::read(std::int64_t index, std::span<float> out) const {
    if (source_) return source_->read(place(index), out);
    const std::span<const float> from =
        values_.subspan(static_cast<std::size_t>(place(index)) * out.size(), out.size());
    std::copy(from.begin(), from.end(), out.begin());
}

void ImageSet::read_for_training(std::int64_t index, const Shape& shape, const Augmentation& augmentation,
                                 std::uint64_t seed, int epoch, std::span<float> out) const {
    if (source_) {
        source_->read_for_training(place(index), seed, epoch, out);
    } else {
        read(index, out);
    }
    augment(out, shape, augmentation, seed, epoch, index);
}

std::span<const float> ImageSet::portion(std::int64_t first, std::int64_t count, std::int64_t size, ThreadPool& pool,
                                         std::vector<float>& buffer) const {
    const auto length = static_cast<std::size_t>(size);
    if (!source_ && !chosen_)
        return values_.subspan(static_cast<std::size_t>(first) * length, static_cast<std::size_t>(count) * length);
    buffer.resize(static_cast<std::size_t>(count) * length);
    pool.run(count, [&](std::int64_t i, int) {
        read(first + i, std::span<float>(buffer).subspan(static_cast<std::size_t>(i) * length, length));
    });
    return buffer;
}

ImageSet ImageSet::only(std::vector<std::int64_t> indices) const {
    for (std::int64_t& index : indices) index = place(index);
    ImageSet chosen = *this;
    chosen.chosen_ = std::make_shared<const std::vector<std::int64_t>>(std::move(indices));
    return chosen;
}

ImageSet image_set(const Dataset& dataset, const DataSelection& selection, const Network& network, Resize resize) {
    if (!dataset.files.empty()) return ImageSet(data::photographs(dataset, selection, network));
    return ImageSet::holding(prepare_images(dataset, network, resize));
}

}  // namespace remask
