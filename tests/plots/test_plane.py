"""Rows, regions and maps in the plane: the right points, colours and words."""

from collections.abc import Callable

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex, to_rgb
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure

from chainrule.arrays import Array, logistic
from chainrule.plots import CLASS_COLORS, CLASS_MARKERS, decision_regions, limits_around, map_of, scatter_classes

SQUARE = (-1.0, 1.0, -1.0, 1.0)


def scatters(ax: Axes) -> list[PathCollection]:
    return [drawn for drawn in ax.collections if isinstance(drawn, PathCollection)]


def color_of(drawn: PathCollection) -> str:
    return to_hex(np.asarray(drawn.get_facecolor())[0])


def contours(ax: Axes) -> list[ContourSet]:
    return [drawn for drawn in ax.collections if isinstance(drawn, ContourSet)]


def legend_texts(ax: Axes) -> list[str]:
    legend = ax.get_legend()
    return [text.get_text() for text in legend.get_texts()] if legend is not None else []


def wedges(k: int) -> Callable[[Array], Array]:
    """Return a predictor of `k` classes, each around a direction of its own."""
    angles = 2 * np.pi * np.arange(k) / k
    directions = np.stack([np.cos(angles), np.sin(angles)])

    def predict(x: Array) -> Array:
        scores = np.exp(4 * x @ directions)
        return np.asarray(scores / scores.sum(axis=1, keepdims=True))

    return predict


def test_colors_and_markers_are_enough_and_all_different() -> None:
    assert len(set(CLASS_COLORS)) == len(set(CLASS_MARKERS)) == len(CLASS_COLORS) == len(CLASS_MARKERS) == 10


@pytest.mark.parametrize("k", [1, 2, 7, 10])
def test_scatter_shows_every_row_in_the_colour_of_its_class(k: int) -> None:
    x, classes = np.random.default_rng(k).normal(size=(40, 2)), np.arange(40) % k
    ax = scatter_classes(x, classes)
    for number, drawn in enumerate(scatters(ax)):
        assert np.array_equal(drawn.get_offsets(), x[classes == number])
        assert color_of(drawn) == CLASS_COLORS[number]
    assert legend_texts(ax) == [f"class {number}" for number in range(k)]


def test_scatter_leaves_classes_without_rows_out_and_keeps_colours() -> None:
    ax = scatter_classes([[0.0, 0.0], [1.0, 1.0]], [0, 2], names=["a", "b", "c"])
    assert legend_texts(ax) == ["a", "c"]
    assert color_of(scatters(ax)[1]) == CLASS_COLORS[2]


def test_scatter_of_one_row_and_of_none() -> None:
    ax = scatter_classes([[2.0, 3.0]], [0])
    assert ax.get_xlim()[0] < 2 < ax.get_xlim()[1]
    assert scatter_classes(np.empty((0, 2)), np.empty(0, int)).get_legend() is None


def test_a_second_scatter_widens_the_view_and_shares_the_legend() -> None:
    ax = scatter_classes([[0.0, 0.0]], [0], ["a"])
    scatter_classes([[9.0, 0.0]], [0], ["a"], ax=ax)
    assert ax.get_xlim()[0] < 0
    assert ax.get_xlim()[1] > 9
    assert legend_texts(ax) == ["a"]


def test_names_that_start_with_an_underscore_are_shown() -> None:
    assert legend_texts(scatter_classes([[0.0, 0.0]], [0], ["_rest"])) == [" _rest"]


def test_many_rows_are_drawn_as_pixels() -> None:
    x = np.random.default_rng(0).normal(size=(5000, 2))
    assert scatters(scatter_classes(x, np.zeros(5000, int)))[0].get_rasterized()


def test_the_legend_lies_below_the_axes() -> None:
    ax = scatter_classes(np.random.default_rng(0).normal(size=(99, 2)), np.arange(99) % 9)
    legend = ax.get_legend()
    assert legend is not None
    ax.figure.draw_without_rendering()  # type: ignore[union-attr]
    labels = ax.xaxis.get_tightbbox()
    assert labels is not None
    assert legend.get_window_extent().y1 <= labels.y0
    assert legend.get_window_extent().x1 <= ax.get_window_extent().x1 + 1


@pytest.mark.parametrize("k", [2, 3, 6, 10])
def test_regions_have_the_colour_of_the_winner(k: int) -> None:
    ax = decision_regions(wedges(k), SQUARE, resolution=40)
    picture = np.asarray(ax.images[0].get_array())
    side = len(picture)
    middle = (side - 1) / 2
    for number in range(k):
        angle = 2 * np.pi * number / k
        row, column = round(middle * (1 + 0.8 * np.sin(angle))), round(middle * (1 + 0.8 * np.cos(angle)))
        tint = 1 - picture[row, column]
        expected = 1 - np.array(to_rgb(CLASS_COLORS[number]))
        np.testing.assert_allclose(tint / tint.max(), expected / expected.max(), atol=0.02)
    assert len(legend_texts(ax)) == k
    assert len(contours(ax)) == (1 if k == 2 else k)


