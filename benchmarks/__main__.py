"""Run the benchmarks and print each figure beside its limit."""

import sys
from itertools import chain

from benchmarks import lesson, startup, tables_read

if __name__ == "__main__":
    worst = 0.0
    print(f"{'figure':<58}{'median':>10}{'least':>10}{'most':>10}{'limit':>10}")
    for name, unit, limit, times in chain(lesson.figures(), tables_read.figures(), startup.figures()):
        ordered = sorted(times)
        median = ordered[len(ordered) // 2]
        worst = max(worst, median / limit)
        numbers = "".join(f"{value:>7.2f} {unit:<2}" for value in (median, ordered[0], ordered[-1], limit))
        print(f"{name:<58}{numbers}")
    sys.exit(worst > 1)
