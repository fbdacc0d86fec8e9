"""The picture of a network: a line for each weight, in the colour of its sign, and words that keep clear."""

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from chainrule import Network, initialize
from chainrule.arrays import Array
from chainrule.layers import (
    Dense,
    LeakyReLU,
    MemberDense,
    MemberScale,
    ReLU,
    SharedDense,
    Sigmoid,
    Softmax,
    Tanh,
)
from chainrule.plots import NEGATIVE, POSITIVE, network_diagram
from chainrule.plots.diagram import places_on_lines

SMALL = Network((Dense(2, 3),))
HIDDEN = Network((Dense(2, 3), LeakyReLU(), Dense(3, 3)))
WIDE = Network((Dense(2, 16), ReLU(), Dense(16, 3)))
WIDEST = Network((Dense(64, 100), ReLU(), Dense(100, 10)))
NETWORKS = [
    SMALL,
    HIDDEN,
    WIDEST,
    Network((Dense(1, 1),)),
    Network((Dense(3, 2, bias=False), Tanh(), Sigmoid(), Dense(2, 1))),
    Network((Dense(2, 2), Softmax(), Dense(2, 20))),
    Network((MemberScale(2, 2), SharedDense(2, 2, 3), Tanh(), MemberDense(2, 3, 2))),
]


def lines(ax: Axes, gid: str) -> LineCollection | None:
    found = [drawn for drawn in ax.collections if drawn.get_gid() == gid]
    assert len(found) <= 1
    return found[0] if found else None  # type: ignore[return-value]


def count(ax: Axes, gid: str) -> int:
    drawn = lines(ax, gid)
    return 0 if drawn is None else len(drawn.get_segments())


def texts(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


def numbers(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts if text.get_gid() == "number"]


def theta_of(network: Network) -> Array:
    theta = initialize(network, random_state=1)
    theta[theta == 0] = np.random.default_rng(1).normal(size=int((theta == 0).sum()))
    return theta


@pytest.mark.parametrize(
    ("network", "weights", "biases"),
    [(SMALL, [6], [3]), (HIDDEN, [6, 9], [3, 3]), (WIDE, [2 * 11, 11 * 3], [11, 3]), (WIDEST, [121, 110], [11, 10])],
)
def test_a_line_for_each_weight_between_drawn_units(network: Network, weights: list[int], biases: list[int]) -> None:
    ax = network_diagram(network, theta_of(network))
    layers = range(1, len(weights) + 1)
    assert [count(ax, f"weights {layer}") for layer in layers] == weights
    assert [count(ax, f"bias {layer}") for layer in layers] == biases


def test_colour_says_the_sign_and_width_the_size() -> None:
    theta = np.array([4.0, -2.0, 1.0, -1.0, 0.0, 3.0, 0.0, 0.0, 0.0])
    drawn = lines(network_diagram(SMALL, theta), "weights 1")
    assert drawn is not None
    weights = sorted(theta[:6], key=abs)
    colors = [to_hex(color) for color in np.asarray(drawn.get_colors())]
    expected = {1.0: POSITIVE, -1.0: NEGATIVE}
    assert [color for color, weight in zip(colors, weights, strict=True) if weight] == [
        expected[float(np.sign(weight))] for weight in weights if weight
    ]
    assert colors[0] not in (POSITIVE, NEGATIVE)
    widths = np.asarray(drawn.get_linewidth())
    np.testing.assert_allclose(widths - widths[0], (widths[-1] - widths[0]) * np.abs(weights) / 4)


def test_numbers_are_those_of_the_lines_they_lie_on() -> None:
    network, theta = Network((Dense(2, 2),)), np.array([1.0, -2.0, 3.0, -4.0, 0.5, 0.0])
    ax = network_diagram(network, theta)
    assert sorted(numbers(ax)) == sorted(["1.00", "−2.00", "3.00", "−4.00", "0.50", "0"])
    weights, biases = lines(ax, "weights 1"), lines(ax, "bias 1")
    assert weights is not None
    assert biases is not None
    segments = [*weights.get_segments(), *biases.get_segments()]
    by_size = [*sorted(theta[:4], key=abs), *sorted(theta[4:], key=abs)]
    for text in (text for text in ax.texts if text.get_gid() == "number"):
        value = float(text.get_text().replace("−", "-"))
        (x0, y0), (x1, y1) = segments[by_size.index(value)]
        x, y = text.get_position()
        assert y == pytest.approx(y0 + (y1 - y0) * (x - x0) / (x1 - x0))


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(
    "network", [SMALL, HIDDEN, Network((Dense(4, 3),)), Network((Dense(1, 12), Tanh(), Dense(12, 1)))]
)
def test_numbers_do_not_overlap(network: Network, seed: int) -> None:
    ax = network_diagram(network, initialize(network, random_state=seed))
    boxes = [text.get_window_extent() for text in ax.texts if text.get_gid() == "number"]
    assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))


