"""The playground, driven as people drive it: every control does what it says, and its numbers are Python's."""

import base64
import contextlib
import html
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from typer.testing import CliRunner

import chainrule as cr
from chainrule.arrays import Array
from chainrule.cli.app import app
from tests.browser.waiting import eventually, expect, patient, settle

pytestmark = pytest.mark.browser

# What a name must not do: run.
HOSTILE = "<img src=x onerror=alert(1)>"
# Training in the page and in Python differs by rounding alone, which a hundred steps of training hardly stretch.
CLOSE = 1e-8


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return cr.Playground().write(tmp_path_factory.mktemp("playground") / "playground.html")


class Driven:
    """A page of the playground, and what went wrong in it."""

    def __init__(self, browser: Any, address: str, **context: Any) -> None:
        self.page = patient(browser.new_page(**{"viewport": {"width": 1280, "height": 1000}, **context}))
        self.problems: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.problems.append(message.text))
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(address)
        self.settle()

    def settle(self) -> None:
        """Wait until the trainer has answered everything."""
        settle(self.page)

    def click(self, name: str, exact: bool = True) -> None:
        self.page.get_by_role("button", name=name, exact=exact).click()
        self.settle()

    def field(self, label: str, value: float | str) -> None:
        field = self.page.get_by_label(label, exact=True)
        field.fill(str(value))
        field.press("Enter")
        self.settle()

    def slide(self, label: str, value: float) -> None:
        self.page.get_by_label(label, exact=True).evaluate(
            "(slider, value) => { slider.value = value; slider.dispatchEvent(new Event('input', {bubbles: true})) }",
            value,
        )
        self.settle()

    def choose(self, label: str, option: str) -> None:
        self.page.get_by_label(label, exact=True).select_option(label=option)
        self.settle()

    def radio(self, name: str) -> None:
        self.page.locator(".segments label", has_text=name).first.click()
        self.settle()

    def epochs(self, n: int) -> None:
        for _ in range(n):
            self.click("One epoch")

    def tab(self, name: str) -> None:
        self.page.get_by_role("tab", name=name, exact=True).click()

    def state(self) -> Any:
        """The state of the page as its link has it, numbers in full."""
        self.tab("Share")
        text = self.page.get_by_label("Link", exact=True).input_value().split("#")[1]
        return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))

    def theta(self) -> Array:
        return np.frombuffer(base64.b64decode(self.state()["theta"]), "<f8")

    def program(self) -> dict[str, Any]:
        """Run the Python program of the page and return its variables, and what it printed."""
        self.tab("Share")
        variables: dict[str, Any] = {}
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(self.page.locator("#program-text").inner_text(), variables)
        return variables | {"printed": printed.getvalue()}

    def saved_model(self, path: Path) -> Any:
        """Save the model of the page there, and load it."""
        self.tab("Share")
        with self.page.expect_download() as download:
            self.page.locator("#save-model").click()
        download.value.save_as(path)
        return cr.load(path)

    @property
    def epoch(self) -> int:
        return int(self.page.locator("#epoch").inner_text().replace("\u2009", ""))

    def at_epoch(self, epoch: int) -> None:
        expect(self.page.locator("#epoch")).to_have_text(str(epoch))

    @property
    def rows(self) -> int:
        return int(self.page.locator(".pane.data .note").first.inner_text().split(" rows")[0].replace("\u2009", ""))

    def has_rows(self, rows: int) -> None:
        expect(self.page.locator(".pane.data .note").first).to_have_text(re.compile(f"^{rows} rows"))

    def has_classes(self, classes: int) -> None:
        expect(self.page.locator(".legend .item:not(.key)")).to_have_count(classes)

    def says(self, text: str) -> None:
        self.page.get_by_role("status").filter(has_text=text).wait_for()

    def no_harm(self) -> None:
        assert self.problems == []
        assert all(url.startswith(("file:", "data:", "blob:", "about:")) for url in self.requests)
        shown = self.page.locator("body").inner_text()
        assert "NaN" not in shown
        assert "Infinity" not in shown
        assert "undefined" not in shown


