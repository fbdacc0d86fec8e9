"""The Jacobian of a layer in full, as each of its methods has it, and by differences: what a mistake is told from.

All are (n, o, p): rows, outputs, and places in what the derivative is taken with respect to, the inputs or a parameter.
Of a large layer it is that of some rows, outputs and places, those where the mistake was met among them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias, final

import numpy as np

from chainrule.arrays import Array
from chainrule.inspection.differences import slope
from chainrule.inspection.mistake_kinds import Clues
from chainrule.layers import Layer
from chainrule.layers.layer import Parameters

FEW_ROWS, MOST_NUMBERS = 8, 256
MOST_UNITS, MOST_SIDE = 32, 12
Method: TypeAlias = "Callable[[Sample, Array, Array], Array]"


@final
@dataclass(frozen=True, eq=False)
class Sample:
    """A layer at some rows, and which part of its Jacobian is looked at.

    Attributes:
        layer, params: the layer and its parameters.
        x, y: all rows, and its outputs for them.
        name: of what the derivative is taken with respect to: "x" or a parameter.
        rows, outputs: which of them are looked at.
        places: column of `x`, or place in the parameter, counted row by row.
    """

    layer: Layer
    params: Parameters
    x: Array
    y: Array
    name: str
    rows: Array
    outputs: Array
    places: Array

    @classmethod
    def around(
        cls, layer: Layer, params: Parameters, x: Array, name: str, row: int, place: tuple[int, ...]
    ) -> "Sample":
        """Return some rows, outputs and places, with this row and place among them, and the output beside it."""
        most = max(FEW_ROWS, MOST_NUMBERS // layer.output_size(x.shape[1]))
        rows = _some(len(x), most, row)
        y = layer.forward(params, x)
        shape = x.shape[1:] if name == "x" else params[name].shape
        if len(shape) == 2:
            square = shape[0] == shape[1]
            sides = [_some(size, MOST_SIDE, *(place if square else place[i : i + 1])) for i, size in enumerate(shape)]
            places = np.ravel_multi_index(np.meshgrid(*sides, indexing="ij"), shape).ravel()
        else:
            places = _some(int(np.prod(shape)), MOST_UNITS, int(np.ravel_multi_index(place, shape)) if shape else 0)
        last = [unit for unit in place[-1:] if unit < y.shape[1]]
        outputs = _some(y.shape[1], MOST_SIDE if len(shape) == 2 else MOST_UNITS, *last)
        return cls(layer, params, x, y, name, rows, outputs, places)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of the Jacobian (n, o, p)."""
        return len(self.rows), len(self.outputs), len(self.places)

    @property
    def square(self) -> bool:
        """Whether the layer has as many outputs as inputs."""
        return self.x.shape == self.y.shape

    def zeros(self) -> dict[str, Array]:
        """Return a zero for each number of each parameter."""
        return {name: np.zeros_like(values) for name, values in self.params.items()}

    def index(self, place: int) -> tuple[int, ...]:
        """Return the index of a place in the inputs or the parameter."""
        shape = self.x.shape[1:] if self.name == "x" else self.params[self.name].shape
        return tuple(int(i) for i in np.unravel_index(place, shape))

    def entry(self, index: tuple[int, ...]) -> tuple[str]:
        """Return what a number of the parameter is called."""
        return (f"{self.name}{list(index)}",)

    @property
    def labels(self) -> tuple[list[str], list[str], list[str]]:
        """What rows, outputs and places are called."""
        inputs = [f"input {place}" for place in self.places]
        entries = [name for place in self.places for name in self.entry(self.index(int(place)))]
        return (
            [f"row {row}" for row in self.rows],
            [f"output {output}" for output in self.outputs],
            inputs if self.name == "x" else entries,
        )

    def tried(self, jacobian: Callable[[], Array]) -> Array:
        """Return a Jacobian where the layer may refuse to be, or no numbers."""
        try:
            return jacobian()
        except Exception:  # whatever a user's layer raises where it is not meant to be: this is only a clue
            return np.full(self.shape, np.nan)

    def clues(self, method: Method, found: Array, expected: Array) -> Clues:
        """Return what the method's Jacobian may be compared with."""
        terms = {"constant": np.ones((1, 1, 1))}
        factors: dict[str, Array] = {}
        points: dict[str, tuple[Array, Array]] = {}
        transposed = None
        if self.square:
            x, y = (a[np.ix_(self.rows, self.outputs)] for a in (self.x, self.y))
            factors = {"y": y, "x": x, "1 + y": 1 + y, "1 - y": 1 - y}
            factors = {name: values[:, :, None] for name, values in factors.items()}
            with np.errstate(all="ignore"):
                points = {
                    "it takes y where x belongs": (self.tried(lambda: method(self, self.x, self.x)), expected),
                    "it takes x where y belongs": (self.tried(lambda: method(self, self.y, self.y)), expected),
                    "it is the derivative at y, not at x": (self.tried(lambda: by_differences(self, self.y)), found),
                }
            if self.name == "x":
                transposed = expected.swapaxes(1, 2)
                one = np.eye(len(self.outputs))[None]
                ratio = np.divide(y, x, out=np.zeros_like(y), where=x != 0)
                diagonals = {"constant": np.ones_like(x), "y": y, "x": x, "y / x": ratio, "y²": y * y}
                terms |= {f"{name} on the diagonal": v[:, :, None] * one for name, v in diagonals.items()}
                terms["y yᵀ"] = y[:, :, None] * y[:, None, :]
        side = round(len(self.places) ** 0.5)
        parameter = self.params.get(self.name)
        if parameter is not None and parameter.ndim == 2 and parameter.shape[0] == parameter.shape[1]:
            transposed = expected.reshape(*self.shape[:2], side, side).swapaxes(2, 3).reshape(self.shape)
        sizes = {
            "the number of rows": len(self.x),
            "the number of outputs": self.y.shape[1],
            "the number of inputs": self.x.shape[1],
        }
        return Clues(self.labels, transposed, points, terms, factors, sizes)


