#include "models/data/image_set.h"

#include <gmock/gmock.h>

#include "photograph_files.h"
#include "sim/base/diagnostics.h"
#include "sim/base/parallel.h"

namespace remask {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using testing::message_of;
using testing::photograph;
using testing::read_ppm;

DataSelection stretched() {
    DataSelection selection;
    selection.dataset = "image_folder";
    selection.view = PhotoView::stretch;
    return selection;
}

Network input_of(const Shape& shape) {
    Network network;
    network.name = "test";
    network.input = shape;
    return network;
}

Dataset files(const std::vector<std::string>& names) {
    Dataset dataset;
    for (const std::string& name : names) dataset.files.push_back(photograph(name));
    dataset.labels.assign(names.size(), 0);
    dataset.classes = 1;
    return dataset;
}

TEST(ImageSet, PhotographsAreNormalisedChannelByChannel) {
    const data::DecodedImage expected = read_ppm("rgb.png");
    Network network = input_of({3, expected.height, expected.width});
    network.normalisation = {255.0f, {0.5f, 0.25f, 0.0f}, {0.5f, 1.0f, 2.0f}};
    const ImageSet images = image_set(files({"rgb.png"}), stretched(), network, Resize::bilinear);
    std::vector<float> seen(static_cast<std::size_t>(network.input.size()));
    images.read(0, seen);
    const std::size_t plane = seen.size() / 3;
    for (std::size_t i = 0; i < seen.size(); ++i) {
        const std::size_t channel = i / plane;
        const float value = static_cast<float>(expected.pixels[i % plane * 3 + channel]) / 255.0f;
        const float mean = network.normalisation.mean[channel], deviation = network.normalisation.deviation[channel];
        ASSERT_FLOAT_EQ(seen[i], (value - mean) / deviation) << i;
    }
    network.normalisation.mean = {1.0f};
    EXPECT_THROW(image_set(files({"rgb.png"}), stretched(), network, Resize::bilinear), ConfigError);
}

TEST(ImageSet, AGreyNetworkSeesLuma) {
    const data::DecodedImage photo = read_ppm("rgb.png");
    Network network = input_of({1, photo.height, photo.width});
    network.normalisation.divisor = 1.0f;
    std::vector<float> seen(static_cast<std::size_t>(network.input.size()));
    image_set(files({"rgb.png"}), stretched(), network, Resize::bilinear).read(0, seen);
    for (std::size_t i = 0; i < seen.size(); ++i) {
        const std::uint8_t* pixel = photo.pixels.data() + 3 * i;
        ASSERT_NEAR(seen[i], 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2], 1e-3) << i;
    }
}

TEST(ImageSet, PortionsAreTheSameForAnyNumberOfThreads) {
    const Network network = input_of({3, 9, 8});
    const ImageSet images =
        image_set(files({"rgb.jpg", "alpha.png", "grey.jpg", "cmyk.jpg"}), stretched(), network, Resize::bilinear);
    EXPECT_TRUE(images.fits(4, network.input.size()));
    EXPECT_FALSE(images.fits(3, network.input.size()));
    ThreadPool one(1), three(3);
    std::vector<float> a, b, single(static_cast<std::size_t>(network.input.size()));
    const auto whole = images.portion(0, 4, network.input.size(), one, a);
    EXPECT_THAT(images.portion(0, 4, network.input.size(), three, b), ElementsAreArray(whole));
    images.read(2, single);
    EXPECT_THAT(images.portion(2, 1, network.input.size(), three, b), ElementsAreArray(single));
    images.only({3, 2}).read(1, single);
    EXPECT_THAT(images.portion(2, 1, network.input.size(), one, b), ElementsAreArray(single));
}

TEST(ImageSet, TrainingCropsAreRepeatableAndTestsSeeTheWhole) {
    DataSelection selection = stretched();
    selection.view = PhotoView::center_crop;
    selection.training_crop = true;
    const Network network = input_of({3, 8, 8});
    const ImageSet images = image_set(files({"rgb.jpg"}), selection, network, Resize::bilinear);
    const auto trained = [&](int epoch) {
        std::vector<float> out(static_cast<std::size_t>(network.input.size()));
        images.read_for_training(0, network.input, {}, 1, epoch, out);
        return out;
    };
    EXPECT_EQ(trained(1), trained(1));
    EXPECT_NE(trained(1), trained(2));
    selection.training_crop = false;
    const ImageSet plain = image_set(files({"rgb.jpg"}), selection, network, Resize::bilinear);
    std::vector<float> tested(static_cast<std::size_t>(network.input.size())), first = tested;
    images.read(0, tested);
    plain.read_for_training(0, network.input, {}, 1, 1, first);
    EXPECT_EQ(tested, first);
}

TEST(ImageSet, AFaultyPhotographIsNamedWhenItIsRead) {
    const ImageSet images =
        image_set(files({"rgb.png", "rgb.png.ppm"}), stretched(), input_of({3, 8, 8}), Resize::bilinear);
    ThreadPool pool(2);
    std::vector<float> buffer;
    EXPECT_THAT(message_of<InputError>([&] { images.portion(0, 2, 3 * 8 * 8, pool, buffer); }),
                HasSubstr("rgb.png.ppm: is neither a JPEG nor a PNG"));
}

TEST(ImageSet, ValuesInMemoryAreReadAndChosen) {
    const std::vector<float> values{0, 1, 2, 3, 4, 5};
    const ImageSet images(values);
    EXPECT_TRUE(images.fits(3, 2));
    EXPECT_FALSE(images.fits(2, 2));
    EXPECT_TRUE(ImageSet().empty());
    std::vector<float> out(2), buffer;
    const ImageSet chosen = images.only({2, 0}).only({1, 0});
    EXPECT_TRUE(chosen.fits(2, 2));
    chosen.read(1, out);
    EXPECT_THAT(out, ElementsAre(4, 5));
    ThreadPool pool(2);
    EXPECT_THAT(chosen.portion(0, 2, 2, pool, buffer), ElementsAre(0, 1, 4, 5));
    EXPECT_EQ(images.portion(1, 2, 2, pool, buffer).data(), values.data() + 2) << "not copied";
    Augmentation flip;
    flip.flip = true;
    bool flipped = false;
    for (int epoch = 0; epoch < 8; ++epoch) {
        images.read_for_training(1, {1, 1, 2}, flip, 1, epoch, out);
        flipped = flipped || out == std::vector<float>{3, 2};
    }
    EXPECT_TRUE(flipped);
}

}  // namespace
}  // namespace remask
