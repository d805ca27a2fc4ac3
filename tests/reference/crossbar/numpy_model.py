"""Crossbar arithmetic in NumPy, written from docs/crossbar.md alone: one function a step of the page, nothing shared with the simulator."""
import math

import numpy as np


def place_values(input_bits, dac_bits, signed):
    """Step 3: place value of each phase, least significant first."""
    phases = -(-input_bits // dac_bits)
    places = [2 ** (dac_bits * i) for i in range(phases)]
    if signed:
        places[-1] = -(2 ** (input_bits - 1))
    return places


def cell_digits(weights, h):
    """Step 2: list of (side, slice, digits [K,N])."""
    bits, base = h["cell_bits"], 2 ** h["cell_bits"]
    if h["encoding"] == "differential":
        slices = -(-(h["weight_bits"] - 1) // bits)
        sides = [np.maximum(weights, 0), np.maximum(-weights, 0)]
    else:
        slices = -(-h["weight_bits"] // bits)
        sides = [weights + 2 ** (h["weight_bits"] - 1)]
    return slices, [[(side // base**s) % base for s in range(slices)] for side in sides]


def flipped_cells(weights, h):
    """Step 2, `column_flip`: [sides][slices] of booleans [K,N], the cells of columns that hold complements."""
    rows, active, digit = weights.shape[0], h.get("active_rows") or h["rows"], 2 ** h["dac_bits"] - 1
    most_significant = 2 ** (int(active * digit * (2 ** h["cell_bits"] - 1)).bit_length() - 1)
    flips = [[np.zeros(weights.shape, dtype=bool) for _ in side] for side in cell_digits(weights, h)[1]]
    if not h.get("column_flip"):
        return flips
    for side, slices in zip(flips, cell_digits(weights, h)[1]):
        for flip, digits in zip(side, slices):
            for t in range(0, rows, h["rows"]):
                for begin in range(t, min(t + h["rows"], rows), active):
                    group = slice(begin, min(begin + active, t + h["rows"], rows))
                    flip[group] = digit * digits[group].sum(axis=0) >= most_significant
    return flips


def stored_digits(weights, h):
    """What the cells hold in level units: digits, or their complements."""
    top = 2 ** h["cell_bits"] - 1
    return [[np.where(flip, top - digits, digits) for flip, digits in zip(side, slices)]
            for side, slices in zip(flipped_cells(weights, h), cell_digits(weights, h)[1])]


def adc_window(h):
    """Step 5: lo, hi in level units."""
    analog = h["encoding"] == "differential" and h.get("subtract", "digital") == "analog"
    if h["adc_range"] == "fixed":
        return h["adc_lo"], h["adc_hi"]
    if h["adc_range"] == "lsb":
        hi = 2.0 ** (h["adc_bits"] - 1) - 1 if analog else 2.0 ** h["adc_bits"] - 1
    else:
        ratio = h.get("on_off_ratio", 0)
        active = h.get("active_rows") or h["rows"]
        factor = ratio / (ratio - 1) if ratio else 1.0
        if h.get("column_flip"):
            largest = active * (2 ** h["dac_bits"] - 1) * (2 ** h["cell_bits"] - 1)
            kept = max(2 ** (int(largest).bit_length() - 1) - 1, 1)
            return 0.0, kept + (largest / (ratio - 1) if ratio else 0.0)
        hi = active * (2 ** h["dac_bits"] - 1) * (2 ** h["cell_bits"] - 1) * factor
    return (-hi if analog else 0.0), float(hi)


class Converter:
    """Step 5 for one slice: bits, and the window where it was calibrated."""

    def __init__(self, h, slice_=0, window=None):
        self.ideal = h["adc_bits"] == 0
        self.lo, self.delta = 0.0, 1.0
        if self.ideal:
            return
        bits = h["adc_slice_bits"][slice_] if h.get("adc_slice_bits") else h["adc_bits"]
        self.lo, hi = window if window else adc_window({**h, "adc_bits": bits})
        levels = 2**bits - (1 if self.lo == -hi else 0)
        self.top = levels - 1
        self.delta = (hi - self.lo) / self.top

    def codes(self, sums):
        if self.ideal:
            return sums
        return np.clip(np.rint((sums - self.lo) / self.delta), 0, self.top).astype(np.int64)

    def same(self, other):
        return self.ideal or (self.lo, self.delta, self.top) == (other.lo, other.delta, other.top)


def all_sums(weights, inputs, h, cells=None):
    """Every conversion's sum as (slice, place·2^(b·s), sums), for the choice of ranges; floors of the cells added."""
    rows = weights.shape[0]
    active = h.get("active_rows") or h["rows"]
    ratio = h.get("on_off_ratio", 0)
    digital = h.get("subtract", "digital") == "digital"
    floor = (2 ** h["cell_bits"] - 1) / (ratio - 1) if ratio and digital else 0.0
    weights = weights.astype(np.int64)
    slices, digits = cell_digits(weights, h)[0], stored_digits(weights, h)
    if cells is not None:  # they hold their floor
        floor, digits = 0.0, cells
    raw = inputs.astype(np.int64) & (2 ** h["input_bits"] - 1)
    for t in range(0, rows, h["rows"]):
        for begin in range(t, min(t + h["rows"], rows), active):
            group = slice(begin, min(begin + active, t + h["rows"], rows))
            for i, place in enumerate(place_values(h["input_bits"], h["dac_bits"], h.get("input_signed", False))):
                x = (raw[:, group] >> (h["dac_bits"] * i)) & (2 ** h["dac_bits"] - 1)
                added = floor * x.sum(axis=1)[:, None]
                for s in range(slices):
                    sums = [x @ side[s][group] for side in digits]
                    sums = [p + added for p in sums] if digital else [sums[0] - sums[1]]
                    yield s, place * 2 ** (h["cell_bits"] * s), np.concatenate([p.ravel() for p in sums])


def calibrated_windows(weights, inputs, h, cells=None):
    """Step 5, `calibrated`: a window for each slice, found by trying all of them."""
    slices = cell_digits(weights[:1].astype(np.int64), h)[0]
    analog = h["encoding"] == "differential" and h.get("subtract", "digital") == "analog"
    seen = [[] for _ in range(slices)]
    for s, place, sums in all_sums(weights, inputs, h, cells):
        seen[s].append((float(place) ** 2, np.abs(sums)))
    windows = []
    by_slice = h.get("adc_calibration_scope", "layer") == "slice"
    for group in [[s] for s in range(slices)] if by_slice else [list(range(slices))]:
        values = np.concatenate([m for s in group for _, m in seen[s]])
        best = 1.0
        if h.get("adc_calibration", "percentile") == "percentile":
            wanted = math.ceil(values.size * h.get("adc_percentile", 99.9) / 100)
            best = max(1.0, math.ceil(np.sort(values)[max(wanted, 1) - 1]))
        else:
            least = None
            bits = [h["adc_slice_bits"][s] if h.get("adc_slice_bits") else h["adc_bits"] for s in group]
            one_unit_a_step = [2 ** (b - 1) - 1 if analog else 2**b - 1 for b in bits]
            for hi in sorted([*range(1, max(1, math.ceil(values.max())) + 1), *one_unit_a_step]):
                error = 0.0
                for s in group:
                    adc = Converter(h, s, (-float(hi) if analog else 0.0, float(hi)))
                    error += sum(w * ((adc.lo + adc.codes(m) * adc.delta - m) ** 2).sum() for w, m in seen[s])
                if least is None or error < least * (1 - 1e-12):
                    best, least = float(hi), error
        windows += [(-best if analog else 0.0, best)] * len(group)
    return windows


def multiply(weights, inputs, mask, h, cells=None, fraction_bits=0, windows=None):
    """Outputs [M,N], the tolerance [M,N] that the page grants, and the number of conversions. `cells`: what the cells hold
    [sides, slices, K, N] in level units, multiples of 2^-fraction_bits, floor included; None: their levels.
    `windows`: (lo, hi) of each slice with adc_range: calibrated."""
    weights, inputs = weights.astype(np.int64), inputs.astype(np.int64)
    (rows, columns), vectors = weights.shape, inputs.shape[0]
    active = h.get("active_rows") or h["rows"]
    ratio = h.get("on_off_ratio", 0)
    floor = (2 ** h["cell_bits"] - 1) / (ratio - 1) if ratio and h["adc_bits"] else 0.0
    digital = h.get("subtract", "digital") == "digital"
    offset = h["encoding"] == "offset"
    slices, digits = cell_digits(weights, h)[0], stored_digits(weights, h)
    flips = flipped_cells(weights, h)
    adcs = [Converter(h, s, windows[s] if windows else None) for s in range(slices)]
    uniform = all(adc.same(adcs[0]) for adc in adcs)
    unit, in_cells = 1, cells is not None
    if in_cells:
        # Step 4: sums are exact in whole numbers of units, and a whole number divided by a power of two is exact.
        unit = 2**fraction_bits
        digits = [[np.rint(side * unit).astype(np.int64) for side in slices_of_side] for slices_of_side in cells]
        if any((part / unit != exact).any() for ints, given in zip(digits, cells) for part, exact in zip(ints, given)):
            raise ValueError("a conductance is no multiple of 2^-fraction_bits")
        floor = 0.0
    places = place_values(h["input_bits"], h["dac_bits"], h.get("input_signed", False))
    raw = inputs & (2 ** h["input_bits"] - 1)
    outputs = np.zeros((vectors, columns))
    tolerance = np.zeros((vectors, columns))
    conversions = 0
    for t in range(-(-rows // h["rows"])):
        tile = range(t * h["rows"], min((t + 1) * h["rows"], rows))
        total = [np.zeros((vectors, columns), dtype=np.int64) for _ in range(slices)]
        terms, weight_of_terms, largest = [np.zeros(columns, dtype=np.int64) for _ in range(slices)], 0, 0
        made_up = np.zeros((vectors, columns), dtype=np.int64)
        for begin in range(tile.start, tile.stop, active):
            group = slice(begin, min(begin + active, tile.stop))
            for i, place in enumerate(places):
                x = (raw[:, group] >> (h["dac_bits"] * i)) & (2 ** h["dac_bits"] - 1)
                added = floor * x.sum(axis=1)[:, None]
                for s in range(slices):
                    adc = adcs[s]
                    sums = [x @ side[s][group] for side in digits]
                    if in_cells and not adc.ideal:
                        sums = [p / unit for p in sums]
                    largest = max(largest, max(int(np.abs(p).max()) for p in sums))
                    factor = place * 2 ** (h["cell_bits"] * s)
                    if not digital:
                        sums = [sums[0] - sums[1]]
                    for side, p in enumerate(sums):
                        flip = flips[side][s][begin]
                        counts = factor * (-1 if side else 1) * np.where(flip, -1, 1)
                        total[s] += counts * adc.codes(p + added if floor and digital else p)
                        terms[s] += counts
                        made_up += factor * (-1 if side else 1) * flip * x.sum(axis=1)[:, None]
                    weight_of_terms += abs(factor)
                    conversions += vectors * columns * (2 if digital and not offset else 1)
        if uniform:
            y = adcs[0].delta * sum(total) + adcs[0].lo * sum(terms)
        else:
            y = sum(adc.delta * total[s] + adc.lo * terms[s] for s, adc in enumerate(adcs))
        if in_cells and adcs[0].ideal:
            y = sum(total) / unit
        if h.get("column_flip"):
            y = y + (2 ** h["cell_bits"] - 1) * made_up
            if floor or (in_cells and ratio):
                y = y + 2 * ((2 ** h["cell_bits"] - 1) / (ratio - 1)) * made_up
        if offset:
            sum_x = inputs[:, tile.start : tile.stop].sum(axis=1)[:, None]
            y = y - 2 ** (h["weight_bits"] - 1) * sum_x
            if floor or (in_cells and ratio):
                y = y - (2 ** h["cell_bits"] - 1) / (ratio - 1) * (sum(2 ** (h["cell_bits"] * s) for s in range(slices)) * sum_x)
        factors = np.ones(columns) if mask is None else mask[t]
        outputs += factors * y
        bound = max(largest / unit if adc.ideal else max(abs(adc.lo), abs(adc.lo + adc.delta * adc.top)) for adc in adcs)
        tolerance += weight_of_terms * bound * np.abs(factors).max()
    exact = all(float(a.delta).is_integer() and float(a.lo).is_integer() for a in adcs)
    exact = exact and not ((floor or (in_cells and ratio)) and (offset or h.get("column_flip")))
    exact = exact and not (in_cells and adcs[0].ideal and np.abs(outputs).max(initial=0) * unit >= 2**53)
    return outputs, (0.0 * tolerance if exact else 1e-12 * tolerance), conversions


def closed_form_counts(weights, inputs, h):
    """Counts of docs/cost.md for all vectors."""
    (rows, columns), vectors = weights.shape, inputs.shape[0]
    slices, sides = cell_digits(weights[:1], h)[0], (2 if h["encoding"] == "differential" else 1)
    tiles = [min(h["rows"], rows - t) for t in range(0, rows, h["rows"])]
    active = h.get("active_rows") or h["rows"]
    groups = sum(math.ceil(r / active) for r in tiles)
    phases = math.ceil(h["input_bits"] / h["dac_bits"])
    both = sides == 2 and h.get("subtract", "digital") == "digital"
    column_tiles = math.ceil(columns / (h["columns"] // (slices * sides)))
    conversions = vectors * phases * groups * columns * slices * (2 if both else 1)
    return {"adc_conversion": conversions, "sample_hold": conversions, "shift_add": conversions,
            "row_drive": vectors * phases * rows * column_tiles,
            "cell_read": vectors * phases * rows * columns * slices * sides}
