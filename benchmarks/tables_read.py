"""Tables read from files: processor time of a wide one and of a long one, in fresh processes."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

# Readings of each table: processor time varies little.
REPEATS = 3
# Rows and columns of two tables of a few million numbers: one where each column costs, one where each row does.
WIDE = (400, 5000)
LONG = (200_000, 20)
READ = """
import sys, time
from pathlib import Path
from chainrule import TableEncoder
from chainrule.tables.readers.files import read_table
start = time.process_time()
table = read_table(Path(sys.argv[1]))
encoder = TableEncoder()
encoder.fit_transform(table)
encoder.transform(table)
print(time.process_time() - start)
"""


def figures() -> Iterator[tuple[str, str, float, list[float]]]:
    """Yield each figure: its name, unit, limit and the times measured.

    The limit of the wide table is what pandas and scikit-learn took on a machine that took 1.5 s; the long one took
    0.75 s there.
    """
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        for name, shape, limit in (("5,000 columns, 400 rows", WIDE, 2.4), ("20 columns, 200,000 rows", LONG, 1.0)):
            path = Path(folder, f"{shape[1]}.csv")
            names = ",".join(f"c{i}" for i in range(shape[1]))
            np.savetxt(path, rng.normal(size=shape), fmt="%.6g", delimiter=",", header=names, comments="")
            yield f"read and encode {name}, processor time", "s", limit, [_seconds(path) for _ in range(REPEATS)]


def _seconds(path: Path) -> float:
    done = subprocess.run([sys.executable, "-c", READ, str(path)], check=True, capture_output=True, text=True)
    return float(done.stdout)
