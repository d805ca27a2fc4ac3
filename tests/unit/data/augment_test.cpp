#include <gmock/gmock.h>

#include <map>
#include <numeric>

#include "models/data/dataset.h"
#include "sim/base/diagnostics.h"

namespace remask {
namespace {

using Image = std::vector<float>;

constexpr Shape shape{2, 3, 4};

Image numbered() {
    Image image(static_cast<std::size_t>(shape.size()));
    std::iota(image.begin(), image.end(), 1.0f);
    return image;
}

Image augmented(const Augmentation& augmentation, std::uint64_t seed, int epoch, std::int64_t index) {
    Image image = numbered();
    augment(image, shape, augmentation, seed, epoch, index);
    return image;
}

/// Written from the definition: out(c, y, x) = in(c, y − down, x − right), 0 from outside; then mirrored.
Image moved(int down, int right, bool mirrored) {
    const Image before = numbered();
    Image out(before.size(), 0.0f);
    for (int c = 0; c < shape.channels; ++c) {
        for (int y = 0; y < shape.height; ++y) {
            for (int x = 0; x < shape.width; ++x) {
                const int from_y = y - down;
                const int from_x = (mirrored ? shape.width - 1 - x : x) - right;
                if (from_y < 0 || from_y >= shape.height || from_x < 0 || from_x >= shape.width) continue;
                out[static_cast<std::size_t>((c * shape.height + y) * shape.width + x)] =
                    before[static_cast<std::size_t>((c * shape.height + from_y) * shape.width + from_x)];
            }
        }
    }
    return out;
}

TEST(Augment, OffChangesNothing) {
    EXPECT_EQ(augmented({}, 1, 2, 3), numbered());
}

TEST(Augment, DependsOnSeedEpochAndImageOnly) {
    const Augmentation augmentation{true, 2};
    int differences = 0;
    for (int i = 0; i < 50; ++i) {
        const Image image = augmented(augmentation, 1, 2, i);
        EXPECT_EQ(image, augmented(augmentation, 1, 2, i));
        differences += image != augmented(augmentation, 2, 2, i);
        differences += image != augmented(augmentation, 1, 3, i);
        differences += image != augmented(augmentation, 1, 2, i + 1);
    }
    EXPECT_GT(differences, 100) << "50 outcomes are possible, so that nearly all 150 pairs differ";
}

TEST(Augment, FlipMirrorsRowsInHalfOfTheCases) {
    int flipped = 0;
    constexpr int cases = 2000;
    for (int i = 0; i < cases; ++i) {
        const Image image = augmented({true, 0}, 5, 0, i);
        if (image == moved(0, 0, true)) {
            ++flipped;
        } else {
            EXPECT_EQ(image, numbered());
        }
    }
    EXPECT_NEAR(flipped, cases / 2, 5 * 22.4) << "5 standard deviations of a binomial, sqrt(2000)/2";
}

TEST(Augment, CropMovesByUpToThePaddingInAllDirections) {
    std::map<Image, int> seen;
    constexpr int cases = 900;
    for (int i = 0; i < cases; ++i) ++seen[augmented({false, 1}, 5, 1, i)];
    EXPECT_EQ(seen.size(), 9U);
    for (int down = -1; down <= 1; ++down) {
        for (int right = -1; right <= 1; ++right) {
            EXPECT_NEAR(seen[moved(down, right, false)], cases / 9, 5 * 9.4) << down << " " << right;
        }
    }
}

TEST(Augment, CropComesBeforeFlip) {
    for (int i = 0; i < 100; ++i) {
        const bool flips = augmented({true, 0}, 5, 1, i) != numbered();
        const Image cropped = augmented({false, 1}, 5, 1, i);
        int matches = 0;
        for (int down = -1; down <= 1; ++down) {
            for (int right = -1; right <= 1; ++right) {
                if (cropped != moved(down, right, false)) continue;
                ++matches;
                EXPECT_EQ(augmented({true, 1}, 5, 1, i), moved(down, right, flips));
            }
        }
        EXPECT_EQ(matches, 1);
    }
}

TEST(Augment, PaddingBeyondTheImageIsSafe) {
    for (int i = 0; i < 200; ++i) EXPECT_EQ(augmented({false, 60}, 5, 1, i).size(), numbered().size());
}

TEST(Augment, RefusesAnImageOfAnotherSize) {
    Image image(5);
    EXPECT_THROW(augment(image, shape, {}, 1, 1, 1), InternalError);
}

}  // namespace
}  // namespace remask
