"""Learning in the playground: its numbers are Python's, and what a reader does there is answered."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
import pytest

from chainrule.arrays import Array
from chainrule.inspection import check_layer, nudge, paths, unit_names
from chainrule.layers import Elementwise
from chainrule.layers.activations import ACTIVATIONS

pytestmark = pytest.mark.browser

# What the page shows has three significant digits.
SHOWN = 6e-3


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert path, "The browser tests need chromium: install it, for example with apt-get install chromium."
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from chainrule.pages.playground import Playground

    return Playground().write(tmp_path_factory.mktemp("learn") / "playground.html")


@pytest.fixture
def page(chromium: Any, written: Path) -> Iterator[Any]:
    opened = chromium.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    problems: list[str] = []
    opened.on("console", lambda message: problems.append(message.text))
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.goto(written.as_uri())
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
    assert int(page.input_value(".learn-choice input")) > 0
    page.locator("[data-weight='W1[2,4]'] .hit").dispatch_event("click")
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
    page.hover(".learn-steps mrow[data-k='h1[2]']")
    assert set(page.eval_on_selector_all(".lit", lit)) == {"picture", "formula"}
    assert page.inner_text(".learn-told").startswith("h1[2] = ")
    page.hover(".learn-node text[data-k='∂loss/∂z[1]']")
    assert set(page.eval_on_selector_all(".lit", lit)) == {"picture", "formula"}
    page.focus(".learn-paths tr[data-k='path:1']")
    assert page.locator(".ribbon.lit").count() == 1
    page.locator(".learn-formula").first.focus()
    for expected in ("x", "x[1]", "x[2]"):
        page.keyboard.press("ArrowRight")
        assert set(page.eval_on_selector_all(".lit", "all => all.map(each => each.dataset.k)")) == {expected}
    before = page.inner_text("#learn-chosen")
    page.focus(".learn-picture")
    page.keyboard.press("ArrowRight")
    assert page.inner_text("#learn-chosen") != before


def test_blanks_are_marked_and_mistakes_recognised(page: Any) -> None:
    page.click("#tab-chain")
    names = same_program(page)
    row, weight = names["row"], names["weight"]
    unit = weight.units[0]
    page.click("#tab-blanks")

    def answer(key: str, value: float) -> str:
        blank = page.locator(f"[data-blank='{key}']")
        blank.locator("input").fill(f"{value:.6g}")
        blank.locator("button[type=submit]").click()
        return str(blank.locator(".learn-verdict").inner_text())

    gradient, at_h = f"∂loss/∂a1[{unit + 1}]", row.links[1].dy
    assert answer(gradient, row.links[0].dy[unit]).startswith("Right")
    first, arriving = row.links[1].y, row.links[2].dy @ row.links[2].params["weights"].T
    assert np.allclose(arriving, at_h)
    assert "its sign" in answer(gradient, -row.links[0].dy[unit])
    weights = row.links[2].params["weights"]
    transposed = float(row.links[2].dy @ weights[:, unit])
    assert "(Wᵀ)" in answer(f"∂loss/∂h1[{unit + 1}]", transposed)
    without = float(at_h[unit] - row.links[2].dy[3] * weights[unit, 3])
    assert answer(f"∂loss/∂h1[{unit + 1}]", without) == "You forgot the path through a2[4]."
    assert "not a number" in answer(f"a1[{unit + 1}]", float("nan"))
    assert len(first) == 8
    hint = page.locator("[data-blank='step'] button[type=button]")
    for _ in range(3):
        hint.click()
    assert "w after" in page.inner_text("[data-blank='step']")


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
    assert page.locator(".learn-checks .fails").count() == 0
    failing = "all => all.map(each => each.dataset.check)"
    for text in ("1 - a²", "-(1 - h²)", "2 (1 - h²)", "1 - h", "0"):
        page.fill(".learn-typed input", text)
        assert page.eval_on_selector_all(".learn-checks .fails", failing) == ["differences"]
        mistake = check_layer(Broken(text), np.random.default_rng(0).normal(size=(6, 3))).mistakes[0]
        in_letters = mistake.reason.replace("takes x where y belongs", "takes a where h belongs").replace("+ y", "+ h")
        assert page.inner_text(".learn-mistake").endswith(f"likely mistake: {mistake.kind} ({in_letters}).")
    page.fill(".learn-typed input", "1 - a²")
    page.uncheck(".learn-box:nth-of-type(3) input")
    assert page.locator(".learn-checks .fails").count() == 3
    for text in ("alert(1)", "constructor", "<b>", "1 +"):
        page.fill(".learn-typed input", text)
        assert page.inner_text("#learn-typed").endswith((".", ")."))
        assert page.locator(".learn-checks").count() == 0


def test_a_product_is_bracketed_and_counted(page: Any) -> None:
    page.click("#tab-brackets")
    page.click("text=a network for digits")
    for spent in (1_000, 11_000, 89_400):
        page.locator("[data-join='0']").click()
        assert page.get_attribute("[data-spent]", "data-spent") == str(spent)
    assert "No order takes fewer." in page.inner_text(".learn > .learn-verdict")
    page.click("text=Start again")
    for place in (2, 1, 0):
        page.locator(f"[data-join='{place}']").click()
    assert page.get_attribute("[data-spent]", "data-spent") == str(100 * 100 * 784 + 10 * 100 * 784 + 10 * 784)


def test_the_tour_sets_the_page_and_fits_a_phone(page: Any) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.click("#tab-tour")
    page.click("text=Begin the tour")
    panels = []
    for step in range(1, 16):
        assert page.inner_text(".learn-tour b").startswith(f"{step} of 15")
        panels.append(page.get_attribute("[role=tabpanel]", "id"))
        if step == 7:
            page.locator("#learn-chosen", has_text="correctly").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        page.click(".learn-tour button:nth-child(2)")
    assert panels[0] == "panel-chain"
    assert panels[-4:] == ["panel-predict", "panel-blanks", "panel-derivative", "panel-brackets"]
    assert page.locator(".learn-tour").count() == 0
    page.click("text=All weights zero")
    assert page.get_attribute(".learn-presets [aria-pressed='true']", "type") == "button"
    page.click("#tab-predict")
    page.locator("html[data-busy=no]").wait_for(state="attached")  # the preset's network asks other questions
    for question in page.query_selector_all(".learn-ask"):
        question.query_selector("button").click()
    page.locator(".learn-score", has_text="of 3 right").wait_for()
