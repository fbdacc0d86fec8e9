"""Answers to worksheets, marked by their key: those of one learner, and those of a class."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, NamedTuple, final

from chainrule.common.display import Part, Table
from chainrule.common.format import short
from chainrule.ledgers.worksheet import SHARE, learners
from chainrule.pages.page import render

# Known mistakes that are told of one answer, at most: where more give the same number, it says nothing.
MOST_MISTAKES = 2


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
        mistake: the known mistake that gives the wrong answer, or two of them; "" where none does.
    """

    blank: int
    row: str
    name: str
    given: float | None
    expected: float
    tolerance: float
    right: bool
    formula: str | None
    mistake: str = ""


def mark(key: Any, given: Any, key_name: str = "The key", given_name: str = "The answers") -> list[Mark]:
    """Return the mark of each answer to a worksheet.

    Parameters:
        key: the answers, as `Worksheet.key` says them.
        given: answers by the number of their blank: {"1": 0.25}; a number may be in words, with a comma for the point.
            "worksheet" may be among them, and is ignored.
        key_name: what the key is called in messages.
        given_name: what the answers are called in messages.

    Raises:
        ValueError: the key is none, or an answer is no number or to no blank.

    >>> one = {"blank": 1, "row": "Row 3", "name": "z", "formula": "x W", "value": 0.5, "tolerance": 0.01}
    >>> one["mistakes"] = [{"mistake": "wrong sign", "value": -0.5}]
    >>> mark({"answers": [one]}, {"1": "0,505"})[0].right
    True
    >>> mark({"answers": [one]}, {"1": -0.5})[0].mistake
    'wrong sign'
    """
    answers = _answers(key, key_name)
    if not isinstance(given, Mapping):
        raise ValueError(f'{given_name} must name each blank by its number, as in {{"1": 0.25, "2": -1.5}}.')
    found = {str(k): _number(answer, str(k), given_name) for k, answer in given.items() if k != "worksheet"}
    unknown = set(found) - {str(blank.blank) for blank, _ in answers}
    if unknown:
        least = short(min(unknown))
        raise ValueError(f"{given_name} answers blank {least}, but the blanks are 1 to {len(answers)}.")
    return [_marked(blank, mistakes, found.get(str(blank.blank))) for blank, mistakes in answers]


def _answers(key: Any, name: str) -> list[tuple[Mark, list[tuple[str, float]]]]:
    """Return a mark without an answer for each blank, and what known mistakes make of it."""
    try:
        return [
            (
                Mark(
                    blank=int(one["blank"]),
                    row=str(one["row"]),
                    name=str(one["name"]),
                    given=None,
                    expected=float(one["value"]),
                    tolerance=float(one["tolerance"]),
                    right=False,
                    formula=None if one["formula"] is None else str(one["formula"]),
                ),
                [(str(each["mistake"]), float(each["value"])) for each in one["mistakes"]],
            )
            for one in key["answers"]
        ]
    except (KeyError, TypeError, ValueError):
        expected = "give the -answers.json written beside it"
        raise ValueError(f"{name} is not the key of a worksheet: {expected}.") from None


def _marked(blank: Mark, mistakes: Sequence[tuple[str, float]], answer: float | None) -> Mark:
    if answer is None:
        return blank
    if abs(answer - blank.expected) <= blank.tolerance:
        return blank._replace(given=answer, right=True)
    rounding = max(blank.tolerance - SHARE * abs(blank.expected), 0.0)
    same = [name for name, value in mistakes if abs(answer - value) <= SHARE * abs(value) + rounding]
    names = list(dict.fromkeys(same))
    return blank._replace(given=answer, mistake=" or ".join(names) if len(names) <= MOST_MISTAKES else "")


def _number(answer: Any, blank: str, name: str) -> float | None:
    if answer in (None, ""):
        return None
    try:
        number = float(answer.strip().replace(",", ".").replace("−", "-") if isinstance(answer, str) else answer)
    except (TypeError, ValueError, OverflowError):
        number = float("nan")
    if not isfinite(number) or isinstance(answer, bool):
        found = short(repr(answer))
        raise ValueError(f"{name}: the answer to blank {short(blank)} is not a number, found {found}.")
    return number


def marks_as_text(marks: Sequence[Mark]) -> str:
    """Return marks as lines: each blank, right or wrong, with the expected number, its formula and a likely mistake."""
    lines = []
    for each in marks:
        verdict = "right" if each.right else "no answer" if each.given is None else "wrong"
        formula = "" if each.formula is None else f" = {each.formula}"
        answer = "" if each.given is None else f"{each.given:.6g}, "
        likely = f" (likely mistake: {each.mistake})" if each.mistake else ""
        expected = f"expected {each.expected:.4g}: {each.row}, {each.name}{formula}{likely}"
        lines.append(f"{each.blank:>3}  {verdict:<9}  {answer}{expected}")
    right = sum(each.right for each in marks)
    return "\n".join([*lines, f"{right} of {len(marks)} right."])


# A class: whose answers a file holds is told by the code of the sheet that it names, or else by the name of the file.

HEAD = ("name", "right", "of", "wrong", "likely mistakes")


