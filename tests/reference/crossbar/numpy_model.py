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
        hi = active * (2 ** h["dac_bits"] - 1) * (2 ** h["cell_bits"] - 1) * factor
    return (-hi if analog else 0.0), float(hi)


class Converter:
    def __init__(self, h):
        self.ideal = h["adc_bits"] == 0
        self.lo, self.delta = 0.0, 1.0
        if self.ideal:
            return
        self.lo, hi = adc_window(h)
        levels = 2 ** h["adc_bits"] - (1 if self.lo == -hi else 0)
        self.top = levels - 1
        self.delta = (hi - self.lo) / self.top

    def codes(self, sums):
        if self.ideal:
            return sums
        return np.clip(np.rint((sums - self.lo) / self.delta), 0, self.top).astype(np.int64)


def multiply(weights, inputs, mask, h, cells=None, fraction_bits=0):
    """Outputs [M,N], the tolerance [M,N] that the page grants, and the number of conversions. `cells`: what the cells hold
    [sides, slices, K, N] in level units, multiples of 2^-fraction_bits, floor included; None: their levels."""
    weights, inputs = weights.astype(np.int64), inputs.astype(np.int64)
    (rows, columns), vectors = weights.shape, inputs.shape[0]
    active = h.get("active_rows") or h["rows"]
    ratio = h.get("on_off_ratio", 0)
    floor = (2 ** h["cell_bits"] - 1) / (ratio - 1) if ratio and h["adc_bits"] else 0.0
    digital = h.get("subtract", "digital") == "digital"
    offset = h["encoding"] == "offset"
    adc = Converter(h)
    slices, digits = cell_digits(weights, h)
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
        total = np.zeros((vectors, columns), dtype=np.int64)
        terms, weight_of_terms, largest = 0, 0, 0
        for begin in range(tile.start, tile.stop, active):
            group = slice(begin, min(begin + active, tile.stop))
            for i, place in enumerate(places):
                x = (raw[:, group] >> (h["dac_bits"] * i)) & (2 ** h["dac_bits"] - 1)
                added = floor * x.sum(axis=1)[:, None]
                for s in range(slices):
                    sums = [x @ side[s][group] for side in digits]
                    if in_cells and not adc.ideal:
                        sums = [p / unit for p in sums]
                    largest = max(largest, max(int(np.abs(p).max()) for p in sums))
                    if offset:
                        codes = adc.codes(sums[0] + added if floor else sums[0])
                    elif digital:
                        codes = adc.codes(sums[0] + added if floor else sums[0]) - adc.codes(
                            sums[1] + added if floor else sums[1])
                    else:
                        codes = adc.codes(sums[0] - sums[1])
                    factor = place * 2 ** (h["cell_bits"] * s)
                    total += factor * codes
                    terms += factor
                    weight_of_terms += abs(factor)
                    conversions += vectors * columns * (2 if digital and not offset else 1)
        if digital and not offset:
            terms = 0
        y = adc.delta * total + adc.lo * terms
        if in_cells and adc.ideal:
            y = total / unit
        if offset:
            sum_x = inputs[:, tile.start : tile.stop].sum(axis=1)[:, None]
            y = y - 2 ** (h["weight_bits"] - 1) * sum_x
            if floor or (in_cells and ratio):
                y = y - (2 ** h["cell_bits"] - 1) / (ratio - 1) * (sum(2 ** (h["cell_bits"] * s) for s in range(slices)) * sum_x)
        factors = np.ones(columns) if mask is None else mask[t]
        outputs += factors * y
        bound = largest / unit if adc.ideal else max(abs(adc.lo), abs(adc.lo + adc.delta * adc.top))
        tolerance += weight_of_terms * bound * np.abs(factors).max()
    exact = float(adc.delta).is_integer() and float(adc.lo).is_integer() and not ((floor or (in_cells and ratio)) and offset)
    exact = exact and not (in_cells and adc.ideal and np.abs(outputs).max(initial=0) * unit >= 2**53)
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
