"""Matrices: every number where it belongs, in ink that reads well."""

import numpy as np
import pytest
from matplotlib.axes import Axes

from chainrule.plots import confusion, matrix_heat
from chainrule.plots.style import luminance


def written(ax: Axes) -> dict[tuple[float, float], list[str]]:
    """Return the texts in each cell (row, column)."""
    cells: dict[tuple[float, float], list[str]] = {}
    for text in ax.texts:
        column, row = text.xy  # type: ignore[attr-defined]
        cells.setdefault((row, column), []).append(text.get_text())
    return cells


@pytest.mark.parametrize("k", [1, 2, 3, 10])
def test_counts_and_shares_stand_in_their_cells(k: int) -> None:
    counts = np.random.default_rng(k).integers(1, 2000, (k, k))
    cells = written(confusion(counts))
    for (row, column), count in np.ndenumerate(counts):
        text, share = cells[row, column]
        assert text == str(count)
        exact = count / counts[row].sum()
        assert share == ("<1%" if exact < 0.005 else ">99%" if 0.995 <= exact < 1 else f"{exact:.0%}")


def test_true_classes_are_rows() -> None:
    ax = confusion([[5, 0], [2, 1]], ["a", "b"])
    assert written(ax)[1, 0] == ["2", "67%"]
    assert (ax.get_ylabel(), ax.get_xlabel()) == ("true class", "predicted class")
    assert ax.yaxis_inverted()
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"]


def test_a_class_without_rows_has_no_shares() -> None:
    assert written(confusion([[0, 0], [1, 0]]))[0, 0] == ["0"]


def test_weighted_counts_keep_their_digits() -> None:
    assert written(confusion([[1234567.5]]))[0, 0] == ["1234567.5", "100%"]


def test_long_names_are_slanted_and_short_ones_are_not() -> None:
    short, long = confusion(np.eye(3), "abc"), confusion(np.eye(3), ["a very long name"] * 3)
    assert {label.get_rotation() for label in short.get_xticklabels()} == {0}
    assert {label.get_rotation() for label in long.get_xticklabels()} == {45}


@pytest.mark.parametrize("ax", [confusion(np.arange(25).reshape(5, 5)), matrix_heat(np.arange(-12, 13).reshape(5, 5))])
def test_numbers_read_well_on_their_colours(ax: Axes) -> None:
    mesh = ax.collections[0]
    mesh.update_scalarmappable()
    colors = np.asarray(mesh.get_facecolor()).reshape(5, 5, 4)
    for text in ax.texts:
        column, row = text.xy  # type: ignore[attr-defined]
        levels = sorted([luminance(colors[row, column]), luminance(text.get_color())])
        assert (levels[1] + 0.05) / (levels[0] + 0.05) >= 4.2


@pytest.mark.parametrize("fixed", [confusion, matrix_heat])
def test_texts_stay_inside_their_cells(fixed: object) -> None:
    ax = fixed(1000 + np.arange(25).reshape(5, 5))  # type: ignore[operator]
    ax.figure.draw_without_rendering()
    (left, top), (right, bottom) = ax.transData.transform([(0, 0), (1, 1)])
    for text in ax.texts:
        box = text.get_window_extent()
        assert box.width < right - left
        assert box.height < top - bottom


def test_a_matrix_shows_its_numbers_and_signs() -> None:
    ax = matrix_heat([[0.25, -1.5, 0.0]], row_names=["z"], column_names=["a", "b", "c"])
    assert [text.get_text() for text in ax.texts] == ["0.25", "−1.5", "0"]
    assert ax.collections[0].get_clim() == (-1.5, 1.5)
    assert [label.get_text() for label in ax.get_xticklabels()] == ["a", "b", "c"]


@pytest.mark.parametrize("values", [[1.0, 2.0], [[0.0]], np.zeros((3, 4)), np.ones((2, 21))])
def test_matrices_of_any_shape(values: object) -> None:
    columns = np.atleast_2d(values).shape[1]  # type: ignore[call-overload]
    assert len(matrix_heat(values).texts) == (np.size(values) if columns <= 20 else 0)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("matrix", "names", "message"),
    [
        ([[1, 2]], None, r"must have shape \(k, k\), a row for each true class, found \(1, 2\)"),
        (np.empty((0, 0)), None, r"found \(0, 0\)"),
        ([[1, -2], [0, 1]], None, "counts of at least 0, found -2"),
        ([[np.nan]], None, "matrix must be finite"),
        ([[1]], ["a", "b"], "names must name 1 classes, found 2"),
    ],
)
def test_confusions_that_cannot_be_drawn(matrix: object, names: list[str] | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        confusion(matrix, names)


@pytest.mark.parametrize(
    ("values", "rows", "columns", "message"),
    [
        (np.ones((2, 2, 2)), None, None, r"values must be a matrix \(r, c\), found shape \(2, 2, 2\)"),
        (np.empty((0, 2)), None, None, r"found shape \(0, 2\)"),
        ([[np.inf]], None, None, "values must be finite"),
        ([[1.0]], ["a", "b"], None, "row_names must name 1 rows, found 2"),
        ([[1.0]], None, [], "column_names must name 1 columns, found 0"),
    ],
)
def test_matrices_that_cannot_be_drawn(
    values: object, rows: list[str] | None, columns: list[str] | None, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        matrix_heat(values, row_names=rows, column_names=columns)


def test_many_classes_show_the_counts_that_are_not_zero() -> None:
    counts = np.diag(np.arange(1, 27))
    counts[3, 5] = 7
    cells = written(confusion(counts))
    assert len(cells) == 27
    assert cells[3, 5] == ["7"]
    assert written(confusion(np.eye(41))) == {}
