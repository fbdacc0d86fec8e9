"""The lesson: its numbers against a plain second computation, its page against what a reader needs."""

import base64
import html
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pytest

from chainrule.arrays import Array
from chainrule.initializers import initialize
from chainrule.layers import Dense, LeakyReLU, Sigmoid, Tanh
from chainrule.network import Network
from chainrule.pages.lesson import figures, gaussians, rings, write_lesson
from chainrule.plots import to_svg


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("lesson")
    write_lesson(out)
    return out


@pytest.fixture(scope="module")
def results(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "lesson.json").read_text())


@pytest.fixture(scope="module")
def whole(folder: Path) -> str:
    return (folder / "lesson.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(whole: str) -> str:
    """The page without the scripts of its live figures."""
    return re.sub(r"<script\b.*?</script>", "", whole, flags=re.DOTALL)


@pytest.fixture(scope="module")
def words(page: str) -> str:
    """What a reader reads, without figures and code."""
    text = re.sub(r"<(figure|pre)\b.*?</\1>", " ", page, flags=re.DOTALL)
    text = re.sub(r"</?(?:mrow|mi|mn|mo|msub|msup|mfrac|math|mtable|mtr|mtd|mspace|mtext|mover)\b[^>]*>", "", text)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).replace("\u2212", "-").split())


@pytest.fixture(scope="module")
def lesson2() -> rings.RingsLesson:
    return rings.rings_lesson()


def softmax(z: Array) -> Array:
    exponentials = np.exp(z)
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def clouds() -> tuple[Array, Array]:
    random = np.random.RandomState(0)
    x = [random.randn(20, 2) * 0.8 + mean + random.rand(20, 2) for mean in ([-3, 0], [0, 0], [2, 0])]
    order = random.permutation(60)
    return np.concatenate(x)[order], np.eye(3)[np.repeat([0, 1, 2], 20)][order]


def test_part_1_agrees_with_the_textbook_loop(results: dict[str, Any]) -> None:
    part, (x, t) = results["part1"], clouds()
    w, b, costs = np.array([[1.0] * 3, [0.5] * 3]), np.zeros(3), []
    np.testing.assert_allclose(part["initial_probabilities"], np.full((60, 3), 1 / 3), rtol=1e-15)
    error = softmax(x @ w + b) - t
    np.testing.assert_allclose(part["one_step"]["weights"], w - x.T @ error, atol=1e-12)
    np.testing.assert_allclose(part["one_step"]["bias"], b - error.sum(axis=0), atol=1e-12)
    for _ in range(50):
        error = softmax(x @ w + b) - t
        w, b = w - 0.025 * x.T @ error, b - 0.025 * error.sum(axis=0)
        costs.append(-np.log(softmax(x @ w + b)[t == 1]).sum())
    np.testing.assert_allclose(part["cost"], costs, rtol=1e-10)
    np.testing.assert_allclose(part["weights"], w, rtol=1e-10)
    np.testing.assert_allclose(part["bias"], b, rtol=1e-10)
    right = [(x @ w + shift).argmax(axis=1) == t.argmax(axis=1) for shift in (b, 0)]
    assert part["accuracy"] == {"with_bias": right[0].mean(), "without_bias": right[1].mean()}


def circles(seed: int = 0) -> tuple[Array, Array, Array, Array]:
    """The points of part 2, their targets, and the starting weights of both layers."""
    random = np.random.RandomState(seed)
    angles = np.linspace(0, 2 * np.pi, 50, endpoint=False)
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    blob = random.randn(50, 2) * 0.2
    x = np.concatenate([blob, circle * 0.75 + random.randn(50, 2) * 0.2, circle * 1.25 + random.randn(50, 2) * 0.2])
    order = random.permutation(150)
    return x[order], np.eye(3)[np.repeat([0, 1, 2], 50)][order], random.randn(2, 3), random.randn(3, 3)


