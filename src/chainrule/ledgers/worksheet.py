"""A ledger with some numbers left blank, to be filled in by hand, and the key to it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, NamedTuple, final

import numpy as np

from chainrule.common.display import Table
from chainrule.common.format import count
from chainrule.common.formulas import Formula, number
from chainrule.inspection import Entry
from chainrule.ledgers.blocks import Block, Equation, heading, path_name, weight_name
from chainrule.ledgers.html import described, page_blocks, title
from chainrule.ledgers.record import LedgerRecord, RowLedger, as_place, fits, largest
from chainrule.pages.page import render

# A learner's answers to a worksheet, marked by its key.


class Mark(NamedTuple):
    """The mark of the answer to one blank.

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
    """Return the mark of each answer to a worksheet.

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
        expected = "give the -answers.json written beside it"
        raise ValueError(f"{key_name} is not the key of a worksheet: {expected}.") from None
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
        raise ValueError(f"{name}: the answer to blank {blank} is not a number, found {answer!r}.")
    return number


# How far an answer may be off: a hundredth of itself,
SHARE = 0.01
# and the rounding of the printed numbers that it is worked out from, relative to the largest number beside it,
OF_LARGEST = 1e-4
# or to the largest of many terms that are added up.
OF_TERMS = 5e-4
# Entries that are given and never left blank.
GIVEN = ("row", "parameter")
# An empty box of a formula, with its number, in MathML.
BOX = re.compile(r"<msub><mi>&#x025FB;</mi><mrow><mn>(\d+)</mn></mrow></msub>")


@final
@dataclass(frozen=True)
class Blank:
    """A number that a worksheet leaves blank.

    Attributes:
        key: the name of the numbers it is one of, for programs.
        row: which row it belongs to, in words.
        name: such as z[2].
        formula: what it is computed by.
        value: the number.
        tolerance: how far off an answer may be: what working with the rounded numbers of the sheet comes to.
    """

    key: str
    row: str
    name: Formula
    formula: Formula | None
    value: float
    tolerance: float


@final
@dataclass(frozen=True, eq=False)
class Worksheet:
    """A ledger and its blanks. A number that stands in several places is blank in all of them."""

    ledger: LedgerRecord
    blanks: tuple[Blank, ...]

    def page(self, answers: str) -> str:
        """Return the page to fill in; `answers` is the name of the file that marks it."""
        described_blocks = [one for block in page_blocks(self.ledger) for one in described([block], self._show(block))]
        page = render(
            "worksheet.html.j2",
            {},
            blocks=described_blocks,
            title=title(self.ledger),
            count=count(len(self.blanks), "number"),
            numbers=range(1, len(self.blanks) + 1),
            answers=answers,
        )
        return BOX.sub(r'<mrow class="blank"><mn>\1</mn></mrow>', page)

    def key_page(self) -> str:
        """Return the page of the answers."""
        shown = [(blank, number(blank.value), number(blank.tolerance, 2)) for blank in self.blanks]
        about = {"title": title(self.ledger), "several": len(self.ledger.rows) > 1}
        return render("worksheet_key.html.j2", {}, blanks=shown, **about)

    def key(self) -> dict[str, Any]:
        """Return the answers with their tolerances as JSON can say them."""
        return {"worksheet": title(self.ledger), "answers": [_answer(*each) for each in enumerate(self.blanks, 1)]}

    def _show(self, block: Block) -> Any:
        given = (isinstance(block, Equation) and block.entry.kind in GIVEN) or (
            isinstance(block, Table) and block.parts[0].head[0] in ("input", "column")
        )
        return number if given else self._number

    def _number(self, value: float) -> str:
        for place, blank in enumerate(self.blanks, 1):
            if _same(value, blank.value):
                return rf"\square_{{{place}}}"
        return number(value)


def worksheet(ledger: LedgerRecord, names: Sequence[str] | None = None, seed: int = 0) -> Worksheet:
    """Return a ledger with some numbers left blank.

    Parameters:
        ledger: what to leave them blank in.
        names: keys of what to leave blank, all that is shown of it; None to draw one number of each kind.
        seed: of the draw.

    Raises:
        ValueError: there are no such numbers, or none that could be left blank.
    """
    there = list(_candidates(ledger))
    if names is not None:
        for name in names:
            if not any(blank.key == name for blank in there):
                known = ", ".join(dict.fromkeys(blank.key for blank in there))
                raise ValueError(f"This ledger has no quantity named {name}: choose from {known}.")
        return Worksheet(ledger, _distinct([blank for blank in there if blank.key in names]))
    copied = np.array([0.0, 1.0, -1.0, *(value for row in ledger.rows for value in _given(row))])
    dull = _patterns(ledger)
    fresh = [blank for blank in there if blank.key not in dull and not _same(blank.value, copied).any()]
    if not fresh:
        raise ValueError("Every number of this ledger is given or a whole one: there is nothing to leave blank.")
    generator, kinds = np.random.default_rng(seed), dict[str, list[Blank]]()
    for blank in fresh:
        kinds.setdefault(_kind(blank), []).append(blank)
    return Worksheet(ledger, _distinct([some[int(generator.integers(len(some)))] for some in kinds.values()]))


def _kind(blank: Blank) -> str:
    return re.sub(r"\d", "", blank.key)


def _distinct(chosen: Sequence[Blank]) -> tuple[Blank, ...]:
    kept: list[Blank] = []
    for blank in chosen:
        if not any(_same(blank.value, other.value) for other in kept):
            kept.append(blank)
    return tuple(kept)


def _same(value: float, others: Any) -> Any:
    return np.abs(value - others) <= 1e-9 * np.abs(others)


def _patterns(ledger: LedgerRecord) -> set[str]:
    """Return the keys of the Jacobians that only repeat other numbers."""
    return {entry.key for entry in ledger.rows[0].entries if entry.pattern}


def _given(row: RowLedger) -> Iterator[float]:
    for entry in row.entries:
        if entry.kind in GIVEN:
            shown = entry.values.flat if fits(entry.values) else [value for _, value in largest(entry.values)]
            yield from map(float, shown)


def _candidates(ledger: LedgerRecord) -> Iterator[Blank]:
    for row in ledger.rows:
        for entry in row.entries:
            if entry.kind not in GIVEN and fits(entry.values):
                yield from _of_entry(entry, heading(row))
        if row.paths.largest:
            path = row.paths.largest[0]
            name, formula = path_name(ledger, row, path)
            yield Blank("path", heading(row), name, formula, path.contribution, _tolerance(path.contribution, 0.0))
    step = ledger.step
    if step is not None and step.after is not None:
        name, tolerance = weight_name(ledger, ledger.rows[0]), _tolerance(step.after - step.before, abs(step.after))
        yield Blank("step", "The step", name, step.formula, step.after, tolerance)


def _of_entry(entry: Entry, row: str) -> Iterator[Blank]:
    most = float(np.abs(entry.values).max(initial=0))
    rounding = OF_TERMS if entry.kind == "forward" and entry.difference is not None else OF_LARGEST
    rounding *= max(most, 1.0) if entry.key in ("dloss_dz", "y", "loss") else most
    for place in np.ndindex(entry.values.shape):
        value = float(entry.values[place])
        name = entry.name
        if entry.values.size > 1:
            name = Formula(name.text + as_place(place), name.latex + as_place(place))
        yield Blank(entry.key, row, name, entry.formula, value, SHARE * abs(value) + rounding)


def _tolerance(change: float, scale: float) -> float:
    return SHARE * abs(change) + OF_LARGEST * scale


def _answer(number: int, blank: Blank) -> dict[str, Any]:
    return {
        "blank": number,
        "row": blank.row,
        "key": blank.key,
        "name": blank.name.text,
        "formula": None if blank.formula is None else blank.formula.text,
        "value": blank.value,
        "tolerance": blank.tolerance,
    }
