"""A learner's answers to a worksheet, marked by its key."""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any, NamedTuple


class Mark(NamedTuple):
    """What became of one blank.

    Attributes:
        blank: its number.
        row: which row it belongs to.
        name: of the number.
        given: the learner's answer, or None where there is none.
        expected: the right one.
        tolerance: how far off an answer may be.
        right: whether it is right.
        formula: what the number is computed by.
    """

    blank: int
    row: str
    name: str
    given: float | None
    expected: float
    tolerance: float
    right: bool
    formula: str | None


def mark(key: Any, given: Any, key_name: str = "The key", given_name: str = "The answers") -> list[Mark]:
    """Return what became of each blank of a worksheet.

    Parameters:
        key: the answers, as `Worksheet.key` says them.
        given: answers by the number of their blank: {"1": 0.25}; a number may be in words, with a comma for the point.
        key_name: what the key is called in messages.
        given_name: what the answers are called in messages.

    Raises:
        ValueError: the key is none, or an answer is no number or to no blank.

    >>> one = {"blank": 1, "row": "Row 3", "name": "z", "formula": "x W", "value": 0.5, "tolerance": 0.01}
    >>> mark({"answers": [one]}, {"1": "0,505"})[0].right
    True
    """
    try:
        answers = [
            (int(one["blank"]), float(one["value"]), float(one["tolerance"]), one["row"], one["name"], one["formula"])
            for one in key["answers"]
        ]
    except (KeyError, TypeError, ValueError):
        raise ValueError(f"{key_name} is no key of a worksheet: give the -answers.json written beside it.") from None
    if not isinstance(given, Mapping):
        raise ValueError(f'{given_name} must name each blank by its number, as in {{"1": 0.25, "2": -1.5}}.')
    found = {str(blank): _number(answer, str(blank), given_name) for blank, answer in given.items()}
    unknown = set(found) - {str(blank) for blank, *_ in answers}
    if unknown:
        raise ValueError(f"{given_name} answers blank {min(unknown)}, but the blanks are 1 to {len(answers)}.")
    marks = []
    for blank, value, tolerance, row, name, formula in answers:
        answer = found.get(str(blank))
        right = answer is not None and abs(answer - value) <= tolerance
        marks.append(Mark(blank, row, name, answer, value, tolerance, right, formula))
    return marks


def marks_as_text(marks: Sequence[Mark]) -> str:
    """Return marks as lines: each blank, right or wrong, with the expected number and the formula."""
    lines = []
    for each in marks:
        verdict = "right" if each.right else "no answer" if each.given is None else "wrong"
        formula = "" if each.formula is None else f" = {each.formula}"
        answer = "" if each.given is None else f"{each.given:.6g}, "
        expected = f"expected {each.expected:.4g}: {each.row}, {each.name}{formula}"
        lines.append(f"{each.blank:>3}  {verdict:<9}  {answer}{expected}")
    right = sum(each.right for each in marks)
    return "\n".join([*lines, f"{right} of {len(marks)} right."])


def _number(answer: Any, blank: str, name: str) -> float | None:
    if answer in (None, ""):
        return None
    try:
        number = float(answer.strip().replace(",", ".").replace("−", "-") if isinstance(answer, str) else answer)
    except (TypeError, ValueError):
        number = float("nan")
    if not isfinite(number) or isinstance(answer, bool):
        raise ValueError(f"{name}: the answer to blank {blank} is no number, found {answer!r}.")
    return number
