"""Problems whose separation is known because it was planted, and problems that overlap for certain."""

from typing import NamedTuple

import numpy as np

from chainrule.arrays import Array


class Planted(NamedTuple):
    """Rows, labels, and what is known of them.

    Attributes:
        x, y: rows (n, i), labels (n,).
        kind: of the separation.
        columns: that separate, or None where that is not unique.
        classes: whose coefficients run away, or None where that is not unique.
        undetermined: how many rows are not separable from every other class.
    """

    x: Array
    y: Array
    kind: str
    columns: tuple[str, ...] | None
    classes: tuple[str, ...] | None
    undetermined: int


def overlapping(generator: np.random.Generator, columns: int, classes: int, rows: int = 40) -> tuple[Array, Array]:
    """Each row occurs with every class: nothing can part it from any."""
    x = generator.standard_normal((rows, columns))
    return np.repeat(x, classes, axis=0), np.tile(np.arange(classes), rows)


def planted(name: str) -> Planted:
    """Return the problem of that name."""
    return PROBLEMS[name](np.random.default_rng(sum(map(ord, name))))


def _complete(g: np.random.Generator) -> Planted:
    x, y = overlapping(g, 3, 2)
    x[:, 1] = np.where(y == 1, 2 + g.random(len(y)), 1 - g.random(len(y)))
    return Planted(x, y, "complete", ("x1",), ("1",), 0)


def _touching(_: np.random.Generator) -> Planted:
    x, y = np.array([[0.0], [1.0], [2.0], [2.0], [3.0], [4.0]]), np.array([0, 0, 0, 1, 1, 1])
    return Planted(x, y, "quasi-complete", ("x0",), ("1",), 2)


def _by_a_sum(g: np.random.Generator) -> Planted:
    x = g.standard_normal((400, 4))
    total = x[:, 1] - 2 * x[:, 3]
    kept = np.abs(total) > 0.3
    return Planted(x[kept], (total > 0)[kept].astype(int), "complete", None, ("1",), 0)


def _rare(g: np.random.Generator) -> Planted:
    x, y = overlapping(g, 3, 4)
    x[:, 1] = 0
    x[np.flatnonzero(y == 2)[:5], 1] = 1
    return Planted(x, y, "quasi-complete", ("x1",), ("2",), len(y) - 5)


def _rare_of_two_classes(g: np.random.Generator) -> Planted:
    x, y = overlapping(g, 2, 2)
    rare = np.zeros(len(y))
    rare[np.flatnonzero(y == 0)[[3, 7]]] = 1
    return Planted(np.column_stack([rare, x]), y, "quasi-complete", ("x0",), ("1",), len(y) - 2)


def _missing_from_a_class(g: np.random.Generator) -> Planted:
    x, y = overlapping(g, 2, 3, 60)
    seen = ((np.arange(len(y)) // 3) % 4 == 0) & (y != 1)
    return Planted(np.column_stack([x, seen]), y, "quasi-complete", ("x2",), ("1",), len(y))


def _two_categories(g: np.random.Generator) -> Planted:
    x, y = overlapping(g, 2, 3)
    rare = np.zeros((len(y), 2))
    rare[np.flatnonzero(y == 0)[:4], 0] = 1
    rare[np.flatnonzero(y == 2)[-3:], 1] = 1
    return Planted(np.column_stack([x, rare]), y, "quasi-complete", ("x2", "x3"), ("0", "2"), len(y) - 7)


def _one_class_of_four(g: np.random.Generator) -> Planted:
    x, y = overlapping(g, 3, 4)
    x[:, 2] = np.where(y == 3, 5 + g.random(len(y)), g.random(len(y)))
    x[y < 3, 2] = np.repeat(g.random(40), 3)
    return Planted(x, y, "quasi-complete", ("x2",), ("3",), 120)


def _two_pairs_of_four(g: np.random.Generator) -> Planted:
    x, y = overlapping(g, 2, 4)
    side = np.where(y < 2, 1.0, -1.0) * (1 + np.repeat(g.random(40), 4))
    return Planted(np.column_stack([x, side]), y, "quasi-complete", ("x2",), None, 160)


def _many_rows(g: np.random.Generator) -> Planted:
    x = g.standard_normal((3000, 5))
    total = x @ [1.0, -1.0, 2.0, 0.5, 1.0]
    x, total = x[np.abs(total) > 0.05], total[np.abs(total) > 0.05]
    others = np.flatnonzero(total <= 0)
    x = np.vstack([x[total > 0], np.repeat(x[others], 2, axis=0)])
    y = np.concatenate([np.full(len(x) - 2 * len(others), 1), np.tile([0, 2], len(others))])
    return Planted(x, y, "quasi-complete", None, ("1",), 2 * len(others))


def _in_order(g: np.random.Generator) -> Planted:
    x, y = overlapping(g, 2, 3)
    return Planted(np.column_stack([x, y + 0.8 * g.random(len(y))]), y, "complete", ("x2",), None, 0)


def _collinear_besides(g: np.random.Generator) -> Planted:
    found = _rare(g)
    x = np.column_stack([found.x, found.x[:, 0] - 3 * found.x[:, 2], np.full(len(found.x), 7.0)])
    return found._replace(x=x)


def _repeated(g: np.random.Generator) -> Planted:
    found = _rare(g)
    x, y = np.repeat(found.x, 3, axis=0), np.repeat(found.y, 3)
    return found._replace(x=x, y=y, undetermined=3 * found.undetermined)


def _scaled(g: np.random.Generator) -> Planted:
    found = _rare(g)
    return found._replace(x=found.x * [1e-6, 1e6, 1e3] + [0, 0, 1e5])


def _scaled_complete(g: np.random.Generator) -> Planted:
    found = _complete(g)
    return found._replace(x=found.x * [1e6, 1e-6, 1] + [0, 1e-3, 1e6])


PROBLEMS = {
    "complete": _complete,
    "two classes that touch": _touching,
    "complete by a sum of columns": _by_a_sum,
    "a rare category of one class": _rare,
    "a rare category of one of two classes": _rare_of_two_classes,
    "a category that one class lacks": _missing_from_a_class,
    "two rare categories": _two_categories,
    "one class of four": _one_class_of_four,
    "two pairs of four": _two_pairs_of_four,
    "one class of three, and thousands of rows": _many_rows,
    "three classes in order": _in_order,
    "a rare category and collinear columns": _collinear_besides,
    "a rare category and repeated rows": _repeated,
    "a rare category and scales from 1e-6 to 1e6": _scaled,
    "complete with scales from 1e-6 to 1e6": _scaled_complete,
}
