"""Layers of several networks in one: the members of an ensemble side by side.

A row of a member layer holds the numbers of member 0, then those of member 1, and so on: `x = (x_1, …, x_k)`.

    MemberScale    (n, i) -> (n, k i)       y_m = s_m ⊙ x          every member begins with its own scale of each input
    SharedDense    (n, k i) -> (n, k o)     y_m = x_m W + b_m      one matrix for all members
    MemberDense    (n, k i) -> (n, k o)     y_m = x_m W_m + b_m    a matrix for each
    MemberSoftmax  (n, k c) -> (n, k c)     y_m = softmax(x_m)

Each member has biases of its own, as in BatchEnsemble: they cost as many sums as shared ones, and let members differ
behind the first layer too.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, TypeAlias, final

import numpy as np

from chainrule.arrays import Array, Shape, is_sparse, put
from chainrule.common.arguments import whole
from chainrule.common.format import described
from chainrule.common.formulas import Formula
from chainrule.exceptions import MismatchError
from chainrule.layers.activations import Softmax
from chainrule.layers.layer import (
    Activation,
    LinearFormulas,
    Operation,
    Parameters,
    identity_jacobian,
    onnx,
    refuse_wrong_shapes,
)

__all__ = ["MemberDense", "MemberScale", "MemberSoftmax", "SharedDense"]

Draw: TypeAlias = Callable[[int, int], Array]


def check_sizes(layer: object, *names: str) -> None:
    """Raise ValueError unless each of the named sizes of a layer is a positive whole number."""
    for name in names:
        size = getattr(layer, name)
        if not whole(size):
            owner = type(layer).__name__
            raise ValueError(f"{owner} needs a positive whole number of {name}, found {described(size)}.")


def by_member(x: Array, members: int) -> Array:
    """Return a view of rows (n, k i) as the rows of each member (k, n, i).

    >>> by_member(np.array([[1., 2., 3., 4.]]), 2)
    array([[[1., 2.]],
           [[3., 4.]]])
    """
    n, width = x.shape
    return x.reshape(n, members, width // members).transpose(1, 0, 2)


def on_the_diagonal(blocks: Array) -> Array:
    """Return the matrices (n, k a, k b) of each row that have its blocks (n, k, a, b) on the diagonal, else zeros.

    >>> on_the_diagonal(np.array([[[[1., 2.]], [[3., 4.]]]]))
    array([[[1., 2., 0., 0.],
            [0., 0., 3., 4.]]])
    """
    n, members, rows, columns = blocks.shape
    full = np.zeros((n, members, rows, members, columns), blocks.dtype)
    each = np.arange(members)
    full[:, each, :, each] = blocks.transpose(1, 0, 2, 3)
    return full.reshape(n, members * rows, members * columns)


def of_member(name: Formula, member: int | str) -> Formula:
    """Return the name of a member's part.

    >>> of_member(Formula("W3", "W_3"), 1)
    Formula(text='W3_1', latex='{{W_3}^{(1)}}')
    """
    return Formula(f"{name.text}_{member}", rf"{{{{{name.latex}}}^{{({member})}}}}")


def _diagonal(blocks: list[Formula]) -> Formula:
    """Return the matrix of these blocks: of more than two, the first and the last are named."""
    text, latex = (", …, ", r", \dots, ") if len(blocks) > 2 else (", ", ", ")
    named = blocks if len(blocks) <= 2 else [blocks[0], blocks[-1]]
    inner = text.join(each.text for each in named), latex.join(each.latex for each in named)
    return Formula(f"diag({inner[0]})", rf"\text{{diag}}({inner[1]})")


class _Linear(ABC):
    """A member layer that is linear in its inputs, and in its parameters: a product, and a bias where it has one.

    Attributes:
        unpenalized: its parameters that no penalty applies to, besides those called "bias".
    """

    unpenalized: ClassVar[tuple[str, ...]] = ()

    if TYPE_CHECKING:  # a property here would be the default of a field of the same name

        @property
        def inputs(self) -> int: ...

        @property
        def outputs(self) -> int: ...

    @abstractmethod
    def parameter_shapes(self) -> dict[str, Shape]: ...

    @abstractmethod
    def _product(self, params: Parameters, x: Array, out: Array | None = None) -> Array:
        """Return the outputs (n, k o) without the bias."""

    def output_size(self, inputs: int) -> int:
        if inputs != self.inputs:
            raise MismatchError(f"{self} takes rows of {self.inputs} numbers, found rows of {inputs}.")
        return self.outputs

    def forward(self, params: Parameters, x: Array, *, out: Array | None = None) -> Array:
        """Return the outputs (n, k o) for the rows `x` (n, inputs), in `out` where it is given.

        Raises:
            MismatchError: `x` is no table of rows with as many numbers as there are inputs, or a parameter has not the
                shape that `parameter_shapes` says.
        """
        refuse_wrong_shapes(self, params, x)
        y = self._product(params, _dense(x), out)
        if "bias" in params:
            y += params["bias"]
        return y

    def jvp(self, params: Parameters, x: Array, y: Array, dx: Array, dparams: Parameters) -> Array:
        """Return the product for the change `dx`, plus that of `x` with the change of the parameters."""
        dy = self._product(params, _dense(dx)) + self._product(dparams, _dense(x))
        return dy + dparams["bias"] if "bias" in params else dy


def _dense(x: Array) -> Array:
    return x.toarray() if is_sparse(x) else x  # type: ignore[attr-defined]


def _sum_of_rows(dy: Array, out: Array) -> None:
    np.matmul(np.ones(len(dy), dy.dtype), dy, out=out)  # faster than a sum of many short rows


@final
@dataclass(frozen=True)
class MemberScale(_Linear):
    """Each member's own scale of every input: `y_m = s_m ⊙ x`, for members m = 1 … k side by side.

    It begins an ensemble whose members share all or most of what follows. Scales start as random signs, so that
    members differ from the first step on, and are not penalised: one of 0 would cut off an input.

    For one row the Jacobians are `∂y/∂x = diag(s) (I, …, I)ᵀ` (k i, i) and `∂y/∂s = diag(x, …, x)` (k i, k i).

    Parameters:
        members: `k`, at least 1.
        inputs: numbers in a row of `x`, at least 1.

    Raises:
        ValueError: a size is not a positive whole number.

    Source: Y. Wen, D. Tran, J. Ba, "BatchEnsemble", ICLR 2020; Y. Gorishniy, A. Kotelnikov, A. Babenko, "TabM:
    advancing tabular deep learning with parameter-efficient ensembling", ICLR 2025 (arXiv 2410.24210).

    >>> layer = MemberScale(2, 3)
    >>> layer.parameter_shapes()
    {'scale': (6,)}
    >>> layer.forward({"scale": np.array([1., 1., 1., -1., 1., 2.])}, np.array([[1., 2., 3.]]))
    array([[ 1.,  2.,  3., -1.,  2.,  6.]])
    """

    members: int
    inputs: int

    unpenalized = ("scale",)

    def __post_init__(self) -> None:
        check_sizes(self, "members", "inputs")

    @property
    def outputs(self) -> int:
        """The numbers of a row of `y`, `k i`."""
        return self.members * self.inputs

    def parameter_shapes(self) -> dict[str, Shape]:
        return {"scale": (self.outputs,)}

    def initial(self, generator: np.random.Generator, draw: Draw) -> dict[str, Array]:
        """Return starting values: random signs."""
        return {"scale": generator.choice((-1.0, 1.0), self.outputs)}

    @property
    def onnx_form(self) -> Operation:
        return onnx("Mul", onnx("Tile", "x", (1, self.members)), "scale")

    def formulas(self, x: Formula, parameters: Mapping[str, Formula]) -> LinearFormulas:
        """Return what makes `y` of `x` and the parameters, and the Jacobian by each."""
        s = parameters["scale"]
        copies = Formula(f"({x.text}, …, {x.text})", rf"({x.latex}, \dots, {x.latex})")
        diagonal = Formula(f"diag{copies.text}", rf"\text{{diag}}{copies.latex}")
        return LinearFormulas(
            Formula(f"{s.text} ⊙ {copies.text}", rf"{s.latex} \odot {copies.latex}"),
            {
                "x": (Formula(f"diag({s.text}) (I, …, I)ᵀ", rf"\text{{diag}}({s.latex}) \, (I, \dots, I)^\top"), ""),
                "scale": (diagonal, f"{x.text} on the diagonal, once for each member, and 0 elsewhere"),
            },
        )

    def _product(self, params: Parameters, x: Array, out: Array | None = None) -> Array:
        n, scale = len(x), params["scale"].reshape(self.members, self.inputs)
        if out is None:
            out = np.empty((n, self.outputs), np.result_type(x, scale))
        np.multiply(x[:, None], scale, out=out.reshape(n, *scale.shape))
        return out

    def vjp(
        self,
        params: Parameters,
        x: Array,
        y: Array,
        dy: Array,
        *,
        need_dx: bool = True,
        out: Array | None = None,
        grad: Parameters | None = None,
    ) -> Array | None:
        """Return `dx = Σ_m s_m ⊙ dy_m` (n, i), and put the sum of the rows of `dy_m ⊙ x` into `grad`."""
        each = dy.reshape(len(dy), self.members, self.inputs)
        if grad is not None:
            grad["scale"][...] = np.einsum("nki,ni->ki", each, _dense(x)).ravel()
        scale = params["scale"].reshape(self.members, self.inputs)
        return put(np.einsum("nki,ki->ni", each, scale), out) if need_dx else None

    def jacobian(self, params: Parameters, x: Array, y: Array) -> dict[str, Array]:
        """Return the Jacobians of each row.

        They are "x", `∂y_(m,j)/∂x_i = δ_ji s_(m,i)` (n, k i, i), a view of one matrix; and "scale", the inputs of each
        member on the diagonal (n, k i, k i).
        """
        n, size = len(x), self.outputs
        of_x = params["scale"][:, None] * np.tile(np.eye(self.inputs, dtype=x.dtype), (self.members, 1))
        of_scale = np.tile(_dense(x), (1, self.members))[:, :, None] * np.eye(size, dtype=x.dtype)
        return {"x": np.broadcast_to(of_x, (n, size, self.inputs)), "scale": of_scale}


class _MemberPerceptrons(_Linear):
    """Perceptrons of each member."""

    members: int
    member_inputs: int
    member_outputs: int
    bias: bool

    def __post_init__(self) -> None:
        check_sizes(self, "members", "member_inputs", "member_outputs")

    @property
    def inputs(self) -> int:
        """The numbers of a row of `x`, `k i`."""
        return self.members * self.member_inputs

    @property
    def outputs(self) -> int:
        """The numbers of a row of `y`, `k o`."""
        return self.members * self.member_outputs

    def parameter_shapes(self) -> dict[str, Shape]:
        weights: dict[str, Shape] = {"weights": self._weights_shape}
        return weights | {"bias": (self.outputs,)} if self.bias else weights

    @property
    @abstractmethod
    def _weights_shape(self) -> Shape: ...

    def _plus_bias(self, product: Formula, parameters: Mapping[str, Formula]) -> Formula:
        b = parameters.get("bias")
        return product if b is None else Formula(f"{product.text} + {b.text}", f"{product.latex} + {b.latex}")

    def _onnx_product(self, product: Operation) -> Operation:
        """Return the outputs of all members as rows again, from (n, k, o), with their biases."""
        y = onnx("Reshape", product, (0, self.outputs))
        return onnx("Add", y, "bias") if self.bias else y


@final
@dataclass(frozen=True)
class SharedDense(_MemberPerceptrons):
    """Perceptrons that all members share: `y_m = x_m W + b_m`, with one `W` (i, o) and biases (k o,) of each member.

    For one row, with `W` written as a vector column by column, the Jacobians are `∂y/∂x = I_k ⊗ Wᵀ` (k o, k i),
    `∂y/∂W`, which is `I_o ⊗ x_m` for each member, one below the other (k o, i o), and `∂y/∂b = I` (k o, k o).

    Parameters:
        members: `k`, at least 1.
        member_inputs: numbers that each member takes of a row of `x`, at least 1.
        member_outputs: perceptrons, at least 1.
        bias: whether members have the constants `b`.

    Raises:
        ValueError: a size is not a positive whole number.

    Source: Y. Gorishniy, A. Kotelnikov, A. Babenko, "TabM: advancing tabular deep learning with parameter-efficient
    ensembling", ICLR 2025 (arXiv 2410.24210), section 3.

    >>> layer = SharedDense(2, 3, 1)
    >>> layer.parameter_shapes()
    {'weights': (3, 1), 'bias': (2,)}
    >>> params = {"weights": np.ones((3, 1)), "bias": np.array([0., 10.])}
    >>> layer.forward(params, np.array([[1., 2., 3., 4., 5., 6.]]))
    array([[ 6., 25.]])
    """

    members: int
    member_inputs: int
    member_outputs: int
    bias: bool = True

    @property
    def _weights_shape(self) -> Shape:
        return self.member_inputs, self.member_outputs

    @property
    def onnx_form(self) -> Operation:
        x = onnx("Reshape", "x", (0, self.members, self.member_inputs))
        return self._onnx_product(onnx("MatMul", x, "weights"))

    def formulas(self, x: Formula, parameters: Mapping[str, Formula]) -> LinearFormulas:
        """Return what makes `y` of `x` and the parameters, and the Jacobian by each."""
        w, k, o = parameters["weights"], self.members, self.member_outputs
        product = Formula(f"{x.text} (I{k} ⊗ {w.text})", rf"{x.latex} \, (I_{{{k}}} \otimes {w.latex})")
        text, latex = of_member(x, "m")
        below = Formula(f"I{o} ⊗ {text} for m = 1 … {k}", rf"(I_{{{o}}} \otimes {latex})_{{m = 1 \dots {k}}}")
        return LinearFormulas(
            self._plus_bias(product, parameters),
            {
                "x": (Formula(f"I{k} ⊗ {w.text}ᵀ", rf"I_{{{k}}} \otimes {w.latex}^\top"), ""),
                "weights": (
                    below,
                    f"one member below the other; each row holds the {x.text} of its member beneath the weights of its"
                    " own unit, and 0 elsewhere",
                ),
                "bias": identity_jacobian(self.outputs),
            },
        )

    def _flat(self, x: Array) -> Array:
        """Return the rows of all members, one below the other (n k, i)."""
        return x.reshape(len(x) * self.members, x.shape[1] // self.members)

    def _product(self, params: Parameters, x: Array, out: Array | None = None) -> Array:
        return self._flat_product(x, params["weights"], self.outputs, out)

    def _flat_product(self, x: Array, matrix: Array, width: int, out: Array | None) -> Array:
        """Return the rows of all members times a matrix, as rows (n, width)."""
        into = None if out is None or not out.flags.c_contiguous else self._flat(out)
        y = np.matmul(self._flat(x), matrix, out=into).reshape(len(x), width)
        return put(y, out) if into is None or out is None else out

    def vjp(
        self,
        params: Parameters,
        x: Array,
        y: Array,
        dy: Array,
        *,
        need_dx: bool = True,
        out: Array | None = None,
        grad: Parameters | None = None,
    ) -> Array | None:
        """Return `dx_m = dy_m Wᵀ` (n, k i), and put `Σ_m x_mᵀ dy_m` (i, o) and the sum of rows of `dy` into `grad`."""
        if grad is not None:
            np.matmul(self._flat(dy).T, self._flat(_dense(x)), out=grad["weights"].T)
            if self.bias:
                _sum_of_rows(dy, grad["bias"])
        return self._flat_product(dy, params["weights"].T, self.inputs, out) if need_dx else None

    def jacobian(self, params: Parameters, x: Array, y: Array) -> dict[str, Array]:
        """Return the Jacobians of each row.

        They are "x", `W`ᵀ of each member on the diagonal (n, k o, k i); "weights", `∂y_(m,c)/∂W_ij = δ_cj x_(m,i)`
        (n, k o, i, o); and "bias", the identity (n, k o, k o). The first and the last are views of one matrix.
        """
        n, k = len(x), self.members
        blocks = np.broadcast_to(params["weights"].T, (1, k, self.member_outputs, self.member_inputs))
        identity = np.eye(self.member_outputs, dtype=x.dtype)
        of_weights = _dense(x).reshape(n, k, 1, self.member_inputs, 1) * identity[:, None, :]
        jacobians = {
            "x": np.broadcast_to(on_the_diagonal(blocks)[0], (n, self.outputs, self.inputs)),
            "weights": of_weights.reshape(n, self.outputs, *self._weights_shape),
        }
        return jacobians | {"bias": _identities(n, self.outputs, x)} if self.bias else jacobians


@final
@dataclass(frozen=True)
class MemberDense(_MemberPerceptrons):
    """Perceptrons of each member's own: `y_m = x_m W_m + b_m`, with `W = (W_1, …, W_k)` (i, k o) and `b` (k o,).

    For one row, with `W` written as a vector column by column, the Jacobians have blocks of members on the diagonal:
    `∂y/∂x = diag(W_1ᵀ, …, W_kᵀ)` (k o, k i) and `∂y/∂W = diag(I_o ⊗ x_1, …, I_o ⊗ x_k)` (k o, k i o); and
    `∂y/∂b = I` (k o, k o).

    Parameters:
        members: `k`, at least 1.
        member_inputs: numbers that each member takes of a row of `x`, at least 1.
        member_outputs: perceptrons of each, at least 1.
        bias: whether they have the constants `b`.

    Raises:
        ValueError: a size is not a positive whole number.

    Source: B. Lakshminarayanan, A. Pritzel, C. Blundell, "Simple and scalable predictive uncertainty estimation using
    deep ensembles", NeurIPS 2017, whose members these are, side by side.

    >>> layer = MemberDense(2, 3, 1)
    >>> layer.parameter_shapes()
    {'weights': (3, 2), 'bias': (2,)}
    >>> params = {"weights": np.array([[1., 0.], [1., 0.], [1., 2.]]), "bias": np.zeros(2)}
    >>> layer.forward(params, np.array([[1., 2., 3., 4., 5., 6.]]))
    array([[ 6., 12.]])
    """

    members: int
    member_inputs: int
    member_outputs: int
    bias: bool = True

    @property
    def _weights_shape(self) -> Shape:
        return self.member_inputs, self.outputs

    def initial(self, generator: np.random.Generator, draw: Draw) -> dict[str, Array]:
        """Return starting values: the weights of one member after the other."""
        each = [draw(self.member_inputs, self.member_outputs) for _ in range(self.members)]
        return {"weights": np.hstack(each)}

    @property
    def onnx_form(self) -> Operation:
        x = onnx("Reshape", "x", (0, self.members, self.member_inputs))
        w = onnx("Reshape", "weights", (self.member_inputs, self.members, self.member_outputs))
        product = onnx("MatMul", onnx("Transpose", x, perm=(1, 0, 2)), onnx("Transpose", w, perm=(1, 0, 2)))
        return self._onnx_product(onnx("Transpose", product, perm=(1, 0, 2)))

    def formulas(self, x: Formula, parameters: Mapping[str, Formula]) -> LinearFormulas:
        """Return what makes `y` of `x` and the parameters, and the Jacobian by each."""
        w, k, o = parameters["weights"], self.members, self.member_outputs
        blocks = _diagonal([of_member(w, m) for m in range(1, k + 1)])
        each = [of_member(x, m) for m in range(1, k + 1)]
        of_weights = _diagonal([Formula(f"I{o} ⊗ {x.text}", rf"I_{{{o}}} \otimes {x.latex}") for x in each])
        product = Formula(f"{x.text} {blocks.text}", rf"{x.latex} \, {blocks.latex}")
        return LinearFormulas(
            self._plus_bias(product, parameters),
            {
                "x": (Formula(f"{blocks.text}ᵀ", rf"{blocks.latex}^\top"), ""),
                "weights": (
                    of_weights,
                    f"each row holds the {x.text} of its member beneath the weights of its own unit, and 0 elsewhere",
                ),
                "bias": identity_jacobian(self.outputs),
            },
        )

    def _each(self, weights: Array) -> Array:
        """Return a view of the weights (i, k o), those of each member (k, i, o)."""
        return by_member(weights, self.members)

    def _product(self, params: Parameters, x: Array, out: Array | None = None) -> Array:
        if out is None:
            out = np.empty((len(x), self.outputs), np.result_type(x, params["weights"]))
        np.matmul(by_member(x, self.members), self._each(params["weights"]), out=by_member(out, self.members))
        return out

    def vjp(
        self,
        params: Parameters,
        x: Array,
        y: Array,
        dy: Array,
        *,
        need_dx: bool = True,
        out: Array | None = None,
        grad: Parameters | None = None,
    ) -> Array | None:
        """Return `dx_m = dy_m W_mᵀ` (n, k i), and put `x_mᵀ dy_m` (i, o) and the sum of rows of `dy` into `grad`."""
        of_members = by_member(dy, self.members)
        if grad is not None:
            transposed = self._each(grad["weights"]).transpose(0, 2, 1)
            np.matmul(of_members.transpose(0, 2, 1), by_member(_dense(x), self.members), out=transposed)
            if self.bias:
                _sum_of_rows(dy, grad["bias"])
        if not need_dx:
            return None
        dx = np.empty((len(dy), self.inputs), dy.dtype) if out is None else out
        of_weights = self._each(params["weights"]).transpose(0, 2, 1)
        np.matmul(of_members, of_weights, out=by_member(dx, self.members))
        return dx

    def jacobian(self, params: Parameters, x: Array, y: Array) -> dict[str, Array]:
        """Return the Jacobians of each row.

        They are "x", `W_mᵀ` of each member on the diagonal (n, k o, k i); "weights", `∂y_(m,c)/∂W_(m,ic) = x_(m,i)`,
        all others 0 (n, k o, i, k o); and "bias", the identity (n, k o, k o). The first and the last are views of one
        matrix.
        """
        n, k, o = len(x), self.members, self.member_outputs
        blocks = self._each(params["weights"]).transpose(0, 2, 1)[None]
        identity = np.eye(self.outputs, dtype=x.dtype)
        of_outputs = np.repeat(_dense(x).reshape(n, k, self.member_inputs), o, axis=1)  # of the member of each output
        jacobians = {
            "x": np.broadcast_to(on_the_diagonal(blocks)[0], (n, self.outputs, self.inputs)),
            "weights": of_outputs[:, :, :, None] * identity[:, None, :],
        }
        return jacobians | {"bias": _identities(n, self.outputs, x)} if self.bias else jacobians


def _identities(n: int, size: int, like: Array) -> Array:
    return np.broadcast_to(np.eye(size, dtype=like.dtype), (n, size, size))


@final
@dataclass(frozen=True)
class MemberSoftmax(Activation):
    """The softmax of each member's part of a row: `y_m = softmax(x_m)`, with blocks of its Jacobian on the diagonal.

    Parameters:
        members: `k`, at least 1; rows of `x` hold a multiple of it.

    Raises:
        ValueError: the number of members is not a positive whole number.

    >>> MemberSoftmax(2).forward({}, np.array([[0., 0., 1e4, -1e4]]))
    array([[0.5, 0.5, 1. , 0. ]])
    """

    members: int

    name = "member_softmax"

    def __post_init__(self) -> None:
        check_sizes(self, "members")

    def output_size(self, inputs: int) -> int:
        if inputs % self.members:
            raise MismatchError(f"{self} takes rows of a multiple of {self.members} numbers, found rows of {inputs}.")
        return inputs

    @property
    def onnx_form(self) -> Operation:
        each = onnx("Reshape", "x", (0, self.members, -1))
        return onnx("Reshape", onnx("Softmax", each, axis=2), onnx("Shape", "x"))

    def formulas(self, x: Formula, y: Formula) -> tuple[Formula, Formula]:
        """Return what makes `y` of `x`, and the Jacobian of each member."""
        function, jacobian = Softmax().formulas(of_member(x, "m"), of_member(y, "m"))
        return (
            Formula(f"{function.text} for each member m", rf"{function.latex} \text{{ for each member }} m"),
            Formula(
                f"blocks {jacobian.text} on the diagonal",
                rf"\text{{blocks }} {jacobian.latex} \text{{ on the diagonal}}",
            ),
        )

    def _flat(self, x: Array) -> Array:
        """Return the rows of all members, one below the other (n k, c)."""
        return x.reshape(len(x) * self.members, x.shape[1] // self.members)

    def forward(self, params: Parameters, x: Array, *, out: Array | None = None) -> Array:
        """Return the probabilities `y` (n, k c) of the logits `x` (n, k c), in `out` where it is given."""
        return put(Softmax().forward({}, self._flat(x)).reshape(x.shape), out)

    def vjp(
        self,
        params: Parameters,
        x: Array,
        y: Array,
        dy: Array,
        *,
        need_dx: bool = True,
        out: Array | None = None,
        grad: Parameters | None = None,
    ) -> Array | None:
        """Return `dx_m = y_m (dy_m - dy_m · y_m)` (n, k c): no Jacobian is made."""
        return put(self.jvp(params, x, y, dy, {}), out) if need_dx else None

    def jvp(self, params: Parameters, x: Array, y: Array, dx: Array, dparams: Parameters) -> Array:
        """Return `dy_m = y_m (dx_m - dx_m · y_m)` (n, k c); the Jacobian is symmetric, so this is `vjp` too."""
        return Softmax().jvp({}, self._flat(x), self._flat(y), self._flat(dx), {}).reshape(x.shape)

    def jacobian(self, params: Parameters, x: Array, y: Array) -> dict[str, Array]:
        """Return `∂y/∂x` of each row, as "x" (n, k c, k c): `diag(y_m) - y_mᵀ y_m` of each member on the diagonal."""
        width = x.shape[1] // self.members
        blocks = Softmax().jacobian({}, self._flat(x), self._flat(y))["x"]
        return {"x": on_the_diagonal(blocks.reshape(len(x), self.members, width, width))}
