"""What an argument is, whatever was given: a number that fits, or words for the sentence that says that it does not."""

import math
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import numpy as np

# Numbers with as many digits as they bear, and never so few that they seem perfect.

# A float of 64 bits has no more.
MOST_PLACES = 15


def fixed(value: float, places: int) -> str:
    """Return a number with so many decimals, or with more where these would make a 0 or 1 of what is not quite that.

    >>> fixed(0.98765, 3), fixed(1.0, 4), fixed(0.99998, 4), fixed(-0.00001, 3)
    ('0.988', '1.0000', '0.99998', '-0.00001')
    """
    text = f"{value:.{places}f}"
    while places < MOST_PLACES and abs(float(text)) in (0.0, 1.0) and float(text) != value:
        places += 1
        text = f"{value:.{places}f}"
    return text


# Characters of a value that fit into a sentence.
LONGEST = 60


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


def check(name: str, value: Any, fits: bool, expected: str) -> None:
    """Raise ValueError where a value does not fit, and say what was expected.

    >>> check("steps", "x", whole("x"), "a whole number of at least 1")
    Traceback (most recent call last):
    ValueError: steps must be a whole number of at least 1, found 'x'.
    """
    if not fits:
        raise ValueError(f"{name} must be {expected}, found {told(value)}.")


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
    if not isinstance(path, str | Path) or not Path(path).name or "\0" in str(path):
        raise ValueError(f"path must be the name of a file, found {told(path)}.")
    return Path(path)


def told(value: Any) -> str:
    """Return a value as it is shown in a sentence: on one line, and not all of it where it is long.

    >>> told([1] * 1000)
    '[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1...'
    """
    text = " ".join(repr(value).split())
    if " at 0x" in text or text.startswith("<"):
        text = f"an object of type {type(value).__name__}"
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
