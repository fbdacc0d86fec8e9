"""Times a set of small cases in this checkout and in another one, and prints how they compare.

    python -m benchmarks.against OTHER_CHECKOUT [--rounds 9] [--cases iris,infer]

Each figure comes from fresh processes, one of this checkout and one of the other in turn, so that what else the machine
does meets both alike. A process runs a case once to warm up, then for a quarter of a second, or twice, and reports the
least of these times. Printed are the medians and the least over the rounds in milliseconds, and the ratios of both:
below 1 this checkout is faster. Build the kernels in both first (`setup.py build_ext --inplace`); which form of them
each uses stands above the table.
"""

import argparse
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

# Seconds that a case is repeated for: one of a millisecond runs often enough that nothing disturbs the least.
SECONDS = 0.25
HERE = Path(__file__).resolve().parents[1]


def iris(first: int = 0) -> tuple[Any, Any]:
    from sklearn.datasets import load_iris

    x, y = load_iris(return_X_y=True)
    return x[first:], y[first:]


def digits() -> tuple[Any, Any]:
    from sklearn.datasets import load_digits

    return load_digits(return_X_y=True)


def clouds(rows: int, columns: int, classes: int) -> tuple[Any, Any]:
    random = np.random.default_rng(0)
    t = random.integers(classes, size=rows)
    return random.normal(size=(classes, columns))[t] + 3 * random.normal(size=(rows, columns)), t


def fit(data: tuple[Any, Any], **settings: Any) -> Callable[[], Any]:
    from chainrule import Classifier

    return lambda: Classifier(**settings, random_state=0).fit(*data)


def explained(verb: str, data: tuple[Any, Any], **settings: Any) -> Callable[[], Any]:
    """Return a call of a function of the package with a trained model and its rows."""
    import chainrule

    model = fit(data, **settings)()
    return lambda: getattr(chainrule, verb)(model, *(data[:1] if verb == "attribute" else data))


def encoded(rows: int) -> Callable[[], Any]:
    """Return the encoding of a table of numbers, words, dates and truth values."""
    import pyarrow as pa

    from chainrule import TableEncoder

    random = np.random.default_rng(0)
    columns: dict[str, Any] = {f"number {i}": random.normal(size=rows) for i in range(5)}
    columns |= {f"word {i}": random.choice(["red", "green", "blue", "grey"], rows) for i in range(5)}
    columns |= {"flag": random.random(rows) < 0.5, "day": np.datetime64("2020-01-01") + random.integers(0, 2000, rows)}
    table, labels = pa.table(columns), random.choice(["no", "yes"], rows)
    return lambda: TableEncoder().fit_transform(table, labels)


# Each makes its data and its model, and returns what is timed.
CASES: dict[str, Callable[[], Callable[[], Any]]] = {
    "iris": lambda: fit(iris()),
    "digits": lambda: fit(digits()),
    "50000x100": lambda: fit(clouds(50_000, 100, 3)),
    "network": lambda: fit(clouds(10_000, 784, 10), hidden=(100,), optimizer="adam", max_epochs=10, tol=0.0),
    "lbfgs": lambda: fit(clouds(2000, 50, 4), hidden=(32,), optimizer="lbfgs", max_epochs=100),
    "infer": lambda: explained("infer", iris(50), l2=0.0),
    "influence": lambda: explained("influence", iris()),
    "diagnose": lambda: explained("diagnose", iris()),
    "ledger": lambda: explained("ledger", iris(), hidden=(16,)),
    "attribute": lambda: explained("attribute", iris(), hidden=(16,)),
    "encode": lambda: encoded(20_000),
}


def measured(case: str) -> float:
    """Return the least milliseconds that a case takes in this process."""
    run = CASES[case]()
    run()
    times, end = list[float](), time.perf_counter() + SECONDS
    while len(times) < 2 or time.perf_counter() < end:
        begin = time.perf_counter()
        run()
        times.append(1000 * (time.perf_counter() - begin))
    return min(times)


def said_by(checkout: Path, *arguments: str) -> str:
    """Return what a fresh process with the package of a checkout prints."""
    environment = {**os.environ, "PYTHONPATH": str(checkout / "src")}
    done = subprocess.run([sys.executable, *arguments], env=environment, cwd="/", capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{checkout}: {done.stderr.strip()}")
    return done.stdout.strip()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("other", type=Path, help="the other checkout; with --measure its name is not looked at")
    parser.add_argument("--rounds", type=int, default=9, help="processes of each checkout for each case")
    parser.add_argument("--cases", default=",".join(CASES), help=f"of {', '.join(CASES)}")
    parser.add_argument("--measure", action="store_true", help="run one case here and print its milliseconds")
    given = parser.parse_args()
    if given.measure:
        warnings.simplefilter("ignore")
        print(measured(given.cases))
        return
    checkouts = (HERE, given.other.resolve())
    form = "import chainrule; from chainrule.engine.compiled.library import form_in_use; "
    for name, checkout in zip(("this", "other"), checkouts, strict=True):
        print(f"{name}: {said_by(checkout, '-c', form + 'print(chainrule.__file__, form_in_use())')}")
    print(f"{'milliseconds':<14}{'median':>10}{'other':>10}{'ratio':>8}{'least':>10}{'other':>10}{'ratio':>8}")
    for case in given.cases.split(","):
        times: tuple[list[float], list[float]] = ([], [])
        for number in range(given.rounds):
            for place in (0, 1) if number % 2 else (1, 0):  # so that neither always comes first
                found = said_by(checkouts[place], __file__, ".", "--measure", "--cases", case)
                times[place].append(float(found))
        numbers = [(f(times[0]), f(times[1])) for f in (median, min)]
        print(f"{case:<14}" + "".join(f"{ours:>10.2f}{theirs:>10.2f}{ours / theirs:>8.3f}" for ours, theirs in numbers))


if __name__ == "__main__":
    main()
