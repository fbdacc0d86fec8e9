"""Learning in the playground: its numbers are Python's, and what a reader does there is answered."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, final

import numpy as np
import pytest

from chainrule.arrays import Array
from chainrule.inspection import check_layer, nudge, paths, unit_names
from chainrule.layers import Elementwise
from chainrule.layers.activations import ACTIVATIONS
from tests.browser.waiting import eventually, expect, patient, settle

pytestmark = pytest.mark.browser

# What the page shows has three significant digits.
SHOWN = 6e-3
# Panels that the last steps of the tour open.
AFTER_THE_CHAIN = {12: "predict", 13: "blanks", 14: "derivative", 15: "brackets"}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from chainrule.pages.playground import Playground

    return Playground().write(tmp_path_factory.mktemp("learn") / "playground.html")


@pytest.fixture
def page(browser: Any, written: Path) -> Iterator[Any]:
    opened = patient(browser.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce"))
    problems: list[str] = []
    opened.on("console", lambda message: problems.append(message.text))
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.goto(written.as_uri())
    settle(opened)
    yield opened
    assert problems == []
    opened.close()


def number(text: str) -> float:
    """Return a number as the page shows it."""
    digits = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")
    return float(text.replace("·10", "e").translate(digits))


def same_program(page: Any) -> dict[str, Any]:
    """Return what the page's own program in Python computes."""
    page.click("text=The same in Python")
    names: dict[str, Any] = {}
    exec(page.text_content(".learn-python"), names)  # written by the page under test
    return names


def test_the_chain_of_a_clicked_row_and_weight_is_that_of_python(page: Any) -> None:
    page.click("#tab-chain")
    page.locator(".map canvas").first.click(position={"x": 150, "y": 110})
    expect(page.locator(".learn-choice input").first).to_have_value(re.compile("[1-9]"))
    page.locator("[data-weight='W1[2,4]'] .hit").dispatch_event("click")
    expect(page.locator("#learn-chosen")).to_contain_text("W1[2,4]")
    names = same_program(page)
    row, weight = names["row"], names["weight"]
    assert str(weight) == "1,2,4"
    found = paths(row, weight, 8)
    shown = page.eval_on_selector_all(".learn-check [data-exact]", "all => all.map(each => Number(each.dataset.exact))")
    assert shown == pytest.approx([found.total, nudge(row, weight).slope], rel=1e-9, abs=1e-12)
    values: dict[str, float] = {}
    for unit, link in zip(unit_names(row), row.links, strict=True):
        values |= {f"{unit.text}[{i + 1}]": number for i, number in enumerate(link.y)}
        values |= {f"∂loss/∂{unit.text}[{i + 1}]": number for i, number in enumerate(link.dy)}
    values |= {f"x[{i + 1}]": v for i, v in enumerate(row.links[0].x)} | {"loss": row.loss}
    values |= {f"y[{i + 1}]": v for i, v in enumerate(row.y)}
    values |= {f"∂loss/∂y[{i + 1}]": v for i, v in enumerate(row.dloss_dy)}
    nodes = "all => all.map(each => [each.dataset.k, each.textContent])"
    drawn = {key: number(text) for key, text in page.eval_on_selector_all(".learn-node > text[data-k]", nodes)}
    assert set(values) <= set(drawn)
    assert all(drawn[key] == pytest.approx(value, rel=SHOWN, abs=1e-6) for key, value in values.items())
    table = page.eval_on_selector_all(".learn-paths td:last-child", "all => all.map(each => each.textContent)")
    expected = [path.contribution for path in found.largest]
    assert [number(text) for text in table[: len(expected)]] == pytest.approx(expected, rel=SHOWN)
    assert number(table[-1]) == pytest.approx(found.total, rel=SHOWN)


