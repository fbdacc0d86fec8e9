"""The one training loop: a generator of epochs. Pausing is not asking for the next one."""

import itertools
import math
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar, final

import numpy as np

from chainrule.arrays import Array
from chainrule.common.arguments import check, generator_of, whole
from chainrule.common.display import as_html, as_text
from chainrule.common.format import count, described
from chainrule.engine.threads import single_threaded_blas
from chainrule.exceptions import DivergenceWarning
from chainrule.optimizers import Objective, Optimizer
from chainrule.optimizers.optimizer import CachedObjective
from chainrule.training.compiled_epochs import WholeEpochs, whole_epochs
from chainrule.training.history import Epoch, History, StopRule

S = TypeVar("S")


@final
@dataclass(frozen=True)
class Training:
    """The outcome of `train`: the last parameters, the history, and why it stopped."""

    theta: Array
    history: History
    stop: str

    def __repr__(self) -> str:
        return as_text(*self._table())

    def _repr_html_(self) -> str:
        return as_html(*self._table())

    def _table(self) -> tuple[str, list[str], list[list[str]]]:
        title, head, rows = self.history.table()
        return f"Training of {count(len(self.theta), 'parameter')}: {self.stop}. {title}", head, rows


def epochs(
    objective: Objective,
    optimizer: Optimizer[S],
    theta: Array,
    *,
    max_epochs: int | None = None,
    batch_size: int | None = None,
    random_state: int | np.random.Generator | None = None,
    stop: Sequence[StopRule] = (),
    history: History | None = None,
    state: S | None = None,
) -> Iterator[Epoch]:
    """Yield the epochs of training, until a rule stops it.

    A run whose cost is no longer finite ends with an epoch that keeps the last parameters of finite cost, and whose
    `stop` says at which step and rate it happened and what to try.

    Mini-batches of a chain of dense layers, also those of an ensemble, are gone through in C, where the package was
    built with a compiler: the same steps to rounding.

    Parameters:
        objective: what to minimise; with mini-batches, one that has `batches`, as `Cost` does.
        optimizer: the rule that makes the steps.
        theta: where to start (p,); it is not changed.
        max_epochs: stop after as many, those in `history` counted in; None to go on for as long as epochs are asked
            for.
        batch_size: rows of a mini-batch; None for all rows at once.
        random_state: seed or generator of the order of the rows in mini-batches.
        stop: rules that look at the history after each epoch and say why to stop, or None.
        history: filled as the epochs go by; None for one of its own. Epochs already in it are counted on from.
        state: of the optimizer, from the last epoch of an earlier run that this one goes on with; None to begin anew.

    Raises:
        ValueError: a size is not positive, or `theta` is not finite.

    >>> from chainrule import Cost, Dense, GradientDescent, Network, SoftmaxCrossEntropy
    >>> network = Network((Dense(1, 2),))
    >>> cost = Cost.of(network, SoftmaxCrossEntropy(), [[-1.], [1.]], [0, 1])
    >>> for epoch in epochs(cost, GradientDescent(rate=1.0), network.zeros(), max_epochs=2):
    ...     print(epoch.number, round(epoch.cost, 4), epoch.stop)
    1 0.3133 None
    2 0.1946 max_epochs = 2 reached
    """
    for name, number in (("max_epochs", max_epochs), ("batch_size", batch_size)):
        if number is not None and not whole(number):
            raise ValueError(f"{name} must be a whole number of at least 1, found {described(number)}.")
    check("objective", objective, isinstance(objective, Objective), "an Objective, such as a Cost")
    trains = not isinstance(optimizer, type) and hasattr(optimizer, "init") and hasattr(optimizer, "step")
    check("optimizer", optimizer, trains, "an optimizer such as Adam()")
    vector = isinstance(theta, np.ndarray) and theta.ndim == 1 and theta.dtype.kind == "f"
    check("theta", theta, vector, "an array of the parameters (p,)")
    rules = isinstance(stop, Sequence) and all(map(callable, stop))
    check("stop", stop, rules, "a list of functions of the history")
    if not np.isfinite(theta).all():
        raise ValueError(f"theta must be finite to start from, found {theta[~np.isfinite(theta)][0]}.")
    begin = optimizer.init(theta) if state is None else state
    if batch_size is None:
        run = _full(CachedObjective(objective), optimizer, theta, begin)
    elif objective.batches(batch_size, generator := generator_of(random_state)) is not None:
        compiled = whole_epochs(objective, optimizer, theta, batch_size)
        run = _batched(objective, optimizer, theta, begin, batch_size, generator, compiled)
    else:
        raise ValueError(f"{type(objective).__name__} has no mini-batches: leave batch_size out.")
    alone = single_threaded_blas if objective.uses_threads else nullcontext
    history = History() if history is None else history
    if max_epochs is not None and len(history) >= max_epochs:
        return iter([_reached_before(history, theta, begin)])
    return _until_stopped(run, alone, max_epochs, stop, history)