Function: TypeAlias = Callable[[Array], Array]
LEAKY: tuple[Function, Function] = (lambda a: np.where(a > 0, a, 0.1 * a), lambda a: np.where(a > 0, 1, 0.1))
LOGISTIC: tuple[Function, Function] = (
    lambda a: 1 / (1 + np.exp(-a)),
    lambda a: np.exp(-a) / (1 + np.exp(-a)) ** 2,
)
TANH: tuple[Function, Function] = (np.tanh, lambda a: 1 - np.tanh(a) ** 2)
WRONG: tuple[Function, Function] = (np.tanh, lambda a: 1 - np.tanh(a))


class Textbook:
    """A hidden layer trained by the textbook loop: its costs before training and after each step, and its end."""

    def __init__(
        self,
        activation: tuple[Function, Function],
        rate: float = 0.01,
        keep: float = 0.0,
        nesterov: bool = False,
        weights: tuple[Array, Array] | None = None,
    ) -> None:
        self.function, self.slope = activation
        x, t, *drawn = circles()
        w1, w2 = weights or drawn
        self.parameters = [w1, np.zeros(w1.shape[1]), w2, np.zeros(3)]
        velocities = [np.zeros_like(p) for p in self.parameters]
        self.costs = []
        for _ in range(1000):
            y, gradient = self.gradient(x, t)
            self.costs.append(-np.log(y[t == 1]).sum())
            velocities = [keep * v - rate * g for v, g in zip(velocities, gradient, strict=True)]
            moves = [keep * v - rate * g if nesterov else v for v, g in zip(velocities, gradient, strict=True)]
            self.parameters = [p + move for p, move in zip(self.parameters, moves, strict=True)]
        self.costs.append(-np.log(self.predict(x)[t == 1]).sum())

    def hidden(self, x: Array) -> Array:
        return self.function(x @ self.parameters[0] + self.parameters[1])

    def logits(self, x: Array) -> Array:
        return self.hidden(x) @ self.parameters[2] + self.parameters[3]

    def predict(self, x: Array) -> Array:
        return softmax(self.logits(x))

    def gradient(self, x: Array, t: Array) -> tuple[Array, list[Array]]:
        w1, b1, w2, _ = self.parameters
        y = self.predict(x)
        da = (y - t) @ w2.T * self.slope(x @ w1 + b1)
        return y, [x.T @ da, da.sum(axis=0), self.hidden(x).T @ (y - t), (y - t).sum(axis=0)]

    def right(self, seed: int = 0) -> float:
        x, t, _, _ = circles(seed)
        return float(np.mean(self.predict(x).argmax(axis=1) == t.argmax(axis=1)))


@pytest.fixture(scope="module")
def leaky() -> Textbook:
    return Textbook(LEAKY)


@pytest.fixture(scope="module")
def logistic() -> Textbook:
    return Textbook(LOGISTIC)


def test_part_2_agrees_with_the_textbook_loop(results: dict[str, Any], leaky: Textbook, logistic: Textbook) -> None:
    for part, expected in ((results["part2"]["leaky_relu"], leaky), (results["part2"]["logistic"], logistic)):
        assert len(part["cost"]) == 1000
        np.testing.assert_allclose(part["cost"], expected.costs[1:], rtol=1e-6)
        assert part["accuracy"] == expected.right()
        for name, values in zip(("W1", "b1", "W2", "b2"), expected.parameters, strict=True):
            np.testing.assert_allclose(part["parameters"][name], values, rtol=1e-6)


def layer(x: Array, t: Array) -> tuple[Array, Array, list[float], float]:
    """Softmax regression from zero: its end, its costs, and the largest number of its last gradient."""
    w, b, costs = np.zeros((x.shape[1], 3)), np.zeros(3), []
    for _ in range(1000):
        error = softmax(x @ w + b) - t
        w, b = w - 0.01 * x.T @ error, b - 0.01 * error.sum(axis=0)
        costs.append(-np.log(softmax(x @ w + b)[t == 1]).sum())
    error = softmax(x @ w + b) - t
    return w, b, costs, max(abs(x.T @ error).max(), abs(error.sum(axis=0)).max())


