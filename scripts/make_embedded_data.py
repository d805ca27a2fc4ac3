#!/usr/bin/env python3
"""Cuts the data sets that come with remask (experiments/data) from Debian's packages.

    apt-get install dataset-fashion-mnist python3-sklearn     (or unpack the latter with dpkg-deb -x)
    scripts/make_embedded_data.py [--fashion DIR] [--digits digits.csv.gz] [--out experiments/data]

fashion_mnist: the first 500 training and the first 100 test images of each class, in the file's order.
digits:        the 1,797 images in the order of their classes (file order within a class); every fifth one of that order,
               beginning with the first, is a test image (360), the others train (1,437). Pixels keep their values 0..16.

The same input gives the same bytes: the gzip header carries neither a time nor a name.
"""
import argparse
import csv
import gzip
import io
import pathlib
import struct

CLASSES = 10


def read_idx(path):
    """Returns (dimensions, bytes) of a gzipped IDX file of unsigned bytes."""
    raw = gzip.decompress(path.read_bytes())
    zero, kind, rank = struct.unpack(">HBB", raw[:4])
    if zero != 0 or kind != 8:
        raise SystemExit(f"{path}: not an IDX file of bytes")
    dimensions = struct.unpack(f">{rank}I", raw[4:4 + 4 * rank])
    return dimensions, raw[4 + 4 * rank:]


def write_idx(path, dimensions, values):
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, compresslevel=9, mtime=0) as stream:
        stream.write(struct.pack(">HBB", 0, 8, len(dimensions)))
        stream.write(struct.pack(f">{len(dimensions)}I", *dimensions))
        stream.write(values)
    path.write_bytes(buffer.getvalue())


def write_pair(folder, prefix, images, labels, side):
    folder.mkdir(parents=True, exist_ok=True)
    write_idx(folder / f"{prefix}-images-idx3-ubyte.gz", (len(images), side, side), b"".join(images))
    write_idx(folder / f"{prefix}-labels-idx1-ubyte.gz", (len(labels),), bytes(labels))


def cut_fashion(source, target, prefix, per_class):
    (count, height, width), pixels = read_idx(source / f"{prefix}-images-idx3-ubyte.gz")
    (label_count,), labels = read_idx(source / f"{prefix}-labels-idx1-ubyte.gz")
    assert count == label_count and height == width == 28
    size = height * width
    taken = [0] * CLASSES
    kept = []
    for i, label in enumerate(labels):
        if taken[label] < per_class:
            taken[label] += 1
            kept.append(i)
    assert taken == [per_class] * CLASSES
    write_pair(target, prefix, [pixels[i * size:(i + 1) * size] for i in kept], [labels[i] for i in kept], height)


def cut_digits(source, target):
    with gzip.open(source, "rt", newline="") as stream:
        rows = [[int(float(v)) for v in row] for row in csv.reader(stream)]
    assert len(rows) == 1797 and all(len(row) == 65 and max(row[:64]) <= 16 for row in rows)
    by_class = sorted(range(len(rows)), key=lambda i: rows[i][64])  # stable: file order within a class
    tests = set(by_class[::5])
    for prefix, wanted in (("train", False), ("t10k", True)):
        chosen = [row for i, row in enumerate(rows) if (i in tests) == wanted]
        write_pair(target, prefix, [bytes(row[:64]) for row in chosen], [row[64] for row in chosen], 8)


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fashion", type=pathlib.Path, default="/usr/share/datasets/fashion-mnist")
    parser.add_argument("--digits", type=pathlib.Path,
                        default="/usr/lib/python3/dist-packages/sklearn/datasets/data/digits.csv.gz")
    parser.add_argument("--out", type=pathlib.Path, default=root / "experiments" / "data")
    options = parser.parse_args()
    cut_fashion(options.fashion, options.out / "fashion_mnist", "train", 500)
    cut_fashion(options.fashion, options.out / "fashion_mnist", "t10k", 100)
    cut_digits(options.digits, options.out / "digits")


if __name__ == "__main__":
    main()
