"""The fields of a model's page take any number, and not only those that the model was trained on."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sklearn.pipeline import make_pipeline

from chainrule import Classifier
from chainrule.model_file import export
from chainrule.tables import TableEncoder
from tests.browser.waiting import expect, patient

pytestmark = pytest.mark.browser

N = 200


@pytest.fixture(scope="module")
def model() -> Any:
    generator = np.random.default_rng(0)
    age, floor = generator.integers(18, 90, N), generator.integers(0, 4, N)
    columns = pa.table({"age": age, "floor": [str(each) for each in floor]})
    return make_pipeline(TableEncoder(bins=8), Classifier((4,), random_state=0, dtype="float64")).fit(
        columns, np.where(age + 9 * floor > 60, "old", "young")
    )


@pytest.fixture
def page(browser: Any, model: Any, tmp_path: Path) -> Iterator[Any]:
    export(model, tmp_path / "model.html", "html")
    opened = patient(browser.new_page())
    opened.goto((tmp_path / "model.html").as_uri())
    opened.get_by_label("age", exact=True).wait_for()
    yield opened
    opened.close()


def expect_probabilities(page: Any, model: Any, age: float, floor: str) -> None:
    """Wait until the page has the probabilities of Python."""
    expected = model.predict_proba(pa.table({"age": [age], "floor": [floor]}))[0]
    page.wait_for_function(
        """expected => {
            const found = [...document.querySelectorAll('.bars data')].map(each => Number(each.value));
            return found.length === expected.length && found.every((p, c) => Math.abs(p - expected[c]) < 1e-9);
        }""",
        arg=expected.tolist(),
    )


def test_a_number_beyond_those_of_training_is_answered_and_drawn(page: Any, model: Any) -> None:
    page.get_by_label("floor", exact=True).fill("2")
    for age in (30, 101.5, -7):
        page.get_by_label("age", exact=True).fill(str(age))
        expect_probabilities(page, model, age, "2")
        page.locator("line.here").wait_for(state="attached")
    # too far out to draw
    page.get_by_label("age", exact=True).fill("900")
    expect_probabilities(page, model, 900, "2")
    page.locator("line.here").wait_for(state="detached")


def test_the_slider_of_whole_numbers_goes_from_one_to_the_next(page: Any, model: Any) -> None:
    page.get_by_label("age", exact=True).fill("40")
    slider = page.get_by_label("age, slider")
    slider.press("ArrowRight")
    page.wait_for_function("() => document.querySelector('.field input').value === '41'")
    page.get_by_label("floor", exact=True).fill("1")
    expect_probabilities(page, model, 41, "1")


def test_levels_that_are_numbers_can_be_typed(page: Any, model: Any) -> None:
    page.get_by_label("age", exact=True).fill("50")
    floor = page.get_by_label("floor", exact=True)
    expect(page.locator(f"#{floor.get_attribute('list')} option")).to_have_count(4)
    for typed in ("3", "17"):
        floor.fill(typed)
        expect_probabilities(page, model, 50, typed)