def test_the_text_is_right_about_one_layer_and_a_feature_made_by_hand(words: str, lesson2: rings.RingsLesson) -> None:
    x, t, _, _ = circles()
    w, b, costs, slope = layer(x, t)
    right = np.mean((x @ w + b).argmax(axis=1) == t.argmax(axis=1))
    assert f"gets {100 * right:.0f} % of the points right. Guessing gets 33 %" in words
    assert slope < 1e-12
    assert lesson2.linear_slope < 1e-12
    assert f"Its cost, {costs[-1]:.2f}, is hardly below the 150\u00b7log3={150 * np.log(3):.2f} of" in words
    new, new_t, _, _ = circles(1)
    w, b, costs, _ = layer((x**2).sum(axis=1, keepdims=True), t)
    found = [
        100 * np.mean(((points**2).sum(axis=1, keepdims=True) @ w + b).argmax(axis=1) == targets.argmax(axis=1))
        for points, targets in ((x, t), (new, new_t))
    ]
    assert f"it gets {found[0]:.1f} % of the points right, and {found[1]:.1f} % of 150 new points" in words
    assert f"feature made by hand 6 {costs[-1]:.1f} {found[0]:.1f} % {found[1]:.1f} %" in words


def test_the_text_is_right_about_training_a_hidden_layer(words: str, leaky: Textbook, logistic: Textbook) -> None:
    assert f"the cost goes from {leaky.costs[0]:.1f} to {leaky.costs[-1]:.1f} with leaky ReLU" in words
    assert f"from {logistic.costs[0]:.1f} to {logistic.costs[-1]:.1f} with the sigmoid" in words
    lowest = int(np.argmin(leaky.costs))
    ups = int((np.diff(leaky.costs[-100:]) > 0).sum())
    assert f"its lowest cost was {leaky.costs[lowest]:.1f} after {lowest} steps" in words
    assert f"of its last hundred steps {ups} raised the cost" in words
    half = Textbook(LEAKY, rate=0.005)
    assert f"With 0.005 the cost ends at {half.costs[-1]:.1f}, with {100 * half.right():.0f} % right" in words
    assert f"A cost of {half.costs[-1]:.4f} after 1000 steps, and {100 * half.right():.1f} % right" in words
    assert f"3 hidden neurons, leaky ReLU 21 {leaky.costs[-1]:.1f} {100 * leaky.right():.1f} %" in words
    assert f"3 hidden neurons, sigmoid 21 {logistic.costs[-1]:.1f} {100 * logistic.right():.1f} %" in words
    alike = Textbook(LEAKY, weights=(np.array([[1.0] * 3, [0.5] * 3]), np.ones((3, 3))))
    np.testing.assert_allclose(alike.parameters[0], alike.parameters[0][:, :1] * np.ones(3), rtol=1e-12)
    assert "".join(f"{v:.4f}" for v in alike.parameters[0].ravel()) in words
    assert f"are equivalent to one neuron: {100 * alike.right():.0f} % right" in words
    _, _, *start = circles()
    for values in (*start, *leaky.parameters):
        assert f"={''.join(f'{v:.4f}' for v in values.ravel())}" in words


def test_the_text_is_right_about_points_on_their_way(words: str, leaky: Textbook) -> None:
    assert (leaky.parameters[2][:, 0] < 0).all()

    def listed(row: Array) -> str:
        return "(" + ",".join(f"{v:.2f}" for v in row) + ")"

    for place, name in (([0.0, 0.0], "a"), ([0.75, 0.0], "b"), ([1.25, 0.0], "c")):
        row = np.array([place])
        h, z, y = (found[0] for found in (leaky.hidden(row), leaky.logits(row), leaky.predict(row)))
        assert "abc"[y.argmax()] == name
        assert f"({place[0]:g},0) {listed(h)} {listed(z)} {name} {y.max():.3f}" in words
    third = 0.75 * leaky.parameters[0][0, 2] + leaky.parameters[1][2]
    assert f"={third:.2f} It is positive" in words
    y = leaky.predict(np.array([[0.0, 1.0]]))[0]
    assert f"that of class {'abc'[y.argmax()]}; its probability is {y.max():.3f}" in words


