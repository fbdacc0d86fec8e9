"""One layer: its vjp, jvp and Jacobian against differences of its forward function."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, final

import numpy as np

from chainrule.arrays import Array, Shape
from chainrule.inspection.differences import (
    DOUBLE,
    Clues,
    Comparer,
    Method,
    Sample,
    Worst,
    by_jacobian,
    by_jvp,
    by_vjp,
    slope,
)
from chainrule.inspection.mistakes import UNKNOWN, Kind, Mistake, find_mistake, of_layer, of_worst, without_numbers
from chainrule.layers import Layer
from chainrule.losses import Loss

# One loss: its derivatives against differences of its values.


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
        slopes = _slopes(lambda v: loss.value(v, t), z)
        likely = likely or find_mistake(str(loss), what, found[:, None], slopes[:, None], _clues(loss, way, z, t))
        mistakes.append(likely or of_worst(str(loss), what, place, worst, UNKNOWN))
    return mistakes


def _clues(loss: Loss, way: Callable[[Array], Array], z: Array, t: Array) -> Clues:
    """Return what a gradient (n, k), computed in some way, may be compared with."""
    y = loss.activation.forward({}, z)
    at_y, at_z = (_slopes(lambda v: loss.value(v, t), at) for at in (y, z))
    points = {"it takes y where z belongs": (at_y, way(z)), "it takes z where y belongs": (way(y), at_z)}
    terms = {"constant": np.ones_like(z), "t": _as_rows(t, z, getattr(loss, "members", 1)), "y": y, "z": z}
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
    expected = _slopes(lambda v: loss.activation.forward({}, v), z)
    if not np.nan_to_num(expected).any():
        return None
    return find_mistake(str(loss), "factor ∂y/∂z", found, expected, _clues_of_products(loss, z))


def _of_value(loss: Loss, z: Array, t: Array) -> list[Mistake]:
    found, expected = loss.value_and_gradient(z, t)[0], loss.value(z, t)
    clues, what = Clues((_labels(z)[0], [""], [""]), sizes=_sizes(z)), "value of value_and_gradient"
    mistake = find_mistake(str(loss), what, found[:, None, None], expected[:, None, None], clues, 1e-6)
    return [] if mistake is None else [mistake]


def _of_curvature(comparer: Comparer, loss: Loss, z: Array, t: Array) -> list[Mistake]:
    w, what = comparer.generator.standard_normal(z.shape), "curvature product"
    product = loss.curvature_product(z, t, w)
    worst = comparer.compare(lambda v: (w * loss.gradient(v, t)).sum(axis=1), z, product, by_row=True)
    if worst is None:
        return []
    found = np.stack([loss.curvature_product(z, t, unit) for unit in _units(z)], axis=2)
    expected = _slopes(lambda v: loss.gradient(v, t), z)
    clues = _clues_of_products(loss, z)
    place = (f"row {worst.entry[0]}", f"logit {worst.entry[1]}")
    return [find_mistake(str(loss), what, found, expected, clues) or of_worst(str(loss), what, place, worst, UNKNOWN)]


def _slopes(function: Callable[[Array], Array], z: Array) -> Array:
    """Return the slopes of a function of logits (n, ...) by each of them (n, ..., k)."""
    return np.stack([slope(function, z, (slice(None), column)) for column in range(z.shape[1])], axis=-1)


def _as_rows(t: Array, z: Array, members: int) -> Array:
    """Return targets as numbers of the shape of logits (n, k)."""
    width = z.shape[1] // members
    rows = t.reshape(len(z), width) if t.size == len(z) * width else np.eye(width)[t]
    return np.tile(rows, members)


def _labels(z: Array) -> tuple[list[str], list[str], list[str]]:
    return [f"row {row}" for row in range(len(z))], [""], [f"logit {logit}" for logit in range(z.shape[1])]


def _sizes(z: Array) -> dict[str, int]:
    return {"the number of rows": len(z), "the number of logits": z.shape[1]}


def _clues_of_products(loss: Loss, z: Array) -> Clues:
    """Return what a matrix for each row (n, k, k) may be compared with: among others the terms of a softmax's."""
    (rows, _, logits), y = _labels(z), loss.activation.forward({}, z)
    terms = {"y yᵀ": y[:, :, None] * y[:, None, :], "y on the diagonal": y[:, :, None] * np.eye(y.shape[1])}
    outputs = [f"output {output}" for output in range(z.shape[1])]
    return Clues((rows, outputs, logits), terms=terms, factors={"y": y[:, :, None]}, sizes=_sizes(z))


# Numbers of a Jacobian that is compared in full: 80 MB.
LARGEST_JACOBIAN = 10_000_000


def precision(y: Array) -> np.dtype[Any]:
    """Return the type that outputs are computed in: double precision unless they say otherwise."""
    return y.dtype if y.dtype.kind == "f" and y.dtype.itemsize < DOUBLE.itemsize else DOUBLE


