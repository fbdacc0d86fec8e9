"""The live figures of the lesson in a browser: they begin with the numbers of the text, and go on as Python does."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_equal

from chainrule.arrays import Array
from chainrule.engine import Cost
from chainrule.inspection import trace
from chainrule.layers import LeakyReLU, Sigmoid
from chainrule.optimizers import GradientDescent, Momentum
from chainrule.pages.lesson import gaussians, rings, write_lesson
from chainrule.training.loop import train
from tests.browser.waiting import eventually, expect, patient

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser: Any, lesson: Path) -> Iterator[Any]:
    opened = patient(browser.new_page(viewport={"width": 1280, "height": 900}))
    problems: list[str] = []
    opened.on("console", lambda message: problems.append(message.text))
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("request", lambda request: problems.append(request.url) if request.url.startswith("http") else None)
    opened.goto(lesson.as_uri())
    yield opened
    assert problems == []
    opened.close()


def live(page: Any, name: str) -> Any:
    return page.locator(f"[data-figure={name}] > .live")


def numbers(figure: Any, within: str = ".live-told") -> list[float]:
    """The numbers of a live figure with all their digits."""
    return [float(one) for one in figure.locator(f"{within} data").evaluate_all("all => all.map(each => each.value)")]


def shows(figure: Any, expected: Any, within: str = ".live-told", at: Any = slice(None), rtol: float = 0) -> None:
    """Wait until a live figure shows numbers, or those at a place of them."""
    eventually(lambda: np.testing.assert_allclose(np.array(numbers(figure, within))[at], expected, rtol=rtol))


def move(figure: Any, label: str, to: float) -> None:
    """Drag a slider."""
    figure.get_by_role("slider", name=label).evaluate(
        "(s, to) => { s.value = to; s.dispatchEvent(new Event('input')) }", str(to)
    )


def words(page: Any) -> str:
    """What a reader reads outside the figures."""
    inside = "document.querySelectorAll('.live').forEach(each => each.remove())"
    return " ".join(page.evaluate(f"() => {{ {inside}; return document.querySelector('main').innerText }}").split())


def test_the_descent_begins_with_the_cost_of_the_text(page: Any, part1: gaussians.GaussiansLesson) -> None:
    figure, cost = live(page, "descent"), part1.descent.history.cost
    right = gaussians.accuracy(part1.descent.theta, part1.x, part1.t)
    shows(figure, [cost[-1], right], rtol=1e-12)
    shown = figure.locator(".live-told data").first.inner_text()
    assert f"to {shown} in fifty steps" in words(page)


@pytest.mark.parametrize("rate", [0.001, 0.025, 0.2, 1.0])
def test_a_dragged_rate_descends_as_in_python(page: Any, part1: gaussians.GaussiansLesson, rate: float) -> None:
    figure, costs = live(page, "descent"), [part1.start_cost, *part1.sweep[rate].history.cost]
    move(figure, "Learning rate", round(100 * np.log10(rate)))
    for step in (50, 7, 1, 0):
        move(figure, "Step", step)
        shows(figure, costs[step], at=0, rtol=1e-9)
    after = re.escape(f"{costs[0]:.2f} after step 0")
    expect(figure.get_by_label("The cost over")).to_have_attribute("aria-label", re.compile(after))


def test_the_keys_move_the_rate_and_reset_brings_it_back(page: Any, part1: gaussians.GaussiansLesson) -> None:
    figure = live(page, "descent")
    slider = figure.get_by_role("slider", name="Learning rate")
    before = numbers(figure)
    slider.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "0.026")
    cost = Cost.of(gaussians.network, gaussians.loss, part1.x, part1.t, reduction="sum")
    ahead = train(cost, GradientDescent(0.026), part1.start, max_epochs=50).history.cost[-1]
    shows(figure, ahead, at=0, rtol=1e-12)
    figure.get_by_role("button", name="Reset").click()
    shows(figure, before)


def test_biases_move_boundaries_and_points_as_in_python(page: Any, part1: gaussians.GaussiansLesson) -> None:
    figure, x, t = live(page, "bias"), part1.x, part1.t
    theta = part1.descent.theta
    settings = {
        "As trained": theta,
        "Bias set to zero": gaussians.without_bias(theta),
        "Trained without bias": part1.unbiased,
    }
    text = []
    for name, expected in settings.items():
        figure.get_by_role("button", name=name).click()
        expect(figure.get_by_role("button", name=name)).to_have_attribute("aria-pressed", "true")
        shows(figure, [gaussians.accuracy(expected, x, t)])
        shows_counts(figure, gaussians.confusion(expected, x, t))
        text.append(figure.locator(".live-told strong").inner_text())
    figure.get_by_role("button", name="As trained").click()
    moved = theta.copy()
    gaussians.network.views(moved)[0]["bias"][1] = -3.5
    move(figure, "Bias of class b", -3.5)
    shows_counts(figure, gaussians.confusion(moved, x, t))
    assert gaussians.confusion(moved, x, t)[1, 1] < gaussians.confusion(theta, x, t)[1, 1]
    shows(figure, [gaussians.accuracy(moved, x, t)])
    assert all(f"{share}" in words(page).replace("\xa0", " ") for share in (each.replace("\xa0", " ") for each in text))


def shows_counts(figure: Any, expected: Array) -> None:
    """Wait until the table of a live figure shows counts."""
    cells = figure.locator("tbody td")
    expect(cells).to_have_text([f"{count}" for count in expected.ravel()])


def test_softmax_and_one_neuron_begin_with_the_numbers_of_the_text(page: Any, part1: gaussians.GaussiansLesson) -> None:
    softmax, neuron, of = live(page, "softmax"), live(page, "neuron"), part1.neuron
    first = gaussians.sigmoid(gaussians.TWO_LOGITS[0] - gaussians.TWO_LOGITS[1])
    shows(softmax, [first, 1 - first], ".live-bars", rtol=1e-12)
    softmax.get_by_role("button", name="Add 1").click()
    shows(softmax, [first, 1 - first], ".live-bars", rtol=1e-12)
    move(softmax, "Logit z₁", -1.0)
    shows(softmax, gaussians.sigmoid(-2.5), ".live-bars", at=0, rtol=1e-12)
    chain = [gaussians.WEIGHT, of.dz_dw, of.z, of.dy_dz, of.y, of.dloss_dy, of.loss]
    shows(neuron, chain, ".live-chain", rtol=1e-12)
    shows(neuron, [of.dloss_dy, of.dy_dz, of.dz_dw, of.dloss_dw], rtol=1e-12)
    move(neuron, "Weight", -1.25)
    y = gaussians.sigmoid(-1.25 * gaussians.INPUT)
    shows(neuron, (y - 1) * gaussians.INPUT, at=-1, rtol=1e-12)


def test_a_term_lights_up_with_its_number_and_its_place(page: Any) -> None:
    def lit(*expected: str) -> None:
        shown = "[...document.querySelectorAll('.lit')].map(each => each.dataset.k)"
        eventually(lambda: assert_equal(set(page.evaluate(shown)), set(expected)))

    term = page.locator(".formula [data-k=dLdw]").first
    term.hover()
    page.mouse.move(*(term.bounding_box()[side] + 4 for side in "xy"))
    lit("dLdw")
    kinds = page.evaluate("[...document.querySelectorAll('.lit')].map(each => each.tagName)")
    assert {"mrow", "path", "DATA"} <= set(kinds)
    assert sum(kind == "mrow" for kind in kinds) == 2  # the term, and its number below
    page.mouse.move(2, 2)
    lit()
    formula = page.locator(".formula.learn-formula").first
    formula.focus()
    for expected in ("dLdw", "dLdy", "dydz", "dzdw"):
        formula.press("ArrowRight")
        lit(expected)


def test_the_rings_are_trained_as_in_python(page: Any, part2: rings.RingsLesson) -> None:
    figure, text = live(page, "costs"), []
    for name, fit in (("leaky ReLU", part2.leaky), ("sigmoid", part2.logistic), ("one layer", part2.linear)):
        figure.get_by_role("button", name=name).click()
        shows(figure, [fit.training.history.cost[-1], fit.accuracy], rtol=1e-6)
        text.append(figure.locator(".live-told data").first.inner_text())
    velocity = live(page, "momentum")
    shows(velocity, part2.momentum.history.cost[-1], at=0, rtol=1e-8)
    text.append(velocity.locator(".live-told data").first.inner_text())
    velocity.get_by_role("button", name="Nesterov").click()
    shows(velocity, part2.nesterov.history.cost[-1], at=0, rtol=1e-8)
    move(velocity, "Momentum", 0.5)
    start = part2.logistic.network.flatten(
        [
            {"weights": part2.start_weights[0], "bias": np.zeros(3)},
            {},
            {"weights": part2.start_weights[1], "bias": np.zeros(3)},
        ]
    )
    cost = Cost.of(part2.logistic.network, rings.loss, part2.x, part2.t, reduction="sum")
    half = train(cost, Momentum(rings.RATE, 0.5, nesterov=True), start, max_epochs=rings.STEPS)
    shows(velocity, half.history.cost[-1], at=0, rtol=1e-8)
    told = words(page)
    assert f"to {text[0]} with leaky ReLU" in told
    assert f"to {text[1]} with the sigmoid" in told
    assert f"ends at {text[3]}." in told


def test_one_step_goes_too_far_at_first(page: Any, part1: gaussians.GaussiansLesson) -> None:
    figure, x, t = live(page, "one_step"), part1.x, part1.t
    right = gaussians.accuracy(part1.one_step, x, t)
    shows(figure, [part1.start_cost, part1.one_step_cost, right], rtol=1e-11)
    shown = [each.inner_text() for each in figure.locator(".live-told data").all()]
    heights = figure.locator(".live-rows rect").evaluate_all("all => all.map(each => each.height.baseVal.value)")
    rows = gaussians.probabilities(part1.one_step, x)[np.argsort(t.argmax(axis=1), kind="stable")]
    np.testing.assert_allclose(np.reshape(heights, (60, 3)), rows, atol=1e-6)
    move(figure, "Learning rate", round(100 * np.log10(0.025)))
    shows(figure, part1.descent.history.cost[0], at=1, rtol=1e-11)
    assert f"from {shown[0]} to {shown[1]}" in words(page)


def test_hidden_neurons_are_those_of_the_text(page: Any, part2: rings.RingsLesson) -> None:
    figure, place = live(page, "units"), part2.places[1]
    shows(figure, place.h, ".live-title", rtol=1e-4)
    expect(figure.locator(".live-title data")).to_have_text(
        [f"{value:.2f}".replace("-", "\u2212") for value in place.h]
    )
    figure.get_by_role("button", name="sigmoid").click()
    hidden = part2.logistic.network.forward(part2.logistic.training.theta, place.x[None])[2][0]
    shows(figure, hidden, ".live-title", rtol=1e-6)
    move(figure, "Step", 0)
    before = 1 / (1 + np.exp(-place.x @ part2.start_weights[0]))
    shows(figure, before, ".live-title", rtol=1e-12)
    listed = ", ".join(f"{value:.2f}" for value in place.h).replace("-", "\u2212")
    assert listed.replace(" ", "") in words(page).replace(" ", "")


def test_activations_have_the_values_and_slopes_of_their_layers(page: Any) -> None:
    figure = live(page, "activations")
    for a in (1.0, -2.5, 0.0):
        move(figure, "The number", a)
        expected = []
        for layer in (Sigmoid(), LeakyReLU(0.1)):
            x = np.array([a])
            y = layer.function(x)
            expected += [y[0], layer.derivative(x, y)[0]]
        shows(figure, expected, rtol=1e-12)


def test_one_weight_through_the_hidden_layer(page: Any, part2: rings.RingsLesson) -> None:
    figure, of, row = live(page, "through"), part2.weight, part2.row
    shows_in_picture(figure, way_of(of, row))
    shows(figure, [row.loss, of.dw], rtol=1e-11)
    network, theta = part2.leaky.network, part2.leaky.training.theta.copy()
    network.views(theta)[0]["weights"][rings.INPUT, rings.NEURON] = 0.25
    figure.get_by_role("slider", name="Weight").evaluate(
        "s => { s.step = 'any'; s.value = 0.25; s.dispatchEvent(new Event('input')) }"
    )
    x, t = part2.x[rings.ROW], part2.t[rings.ROW]
    moved = rings.one_weight(network, rings.loss, theta, x, t)
    there = way_of(moved, trace(network, rings.loss, theta, x, t))
    shows_in_picture(figure, there)
    told = words(page)
    assert all(f"{value:.4f}".replace("-", "\u2212") in told for value in (row.loss, of.weight, of.dh, of.dw))


def shows_in_picture(figure: Any, expected: dict[str, float]) -> None:
    """Wait until the picture of the network shows numbers, by their keys."""
    read = "all => all.map(each => [each.dataset.k, Number(each.dataset.value)])"

    def check() -> None:
        found = dict(figure.locator("text[data-k]").evaluate_all(read))
        assert found == {key: pytest.approx(value, rel=1e-11) for key, value in expected.items()}

    eventually(check)


def way_of(of: rings.OneWeight, row: Any) -> dict[str, float]:
    """What the picture must show."""
    first, bend, last = row.links
    vectors = {"x": first.x, "a": first.y, "h": bend.y, "z": last.y, "y": row.y, "dz": row.dz, "v": of.onward}
    each = {f"t-{name}{at}": value for name, values in vectors.items() for at, value in enumerate(values, start=1)}
    one = {"t-w": of.weight, "t-dw": of.dw, "t-dh": of.dh, "t-da": of.dh * of.bend, "t-L": row.loss}
    return {key: float(value) for key, value in (each | one).items()}


def test_every_slider_and_picture_has_a_name(page: Any) -> None:
    in_order = (1, 2, 2, 1, 2, 2, 3, 1, 1, 1, 1, 1, 2, 2, 1, 1, 1, 1, 1, 3, 2)
    figures = "[...document.querySelectorAll('.live')].map(each => each.querySelectorAll('input[type=range]').length)"
    page.wait_for_function(f"() => {figures}.join() === '{','.join(map(str, in_order))}'")
    sliders = page.locator(".live input[type=range]").all()
    assert all(
        slider.evaluate("s => s.labels.length === 1 && s.labels[0].textContent.trim().length > 3") for slider in sliders
    )
    assert all(slider.get_attribute("aria-valuetext") for slider in sliders)
    for picture in page.locator(".live canvas, .live svg[role=img]").all():
        assert len(picture.get_attribute("aria-label")) > 30


def test_a_part_alone_has_its_own_figures(browser: Any, tmp_path: Path) -> None:
    page = patient(browser.new_page())
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(write_lesson(tmp_path, (1,))[0].as_uri())
    expect(page.locator(".live")).to_have_count(10)
    expect(page.locator(".answers")).to_have_count(9)
    assert problems == []
    page.close()
