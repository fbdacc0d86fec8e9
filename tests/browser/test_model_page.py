"""The page of a model in a real browser: what it shows is what Python computes, and nothing hostile runs."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sklearn.pipeline import make_pipeline

from chainrule import Classifier, attribute
from chainrule.model_file import export
from chainrule.tables import TableEncoder
from tests.browser.waiting import eventually, expect, patient
from tests.pages.reports import flower_run

pytestmark = pytest.mark.browser

EVIL = "</script><img src=x onerror=\"document.title='run'\">"
N = 200


def table() -> dict[str, list[Any]]:
    generator = np.random.default_rng(0)
    return {
        "age": generator.normal(40, 10, N).round(1).tolist(),
        EVIL: [("red", "blue", "<b>", "__proto__")[i % 4] for i in range(N)],
        "日付": [f"2020-{1 + i % 12:02}-{1 + i % 28:02}" for i in range(N)],
    }


@pytest.fixture(scope="module")
def model() -> Any:
    columns = table()
    labels = np.where(np.array(columns["age"]) + 5 * (np.arange(N) % 4) > 45, EVIL, "no")
    return make_pipeline(TableEncoder(), Classifier(hidden=(4,), random_state=0, dtype="float64")).fit(
        pa.table(columns), labels
    )


@pytest.fixture(scope="module")
def exported(model: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "model.html"
    export(model, path, "html", baseline=pa.table(table()), title=EVIL)
    return path


@pytest.fixture
def page(browser: Any, exported: Path) -> Iterator[Any]:
    opened = patient(browser.new_page(viewport={"width": 1280, "height": 900}))
    opened.context.set_offline(True)
    problems: list[str] = []
    opened.on("console", lambda message: problems.append(message.text))
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("request", lambda request: problems.append(request.url) if not request.url.startswith("file:") else None)
    opened.goto(exported.as_uri())
    yield opened
    assert problems == []
    assert "run" not in opened.title()[:3]
    assert opened.query_selector_all("img") == []
    opened.close()


def shown(page: Any, selector: str) -> list[float]:
    """The numbers of a part of the page, with all their digits."""
    return [float(one) for one in page.locator(f"{selector} data").evaluate_all("all => all.map(each => each.value)")]


def shows(page: Any, selector: str, expected: Any) -> None:
    """Wait until a part of the page shows numbers."""
    eventually(lambda: np.testing.assert_allclose(shown(page, selector), expected, rtol=0, atol=1e-12))


def enter(page: Any, row: dict[str, Any]) -> None:
    fields = page.locator(".field")
    fields.nth(0).locator("input[type=text]").fill(str(row["age"]))
    fields.nth(1).locator("select").select_option(label=row[EVIL])
    fields.nth(2).locator("input[type=text]").fill(row["日付"])


def test_probabilities_contributions_and_slopes_are_those_of_python(page: Any, model: Any) -> None:
    row = {"age": 51.5, EVIL: "__proto__", "日付": "2020-03-04"}
    enter(page, row)
    given = pa.table({name: [value] for name, value in row.items()})
    shows(page, ".bars", model.predict_proba(given)[0])
    expect(page.locator(".verdict")).to_contain_text(str(model.predict(given)[0]))
    found = attribute(model, given, scale="probability", baseline=pa.table(table()), tolerance=1e-9)
    by_column = {name: values[0] for name, values in found.by_column().items()}
    read = "all => all.map(e => [e.querySelector('th').innerText, Number(e.querySelector('data').value)])"

    def contributions() -> None:
        told = dict(page.locator(".contributions tbody tr").evaluate_all(read))
        assert told == {name: pytest.approx(value, abs=1e-7) for name, value in by_column.items()}

    eventually(contributions)
    page.click("summary")
    expect(page.locator(".slopes")).to_be_visible()
    by_rule, by_nudge = shown(page, ".slopes")
    scale = model[0].learned_[0].scale
    assert by_rule == pytest.approx(found.probability_slopes[0, 0] / scale, rel=1e-10)
    assert by_nudge == pytest.approx(by_rule, rel=1e-5)
    back = shown(page, ".chain tbody tr:first-child td:last-child")
    slopes = found.probability_slopes[0] * model[-1].standardizer_.scale
    np.testing.assert_allclose(back[0], slopes[0], rtol=1e-10)


def test_a_missing_cell_a_slider_and_a_row_to_compare(page: Any, model: Any) -> None:
    enter(page, {"age": 51.5, EVIL: "red", "日付": "2020-03-04"})
    page.click("text=Keep this row to compare")
    page.locator(".field input[type=range]").first.evaluate(
        "(slider) => { slider.value = slider.max; slider.dispatchEvent(new Event('input', { bubbles: true })); }"
    )
    age = float(page.locator(".field input[type=range]").first.evaluate("(slider) => slider.value"))
    expected = model.predict_proba(pa.table({"age": [age, 51.5], EVIL: ["red"] * 2, "日付": ["2020-03-04"] * 2}))
    shows(page, ".bars", expected.T.ravel())
    page.locator(".field input[type=text]").first.fill("")
    gone = model.predict_proba(pa.table({"age": pa.array([None], pa.float64()), EVIL: ["red"], "日付": ["2020-03-04"]}))
    shows(page, ".bars", np.column_stack([gone[0], expected[1]]).ravel())
    page.locator(".field input[type=text]").first.fill("old")
    refused = page.locator(".refusal")
    expect(refused).to_contain_text('must hold numbers, as in the training data, found "old"')
    page.click("text=Back to the start")
    expect(refused).to_have_count(0)


def test_rows_are_dropped_predicted_and_saved(page: Any, model: Any) -> None:
    columns = {name: values[:30] for name, values in table().items()}
    columns["note"] = ["=1+1"] * 30
    text = io.StringIO()
    csv.writer(text).writerows([list(columns), *zip(*columns.values(), strict=True)])
    page.set_input_files(
        "input[type=file]", {"name": "x.csv", "mimeType": "text/csv", "buffer": text.getvalue().encode()}
    )
    page.wait_for_selector("table.rows")
    with page.expect_download() as download:
        page.click("text=Save the predictions as CSV")
    saved = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8"))))
    expected = model.predict_proba(pa.table({name: columns[name] for name in table()}))
    for place, label in enumerate(model.classes_):
        told = [float(row[f"probability of {label}"]) for row in saved]
        np.testing.assert_allclose(told, expected[:, place], rtol=0, atol=1e-12)
    assert {row["note"] for row in saved} == {"'=1+1"}
    page.fill(".drop textarea", "age\n1\n")
    page.press(".drop textarea", "Tab")
    expect(page.locator("#chainrule-panel .refusal")).to_contain_text("The rows lack the column")


@pytest.mark.parametrize("width", [1280, 390])
def test_the_report_has_the_panel_and_fits(browser: Any, tmp_path: Path, width: int) -> None:
    from chainrule.pages.report.write import write_report

    path = tmp_path / "report.html"
    write_report(path, flower_run())
    opened = patient(browser.new_page(viewport={"width": width, "height": 900}))
    problems: list[str] = []
    opened.on("console", lambda message: problems.append(message.text))
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.goto(path.as_uri())
    expect(opened.locator(".verdict")).not_to_be_empty()
    assert problems == []
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    opened.close()
