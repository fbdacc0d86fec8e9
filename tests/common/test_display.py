"""How networks, histories, trainings, diagnoses and traces show themselves in a terminal and in a notebook."""

import re
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pandas as pd
import pytest
from markupsafe import Markup
from sklearn.pipeline import make_pipeline

from chainrule import (
    Classifier,
    Cost,
    Dense,
    GradientDescent,
    Network,
    SoftmaxCrossEntropy,
    TableEncoder,
    Tanh,
    diagnose,
    trace,
    train,
)
from chainrule.common.display import Latex, Part, Table
from chainrule.layers import Elementwise
from chainrule.training.history import History

HOSTILE = "<script>alert(1)</script><b onclick='x'>&"
NETWORK = Network((Dense(2, 4), Tanh(), Dense(4, 3)))


@dataclass(frozen=True)
class Hostile(Elementwise):
    """An activation whose description is a piece of HTML."""

    says: str = HOSTILE

    def function(self, x: np.ndarray, *, out: np.ndarray | None = None) -> np.ndarray:
        return np.tanh(x, out=out)

    def derivative(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return 1 - y**2


class Tags(HTMLParser):
    """The tags of a piece of HTML, its attributes, and those that are still open."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def training_of(network: Network) -> Any:
    cost = Cost.of(network, SoftmaxCrossEntropy(), [[-1.0, 0.0], [1.0, 1.0]], [0, 1])
    return train(cost, GradientDescent(rate=0.5), network.zeros(), max_epochs=3)


def diagnosis_of_a_leak() -> Any:
    """The diagnosis of a table in which the column of a hostile name gives the class of a hostile name away."""
    rng = np.random.default_rng(0)
    y = rng.random(200) < 0.5
    table = pd.DataFrame({"x": rng.normal(size=200), HOSTILE: y + rng.normal(size=200) / 5})
    labels = np.where(y, HOSTILE, "fair")
    return diagnose(make_pipeline(TableEncoder(), Classifier(standardize=False)).fit(table, labels), table, labels)


@cache
def shown() -> dict[str, Any]:
    training = training_of(NETWORK)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 3))
    y = x @ [2.0, -1.0, 1.0] + rng.normal(size=200) > 0
    return {
        "network": NETWORK,
        "hostile network": Network((Dense(2, 4), Hostile(), Dense(4, 3))),
        "empty history": History(),
        "history": training.history,
        "training": training,
        "trace": trace(NETWORK, SoftmaxCrossEntropy(), training.theta, [1.0, 2.0], 0),
        "sound": diagnose(Classifier().fit(x, y), x, y),
        "leak": diagnosis_of_a_leak(),
    }


NAMES = ("network", "hostile network", "empty history", "history", "training", "trace", "sound", "leak")


@pytest.mark.parametrize("name", NAMES)
def test_the_notebook_form_is_well_formed_and_holds_no_script_style_or_colour(name: str) -> None:
    tags = Tags(shown()[name]._repr_html_())
    assert tags.open == []
    assert tags.seen <= {"table", "caption", "tr", "th", "td", "pre"}
    assert not tags.attributes


@pytest.mark.parametrize("name", [name for name in NAMES if name != "trace"])
def test_the_terminal_form_is_short(name: str) -> None:
    lines = repr(shown()[name]).splitlines()
    assert 0 < len(lines) <= 40
    assert "array(" not in lines[0]


@pytest.mark.parametrize("name", ["hostile network", "leak"])
def test_hostile_names_are_escaped(name: str) -> None:
    html = shown()[name]._repr_html_()
    assert HOSTILE in Tags(html).text or repr(HOSTILE) in Tags(html).text
    assert "<script" not in html
    assert "<b " not in html


def test_a_network_tells_the_shapes_and_parameters_of_each_layer() -> None:
    assert repr(NETWORK).splitlines()[0] == "Network: 2 inputs, 3 outputs, 27 parameters"
    assert re.search(r"Tanh\(\) +\(n, 4\) +0", repr(NETWORK))
    assert "weights (4, 3), bias (3,)" in NETWORK._repr_html_()


def test_a_training_tells_why_it_stopped_and_its_first_and_last_cost() -> None:
    training = shown()["training"]
    for form in (repr(training), training._repr_html_()):
        assert "max_epochs = 3 reached" in form
        assert "3 epochs" in form
        for values in (training.history.cost, training.history.gradient_norm):
            assert f"{values[0]:.4g}" in form
            assert f"{values[-1]:.4g}" in form


def test_a_diagnosis_shows_each_finding_with_its_remedy_or_the_checks_where_there_is_none() -> None:
    leak, sound = shown()["leak"], shown()["sound"]
    text = Tags(leak._repr_html_()).text
    assert repr(leak) == str(leak)
    for finding in leak.findings:
        assert finding.evidence in text
        assert finding.remedy.advice in text
    assert "No problems found in 200 rows" in sound._repr_html_()
    assert all(name in sound._repr_html_() for name in sound.examined)


WIDE = Table(
    "Wide", [Part(("name", "words"), [("a", "one two three four five six seven"), ("b", "eight")])], notes=["End."]
)


def test_the_last_column_of_a_table_too_wide_is_wrapped_in_its_place() -> None:
    lines = WIDE.text(width=30).splitlines()
    assert max(map(len, lines)) <= 30
    assert lines == ["Wide", "name  words", "a     one two three four five", "      six seven", "b     eight", "End."]


def test_another_column_of_a_table_too_wide_goes_on_lines_of_its_own() -> None:
    table = Table(parts=[Part(("words", "n"), [("one two three four five six", "1"), ("", "12")])], align="lr", sums=1)
    assert table.text("  ", width=20).splitlines() == [
        "   n",
        "      words",
        "   1",
        "      one two three",
        "      four five six",
        "  --",
        "  12",
    ]


def test_wide_letters_take_two_columns() -> None:
    table = Table(parts=[Part((), [("日本", "x"), ("a", "y"), ("e\u0301", "z")])])
    assert table.text().splitlines() == ["日本  x", "a     y", "e\u0301     z"]


def test_every_form_of_a_table_has_its_facts_parts_and_notes() -> None:
    parts = [Part(("first", "n"), [("a & b", "1")]), Part(("second", "n"), [("<c>", "22")])]
    table = Table("T_1", parts, "lr", ["50 %."], [("rows", "3"), ("log", "-1")], ruled=True)
    lines = table.text().splitlines()
    assert lines[0] == "T_1"
    assert set(map(len, lines[1:-1])) - {len("first    n")} == {75}
    assert lines[-3:] == ["<c>     22", "=" * 75, "50 %."]
    tags = Tags(table.html())
    assert tags.open == []
    assert all(word in tags.text for word in ("T_1", "rows", "a & b", "<c>", "50 %."))
    latex = table.latex()
    assert latex.count(r"\begin{tabular}") == latex.count(r"\end{tabular}") == 2
    assert r"a \& b & 1 \\" in latex
    assert r"$<$c$>$ & 22 \\" in latex
    assert latex.splitlines()[-1] == r"50 \%."


def test_what_is_written_already_stays_as_it_is() -> None:
    table = Table(parts=[Part((), [(1.0, 2.0)])])
    latex = table.written(lambda cell: Latex(f"${cell}$")).latex()
    assert latex.splitlines() == [r"\begin{tabular}{ll}", r"$1.0$ & $2.0$ \\", r"\end{tabular}"]
    assert "<td><b>1.0</b></td>" in table.written(lambda cell: Markup("<b>{}</b>").format(cell)).html()
    assert "<td>&lt;b&gt;1.0</td>" in table.written(lambda cell: f"<b>{cell}").html()