@pytest.fixture
def driven(browser: Any, file: Path) -> Iterator[Driven]:
    opened = Driven(browser, file.as_uri())
    yield opened
    opened.no_harm()
    opened.page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_fits_and_asks_for_nothing(browser: Any, file: Path, width: int, scheme: str) -> None:
    opened = Driven(browser, file.as_uri(), viewport={"width": width, "height": 844}, color_scheme=scheme, offline=True)
    opened.epochs(2)
    for tab in opened.page.get_by_role("tab").all():
        tab.click()
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    unnamed = opened.page.evaluate(
        "[...document.querySelectorAll('button, input, select')].filter(e => !(e.getAttribute('aria-label')"
        " || e.labels?.length || e.textContent.trim())).map(e => e.outerHTML)"
    )
    assert unnamed == []
    opened.no_harm()
    opened.page.close()


def test_data_sets(driven: Driven) -> None:
    for name, rows, classes in (("Moons", 300, 2), ("Spirals", 400, 2), ("XOR", 300, 2), ("Circles", 300, 2)):
        driven.page.get_by_role("radio", name=name, exact=True).click()
        driven.settle()
        driven.has_rows(rows)
        driven.has_classes(classes)
    driven.slide("Classes", 10)
    driven.has_classes(10)
    driven.slide("Rows", 100)
    driven.has_rows(100)
    driven.slide("Held out", 0.5)
    driven.slide("Noise", 0.01)
    before = driven.state()["data"]
    assert (before["heldOut"], before["noise"], before["seed"]) == (0.5, 0.01, 0)
    driven.click("New draw")
    assert driven.state()["data"]["seed"] == 1


def test_points_are_added_moved_and_deleted(driven: Driven) -> None:
    canvas = driven.page.locator(".map-canvas").first
    before = driven.rows
    driven.radio("Add")
    driven.page.get_by_role("radio", name="b", exact=True).click()
    canvas.click(position={"x": 60, "y": 30})
    driven.settle()
    driven.has_rows(before + 1)
    canvas.press("ArrowLeft")
    canvas.press("Enter")
    driven.settle()
    driven.has_rows(before + 2)
    driven.radio("Move")
    canvas.drag_to(canvas, source_position={"x": 60, "y": 30}, target_position={"x": 100, "y": 50})
    driven.settle()
    driven.radio("Delete")
    canvas.click(position={"x": 60, "y": 30})
    driven.settle()
    driven.has_rows(before + 2)
    canvas.click(position={"x": 100, "y": 50})
    driven.settle()
    driven.has_rows(before + 1)
    driven.tab("Share")
    assert "rows" not in driven.state()
    driven.page.locator("#with-rows").check()
    saved = driven.state()["rows"]
    assert (saved["rows"], base64.b64decode(saved["labels"])[-1]) == (before + 1, 1)


