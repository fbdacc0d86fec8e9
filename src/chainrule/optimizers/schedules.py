"""Learning-rate schedules: the rate of each iteration, counted from 0."""

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, pi
from typing import TypeAlias, final

from chainrule.common.arguments import real
from chainrule.common.format import described

Schedule: TypeAlias = Callable[[int], float]


def check_positive(owner: str, **numbers: float) -> None:
    """Raise ValueError unless each of the named numbers is finite and above zero."""
    for name, number in numbers.items():
        if not real(number, 0) or number == 0:
            raise ValueError(f"{owner} needs a finite number above zero for its {name}, found {described(number)}.")


def check_share(owner: str, **numbers: float) -> None:
    """Raise ValueError unless each of the named numbers is at least 0 and less than 1."""
    for name, number in numbers.items():
        if not real(number, 0, 1):
            raise ValueError(f"{owner} needs a {name} of at least 0 and less than 1, found {described(number)}.")


def rate_at(rate: float | Schedule, iteration: int) -> float:
    """Return the rate of an iteration: the number itself, or what the schedule says.

    >>> rate_at(0.5, 10), rate_at(InverseTimeDecay(0.5), 9)
    (0.5, 0.05)
    """
    return rate(iteration) if callable(rate) else rate


@final
@dataclass(frozen=True)
class ExponentialDecay:
    """A rate that shrinks by a constant factor: `rate · factor^(iteration / every)`.

    Parameters:
        rate: of the first iteration.
        factor: by which it shrinks.
        every: in how many iterations.

    Raises:
        ValueError: a number is not above zero.

    >>> ExponentialDecay(1.0, factor=0.5, every=10)(20)
    0.25
    """

    rate: float
    factor: float = 0.9
    every: int = 1

    def __post_init__(self) -> None:
        check_positive("ExponentialDecay", rate=self.rate, factor=self.factor, every=self.every)

    def __call__(self, iteration: int) -> float:
        return float(self.rate * self.factor ** (iteration / self.every))


@final
@dataclass(frozen=True)
class StepDecay:
    """A rate that shrinks in steps: `rate · factor^⌊iteration / every⌋`.

    Parameters:
        rate: of the first iterations.
        factor: by which it shrinks at each step.
        every: iterations from one step to the next.

    Raises:
        ValueError: a number is not above zero.

    >>> StepDecay(1.0, factor=0.5, every=10)(19)
    0.5
    """

    rate: float
    factor: float = 0.5
    every: int = 100

    def __post_init__(self) -> None:
        check_positive("StepDecay", rate=self.rate, factor=self.factor, every=self.every)

    def __call__(self, iteration: int) -> float:
        return float(self.rate * self.factor ** (iteration // self.every))


@final
@dataclass(frozen=True)
class InverseTimeDecay:
    """A rate that shrinks as one over time: `rate / (1 + iteration / every)`.

    Its sum is infinite and the sum of its squares is finite, so mini-batches converge.

    Parameters:
        rate: of the first iteration.
        every: iterations after which it is half as large.

    Raises:
        ValueError: a number is not above zero.

    Source: H. Robbins, S. Monro, "A stochastic approximation method", Annals of Mathematical Statistics 22 (1951).

    >>> InverseTimeDecay(1.0, every=10)(10)
    0.5
    """

    rate: float
    every: float = 1.0

    def __post_init__(self) -> None:
        check_positive("InverseTimeDecay", rate=self.rate, every=self.every)

    def __call__(self, iteration: int) -> float:
        return self.rate / (1 + iteration / self.every)


@final
@dataclass(frozen=True)
class CosineDecay:
    """A rate that falls along half a cosine to zero: `rate · (1 + cos(π iteration / iterations)) / 2`.

    Parameters:
        rate: of the first iteration.
        iterations: after which it is zero, and stays so.

    Raises:
        ValueError: a number is not above zero.

    Source: I. Loshchilov, F. Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR 2017, equation 5.

    >>> CosineDecay(1.0, iterations=100)(50)
    0.5
    """

    rate: float
    iterations: int

    def __post_init__(self) -> None:
        check_positive("CosineDecay", rate=self.rate, iterations=self.iterations)

    def __call__(self, iteration: int) -> float:
        return self.rate * (1 + cos(pi * min(iteration / self.iterations, 1))) / 2


@final
@dataclass(frozen=True)
class Warmup:
    """A straight rise over the first iterations, then another schedule from its start.

    Parameters:
        schedule: to follow; its first rate is what the rise ends at.
        iterations: of the rise.

    Raises:
        ValueError: `iterations` is not above zero.

    >>> warmup = Warmup(StepDecay(1.0, every=10), iterations=4)
    >>> [warmup(i) for i in (0, 3, 4, 14)]
    [0.25, 1.0, 1.0, 0.5]
    """

    schedule: Schedule
    iterations: int

    def __post_init__(self) -> None:
        check_positive("Warmup", iterations=self.iterations)

    def __call__(self, iteration: int) -> float:
        if iteration < self.iterations:
            return self.schedule(0) * (iteration + 1) / self.iterations
        return self.schedule(iteration - self.iterations)
