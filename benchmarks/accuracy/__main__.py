"""The command line of the leaderboard."""

import argparse
import sys
import warnings
from pathlib import Path

from benchmarks.accuracy.bundled import BUNDLED
from benchmarks.accuracy.models import MODELS
from benchmarks.accuracy.page import page, summary, without_files
from benchmarks.accuracy.results import Results, machine, read
from benchmarks.accuracy.run import ROOT, run
from benchmarks.accuracy.splits import SPLITS, TABLES
from chainrule.common.atomic_write import write

SUITES = {"real": tuple(TABLES), "bundled": tuple(BUNDLED)}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.accuracy",
        description="Fit Chainrule and its peers with their defaults to real tables and score them on held-out rows. "
        "Results go to a JSON file after every fit, and to a page beside it; what is there is not measured again.",
    )
    parser.add_argument("models", nargs="*", metavar="MODEL", help=f"of {', '.join(MODELS)}; all if none is given")
    parser.add_argument(
        "--suite", choices=SUITES, default="real", help="real: tables of files; bundled: tables that need none"
    )
    parser.add_argument("--tables", nargs="+", metavar="NAME", help="of the suite; all if none is given")
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
    tables = SUITES[given.suite]
    unknown = [name for name in given.tables or () if name not in tables]
    if unknown:
        parser.error(f"--tables must be of {', '.join(tables)}, found {', '.join(unknown)}")
    given.models, given.tables = given.models or list(MODELS), given.tables or list(tables)
    return given


def main() -> None:
    given = arguments()
    warnings.simplefilter("ignore")
    of_bundled = given.json.with_name(f"{given.json.stem}-bundled.json")
    if not given.page:
        if given.suite == "real" and not given.data.is_dir():
            sys.exit(f"There is no folder {given.data}: name the folder of the tables with --data, or --suite bundled.")
        try:
            run(given, Results(of_bundled if given.suite == "bundled" else given.json, machine()))
        except ValueError as error:
            sys.exit(str(error))
    bundled = read(of_bundled)[1] if of_bundled.exists() else []
    if given.suite == "bundled":
        print("\n".join(without_files(bundled)))
    if not given.json.exists():
        return
    found, records = read(given.json)
    target = given.json.with_suffix(".md")
    write(target, page(found, records, given.json.name, bundled))
    print("\n".join(summary(records)) if given.suite == "real" else "")
    print(f"wrote {target}")


if __name__ == "__main__":
    main()