def csv_file(tmp_path: Path, rows: int = 60) -> Path:
    generator = np.random.default_rng(0)
    lines = [f'"{HOSTILE}",größe,色,b;c,species']
    for row in range(rows):
        a, b, c = generator.normal(size=3)
        lines.append(f"{a + row % 3},{b},{'红' if c > 0 else 'אדום'},{c},{('x', HOSTILE, '=1+1')[row % 3]}")
    path = tmp_path / "own.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_own_file_is_read_and_stays_private(driven: Driven, tmp_path: Path) -> None:
    driven.page.locator("#own-file").set_input_files(csv_file(tmp_path))
    driven.settle()
    driven.choose("Target", "species")
    driven.has_rows(60)
    expect(driven.page.locator(".legend .name")).to_have_text([HOSTILE, "=1+1", "x"])
    driven.epochs(3)
    driven.choose("Map", "principal components")
    driven.choose("Map", "two columns")
    driven.choose("Up", "b;c")
    driven.field("Other columns as in row", 7)
    state = driven.state()
    assert state["view"] == {"kind": "columns", "a": 0, "b": 3}
    assert state["pinned"] == 7
    assert "rows" not in state
    assert "theta" not in state
    assert driven.page.locator("img").count() == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        ("a\n1\n2", "one column"),
        ("a,b\n1,2\n3", "Row 2 has 1 fields"),
        ('a,b\n"1,2', "never closed"),
        ("a,b\n1,\0\n", "not text"),
        (",".join(["c"] * 101) + "\n", "at most 100"),
        ("a,b\n1,2\n", "at least 4"),
    ],
)
def test_a_bad_file_is_explained_in_one_sentence(driven: Driven, tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(content, encoding="utf-8")
    driven.page.locator("#own-file").set_input_files(path)
    driven.says(said)


def test_the_network_is_changed_by_clicks(driven: Driven) -> None:
    shape = expect(driven.page.get_by_test_id("shape"))
    shape.to_have_text("2–8–8–3, 123 parameters")
    driven.click("Add a hidden layer")
    driven.click("One unit fewer in hidden layer 3")
    driven.choose("Activation of hidden layer 3", "gelu")
    shape.to_have_text(re.compile("^2–8–8–7–3"))
    driven.click("Remove the last hidden layer")
    driven.radio("off")
    shape.to_have_text("2–8–8–3, 104 parameters")
    driven.radio("on")
    driven.page.locator(".chip", has_text="x1²").click()
    driven.page.locator(".chip", has_text="sin x2").click()
    driven.settle()
    shape.to_have_text("4–8–8–3, 139 parameters")
    driven.choose("Initialiser", "he normal")
    before = driven.theta()
    driven.click("Draw other starting weights")
    assert abs(driven.theta() - before).max() > 0
    found = driven.program()
    assert abs(found["theta"] - driven.theta()).max() < CLOSE


def test_weights_are_edited_in_place(driven: Driven) -> None:
    driven.click("Hidden layer 1, unit 2")
    driven.field("x2", -1.5)
    # the finer maps that come when the page rests leave what is being typed
    bias = driven.page.get_by_label("bias", exact=True)
    bias.fill("0.25")
    driven.page.wait_for_timeout(400)
    bias.press("Enter")
    driven.settle()
    theta = driven.theta()
    assert theta[3] == -1.5
    assert theta[17] == 0.25
    driven.click("Hidden layer 1, unit 2")
    box = driven.page.get_by_role("button", name="Input x1", exact=True).bounding_box()
    driven.page.mouse.click(box["x"] + box["width"] + 3, box["y"] + box["height"] / 2)
    editor = driven.page.locator(".weight-editor")
    editor.locator("input").first.fill("0.75")
    editor.locator("input").first.press("Enter")
    driven.settle()
    assert (driven.theta() == 0.75).sum() == 1
    probabilities = driven.page.get_by_test_id("probe-probabilities")
    before = probabilities.inner_text()
    driven.slide("x1", -0.5)
    expect(probabilities).not_to_have_text(before)
    assert sum(map(float, probabilities.inner_text().split())) == pytest.approx(1)


def test_play_pause_step_and_back_to_the_same_start(driven: Driven) -> None:
    start = driven.theta()
    driven.page.locator("#play").click()
    driven.page.locator("#epoch").filter(has_text=re.compile("[1-9]")).wait_for()
    driven.page.locator("#play").click()
    driven.settle()
    at = driven.epoch
    driven.epochs(2)
    driven.at_epoch(at + 2)
    driven.slide("History", 0)
    driven.at_epoch(0)
    assert (driven.theta() == start).all()
    driven.epochs(1)
    after_one = driven.theta()
    driven.click("Back to the same start")
    assert (driven.theta() == start).all()
    driven.epochs(1)
    assert (driven.theta() == after_one).all()
    driven.field("Stop at epoch", 5)
    driven.page.locator("#play").click()
    driven.says("Stopped at epoch 5")
    driven.at_epoch(5)


# Whether nothing was drawn for a second of the page's own clock: maps are drawn once more, finely, when it rests.
AT_REST = """() => {
  const seen = JSON.stringify(PICTURES), now = performance.now(), busy = document.documentElement.dataset.busy !== "no";
  if (busy || window.seen !== seen) [window.seen, window.since] = [seen, now];
  return now - window.since > 1000;
}"""


def test_every_canvas_shows_what_training_changed(driven: Driven) -> None:
    canvases = "[...document.querySelectorAll('.diagram canvas, .map-box canvas, .plot canvas')]"
    driven.page.set_viewport_size({"width": 1280, "height": 1400})
    pictures = f"{canvases}.map(canvas => canvas.toDataURL())"
    driven.page.wait_for_function(AT_REST.replace("PICTURES", pictures))
    before = driven.page.evaluate(pictures)
    assert len(set(before)) == len(before) == 7
    driven.epochs(8)
    changed = f"(before) => {pictures}.every((picture, i) => picture !== before[i])"
    driven.page.wait_for_function(changed, arg=before)
    driven.slide("History", 0)
    # the points and the network are again as they were
    driven.page.wait_for_function(f"(before) => {pictures}.slice(0, 2).every((p, i) => p === before[i])", arg=before)


def test_one_example_forward_backward_update(driven: Driven) -> None:
    driven.choose("Optimizer", "Gradient descent")
    start, x = driven.theta(), None
    note = driven.page.locator(".example-note")
    for phase in ("Forward", "Backward", "Update"):
        driven.page.locator(".transport .steps").click()
        driven.settle()
        expect(note).to_contain_text(phase)
    found = driven.program()
    x, t = found["x"], found["t"]
    row = int(np.flatnonzero(found["trained_on"])[0])
    network = found["network"]
    outputs = network.forward(start, x[[row]])
    dz = cr.SoftmaxCrossEntropy().gradient(outputs[-1], np.eye(3)[t[[row]]])
    expected = start - 0.01 * network.backward(start, outputs, dz)
    assert abs(driven.theta() - expected).max() < CLOSE


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"Optimizer": "Nesterov momentum", "Schedule": "cosine decay", "L2 penalty": "0.01"},
        {"Optimizer": "RMSprop", "Schedule": "step decay", "Batch size": "all rows", "L1 penalty": "0.001"},
        {"Optimizer": "Momentum", "Schedule": "inverse time decay", "Batch size": "1"},
        {"Optimizer": "Gradient descent", "Schedule": "exponential decay", "Batch size": "32"},
    ],
    ids=["adam", "nesterov", "rmsprop", "momentum", "descent"],
)
def test_the_program_gives_the_same_numbers(driven: Driven, settings: dict[str, str]) -> None:
    driven.page.get_by_role("radio", name="Gaussians (lesson)").click()
    driven.settle()
    driven.epochs(1)
    for label, option in settings.items():
        driven.choose(label, option)
    driven.epochs(3)
    found = driven.program()
    assert (found["x"] == cr.datasets.three_gaussians().x).all()
    assert abs(found["theta"] - driven.theta()).max() < CLOSE
    cost = found["cost"].value(found["theta"])
    shown = driven.page.locator(".plot output").first.inner_text()
    assert float(shown) == pytest.approx(cost, rel=6e-4)