def test_a_number_lights_up_wherever_it_stands(page: Any) -> None:
    page.click("#tab-chain")
    lit = "all => all.map(each => each.closest('svg') ? 'picture' : each.closest('math') ? 'formula' : 'table')"

    def is_lit(key: str) -> None:
        assert set(page.eval_on_selector_all(".lit", "all => all.map(each => each.dataset.k)")) == {key}

    page.hover(".learn-steps mrow[data-k='h1[2]']")
    expect(page.locator(".learn-told")).to_have_text(re.compile(r"^h1\[2\] = "))
    eventually(lambda: is_lit("h1[2]"))
    assert set(page.eval_on_selector_all(".lit", lit)) == {"picture", "formula"}
    page.hover(".learn-node text[data-k='∂loss/∂z[1]']")
    eventually(lambda: is_lit("∂loss/∂z[1]"))
    assert set(page.eval_on_selector_all(".lit", lit)) == {"picture", "formula"}
    page.focus(".learn-paths tr[data-k='path:1']")
    expect(page.locator(".ribbon.lit")).to_have_count(1)
    page.locator(".learn-formula").first.focus()
    for expected in ("x", "x[1]", "x[2]"):
        page.keyboard.press("ArrowRight")
        eventually(partial(is_lit, expected))
    chosen = page.locator("#learn-chosen")
    before = chosen.inner_text()
    page.focus(".learn-picture")
    page.keyboard.press("ArrowRight")
    expect(chosen).not_to_have_text(before)


def test_blanks_are_marked_and_mistakes_recognised(page: Any) -> None:
    page.click("#tab-chain")
    names = same_program(page)
    row, weight = names["row"], names["weight"]
    unit = weight.units[0]
    page.click("#tab-blanks")

    def answer(key: str, value: float, verdict: str) -> None:
        blank = page.locator(f"[data-blank='{key}']")
        blank.locator("input").fill(f"{value:.6g}")
        blank.locator("button[type=submit]").click()
        expect(blank.locator(".learn-verdict")).to_have_text(re.compile(verdict))

    gradient, at_h = f"∂loss/∂a1[{unit + 1}]", row.links[1].dy
    answer(gradient, row.links[0].dy[unit], "^Right")
    first, arriving = row.links[1].y, row.links[2].dy @ row.links[2].params["weights"].T
    assert np.allclose(arriving, at_h)
    answer(gradient, -row.links[0].dy[unit], "its sign")
    weights = row.links[2].params["weights"]
    transposed = float(row.links[2].dy @ weights[:, unit])
    answer(f"∂loss/∂h1[{unit + 1}]", transposed, r"\(Wᵀ\)")
    without = float(at_h[unit] - row.links[2].dy[3] * weights[unit, 3])
    answer(f"∂loss/∂h1[{unit + 1}]", without, r"^You forgot the path through a2\[4\]\.$")
    answer(f"a1[{unit + 1}]", float("nan"), "not a number")
    assert len(first) == 8
    step = page.locator("[data-blank='step']")
    for hint in ("the formula", "the numbers", "Show the answer"):
        step.locator("button[type=button]", has_text=hint).click()
    expect(step.locator(".learn-hint").last).to_contain_text("w after")


@final
@dataclass(frozen=True)
class Broken(Elementwise):
    """The hyperbolic tangent with a derivative as someone typed it, of `a` and `h`."""

    typed: str

    def function(self, x: Array, *, out: Array | None = None) -> Array:
        return np.tanh(x, out=out)

    def derivative(self, x: Array, y: Array) -> Array:
        wrong = {"1 - a²": 1 - x * x, "-(1 - h²)": y * y - 1, "2 (1 - h²)": 2 - 2 * y * y, "1 - h": 1 - y, "0": 0 * x}
        return wrong[self.typed]