def by_vjp(sample: Sample, x: Array, y: Array) -> Array:
    """Return the Jacobian by vjp, one output at a time, and of a parameter one row at a time."""
    jacobian = np.zeros(sample.shape)
    for k, output in enumerate(sample.outputs):
        for r, row in enumerate((slice(None),) if sample.name == "x" else sample.rows):
            dy, grad = np.zeros_like(sample.y), sample.zeros()
            dy[row, output] = 1
            dx = sample.layer.vjp(sample.params, x, y, dy, grad=grad)
            if sample.name == "x":
                jacobian[:, k] = 0 if dx is None else dx[np.ix_(sample.rows, sample.places)]
            else:
                jacobian[r, k] = grad[sample.name].ravel()[sample.places]
    return jacobian


def by_jvp(sample: Sample, x: Array, y: Array) -> Array:
    """Return the Jacobian by jvp, one place at a time."""
    jacobian = np.zeros(sample.shape)
    for p, place in enumerate(sample.places):
        dx, dparams = np.zeros_like(x), sample.zeros()
        if sample.name == "x":
            dx[:, place] = 1
        else:
            dparams[sample.name][np.unravel_index(place, dparams[sample.name].shape)] = 1
        jacobian[:, :, p] = sample.layer.jvp(sample.params, x, y, dx, dparams)[np.ix_(sample.rows, sample.outputs)]
    return jacobian


def by_jacobian(sample: Sample, x: Array, y: Array) -> Array:
    """Return the Jacobian as the layer gives it."""
    given = sample.layer.jacobian(sample.params, x, y)[sample.name]
    return given.reshape(*sample.y.shape, -1)[np.ix_(sample.rows, sample.outputs, sample.places)]


def by_differences(sample: Sample, x: Array) -> Array:
    """Return the Jacobian by central differences of the outputs, and no number at a kink."""
    inputs = sample.name == "x"
    at = x if inputs else sample.params[sample.name]

    def outputs(v: Array) -> Array:
        params, rows = (sample.params, v) if inputs else ({**sample.params, sample.name: v}, x)
        return sample.layer.forward(params, rows)[:, sample.outputs]

    where = [(slice(None), p) if inputs else np.unravel_index(p, at.shape) for p in sample.places]
    return np.stack([slope(outputs, at, place, sample.y.dtype) for place in where], axis=2)[sample.rows]


def _some(size: int, most: int, *among: int) -> Array:
    """Return up to `most` of the numbers below `size`, and these among them."""
    return np.unique([*range(min(size, most)), *among])
