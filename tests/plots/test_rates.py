"""ROC, precision-recall and reliability: the points where the numbers say, and nothing that is no share."""

import numpy as np
import pytest

from chainrule.plots import CLASS_COLORS, precision_recall, reliability, roc


def test_roc_draws_each_line_and_chance() -> None:
    ax = roc({"a (0.9)": ([0, 0.2, 1], [0, 0.9, 1]), "_b": ([0, 1], [0, 1])})
    chance, first, second = ax.lines
    np.testing.assert_array_equal(chance.get_xydata(), [[0, 0], [1, 1]])
    np.testing.assert_array_equal(first.get_xydata(), [[0, 0], [0.2, 0.9], [1, 1]])
    assert [first.get_color(), second.get_color()] == list(CLASS_COLORS[:2])
    legend = ax.get_legend()
    assert legend is not None
    assert [text.get_text().strip() for text in legend.get_texts()] == ["a (0.9)", "_b"]


def test_a_single_line_needs_no_legend() -> None:
    assert roc({"a": ([0, 1], [0, 1])}).get_legend() is None


def test_precision_is_drawn_in_steps_over_chance() -> None:
    ax = precision_recall({"a": ([0, 0.5, 1], [1, 0.8, 0.4])}, share=0.4)
    chance, line = ax.lines
    assert np.asarray(chance.get_ydata()).tolist() == [0.4, 0.4]
    assert line.get_drawstyle() == "steps-pre"
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("recall", "precision")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ({}, "1 to 10 to be distinguishable, found 0"),
        ({str(i): ([0, 1], [0, 1]) for i in range(11)}, "found 11"),
        ({"a": ([0, 1], [0])}, r"as many points across as up, found \(2,\) and \(1,\)"),
        ({"a": ([], [])}, "as many points"),
        ({"a": ([0, 1], [0, 1.5])}, "shares from 0 to 1, found 0 to 1.5"),
        ({"a": ([0, np.nan], [0, 1])}, "finite"),
    ],
)
def test_lines_that_cannot_be_drawn(lines: dict[str, tuple[list[float], list[float]]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        roc(lines)


def test_reliability_has_points_intervals_and_rows() -> None:
    ax = reliability([0.3, 0.9], [0.2, 0.95], intervals=[[0.1, 0.4], [0.9, 0.97]], rows=[10, 40])
    diagonal, points = ax.lines
    np.testing.assert_array_equal(diagonal.get_xydata(), [[0, 0], [1, 1]])
    np.testing.assert_array_equal(points.get_xydata(), [[0.3, 0.2], [0.9, 0.95]])
    assert len(ax.collections) == 1
    assert [bar.get_height() for bar in ax.patches] == pytest.approx([0.0625, 0.25])  # type: ignore[attr-defined]


def test_where_no_confidence_is_low_the_figure_begins_near_a_half() -> None:
    assert reliability([0.6], [0.7]).get_xlim()[0] == 0.45


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"right": [0.5, 0.5]}, r"found \(1,\) and \(2,\)"),
        ({"rows": [1, 2]}, "each of 1 bins"),
        ({"intervals": [[0, 0, 1]]}, r"shape \(1, 2\), found \(1, 3\)"),
        ({"right": [np.inf]}, "finite"),
    ],
)
def test_a_reliability_that_cannot_be_drawn(more: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        reliability(**{"confidence": [0.5], "right": [0.5], **more})  # type: ignore[arg-type]