def test_decision_regions_are_darker_where_the_probability_is_higher() -> None:
    def predict(x: Array) -> Array:
        return np.stack([(x[:, 0] + 1) / 2, (1 - x[:, 0]) / 2], axis=1)

    picture = np.asarray(decision_regions(predict, SQUARE, resolution=30).images[0].get_array())
    strength = (1 - picture[0]).max(axis=1)
    assert strength[-1] > strength[-20] > strength[len(strength) // 2]


def test_boundaries_lie_where_two_classes_are_equally_probable() -> None:
    def predict(x: Array) -> Array:
        first = logistic(900 * (x[:, :1] - 0.3))
        return np.hstack([first, 1 - first])

    (boundary,) = contours(decision_regions(predict, SQUARE, resolution=50))
    np.testing.assert_allclose(np.asarray(boundary.get_paths()[0].vertices)[:, 0], 0.3, atol=1e-3)


def test_one_output_is_the_probability_of_the_second_class() -> None:
    ax = decision_regions(lambda x: (x[:, :1] > 0).astype(float), SQUARE, ["no", "yes"], resolution=20)
    picture = np.asarray(ax.images[0].get_array())
    assert np.argmax(1 - picture[0, 0]) == np.argmax(1 - np.array(to_rgb(CLASS_COLORS[0])))
    assert np.argmax(1 - picture[0, -1]) == np.argmax(1 - np.array(to_rgb(CLASS_COLORS[1])))


def test_a_class_that_wins_everywhere_has_no_boundary() -> None:
    ax = decision_regions(lambda x: np.tile([0.9, 0.1], (len(x), 1)), SQUARE, resolution=10)
    assert not contours(ax)
    assert len(legend_texts(ax)) == 2


def test_rows_lie_on_regions_and_do_not_move_them() -> None:
    ax = decision_regions(wedges(3), SQUARE, resolution=10, rows=[[5.0, 5.0]], classes=[1])
    assert ax.get_xlim() == (-1, 1)
    assert [len(drawn.get_offsets()) for drawn in scatters(ax)] == [0, 1, 0]  # type: ignore[arg-type]
    scatter_classes([[7.0, 7.0]], [0], ax=ax)
    assert ax.get_xlim() == (-1, 1)


def test_a_signed_map_is_white_at_zero_and_tells_its_values() -> None:
    ax = map_of(lambda x: 3 * x[:, 0], SQUARE, resolution=21)
    values = np.asarray(ax.images[0].get_array())
    np.testing.assert_allclose(values[0], 3 * np.linspace(-1, 1, 21))
    assert ax.images[0].get_clim() == (-3, 3)
    assert ax.images[0].get_cmap()(0.5)[:3] == pytest.approx((0.97, 0.97, 0.97), abs=0.01)
    assert contours(ax)


def test_a_map_of_positive_values_runs_from_lowest_to_highest() -> None:
    ax = map_of(lambda x: 2 + x[:, 0], SQUARE, symmetric=False, resolution=9)
    assert ax.images[0].get_clim() == (1, 3)


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("constant", [0.0, 4.0])
def test_a_map_of_a_dead_neuron(constant: float, symmetric: bool) -> None:
    ax = map_of(lambda x: np.full(len(x), constant), SQUARE, symmetric=symmetric, resolution=5)
    low, high = ax.images[0].get_clim()
    assert low is not None
    assert high is not None
    assert low < high
    assert not contours(ax)


def test_limits_surround_the_rows() -> None:
    assert limits_around([[0.0, 0.0], [4.0, 2.0]], margin=0.25) == (-1, 5, -1, 3)
    left, right, *_ = limits_around([[2.0, 2.0]])
    assert left < 2 < right
    with pytest.raises(ValueError, match="at least one row"):
        limits_around(np.empty((0, 2)))


@pytest.mark.parametrize(
    ("x", "classes", "names", "message"),
    [
        (np.zeros((2, 3)), [0, 1], None, r"x must have shape \(n, 2\)"),
        (np.zeros(2), [0, 1], None, r"x must have shape \(n, 2\)"),
        ([[0.0, np.nan]], [0], None, "x must be finite to be drawn, found nan"),
        (np.zeros((2, 2)), [0], None, r"whole numbers of shape \(2,\)"),
        (np.zeros((2, 2)), [0.0, 1.0], None, "whole numbers"),
        (np.zeros((2, 2)), np.eye(2, dtype=int), None, r"of shape \(2, 2\)"),
        (np.zeros((2, 2)), [0, 10], None, "between 0 and 9 to be distinguishable, found 10"),
        (np.zeros((2, 2)), [-1, 0], None, "found -1"),
        (np.zeros((2, 2)), [0, 2], ["a", "b"], "names must name 3 classes, found 2: a, b"),
    ],
)
def test_rows_that_cannot_be_drawn(x: object, classes: object, names: list[str] | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        scatter_classes(x, classes, names, ax=Figure().add_subplot())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"limits": (1, 0, 0, 1)}, "left < right"),
        ({"limits": (0, 1, 0)}, "left, right, bottom, top"),
        ({"resolution": 1}, "at least 2 points"),
        ({"predict": lambda x: x[:, 0]}, r"probabilities \(m, k\), but gave \(100,\)"),
        ({"predict": lambda x: np.full((len(x), 2), np.nan)}, "predict must be finite"),
        ({"predict": lambda x: np.ones((len(x), 11))}, "at most 10 classes"),
        ({"names": ["a"]}, "names must name 3 classes"),
        ({"rows": [[0.0, 0.0]]}, "rows and classes belong together"),
        ({"rows": [[0.0, 0.0]], "classes": [3]}, "between 0 and 2 to be distinguishable, found 3"),
    ],
)
def test_regions_that_cannot_be_drawn(changes: dict[str, object], message: str) -> None:
    arguments: dict[str, object] = {"predict": wedges(3), "limits": SQUARE, "resolution": 10, **changes}
    with pytest.raises(ValueError, match=message):
        decision_regions(**arguments)  # type: ignore[arg-type]


def test_a_map_needs_one_number_a_row() -> None:
    with pytest.raises(ValueError, match=r"numbers \(m,\), but gave \(25, 2\)"):
        map_of(lambda x: x, SQUARE, resolution=5)
