// A network's input images one by one: held in memory, or decoded whenever they are asked for.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "models/data/dataset.h"
#include "models/network/network.h"

namespace remask {

class ThreadPool;

/// Makes normalised images. read() may be called from several threads at once.
class ImageSource {
public:
    virtual ~ImageSource() = default;
    virtual std::int64_t count() const = 0;
    /// Image `index` as the network is tested on it: `out` holds input.size() floats. Throws InputError that names the
    /// file.
    virtual void read(std::int64_t index, std::span<float> out) const = 0;
    /// As it is trained on in `epoch`, before augment(); the same for the same (seed, epoch, index).
    virtual void read_for_training(std::int64_t index, std::uint64_t seed, int epoch, std::span<float> out) const {
        static_cast<void>(seed);
        static_cast<void>(epoch);
        read(index, out);
    }
};

/// Cheap to copy. All images have the size of the span that they are read into.
class ImageSet {
public:
    ImageSet() = default;
    /// Images one after another, which must outlive this.
    ImageSet(std::span<const float> values) : values_(values) {}
    ImageSet(const std::vector<float>& values) : values_(values) {}
    static ImageSet holding(std::vector<float> values);
    explicit ImageSet(std::shared_ptr<const ImageSource> source) : source_(std::move(source)) {}

    /// Are there exactly `count` images of `size` floats?
    bool fits(std::int64_t count, std::int64_t size) const;
    bool empty() const { return !source_ && values_.empty(); }

    void read(std::int64_t index, std::span<float> out) const;
    /// Augmented.
    void read_for_training(std::int64_t index, const Shape& shape, const Augmentation& augmentation, std::uint64_t seed,
                           int epoch, std::span<float> out) const;
    /// Images first … first + count − 1 of `size` floats, read by all threads of the pool; without a copy where they
    /// lie in memory. `buffer` is what the result may lie in.
    std::span<const float> portion(std::int64_t first, std::int64_t count, std::int64_t size, ThreadPool& pool,
                                   std::vector<float>& buffer) const;
    /// Only the images `indices`, in this order.
    ImageSet only(std::vector<std::int64_t> indices) const;

private:
    std::int64_t place(std::int64_t index) const;

    std::span<const float> values_;
    std::shared_ptr<const std::vector<float>> held_;  ///< null: values_ are somebody else's
    std::shared_ptr<const ImageSource> source_;
    std::shared_ptr<const std::vector<std::int64_t>> chosen_;  ///< null: all
};

/// A data set as a network's input, prepared as prepare_images() does; images in memory are prepared at once,
/// photographs whenever they are read: resized, cut (DataSelection::view, training_crop) and normalised. The set owns
/// all that it needs. Throws ConfigError as prepare_images().
ImageSet image_set(const Dataset& dataset, const DataSelection& selection, const Network& network, Resize resize);

}  // namespace remask