def train(
    objective: Objective,
    optimizer: Optimizer[S],
    theta: Array,
    *,
    max_epochs: int = 100,
    batch_size: int | None = None,
    random_state: int | np.random.Generator | None = None,
    stop: Sequence[StopRule] = (),
) -> Training:
    """Return the outcome of training to its end: parameters `theta` (p,), the history, and why it stopped.

    Parameters:
        objective, optimizer, theta, max_epochs, batch_size, random_state, stop: as `epochs` takes them.

    Raises:
        ValueError: as `epochs`.

    Warns:
        DivergenceWarning: the cost was no longer finite; the message says what to try.

    >>> from chainrule import Cost, Dense, GradientBelow, GradientDescent, Network, SoftmaxCrossEntropy
    >>> network = Network((Dense(1, 2),))
    >>> cost = Cost.of(network, SoftmaxCrossEntropy(), [[-1.], [1.]], [0, 1])
    >>> training = train(cost, GradientDescent(rate=1.0), network.zeros(), stop=[GradientBelow(0.05)])
    >>> len(training.history), training.stop
    (14, "the gradient's norm, 0.0478, is at most 0.05")
    """
    history = History()
    run = epochs(
        objective,
        optimizer,
        theta,
        max_epochs=max_epochs,
        batch_size=batch_size,
        random_state=random_state,
        stop=stop,
        history=history,
    )
    for epoch in run:
        last = epoch
    reason = str(last.stop)
    if reason.startswith(DIVERGED):
        warnings.warn(reason, DivergenceWarning, stacklevel=2)
    return Training(last.theta, history, reason)


# How the reasons of a run that diverged, or took all its epochs, begin.
DIVERGED = "diverged"
MAX_EPOCHS = "max_epochs"


class _Pass(NamedTuple):
    """One epoch before the stop rules have seen it."""

    theta: Array
    state: Any
    cost: float
    gradient_norm: float
    rate: float
    iterations: int
    stop: str | None = None


def _full(objective: CachedObjective, optimizer: Optimizer[S], theta: Array, state: S) -> Iterator[_Pass]:
    """Yield epochs of one step on all rows, each with the cost and gradient after the step."""
    iterations = 0
    while True:
        with np.errstate(over="ignore", invalid="ignore"):
            step = optimizer.step(objective, theta, state)
            value, gradient = objective.value_and_gradient(step.theta)
            norm, norm_before = _norm(gradient), _norm(step.gradient)
        iterations += 1
        if not (math.isfinite(value) and math.isfinite(norm)):
            reason = _diverged(value, step.rate, iterations)
            yield _Pass(theta, state, step.value, norm_before, step.rate, iterations, reason)
            return
        stop = "no step along the direction lowers the cost any more" if step.rate == 0 else None
        theta, state = step.theta, step.state
        yield _Pass(theta, state, value, norm, step.rate, iterations, stop)


def _batched(
    objective: Objective,
    optimizer: Optimizer[S],
    theta: Array,
    state: S,
    batch_size: int,
    generator: np.random.Generator,
    whole: WholeEpochs | None,
) -> Iterator[_Pass]:
    """Yield epochs of one step on each mini-batch."""
    iterations, start, finite_theta = 0, theta, theta
    while True:
        cost = norm = 0.0
        before = theta
        if whole is not None and (done := whole(theta, state, generator)) is not None:
            iterations += done.steps
            finite_theta, theta, state = theta, done.theta, done.state
            yield _Pass(theta, state, done.cost, done.gradient_norm, done.rate, iterations)
            continue
        with np.errstate(over="ignore", invalid="ignore"):
            for share, batch in objective.batches(batch_size, generator) or ():
                step = optimizer.step(batch, theta, state)
                iterations += 1
                norm_before = _norm(step.gradient)
                finite = all(map(math.isfinite, (step.value, norm_before, _norm(step.theta))))
                if not finite:
                    # finite for one batch is not finite for all
                    kept = next((t for t in (theta, finite_theta, before) if math.isfinite(objective.value(t))), start)
                    break
                cost += share * step.value
                norm += share * norm_before
                finite_theta, theta, state = theta, step.theta, step.state
        if not finite:
            yield _Pass(kept, state, cost, norm, step.rate, iterations, _diverged(step.value, step.rate, iterations))
            return
        yield _Pass(theta, state, cost, norm, step.rate, iterations)


def _until_stopped(
    run: Iterator[_Pass],
    alone: Callable[[], AbstractContextManager[None]],
    max_epochs: int | None,
    rules: Sequence[StopRule],
    history: History,
) -> Iterator[Epoch]:
    before = history.iterations[-1] if len(history) else 0
    start = time.perf_counter() - (history.seconds[-1] if len(history) else 0.0)
    for number in itertools.count(len(history) + 1):
        with alone():
            theta, state, cost, norm, rate, iterations, reason = next(run)
        iterations += before
        seconds = time.perf_counter() - start
        history.append(number, cost, norm, rate, iterations, seconds)
        for rule in rules:
            reason = reason or rule(history)
        if reason is None and number == max_epochs:
            reason = _max_epochs(history)
        yield Epoch(number, theta, cost, norm, rate, iterations, seconds, reason, state)
        if reason is not None:
            return


def _reached_before(history: History, theta: Array, state: Any) -> Epoch:
    """Return the last epoch of a history that has as many as there may be: nothing is left to do."""
    last = (history.cost[-1], history.gradient_norm[-1], history.rate[-1], history.iterations[-1], history.seconds[-1])
    return Epoch(len(history), theta, *last, _max_epochs(history), state)


def _norm(vector: Array) -> float:
    return math.sqrt(float(vector @ vector))


def _diverged(value: float, rate: float, iterations: int) -> str:
    found = f"the cost was {value:g}" if not math.isfinite(value) else "the gradient or the parameters were not finite"
    return (
        f"{DIVERGED} at step {iterations} with rate {rate:g}: {found}; the last parameters of finite cost are kept. "
        f"Try a rate of {rate / 10:.1g} or less, or standardise the columns of x."
    )


def _max_epochs(history: History) -> str:
    first, last = history.cost[0], history.cost[-1]
    reached = f"{MAX_EPOCHS} = {len(history)} reached"
    if last <= first:
        return reached
    rate = history.rate[-1]
    return f"{reached}; the cost rose from {first:.4g} to {last:.4g} with rate {rate:g}: try {rate / 10:.1g}"
