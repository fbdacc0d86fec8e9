"""The command line of the leaderboard."""

import argparse
import sys
import warnings
from pathlib import Path

from benchmarks.accuracy.models import MODELS
from benchmarks.accuracy.page import page, summary
from benchmarks.accuracy.results import Results, machine, read
from benchmarks.accuracy.run import ROOT, run
from benchmarks.accuracy.splits import SPLITS, TABLES
from chainrule.common.atomic_write import write


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.accuracy",
        description="Fit Chainrule and its peers with their defaults to real tables and score them on held-out rows. "
        "Results go to a JSON file after every fit, and to a page beside it; what is there is not measured again.",
    )
    parser.add_argument("models", nargs="*", metavar="MODEL", help=f"of {', '.join(MODELS)}; all if none is given")
    parser.add_argument("--tables", nargs="+", metavar="NAME", default=list(TABLES), choices=list(TABLES))
    parser.add_argument("--splits", nargs="+", type=int, metavar="N", default=list(range(SPLITS)), help="0 to 4")
    parser.add_argument("--limit", type=float, metavar="SECONDS", default=300, help="of processor time of a fit (300)")
    parser.add_argument("--again", action="store_true", help="measure again what is there")
    parser.add_argument("--page", action="store_true", help="write the page again, and measure nothing")
    parser.add_argument("--json", type=Path, metavar="FILE", default=ROOT / "docs" / "accuracy.json")
    parser.add_argument("--data", type=Path, metavar="FOLDER", default=ROOT / ".." / "shared" / "data")
    given = parser.parse_args()
    unknown = [name for name in given.models if name not in MODELS]
    if unknown:
        parser.error(f"MODEL must be of {', '.join(MODELS)}, found {', '.join(unknown)}")
    if not all(0 <= number < SPLITS for number in given.splits):
        parser.error(f"--splits must be 0 to {SPLITS - 1}, found {' '.join(map(str, given.splits))}")
    given.models = given.models or list(MODELS)
    return given


def main() -> None:
    given = arguments()
    warnings.simplefilter("ignore")
    if not given.page:
        if not given.data.is_dir():
            sys.exit(f"There is no folder {given.data}: name the folder of the tables with --data.")
        try:
            run(given, Results(given.json, machine()))
        except ValueError as error:
            sys.exit(str(error))
    found, records = read(given.json)
    target = given.json.with_suffix(".md")
    write(target, page(found, records, given.json.name))
    print("\n".join(summary(records)))
    print(f"wrote {target}")


if __name__ == "__main__":
    main()
