"""Newton's steps on few parameters, compiled: those of the plain form, whatever the table, type and threads."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from chainrule import (
    Cost,
    Dense,
    GradientBelow,
    Network,
    Newton,
    Penalty,
    SigmoidCrossEntropy,
    SoftmaxCrossEntropy,
    train,
)
from chainrule.arrays import Array
from chainrule.engine import curvature
from chainrule.engine.compiled.library import kernels
from chainrule.engine.curvature import WrittenHessian
from chainrule.optimizers.conjugate_gradients import solve
from chainrule.training.history import History
from chainrule.training.loop import epochs
from tests.engine.forms import INSTRUCTIONS

pytestmark = pytest.mark.skipif(kernels is None, reason="the package was built without a C compiler")

TYPES = (np.float32, np.float64)
# Around the numbers of a vector and of a strip of rows.
ROWS = (3, 7, 8, 9, 31, 32, 33, 255, 256, 257, 300)
INPUTS = (1, 2, 3, 7, 8, 9)


@pytest.fixture(params=INSTRUCTIONS)
def instructions(request: pytest.FixtureRequest) -> Iterator[None]:
    """Each set of instructions that the processor has."""
    kernels.choose(request.param)
    yield
    kernels.choose(INSTRUCTIONS[0])


class Table(NamedTuple):
    """What a table is like."""

    rows: int
    inputs: int
    classes: int
    seed: int = 0
    bias: bool = True
    l2: float = 0.0
    smoothing: float = 0.0
    weighted: bool = False
    scale: float = 1.0
    repeated: bool = False
    order: Any = "C"
    dtype: Any = np.float64

    def cost(self) -> Cost:
        """Return the cost on it: of classes that overlap unless they are separable by chance."""
        generator = np.random.default_rng(self.seed)
        x = generator.normal(size=(self.rows, self.inputs)) * self.scale
        if self.repeated:
            x[:, -1] = x[:, 0]
        t = generator.integers(self.classes, size=self.rows)
        t[:2] = 0, 1
        weights = generator.uniform(0.1, 2, self.rows) if self.weighted else None
        outputs = 1 if self.classes == 2 else self.classes
        loss = (SigmoidCrossEntropy if outputs == 1 else SoftmaxCrossEntropy)(label_smoothing=self.smoothing)
        network, penalty = Network((Dense(self.inputs, outputs, self.bias),)), Penalty(l2=self.l2)
        x = np.asarray(x, self.dtype, order=self.order)
        return Cost.of(network, loss, x, t, weights=weights, penalty=penalty)


def written(cost: Cost, theta: Array) -> WrittenHessian:
    """Return the Hessian, which must be written out."""
    hessian = cost.curvature(theta)
    assert isinstance(hessian, WrittenHessian)
    return hessian


@pytest.mark.usefixtures("instructions")
@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("classes", [2, 3, 10])
@pytest.mark.parametrize("bias", [True, False])
def test_the_hessian_is_the_plain_one(dtype: Any, order: str, classes: int, bias: bool) -> None:
    for number, rows in enumerate(ROWS):
        inputs = INPUTS[number % len(INPUTS)]
        table = Table(rows, inputs, classes, number, bias, 0.1, 0.1, number % 2 == 0, order=order, dtype=dtype)
        cost = table.cost()
        theta = np.random.default_rng(number).normal(size=cost.network.size).astype(dtype)
        in_double = replace(cost, whole=False, rows=replace(cost.rows, x=cost.rows.x.astype(np.float64)))
        compiled, plain = written(cost, theta), written(in_double, theta.astype(np.float64))
        # A sum of n products is off by at most n units of rounding, in whatever order; both forms are.
        tolerance = 2 * (rows + 16) * np.finfo(dtype).eps * np.abs(plain.matrix).max()
        np.testing.assert_allclose(compiled.matrix, plain.matrix, rtol=0, atol=tolerance)
        assert np.array_equal(compiled.matrix, compiled.matrix.T)
        np.testing.assert_allclose(compiled.flat, plain.flat, rtol=np.finfo(dtype).eps)


@pytest.mark.usefixtures("instructions")
@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("l2", "damping"), [(0.0, 0.0), (0.1, 0.0), (0.0, 0.3), (0.1, 0.3)])
def test_the_solution_is_the_plain_one(dtype: Any, classes: int, bias: bool, l2: float, damping: float) -> None:
    cost = Table(60, 5, classes, 3, bias, l2, dtype=dtype).cost()
    hessian = written(cost, np.zeros(cost.network.size, dtype))
    b = np.random.default_rng(1).normal(size=cost.network.size).astype(dtype)
    if classes > 2:  # as a gradient, it has a part along the flat directions only where the penalty curves them
        b -= hessian.flat.T @ ((hessian.flat_curvature == 0) * (hessian.flat @ b))
    accuracy = float(np.finfo(dtype).eps) ** 0.6
    compiled = hessian.solved(b, accuracy, damping)
    assert compiled is not None
    x, residual, products = compiled
    plain = solve(replace(hessian, l2=None), b, accuracy, damping=damping)
    condition = 100  # of these columns, and no more with damping and penalty
    np.testing.assert_allclose(x, plain.x, rtol=0, atol=2 * condition * accuracy * np.abs(plain.x).max())
    left = np.linalg.norm(b - hessian.matrix @ x - dtype(damping) * x)
    assert left <= 2 * accuracy * np.linalg.norm(b) + 100 * np.finfo(dtype).eps * np.linalg.norm(b)
    assert 1 <= products <= 4
    assert np.linalg.norm(residual) <= accuracy * np.linalg.norm(b)


tables = st.builds(
    Table,
    st.integers(20, 90),
    st.integers(2, 5),
    st.sampled_from([2, 3, 10]),
    st.integers(0, 2**32 - 1),
    st.booleans(),
    st.sampled_from([1e-3, 1e-2, 1.0]),
    st.sampled_from([0.0, 0.1]),
    st.booleans(),
    st.sampled_from([1e-3, 1.0, 10.0]),
    st.booleans(),
    st.sampled_from(["C", "F"]),
    st.just(np.float64),
)


def both_ways(table: Table, least: float = 1e-9) -> list[Any]:
    """Return the training of the compiled and of the plain steps from zero."""
    outcomes = []
    for most in (curvature.MOST_COMPILED, 0):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(curvature, "MOST_COMPILED", most)
            cost = table.cost()
            theta = np.zeros(cost.network.size, table.dtype)
            outcomes.append(train(cost, Newton(), theta, max_epochs=30, stop=[GradientBelow(least)]))
    return outcomes


@given(tables)
def test_the_steps_are_the_plain_ones(table: Table) -> None:
    compiled, plain = both_ways(table)
    assert len(compiled.history) == len(plain.history)
    # Early systems are solved roughly, but with so good an inverse that what is left is 1e-8 of the step.
    np.testing.assert_allclose(compiled.history.cost, plain.history.cost, rtol=1e-6)
    np.testing.assert_allclose(compiled.history.cost[-1], plain.history.cost[-1], rtol=1e-12)
    assert compiled.history.rate == plain.history.rate
    assert compiled.history.iterations == plain.history.iterations
    assert compiled.stop.split(",")[0] == plain.stop.split(",")[0]
    # The gradient is at most 1e-9, and the curvature at least the penalty's, for all but biases.
    np.testing.assert_allclose(compiled.theta, plain.theta, atol=1e-5 * max(1, np.abs(plain.theta).max()))


@given(tables)
def test_steps_in_single_precision_end_at_the_same_cost(table: Table) -> None:
    compiled, plain = both_ways(table._replace(dtype=np.float32), least=1e-4)
    # The cost is flat there: it differs by rounding, and by the square of the gradient over the curvature.
    np.testing.assert_allclose(compiled.history.cost[-1], plain.history.cost[-1], rtol=1e-5, atol=1e-5)


def test_classes_that_can_be_told_apart_without_penalty_go_the_same_way() -> None:
    """The curvature fades away with the cost, until it is rounding: the first steps are the same."""
    outcomes = []
    for most in (curvature.MOST_COMPILED, 0):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(curvature, "MOST_COMPILED", most)
            t = np.arange(30) % 3
            x = np.eye(3)[t] + 0.01 * np.random.default_rng(0).normal(size=(30, 3))
            cost = Cost.of(Network((Dense(3, 3),)), SoftmaxCrossEntropy(), x, t)
            outcomes.append(train(cost, Newton(), cost.network.zeros(), max_epochs=25))
    compiled, plain = (outcome.history.cost for outcome in outcomes)
    np.testing.assert_allclose(compiled[:8], plain[:8], rtol=1e-5)
    assert compiled[-1] < 1e-9
    assert np.isfinite(outcomes[0].theta).all()


@pytest.mark.parametrize("classes", [2, 3])
def test_every_number_of_threads_gives_the_same_bits(classes: int) -> None:
    thetas = []
    for threads in range(1, 9):
        with threadpool_limits(threads):
            cost = Table(700, 6, classes, 5, l2=1e-3).cost()
            thetas.append(train(cost, Newton(), cost.network.zeros(), max_epochs=8).theta.tobytes())
    assert len(set(thetas)) == 1


def test_a_run_that_goes_on_has_the_bits_of_one_that_was_not_left() -> None:
    cost = Table(90, 4, 3, 7, l2=1e-3).cost()
    whole = list(epochs(cost, Newton(), cost.network.zeros(), max_epochs=6))
    history = History()
    *_, left = epochs(cost, Newton(), cost.network.zeros(), max_epochs=3, history=history)
    *_, last = epochs(cost, Newton(), left.theta, max_epochs=6, history=history, state=left.state)
    assert last.theta.tobytes() == whole[-1].theta.tobytes()
    assert left.state.preconditioner is None


def test_a_matrix_that_is_no_positive_one_is_left_to_the_plain_form() -> None:
    hessian = WrittenHessian(-np.eye(3), np.empty((0, 3)), np.empty(0), np.zeros(3), 1, 2)
    assert hessian.solved(np.ones(3), 1e-10, 0.0) is None
    not_a_number = replace(hessian, matrix=np.full((3, 3), np.nan))
    assert not_a_number.solved(np.ones(3), 1e-10, 0.0) is None


# Arguments of `solve` of which one is wrong: its number, and what it is.
WRONG = {
    "matrix": (0, np.eye(2)),
    "b": (1, np.ones(4)),
    "type of b": (1, np.ones(3, np.float32)),
    "penalty": (2, np.ones(2)),
    "classes": (3, 0),
    "flat": (4, 2),
    "work": (8, np.empty((8, 3))),
    "out": (9, np.empty((1, 3))),
    "inputs": (10, -1),
}


@pytest.mark.parametrize(("place", "wrong"), WRONG.values(), ids=WRONG)
def test_arrays_that_do_not_fit_are_refused(place: int, wrong: Any) -> None:
    right: list[Any] = [
        np.eye(3),
        np.ones(3),
        np.ones(3),
        1,
        0,
        1e-9,
        0.0,
        2e-16,
        np.empty((9, 3)),
        np.empty((2, 3)),
        2,
    ]
    assert kernels.solve(*right) == 1
    right[place] = wrong
    with pytest.raises(ValueError, match="do not fit together"):
        kernels.solve(*right)
