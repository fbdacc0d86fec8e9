"""Remedies as Python that can be pasted, and as options of `chainrule train`."""

import shlex
from collections.abc import Sequence
from typing import Any

from chainrule.diagnosis.finding import Remedy
from chainrule.diagnosis.model_under_test import Patient

NO_OPTION = ("standardize",)  # the command line standardises whatever it trains on
SHOWN = 6


def trained_anew(patient: Patient, advice: str, **settings: Any) -> Remedy:
    """Return the remedy of training the model again with other settings of its classifier."""
    values = ", ".join(f"{_prefix(patient)}{name}={value!r}" for name, value in settings.items())
    options = " ".join(
        f"--{name.replace('_', '-')} {_word(value)}" for name, value in settings.items() if name not in NO_OPTION
    )
    return Remedy(advice, f"model.set_params({values}).{_fit(patient, 'X')}", options)


def without(patient: Patient, advice: str, columns: Sequence[str]) -> Remedy:
    """Return the remedy of training the model again without some columns."""
    dropped = [*(patient.encoder.drop if patient.encoder is not None else ()), *columns]
    options = f"--drop {shlex.quote(','.join(dropped))}"
    if patient.encoder is not None:
        step = patient.model.steps[-2][0]
        return Remedy(advice, f"model.set_params({step}__drop={dropped!r}).{_fit(patient, 'X')}", options)
    if hasattr(patient.X, "iloc"):
        return Remedy(advice, f"model.{_fit(patient, f'X.drop(columns={list(columns)!r})')}", options)
    names = patient.fitted.names
    if getattr(patient.X, "shape", (0, 0))[1:] != (len(names),):
        return Remedy(advice)
    places = [names.index(name) for name in columns]
    left = f"X[:, [i for i in range({len(names)}) if i not in {places!r}]]"
    return Remedy(advice, f"model.{_fit(patient, left)}", options)


def rounded(value: float) -> float:
    """Return a number with two digits that count.

    >>> rounded(0.012345)
    0.012
    """
    return float(f"{value:.2g}")


def listed(names: Sequence[object]) -> str:
    """Return the first few of some names, in words.

    >>> listed([3]), listed("ab"), listed("abcdefghi")
    ('3', 'a and b', 'a, b, c, d, e, f and 3 more')
    """
    words = [str(name) for name in names[:SHOWN]]
    if len(names) > SHOWN:
        return f"{', '.join(words)} and {len(names) - SHOWN} more"
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def _prefix(patient: Patient) -> str:
    return f"{patient.model.steps[-1][0]}__" if hasattr(patient.model, "steps") else ""


def _fit(patient: Patient, x: str) -> str:
    return f"fit({x}, y, {_prefix(patient)}sample_weight=sample_weight)" if patient.weighted else f"fit({x}, y)"


def _word(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
