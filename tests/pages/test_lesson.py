"""The lesson: its numbers against a plain second computation, its page against what a reader needs."""

import base64
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chainrule.arrays import Array
from chainrule.pages.lesson import gaussians, rings, rings_figures, write_lesson
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
def page(folder: Path) -> str:
    return (folder / "lesson.html").read_text(encoding="utf-8")


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


@pytest.mark.parametrize(
    ("name", "function", "slope"),
    [
        ("leaky_relu", lambda a: np.where(a > 0, a, 0.1 * a), lambda a: np.where(a > 0, 1, 0.1)),
        ("logistic", lambda a: 1 / (1 + np.exp(-a)), lambda a: np.exp(-a) / (1 + np.exp(-a)) ** 2),
    ],
)
def test_part_2_agrees_with_the_textbook_loop(
    results: dict[str, Any], name: str, function: Callable[[Array], Array], slope: Callable[[Array], Array]
) -> None:
    random = np.random.RandomState(0)
    angles = np.linspace(0, 2 * np.pi, 50, endpoint=False)
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    blob = random.randn(50, 2) * 0.2
    x = np.concatenate([blob, circle * 0.75 + random.randn(50, 2) * 0.2, circle * 1.25 + random.randn(50, 2) * 0.2])
    order = random.permutation(150)
    x, t = x[order], np.eye(3)[np.repeat([0, 1, 2], 50)][order]
    w1, w2, b1, b2, costs = random.randn(2, 3), random.randn(3, 3), np.zeros(3), np.zeros(3), []
    for step in range(1001):
        a = x @ w1 + b1
        y = softmax(function(a) @ w2 + b2)
        if step > 0:
            costs.append(-np.log(y[t == 1]).sum())
        error = y - t
        da = error @ w2.T * slope(a)
        w2, b2 = w2 - 0.01 * function(a).T @ error, b2 - 0.01 * error.sum(axis=0)
        w1, b1 = w1 - 0.01 * x.T @ da, b1 - 0.01 * da.sum(axis=0)
    part = results["part2"][name]
    assert len(part["cost"]) == 1000
    np.testing.assert_allclose(part["cost"][:200], costs[:200], rtol=1e-8)
    assert part["accuracy"] == (y.argmax(axis=1) == t.argmax(axis=1)).mean()


def test_the_three_routes_to_the_gradient_agree() -> None:
    lesson = gaussians.gaussians_lesson()
    reference = lesson.gradients["complex step"]
    for route in ("product of Jacobians", "fused form"):
        for found, expected in zip(lesson.gradients[route], reference, strict=True):
            np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10)
    assert 0 < lesson.disagreement < 1e-10
    assert lesson.row.disagreement < 1e-10


def test_part_2_shows_what_it_says() -> None:
    lesson = rings.rings_lesson()
    assert lesson.linear.accuracy < 0.5 < 0.8 < lesson.leaky.accuracy
    assert lesson.collapse_difference < 1e-12
    logistic, leaky = lesson.vanishing["logistic"], lesson.vanishing["leaky ReLU"]
    assert logistic[0] < 1e-6 * logistic[-1]
    assert leaky[0] > 0.05 * leaky[-1]
    assert lesson.right.passed
    assert lesson.planted.mistakes[0].where == "Layer 1, WrongTanh()"
    assert lesson.momentum.history.cost[-1] < lesson.logistic.training.history.cost[-1]
    assert lesson.useful.accuracy > 0.9
    assert lesson.row.disagreement < 1e-10


def test_newton_needs_a_handful_of_steps() -> None:
    lesson = gaussians.gaussians_lesson()
    assert min(lesson.newton.history.cost[:5]) < lesson.descent.history.cost[-1]


def test_rosenblatts_rule_rests_only_where_a_line_separates() -> None:
    lesson = gaussians.gaussians_lesson()
    assert lesson.separable.history.cost[-1] == 0
    assert len(lesson.overlapping.history) == 100


def test_the_plain_program_prints_the_numbers_of_the_lesson(folder: Path, page: str) -> None:
    program = folder / "plain_numpy.py"
    printed = subprocess.run([sys.executable, str(program)], capture_output=True, text=True, check=True).stdout
    lesson = gaussians.gaussians_lesson()
    trained = gaussians.network.views(lesson.descent.theta)[0]
    right = gaussians.accuracy(lesson.descent.theta, lesson.x, lesson.t)
    assert printed.splitlines() == [
        f"cost before training: {lesson.start_cost:.4f}",
        f"cost after 50 steps: {lesson.descent.history.cost[-1]:.4f}",
        f"W = {trained['weights'].round(3).tolist()}",
        f"b = {trained['bias'].round(3).tolist()}",
        f"accuracy: {100 * right:.1f} %",
    ]
    (link,) = re.findall(r'href="data:text/x-python;base64,([^"]+)" download="plain_numpy.py"', page)
    assert base64.b64decode(link).decode() == program.read_text(encoding="utf-8")
    assert "chainrule" not in program.read_text(encoding="utf-8").split("import numpy", 1)[1]


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


def test_what_is_said_of_rates_biases_and_curvature(page: str) -> None:
    x, t = clouds()

    def costs(rate: float, bias: bool = True) -> tuple[list[float], Array, Array]:
        w, b, found = np.array([[1.0] * 3, [0.5] * 3]), np.zeros(3), []
        for _ in range(50):
            error = softmax(x @ w + b) - t
            w, b = w - rate * x.T @ error, b - bias * rate * error.sum(axis=0)
            found.append(-np.log(softmax(x @ w + b)[t == 1]).sum())
        return found, w, b

    words = re.sub(r"<[^>]+>", " ", page)
    slow, large, huge = (costs(rate)[0] for rate in (0.001, 0.2, 1.0))
    assert (np.diff(slow) < 0).all()
    assert f"only to {slow[-1]:.1f} in fifty" in " ".join(words.split())
    assert large[0] > 65.9 > large[-1] > costs(0.025)[0][-1]
    assert f"to {max(large):.0f}, and then up and down, and ends at {large[-1]:.1f}" in " ".join(words.split())
    assert f"oscillates above {min(huge):.0f} at the end" in " ".join(words.split())
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
    assert len(terms) == len(set(terms)) > 25
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


def test_no_formula_is_left_as_latex(page: str) -> None:
    assert "$" not in page
    assert "\\" not in re.sub(r"<pre.*?</pre>", "", page, flags=re.DOTALL)


def test_every_figure_has_alternative_text_and_a_file(page: str, folder: Path) -> None:
    alternatives = re.findall(r'<img [^>]*alt="([^"]*)"', page)
    assert len(alternatives) == len(list((folder / "figures").glob("*.svg"))) == 18
    assert all(len(alternative) > 20 for alternative in alternatives)


def test_every_figure_of_part_2_is_drawn_alone_too() -> None:
    lesson = rings.rings_lesson()
    for draw in rings_figures.FIGURES.values():
        assert to_svg(draw(lesson)).startswith("<svg")