def moved(network: Textbook, step: complex) -> Any:
    """The loss of point 21 with the weight from input 1 to hidden neuron 3 moved."""
    x, t, _, _ = circles()
    w1, b1, w2, b2 = (p.astype(type(step)) for p in network.parameters)
    w1[0, 2] += step
    a = x[20] @ w1 + b1
    exponentials = np.exp(np.where(a.real > 0, a, 0.1 * a) @ w2 + b2)
    return -np.log(exponentials[t[20] == 1] / exponentials.sum())[0]


def test_the_text_is_right_about_one_weight(words: str, leaky: Textbook, lesson2: rings.RingsLesson) -> None:
    x, t, _, _ = circles()
    y, (w1, b1, w2, b2) = leaky.gradient(x[20:21], t[20:21])
    slope = moved(leaky, 1e-200j).imag / 1e-200
    assert w1[0, 2] == pytest.approx(slope, rel=1e-12)
    assert lesson2.weight.dw == pytest.approx(slope, rel=1e-6)
    assert t[20].argmax() == 0
    assert y.argmax() == 1
    assert "The point is of class a" in words
    assert "misclassifies it as b" in words
    dz = (y - t[20])[0]
    ways = [
        (f"({v:.4f})" if v < 0 else f"{v:.4f}") for pair in zip(dz, leaky.parameters[2][2], strict=True) for v in pair
    ]
    dh = dz @ leaky.parameters[2][2]
    assert "+".join("\u00b7".join(ways[at : at + 2]) for at in (0, 2, 4)) + f" ={dh:.4f}" in words
    assert f"{dh:.4f}\u00b7{x[20, 0]:.4f}={slope:.4f}" in words
    assert f"The chain rule gave {slope:.10f}." in words
    for values in (w1, b1, w2, b2):
        assert "".join(f"{v:.4f}" for v in values.ravel()) in words
    assert f"\u00b7{x[20, 0]:.4f}={w1[0, 0]:.4f} The sum" in words
    rounded = Textbook.__new__(Textbook)
    rounded.function, rounded.parameters = leaky.function, [p.round(4) for p in leaky.parameters]
    assert np.abs(rounded.logits(x[20:21].round(4)) - leaky.logits(x[20:21])).max() == pytest.approx(
        lesson2.by_hand, rel=1e-6
    )
    assert lesson2.by_hand + 0.00005 <= 0.0004
    assert "the same numbers to within 0.0004" in words


def test_the_text_is_right_about_differences(words: str, leaky: Textbook, lesson2: rings.RingsLesson) -> None:
    exact = moved(leaky, 1e-200j).imag / 1e-200
    errors = {}
    for found in lesson2.weight.differences:
        one_sided = (moved(leaky, found.h) - moved(leaky, 0.0)) / found.h
        central = (moved(leaky, found.h) - moved(leaky, -found.h)) / (2 * found.h)
        assert found.one_sided == pytest.approx(one_sided, abs=1e-9 + 1e-14 / found.h)
        assert found.central == pytest.approx(central, abs=1e-9 + 1e-14 / found.h)
        errors[found.h] = abs(one_sided - exact), abs(central - exact)
    assert errors[1e-2][0] / errors[1e-4][0] == pytest.approx(100, rel=0.05)
    assert errors[1e-2][1] / errors[1e-4][1] == pytest.approx(10000, rel=0.1)
    assert all(errors[1e-12][side] > 100 * errors[1e-6][side] for side in (0, 1))
    assert f"{lesson2.weight.differences[2].central:.10f}" in words


