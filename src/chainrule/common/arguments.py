"""What an argument is, whatever was given: a number that fits, or words for the sentence that says that it does not."""

import math
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.common.format import described


def whole(value: Any, least: int = 1) -> bool:
    """Return whether a value is a whole number of at least `least`, of 64 bits; a truth value is none."""
    return not isinstance(value, bool) and isinstance(value, Integral) and least <= int(value) < 1 << 63


def real(value: Any, least: float = -math.inf, below: float = math.inf) -> bool:
    """Return whether a value is a finite number of at least `least` and below `below`; a truth value is none."""
    try:
        return (
            not isinstance(value, bool)
            and isinstance(value, Real)
            and least <= float(value) < below
            and math.isfinite(value)
        )
    except OverflowError:  # a whole number beyond any float
        return False


def flag(value: Any) -> bool:
    """Return whether a value is a truth value."""
    return isinstance(value, bool | np.bool_)


def check(name: str, value: Any, fits: bool, expected: str, verb: str = "be") -> None:
    """Raise ValueError where a value does not fit, and say what was expected.

    Parameters:
        name: of the argument.
        value: that was found, or what of it does not fit, such as its shape.
        fits: whether it does.
        expected: what the argument must be, or what it must have where the verb is "have".
        verb: of the sentence.

    >>> check("steps", "x", whole("x"), "a whole number of at least 1")
    Traceback (most recent call last):
    ValueError: steps must be a whole number of at least 1, found 'x'.
    """
    if not fits:
        raise ValueError(f"{name} must {verb} {expected}, found {described(value)}.")


def generator_of(random_state: Any) -> np.random.Generator:
    """Return the generator of random numbers that a seed, a generator or None stands for.

    Raises:
        ValueError: it is something else.
    """
    seeded = random_state is None or isinstance(random_state, np.random.Generator) or whole(random_state, 0)
    check("random_state", random_state, seeded, "a whole number of at least 0, a generator or None")
    return np.random.default_rng(random_state)


def file_path(path: Any) -> Path:
    """Return a path as one.

    Raises:
        ValueError: it is none, or names no file.
    """
    fits = isinstance(path, str | Path) and bool(Path(path).name) and "\0" not in str(path)
    check("path", path, fits, "the name of a file")
    return Path(path)
