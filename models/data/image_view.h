// Which part of a photograph the network sees, and at which size.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/data/dataset.h"
#include "models/data/decoded_image.h"

namespace remask::data {

/// How photographs become images of height × width pixels: a selection's fields with nothing left open.
struct ViewSettings {
    PhotoView view = PhotoView::center_crop;
    int shorter_side = 0;  ///< of the whole photograph before the crop, in pixels, ≥ height and width
    bool training_crop = false;
    int height = 0;
    int width = 0;
};

/// Throws ConfigError where the selection's shorter_side is too small for the crop.
ViewSettings view_settings(const DataSelection& selection, const Shape& input);

/// Throws InputError that begins with `origin` where the resized photograph would be beyond most_pixels: a strip.
void check_view(const DecodedImage& photo, const ViewSettings& settings, const std::string& origin);

/// height × width × 3 bytes, as torchvision's Resize(shorter_side) and CenterCrop make them (the larger side rounded
/// down, half pixels of the crop's offset to even), or of the whole photograph stretched.
std::vector<std::uint8_t> test_view(const DecodedImage& photo, const ViewSettings& settings);

/// The same in training: with training_crop, as torchvision's RandomResizedCrop (8 % to 100 % of the area, ratio of the
/// sides 3/4 to 4/3, ten tries, then the largest crop in the middle) of the photograph resized to shorter_side. Depends
/// on (seed, epoch, image) only.
std::vector<std::uint8_t> training_view(const DecodedImage& photo, const ViewSettings& settings, std::uint64_t seed,
                                        int epoch, std::int64_t image);

}  // namespace remask::data
