"""What training leaves behind: its epochs, their history, and the rules that read it to say when to stop."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias, final

from chainrule.arrays import Array
from chainrule.common.display import as_html, as_text
from chainrule.common.format import count


class Epoch(NamedTuple):
    """What one epoch came to.

    Attributes:
        number: of the epoch, from 1.
        theta: the parameters after it (p,).
        cost: with all rows at once, the cost at `theta`; with mini-batches, that of each batch just before its step,
            added up over the epoch.
        gradient_norm: Euclidean norm of the gradient, taken where the cost is.
        rate: of the last iteration.
        iterations: optimizer steps so far.
        seconds: since the start.
        stop: why this epoch is the last one, or None.
        state: of the optimizer, to go on from with `epochs(..., theta, state=state)`.
    """

    number: int
    theta: Array
    cost: float
    gradient_norm: float
    rate: float
    iterations: int
    seconds: float
    stop: str | None
    state: Any


@final
@dataclass
class History:
    """The epochs so far as columns, without their parameters.

    Attributes:
        number, cost, gradient_norm, rate, iterations, seconds: as in `Epoch`.
        loss: mean loss of the rows of training after each epoch, without the penalty, as `validation_cost` is of the
            held-out rows; empty where no rows are held out.
        accuracy: share of the rows of training classified rightly after each epoch; empty where no rows are held out.
        validation_cost: mean loss of the held-out rows after each epoch; empty where none are.
        validation_accuracy: share of the held-out rows classified rightly; empty where none are.
    """

    number: list[int] = field(default_factory=list)
    cost: list[float] = field(default_factory=list)
    gradient_norm: list[float] = field(default_factory=list)
    rate: list[float] = field(default_factory=list)
    iterations: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    loss: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    validation_cost: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)

    def append(
        self, number: int, cost: float, gradient_norm: float, rate: float, iterations: int, seconds: float
    ) -> None:
        """Add a line: what an `Epoch` says of these columns."""
        self.number.append(number)
        self.cost.append(cost)
        self.gradient_norm.append(gradient_norm)
        self.rate.append(rate)
        self.iterations.append(iterations)
        self.seconds.append(seconds)

    def copy(self) -> "History":
        """Return a history of the same epochs, which goes on by itself."""
        return History(**{name: list(column) for name, column in vars(self).items()})

    def __len__(self) -> int:
        return len(self.number)

    def __repr__(self) -> str:
        return as_text(*self.table())

    def _repr_html_(self) -> str:
        return as_html(*self.table())

    def table(self) -> tuple[str, list[str], list[list[str]]]:
        """Return what a terminal and a notebook show: a title, and each quantity after the first and the last epoch."""
        if not len(self):
            return "History: no epochs", [], []
        shown = ("cost", "gradient_norm", "rate", "loss", "accuracy", "validation_cost", "validation_accuracy")
        columns = {name: getattr(self, name) for name in shown if getattr(self, name)}
        rows = [[name.replace("_", " "), f"{line[0]:.4g}", f"{line[-1]:.4g}"] for name, line in columns.items()]
        steps = count(self.iterations[-1], "iteration")
        title = f"History: {count(len(self), 'epoch')}, {steps}, {self.seconds[-1]:.2f} s"
        return title, ["", "first epoch", "last epoch"], rows


StopRule: TypeAlias = Callable[[History], str | None]


@final
@dataclass(frozen=True)
class GradientBelow:
    """Stop once the gradient's norm is at most `tolerance`.

    Parameters:
        tolerance: in units of the cost for each unit of a parameter.

    >>> GradientBelow(0.1)(History(gradient_norm=[0.5, 0.05]))
    "the gradient's norm, 0.05, is at most 0.1"
    """

    tolerance: float

    def __call__(self, history: History) -> str | None:
        norm = history.gradient_norm[-1]
        return f"the gradient's norm, {norm:.3g}, is at most {self.tolerance:g}" if norm <= self.tolerance else None


@final
@dataclass(frozen=True)
class Stalled:
    """Stop once the lowest cost has not fallen by more than `tolerance`, relative to itself, for `patience` epochs.

    Parameters:
        tolerance: the share of the cost that it must fall by.
        patience: epochs that it has for it, at least 1.

    Raises:
        ValueError: the patience is less than 1.

    >>> Stalled(patience=1)(History(number=[1, 2], cost=[0.5, 0.5]))
    'the cost has not fallen by more than 0.0001 of itself in 1 epochs'
    """

    tolerance: float = 1e-4
    patience: int = 10

    def __post_init__(self) -> None:
        if self.patience < 1:
            raise ValueError(f"Stalled needs a patience of at least 1, found {self.patience}.")

    def __call__(self, history: History) -> str | None:
        if len(history) <= self.patience:
            return None
        before, now = min(history.cost[: -self.patience]), min(history.cost[-self.patience :])
        if before - now > self.tolerance * abs(before):
            return None
        return f"the cost has not fallen by more than {self.tolerance:g} of itself in {self.patience} epochs"


@final
@dataclass(frozen=True)
class TimeLimit:
    """Stop after the first epoch that ends later than `seconds` after the start.

    Parameters:
        seconds: since training began.

    >>> TimeLimit(60.0)(History(seconds=[59.0, 61.0]))
    'the time limit of 60 s is reached'
    """

    seconds: float

    def __call__(self, history: History) -> str | None:
        return f"the time limit of {self.seconds:g} s is reached" if history.seconds[-1] >= self.seconds else None
