"""One loss: its derivatives against differences of its values."""

from collections.abc import Callable

import numpy as np

from chainrule.arrays import Array
from chainrule.inspection.differences import Comparer, slope
from chainrule.inspection.mistake_kinds import UNKNOWN, Clues
from chainrule.inspection.mistakes import Mistake, of_worst, told, without_numbers
from chainrule.losses import Loss


def mistakes_of_loss(comparer: Comparer, loss: Loss, z: Array, t: Array) -> list[Mistake]:
    """Return what is wrong with a loss at logits `z` (n, k) and targets `t`.

    Its curvature is compared with differences of its gradient, and so only where that is right.
    """
    return [*_of_gradients(comparer, loss, z, t), *_of_value(loss, z, t)] or _of_curvature(comparer, loss, z, t)


def _of_gradients(comparer: Comparer, loss: Loss, z: Array, t: Array) -> list[Mistake]:
    def by_factors(z: Array) -> Array:
        return np.einsum("nk,nkl->nl", *loss.factors(z, t))

    ways = {
        "gradient with respect to z": lambda z: loss.gradient(z, t),
        "gradient of value_and_gradient": lambda z: loss.value_and_gradient(z, t)[1],
        "product of the factors ∂loss/∂y · ∂y/∂z": by_factors,
    }
    mistakes = []
    for what, way in ways.items():
        found = way(z)
        if np.shape(found) != z.shape:
            reason = f"has shape {np.shape(found)}, where {z.shape} is expected"
            mistakes.append(without_numbers(str(loss), what, "shape", reason))
            continue
        worst = comparer.compare(lambda v: loss.value(v, t), z, found, by_row=True)
        if worst is None:
            continue
        place = (f"row {worst.entry[0]}", f"logit {worst.entry[1]}")
        likely = _of_activation(loss, z, t) if way is by_factors else None
        likely = likely or told(str(loss), what, found[:, None], _slopes(loss, z, t)[:, None], _clues(loss, way, z, t))
        mistakes.append(likely or of_worst(str(loss), what, place, worst, UNKNOWN))
    return mistakes


def _clues(loss: Loss, way: Callable[[Array], Array], z: Array, t: Array) -> Clues:
    """Return what a gradient (n, k), computed in some way, may be compared with."""
    y = loss.activation.forward({}, z)
    points = {
        "it takes y where z belongs": (_slopes(loss, y, t), way(z)),
        "it takes z where y belongs": (way(y), _slopes(loss, z, t)),
    }
    terms = {"constant": np.ones_like(z), "t": _as_rows(t, z), "y": y, "z": z}
    return Clues(
        _labels(z),
        points={how: (a[:, None], b[:, None]) for how, (a, b) in points.items()},
        terms={name: term[:, None] for name, term in terms.items()},
        factors={"y": y[:, None], "1 - y": 1 - y[:, None]},
        sizes=_sizes(z),
    )


def _of_activation(loss: Loss, z: Array, t: Array) -> Mistake | None:
    """Return what is wrong with the factor `∂y/∂z`, where the activation passes a gradient."""
    found = loss.factors(z, t)[1]
    columns = [slope(lambda v: loss.activation.forward({}, v), z, (slice(None), c)) for c in range(z.shape[1])]
    expected = np.stack(columns, axis=2)
    if not np.nan_to_num(expected).any():
        return None
    y = loss.activation.forward({}, z)
    clues = Clues(_labels_of_products(z), terms=_products(y), factors={"y": y[:, :, None]}, sizes=_sizes(z))
    return told(str(loss), "factor ∂y/∂z", found, expected, clues)


def _of_value(loss: Loss, z: Array, t: Array) -> list[Mistake]:
    found, expected = loss.value_and_gradient(z, t)[0], loss.value(z, t)
    labels = (_labels(z)[0], [""], [""])
    clues = Clues(labels, sizes=_sizes(z))
    mistake = told(str(loss), "value of value_and_gradient", found[:, None, None], expected[:, None, None], clues, 1e-6)
    return [] if mistake is None else [mistake]


def _of_curvature(comparer: Comparer, loss: Loss, z: Array, t: Array) -> list[Mistake]:
    w, what = comparer.generator.standard_normal(z.shape), "curvature product"
    worst = comparer.compare(
        lambda v: (w * loss.gradient(v, t)).sum(axis=1), z, loss.curvature_product(z, t, w), by_row=True
    )
    if worst is None:
        return []
    found, expected = np.zeros((2, *z.shape, z.shape[1]))
    for column in range(z.shape[1]):
        unit = np.zeros_like(z)
        unit[:, column] = 1
        found[:, :, column] = loss.curvature_product(z, t, unit)
        expected[:, :, column] = slope(lambda v: loss.gradient(v, t), z, (slice(None), column))
    y = loss.activation.forward({}, z)
    clues = Clues(_labels_of_products(z), terms=_products(y), factors={"y": y[:, :, None]}, sizes=_sizes(z))
    place = (f"row {worst.entry[0]}", f"logit {worst.entry[1]}")
    return [told(str(loss), what, found, expected, clues) or of_worst(str(loss), what, place, worst, UNKNOWN)]


def _slopes(loss: Loss, z: Array, t: Array) -> Array:
    columns = range(z.shape[1])
    return np.stack([slope(lambda v: loss.value(v, t), z, (slice(None), column)) for column in columns], axis=1)


def _as_rows(t: Array, z: Array) -> Array:
    """Return targets as numbers of the shape of logits (n, k)."""
    return t.reshape(z.shape) if t.size == z.size else np.eye(z.shape[1])[t]


def _labels(z: Array) -> tuple[list[str], list[str], list[str]]:
    return [f"row {row}" for row in range(len(z))], [""], [f"logit {logit}" for logit in range(z.shape[1])]


def _sizes(z: Array) -> dict[str, int]:
    return {"the number of rows": len(z), "the number of logits": z.shape[1]}


def _labels_of_products(z: Array) -> tuple[list[str], list[str], list[str]]:
    rows, _, logits = _labels(z)
    return rows, [f"output {output}" for output in range(z.shape[1])], logits


def _products(y: Array) -> dict[str, Array]:
    """Return the terms of the Jacobian of a softmax."""
    return {"y yᵀ": y[:, :, None] * y[:, None, :], "y on the diagonal": y[:, :, None] * np.eye(y.shape[1])}
