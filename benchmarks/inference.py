"""Inference: from rows to coefficients with standard errors beside statsmodels, and the memory of a million rows.

python -m benchmarks.inference

Ours is training and inference together. Each fit is done in a process of its own, ours and theirs by turns; the first
of each is not counted. Memory is the most that a process has had, with Python, its libraries and the rows in it.
"""

import subprocess
import sys
import time
from resource import RUSAGE_SELF, getrusage
from statistics import median
from typing import Any

import numpy as np

# Rows of the comparison: so many that what does not grow with them is little.
ROWS = 100_000
# Rows whose memory is looked at: many times what a block holds, so that what grows with the rows shows.
MANY_ROWS = 1_000_000
# Columns and classes of a usual survey.
COLUMNS = 20
CLASSES = 5
# Fits of each, by turns: the median of five is not moved by two that were disturbed.
REPEATS = 5
# How many times as fast as statsmodels is promised.
LEAST_RATIO = 10.0
# GB: what an ordinary laptop has to spare.
MOST_MEMORY = 2.0


def drawn(rows: int) -> tuple[Any, Any]:
    """Return rows whose classes are drawn from a softmax regression."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, COLUMNS))
    z = x @ rng.normal(0, 0.5, (COLUMNS, CLASSES)) + rng.normal(0, 0.5, CLASSES)
    return x, (z + rng.gumbel(size=z.shape)).argmax(axis=1)


def ours(x: Any, y: Any) -> tuple[Any, Any]:
    """Return coefficients and standard errors (k-1, j), with the table made on the way."""
    from chainrule import Classifier, infer

    result = infer(Classifier(l2=0).fit(x, y), x, y)
    str(result)
    return result.params, result.standard_errors


def theirs(x: Any, y: Any) -> tuple[Any, Any]:
    """Return the same of statsmodels."""
    from statsmodels.discrete.discrete_model import MNLogit

    result = MNLogit(y, np.hstack([np.ones((len(x), 1)), x])).fit(disp=0)
    str(result.summary())
    return result.params.T, result.bse.T


def measured(who: str, rows: int, repeats: int) -> None:
    """Print seconds of each repeat but the first, the memory in GB, and numbers to compare."""
    x, y = drawn(rows)
    times = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        params, errors = {"ours": ours, "theirs": theirs}[who](x, y)
        times.append(time.perf_counter() - start)
    memory = getrusage(RUSAGE_SELF).ru_maxrss / 1e6 * 1.024
    print(*times[-max(1, repeats) :], "|", memory, "|", *np.asarray([params, errors]).ravel())


def in_a_process(who: str, rows: int, repeats: int) -> tuple[list[float], float, Any]:
    """Return the seconds, the memory in GB, and the numbers."""
    words = [sys.executable, "-m", "benchmarks.inference", who, str(rows), str(repeats)]
    out = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    times, memory, numbers = ([float(word) for word in part.split()] for part in out.split("|"))
    return times, memory[0], np.array(numbers)


def main() -> int:
    """Print each figure beside its limit; return 1 where one falls short."""
    seconds: dict[str, list[float]] = {"ours": [], "theirs": []}
    numbers = {}
    for _ in range(REPEATS):
        for who, times in seconds.items():
            found, _, numbers[who] = in_a_process(who, ROWS, 1)
            times += found
    ratio = median(b / a for a, b in zip(seconds["ours"], seconds["theirs"], strict=True))
    apart = np.abs(numbers["ours"] / numbers["theirs"] - 1).max()
    size = f"{COLUMNS} columns, {CLASSES} classes"
    print(f"{ROWS} rows, {size}: {median(seconds['ours']):.2f} s, statsmodels {median(seconds['theirs']):.2f} s")
    print(f"  {ratio:.1f} times as fast (at least {LEAST_RATIO:.0f}), relative difference {apart:.1e}")
    (once,), memory, _ = in_a_process("ours", MANY_ROWS, 0)
    print(f"{MANY_ROWS} rows, {size}: {once:.1f} s the first time, {memory:.2f} GB (at most {MOST_MEMORY:.0f})")
    return int(ratio < LEAST_RATIO or memory > MOST_MEMORY)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measured(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    else:
        sys.exit(main())
