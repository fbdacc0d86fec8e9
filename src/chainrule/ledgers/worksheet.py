"""Ledgers with some numbers left blank, to be filled in by hand, and their keys: one, or one for each of a class."""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, final

import numpy as np

from chainrule.common.display import Table
from chainrule.common.format import count, short, significant
from chainrule.common.formulas import Formula, number
from chainrule.inspection import Entry
from chainrule.ledgers.blocks import Block, Equation, heading, path_name, weight_name
from chainrule.ledgers.html import described, page_blocks, title
from chainrule.ledgers.record import Index, LedgerRecord, RowLedger, as_place, fits, largest, vars_of
from chainrule.ledgers.working import Working, of_path, of_step, workings
from chainrule.pages.page import render

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


# Bytes of a seed: few enough digits to type from a sheet.
SEED_BYTES = 4
# Hexadecimal digits of the code of a sheet: 32 bits, so that two sheets hardly share one, and short enough to type.
CODE_DIGITS = 8
# Letters of a learner's name that are kept in the name of a file: long names differ by their seeds.
LONGEST_FILE = 40
# What a learner's file is not called: the key's own name, and what Windows takes for a device.
RESERVED = {"answers", "con", "prn", "aux", "nul", *(f"{port}{i}" for port in ("com", "lpt") for i in range(10))}


@final
@dataclass(frozen=True)
class Learner:
    """Somebody of a class.

    Attributes:
        name: as the sheets show it; of several with one name, all but the first with a number.
        file: the name of their files without its ending, which no other learner of the class has.
        seed: of the draw of their row and blanks, made from the name.
    """

    name: str
    file: str
    seed: int


def learners(names: Sequence[str], seed: int = 0) -> list[Learner]:
    """Return a class: each learner with a seed and with a name for files, which are safe whatever the names are.

    Parameters:
        names: of the learners; several may have the same one.
        seed: another one makes other sheets for the same names.

    >>> [learner.file for learner in learners(["Ada Lovelace", "ada  lovelace", "../../etc", "con", "…"])]
    ['ada-lovelace', 'ada-lovelace-2', 'etc', 'con-2', 'learner']
    """
    found, shown, files = list[Learner](), set[str](), set(RESERVED)
    for given in names:
        line = short(" ".join(given.split()))
        name = _taken(shown, line, " ({})")
        letters = "".join(c if c.isalnum() else " " for c in unicodedata.normalize("NFKC", line).casefold())
        stem = "-".join(letters.split())[:LONGEST_FILE].strip("-") or "learner"
        file = _taken(files, stem, "-{}")
        digest = hashlib.sha256(f"{seed}\n{name}".encode("utf-8", "replace")).digest()
        found.append(Learner(name, file, int.from_bytes(digest[:SEED_BYTES], "big")))
    return found


