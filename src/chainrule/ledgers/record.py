"""What a ledger holds: the numbers of its rows, of one weight and of the step, before they are set in any form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self, final

from chainrule.arrays import Array
from chainrule.engine import Cost, Rows
from chainrule.estimator.classifier import Classifier
from chainrule.estimator.defaults import SMALL_WORK, WHOLE_DATA, build_plan, loss_of
from chainrule.inspection import Nudge, Paths, Section, Trace, Weight
from chainrule.inspection.entries import Formula
from chainrule.losses import Penalty
from chainrule.optimizers import Adam, GradientDescent, Momentum, Optimizer, Proximal, RMSprop
from chainrule.pages.formulas import number

# The step that a model's optimizer takes from chosen rows, as if they were a mini-batch.


@final
@dataclass(frozen=True)
class Step:
    """What an optimizer does to one weight, and to the loss, from its starting state.

    Attributes:
        optimizer: its name.
        rate: its first rate; None where the step needs all rows of training, so that there is none to show.
        formula: the first step of one weight `w` with gradient `g`; None where the optimizer is of the user's own.
        gradient: of the rows' mean loss with respect to the weight.
        before, after: the weight.
        loss_before, loss_after: the rows' mean loss, before and after all weights have moved.
        difference: between `after` and the formula's number, relative.
    """

    optimizer: str
    rate: float | None
    formula: Formula | None
    gradient: float
    before: float
    after: float | None
    loss_before: float
    loss_after: float | None
    difference: float


def first_step(classifier: Classifier, rows: Rows, weight: Weight) -> Step:
    """Return the step of a trained classifier's optimizer on some rows, without the penalty.

    Parameters:
        classifier: trained.
        rows: standardised, in double precision.
        weight: of its network.
    """
    network, theta = classifier.network_, classifier.theta_.astype(rows.x.dtype)
    loss = loss_of(network, classifier.label_smoothing)
    cost = Cost(network, loss, rows, rows.total_weight, Penalty(), "mean")
    value, gradient = cost.value_and_gradient(theta)
    place = network.layout[weight.link][weight.parameter][0].start + weight.column
    optimizer, g, w = _optimizer(classifier), float(gradient[place]), float(theta[place])
    name = type(optimizer).__name__
    if isinstance(optimizer, WHOLE_DATA):
        return Step(name, None, None, g, w, None, float(value), None, 0.0)
    step = optimizer.step(cost, theta, optimizer.init(theta))
    after, known = float(step.theta[place]), _written_out(optimizer, float(step.rate), g, w)
    formula, expected = (None, after) if known is None else known
    difference = abs(after - expected) / max(abs(after), abs(w), 1e-300)
    return Step(name, float(step.rate), formula, g, w, after, float(value), float(cost.value(step.theta)), difference)


def _optimizer(classifier: Classifier) -> Optimizer[Any]:
    """Return what trained the classifier: "auto" is told by whether it took several steps an epoch."""
    history, asked = getattr(classifier, "history_", None), classifier.optimizer
    if history is None and asked == "auto":
        asked = "adam"  # as partial_fit chooses
    in_parts = history is not None and len(history) > 0 and history.iterations[-1] > history.number[-1]
    optimizer = build_plan(
        classifier.network_,
        SMALL_WORK + 1 if in_parts else 1,
        optimizer=asked,
        rate=classifier.rate,
        l1=classifier.l1,
        batch_size=classifier.batch_size,
        tol=classifier.tol,
    ).optimizer
    return optimizer.optimizer if isinstance(optimizer, Proximal) else optimizer


def _written_out(optimizer: Optimizer[Any], rate: float, g: float, w: float) -> tuple[Formula, float] | None:
    """Return an optimizer's first step as a formula, and what it comes to."""
    r = f"{rate:g}"
    match optimizer:
        case GradientDescent():
            return Formula(f"w - {r} g", rf"w - {r} \, g"), w - rate * g
        case Momentum(momentum=momentum, nesterov=True):
            latex = rf"w - (1 + {momentum:g}) \cdot {r} \, g"
            return Formula(f"w - (1 + {momentum:g}) · {r} g", latex), w - (1 + momentum) * rate * g
        case Momentum():
            return Formula(f"w - {r} g, as its velocity was 0", rf"w - {r} \, g"), w - rate * g
        case Adam(epsilon=epsilon, weight_decay=decay):
            move, small = rate * g / (abs(g) + epsilon), number(epsilon)
            text, latex = f"w - {r} g / (|g| + {epsilon:g})", rf"w - {r} \, \frac{{g}}{{|g| + {small}}}"
            if not decay:
                return Formula(text, latex), w - move
            text, latex = f"{text} - {r} · {decay:g} w", rf"{latex} - {r} \cdot {decay:g} \, w"
            return Formula(text, latex), w - move - rate * decay * w
        case RMSprop(decay=keep, epsilon=epsilon):
            root = ((1 - keep) * g * g) ** 0.5
            text = f"w - {r} g / (√({1 - keep:g} g²) + {epsilon:g})"
            latex = rf"w - {r} \, \frac{{g}}{{\sqrt{{{1 - keep:g} \, g^2}} + {number(epsilon)}}}"
            return Formula(text, latex), w - rate * g / (root + epsilon)
        case _:
            return None


@final
@dataclass(frozen=True, eq=False)
class Inputs:
    """A row before it is standardised: `x = (given - mean) / scale`, each (i,)."""

    given: Array
    mean: Array
    scale: Array


@final
@dataclass(frozen=True, eq=False)
class RowLedger:
    """One row of a ledger.

    Attributes:
        trace: every intermediate and every factor.
        sections: the same in the order of the chain, named.
        paths: those to the ledger's weight.
        nudge: the weight's slope from values alone.
        number: of the row, counted from 0; None where there is but a trace.
        counts: its weight among the rows.
        columns: the row before the steps that come before the classifier, by name; none where there are no such.
        inputs: of the network before they are standardised, or None.
    """

    trace: Trace
    sections: tuple[Section, ...]
    paths: Paths
    nudge: Nudge
    number: int | None = None
    counts: float = 1.0
    columns: Mapping[str, str] | None = None
    inputs: Inputs | None = None


@dataclass(frozen=True, eq=False)
class LedgerRecord:
    """The numbers of a ledger.

    Attributes:
        rows: the rows.
        weight: the one followed in detail.
        chosen: whether the user chose it; else it is the one with the largest gradient in the first layer.
        classes: labels in words (k,); none where they are unknown.
        names: of the inputs (i,); none where they have none.
        step: what the optimizer does; None where there is but a trace.
    """

    rows: tuple[RowLedger, ...]
    weight: Weight
    chosen: bool = True
    classes: Sequence[str] = ()
    names: Sequence[str] = ()
    step: Step | None = None

    def numbered(self, numbers: Sequence[int]) -> Self:
        """Return the ledger with other numbers for its rows, such as those that they have in a file."""
        rows = [replace(row, number=number) for row, number in zip(self.rows, numbers, strict=True)]
        return replace(self, rows=tuple(rows))

    @property
    def disagreement(self) -> float:
        """The largest difference of any product from the same number computed in another way, relative."""
        checked = [entry.difference or 0.0 for row in self.rows for part in row.sections for entry in part.entries]
        own = [max(row.trace.disagreement, row.paths.difference) for row in self.rows]
        return max([*checked, *own, 0.0 if self.step is None else self.step.difference])