def test_the_text_is_right_about_the_planted_mistake(words: str, lesson2: rings.RingsLesson) -> None:
    assert lesson2.right.passed
    assert lesson2.planted.mistakes[0].where == "Layer 1, WrongTanh()"
    assert "1 + y is left out" in str(lesson2.planted)
    wrong, right = (Textbook(activation, rate=0.005) for activation in (WRONG, TANH))
    told = f"from {wrong.costs[0]:.1f} to {wrong.costs[-1]:.1f} and stays there, with {100 * wrong.right():.0f} % right"
    assert told in words
    assert max(wrong.costs[100:]) - min(wrong.costs[100:]) < 0.01
    assert f"it falls to {right.costs[-1]:.1f}, with {100 * right.right():.0f} % right" in words


def test_the_text_is_right_about_vanishing_gradients(words: str, lesson2: rings.RingsLesson) -> None:
    x, t, _, _ = circles()

    def norms(activation: tuple[Function, Function], kind: Any) -> list[float]:
        hidden = [link for _ in range(7) for link in (Dense(8, 8), kind)]
        network = Network((Dense(2, 8), kind, *hidden, Dense(8, 3)))
        weights = [views["weights"] for views in network.views(initialize(network, random_state=0)) if views]
        sums, outputs = [], [x]
        for w in weights:
            sums.append(outputs[-1] @ w)
            outputs.append(activation[0](sums[-1]))
        slope, found = (softmax(sums[-1]) - t) / 150, []
        for number in reversed(range(9)):
            found.append(float(np.linalg.norm(outputs[number].T @ slope)))
            if number:
                slope = slope @ weights[number].T * activation[1](sums[number - 1])
        return found[::-1]

    kinds = {"sigmoid": (LOGISTIC, Sigmoid()), "tanh": (TANH, Tanh()), "leaky ReLU": (LEAKY, LeakyReLU(0.1))}
    found = {name: norms(*kind) for name, kind in kinds.items()}
    for name, expected in found.items():
        np.testing.assert_allclose(lesson2.vanishing[name], expected, rtol=1e-8)
    shrunk = {name: values[-1] / values[0] for name, values in found.items()}
    assert f"{shrunk['sigmoid'] / 1e6:.1f} million times smaller" in words
    assert f"is only {shrunk['tanh']:.1f} and {shrunk['leaky ReLU']:.1f} times smaller" in words


def test_the_text_is_right_about_momentum(words: str, logistic: Textbook) -> None:
    plain = logistic.costs[-1]
    momentum, nesterov = (Textbook(LOGISTIC, keep=0.9, nesterov=ahead) for ahead in (False, True))
    sooner = [int((np.array(each.costs) < plain).argmax()) for each in (momentum, nesterov)]
    swings = [max(each.costs[1:]) for each in (momentum, nesterov)]
    assert f"the cost swings up to {swings[0]:.0f}. Then" in words
    assert f"After {sooner[0]} steps it is below the {plain:.1f} for which" in words
    assert f"ends at {momentum.costs[-1]:.1f}." in words
    assert f"smaller, up to {swings[1]:.0f}. It takes {sooner[1]} steps to get below {plain:.1f}" in words
    assert f"ends at {nesterov.costs[-1]:.1f}: here it is no better" in words
    assert nesterov.costs[-1] > momentum.costs[-1]
    assert sooner[1] > sooner[0]


