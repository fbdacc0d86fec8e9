"""Lines: the right numbers, and names at their ends that do not overlap."""

from itertools import pairwise

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from chainrule import layers
from chainrule.common.format import number
from chainrule.layers import GELU, Elementwise, Heaviside, LeakyReLU, ReLU, Sigmoid, Tanh
from chainrule.plots import activation_shapes, cost_curve, curves, panels, text_color
from chainrule.plots.style import LINE_HEIGHT, luminance, spread


def costs_drawn(ax: Axes) -> list[Line2D]:
    return [line for line in ax.lines if line.get_gid() == "cost"]


def texts(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


@pytest.mark.parametrize("n", [1, 2, 1000])
def test_a_cost_curve_shows_each_cost_at_its_step(n: int) -> None:
    costs = 1 / np.arange(1, n + 1)
    ax = cost_curve(costs, unit="epoch")
    (line,) = costs_drawn(ax)
    assert np.array_equal(line.get_xdata(), np.arange(1, n + 1))
    assert np.array_equal(line.get_ydata(), costs)
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_ylim()[0]) == ("epoch", "cost", 0)


def test_steps_can_be_counted_from_zero() -> None:
    assert list(np.asarray(costs_drawn(cost_curve([3.0, 2.0], first=0))[0].get_xdata())) == [0, 1]


def test_a_name_stands_at_the_end() -> None:
    assert texts(cost_curve([3.0, 2.0], label="plain")) == ["plain"]
    assert texts(cost_curve([3.0, 2.0])) == []


@pytest.mark.parametrize("costs", [[8.0, 4.0, 1.0], [1.2, 1.1, 1.0], [1e6, 1.0, 1e-6]])
def test_a_logarithmic_scale_has_a_few_ticks(costs: list[float]) -> None:
    ax = cost_curve(costs, log=True)
    low, high = ax.get_ylim()
    shown = [tick for tick in ax.get_yticks() if low <= tick <= high]
    assert ax.get_yscale() == "log"
    assert 2 <= len(shown) <= 15


def test_a_second_curve_has_another_colour_and_widens_the_view() -> None:
    ax = cost_curve([3.0, 2.0, 1.0])
    cost_curve([3.0, 2.0, 1.0, 0.5], ax=ax)
    cost_curve([3.0, 2.0], ax=ax)
    assert len({to_hex(line.get_color()) for line in costs_drawn(ax)}) == 3
    assert ax.get_xlim() == (1, 4)


def test_names_at_line_ends_do_not_overlap_and_keep_their_order() -> None:
    ends = {f"rate {index}": [5.0, 1 + index / 1000] for index in range(9)}
    ax = curves(ends)
    ax.figure.draw_without_rendering()  # type: ignore[union-attr]
    boxes = [Text.get_window_extent(text) for text in ax.texts]
    assert texts(ax) == list(ends)
    for below, above in pairwise(boxes):
        assert below.y1 <= above.y0 + 1
        assert below.x0 > ax.get_window_extent().x1


def test_a_line_that_ends_early_goes_on_at_its_last_cost() -> None:
    ax = curves({"long": [3.0, 2.0, 1.5, 1.2], "short": [3.0, 0.5]})
    (extension,) = [line for line in ax.lines if line.get_gid() != "cost"]
    assert list(np.asarray(extension.get_xdata())) == [2, 4]
    assert list(np.asarray(extension.get_ydata())) == [0.5, 0.5]


