"""Networks trained with Adam on mini-batches: seconds a step when warm, and a cold process to an accuracy."""

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import final

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from benchmarks.peers.machine import least_seconds
from benchmarks.peers.measure import Run, Settings, in_turns, process_seconds, seconds
from benchmarks.peers.problems import load
from benchmarks.peers.results import Case
from benchmarks.peers.trainers import TRAINERS, Trainer
from chainrule import datasets
from chainrule.arrays import Array


@final
@dataclass(frozen=True)
class Shape:
    """A network, its data, and the rows of a mini-batch.

    Attributes:
        widths: inputs, hidden layers, classes.
        data: "rings", "digits" or "fashion_mnist".
        batch: rows of a mini-batch.
        rows: of an epoch when its steps are timed; None for all.
        accuracy: on held-out rows, for a cold process to reach; None for no such case.
    """

    widths: tuple[int, ...]
    data: str
    batch: int
    rows: int | None = None
    accuracy: float | None = None

    @property
    def name(self) -> str:
        inputs, *hidden, classes = self.widths
        return f"{inputs}/{'-'.join(map(str, hidden))}/{classes}, batch {self.batch} ({self.data})"

    def least_step(self, limits: Mapping[str, float]) -> float:
        """Return the least seconds of a step: its products, or reading its rows from memory.

        Products are of the activations, of the gradients of the weights and, but for the first layer, of the inputs'.
        """
        pairs = [a * b for a, b in pairwise(self.widths)]
        operations = 2 * self.batch * (3 * sum(pairs) - pairs[0])
        numbers = self.batch * self.widths[0]
        return least_seconds(limits, 4 * numbers, operations, "float32")


SHAPES = (
    Shape((2, 16, 3), "rings", 32),
    Shape((64, 100, 10), "digits", 200, accuracy=0.96),
    Shape((784, 100, 10), "fashion_mnist", 200, 20_000, accuracy=0.87),
    Shape((784, 256, 10), "fashion_mnist", 256, 20_000),
    Shape((784, 256, 256, 256, 10), "fashion_mnist", 256, 20_000),
)


def cases(run: Run) -> Iterator[Case]:
    """Yield for each network the case of a step, and that of a cold process."""
    for shape in SHAPES:
        if not run.wanted(shape.name):
            continue
        rows = rows_of(run.folder, shape.data, run.settings)
        yield a_step(shape, rows, run.settings, run.limits)
        if shape.accuracy is not None:
            yield cold(shape, rows, run.settings)


def rows_of(folder: Path, name: str, settings: Settings) -> tuple[Array, Array, Array, Array]:
    """Return rows and labels to train on, and those held out, in float32."""
    if name == "rings":
        (x, one_hot), *_ = datasets.three_rings()
        t = one_hot.argmax(axis=1)
        held_x, held_t = x, t
    elif name == "digits":
        x, held_x, t, held_t = train_test_split(*load_digits(return_X_y=True), test_size=0.25, random_state=0)
        x, held_x = x / 16, held_x / 16
    else:
        data = load(folder, name, scaled=False, rows=6000 if settings.quick else None)
        x, t, held_x, held_t = data.x, data.t, data.test_x, data.test_t
    return x.astype(np.float32), t.astype(np.int64), held_x.astype(np.float32), held_t.astype(np.int64)


def a_step(
    shape: Shape, rows: tuple[Array, Array, Array, Array], settings: Settings, limits: Mapping[str, float]
) -> Case:
    """Return the case of a warm step: as many epochs as take long enough, divided by their steps."""
    x, t = rows[0][: shape.rows], rows[1][: shape.rows]
    steps = -(-len(x) // shape.batch)
    contenders: dict[str, Callable[[], float]] = {}
    for name, make in TRAINERS.items():
        contenders[name] = partial(timed_steps, make, shape, x, t, steps, settings, {})
    about = f"{len(x)} rows, {steps} steps an epoch."
    return Case(
        "networks", shape.name, "a step, warm", in_turns(contenders, settings), shape.least_step(limits), {}, about
    )


def timed_steps(
    make: Callable[..., Trainer],
    shape: Shape,
    x: Array,
    t: Array,
    steps: int,
    settings: Settings,
    kept: dict[str, Trainer],
) -> float:
    """Return the seconds of a step; the first time an epoch is trained before, which compiles what must be."""
    if "trainer" not in kept:
        kept["trainer"] = make(shape.widths, x, t, shape.batch, 0)
        kept["trainer"].train_epoch()
    return seconds(kept["trainer"].train_epoch, settings.least and 0.3) / steps


def cold(shape: Shape, rows: tuple[Array, Array, Array, Array], settings: Settings) -> Case:
    """Return the case of a process that starts, imports, compiles, and trains to the accuracy."""
    with tempfile.TemporaryDirectory() as folder:
        for name, array in zip(("x", "t", "held_x", "held_t"), rows, strict=True):
            np.save(Path(folder, name), array)
        contenders = {name: ColdRun(name, shape, Path(folder)) for name in TRAINERS}
        times = in_turns(contenders, settings)
    notes = {name: f"{min(run.epochs)} to {max(run.epochs)} epochs" for name, run in contenders.items() if run.epochs}
    return Case("networks", shape.name, f"cold, to {shape.accuracy:g}", times, None, notes)


@final
class ColdRun:
    """Cold processes of a contender; each begins with other weights."""

    def __init__(self, name: str, shape: Shape, folder: Path) -> None:
        self.name, self.shape, self.folder = name, shape, folder
        self.runs, self.epochs = 0, list[int]()

    def __call__(self) -> float:
        words = ["-m", "benchmarks.peers.cold_training", self.name, str(self.folder), str(self.shape.accuracy)]
        words += [str(self.shape.batch), str(self.runs), *map(str, self.shape.widths)]
        taken = process_seconds(words, os.environ)
        self.runs += 1
        self.epochs.append(int((self.folder / "epochs").read_text()))
        return taken