@pytest.mark.long
def test_the_text_is_right_about_the_number_of_hidden_neurons(words: str, lesson2: rings.RingsLesson) -> None:
    sizes = {size.neurons: size for size in lesson2.sizes}
    for neurons in (2, 4, 64):
        network, found = Network((Dense(2, neurons), Tanh(), Dense(neurons, 3))), []
        for start in range(5):
            first, _, last = network.views(initialize(network, random_state=start))
            found.append(Textbook(TANH, 0.002, 0.9, True, (first["weights"], last["weights"])))
        costs = [each.costs[-1] for each in found]
        size, best = sizes[neurons], found[int(np.argmin(costs))]
        np.testing.assert_allclose(size.costs, costs, rtol=1e-6)
        assert (size.accuracy, size.fresh_accuracy) == (best.right(), best.right(1))
        row = f"{neurons} {6 * neurons + 3} {max(size.costs):.1f} {min(size.costs):.1f}"
        assert f"{row} {100 * size.accuracy:.1f} % {100 * size.fresh_accuracy:.1f} %" in words
    lowest, own = [min(size.costs) for size in lesson2.sizes], [size.accuracy for size in lesson2.sizes]
    assert lowest == sorted(lowest, reverse=True)
    assert own == sorted(own)
    assert all(sizes[few].accuracy < 0.7 < sizes[3].accuracy for few in (1, 2))
    new = {neurons: size.fresh_accuracy for neurons, size in sizes.items()}
    best_of_all = max(new, key=lambda neurons: new[neurons])
    assert f"it is highest with {best_of_all} neurons" in words
    chance = np.sqrt(0.9 * 0.1 / 150)
    assert f"typically off by {100 * chance:.1f} percentage points" in words
    assert max(new.values()) - min(new[neurons] for neurons in (3, 4, 8, 16, 64)) < 2 * chance
    assert f"the two accuracies are {100 * (sizes[64].accuracy - new[64]):.1f} percentage points apart" in words
    assert f"the trainings end between {min(sizes[64].costs):.1f} and {max(sizes[64].costs):.1f}." in words
    assert abs(lesson2.useful.fresh_accuracy - lesson2.handmade.fresh_accuracy) < chance
    assert lesson2.still < 1e-13


def test_the_three_routes_to_the_gradient_agree() -> None:
    lesson = gaussians.gaussians_lesson()
    reference = lesson.gradients["complex step"]
    for route in ("product of Jacobians", "fused form"):
        for found, expected in zip(lesson.gradients[route], reference, strict=True):
            np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10)
    assert 0 < lesson.disagreement < 1e-10
    assert lesson.row.disagreement < 1e-10


def test_products_of_jacobians_are_the_gradient_in_part_2(lesson2: rings.RingsLesson) -> None:
    assert lesson2.collapse_difference < 1e-12
    assert lesson2.row.disagreement < 1e-10


def test_newton_needs_a_handful_of_steps() -> None:
    lesson = gaussians.gaussians_lesson()
    assert min(lesson.newton.history.cost[:5]) < lesson.descent.history.cost[-1]


def test_rosenblatts_rule_rests_only_where_a_line_separates() -> None:
    lesson = gaussians.gaussians_lesson()
    assert lesson.separable.history.cost[-1] == 0
    assert len(lesson.overlapping.history) == 100


def test_the_plain_program_prints_the_numbers_of_the_lesson(folder: Path, page: str) -> None:
    lesson = gaussians.gaussians_lesson()
    trained = gaussians.network.views(lesson.descent.theta)[0]
    right = gaussians.accuracy(lesson.descent.theta, lesson.x, lesson.t)
    assert printed(folder, page, "plain_numpy.py") == [
        f"cost before training: {lesson.start_cost:.4f}",
        f"cost after 50 steps: {lesson.descent.history.cost[-1]:.4f}",
        f"W = {trained['weights'].round(3).tolist()}",
        f"b = {trained['bias'].round(3).tolist()}",
        f"accuracy: {100 * right:.1f} %",
    ]


def test_the_plain_program_of_part_2_too(folder: Path, page: str, lesson2: rings.RingsLesson) -> None:
    first, _, last = lesson2.leaky.network.views(lesson2.leaky.training.theta)
    assert printed(folder, page, "plain_numpy_2.py") == [
        f"cost before training: {lesson2.start_costs['leaky ReLU']:.4f}",
        f"cost after 1000 steps: {lesson2.leaky.training.history.cost[-1]:.4f}",
        f"W1 = {first['weights'].round(4).tolist()}",
        f"b1 = {first['bias'].round(4).tolist()}",
        f"W2 = {last['weights'].round(4).tolist()}",
        f"b2 = {last['bias'].round(4).tolist()}",
        f"accuracy: {100 * lesson2.leaky.accuracy:.1f} %",
    ]


