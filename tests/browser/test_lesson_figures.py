"""The figures of the lesson that are stepped through, clicked and trained in the page: their numbers are Python's."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chainrule.arrays import Array
from chainrule.engine import Cost
from chainrule.initializers import initialize
from chainrule.inspection import trace
from chainrule.layers import Dense, LeakyReLU, Sigmoid, Tanh
from chainrule.losses import PerceptronCriterion
from chainrule.network import Network
from chainrule.optimizers import Momentum, Newton, PerceptronRule
from chainrule.pages.lesson import gaussians, rings
from chainrule.training.loop import train
from tests.browser.waiting import patient

pytestmark = pytest.mark.browser

# Numbers of a figure, once they are there.
ARE = """([name, within, expected, tolerance]) => {
    const found = [...document.querySelectorAll(`[data-figure=${name}] > .live ${within} data`)];
    return found.length === expected.length && found.every((each, i) => {
        return Math.abs(Number(each.value) - expected[i]) <= tolerance * Math.max(1e-9, Math.abs(expected[i]));
    });
}"""


@pytest.fixture(scope="module")
def page(browser: Any, lesson: Path) -> Iterator[Any]:
    opened = patient(browser.new_page(viewport={"width": 1280, "height": 900}))
    problems: list[str] = []
    opened.on("console", lambda message: problems.append(message.text))
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.goto(lesson.as_uri())
    yield opened
    assert problems == []
    opened.close()


def live(page: Any, name: str) -> Any:
    return page.locator(f"[data-figure={name}] > .live")


def expect(page: Any, name: str, expected: Sequence[float], rtol: float = 1e-9, within: str = ".live-told") -> None:
    """Wait until a figure has these numbers."""
    from playwright.sync_api import TimeoutError as TooLate

    try:
        page.wait_for_function(ARE, arg=[name, within, [float(each) for each in expected], rtol])
    except TooLate as error:
        found = live(page, name).locator(f"{within} data").evaluate_all("all => all.map(each => each.value)")
        raise AssertionError(f"{name}: expected {list(expected)}, found {found}") from error


def move(figure: Any, label: str, to: float) -> None:
    """Drag a slider."""
    figure.get_by_role("slider", name=label).evaluate(
        "(s, to) => { s.value = to; s.dispatchEvent(new Event('input')) }", str(to)
    )


def press(figure: Any, name: str) -> None:
    figure.get_by_role("button", name=name, exact=True).click()


@pytest.mark.parametrize("rate", gaussians.SWEEP)
def test_the_sweep_has_the_rates_of_the_text(page: Any, part1: gaussians.GaussiansLesson, rate: float) -> None:
    figure, costs = live(page, "sweep"), np.array([part1.start_cost, *part1.sweep[rate].history.cost])
    move(figure, "Learning rate", round(100 * np.log10(rate)))
    for step in (gaussians.STEPS, 9):
        move(figure, "After step", step)
        page.wait_for_function(
            """([cost, rises]) => {
                const found = [...document.querySelectorAll('[data-figure=sweep] .live-told data')];
                const [here, raised, lowest] = found.map(each => Number(each.value));
                return Math.abs(here - cost) < 1e-8 * cost && raised === rises && lowest < 1.001 * cost;
            }""",
            arg=[float(costs[step]), int((np.diff(costs[: step + 1]) > 0).sum())],
        )


def test_counts_of_the_confusion_matrix_list_their_points(page: Any, part1: gaussians.GaussiansLesson) -> None:
    figure, x, labels = live(page, "confusion"), part1.x, part1.t.argmax(axis=1)
    settings = {
        "As trained": part1.descent.theta,
        "Bias set to zero": gaussians.without_bias(part1.descent.theta),
        "Trained without bias": part1.unbiased,
    }
    for name, theta in settings.items():
        press(figure, name)
        y = gaussians.probabilities(theta, x)
        for least in (0.33, 0.8):
            move(figure, "Least probability", least)
            given = np.where(y.max(axis=1) < least, 3, y.argmax(axis=1))
            decided = given < 3
            expect(page, "confusion", [decided.sum(), (given == labels)[decided].mean()])
            for true, predicted in ((1, 2), (2, 1), (1, 3)):
                inside = (labels == true) & (given == predicted)
                what = f"classified as {'abc'[predicted]}" if predicted < 3 else "given no class"
                press(figure, f"{inside.sum()} points of class {'abc'[true]} {what}")
                expect(page, "confusion", y[inside].ravel(), within=".live-listed")


def test_a_dragged_point_goes_through_the_diagrams(
    page: Any, part1: gaussians.GaussiansLesson, part2: rings.RingsLesson
) -> None:
    cases = (
        ("diagram", gaussians.network, part1.descent.theta, part1.x),
        ("hidden_diagram", part2.leaky.network, part2.leaky.training.theta, part2.x),
    )
    for name, network, theta, x in cases:
        figure = live(page, name)
        expect_diagram(page, name, network, theta, x[0])
        press(figure, "Another point of the data")
        expect_diagram(page, name, network, theta, x[len(x) // 3 + 1])
        move(figure, "Input x₁", 1.5)
        move(figure, "Input x₂", -0.25)
        expect_diagram(page, name, network, theta, np.array([1.5, -0.25]))


def expect_diagram(page: Any, name: str, network: Network, theta: Array, x: Array) -> None:
    y = rings.probabilities(network, theta, x[None])[0]
    expect(page, name, [y.max()], 1e-7)
    outputs = network.forward(theta, x[None])
    key = "d1" if name == "diagram" else "d2"
    expected = {f"{key}-x-{i}": value for i, value in enumerate(x)}
    expected |= {f"{key}-y-{c}": value for c, value in enumerate(y)}
    for at, (params, rows, sums) in enumerate(
        (params, outputs[number][0], outputs[number + 1][0])
        for number, params in enumerate(network.views(theta))
        if params
    ):
        products = rows[:, None] * params["weights"]
        np.testing.assert_allclose(products.sum(axis=0) + params["bias"], sums)
        expected |= {f"{key}-s-{at}-{unit}": value for unit, value in enumerate(sums)}
        expected |= {f"{key}-{at}-{i}-{unit}": value for (i, unit), value in np.ndenumerate(products)}
    found = live(page, name).locator("text[data-k]").evaluate_all("all => all.map(e => [e.dataset.k, e.dataset.value])")
    shown = {key: float(value) for key, value in found}
    assert {key: shown[key] for key in expected} == {
        key: pytest.approx(value, rel=1e-6, abs=1e-9) for key, value in expected.items()
    }


def test_rosenblatts_rule_makes_the_corrections_of_python(page: Any, part1: gaussians.GaussiansLesson) -> None:
    figure, classes = live(page, "perceptron"), part1.t.argmax(axis=1)
    for name, pair, training in (("a and b", (0, 1), part1.separable), ("b and c", (1, 2), part1.overlapping)):
        press(figure, name)
        slider = figure.get_by_role("slider", name="Corrections")
        chosen = np.isin(classes, pair)
        x, t = part1.x[chosen], (classes[chosen] == pair[1]).astype(float)
        line = Network((Dense(2, 1),))
        cost = Cost.of(line, PerceptronCriterion(), x, t, reduction="sum")
        # by passes from the start
        expect(page, "perceptron", [0, 0, 0, t.sum(), 1])
        for passes in (1, 2):
            press(figure, "To the end of the pass")
            theta = train(cost, PerceptronRule(), line.zeros(), batch_size=1, random_state=0, max_epochs=passes).theta
            wrong = ((x @ theta[:2] + theta[2] > 0) != t).sum()
            done = passes + 1 >= len(training.history)
            expect(page, "perceptron", [*theta, wrong, len(training.history) if done else passes + 1])
            if done:
                break
        slider.press("End")
        wrong = ((x @ training.theta[:2] + training.theta[2] > 0) != t).sum()
        expect(page, "perceptron", [*training.theta, wrong, len(training.history)])
        press(figure, "Back to zero weights")
        press(figure, "Correct one mistake")
        first = np.random.default_rng(0).permutation(len(x))
        mistake = next(row for row in first if t[row] == 1)
        figure.locator(".live-told", has_text=f"w = ({x[mistake, 0]:.2f}".replace("-", "−")).wait_for()


def test_newtons_steps_are_those_of_python(page: Any, part1: gaussians.GaussiansLesson) -> None:
    figure = live(page, "newton")
    newton = [part1.start_cost, *part1.newton.history.cost]
    descent = [part1.start_cost, *part1.descent.history.cost]
    cost = Cost.of(gaussians.network, gaussians.loss, part1.x, part1.t, reduction="sum")
    theta = part1.start
    for step in range(4):
        move(figure, "Step", step)
        after = Newton().step(cost, theta, Newton().init(theta)).theta if step == 0 else part1.newton_thetas[step + 1]
        direction = after - theta
        # slope and curvature along the step, by differences of the gradient
        slope = cost.value_and_gradient(theta)[1] @ direction
        h = 1e-4
        ahead, behind = (cost.value_and_gradient(theta + by * direction)[1] @ direction for by in (h, -h))
        lowest = -slope / ((ahead - behind) / (2 * h))
        expect(page, "newton", [newton[step], descent[step], lowest, cost.value(theta + lowest * direction)], 1e-6)
        theta = after


def test_one_layer_is_trained_on_coordinates_and_on_the_feature(page: Any, part2: rings.RingsLesson) -> None:
    figure = live(page, "rings")
    for name, fit in (("x₁ and x₂", part2.linear), ("q = x₁² + x₂²", part2.handmade)):
        press(figure, name)
        expect(page, "rings", [fit.training.history.cost[-1], fit.accuracy, fit.fresh_accuracy], 1e-6)
    move(figure, "Step", 0)
    expect(page, "rings", [len(part2.x) * np.log(3), 1 / 3, 1 / 3])


def test_hidden_layers_of_any_size_are_trained_as_in_python(page: Any, part2: rings.RingsLesson) -> None:
    figure = live(page, "useful")
    for neurons, name, activation, start in (
        (16, "tanh", Tanh(), 1),
        (3, "tanh", Tanh(), 5),
        (4, "sigmoid", Sigmoid(), 2),
    ):
        move(figure, "Hidden neurons", neurons)
        press(figure, name)
        press(figure, f"start {start}")
        network = Network((Dense(2, neurons), activation, Dense(neurons, 3)))
        cost = Cost.of(network, rings.loss, part2.x, part2.t, reduction="sum")
        training = train(
            cost,
            Momentum(rings.SIZES_RATE, nesterov=True),
            initialize(network, random_state=start - 1),
            max_epochs=rings.STEPS,
        )
        theta = training.theta
        fresh = rings.accuracy(network, theta, *part2.fresh)
        expect(
            page,
            "useful",
            [cost.value(theta), rings.accuracy(network, theta, part2.x, part2.t), fresh],
            1e-4,
        )
    sizes = {size.neurons: size for size in part2.sizes}
    move(figure, "Hidden neurons", 8)
    press(figure, "tanh")
    press(figure, "start 4")
    page.locator("[data-figure=useful] [data-done=true]").wait_for()
    found = float(figure.locator(".live-told data").first.get_attribute("value"))
    assert found == pytest.approx(sizes[8].costs[3], rel=1e-4)


def test_decisions_of_both_networks_at_both_rates(page: Any, part2: rings.RingsLesson) -> None:
    figure, fits = live(page, "decisions"), (part2.leaky, part2.logistic)
    expected = [number for fit in fits for number in (fit.training.history.cost[-1], fit.accuracy)]
    expect(page, "decisions", expected, 1e-6)
    press(figure, "rate 0.005")
    page.wait_for_function(
        """cost => {
            const first = document.querySelector('[data-figure=decisions] .live-told data');
            return Math.abs(first.value - cost) < 1e-6 * cost;
        }""",
        arg=part2.half_rate.training.history.cost[-1],
    )
    move(figure, "Step", 0)
    costs = part2.start_costs["leaky ReLU"], part2.start_costs["sigmoid"]
    page.wait_for_function(
        """costs => [...document.querySelectorAll('[data-figure=decisions] strong:first-child data')].every(
            (each, i) => Math.abs(each.value - costs[i]) < 1e-9 * costs[i])""",
        arg=list(costs),
    )


def test_a_wrong_derivative_trains_badly_and_is_found(page: Any, part2: rings.RingsLesson) -> None:
    figure = live(page, "planted")
    start = part2.tanh.network.flatten(
        [
            {"weights": part2.start_weights[0], "bias": np.zeros(3)},
            {},
            {"weights": part2.start_weights[1], "bias": np.zeros(3)},
        ]
    )
    right, wrong = (fit.training.history.cost[-1] for fit in (part2.tanh, part2.wrong))
    for name, fit, end in (("1 − h (the text's)", part2.wrong, wrong), ("1 − h² (correct)", part2.tanh, right)):
        press(figure, name)
        traced = trace(fit.network, rings.loss, start, part2.x[0], part2.t[0])
        gradient = traced.links[0].gradients["weights"][rings.INPUT, rings.NEURON]
        for power in (-3, -5):
            move(figure, "Move the weight by", power)
            moved = [start.copy(), start.copy()]
            for theta, sign in zip(moved, (1, -1), strict=True):
                fit.network.views(theta)[0]["weights"][rings.INPUT, rings.NEURON] += sign * 10.0**power
            ahead, behind = (trace(fit.network, rings.loss, theta, part2.x[0], part2.t[0]).loss for theta in moved)
            central = (ahead - behind) / (2 * 10.0**power)
            page.wait_for_function(
                """([end, right, gradient, central]) => {
                    const told = document.querySelectorAll('[data-figure=planted] .live-told data');
                    const close = (at, b, tolerance) => Math.abs(told[at].value - b) < tolerance * Math.abs(b);
                    return close(0, end, 1e-6) && close(1, right, 1e-6) && close(2, gradient, 1e-10)
                        && close(3, central, 1e-8);
                }""",
                arg=[end, right, float(gradient), float(central)],
            )
        said = "they disagree" if fit is part2.wrong else "they agree"
        figure.locator(".live-told", has_text=said).wait_for()


def test_vanishing_gradients_at_any_depth(page: Any, part2: rings.RingsLesson, monkeypatch: pytest.MonkeyPatch) -> None:
    figure = live(page, "vanishing")
    for depth in (rings.DEPTH, 3):
        move(figure, "Hidden layers", depth)
        monkeypatch.setattr(rings, "DEPTH", depth)
        norms = [rings.gradient_by_layer(each, part2.x, part2.t) for each in (Sigmoid(), Tanh(), LeakyReLU(0.1))]
        assert len(norms[0]) == depth + 1
        assert depth == 3 or norms[0] == part2.vanishing["sigmoid"]
        expect(page, "vanishing", [each[-1] / each[0] for each in norms], 1e-8)


def test_numbers_of_all_weights_light_up_wherever_they_are(page: Any) -> None:
    def lit_by(key: str, place: str) -> list[str]:
        term = page.locator(f"{place} [data-k='{key}']").first
        term.scroll_into_view_if_needed()
        box = term.bounding_box()
        for by in (3, 5):
            page.mouse.move(box["x"] + by, box["y"] + by)
        page.locator(f".lit[data-k='{key}']").first.wait_for(state="attached")
        return page.evaluate("[...document.querySelectorAll('.lit')].map(each => each.dataset.k)")

    # the slope of the weight of section 7 is a number of the matrix of section 8, and of the picture
    assert lit_by("t-dw", "#whole ~ .formula").count("t-dw") >= 4
    assert set(lit_by("t-v2", "#whole ~ .formula")) == {"t-v2"}
    symbols = lit_by("t-dhs", "#whole ~ .formula")
    assert symbols == ["t-dhs"] * 3
    for matrix, numbers in (("t-dW2", 9), ("t-W2", 9), ("t-bend", 9), ("t-dW1", 6)):
        inside = page.locator(f"mrow[data-k='{matrix}'] mtd [data-k]")
        assert inside.count() % numbers == 0
        assert inside.count() > 0
    page.mouse.move(2, 2)
