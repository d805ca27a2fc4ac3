"""An independent solution of a small crosspoint array: full modified nodal analysis (every node and every source current an
unknown) by NumPy's dense LU, in voltages and currents, where sim/circuit has a sparse LDL^T of the reduced matrix and
star-mesh transformations. Writes dense_crosspoint.csv, or with --check compares it with what this computes."""
import pathlib
import sys

try:
    import numpy as np
except ImportError:
    print("needs python3-numpy")
    sys.exit(77)

ROWS, COLUMNS, VECTORS = 7, 5, 3
FILE = pathlib.Path(__file__).with_name("dense_crosspoint.csv")


def solve(row_segments, column_segments, conductances, voltages):
    """Column currents of one voltage vector. Node of a row line: r*C + c; of a column line: R*C + r*C + c."""
    rows, columns = conductances.shape
    nodes = 2 * rows * columns
    sources = rows
    a = np.zeros((nodes + sources + rows, nodes + sources + rows))  # potentials, driver nodes' potentials, their currents
    b = np.zeros(nodes + sources + rows)

    def resistor(i, j, siemens):  # j None: ground
        a[i, i] += siemens
        if j is not None:
            a[j, j] += siemens
            a[i, j] -= siemens
            a[j, i] -= siemens

    for r in range(rows):
        for c in range(columns):
            row_node, column_node = r * columns + c, rows * columns + r * columns + c
            resistor(row_node, nodes + r if c == 0 else row_node - 1, 1.0 / row_segments[c])
            resistor(column_node, column_node + columns if r + 1 < rows else None, 1.0 / column_segments[r])
            resistor(row_node, column_node, conductances[r, c])
        a[nodes + r, nodes + sources + r] = 1.0   # the source's current flows into the driver node
        a[nodes + sources + r, nodes + r] = 1.0   # whose potential it fixes
        b[nodes + sources + r] = voltages[r]
    x = np.linalg.solve(a, b)
    last = rows * columns + (rows - 1) * columns
    return x[last:last + columns] / column_segments[-1]


def case():
    random = np.random.default_rng(20240517)
    conductances = 1e-4 * random.random((ROWS, COLUMNS))
    conductances[random.random((ROWS, COLUMNS)) < 0.2] = 0.0
    row_segments = random.uniform(5.0, 200.0, COLUMNS)
    column_segments = random.uniform(5.0, 200.0, ROWS)
    voltages = random.random((VECTORS, ROWS))
    currents = np.array([solve(row_segments, column_segments, conductances, v) for v in voltages])
    return [row_segments, column_segments, *conductances, *voltages, *currents]


if __name__ == "__main__":
    lines = [",".join(repr(float(x)) for x in line) for line in case()]
    if sys.argv[1:] == ["--check"]:
        for old, new in zip(FILE.read_text().splitlines(), lines, strict=True):
            np.testing.assert_allclose(np.fromstring(old, sep=","), np.fromstring(new, sep=","), rtol=1e-12)
        print("dense_crosspoint.csv is what this script computes")
    else:
        FILE.write_text("\n".join(lines) + "\n")
