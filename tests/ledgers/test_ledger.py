"""A ledger as text, HTML, LaTeX and JSON: the same numbers in each, and whole."""

import json
import re
import warnings
from html import escape, unescape
from html.parser import HTMLParser
from itertools import takewhile
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from sklearn.exceptions import ConvergenceWarning

from chainrule import Classifier, ledger, trace
from chainrule.common.formulas import number
from tests.ledgers.ledgers import COLOURS, entries, followed, labels, table
from tests.strategies import NetworkPoint, network_points


class Balance(HTMLParser):
    """Every element that is opened is closed, in order."""

    VOID = ("meta", "link", "img", "br", "hr", "mspace")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.seen.add(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def numbers_in_mathml(html: str) -> list[float]:
    """The numbers of a formula, minus signs and powers of ten included."""
    html = re.sub(r"</mn><mo>&#x000B7;</mo><msup><mn>10</mn><mrow>(.*?)</mrow></msup>", r"e\1</mn>", html)
    html = re.sub(r"(<mn>[\d.]+e)<mo>&#x02212;</mo><mn>", r"\1-", html)
    text = unescape(re.sub(r"<[^>]+>", " ", html)).replace("−", "-")
    return [float(found.replace(" ", "")) for found in re.findall(r"-?\s*[\d.]+(?:e-?\d+)?", text)]


def test_every_form_has_the_same_numbers() -> None:
    found = followed()
    text, html, latex, record = str(found), found.to_html(), found.to_latex(), found.to_dict()
    by_key = {entry["key"]: entry for entry in record["rows"][0]["entries"]}
    for key, values in entries(found).items():
        np.testing.assert_array_equal(by_key[key]["values"], values)
        if values.size > 64 or max(values.shape, default=1) > 12 or (by_key[key]["formula"] or "").startswith("I"):
            continue
        shown = [
            float(number(v).replace(r"\cdot 10^{", "e").replace("}", "").replace(r"\cdot", "")) for v in values.flat
        ]
        cell = re.search(rf'data-key="{key}">.*?<div class="numbers">(.*?)</div>', html, re.DOTALL)
        assert cell is not None, key
        assert numbers_in_mathml(cell[1]) == pytest.approx(shown), key
        name = next(e.name for part in found.rows[0].sections for e in part.entries if e.key == key)
        lines = takewhile(lambda line: line.startswith("    "), text.split(f"\n  {name.text} ")[1].splitlines()[1:])
        printed = [float(word) for line in lines for word in line.split()]
        np.testing.assert_allclose(printed, values.ravel(), rtol=1e-5, atol=1e-300, err_msg=key)
        matrix = r"\\\\".join(" & ".join(number(v) for v in row) for row in np.atleast_2d(values))
        assert matrix.replace(r"\\\\", r" \\ ") in latex, key


def test_two_classes_with_one_output_read_well() -> None:
    text = str(followed(2))
    assert "Two classes have one output: y = " in " ".join(text.split())
    assert "is the probability of class kind b" in " ".join(text.split())
    assert "y = 1 / (1 + exp(-z))" in text
    assert "loss = -t log y - (1 - t) log(1 - y)" in text
    assert "W3[2,1]" in str(followed(2, weight="3,2,1"))
    assert "the logit of class kind b" in " ".join(str(followed(2, weight="3,2,1")).split())


def test_the_row_is_shown_as_it_was_given() -> None:
    text = str(followed(row=int(np.flatnonzero(table()["colour"] == COLOURS[2])[0])))
    assert re.search(r"colour +\$5 <b>&_%", text)
    assert "colour = $5 <b>&_%" in text
    x, y = table()[["length", "width"]], labels(table(), 3)
    found = ledger(Classifier().fit(x, y), x, y, 7)
    assert found.rows[0].columns is None
    inputs = found.rows[0].inputs
    assert inputs is not None
    np.testing.assert_array_equal(inputs.given, x.iloc[7])
    np.testing.assert_allclose((inputs.given - inputs.mean) / inputs.scale, found.rows[0].trace.links[0].x)


def test_a_wide_layer_is_a_heat_strip_and_is_summed_up_in_words() -> None:
    x = np.random.default_rng(0).normal(size=(60, 300))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = Classifier((40,), "relu", optimizer="adam", max_epochs=2, random_state=0).fit(x, x[:, 0] > 0)
    found = ledger(model, x, x[:, 0] > 0, 3)
    text, html, latex = " ".join(str(found).split()), found.to_html(), found.to_latex()
    gradient = entries(found)["dloss_dW1"]
    low, high = (divmod(int(place), 40) for place in (gradient.argmin(), gradient.argmax()))
    zeros = int((gradient == 0).sum())
    expected = (
        f"minimum {gradient.min():.6g} at [{low[0] + 1},{low[1] + 1}], maximum {gradient.max():.6g} at"
        f" [{high[0] + 1},{high[1] + 1}], mean {gradient.mean():.6g}, {zeros:,} are 0; largest in size:"
    )
    assert expected in text
    biggest = int(np.abs(gradient).argmax())
    assert f"largest in size: [{biggest // 40 + 1},{biggest % 40 + 1}] {gradient.flat[biggest]:.6g}, [" in text
    assert max(map(len, str(found).splitlines())) <= 100
    cell = re.search(r'data-key="dloss_dW1">.*?<div class="numbers">(.*?)</div>', html, re.DOTALL)
    assert cell is not None
    assert "<title>∂loss/∂W1: 300 × 40 numbers, green above 0 and purple below" in cell[1]
    told = unescape(re.sub(r"<svg.*?</svg>|\[[\d,]+\]", "", cell[1], flags=re.DOTALL))
    shown = [float(number(value)) for value in (gradient.min(), gradient.max(), gradient.mean())]
    assert numbers_in_mathml(told)[:3] == pytest.approx(shown)
    assert "a cell is the largest of 5 numbers" in told
    assert f"minimum ${number(gradient.min())}$ at {{[}}{low[0] + 1},{low[1] + 1}]" in latex
    assert not re.search(r"\d others", text + html + latex)
    record = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    large = {entry["key"]: entry["values"] for entry in record["rows"][0]["entries"]}["dloss_dW1"]
    assert (large["minimum"], large["maximum"], large["zeros"]) == (gradient.min(), gradient.max(), zeros)
    assert large["mean"] == pytest.approx(gradient.mean())
    assert len(large["largest"]) == 100
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        wide = Classifier((1200,), optimizer="adam", max_epochs=1, tol=1, random_state=0).fit(x, x[:, 0] > 0)
    with pytest.raises(ValueError, match="too wide for a ledger"):
        ledger(wide, x, x[:, 0] > 0, 3)


@pytest.mark.parametrize("classes", [2, 3])
def test_the_page_is_well_formed_and_needs_nothing_else(classes: int) -> None:
    for html in (followed(classes).to_html(), followed(classes, [3, 7])._repr_html_()):
        page = Balance()
        page.feed(html)
        page.close()
        assert page.open == []
        assert "script" not in page.seen
        assert re.findall(r'(?:src|href)="(?!data:|#)([^"]*)"', html) == []
        assert set(re.findall(r'https?://[^"\s<]+', html)) <= {"http://www.w3.org/1998/Math/MathML"}
        words = re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
        assert "\\" not in words
        assert words.replace("&#36;", "").count("$") == 0
        assert "$5 <b>&_%" in "".join(page.text) or classes == 2
        assert "<math" in html


def test_the_notebook_form_leaves_the_notebook_alone() -> None:
    html = followed()._repr_html_()
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
    assert style is not None
    depth, outside = 0, ""
    for character in style[1]:
        depth += (character == "{") - (character == "}")
        outside += character if depth == 0 else ""
    selectors = [part.strip() for part in outside.split("}") if part.strip()]
    assert all(one.strip().startswith((".chainrule-ledger", ".ledger")) for one in selectors)


def test_the_ledger_leads_with_the_paths_and_its_first_step_is_standardisation() -> None:
    x, y = table()[["length", "width"]], labels(table(), 3)
    found = ledger(Classifier((5,), tol=0.1, random_state=0).fit(x, y), x, y, 7, "1,width,2")
    for text in (str(found), re.sub(r"<[^>]+>", " ", found.to_html()), found.to_latex()):
        order = [
            "is the sum over all",
            "contribution",
            "Standardisation",
            "Forward",
            "Backward: the layer from x",
        ]
        places = [0]
        for word in order:
            places.append(text.index(word, places[-1]))
    inputs = found.rows[0].inputs
    assert inputs is not None
    lines = str(found).split("Standardisation\n")[1].splitlines()
    assert lines[1].startswith("Each is standardised: x = (value - mean) / sd, ")
    assert lines[3].split() == ["input", "name", "value", "mean", "sd", "x"]
    expected = [inputs.given[1], inputs.mean[1], inputs.scale[1], found.rows[0].trace.links[0].x[1]]
    assert lines[5].split() == ["2", "width", *(f"{each:.6g}" for each in expected)]
    assert expected[3] == pytest.approx((expected[0] - x["width"].mean()) / x["width"].std(ddof=0))


def test_a_trace_shows_its_numbers_and_has_a_ledger() -> None:
    row = followed().rows[0].trace
    assert row._repr_html_() == f"<pre>{escape(str(row))}</pre>"
    assert ledger(row, weight="1,1,1").weight.index == (0, 0)


def test_the_ledger_of_a_model_needs_rows() -> None:
    with pytest.raises(ValueError, match="give X and y"):
        ledger(Classifier())


def test_latex_is_balanced_and_escapes_words() -> None:
    latex = followed(row=int(np.flatnonzero(table()["colour"] == COLOURS[2])[0])).to_latex()
    assert r"\$5 $<$b$>$\&\_\%" in latex  # in the usual fonts of LaTeX < and > are other signs outside of formulas
    bare = re.sub(r"\\[{}$]", "", latex)
    assert bare.count("{") == bare.count("}")
    assert bare.count("$") % 2 == 0
    assert latex.count(r"\[") - latex.count(r"\\[") == latex.count(r"\]")
    assert latex.count(r"\begin{tabular}") == latex.count(r"\end{tabular}") > 3
    assert not re.search(r"[∂×ᵀ²Φ⊗√]", re.sub(r"\\text\{[^}]*\}", "", latex))


@given(network_points(max_depth=4))
def test_any_network_can_be_written_in_every_form(point: NetworkPoint) -> None:
    found = ledger(trace(point.network, point.loss, point.theta, point.x[0], point.t[0]))
    assert max(map(len, str(found).splitlines())) <= 100
    page = Balance()
    page.feed(found.to_html())
    assert page.open == []
    assert found.to_latex().count(r"\[ ") == sum(len(part.entries) for part in found.rows[0].sections)
    record = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert record["rows"][0]["paths"]["gradient"] == pytest.approx(found.rows[0].paths.total)