def test_formulas_are_those_of_the_layers() -> None:
    source = (Path(__file__).parents[2] / "web/src/learn/formulas.ts").read_text(encoding="utf-8")
    found = re.findall(r'(\w+): \{\s*value: "([^"]+)",\s*slope: "([^"]+)"', source)
    expected = {name: made() for name, made in ACTIVATIONS.items() if issubclass(made, Elementwise) and made.learns}
    assert [name for name, *_ in found] == list(expected)
    for name, value, slope in found:
        formulas = (expected[name].formula, expected[name].derivative_formula)
        assert [value, slope] == [each.text for each in formulas if each is not None]


def test_a_broken_derivative_is_found_and_named_as_in_python(page: Any) -> None:
    page.click("#tab-derivative")
    checks, fails = page.locator(".learn-checks"), page.locator(".learn-checks .fails")
    expect(page.locator(".learn-checks .passes")).to_have_count(4)
    expect(fails).to_have_count(0)
    for text in ("1 - a²", "-(1 - h²)", "2 (1 - h²)", "1 - h", "0"):
        page.fill(".learn-typed input", text)
        mistake = check_layer(Broken(text), np.random.default_rng(0).normal(size=(6, 3))).mistakes[0]
        in_letters = mistake.reason.replace("takes x where y belongs", "takes a where h belongs").replace("+ y", "+ h")
        found = re.escape(f"likely mistake: {mistake.kind} ({in_letters}).")
        expect(page.locator(".learn-mistake")).to_have_text(re.compile(f"{found}$"))
        expect(fails).to_have_count(1)
        expect(fails).to_have_attribute("data-check", "differences")
    page.fill(".learn-typed input", "1 - a²")
    page.uncheck(".learn-box:nth-of-type(3) input")
    expect(fails).to_have_count(3)
    for text in ("alert(1)", "constructor", "<b>", "1 +"):
        page.fill(".learn-typed input", text)
        expect(checks).to_have_count(0)
        expect(page.locator("#learn-typed")).to_have_text(re.compile(r"\.$"))
        page.fill(".learn-typed input", "1 - h²")
        expect(checks).to_have_count(1)


def test_a_product_is_bracketed_and_counted(page: Any) -> None:
    page.click("#tab-brackets")
    page.click("text=a network for digits")
    counted = page.locator("[data-spent]")
    for spent in (1_000, 11_000, 89_400):
        page.locator("[data-join='0']").click()
        expect(counted).to_have_attribute("data-spent", str(spent))
    expect(page.locator(".learn > .learn-verdict")).to_contain_text("No order takes fewer.")
    page.click("text=Start again")
    expect(counted).to_have_attribute("data-spent", "0")
    for place in (2, 1, 0):
        page.locator(f"[data-join='{place}']").click()
    expect(counted).to_have_attribute("data-spent", str(100 * 100 * 784 + 10 * 100 * 784 + 10 * 784))


def test_the_tour_sets_the_page_and_fits_a_phone(page: Any) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.click("#tab-tour")
    page.click("text=Begin the tour")
    card, panel = page.locator(".learn-tour"), page.locator("[role=tabpanel]")
    for step in range(1, 16):
        expect(card.locator("b")).to_have_text(re.compile(f"^{step} of 15: "))
        expect(panel).to_have_id(f"panel-{AFTER_THE_CHAIN.get(step, 'chain')}")
        expect(card).to_have_css(
            "content-visibility", "visible"
        )  # a card that nobody has seen yet is as high as its text
        if step == 7:
            expect(page.locator("#learn-chosen")).to_contain_text("correctly")
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        card.locator("button:nth-child(2)").click()
    expect(panel).to_have_id("panel-tour")
    expect(card).to_have_count(0)
    page.click("text=All weights zero")
    expect(page.locator(".learn-presets [aria-pressed='true']")).to_have_attribute("type", "button")
    page.click("#tab-predict")
    settle(page)  # the preset's network asks other questions
    questions = page.locator(".learn-ask")
    expect(questions).to_have_count(3)
    for each in range(3):
        questions.nth(each).locator("button").first.click()
    expect(page.locator(".learn-score")).to_contain_text("of 3 right")