def _taken(names: set[str], name: str, ending: str) -> str:
    """Return a name that none of the others has, with a number at its end where it takes one, and add it to them."""
    found, again = name, 1
    while found in names:
        again += 1
        found = name + ending.format(again)
    names.add(found)
    return found


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
        working: how it is worked out, and what known mistakes make of it.
    """

    key: str
    row: str
    name: Formula
    formula: Formula | None
    value: float
    tolerance: float
    working: Working = field(default_factory=Working)

    @property
    def mistakes(self) -> list[tuple[str, float]]:
        """What known mistakes make of the number: each with its name, where it differs from what is right."""
        far = [(name, value) for name, value in self.working.mistakes if abs(value - self.value) > 2 * self.tolerance]
        return [each for each in dict.fromkeys(far) if each[1]]


@final
@dataclass(frozen=True, eq=False)
class Worksheet:
    """A ledger and its blanks. A number that stands in several places is blank in all of them.

    Attributes:
        ledger: what the numbers are left blank in.
        blanks: in the order of their numbers.
        learner: whose it is; None where it is nobody's own.
    """

    ledger: LedgerRecord
    blanks: tuple[Blank, ...]
    learner: Learner | None = None

    @property
    def code(self) -> str:
        """What answers name the sheet by: another one for each learner, row and model."""
        about = ["" if self.learner is None else self.learner.name, title(self.ledger)]
        about += [f"{blank.row} {blank.name.text} {significant(blank.value)}" for blank in self.blanks]
        return hashlib.sha256("\n".join(about).encode("utf-8", "replace")).hexdigest()[:CODE_DIGITS]

    def page(self, answers: str) -> str:
        """Return the page to fill in; `answers` is the name of the file that marks it."""
        return page([self], answers)

    def key_page(self) -> str:
        """Return the page of the answers, with the arithmetic that leads to them."""
        return key_page([self])

    def key(self) -> dict[str, Any]:
        """Return the answers with their tolerances as JSON can say them."""
        owner = {} if self.learner is None else {**vars_of(self.learner), "code": self.code}
        answers = [_answer(*each) for each in enumerate(self.blanks, 1)]
        return {"worksheet": title(self.ledger), **owner, "answers": answers}

    def described(self) -> dict[str, Any]:
        """Return the sheet as its templates take it."""
        return {
            "blocks": [one for block in page_blocks(self.ledger) for one in described([block], self._show(block))],
            "title": title(self.ledger),
            "learner": self.learner,
            "code": self.code,
            "rows": ", ".join(map(heading, self.ledger.rows)),
            "several": len(self.ledger.rows) > 1,
            "count": count(len(self.blanks), "number"),
            "blanks": [(blank, number(blank.value), number(blank.tolerance, 2)) for blank in self.blanks],
        }

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


def page(sheets: Sequence[Worksheet], answers: str) -> str:
    """Return the page of some worksheets, which prints each from a new sheet of paper on.

    Parameters:
        sheets: at least one.
        answers: the name of the file that marks them.
    """
    written = render("worksheet.html.j2", {}, sheets=[sheet.described() for sheet in sheets], answers=answers)
    return BOX.sub(r'<mrow class="blank"><mn>\1</mn></mrow>', written)


def key_page(sheets: Sequence[Worksheet]) -> str:
    """Return the page of the answers to some worksheets, with the arithmetic that leads to them."""
    return render("worksheet_key.html.j2", {}, sheets=[sheet.described() for sheet in sheets])


def key_of_class(sheets: Sequence[Worksheet]) -> dict[str, Any]:
    """Return the answers to the worksheets of a class as JSON can say them."""
    return {"class": [sheet.key() for sheet in sheets]}


def worksheet(
    ledger: LedgerRecord, names: Sequence[str] | None = None, seed: int = 0, learner: Learner | None = None
) -> Worksheet:
    """Return a ledger with some numbers left blank.

    Parameters:
        ledger: what to leave them blank in.
        names: keys of what to leave blank, all that is shown of it; None to draw one number of each kind.
        seed: of the draw.
        learner: whose it is; their seed takes the place of the other.

    Raises:
        ValueError: there are no such numbers, or none that could be left blank.
    """
    there = list(_candidates(ledger))
    if names is not None:
        for name in names:
            if not any(blank.key == name for blank in there):
                known = ", ".join(dict.fromkeys(blank.key for blank in there))
                raise ValueError(f"This ledger has no quantity named {name}: choose from {known}.")
        return Worksheet(ledger, _distinct([blank for blank in there if blank.key in names]), learner)
    copied = np.array([0.0, 1.0, -1.0, *(value for row in ledger.rows for value in _given(row))])
    dull = _patterns(ledger)
    fresh = [blank for blank in there if blank.key not in dull and not _same(blank.value, copied).any()]
    if not fresh:
        raise ValueError("Every number of this ledger is given or a whole one: there is nothing to leave blank.")
    generator = np.random.default_rng(seed if learner is None else learner.seed)
    kinds = dict[str, list[Blank]]()
    for blank in fresh:
        kinds.setdefault(_kind(blank), []).append(blank)
    drawn = [some[int(generator.integers(len(some)))] for some in kinds.values()]
    return Worksheet(ledger, _distinct(drawn), learner)


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
        known = workings(row.trace)
        for entry in row.entries:
            if entry.kind not in GIVEN and fits(entry.values) and entry.key in known:
                yield from _of_entry(entry, heading(row), known[entry.key].at)
        if row.paths.largest:
            path = row.paths.largest[0]
            name, formula = path_name(ledger, row, path)
            tolerance, working = _tolerance(path.contribution, 0.0), of_path(row.trace, ledger.weight, path)
            yield Blank("path", heading(row), name, formula, path.contribution, tolerance, working)
    step = ledger.step
    if step is not None and step.after is not None:
        name, tolerance = weight_name(ledger, ledger.rows[0]), _tolerance(step.after - step.before, abs(step.after))
        yield Blank("step", "The step", name, step.formula, step.after, tolerance, of_step(step))


def _of_entry(entry: Entry, row: str, working: Callable[[Index], Working]) -> Iterator[Blank]:
    most = float(np.abs(entry.values).max(initial=0))
    rounding = OF_TERMS if entry.kind == "forward" and entry.difference is not None else OF_LARGEST
    rounding *= max(most, 1.0) if entry.key in ("dloss_dz", "y", "loss") else most
    for place in np.ndindex(entry.values.shape):
        value = float(entry.values[place])
        name = entry.name
        if entry.values.size > 1:
            name = Formula(name.text + as_place(place), name.latex + as_place(place))
        yield Blank(entry.key, row, name, entry.formula, value, SHARE * abs(value) + rounding, working(place))


def _tolerance(change: float, scale: float) -> float:
    return SHARE * abs(change) + OF_LARGEST * scale


def _answer(number: int, blank: Blank) -> dict[str, Any]:
    return {
        "blank": number,
        "row": blank.row,
        "key": blank.key,
        "name": blank.name.text,
        "formula": None if blank.formula is None else blank.formula.text,
        "arithmetic": blank.working.arithmetic,
        "value": blank.value,
        "tolerance": blank.tolerance,
        "mistakes": [{"mistake": name, "value": value} for name, value in blank.mistakes],
    }
