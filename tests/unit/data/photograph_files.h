// The images of photographs/, and what is expected of them (made by make_photographs.py with Pillow).
#pragma once

#include <fstream>
#include <string>

#include "models/data/decoded_image.h"
#include "models/data/resample.h"
#include "small_files.h"

namespace remask::testing {

inline std::filesystem::path photograph(const std::string& name) {
    return std::filesystem::path(REMASK_TEST_DIR) / "photographs" / name;
}

/// A binary PPM of photographs/.
inline data::DecodedImage read_ppm(const std::string& name) {
    std::ifstream in(photograph(name + ".ppm"), std::ios::binary);
    std::string magic;
    int width = 0, height = 0, largest = 0;
    in >> magic >> width >> height >> largest;
    in.get();
    data::DecodedImage image{width, height, {}};
    image.pixels.resize(static_cast<std::size_t>(width * height * 3));
    in.read(reinterpret_cast<char*>(image.pixels.data()), static_cast<std::streamsize>(image.pixels.size()));
    if (!in || magic != "P6" || largest != 255) ADD_FAILURE() << "cannot read " << name << ".ppm";
    return image;
}

inline data::PixelRectangle whole(const data::DecodedImage& image) {
    return {image.pixels.data(), image.width, image.height, std::int64_t{image.width} * 3};
}

}  // namespace remask::testing
