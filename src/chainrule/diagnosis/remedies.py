"""Remedies as Python that can be pasted, and as options of `chainrule train`."""

import shlex
from collections.abc import Sequence
from typing import Any

from chainrule.diagnosis.finding import Remedy
from chainrule.diagnosis.model_under_test import ModelUnderTest

NO_OPTION = ("standardize",)  # the command line standardises whatever it trains on


def trained_anew(tested: ModelUnderTest, advice: str, **settings: Any) -> Remedy:
    """Return the remedy of training the model again with other settings of its classifier."""
    values = ", ".join(f"{_prefix(tested)}{name}={value!r}" for name, value in settings.items())
    options = " ".join(
        f"--{name.replace('_', '-')} {_word(value)}" for name, value in settings.items() if name not in NO_OPTION
    )
    return Remedy(advice, f"model.set_params({values}).{_fit(tested, 'X')}", options)


def without(tested: ModelUnderTest, advice: str, columns: Sequence[str]) -> Remedy:
    """Return the remedy of training the model again without some columns."""
    dropped = [*(tested.encoder.drop if tested.encoder is not None else ()), *columns]
    options = f"--drop {shlex.quote(','.join(dropped))}"
    if tested.encoder is not None:
        step = tested.model.steps[-2][0]
        return Remedy(advice, f"model.set_params({step}__drop={dropped!r}).{_fit(tested, 'X')}", options)
    if hasattr(tested.X, "iloc"):
        return Remedy(advice, f"model.{_fit(tested, f'X.drop(columns={list(columns)!r})')}", options)
    names = tested.fitted.names
    if getattr(tested.X, "shape", (0, 0))[1:] != (len(names),):
        return Remedy(advice)
    places = [names.index(name) for name in columns]
    left = f"X[:, [i for i in range({len(names)}) if i not in {places!r}]]"
    return Remedy(advice, f"model.{_fit(tested, left)}", options)


def rounded(value: float) -> float:
    """Return a number with two digits that count.

    >>> rounded(0.012345)
    0.012
    """
    return float(f"{value:.2g}")


def _prefix(tested: ModelUnderTest) -> str:
    return f"{tested.model.steps[-1][0]}__" if hasattr(tested.model, "steps") else ""


def _fit(tested: ModelUnderTest, x: str) -> str:
    return f"fit({x}, y, {_prefix(tested)}sample_weight=sample_weight)" if tested.weighted else f"fit({x}, y)"


def _word(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
