"""One fit in a process of its own: prints its seconds, its memory, and the log loss of the rows."""

import json
import resource
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from chainrule import Adam, Classifier

# Epochs: few, since how their time grows is asked, not what is learnt.
EPOCHS = 5
# Rows of a mini-batch, and the rate of Adam: scikit-learn's defaults.
BATCH = 200
RATE = 1e-3


def model_of(name: str, hidden: tuple[int, ...]) -> Any:
    """Return softmax regression with default settings, or a network that learns for five epochs."""
    if not hidden:
        return (
            Classifier() if name == "Chainrule" else make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
        )
    if name == "Chainrule":
        return Classifier(
            hidden,
            optimizer=Adam(RATE),
            batch_size=BATCH,
            max_epochs=EPOCHS,
            tol=0.0,
            l2=0.0,
            dtype="float32",
            standardize=False,
            random_state=0,
        )
    return MLPClassifier(
        hidden,
        learning_rate_init=RATE,
        batch_size=BATCH,
        max_iter=EPOCHS,
        tol=0.0,
        n_iter_no_change=10**6,
        alpha=0.0,
        random_state=0,
    )


def rows_of(rows: int, columns: int, classes: int, dtype: type) -> tuple[Any, Any]:
    """Return rows around one centre for each class, near enough to each other that classes overlap."""
    generator = np.random.default_rng(0)
    t = np.arange(rows) % classes
    centres = generator.normal(size=(classes, columns)) * min(1.0, 2 / np.sqrt(columns))
    x: Any = generator.normal(size=(rows, columns)).astype(dtype)
    for start in range(0, rows, 10_000):
        x[start : start + 10_000] += centres[t[start : start + 10_000]].astype(dtype)
    return x, t


def forget_peak() -> None:
    """Let the highest memory so far count no more, where Linux allows it."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def peak() -> int:
    """Return the highest memory of this process in bytes."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        return 1024 * int(next(line.split()[1] for line in lines if line.startswith("VmHWM")))
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def main() -> None:
    """Fit once small, which loads what is loaded late, and then what is asked for."""
    name, *numbers = sys.argv[1:]
    rows, columns, classes, *hidden = map(int, numbers)
    warnings.simplefilter("ignore")
    dtype = np.float32 if hidden else np.float64
    small_x, small_t = rows_of(3000, 20, 5, dtype)
    model_of(name, tuple(hidden[:1])).fit(small_x, small_t)
    x, t = rows_of(rows, columns, classes, dtype)
    model = model_of(name, tuple(hidden))
    forget_peak()
    before, start = psutil.Process().memory_info().rss, time.perf_counter()
    model.fit(x, t)
    taken, memory = time.perf_counter() - start, peak() - before
    loss = log_loss(t[:20_000], model.predict_proba(x[:20_000]).astype(float), labels=np.arange(classes))
    print(json.dumps({"seconds": taken, "bytes": max(memory, 0), "log loss": loss}))


if __name__ == "__main__":
    main()