@final
@dataclass(frozen=True)
class ClassMark:
    """The marks of one learner of a class.

    Attributes:
        name: of the learner.
        blanks: how many their sheet has; None where the key has no sheet for them.
        marks: of their answers; None where there are none that can be marked.
    """

    name: str
    blanks: int | None
    marks: tuple[Mark, ...] | None = None

    @property
    def right(self) -> int | None:
        """How many answers are right; None where there are none."""
        return None if self.marks is None else sum(each.right for each in self.marks)

    @property
    def cells(self) -> tuple[str, int | None, int | None, str, str]:
        """The line of the table."""
        if self.marks is None:
            return self.name, None, self.blanks, "no answers", ""
        wrong = [each for each in self.marks if not each.right]
        blanks = ", ".join(f"{each.blank}{' (empty)' if each.given is None else ''}" for each in wrong)
        mistakes = "; ".join(f"{each.blank}: {each.mistake}" for each in wrong if each.mistake)
        return self.name, self.right, self.blanks, blanks, mistakes


@final
@dataclass(frozen=True)
class ClassMarks:
    """The marks of a class.

    Attributes:
        learners: in the order of the roster.
        problems: a sentence for each file that could not be marked, and for each learner without answers.
        unmarked: how many files could not be marked.
    """

    learners: tuple[ClassMark, ...]
    problems: tuple[str, ...]
    unmarked: int

    def table(self) -> Table:
        """Return the marks as a table."""
        rows = [["" if cell is None else str(cell) for cell in each.cells] for each in self.learners]
        return Table(parts=[Part(HEAD, rows)], align="lrrll")

    def to_html(self) -> str:
        """Return the marks as a page."""
        return render(
            "marks.html.j2", {}, head=HEAD, rows=[each.cells for each in self.learners], problems=self.problems
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the marks as JSON can say them."""
        found = [
            {
                "name": each.name,
                "right": each.right,
                "of": each.blanks,
                "marks": None if each.marks is None else [one._asdict() for one in each.marks],
            }
            for each in self.learners
        ]
        return {"learners": found, "problems": list(self.problems)}


def is_class_key(content: Any) -> bool:
    """Return whether this is the key of the worksheets of a class."""
    return isinstance(content, Mapping) and isinstance(content.get("class"), list)


def mark_class(names: Sequence[str], keys: Mapping[str, Any], given: Mapping[str, Any]) -> ClassMarks:
    """Return the marks of a class. What cannot be marked is told in a sentence, and the rest is marked.

    Parameters:
        names: of the learners, as `learners` takes them.
        keys: the keys of their worksheets by what each is called in messages, as `key_of_class` says them.
        given: the answers by the path of their file; a ValueError in the place of those that could not be read.

    Raises:
        ValueError: a key is none.
    """
    roster = {learner.name: learner for learner in learners(names)}
    sheets = [sheet for name, key in keys.items() for sheet in _sheets(key, name)]
    by_code = {sheet["code"]: sheet for sheet in sheets}
    marks, files, problems = dict[str, tuple[Mark, ...]](), dict[str, str](), list[str]()
    for path, content in given.items():
        try:
            if isinstance(content, ValueError):
                raise content
            sheet = _sheet_of(path, content, sheets, by_code)
            name = sheet["name"]
            if name not in roster:
                raise ValueError(f"{path} is by {name}, who is not on the roster.")
            if name in files:
                raise ValueError(f"{path} is by {name}, as is {files[name]}: keep one of them.")
            marks[name] = tuple(mark(sheet, content, "The key", path))
            files[name] = path
        except ValueError as error:
            problems.append(str(error))
    unmarked = len(problems)
    found, blanks = list[ClassMark](), {sheet["name"]: len(sheet["answers"]) for sheet in sheets}
    for name in roster:
        found.append(ClassMark(name, blanks.get(name), marks.get(name)))
        if name not in blanks:
            problems.append(f"{name} has no worksheet in the key: make the worksheets anew with this roster.")
        elif name not in marks:
            problems.append(f"{name} has no answers.")
    return ClassMarks(tuple(found), tuple(problems), unmarked)


def _sheets(key: Any, name: str) -> list[dict[str, Any]]:
    if not is_class_key(key) or not key["class"]:
        raise ValueError(f"{name} is not the key of the worksheets of a class.")
    for sheet in key["class"]:
        _answers(sheet, name)
        if not all(isinstance(sheet.get(part), str) for part in ("name", "file", "code")):
            raise ValueError(f"{name} is not the key of the worksheets of a class: a sheet has no name, file or code.")
    return list(key["class"])


def _sheet_of(
    path: str, content: Any, sheets: Sequence[dict[str, Any]], by_code: Mapping[str, dict[str, Any]]
) -> dict[str, Any]:
    """Return the sheet that a file answers."""
    if not isinstance(content, Mapping):
        raise ValueError(f'{path} must name each blank by its number, as in {{"1": 0.25, "2": -1.5}}.')
    stem = path.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0]
    own = [sheet for sheet in sheets if sheet["file"] == stem]
    if "worksheet" not in content:
        if len(own) == 1:
            return own[0]
        name, code = f"{sheets[0]['file']}.json", sheets[0]["code"]
        raise ValueError(
            f"{path} belongs to no learner of the key: name it as the worksheet says, such as {name}, or give the code"
            f' of the worksheet in it, such as "worksheet": "{code}".'
        )
    code = str(content["worksheet"]).strip().lower()
    sheet = by_code.get(code)
    if sheet is None:
        known = f"; {own[-1]['name']}'s is {own[-1]['code']}" if own else ""
        raise ValueError(f"{path} answers worksheet {short(code)}, which the key does not have{known}.")
    if own and all(sheet["name"] != other["name"] for other in own):
        raise ValueError(f"{path} answers worksheet {code}, which is {sheet['name']}'s and not {own[0]['name']}'s.")
    return sheet
