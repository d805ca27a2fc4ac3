#include "models/data/photographs.h"

#include <algorithm>
#include <utility>

#include "models/data/decoded_image.h"
#include "models/data/image_view.h"

namespace remask::data {
namespace {

class Photographs : public ImageSource {
public:
    Photographs(std::vector<std::filesystem::path> files, ViewSettings settings, Network input)
        : files_(std::move(files)), settings_(settings), input_(std::move(input)) {}

    std::int64_t count() const override { return static_cast<std::int64_t>(files_.size()); }
    void read(std::int64_t index, std::span<float> out) const override {
        normalise(test_view(decoded(index), settings_), out);
    }
    void read_for_training(std::int64_t index, std::uint64_t seed, int epoch, std::span<float> out) const override {
        normalise(training_view(decoded(index), settings_, seed, epoch, index), out);
    }

private:
    DecodedImage decoded(std::int64_t index) const {
        const std::filesystem::path& file = files_[static_cast<std::size_t>(index)];
        DecodedImage photo = decode_image(file);
        check_view(photo, settings_, file.string());
        return photo;
    }

    /// Interleaved RGB bytes of the input's height and width.
    void normalise(const std::vector<std::uint8_t>& pixels, std::span<float> out) const {
        Dataset one;
        one.shape = {3, settings_.height, settings_.width};
        one.labels = {0};
        one.pixels.resize(pixels.size());
        const std::size_t plane = pixels.size() / 3;
        for (std::size_t i = 0; i < plane; ++i) {
            for (std::size_t c = 0; c < 3; ++c) one.pixels[c * plane + i] = pixels[3 * i + c];
        }
        const std::vector<float> values = prepare_images(one, input_, Resize::nearest);  // the size is the input's
        std::copy(values.begin(), values.end(), out.begin());
    }

    std::vector<std::filesystem::path> files_;
    ViewSettings settings_;
    Network input_;  ///< no layers: what prepare_images() looks at
};

}  // namespace

std::shared_ptr<const ImageSource> photographs(const Dataset& dataset, const DataSelection& selection,
                                               const Network& network) {
    Network input;
    input.name = network.name;
    input.input = network.input;
    input.normalisation = network.normalisation;
    const Dataset nothing{dataset.name, {3, network.input.height, network.input.width}, {}, {}, {}, 0, {}};
    prepare_images(nothing, input, Resize::nearest);  // throws where the input or its normalisation does not fit
    return std::make_shared<Photographs>(dataset.files, view_settings(selection, network.input), std::move(input));
}

}  // namespace remask::data