def test_divergence_is_explained_and_never_shown_as_a_number(driven: Driven) -> None:
    driven.choose("Optimizer", "Gradient descent")
    driven.choose("Activation of hidden layer 1", "relu")
    driven.choose("Activation of hidden layer 2", "relu")
    driven.slide("Rate", 1)
    driven.choose("Batch size", "1")
    for _ in range(12):
        driven.epochs(1)
        if driven.page.get_by_role("status").filter(has_text="diverged").count():
            break
    assert np.isfinite(driven.theta()).all()


def test_scores_are_those_of_python(driven: Driven) -> None:
    driven.epochs(5)
    found = driven.program()
    z = found["network"].forward(found["theta"], found["x"])[-1]
    trained = found["trained_on"]
    expected = np.zeros((3, 3), int)
    np.add.at(expected, (found["t"][trained], z[trained].argmax(axis=1)), 1)
    driven.tab("Scores")
    expect(driven.page.locator(".confusion tbody tr")).to_have_count(3)
    for row, counts in zip(driven.page.locator(".confusion tbody tr").all(), expected, strict=True):
        for cell, count in enumerate(counts):
            expect(row.locator("td").nth(cell)).to_have_text(str(count))
    y = np.exp(z - z.max(axis=1, keepdims=True))
    y = (y / y.sum(axis=1, keepdims=True))[trained]
    bins = np.minimum((y.max(axis=1) * 10).astype(int), 9)
    right = y.argmax(axis=1) == found["t"][trained]
    gaps = [abs((right - y.max(axis=1))[bins == b].sum()) for b in range(10)]
    calibration = driven.page.get_by_test_id("calibration")
    eventually(lambda: assert_allclose(float(calibration.inner_text()), sum(gaps) / len(y), rtol=0, atol=6e-4))


