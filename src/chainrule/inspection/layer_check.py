"""One layer: its vjp, jvp and Jacobian against differences of its forward function."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, final

import numpy as np

from chainrule.arrays import Array, Shape
from chainrule.inspection.differences import DOUBLE, Comparer, Worst
from chainrule.inspection.jacobians import Method, Sample, by_jacobian, by_jvp, by_vjp
from chainrule.inspection.mistake_kinds import Kind
from chainrule.inspection.mistakes import Mistake, of_layer, without_numbers
from chainrule.layers import Layer

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
            self._tell(f"jvp along {name}", name, worst._replace(entry=(0,) * values.ndim), by_jvp)

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
        worst = self.comparer.compare(
            lambda v: self._value(name, v), at, found, by_row=name == "x", dtype=precision(self.y)
        )
        if worst is not None:
            self._tell(what, name, worst, method)

    def _tell(self, what: str, name: str, worst: Worst, method: Method) -> None:
        row, place = (worst.entry[0], worst.entry[1:]) if name == "x" else (0, worst.entry)
        sample = Sample.around(self.layer, self.params, self.x, name, row, place)
        self.mistakes.append(of_layer(self.where, what, worst, sample, method))

    def _refuse(self, what: str, found: Any, shape: Shape) -> None:
        if found is None:
            self.mistakes.append(without_numbers(self.where, what, "forgotten", "is not there"))
            return
        kind: Kind = "transposed" if found.shape == shape[::-1] else "shape"
        self.mistakes.append(
            without_numbers(self.where, what, kind, f"has shape {found.shape}, where {shape} is expected")
        )

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
    for column in range(x.shape[1]):
        unit = np.zeros_like(x)
        unit[:, column] = 1
        yield unit
