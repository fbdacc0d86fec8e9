"""What a diagnosis says: findings, each with its evidence and a remedy."""

import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, NamedTuple, final

from chainrule.common.display import as_html
from chainrule.common.format import count

Severity = Literal["problem", "note"]


class Remedy(NamedTuple):
    """What to do.

    Attributes:
        advice: in words.
        code: the same in Python, with `model`, `X` and `y` as `diagnose` was given them; empty where words must do.
        options: the same as options of `chainrule train`; empty where it has none.
    """

    advice: str
    code: str = ""
    options: str = ""

    @property
    def said(self) -> str:
        """The advice, with the code where there is some."""
        return f"{self.advice}: {self.code}" if self.code else self.advice


@final
@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or worth knowing.

    Attributes:
        severity: "problem" where predictions or training suffer, "note" where they may.
        what: the kind of finding, in a word or two, such as "dead units".
        where: the layer, columns, class or rows that it is about.
        evidence: what speaks for it, in words and numbers.
        numbers: the evidence for programs.
        remedy: what to do.
    """

    severity: Severity
    what: str
    where: str
    evidence: str
    numbers: Mapping[str, Any]
    remedy: Remedy

    def sentence(self, command: str = "") -> str:
        """Return the finding in one sentence, its remedy in Python, or after a `command` as options of it."""
        advice, code, options = self.remedy
        paste = (options and _with_options(command, options)) if command else code
        said = f"{self.severity.capitalize()}: {self.what}, {self.where}: {self.evidence}; {advice}"
        return f"{said}: {paste}" if paste else f"{said}."

    def __str__(self) -> str:
        return self.sentence()


class NotLookedAtError(Exception):
    """Raised by an examination that does not apply; the message says why."""


@final
@dataclass(frozen=True)
class ExaminationResult:
    """What one examination came to.

    Attributes:
        findings: what it found.
        looked: what it saw, in words, also where nothing is wrong.
        measured: the same for programs.
    """

    findings: list[Finding]
    looked: str
    measured: dict[str, Any] = field(default_factory=dict)


@final
@dataclass(frozen=True)
class Diagnosis:
    """The outcome of `diagnose`.

    Attributes:
        findings: worst first: problems before notes, and of each those that cast doubt on more first.
        looked_at: what each examination saw, in words, by its name.
        not_looked_at: why an examination was left out, by its name.
        measured: what each examination measured, by its name.
        rows: how many there were.
    """

    findings: list[Finding]
    looked_at: dict[str, str]
    not_looked_at: dict[str, str]
    measured: dict[str, dict[str, Any]]
    rows: int

    @property
    def problems(self) -> list[Finding]:
        """The findings that are problems."""
        return [finding for finding in self.findings if finding.severity == "problem"]

    def text(self, command: str = "") -> str:
        """Return all findings, a sentence each; remedies in Python, or after a `command` as options of it."""
        lines = [finding.sentence(command) for finding in self.findings]
        if not lines:
            lines = [f"No problems found in {self.rows:,} rows. Checks run:"]
            lines += [f"  {name}: {looked}" for name, looked in self.looked_at.items()]
        if self.not_looked_at:
            lines += ["Not checked:", *(f"  {name}: {reason}" for name, reason in self.not_looked_at.items())]
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.text()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        if self.findings:
            notes = len(self.findings) - len(self.problems)
            title = f"{count(len(self.problems), 'problem')} and {count(notes, 'note')} in {count(self.rows)}"
            found = [[each.severity, each.what, each.where, each.evidence, each.remedy.said] for each in self.findings]
            html = as_html(title, ["", "what", "where", "evidence", "what to do"], found)
        else:
            html = as_html(f"No problems found in {count(self.rows)}", ["check", "result"], [*self.looked_at.items()])
        left_out = [*self.not_looked_at.items()]
        return html + as_html("Not checked", ["check", "reason"], left_out) if left_out else html

    def to_dict(self) -> dict[str, Any]:
        """Return everything as what JSON can say."""
        findings = [{**asdict(finding), "remedy": finding.remedy._asdict()} for finding in self.findings]
        return {
            "rows": self.rows,
            "findings": findings,
            "looked_at": self.looked_at,
            "not_looked_at": self.not_looked_at,
            "measured": self.measured,
        }


def _with_options(command: str, options: str) -> str:
    """Return a command with options that take the place of those of the same names.

    >>> _with_options("train data.csv --rate 50 --hidden 8", "--rate 1.4")
    'train data.csv --hidden 8 --rate 1.4'
    """
    words, added = shlex.split(command), shlex.split(options)
    for name in added[::2]:
        while name in words:
            del words[words.index(name) : words.index(name) + 2]
    return shlex.join([*words, *added])
