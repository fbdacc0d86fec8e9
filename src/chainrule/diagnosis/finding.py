"""What a diagnosis says: findings, each with its evidence and a remedy, as Python and as options of the command."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, NamedTuple, final

import numpy as np

from chainrule.common.display import as_html
from chainrule.common.format import count
from chainrule.diagnosis.model_under_test import ModelUnderTest

# Settings that have no option: the command line standardises whatever it trains on.
NO_OPTION = ("standardize",)
# Settings whose options go with every --model: all others need softmax regression or a network of one's own.
OF_ALL_MODELS = ("class_weight",)
# Options that each say which model is trained: one takes the place of all.
WHICH_MODEL = ("--model", "--hidden", "--time-budget")
# One rate must serve all weights, and one penalty: with inputs of sizes a thousand apart, the curvatures are a million
# apart.
LARGEST_SIZE_RATIO = 1e3
# The rate of "adam" where a classifier is given none, which suits standardised inputs.
ADAM_RATE = 0.003
# Hidden layers that a remedy keeps: gradients reach the first of two without care for depth.
FEW_LAYERS = 2
# Optimizers whose steps are as long as the gradient: too long or too short where columns are badly scaled.
PLAIN = ("gradient_descent", "momentum")

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


@final
@dataclass(frozen=True)
class ExaminationResult:
    """What one examination came to.

    Attributes:
        findings: what it found.
        summary: what it measured, in words, also where nothing is wrong.
        measured: the same for programs.
    """

    findings: list[Finding]
    summary: str
    measured: dict[str, Any] = field(default_factory=dict)


@final
@dataclass(frozen=True)
class Diagnosis:
    """The outcome of `diagnose`.

    Attributes:
        findings: worst first: problems before notes, and of each those that cast doubt on more first.
        examined: what each examination measured, in words, by its name.
        not_examined: why an examination was left out, by its name.
        measured: the same for programs.
        rows: how many there were.
    """

    findings: list[Finding]
    examined: dict[str, str]
    not_examined: dict[str, str]
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
            lines += [f"  {name}: {summary}" for name, summary in self.examined.items()]
        if self.not_examined:
            lines += ["Not checked:", *(f"  {name}: {reason}" for name, reason in self.not_examined.items())]
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
            html = as_html(f"No problems found in {count(self.rows)}", ["check", "result"], [*self.examined.items()])
        left_out = [*self.not_examined.items()]
        return html + as_html("Not checked", ["check", "reason"], left_out) if left_out else html

    def to_dict(self) -> dict[str, Any]:
        """Return everything as what JSON can say."""
        findings = [{**asdict(finding), "remedy": finding.remedy._asdict()} for finding in self.findings]
        return {"rows": self.rows, **vars(self), "findings": findings}


def _with_options(command: str, options: str) -> str:
    """Return a command with options that take the place of those of the same names.

    >>> _with_options("train data.csv --rate 50 --hidden 8", "--rate 1.4")
    'train data.csv --hidden 8 --rate 1.4'
    """
    words, added = shlex.split(command), shlex.split(options)
    names = [word for word in added if word.startswith("--")]
    for name in [*names, *(WHICH_MODEL if any(name in WHICH_MODEL for name in names) else ())]:
        while name in words:
            place = words.index(name)
            has_value = words[place + 1 : place + 2] and not words[place + 1].startswith("--")
            del words[place : place + 1 + bool(has_value)]
    return shlex.join([*words, *added])


def trained_anew(tested: ModelUnderTest, advice: str, **settings: Any) -> Remedy:
    """Return the remedy of training the model again with other settings of its classifier."""
    values = ", ".join(f"{_prefix(tested)}{name}={value!r}" for name, value in settings.items())
    words = {name: ",".join(map(str, of)) if isinstance(of, tuple) else str(of) for name, of in settings.items()}
    given = [_option(name, word) for name, word in words.items() if name not in NO_OPTION]
    if given and "hidden" not in settings and settings.keys() - {*OF_ALL_MODELS, *NO_OPTION}:
        sizes = np.atleast_1d(tested.model.classifier.hidden).astype(int)
        given.insert(0, _option("hidden", ",".join(map(str, sizes))) if len(sizes) else "--model softmax")
    options = " ".join(given)
    return Remedy(advice, f"model.set_params({values}).{_fit(tested, 'X')}", options)


def _option(name: str, word: str) -> str:
    """Return an option of the command line: a flag where the word says that it is on."""
    flag = f"--{name.replace('_', '-')}"
    return flag if word == "True" else f"{flag} {word}"


def without(tested: ModelUnderTest, advice: str, columns: Sequence[str]) -> Remedy:
    """Return the remedy of training the model again without some columns."""
    encoder = tested.model.encoder
    dropped = [*(encoder.drop if encoder is not None else ()), *columns]
    options = f"--drop {shlex.quote(','.join(dropped))}"
    if encoder is not None:
        setting = f"{tested.model.prefix(encoder)}drop={dropped!r}"
        return Remedy(advice, f"model.set_params({setting}).{_fit(tested, 'X')}", options)
    if hasattr(tested.X, "iloc"):
        return Remedy(advice, f"model.{_fit(tested, f'X.drop(columns={list(columns)!r})')}", options)
    names = tested.model.names
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
    return tested.model.prefix(tested.model.classifier)


def _fit(tested: ModelUnderTest, x: str) -> str:
    return f"fit({x}, y, {_prefix(tested)}sample_weight=sample_weight)" if tested.weighted else f"fit({x}, y)"


def sound_training(tested: ModelUnderTest) -> dict[str, Any]:
    """Return settings without the usual causes of training that fails, whatever it fails by.

    These are columns of any size, and steps of any length; where neither is there, there are no settings.
    """
    classifier = tested.model.classifier
    settings: dict[str, Any] = {"standardize": True} if tested.size_ratio > LARGEST_SIZE_RATIO else {}
    chosen = classifier.optimizer
    if not isinstance(chosen, str) or chosen in PLAIN or classifier.rate not in (None, ADAM_RATE):
        settings |= {"optimizer": "adam", "rate": ADAM_RATE}
    return settings


def settings_in_words(settings: dict[str, Any]) -> str:
    """Return what settings of `sound_training` do, to begin a sentence with.

    >>> settings_in_words({"standardize": True})
    'standardise the columns, '
    """
    words = {"standardize": "standardise the columns, ", "optimizer": "train with Adam at its default rate, "}
    return "".join(said for name, said in words.items() if name in settings)