@final
class LayerCheck:
    """A layer at the inputs `x` (n, i), being checked.

    Attributes:
        mistakes: found so far.
    """

    def __init__(self, comparer: Comparer, where: str, layer: Layer, params: Mapping[str, Array], x: Array) -> None:
        self.comparer, self.where, self.layer, self.params, self.x = comparer, where, layer, params, x
        self.y = layer.forward(params, x)
        self.dy = comparer.generator.standard_normal(self.y.shape)
        self.mistakes: list[Mistake] = []

    def run(self) -> list[Mistake]:
        """Return what is wrong."""
        self._check_vjp()
        self._check_jvp()
        largest = max(self.x.shape[1], *(values.size for values in (*self.params.values(), self.x[0])))
        if self.y.size * largest <= LARGEST_JACOBIAN:
            self._check_jacobian()
        return self.mistakes

    def _check_vjp(self) -> None:
        found: dict[str, Array | None] = {}
        grad = {name: np.full_like(values, np.nan) for name, values in self.params.items()}  # to be overwritten
        with self._shapes_that_fit("vjp"):
            found = {"x": self.layer.vjp(self.params, self.x, self.y, self.dy, grad=grad), **grad}
        for name, derivative in found.items():
            self._compare(f"vjp with respect to {name}", name, derivative, by_vjp)

    def _check_jvp(self) -> None:
        along: list[Array] = []
        with self._shapes_that_fit("jvp"):
            along = [self._jvp(unit, self._zeros()) for unit in _units(self.x)]
        if along:
            self._compare("jvp along x", "x", np.stack(along, axis=1), by_jvp)
            for name in self.params:
                self._check_jvp_along(name)

    def _check_jvp_along(self, name: str) -> None:
        values, moved = self.params[name], None
        direction = np.asarray(self.comparer.generator.standard_normal(values.shape))
        with self._shapes_that_fit(f"jvp along {name}"):
            moved = self._jvp(np.zeros_like(self.x), {**self._zeros(), name: direction}).sum()
        if moved is None:
            return

        def value(step: Array) -> Array:
            return self._value(name, values + step[0] * direction)

        worst = self.comparer.compare(value, np.zeros(1), np.array([moved]), dtype=precision(self.y))
        if worst is not None:
            self._add(f"jvp along {name}", name, worst._replace(entry=(0,) * values.ndim), by_jvp)

    def _check_jacobian(self) -> None:
        given: dict[str, Array] = {}
        with self._shapes_that_fit("jacobian"):
            given = self.layer.jacobian(self.params, self.x, self.y)
        for name in ("x", *self.params) if given else ():
            full = (*self.y.shape, *self._at(name).shape[name == "x" :])
            found = given.get(name)
            if found is None or found.shape != full:
                self._refuse(f"jacobian of {name}", found, full)
                continue
            axes = "no,noi->ni" if name == "x" else "no,no...->..."
            self._compare(f"jacobian of {name}", name, np.asarray(np.einsum(axes, self.dy, found)), by_jacobian)

    def _compare(self, what: str, name: str, found: Any, method: Method) -> None:
        """Compare a derivative, already multiplied by `dy`, of the shape of what it is taken with respect to."""
        at = self._at(name)
        if found is None or found.shape != at.shape:
            self._refuse(what, found, at.shape)
            return
        value, by_row = partial(self._value, name), name == "x"
        worst = self.comparer.compare(value, at, found, by_row=by_row, dtype=precision(self.y))
        if worst is not None:
            self._add(what, name, worst, method)

    def _add(self, what: str, name: str, worst: Worst, method: Method) -> None:
        row, place = (worst.entry[0], worst.entry[1:]) if name == "x" else (0, worst.entry)
        sample = Sample.around(self.layer, self.params, self.x, name, row, place)
        self.mistakes.append(of_layer(self.where, what, worst, sample, method))

    def _refuse(self, what: str, found: Any, shape: Shape) -> None:
        if found is None:
            self.mistakes.append(without_numbers(self.where, what, "forgotten", "is not there"))
            return
        kind: Kind = "transposed" if found.shape == shape[::-1] else "shape"
        reason = f"has shape {found.shape}, where {shape} is expected"
        self.mistakes.append(without_numbers(self.where, what, kind, reason))

    @contextmanager
    def _shapes_that_fit(self, method: str) -> Iterator[None]:
        try:
            yield
        except (ValueError, IndexError) as error:
            reason = f"fails with {type(error).__name__}: {str(error).splitlines()[0]}"
            self.mistakes.append(without_numbers(self.where, method, "shape", reason))

    def _at(self, name: str) -> Array:
        return self.x if name == "x" else self.params[name]

    def _value(self, name: str, v: Array) -> Array:
        """Return the outputs times `dy` of each row (n,), at `v` in place of the inputs or of a parameter."""
        y = self.layer.forward(self.params, v) if name == "x" else self.layer.forward({**self.params, name: v}, self.x)
        return (self.dy * y).sum(axis=1)

    def _jvp(self, dx: Array, dparams: dict[str, Array]) -> Array:
        return (self.dy * self.layer.jvp(self.params, self.x, self.y, dx, dparams)).sum(axis=1)

    def _zeros(self) -> dict[str, Array]:
        return {name: np.zeros_like(values) for name, values in self.params.items()}


def _units(x: Array) -> Iterator[Array]:
    """Yield rows of the shape of `x` that are 1 in one column and 0 elsewhere, for each column."""
    for column in range(x.shape[1]):
        unit = np.zeros_like(x)
        unit[:, column] = 1
        yield unit