def test_wide_layers_have_no_numbers() -> None:
    assert not numbers(network_diagram(WIDE, theta_of(WIDE)))


@pytest.mark.parametrize("network", NETWORKS)
def test_words_are_inside_the_figure_and_apart(network: Network) -> None:
    names = [f"a rather long name of class {index}" for index in range(network.outputs)]
    ax = network_diagram(network, theta_of(network), output_names=names)
    inside = ax.get_window_extent()
    boxes = [text.get_window_extent() for text in ax.texts]
    for box in boxes:
        assert inside.x0 <= box.x0
        assert box.x1 <= inside.x1
        assert inside.y0 <= box.y0
        assert box.y1 <= inside.y1
    for (one, a), (other, b) in combinations(zip(ax.texts, boxes, strict=True), 2):
        assert not a.overlaps(b), (one.get_text(), other.get_text())


def test_wide_layers_are_cut_with_an_ellipsis_and_their_count() -> None:
    ax = network_diagram(WIDEST, theta_of(WIDEST), max_units=7)
    assert texts(ax).count("⋮") >= 2
    assert {"64 inputs", "100 neurons", "10 neurons", "x₁", "x₆₄"} <= set(texts(ax))
    assert "x₃₀" not in texts(ax)
    assert count(ax, "weights 1") == 36


def test_names_activations_and_softmax_are_written() -> None:
    ax = network_diagram(HIDDEN, theta_of(HIDDEN), input_names=["length", "width"], output_names=["a", "b", "c"])
    assert {"length", "width", "a", "b", "c", "LeakyReLU", "softmax", "bias"} <= set(texts(ax))


def test_outputs_end_as_asked() -> None:
    theta = theta_of(SMALL)
    assert "softmax" not in texts(network_diagram(SMALL, theta, output=None))
    assert "z₁" in texts(network_diagram(SMALL, theta, output=None))
    assert "Sigmoid" in texts(network_diagram(SMALL, theta, output=Sigmoid()))
    single = Network((Dense(2, 1),))
    assert "Sigmoid" in texts(network_diagram(single, theta_of(single)))


def test_without_bias_no_constant_is_drawn() -> None:
    network = Network((Dense(2, 3, bias=False),))
    ax = network_diagram(network, theta_of(network))
    assert count(ax, "bias 1") == 0
    assert "bias" not in texts(ax)
    assert len([patch for patch in ax.patches if isinstance(patch, Circle)]) == 2 + 3


def test_a_bias_behind_a_softmax_in_the_middle_is_drawn() -> None:
    network = Network((Dense(2, 2), Softmax(), Dense(2, 2)))
    ax = network_diagram(network, theta_of(network))
    assert (count(ax, "bias 1"), count(ax, "bias 3")) == (2, 2)


def test_a_network_of_zeros_is_drawn() -> None:
    ax = network_diagram(SMALL, SMALL.zeros())
    assert set(numbers(ax)) == {"0"}
    assert not any(text.startswith("size") for text in texts(ax))


def test_a_network_diagram_fits_the_axes_it_is_given() -> None:
    ax = Figure(figsize=(3.4, 2.6), dpi=100).add_subplot()
    network_diagram(SMALL, theta_of(SMALL), ax=ax)
    inside = ax.get_window_extent()
    assert all(inside.x0 <= text.get_window_extent().x0 for text in ax.texts)
    assert all(text.get_window_extent().x1 <= inside.x1 for text in ax.texts)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"theta": np.zeros(8)}, r"theta must have shape \(9,\) for this network, found \(8,\)"),
        ({"theta": np.full(9, np.nan)}, "theta must be finite"),
        ({"max_units": 2}, "max_units must be at least 3, found 2"),
        ({"input_names": ["a"]}, "input_names must name 2, found 1: a"),
        ({"output_names": ["a", "b"]}, "output_names must name 3, found 2: a, b"),
    ],
)
def test_diagrams_that_cannot_be_drawn(changes: dict[str, Any], message: str) -> None:
    arguments = {"theta": SMALL.zeros(), **changes}
    with pytest.raises(ValueError, match=message):
        network_diagram(SMALL, **arguments)


def test_labels_keep_to_their_lines_and_apart_where_there_is_room() -> None:
    random = np.random.default_rng(0)
    starts = np.column_stack([np.zeros(6), np.repeat([0.0, 100.0], 3)])
    ends = np.column_stack([np.full(6, 300.0), np.tile([0.0, 60.0, 120.0], 2)]) + random.normal(size=(6, 2))
    places = places_on_lines(starts, ends, [30] * 6, 12, 5)
    share = (places[:, 0] - starts[:, 0]) / (ends[:, 0] - starts[:, 0])
    np.testing.assert_allclose(starts + share[:, None] * (ends - starts), places)
    apart = np.abs(places[:, None] - places)[~np.eye(6, dtype=bool)]
    assert ((apart[:, 0] >= 30) | (apart[:, 1] >= 12)).all()