def printed(folder: Path, page: str, name: str) -> list[str]:
    """What a program of the lesson prints; it is the one that the page holds, and needs NumPy alone."""
    source = (folder / name).read_text(encoding="utf-8")
    (link,) = re.findall(rf'href="data:text/x-python;base64,([^"]+)" download="{re.escape(name)}"', page)
    assert base64.b64decode(link).decode() == source
    assert re.findall(r"^(?:import|from) .*", source, flags=re.MULTILINE) == ["import numpy as np"]
    run = subprocess.run([sys.executable, str(folder / name)], capture_output=True, text=True, check=True)
    return run.stdout.splitlines()


def test_one_neuron_and_two_logits_in_numbers() -> None:
    found = gaussians.one_neuron()
    y = 1 / (1 + np.exp(-1.0))
    assert found.dloss_dw == pytest.approx(-(1 - y) * 2, rel=1e-14)  # (y - t) x
    h = 1e-200
    assert found.dloss_dw == pytest.approx((-np.log(1 / (1 + np.exp(-(0.5 + 1j * h) * 2)))).imag / h, rel=1e-14)
    assert found.nudged == pytest.approx(found.dloss_dw, abs=5e-4)
    assert found.nudged != found.dloss_dw
    both = softmax(np.array([[2.0, 0.5]]))[0, 0], gaussians.sigmoid(1.5)
    assert both[0] == pytest.approx(both[1], rel=1e-14)


def test_the_text_is_right_about_rates_biases_and_curvature(words: str) -> None:
    x, t = clouds()

    def costs(rate: float, bias: bool = True) -> tuple[list[float], Array, Array]:
        w, b, found = np.array([[1.0] * 3, [0.5] * 3]), np.zeros(3), []
        for _ in range(50):
            error = softmax(x @ w + b) - t
            w, b = w - rate * x.T @ error, b - bias * rate * error.sum(axis=0)
            found.append(-np.log(softmax(x @ w + b)[t == 1]).sum())
        return found, w, b

    slow, large, huge = (costs(rate)[0] for rate in (0.001, 0.2, 1.0))
    assert (np.diff(slow) < 0).all()
    assert f"only to {slow[-1]:.1f} in fifty" in words
    assert large[0] > 65.9 > large[-1] > costs(0.025)[0][-1]
    assert f"first jumps to {max(large):.0f}, then oscillates, and ends at {large[-1]:.1f}" in words
    assert f"oscillates above {min(huge):.0f} at the end" in words
    assert min(huge) > 65.9
    _, w, _ = costs(0.025, bias=False)
    assert f"{100 * np.mean((x @ w).argmax(axis=1) == t.argmax(axis=1)):.1f} %" in words
    assert "70.0 %" in words
    y, inputs = np.full((60, 3), 1 / 3), np.column_stack([x, np.ones(60)])
    hessian = sum(
        np.kron(np.diag(row) - np.outer(row, row), np.outer(point, point)) for row, point in zip(y, inputs, strict=True)
    )
    assert np.linalg.matrix_rank(np.asarray(hessian)) == 6
    assert "6 of 9" in words
    jacobian = gaussians.gaussians_lesson().row.dy_dz
    np.testing.assert_allclose([jacobian.sum(axis=0), jacobian.sum(axis=1)], 0, atol=1e-15)


