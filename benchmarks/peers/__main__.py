"""The command line of the comparison with peers. It sets the number of threads before any library is loaded."""

import argparse
import os
import sys
import warnings
from pathlib import Path

ROOT = Path(__file__).parents[2]
PARTS = ("limits", "first", "passes", "convex", "networks", "cold", "prediction", "growth", "page")
THREADS = (
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "NUMBA_NUM_THREADS"),
    *("VECLIB_MAXIMUM_THREADS", "NPROC"),
)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.peers",
        description="Measure Chainrule beside scikit-learn, PyTorch, JAX, glum, skglm and statsmodels: the same data, "
        "threads and machine, taking turns. Results go to a JSON file after every case, and to a page beside it.",
        epilog="Parts: limits (of the machine; always measured first), first (the first fit of a fresh process), "
        "passes (one cost and gradient), convex (softmax regression to the optimum), networks (a step; a cold process "
        "to an accuracy), cold (iris in a fresh process), prediction, growth (time and memory by size), page (writes "
        "the page again and measures nothing).",
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help="all if none is given")
    parser.add_argument("--only", nargs="+", metavar="NAME", default=[], help="groups whose name has one of these")
    parser.add_argument("--repeats", type=int, metavar="N", help="of each measurement (5)")
    parser.add_argument("--threads", type=int, metavar="N", default=2, help="of every library (2)")
    parser.add_argument("--cap", type=float, metavar="SECONDS", help="that a fit may take (5)")
    parser.add_argument("--quick", action="store_true", help="small sizes, two repeats: does it work?")
    parser.add_argument("--json", type=Path, metavar="FILE", help="docs/speed.json; with --quick build/speed.json")
    parser.add_argument("--data", type=Path, metavar="FOLDER", default=ROOT / ".." / "shared" / "data")
    given = parser.parse_args()
    unknown = [part for part in given.parts if part not in PARTS]
    if unknown:
        parser.error(f"PART must be of {', '.join(PARTS)}, found {', '.join(unknown)}")
    given.parts = given.parts or list(PARTS)
    given.json = given.json or ROOT / ("build" if given.quick else "docs") / "speed.json"
    return given


def limit_threads(threads: int) -> None:
    """Let this process and its children use so many cores and threads."""
    os.environ.update(dict.fromkeys(THREADS, str(threads)))
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed library has its bytecode
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])


def main() -> None:
    given = arguments()
    limit_threads(given.threads)
    warnings.simplefilter("ignore")
    from benchmarks.peers.run import run

    try:
        run(given)
    except ValueError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
