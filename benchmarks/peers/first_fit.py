"""What a process of `first` does: fit once, or so many times, and print the seconds of the last fit."""

import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peers.trainers import TRAINERS, Trainer


def regression(solver: str, x: Any, y: Any) -> Callable[[], object]:
    """Return a fit of softmax regression."""
    if solver == "Chainrule":
        from chainrule import Classifier

        return lambda: Classifier(l2=1 / len(x), standardize=False, tol=1e-4).fit(x, y)
    from sklearn.linear_model import LogisticRegression

    return lambda: LogisticRegression(C=1.0, tol=1e-4, solver=solver.split()[-1], max_iter=1000).fit(x, y)


def network(library: str, x: Any, y: Any, epochs: int, batch: int, widths: tuple[int, ...]) -> Callable[[], object]:
    """Return some epochs of Adam, from the making of the network on."""
    hidden = widths[1:-1]
    if library == "Chainrule":
        from chainrule import Adam, Classifier

        ours = Classifier(
            hidden,
            optimizer=Adam(rate=1e-3),
            l2=0.0,
            tol=0.0,
            standardize=False,
            max_epochs=epochs,
            batch_size=batch,
            random_state=0,
        )
        return lambda: ours.fit(x, y)
    if library == "scikit-learn":
        from sklearn.neural_network import MLPClassifier

        theirs = MLPClassifier(
            hidden,
            alpha=0.0,
            tol=0.0,
            n_iter_no_change=epochs,
            max_iter=epochs,
            batch_size=min(batch, len(x)),
            random_state=0,
        )
        return lambda: theirs.fit(x, y)
    trainer = TRAINERS[library](widths, x, y, batch, 0)
    trainer.train_epoch()  # for which PyTorch loads more of itself, and JAX compiles: neither is a part of the fit
    return partial(train, trainer, epochs)


def train(trainer: Trainer, epochs: int) -> None:
    for _ in range(epochs):
        trainer.train_epoch()


def main() -> None:
    """Fit, and print the seconds of the last of the fits."""
    place, contender, *settings = sys.argv[1:]
    x, y = (np.load(Path(place, name)) for name in ("x.npy", "y.npy"))
    if len(settings) > 1:
        epochs, batch, *widths = map(int, settings)
        fit, times = network(contender, x, y, epochs, batch, tuple(widths)), 1
    else:
        fit, times = regression(contender, x, y), int(settings[0]) if settings else 1
    for _ in range(times):
        start = time.perf_counter()
        fit()
        taken = time.perf_counter() - start
    print(taken)


if __name__ == "__main__":
    main()