def test_every_word_and_symbol_is_defined_where_it_first_appears(page: str) -> None:
    body = page[page.index('<h2 id="part1">') :]
    body = re.sub(r"<(figure|pre|h3|h2|nav|details)\b.*?</\1>", " ", body, flags=re.DOTALL)
    terms = re.findall(r"<dfn>(.*?)</dfn>", body)
    assert len(terms) == len(set(terms)) > 45
    for term in terms:
        defined = body.index(f"<dfn>{term}</dfn>")
        before = re.sub(r"<[^>]+>", " ", body[:defined])
        assert not re.search(rf"\b{re.escape(term)}s?\b", before, flags=re.IGNORECASE), f"{term} is used before"
    for symbol, words in {
        "&#x02202;": "partial derivative",
        "&#x02297;": "Kronecker product",
        "<mi>diag</mi>": "Derivative of the probabilities",
        "&#x003B7;": "learning rate",
        "&#x003B8;": "parameters",
        "&#x003B4;": "for any point: write",
        "&#x003C3;": "sigmoid",
        "&#x022A4;": "as a column",
        "<mi>max</mi>": "is the larger of the two numbers",
        "&#x003B5;": "by a small number",
        "&#x02299;": "for the elementwise product",
        "<mi>tanh</mi>": "is a sigmoid stretched",
    }.items():
        assert symbol in body, symbol
        place, told = body.index(symbol), body.index(words)
        assert told < place or abs(place - told) < 700, f"{symbol} stands before {words!r}"


def test_function_names_are_not_taken_for_operators(page: str) -> None:
    assert not re.search(r"<mo>[a-z]{2,}</mo>", page)
    assert "<mi>softmax</mi>" in page
    assert not re.search(r"<mi>log</mi><m[in]", page)


def test_the_page_is_self_contained(page: str) -> None:
    external = re.findall(r'(?:src|href)="(?!data:|#)([^"]*)"', page)
    assert external == []
    assert set(re.findall(r'https?://[^"\s<]+', page)) <= {"http://www.w3.org/1998/Math/MathML"}


def test_the_page_runs_its_own_script_alone(whole: str) -> None:
    policy = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', whole)
    assert len(policy) == 1
    assert policy[0].startswith("default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; ")
    assert "unsafe" not in policy[0]
    data, script = re.findall(r"<script\b[^>]*>(.*?)</script>", whole, flags=re.DOTALL)
    assert "<" not in data
    assert set(re.findall(r"https?://[^\"\s<`]+", script)) <= {
        f"http://www.w3.org/{name}" for name in ("2000/svg", "1999/xhtml", "1998/Math/MathML")
    }
    assert whole.index("Content-Security-Policy") < whole.index("<style>")


def test_no_formula_is_left_as_latex(page: str) -> None:
    assert "$" not in page
    assert "\\" not in re.sub(r"<pre.*?</pre>", "", page, flags=re.DOTALL)


def test_every_figure_has_alternative_text_and_its_panels_are_files(page: str, folder: Path) -> None:
    figures = re.findall(r"<figure.*?</figure>", page, flags=re.DOTALL)
    alternatives = [re.findall(r'alt="([^"]+)"|aria-label="([^"]+)"', figure) for figure in figures]
    assert len(figures) == 20
    assert all(len(texts) == 1 and len("".join(texts[0])) > 20 for texts in alternatives)
    assert len(re.findall(r"<img ", page)) == len(list((folder / "figures").glob("*.svg"))) == 38


def test_panels_are_narrow_enough_for_phones(page: str) -> None:
    figures = re.findall(r'<div class="panels".*?</div>', page, flags=re.DOTALL)
    assert [figure.count("<img") for figure in figures] == [2, 4, 3, 3, 2, 2, 2, 2, 6, 2]
    for svg in re.findall(r'base64,([^"]+)"', "".join(figures)):
        assert float(re.findall(r'<svg[^>]* width="([\d.]+)', base64.b64decode(svg).decode())[0]) <= 420


@pytest.mark.long
def test_every_figure_of_part_2_is_drawn_alone_too(lesson2: rings.RingsLesson) -> None:
    for draw in figures.RINGS_FIGURES.values():
        assert to_svg(draw(lesson2)).startswith("<svg")
