"""Writes crosssim_layouts.csv: what CrossSim's four array circuits give for small random arrays.

usage: crosssim_layouts.py CROSSSIM          (a checkout of github.com/sandialabs/cross-sim; the file is of release 3.2.0)

A case is a line `layout, interleaved, inputs, outputs, inputs of the whole array, near, Rp_row, Rp_col, row terminal, column terminal`
(layout 0 input source, 1 separate source; near: CrossSim's selected_rows "bottom"), then the conductances, one line an output, of the
positive and with interleaved of the negative cells, the input vectors, and for each its line of output currents. Everything
is in units of Rmin, as CrossSim has it inside. Row terminals with input source are left out: 3.2.0 adds their resistance to every
segment of input line 0 instead of the first segment of every line (Rp_in_mat[:, 0] in the two InputSource files)."""
import pathlib
import sys
import types
from unittest import mock

import numpy as np

for name in ("scipy", "scipy.interpolate", "scipy.special", "scipy.optimize", "torch"):  # imported there, not used here
    try:
        __import__(name)
    except ImportError:
        sys.modules[name] = mock.MagicMock()
sys.path.insert(0, sys.argv[1])
from simulator.circuits.array.Interleaved_InputSource import InterleavedInputSourceArray  # noqa: E402
from simulator.circuits.array.Interleaved_SepSource import InterleavedSeparateSourceArray  # noqa: E402
from simulator.circuits.array.NonInterleaved_InputSource import NoninterleavedInputSourceArray  # noqa: E402
from simulator.circuits.array.NonInterleaved_SepSource import NoninterleavedSeparateSourceArray  # noqa: E402

from simulator.backend.backend import ComputeBackend  # noqa: E402

ComputeBackend(use_gpu=False)
ARRAYS = {(0, 0): NoninterleavedInputSourceArray, (0, 1): InterleavedInputSourceArray,
          (1, 0): NoninterleavedSeparateSourceArray, (1, 1): InterleavedSeparateSourceArray}
FILE = pathlib.Path(__file__).with_name("crosssim_layouts.csv")


def parameters(case):
    space = types.SimpleNamespace
    parasitics = space(Rp_row_norm=case["rp_row"], Rp_col_norm=case["rp_col"], Rp_row_terminal_norm=case["row_terminal"],
                       Rp_col_terminal_norm=case["column_terminal"], selected_rows="bottom" if case["near"] else "top")
    return space(
        xbar=space(array=space(parasitics=parasitics), device=space(nonlinear_IV=space(enable=False))),
        simulation=space(fast_matmul=False, Niters_max_parasitics=20000, Verr_th_mvm=1e-14, hide_convergence_msg=True,
                         Verr_matmul_criterion="max_max", relaxation_gamma=0.5),
        core=space(style=None, balanced=space(interleaved_posneg=bool(case["interleaved"])), rows_max=case["whole"],
                   cols_max=case["whole"]))


def solve(case, positive, negative, vector):
    array = ARRAYS[case["layout"], case["interleaved"]](parameters(case))
    cells = [positive.copy(), negative.copy()] if case["interleaved"] else [positive.copy()]
    return array.solve_mvm(vector, *cells, row_in=True)


def main():
    random = np.random.default_rng(7)
    lines = []
    for layout in (0, 1):
        for interleaved in (0, 1):
            for variant in range(3):
                inputs, outputs = int(random.integers(5, 13)), int(random.integers(2, 8))
                case = {"layout": layout, "interleaved": interleaved, "inputs": inputs, "outputs": outputs,
                        "whole": inputs if layout == 0 or variant == 0 else inputs + int(random.integers(1, 8)),
                        "near": int(layout == 1 and variant == 2), "rp_row": 0.003 * random.random(),
                        "rp_col": 0.003 * random.random(), "row_terminal": 0.01 * random.random() if layout else 0.0,
                        "column_terminal": 0.01 * random.random() if variant else 0.0}
                cells = [random.random((outputs, inputs)) for _ in range(1 + interleaved)]
                vectors = [random.random(inputs) if layout == 0 else random.integers(0, 2, inputs).astype(float)
                           for _ in range(2)]
                currents = [solve(case, cells[0], cells[-1], vector) for vector in vectors]
                lines += [list(case.values()), *cells[0], *(cells[1] if interleaved else []), *vectors, *currents]
    FILE.write_text("\n".join(",".join(repr(float(x)) for x in line) for line in lines) + "\n")


if __name__ == "__main__":
    main()