def test_runs_side_by_side(driven: Driven) -> None:
    driven.tab("Race of optimizers")
    driven.field("Epochs", 3)
    driven.page.get_by_role("button", name="Start the race").click()
    expect(driven.page.locator("table.runs tbody tr")).to_have_count(5)
    driven.tab("Side by side")
    driven.page.get_by_label("Change", exact=True).select_option(label="Batch size")
    driven.page.get_by_label("to", exact=True).select_option(label="16")
    driven.field("Epochs", 2)
    driven.page.get_by_role("button", name="Run both").click()
    driven.page.get_by_text("number for number").wait_for()
    driven.page.get_by_label("to", exact=True).select_option(label="64")
    driven.page.get_by_role("button", name="Run both").click()
    driven.page.get_by_text("first differ after epoch 1").wait_for()


def test_cost_surface_with_the_path(driven: Driven) -> None:
    driven.epochs(4)
    driven.tab("Cost surface")
    driven.page.get_by_role("button", name="Measure the cost").click()
    expect(driven.page.get_by_test_id("surface")).to_contain_text("of the path")


def test_biases_kept_zeroed_and_left_out(driven: Driven) -> None:
    driven.page.get_by_role("radio", name="Gaussians (lesson)").click()
    driven.settle()
    driven.tab("What a bias is worth")
    driven.field("Epochs", 4)
    driven.page.get_by_role("button", name="Compare").click()
    driven.page.locator(".bias-table").wait_for()
    table = [row.locator("td").all_inner_texts() for row in driven.page.locator(".bias-table tbody tr").all()]
    driven.epochs(4)
    kept = driven.program()["printed"]
    driven.radio("zeroed after training")
    zeroed = driven.program()["printed"]
    driven.radio("off")
    driven.epochs(4)
    without = driven.program()["printed"]
    for shown, printed in zip(table, (kept, zeroed, without), strict=True):
        _, accuracy, held = (float(line.split()[-1]) for line in printed.splitlines())
        assert shown == [f"{100 * accuracy:.1f} %", f"{100 * held:.1f} %"]


def test_a_link_opens_the_same_state(browser: Any, driven: Driven) -> None:
    driven.epochs(2)
    driven.choose("Optimizer", "Momentum")
    driven.tab("Share")
    address = driven.page.get_by_label("Link", exact=True).input_value()
    other = Driven(browser, address)
    assert other.state() == driven.state()
    other.at_epoch(2)
    other.no_harm()
    other.page.close()


@pytest.mark.parametrize("optimizer", ["Gradient descent", "Nesterov momentum", "RMSprop", "Adam"])
def test_a_link_goes_on_training_with_the_same_numbers(browser: Any, driven: Driven, optimizer: str) -> None:
    driven.choose("Optimizer", optimizer)
    before = len(json.dumps(driven.state()))
    driven.epochs(2)
    state = driven.state()
    assert before < 3000
    other = Driven(browser, driven.page.get_by_label("Link", exact=True).input_value())
    for page in (driven, other):
        page.epochs(2)
    assert driven.state() != state
    assert other.state() == driven.state()
    # from numbers that its program did not compute, an odd number of the order's bits left over or not
    assert abs(other.program()["theta"] - driven.theta()).max() < CLOSE
    driven.page.locator(".transport .steps").click(click_count=3, delay=60)
    driven.settle()
    driven.epochs(1)
    assert abs(driven.program()["theta"] - driven.theta()).max() < CLOSE
    other.no_harm()
    other.page.close()


def test_a_saved_page_holds_the_rows(browser: Any, driven: Driven, tmp_path: Path) -> None:
    driven.page.locator("#own-file").set_input_files(csv_file(tmp_path))
    driven.settle()
    driven.choose("Target", "species")
    driven.epochs(1)
    driven.tab("Share")
    driven.page.locator("#with-rows").check()
    with driven.page.expect_download() as download:
        driven.page.locator("#save-page").click()
    saved = tmp_path / "saved.html"
    download.value.save_as(saved)
    other = Driven(browser, saved.as_uri())
    other.tab("Share")
    other.page.locator("#with-rows").check()
    assert other.state() == driven.state()
    assert other.page.locator("img").count() == 0
    other.no_harm()
    other.page.close()


