#!/usr/bin/env python3
"""Random stand-ins for what experiments/imagenet_to_sketch needs, of the full size: to see what it takes, and that it works.

Writes into FOLDER a ResNet-50 with random weights in safetensors, named as torchvision's state_dict(), and the five data sets'
folders with a few random photographs of 500x375 pixels each; the classes differ in colour. Needs NumPy; JPEG needs python3-pil,
PNG nothing.
"""
import argparse
import json
import pathlib
import struct
import zlib

import numpy

DATA_SETS = ("stanford_cars_cropped", "cubs_cropped", "flowers", "wikiart", "sketches")
WIDTH, HEIGHT = 500, 375


def resnet50_tensors(random):
    """Kaiming-normal convolutions, batch-norms that keep the activations' size; each block adds little to its shortcut."""
    tensors = {}

    def convolution(name, out, inputs, kernel):
        deviation = (2.0 / (inputs * kernel * kernel)) ** 0.5
        tensors[name + ".weight"] = random.normal(0.0, deviation, (out, inputs, kernel, kernel))

    def norm(name, channels, gamma=1.0):
        tensors[name + ".weight"] = numpy.full(channels, gamma)
        tensors[name + ".bias"] = random.normal(0.0, 0.05, channels)
        tensors[name + ".running_mean"] = numpy.zeros(channels)
        tensors[name + ".running_var"] = numpy.ones(channels)

    convolution("conv1", 64, 3, 7)
    norm("bn1", 64)
    inputs = 64
    for stage, blocks in enumerate((3, 4, 6, 3)):
        inner = 64 << stage
        for block in range(blocks):
            name = f"layer{stage + 1}.{block}"
            for number, (out, into, kernel) in enumerate(
                    ((inner, inputs, 1), (inner, inner, 3), (4 * inner, inner, 1)), start=1):
                convolution(f"{name}.conv{number}", out, into, kernel)
                norm(f"{name}.bn{number}", out, 0.2 if number == 3 else 1.0)
            if block == 0:
                convolution(f"{name}.downsample.0", 4 * inner, inputs, 1)
                norm(f"{name}.downsample.1", 4 * inner, 0.7)
            inputs = 4 * inner
    tensors["fc.weight"] = random.uniform(-1, 1, (1000, inputs)) / inputs ** 0.5
    tensors["fc.bias"] = numpy.zeros(1000)
    return {name: tensor.astype("<f4") for name, tensor in tensors.items()}


def write_safetensors(path, tensors):
    header, offset = {}, 0
    for name, tensor in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [offset, offset + tensor.nbytes]}
        offset += tensor.nbytes
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in tensors.values():
            file.write(tensor.tobytes())


def photograph(random, label, classes):
    """Blocks of random brightness in the class's colour."""
    blocks = random.uniform(0, 1, (HEIGHT // 25, WIDTH // 25, 1))
    angle = 2 * numpy.pi * label / classes
    colour = 0.5 + 0.4 * numpy.cos(angle + numpy.array([0.0, 2.1, 4.2]))
    pixels = numpy.kron(0.6 * blocks + 0.4, numpy.ones((25, 25, 1))) * colour
    return (255 * numpy.clip(pixels + random.normal(0, 0.03, pixels.shape), 0, 1)).astype(numpy.uint8)


def write_png(path, pixels):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", pixels.shape[1], pixels.shape[0], 8, 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b""))


def write_photograph(path, pixels, jpeg):
    if not jpeg:
        return write_png(path.with_suffix(".png"), pixels)
    from PIL import Image
    Image.fromarray(pixels).save(path.with_suffix(".jpg"), quality=90)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--classes", type=int, default=4, help="of each data set (default 4)")
    parser.add_argument("--train", type=int, default=16, help="training photographs a class (default 16)")
    parser.add_argument("--test", type=int, default=2, help="test photographs a class (default 2)")
    parser.add_argument("--jpeg", action="store_true", help="JPEG instead of PNG; needs python3-pil")
    options = parser.parse_args()
    random = numpy.random.default_rng(1)
    options.folder.mkdir(parents=True, exist_ok=True)
    write_safetensors(options.folder / "resnet50.safetensors", resnet50_tensors(random))
    for data_set in DATA_SETS:
        for split, count in (("train", options.train), ("test", options.test)):
            for label in range(options.classes):
                folder = options.folder / data_set / split / f"class_{label}"
                folder.mkdir(parents=True, exist_ok=True)
                for number in range(count):
                    write_photograph(folder / f"{number:04}", photograph(random, label, options.classes), options.jpeg)


if __name__ == "__main__":
    main()
