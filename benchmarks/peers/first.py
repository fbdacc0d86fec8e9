"""The first fit of a fresh process, through the public estimators: of softmax regression and of networks."""

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits, load_iris

from benchmarks.peers.measure import Run, Times, in_turns, process_output
from benchmarks.peers.networks import SHAPES, Shape, rows_of
from benchmarks.peers.results import Case
from chainrule.arrays import Array

# Rows, columns and classes of tables of standardised Gaussian numbers.
SIZES = ((5_000, 50, 3), (100_000, 30, 3), (50_000, 100, 5), (20_000, 300, 8), (200_000, 50, 4))
SOLVERS = ("Chainrule", "scikit-learn lbfgs", "scikit-learn newton-cg")
LIBRARIES = ("Chainrule", "scikit-learn", "PyTorch", "JAX, optax")
# The fit whose time stands beside the first.
LATER = 100
# The same of a large table, each fit of which takes tens of milliseconds: by then nothing is new any more either.
LATER_OF_LARGE = 20
# Numbers of a table from which it is large.
LARGE = 1_000_000
# Repeats at most: starting a process takes longer than its fit.
REPEATS = 3
# As many multiplications as make a training of about a second, so that the time of a first step does not count alone.
WORK = 30_000_000_000
# Epochs at least: more than the first one, which also sets up.
FEWEST_EPOCHS = 2
# Epochs at most: the training of a small table is then shorter than a second.
MOST_EPOCHS = 200


def cases(run: Run) -> Iterator[Case]:
    """Yield a case for each table and each network."""
    read_libraries()
    for name, rows, labels in tables(run.settings.quick):
        if run.wanted(name):
            yield regression(run, name, rows, labels)
    for shape in SHAPES:
        if run.wanted(shape.name):
            yield network(run, shape)


def tables(quick: bool) -> Iterator[tuple[str, Array, Array]]:
    """Yield tables, standardised, by name."""
    for name, load in (("iris", load_iris), ("digits", load_digits)):
        x, y = load(return_X_y=True)
        yield name, standardised(x[:, x.std(axis=0) > 0]), y
    for n, i, k in SIZES[:1] if quick else SIZES:
        generator = np.random.default_rng(0)
        x, weights = generator.normal(size=(n, i)), 2 * generator.normal(size=(i, k)) / np.sqrt(i)
        y = (x @ weights + generator.gumbel(size=(n, k))).argmax(axis=1)
        yield f"{n:,} × {i}, {k} classes", standardised(x), y


def standardised(x: Array) -> Array:
    return np.asarray((x - x.mean(axis=0)) / x.std(axis=0))


def regression(run: Run, name: str, x: Array, y: Array) -> Case:
    """Return the case of a table: `C` = 1, `tol` = 1e-4."""
    with tempfile.TemporaryDirectory() as place:
        saved(Path(place), x, y)
        later = 2 if run.settings.quick else LATER_OF_LARGE if x.size > LARGE else LATER
        commands = {solver: [place, solver] for solver in SOLVERS}
        commands[f"(Chainrule, the fit of number {later})"] = [place, SOLVERS[0], str(later)]
        times = first_fits(run, commands)
    return Case("first", f"softmax regression, {name}", "first fit", times, about="C = 1, tol = 1e-4.")


def network(run: Run, shape: Shape) -> Case:
    """Return the case of a network: some epochs of Adam."""
    x, t = (part[: shape.rows] for part in rows_of(run.folder, shape.data, run.settings)[:2])
    work = 3 * len(x) * sum(a * b for a, b in zip(shape.widths, shape.widths[1:], strict=False))
    epochs = 2 if run.settings.quick else int(np.clip(WORK // work, FEWEST_EPOCHS, MOST_EPOCHS))
    settings = [str(epochs), str(shape.batch), *map(str, shape.widths)]
    with tempfile.TemporaryDirectory() as place:
        saved(Path(place), x, t)
        times = first_fits(run, {library: [place, library, *settings] for library in LIBRARIES})
    about = (
        f"{len(x)} rows, {epochs} epochs of Adam. Of PyTorch and JAX one epoch before is not counted, in which PyTorch"
        " loads more of itself and JAX compiles."
    )
    return Case("first", shape.name, "first fit", times, about=about)


def saved(place: Path, x: Array, y: Array) -> None:
    np.save(place / "x.npy", x)
    np.save(place / "y.npy", y)


def first_fits(run: Run, commands: Mapping[str, Sequence[str]]) -> dict[str, Times]:
    """Return the seconds that the fits took, each in a process of its own; `cases` has read the libraries before."""
    contenders = {name: partial(fit_seconds, command) for name, command in commands.items()}
    return in_turns(contenders, replace(run.settings, repeats=min(REPEATS, run.settings.repeats)))


def read_libraries() -> None:
    """Read what the processes load from disk, so that no time is of that."""
    process_output(["-c", "import chainrule, sklearn.linear_model, sklearn.neural_network"], os.environ)
    for library in ("torch", "jax, optax"):
        with suppress(RuntimeError):
            process_output(["-c", f"import {library}"], os.environ)


def fit_seconds(command: Sequence[str]) -> float:
    return float(process_output(["-W", "ignore", "-m", "benchmarks.peers.first_fit", *command], os.environ))