@pytest.mark.parametrize(
    ("classes", "bias", "activation"),
    [(3, "on", "tanh"), (2, "on", "leaky_relu"), (10, "off", "elu"), (2, "off", "relu"), (3, "zeroed", "gelu")],
)
def test_the_saved_model_predicts_what_the_page_does(
    driven: Driven, tmp_path: Path, classes: int, bias: str, activation: str
) -> None:
    driven.page.get_by_role("radio", name="Gaussians (lesson)").click()
    driven.slide("Classes", classes)
    driven.radio(bias)
    driven.choose("Activation of hidden layer 1", activation)
    driven.epochs(2)
    names = driven.page.locator(".legend .name").all_inner_texts()
    found = driven.program()
    model = driven.saved_model(tmp_path / "playground.safetensors")
    in_python = found["network"].forward(found["theta"], found["x"])[-1]
    expected = cr.Softmax().forward({}, in_python)
    in_order = [names.index(label) for label in model.classes_]
    assert_allclose(model.predict_proba(found["x"]), expected[:, in_order], rtol=0, atol=CLOSE)
    assert sorted(names) == model.classes_.tolist()


def test_the_saved_model_takes_rows_as_people_write_them(driven: Driven, tmp_path: Path) -> None:
    generator, path = np.random.default_rng(0), tmp_path / "own.csv"
    rows = [f"{a:.2f},{'אב'[int(a > 170)]},{b:.3f}" for a, b in generator.normal((170, 0.01), (10, 0.005), (40, 2))]
    path.write_text("\n".join(["height,kind,share", *rows]), encoding="utf-8")
    driven.page.locator("#own-file").set_input_files(path)
    driven.settle()
    driven.choose("Target", "kind")
    driven.epochs(2)
    driven.tab("Share")
    driven.page.locator("#with-rows").check()
    found = driven.program()
    model = driven.saved_model(tmp_path / "playground.safetensors")
    expected = cr.Softmax().forward({}, found["network"].forward(found["theta"], found["x"])[-1])
    table = pd.read_csv(path)
    assert_allclose(model.predict_proba(table[["height", "share"]]), expected, rtol=0, atol=CLOSE)
    predicted = tmp_path / "predictions.csv"
    done = CliRunner().invoke(
        app, ["predict", str(tmp_path / "playground.safetensors"), str(path), "--out", str(predicted)]
    )
    assert done.exit_code == 0, done.output
    assert pd.read_csv(predicted)["prediction"].tolist() == model.predict(table[["height", "share"]]).tolist()


def test_what_a_model_file_cannot_hold_is_said(driven: Driven) -> None:
    driven.page.locator(".chip", has_text="x1²").click()
    driven.settle()
    driven.tab("Share")
    driven.page.locator("#save-model").click()
    driven.says("remove the extra features")


@pytest.mark.parametrize(
    "state",
    [
        "%",
        "null0",
        {"version": 2},
        {"version": 1, "spec": {"hidden": [{"units": 1e9, "activation": "tanh"}], "features": []}},
        {"version": 1, "training": {"optimizer": HOSTILE}},
        {"version": 1, "theta": base64.b64encode(np.full(123, np.nan).tobytes()).decode(), "epoch": 0},
        {"version": 1, "rows": {"rows": 2, "columns": [HOSTILE], "classes": [HOSTILE, "b"]}},
    ],
)
def test_a_hostile_link_is_explained(browser: Any, file: Path, state: Any) -> None:
    text = state if isinstance(state, str) else base64.urlsafe_b64encode(json.dumps(state).encode()).decode()
    opened = Driven(browser, f"{file.as_uri()}#{text}")
    opened.page.get_by_role("status").filter(has_text=".").first.wait_for()
    opened.epochs(1)
    opened.at_epoch(1)
    opened.no_harm()
    opened.page.close()


def test_rows_of_python_are_in_the_page_and_in_a_notebook(browser: Any, tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    table = pa.table({HOSTILE: np.arange(40.0), "colour": ["red", "red", "blue", "blue"] * 10})
    shown = cr.Playground(table, [HOSTILE, "b"] * 20)
    opened = Driven(browser, shown.write(tmp_path / "own.html").as_uri())
    opened.has_rows(40)
    opened.epochs(1)
    opened.no_harm()
    opened.page.close()
    (tmp_path / "notebook.html").write_text(f"<!DOCTYPE html><meta charset=utf-8>{shown._repr_html_()}", "utf-8")
    page = patient(browser.new_page())
    page.goto((tmp_path / "notebook.html").as_uri())
    page.frame_locator("iframe").locator("#play").click()
    page.frame_locator("iframe").locator("#play[aria-label=Pause]").wait_for()
    page.close()
    assert html.escape(HOSTILE) not in shown.to_html().split("</style>")[1].split("<script>")[0]