@pytest.mark.parametrize(
    ("costs", "log", "message"),
    [
        ([], False, r"costs of 'a' must have shape \(n,\) with n at least 1, found \(0,\)"),
        ([[1.0]], False, r"found \(1, 1\)"),
        ([1.0, np.inf], False, "costs of 'a' must be finite to be drawn, found inf"),
        ([1.0, 0.0], True, "must be positive on a logarithmic scale, found 0: leave log out"),
    ],
)
def test_costs_that_cannot_be_drawn(costs: list[float], log: bool, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        curves({"a": costs}, log=log)


@pytest.mark.parametrize("lines", [0, 11])
def test_as_many_lines_as_can_be_told_apart(lines: int) -> None:
    with pytest.raises(ValueError, match=f"1 to 10 lines to be distinguishable, found {lines}"):
        curves({str(index): [1.0] for index in range(lines)})


ACTIVATIONS = [
    activation
    for activation in (getattr(layers, name) for name in layers.__all__)
    if isinstance(activation, type) and issubclass(activation, Elementwise) and activation is not Elementwise
]


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activations_and_their_derivatives_are_drawn(activation: type[Elementwise]) -> None:
    ax = activation_shapes(activation())
    shown = [line for line in ax.lines if len(np.asarray(line.get_xdata())) > 100]
    x = np.asarray(shown[0].get_xdata())
    y = activation().function(x)
    for line, expected in zip(shown, (y, activation().derivative(x, y)), strict=True):
        values = np.asarray(line.get_ydata())
        drawn = np.isfinite(values)
        assert np.array_equal(values[drawn], expected[drawn])
        assert drawn.sum() >= len(x) - 1


@pytest.mark.parametrize(
    ("layer", "peak"), [(Sigmoid(), "1/4"), (Tanh(), "1"), (GELU(), "1.13"), (ReLU(), None), (Heaviside(), None)]
)
def test_the_peak_of_a_single_derivative_is_named(layer: Elementwise, peak: str | None) -> None:
    found = [text for text in texts(activation_shapes(layer)) if text.startswith("largest")]
    assert found == ([f"largest: {peak}"] if peak else [])


def test_lines_break_where_a_function_jumps() -> None:
    derivative = np.asarray(activation_shapes(ReLU()).lines[-1].get_ydata())
    assert np.isnan(derivative).sum() == 1


def test_several_activations_are_named_with_their_derivatives() -> None:
    named = texts(activation_shapes([Tanh(), LeakyReLU(0.1), LeakyReLU(0.3)]))
    assert named[:3] == ["Tanh", "Tanh′", "LeakyReLU(slope=0.1)"]


def test_activations_to_draw_are_needed() -> None:
    with pytest.raises(ValueError, match="layers must be 1 to 10 activations, found 0"):
        activation_shapes([])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (-1.5, "−1.5"),
        (1 / 3, "0.333"),
        (0.0123456, "0.0123"),
        (1234.5, "1234"),
        (-2.5e-9, "−2.5e−9"),
        (123456.0, "1.23e5"),
        (0.9999, "1"),
    ],
)
def test_short_numbers(value: float, text: str) -> None:
    assert number(value) == text


def test_places_are_spread_as_little_as_needed() -> None:
    random = np.random.default_rng(0)
    for _ in range(50):
        wanted = random.uniform(0, 100, random.integers(1, 8))
        places = spread(list(wanted), 10, 0, 100)
        assert np.diff(np.sort(places)).min(initial=np.inf) >= 10 - 1e-9
        assert places.min() >= 0
        assert places.max() <= 100 + 1e-9
        assert np.array_equal(np.argsort(places), np.argsort(wanted))
    assert np.array_equal(spread([10.0, 50.0], 10, 0, 100), [10, 50])
    assert np.diff(spread([1.0] * 5, 10, 0, 20)) == pytest.approx(5)


def test_the_gap_between_names_holds_a_line_of_text() -> None:
    ax = cost_curve([2.0, 1.0], label="Åq")
    ax.figure.draw_without_rendering()  # type: ignore[union-attr]
    assert ax.texts[0].get_window_extent().height * 72 / 100 <= LINE_HEIGHT


def test_text_in_the_colour_of_a_line_reads_well_on_white() -> None:
    for color in ("#ffa90e", "#92dadd", "#3f90da", "#000000"):
        assert 1.05 / (luminance(text_color(color)) + 0.05) >= 4.5


def test_panels_are_as_many_as_asked_for_and_titled() -> None:
    figure, axes = panels(2, 3, titles=["a", "b"])
    assert isinstance(figure, Figure)
    assert [ax.get_title(loc="left") for ax in axes] == ["a", "b", "", "", "", ""]
