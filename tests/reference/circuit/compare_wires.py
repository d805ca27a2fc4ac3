"""Runs `remask mvm --conductances` with wires on random small layers and compares every effective conductance with a dense
solution of the arrays as docs/wires.md maps them.

usage: compare_wires.py REMASK [--cases N]
Exit code 77: NumPy or h5py is missing."""
import argparse
import pathlib
import subprocess
import sys
import tempfile

try:
    import h5py
    import numpy as np
except ImportError as missing:
    print(f"skipped: {missing}: install python3-numpy and python3-h5py")
    sys.exit(77)

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import dense_crosspoint  # noqa: E402

ON, BITS, WEIGHT_BITS = 5000.0, 2, 5  # ohm; 2 slices of 2 bits


def random_case(rng):
    rows, columns = int(rng.integers(3, 9)), int(rng.integers(4, 13))
    case = {"rows": rows, "columns": columns, "far": bool(rng.integers(2)), "ratio": float(rng.choice([0.0, 20.0])),
            "row": 20 * rng.random() + 0.1, "driver": 100 * rng.random(), "column": 20 * rng.random() + 0.1,
            "sense": 100 * rng.random()}
    shape = (int(rng.integers(2, 2 * rows)), int(rng.integers(1, 7)))
    most = 2 ** (WEIGHT_BITS - 1) - 1
    return case, rng.integers(-most, most + 1, shape)


def effective(case, weights):
    """[sides, slices, K, N] in level units."""
    slices, levels = 2, 2 ** BITS - 1
    low = 1.0 / ON / case["ratio"] if case["ratio"] else 0.0
    unit = (1.0 / ON - low) / levels
    per_array = case["columns"] // (2 * slices)
    result = np.zeros((2, slices, *weights.shape))
    for first in range(0, weights.shape[0], case["rows"]):
        used = min(case["rows"], weights.shape[0] - first)
        top = 0 if case["far"] else case["rows"] - used
        for left in range(0, weights.shape[1], per_array):
            cells = np.zeros((case["rows"], case["columns"]))
            place = {}
            for k in range(first, first + used):
                for n in range(left, min(left + per_array, weights.shape[1])):
                    for s in range(slices):
                        for side in range(2):
                            magnitude = max(weights[k, n] * (1, -1)[side], 0)
                            at = (top + k - first, ((n - left) * slices + s) * 2 + side)
                            cells[at] = low + unit * (magnitude >> (BITS * s) & levels)
                            place[side, s, k, n] = at
            row_segments = np.full(case["columns"], case["row"])
            row_segments[0] += case["driver"]
            column_segments = np.full(case["rows"], case["column"])
            column_segments[-1] += case["sense"]
            currents = {r: dense_crosspoint.solve(row_segments, column_segments, cells, np.eye(case["rows"])[r])
                        for r in range(top, top + used)}
            for index, (r, c) in place.items():
                result[index] = currents[r][c] / unit
    return result


def run(remask, folder, case, weights):
    hardware, given, answer = folder / "hardware.yaml", folder / "in.h5", folder / "out.h5"
    placement = "far" if case["far"] else "near"
    hardware.write_text(f"""
device: {{conductance_fraction_bits: 16}}
crossbar:
  {{rows: {case['rows']}, columns: {case['columns']}, weight_bits: {WEIGHT_BITS}, input_bits: 1, cell_bits: {BITS}, dac_bits: 1,
   encoding: differential, adc_bits: 0, on_off_ratio: {case['ratio']},
   wires: {{layout: input_line, row_placement: {placement}, on_resistance: {ON!r} ohm, row_segment: {case['row']!r} ohm,
           row_driver: {case['driver']!r} ohm, column_segment: {case['column']!r} ohm, column_sense: {case['sense']!r} ohm}}}}
""")
    with h5py.File(given, "w") as file:
        file["weights"] = weights.astype(np.int32)
        file["inputs"] = np.ones((1, weights.shape[0]), np.int32)
    subprocess.run([remask, "mvm", "--hardware", hardware, "--input", given, "--output", answer, "--conductances"], check=True)
    with h5py.File(answer) as file:
        return file["conductances"][...]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("remask")
    parser.add_argument("--cases", type=int, default=25)
    arguments = parser.parse_args()
    rng = np.random.default_rng(5)
    worst = 0.0
    for _ in range(arguments.cases):
        case, weights = random_case(rng)
        with tempfile.TemporaryDirectory() as folder:
            found = run(arguments.remask, pathlib.Path(folder), case, weights)
        expected = effective(case, weights)
        assert found.shape == expected.shape, (found.shape, expected.shape)
        worst = max(worst, np.abs(found - expected).max())
        assert worst <= 0.5001 * 2.0 ** -16, (case, worst)
    print(f"{arguments.cases} layers: conductances within {worst * 2 ** 16:.3f} of a unit of 2^-16 level units")


if __name__ == "__main__":
    main()
