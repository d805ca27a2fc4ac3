"""Runs `remask mvm` on random configurations and compares every output and count with numpy_model.py.

usage: compare_mvm.py REMASK [--cases N] [--seed N]
REMASK is the program; each configuration is one `REMASK mvm --hardware … --input … --output …`.
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
import numpy_model  # noqa: E402


def random_hardware(rng):
    pick = lambda *values: values[rng.integers(len(values))]
    h = {"weight_bits": pick(2, 3, 4, 5, 8, 8, 8, 12), "input_bits": pick(1, 2, 3, 4, 5, 8, 8, 8, 12),
         "rows": pick(1, 2, 7, 9, 16, 32, 45, 64, 128), "columns": int(rng.integers(48, 129)),
         "cell_bits": pick(1, 2, 2, 3, 4, 7, 8), "encoding": pick("differential", "differential", "offset"),
         "adc_bits": int(rng.integers(0, 13)), "adc_range": pick("full", "lsb", "fixed", "calibrated")}
    if rng.integers(3) == 0:
        h["input_signed"] = True
    h["dac_bits"] = 1 if h.get("input_signed") or rng.integers(2) else int(rng.integers(1, h["input_bits"] + 1))
    if rng.integers(2):
        h["active_rows"] = int(rng.integers(1, h["rows"] + 1))
    if h["encoding"] == "differential" and rng.integers(2):
        h["subtract"] = pick("analog", "digital")
    if h.get("subtract") != "analog" and rng.integers(3) == 0:
        h["column_flip"] = True
    if rng.integers(4) == 0:
        h["on_off_ratio"] = pick(2.0, 10.0, 17.0, 100.0, 150.5, 3.37)
    full = h["rows"] * (2 ** h["dac_bits"] - 1) * (2 ** h["cell_bits"] - 1)
    if h["adc_range"] == "fixed":
        hi = float(rng.integers(1, full + 1)) if rng.integers(2) else float(full * rng.random() + 0.01)
        lo = pick(0.0, -hi, float(-rng.integers(0, full + 1)), hi * 0.9 * float(rng.random()))
        h["adc_lo"], h["adc_hi"] = lo, hi
    symmetric = h.get("subtract") == "analog" or (h["adc_range"] == "fixed" and h["adc_lo"] == -h["adc_hi"])
    if h["adc_bits"] == 1 and symmetric:
        h["adc_bits"] = 2
    least = 2 if symmetric or h["adc_range"] == "calibrated" else 1
    if h["adc_bits"] >= least and rng.integers(3) == 0:
        slices = -(-(h["weight_bits"] - (h["encoding"] == "differential")) // h["cell_bits"])
        h["adc_slice_bits"] = [int(rng.integers(least, h["adc_bits"] + 1)) for _ in range(slices)]
    if h["adc_range"] == "calibrated" and h["adc_bits"]:
        h["adc_calibration"] = pick("percentile", "mse")
        h["adc_calibration_scope"] = pick("layer", "slice")
        h["adc_percentile"] = float(rng.integers(50, 101))
        largest = full * (1.0 if "on_off_ratio" not in h else h["on_off_ratio"] / (h["on_off_ratio"] - 1))
        # Ranges wider than this are tried in coarser steps; sums with a cell floor are counted in eighths of a unit.
        if largest > 1000 or "on_off_ratio" in h:
            h["adc_calibration"] = "percentile"
        if largest > 8000:
            h["adc_range"] = "full"
            h["adc_calibration_scope"] = "layer"
    return h


def random_device(rng, h):
    """Effects of the cells, None for ideal ones."""
    bits = h["dac_bits"] + h["cell_bits"] + int(np.log2(h["rows"])) + 1
    if rng.integers(3) or bits > 19:
        return None
    device = {"seed": int(rng.integers(1000)), "conductance_fraction_bits": int(rng.integers(0, 11))}
    if rng.integers(3):
        model = ("constant", "proportional")[rng.integers(2)]
        device["programming_error"] = f"{{model: {model}, strength: {0.3 * rng.random():.3f}}}"
    if rng.integers(2):
        device["stuck_on"], device["stuck_off"] = 0.1 * rng.random(), 0.1 * rng.random()
    if rng.integers(2):
        device["drift"] = f"{{time: 1 day, reference_time: 1 s, exponent: {0.1 * rng.random():.3f}}}"
    return device if len(device) > 2 else None


def random_arrays(rng, h):
    rows = int(rng.integers(1, 2 * h["rows"] + 4))
    columns = 1 if rng.integers(4) == 0 else int(rng.integers(1, 40))
    vectors = 1 if rng.integers(4) == 0 else int(rng.integers(1, 12))
    most = 2 ** (h["weight_bits"] - 1) - 1
    weights = rng.integers(-most, most + 1, (rows, columns))
    if rng.integers(5) == 0:
        weights = np.full_like(weights, most if rng.integers(2) else -most)
    signed = h.get("input_signed", False)
    low, high = (-(2 ** (h["input_bits"] - 1)), 2 ** (h["input_bits"] - 1) - 1) if signed else (0, 2 ** h["input_bits"] - 1)
    inputs = rng.integers(low, high + 1, (vectors, rows))
    if rng.integers(5) == 0:
        inputs = np.full_like(inputs, high if rng.integers(2) else low)
    tiles = -(-rows // h["rows"])
    mask = None
    if rng.integers(2):
        kind = rng.integers(3)
        mask = rng.integers(0, 2, (tiles, columns)).astype(float)
        if kind == 1:
            mask *= 2.0 ** rng.integers(-3, 4, mask.shape) * rng.choice([-1.0, 1.0], mask.shape)
        if kind == 2:
            mask = rng.normal(size=mask.shape)
    return weights, inputs, mask


def write_case(folder, index, rng):
    h = random_hardware(rng)
    weights, inputs, mask = random_arrays(rng, h)
    device = random_device(rng, h)
    if device and "adc_calibration" in h:
        h["adc_calibration"] = "percentile"  # the sums are no whole numbers: counted in eighths of a level unit
    yaml = folder / f"{index}.yaml"
    words = {True: "true", False: "false"}
    lines = [f"  {key}: {words[value] if isinstance(value, bool) else repr(value) if isinstance(value, float) else value}"
             for key, value in h.items()]
    if device:
        lines += ["device:"] + [f"  {key}: {value}" for key, value in device.items()]
    yaml.write_text("crossbar:\n" + "\n".join(lines) + "\n")
    with h5py.File(folder / f"{index}.in.h5", "w") as file:
        file["weights"] = weights.astype(np.int16 if index % 2 else np.int32)
        file["inputs"] = inputs.astype(np.int16 if index % 3 else np.int32)
        if mask is not None:
            file["mask"] = mask
    return h, weights, inputs, mask, device


def check_case(folder, index, case):
    h, weights, inputs, mask, device = case
    faults = []
    windows = None
    with h5py.File(folder / f"{index}.out.h5", "r") as file:
        cells = file["conductances"][...]
        if not device:
            ratio = h.get("on_off_ratio", 0)
            floor = (2 ** h["cell_bits"] - 1) / (ratio - 1) if ratio else 0.0
            if not np.array_equal(cells, np.array(numpy_model.stored_digits(weights, h)) + floor):
                return ["conductances are not the levels and their floor"]
        if h["adc_range"] == "calibrated" and h["adc_bits"]:
            windows = numpy_model.calibrated_windows(weights, inputs, h, cells if device else None)
            lo, hi = np.atleast_1d(file["adc_range/lo"][()]), np.atleast_1d(file["adc_range/hi"][()])
            if len(lo) == 1:
                lo, hi = np.repeat(lo, len(windows)), np.repeat(hi, len(windows))
            if list(zip(lo, hi)) != windows:
                faults.append(f"windows {list(zip(lo, hi))}, model {windows}")
        expected, tolerance, conversions = numpy_model.multiply(
            weights, inputs, mask, h, cells if device else None, device["conductance_fraction_bits"] if device else 0, windows)
        got = file["outputs"][...]
        if got.dtype != np.float64 or got.shape != expected.shape:
            return [f"outputs are {got.dtype} {got.shape}"]
        wrong = np.abs(got - expected) > tolerance
        if wrong.any():
            at = tuple(int(i) for i in np.argwhere(wrong)[0])
            faults.append(f"{wrong.sum()} outputs differ, first {at}: {got[at]!r}, model {expected[at]!r}")
        counts = numpy_model.closed_form_counts(weights, inputs, h)
        if counts["adc_conversion"] != conversions:
            faults.append("the model's loops and its closed form disagree")
        for name, value in counts.items():
            if int(file["counts"][name][()]) != value:
                faults.append(f"counts/{name} is {file['counts'][name][()]}, must be {value}")
    return faults


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("remask")
    parser.add_argument("--cases", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        cases = [write_case(folder, index, rng) for index in range(options.cases)]
        for i in range(options.cases):
            subprocess.run([options.remask, "mvm", "--hardware", folder / f"{i}.yaml", "--input", folder / f"{i}.in.h5",
                            "--output", folder / f"{i}.out.h5", "--threads", str(1 + i % 2), "--conductances"], check=True)
        failed = 0
        for index, case in enumerate(cases):
            for fault in check_case(folder, index, case):
                failed += 1
                print(f"case {index}: {fault}\n  {case[0]} {case[4]} W {case[1].shape} X {case[2].shape} mask {case[3] is not None}")
    with_device = sum(case[4] is not None for case in cases)
    print(f"{options.cases} cases, {with_device} of them with effects of the cells, {failed} faults")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
