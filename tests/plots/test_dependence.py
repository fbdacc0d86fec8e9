"""Dependence on a column: lines over numbers, bars beside words; and the boxes of a wide network."""

import numpy as np
import pytest

from chainrule import Network, ReLU
from chainrule.layers import Dense, MemberDense, MemberScale, SharedDense, Tanh
from chainrule.plots import CLASS_COLORS, dependence, layer_sizes


def test_numbers_make_lines_with_the_tenths_of_the_data_below() -> None:
    y = np.array([[0.2, 0.8], [0.5, 0.5], [0.9, 0.1]])
    ax = dependence([1.0, 2.0, 3.0], y, "ab", seen=np.linspace(0, 8, 81))
    np.testing.assert_array_equal(np.array([line.get_ydata() for line in ax.lines]).T, y)
    (ticks,) = ax.collections
    assert len(ticks.get_paths()) == 2
    assert ax.get_xlim() == (1.0, 3.0)


def test_words_make_bars_that_stack() -> None:
    ax = dependence(["red", "blue"], [[0.2, 0.8], [0.6, 0.4]], ["a", "b"])
    ends = [bar.get_x() + bar.get_width() for bar in ax.patches]  # type: ignore[attr-defined]
    assert ends == pytest.approx([0.2, 0.6, 1, 1])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["red", "blue"]
    assert ax.yaxis_inverted()


@pytest.mark.parametrize(
    ("values", "y", "names", "message"),
    [
        ([1, 2], [[0.5]], "a", "a row for each of 2 values"),
        ([1], [[0.1] * 11], "abcdefghijk", f"at most {len(CLASS_COLORS)} classes"),
        ([1], [[0.5]], "ab", "names must name 1 classes"),
        ([1], [[np.nan]], "a", "finite"),
    ],
)
def test_a_dependence_that_cannot_be_drawn(values: list[int], y: object, names: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        dependence(values, y, names)


def test_boxes_say_sizes_and_weights() -> None:
    network = Network((Dense(1000, 20), ReLU(), Dense(20, 5, bias=False)))
    texts = [text.get_text() for text in layer_sizes(network).texts]
    assert {"1,000", "20", "5", "20,020", "100", "ReLU", "softmax"} <= set(texts)
    heights = [box.get_height() for box in layer_sizes(network).patches if hasattr(box, "get_height")]
    assert heights[0] > heights[1] > heights[2]


def test_shared_weights_count_once_among_the_sizes_of_layers() -> None:
    network = Network((MemberScale(2, 3), SharedDense(2, 3, 4), Tanh(), MemberDense(2, 4, 3)))
    texts = [text.get_text() for text in layer_sizes(network).texts]
    assert {"20", "30"} <= set(texts), "3 · 4 weights and 8 biases, then 4 · 6 weights and 6 biases"
