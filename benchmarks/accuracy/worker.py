"""A process that fits one model to splits, one after another, and prints a line of JSON for each.

`python -m benchmarks.accuracy.worker` reads what to do from its standard input. It says `{"ready": true}` once the
model has been fitted to iris, so that what a library loads and prepares at its first fit is in no time. A fit that
takes more processor time than the limit ends the process: its signal says so.
"""

import json
import os
import resource
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_iris

from benchmarks.accuracy.aggregates import BASE
from benchmarks.accuracy.models import MODELS
from benchmarks.accuracy.scores import over_base, scores
from benchmarks.accuracy.splits import Split, split_of
from chainrule.arrays import Array


def main() -> None:
    given = json.loads(sys.stdin.read())
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # libraries that print leave our lines alone
    warnings.simplefilter("ignore")
    model = MODELS[given["model"]]
    x, t = load_iris(return_X_y=True, as_frame=True)
    model.make(0).fit(x, t.to_numpy())
    print(json.dumps({"ready": True}), file=out, flush=True)
    for table, number in given["jobs"]:
        rows = split_of(Path(given["data"]), table, number)
        base = None if given["model"] == BASE else MODELS[BASE].make(number)
        record = measured(model.make(number), rows, given["limit"], base)
        print(json.dumps({"table": table, "split": number} | record), file=out, flush=True)


def measured(estimator: Any, rows: Split, limit: float, base: Any = None) -> dict[str, Any]:
    """Return the sizes of a split, the processor time of fit and prediction, and the scores, or why there are none.

    With a base, which is fitted to the same rows, also how far the log loss is above its.
    """
    train, test, classes = rows
    sizes = {"rows": len(train.t), "test_rows": len(test.t), "columns": train.x.shape[1], "classes": classes}
    start = time.process_time()
    try:
        _limit_processor_time(start + limit)
        estimator.fit(train.x, train.t)
        fitted = time.process_time()
        y = estimator.predict_proba(test.x)
        seconds = {"fit_seconds": fitted - start, "predict_seconds": time.process_time() - fitted}
        y = _of_all_classes(y, estimator.classes_, classes)
        found = scores(y, test.t)
        _limit_processor_time(None)
        if base is not None:
            base.fit(train.x, train.t)
            found |= over_base(y, _of_all_classes(base.predict_proba(test.x), base.classes_, classes), test.t)
    except Exception as error:
        lines = str(error).strip().splitlines() or [""]
        return sizes | {
            "failure": f"{type(error).__name__}: {lines[0][:160]}",
            "fit_seconds": time.process_time() - start,
        }
    finally:
        _limit_processor_time(None)
    return sizes | {name: float(f"{value:.6g}") for name, value in (seconds | found).items()}


def _limit_processor_time(until: float | None) -> None:
    """Have the system end this process once it has had so many seconds of processor time."""
    most = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (most if until is None else int(until) + 1, most))


def _of_all_classes(y: Any, known: Any, classes: int) -> Array:
    """Return probabilities (n, k) of all classes, of which a model may know only some."""
    whole = np.zeros((len(y), classes))
    whole[:, np.asarray(known, int)] = y
    return whole


if __name__ == "__main__":
    main()
