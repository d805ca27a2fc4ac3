#!/usr/bin/env python3
"""Writes photographs/: small images, and what Pillow makes of them. Needs python3-pil and python3-numpy (Pillow 9.4.0 was
used); the tests read the files only. Expected images are binary PPM."""
import io
import pathlib

import numpy
from PIL import Image, ImageOps, PngImagePlugin

folder = pathlib.Path(__file__).parent / "photographs"
ORIENTATION = 0x0112


def scene(width, height):
    """Smooth colours with a sharp diagonal and single bright pixels: what tells interpolations apart."""
    y, x = numpy.mgrid[0:height, 0:width]
    red = 255 * x // max(1, width - 1)
    green = 255 * y // max(1, height - 1)
    blue = numpy.where(x * height > y * width, 230, 20)
    pixels = numpy.stack([red, green, blue], axis=2).astype(numpy.uint8)
    pixels[::5, ::7] = 255
    return pixels


def write_ppm(name, image):
    image = image.convert("RGB")
    data = b"P6 %d %d 255\n" % image.size + image.tobytes()
    (folder / (name + ".ppm")).write_bytes(data)


def jpegs():
    image = Image.fromarray(scene(37, 29))
    variants = {
        "rgb.jpg": (image, {"quality": 90}),
        "progressive.jpg": (image, {"quality": 75, "progressive": True}),
        "grey.jpg": (image.convert("L"), {"quality": 90}),
        "cmyk.jpg": (image.convert("CMYK"), {"quality": 90}),
    }
    for name, (picture, options) in variants.items():
        picture.save(folder / name, **options)
        write_ppm(name, Image.open(folder / name))


def oriented():
    image = Image.fromarray(scene(11, 6))
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[ORIENTATION] = orientation
        name = f"orientation_{orientation}.jpg"
        image.save(folder / name, quality=95, subsampling=0, exif=exif)
        write_ppm(name, ImageOps.exif_transpose(Image.open(folder / name)))
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    image.save(folder / "orientation.png", exif=exif)
    write_ppm("orientation.png", ImageOps.exif_transpose(Image.open(folder / "orientation.png")))


def chunk(kind, data):
    out = io.BytesIO()
    PngImagePlugin.putchunk(out, kind, data)
    return out.getvalue()


def raw_png(width, height, depth, colour, rows, interlace=0):
    """A PNG whose samples are given as bytes row by row: for what Pillow cannot write."""
    import struct
    import zlib
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def adam7(pixels):
    """Rows of the seven passes of an interlaced RGB image, one after another (PNG specification, 8.2)."""
    rows = []
    for x0, y0, dx, dy in ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)):
        for row in pixels[y0::dy, x0::dx]:
            if row.size:
                rows.append(row.tobytes())
    return rows


def pngs():
    pixels = scene(19, 13)
    image = Image.fromarray(pixels)
    alpha = numpy.arange(19 * 13, dtype=numpy.uint8).reshape(13, 19)
    image.save(folder / "rgb.png")
    Image.fromarray(numpy.dstack([pixels, alpha])).save(folder / "alpha.png")
    image.convert("L").save(folder / "grey.png")
    image.convert("1").save(folder / "one_bit.png")
    image.quantize(7).save(folder / "palette.png", transparency=3)
    # RGB of 16 bits: the lower 8 are noise that has to go.
    noise = (pixels.astype(int) * 37 % 256).astype(numpy.uint8)
    wide = numpy.stack([pixels, noise], axis=3)
    (folder / "rgb_16_bits.png").write_bytes(raw_png(19, 13, 16, 2, [row.tobytes() for row in wide]))
    (folder / "interlaced.png").write_bytes(raw_png(19, 13, 8, 2, adam7(pixels), interlace=1))
    for name in ("rgb", "alpha", "grey", "one_bit", "palette", "interlaced"):
        write_ppm(name + ".png", Image.open(folder / (name + ".png")))
    write_ppm("rgb_16_bits.png", image)
    grey = pixels[:, :, 0]
    wide = numpy.stack([grey, noise[:, :, 0]], axis=2)
    (folder / "grey_16_bits.png").write_bytes(raw_png(19, 13, 16, 0, [row.tobytes() for row in wide]))
    write_ppm("grey_16_bits.png", Image.fromarray(grey))


def resized():
    image = Image.fromarray(scene(37, 29))
    write_ppm("scene", image)
    for width, height in ((16, 12), (64, 41), (37, 10), (5, 29), (1, 1)):
        write_ppm(f"scene_{width}x{height}", image.resize((width, height), Image.BILINEAR))
    # torchvision's RandomResizedCrop resizes a part: what lies beside it must not count.
    write_ppm("scene_part_8x8", image.crop((6, 9, 31, 22)).resize((8, 8), Image.BILINEAR))


def viewed():
    """torchvision.transforms: Resize(shorter side), CenterCrop(size)."""
    for name, (width, height), shorter, size in (("wide", (37, 29), 18, 16), ("tall", (14, 33), 20, 13)):
        image = Image.fromarray(scene(width, height))
        write_ppm(name, image)
        if width <= height:
            image = image.resize((shorter, int(shorter * height / width)), Image.BILINEAR)
        else:
            image = image.resize((int(shorter * width / height), shorter), Image.BILINEAR)
        left, top = int(round((image.width - size) / 2.0)), int(round((image.height - size) / 2.0))
        write_ppm(name + "_view", image.crop((left, top, left + size, top + size)))


if __name__ == "__main__":
    folder.mkdir(exist_ok=True)
    jpegs()
    oriented()
    pngs()
    resized()
    viewed()
