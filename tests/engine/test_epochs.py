"""Epochs in C: the same as steps one by one, for any network that they cover and any number of threads."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule import (
    Adam,
    CosineDecay,
    Dense,
    GradientDescent,
    Identity,
    LeakyReLU,
    MemberDense,
    MemberLoss,
    MemberScale,
    Momentum,
    Network,
    Penalty,
    ReLU,
    RMSprop,
    SharedDense,
    Sigmoid,
    SigmoidCrossEntropy,
    SoftmaxCrossEntropy,
    Softplus,
    Tanh,
    epochs,
    initialize,
)
from chainrule.engine import Cost
from chainrule.engine.compiled.library import kernels
from chainrule.layers import Layer
from chainrule.optimizers import Optimizer
from chainrule.training import compiled_epochs
from chainrule.training.compiled_epochs import compiled_epoch
from chainrule.training.history import Epoch, History
from tests.engine.forms import INSTRUCTIONS, epochs_compiled

pytestmark = pytest.mark.skipif(kernels is None, reason="the package was built without a C compiler")

ACTIVATIONS: list[Layer] = [Identity(), ReLU(), LeakyReLU(slope=0.2), Tanh(), Sigmoid()]
MEMBER_LAYERS: list[Any] = [SharedDense, MemberDense]
# Rates are small, and epsilon large, so that rounding is not amplified.
OPTIMIZERS: list[Optimizer[Any]] = [
    Adam(rate=1e-3, epsilon=1e-2),
    Adam(rate=CosineDecay(2e-3, iterations=9), beta1=0.5, epsilon=1e-2, weight_decay=0.1),
    GradientDescent(rate=1e-3),
    Momentum(rate=2e-4),
    Momentum(rate=CosineDecay(2e-4, iterations=20), nesterov=True),
    RMSprop(rate=1e-3, epsilon=1e-2),
]
TOLERANCE = {np.float32: 1e-2, np.float64: 1e-9}


@st.composite
def chains(draw: st.DrawFn, inputs: int, outputs: int) -> Network:
    """Dense layers with activations between them."""
    chain: list[Layer] = []
    width = inputs
    for _ in range(draw(st.integers(0, 3))):
        units = draw(st.sampled_from((1, 3, 8, 17, 47)))
        chain += [Dense(width, units, draw(st.booleans())), draw(st.sampled_from(ACTIVATIONS))]
        width = units
    return Network((*chain, Dense(width, outputs, draw(st.booleans()))))


@st.composite
def ensembles(draw: st.DrawFn, inputs: int, outputs: int) -> Network:
    """Layers of members, of all kinds, with activations between them; so many outputs of each member."""
    members, width = draw(st.sampled_from((1, 2, 3, 8))), draw(st.sampled_from((1, 3, 16, 17)))
    chain: list[Layer] = [Dense(inputs, members * width, draw(st.booleans())), draw(st.sampled_from(ACTIVATIONS))]
    if draw(st.booleans()):
        chain, width = [MemberScale(members, inputs)], inputs
    for _ in range(draw(st.integers(0, 2))):
        made, units = draw(st.sampled_from(MEMBER_LAYERS)), draw(st.sampled_from((1, 3, 16, 33)))
        chain += [made(members, width, units, draw(st.booleans())), draw(st.sampled_from(ACTIVATIONS))]
        width = units
    last = draw(st.sampled_from(MEMBER_LAYERS))
    return Network((*chain, last(members, width, outputs, draw(st.booleans()))))


@st.composite
def problems(draw: st.DrawFn) -> tuple[Cost, Optimizer[Any], int, np.random.Generator]:
    """A cost that the epochs in C cover, an optimizer, the rows of a mini-batch, and a generator."""
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    dtype = draw(st.sampled_from((np.float32, np.float64)))
    n, inputs = draw(st.integers(2, 70)), draw(st.sampled_from((1, 2, 16, 31, 33)))
    exclusive, outputs = draw(st.booleans()), draw(st.sampled_from((1, 2, 3, 10, 35)))
    outputs += exclusive and outputs == 1
    network = draw(st.one_of(chains(inputs, outputs), ensembles(inputs, outputs)))
    x = generator.normal(size=(n, inputs)).astype(dtype)
    smoothing = draw(st.sampled_from((0.0, 0.2)))
    if not exclusive:
        loss: Any = SigmoidCrossEntropy(smoothing)
        t: Any = generator.uniform(size=(n, outputs))
    else:
        loss = SoftmaxCrossEntropy(smoothing)
        t = generator.integers(0, outputs, n)
        t[:2] = 0, 1
        if draw(st.booleans()):
            t = generator.dirichlet(np.ones(outputs), n)
    if not isinstance(network.layers[-1], Dense):
        loss = MemberLoss(network.members, loss)
    cost = Cost.of(
        network,
        loss,
        x,
        t,
        weights=generator.integers(0, 4, n) + (np.arange(n) == 0) if draw(st.booleans()) else None,
        penalty=Penalty(l2=draw(st.sampled_from((0.0, 0.3)))),
        reduction=draw(st.sampled_from(("mean", "sum"))),
    )
    return cost, draw(st.sampled_from(OPTIMIZERS)), draw(st.sampled_from((1, 3, 8, 64, 100))), generator


def run(cost: Cost, optimizer: Optimizer[Any], theta: Any, size: int, wanted: bool, number: int = 3) -> list[Epoch]:
    with epochs_compiled(wanted):
        return list(epochs(cost, optimizer, theta, max_epochs=number, batch_size=size, random_state=0))


def numbers(state: Any) -> list[Any]:
    return [state] if isinstance(state, int) else list(state)


@settings(max_examples=200)
@given(problems())
def test_an_epoch_is_that_of_the_steps_one_by_one(problem: tuple[Cost, Optimizer[Any], int, Any]) -> None:
    cost, optimizer, size, generator = problem
    dtype = cost.rows.x.dtype.type
    theta = generator.normal(0, 0.5, cost.network.size).astype(dtype)
    assert compiled_epoch(cost, size) is not None
    before = theta.copy()
    number = 3 if dtype is np.float64 else 1
    runs = (run(cost, optimizer, theta, size, wanted, number) for wanted in (False, True))
    for plain, fast in zip(*runs, strict=True):
        close: dict[str, Any] = {"rtol": TOLERANCE[dtype], "atol": TOLERANCE[dtype]}
        np.testing.assert_allclose(fast.theta, plain.theta, **close)
        assert fast.theta.dtype == plain.theta.dtype
        np.testing.assert_allclose(fast.cost, plain.cost, **close)
        np.testing.assert_allclose(fast.gradient_norm, plain.gradient_norm, **close)
        assert (fast.rate, fast.iterations) == (plain.rate, plain.iterations)
        assert type(fast.state) is type(plain.state)
        for ours, theirs in zip(numbers(fast.state), numbers(plain.state), strict=True):
            np.testing.assert_allclose(ours, theirs, **close)
    np.testing.assert_array_equal(theta, before)


def blobs(n: int = 700, widths: tuple[int, ...] = (20, 130, 60, 4), dtype: type[Any] = np.float32) -> Cost:
    """A cost large enough for several parts and blocks."""
    generator, chain = np.random.default_rng(0), list[Layer]()
    for inputs, units in itertools.pairwise(widths):
        chain += [Dense(inputs, units), ReLU()]
    t = generator.integers(0, widths[-1], n)
    x = generator.normal(size=(n, widths[0])).astype(dtype) + t[:, None].astype(dtype)
    return Cost.of(Network(tuple(chain[:-1])), SoftmaxCrossEntropy(), x, t, penalty=Penalty(l2=0.01))


def members(n: int = 700, k: int = 6, dtype: type[Any] = np.float32) -> Cost:
    """The same rows for an ensemble whose members share most of their weights, and have some of their own."""
    rows = blobs(n, dtype=dtype).rows
    chain: tuple[Layer, ...] = (
        MemberScale(k, 20),
        SharedDense(k, 20, 60),
        Tanh(),
        MemberDense(k, 60, 33),
        ReLU(),
        MemberDense(k, 33, 4),
    )
    return Cost.of(Network(chain), MemberLoss(k, SoftmaxCrossEntropy(0.1)), rows.x, rows.t, penalty=Penalty(l2=0.01))


def start(cost: Cost) -> Any:
    return initialize(cost.network, random_state=0).astype(cost.rows.x.dtype)


@pytest.mark.parametrize(("cost", "parts"), [(blobs(), 4), (members(), 4)], ids=["dense layers", "members"])
def test_the_number_of_threads_changes_no_bit(cost: Cost, parts: int, monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes: list[Epoch] = []
    whole = compiled_epoch(cost, 400)
    assert whole is not None
    assert whole.parts == parts
    for threads in (1, 2, 3, 5):
        monkeypatch.setattr(compiled_epochs, "thread_count", lambda threads=threads: threads)
        outcomes.append(run(cost, Adam(), start(cost), 400, True)[-1])
    for other in outcomes[1:]:
        np.testing.assert_array_equal(other.theta, outcomes[0].theta)
        assert (other.cost, other.gradient_norm) == (outcomes[0].cost, outcomes[0].gradient_norm)


def test_several_runs_at_a_time_do_not_disturb_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled_epochs, "thread_count", lambda: 2)

    def train_alone(cost: Cost) -> Any:
        run = epochs(cost, Adam(), start(cost), max_epochs=5, batch_size=200, random_state=0)
        return list(run)[-1].theta

    with epochs_compiled(True), ThreadPoolExecutor(4) as pool:
        first, *others = list(pool.map(train_alone, [blobs() for _ in range(4)], timeout=60))
    for other in others:
        np.testing.assert_array_equal(other, first)


def test_a_long_epoch_is_several_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    cost = blobs(n=1000)
    whole = run(cost, Adam(), start(cost), 64, True)[-1]
    monkeypatch.setattr(compiled_epochs, "WORK_A_CALL", 64 * cost.network.size * 4)
    parts = compiled_epoch(cost, 64)
    assert parts is not None
    assert parts.steps_a_call == 3
    pieces = run(cost, Adam(), start(cost), 64, True)[-1]
    np.testing.assert_array_equal(pieces.theta, whole.theta)
    np.testing.assert_allclose((pieces.cost, pieces.gradient_norm), (whole.cost, whole.gradient_norm), rtol=1e-12)


def test_rows_and_parameters_may_be_read_only() -> None:
    cost = blobs()
    expected = run(cost, Adam(), start(cost), 300, True)[-1].theta
    cost.rows.x.flags.writeable = False
    theta = start(cost)
    theta.flags.writeable = False
    np.testing.assert_array_equal(run(cost, Adam(), theta, 300, True)[-1].theta, expected)


def test_a_run_goes_on_as_if_it_had_never_stopped() -> None:
    cost, history = blobs(), History()
    with epochs_compiled(True):
        whole = list(epochs(cost, Adam(), start(cost), max_epochs=4, batch_size=64, random_state=0))
        generator = np.random.default_rng(0)
        for last in epochs(cost, Adam(), start(cost), max_epochs=2, batch_size=64, random_state=generator):
            history.append(last.number, last.cost, last.gradient_norm, last.rate, last.iterations, last.seconds)
        rest = epochs(
            cost,
            Adam(),
            last.theta,
            max_epochs=4,
            batch_size=64,
            random_state=generator,
            state=last.state,
            history=history,
        )
        resumed = list(rest)
    np.testing.assert_array_equal(resumed[-1].theta, whole[-1].theta)
    assert resumed[-1].iterations == whole[-1].iterations


def test_an_epoch_that_diverges_is_gone_through_step_by_step() -> None:
    cost = blobs()
    plain, fast = (run(cost, GradientDescent(rate=1e9), start(cost), 64, wanted)[-1] for wanted in (False, True))
    assert plain.stop is not None
    assert plain.stop.startswith("diverged at step 2")
    assert fast.stop == plain.stop
    np.testing.assert_array_equal(fast.theta, plain.theta)


@pytest.mark.parametrize(
    "network",
    [
        Network((Dense(2, 3), Softplus(), Dense(3, 2))),
        Network((Dense(2, 3), LeakyReLU(slope=-0.1), Dense(3, 2))),
        Network((Dense(2, 3), Tanh(), Tanh(), Dense(3, 2))),
        Network((Dense(2, 2), Tanh())),
    ],
)
def test_networks_of_other_kinds_take_the_steps_one_by_one(network: Network) -> None:
    cost = Cost.of(network, SoftmaxCrossEntropy(), [[0.0, 1.0], [1.0, 0.0]], [0, 1])
    assert compiled_epoch(cost, 2) is None


def test_an_l1_penalty_takes_the_steps_one_by_one() -> None:
    network = Network((Dense(2, 2),))
    cost = Cost.of(network, SoftmaxCrossEntropy(), [[0.0, 1.0], [1.0, 0.0]], [0, 1], penalty=Penalty(l1=0.1))
    assert compiled_epoch(cost, 2) is None


def test_parameters_of_another_type_than_the_rows_take_the_steps_one_by_one() -> None:
    cost = blobs()
    theta = start(cost).astype(np.float64)
    plain, fast = (run(cost, Adam(), theta, 64, wanted)[-1].theta for wanted in (False, True))
    np.testing.assert_array_equal(fast, plain)


# Around the numbers of a vector, of two, and of the rows of a tile.
SIZES = (1, 2, 3, 4, 5, 7, 8, 9, 11, 12, 13, 15, 16, 17, 23, 24, 25, 31, 32, 33, 47, 64, 65)


SHAPES = [(size, SIZES[place - 1], SIZES[place - 7] + 1) for place, size in enumerate(SIZES)]
# Units whose last few are summed over vectors, with inputs that do and do not fill these.
FEW_LAST = [(64, 1, 2), (64, 33, 3), (65, 36, 2), (79, 40, 4), (95, 5, 3), (100, 100, 10)]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", INSTRUCTIONS)
def test_each_set_of_instructions_takes_the_steps_at_every_boundary(name: str, dtype: Any) -> None:
    assert kernels is not None
    kernels.choose(name)
    try:
        for place, (size, units, classes) in enumerate(SHAPES + FEW_LAST):
            network = Network((Dense(size, units), ACTIVATIONS[place % 5], Dense(units, classes)))
            generator = np.random.default_rng(place)
            x, t = generator.normal(size=(size + 2, size)).astype(dtype), generator.integers(0, classes, size + 2)
            t[:2] = 0, 1
            cost = Cost.of(network, SoftmaxCrossEntropy(), x, t)
            theta = generator.normal(0, 0.3, network.size).astype(dtype)
            plain, fast = (run(cost, OPTIMIZERS[0], theta, size, wanted, 1)[-1] for wanted in (False, True))
            # A sum of 100 terms or fewer, three layers deep, whose terms are some times as large as the sum.
            close: dict[str, Any] = {"rtol": 2e-5 if dtype is np.float32 else 1e-12, "atol": 1e-7}
            np.testing.assert_allclose(fast.theta, plain.theta, **close)
            np.testing.assert_allclose((fast.cost, fast.gradient_norm), (plain.cost, plain.gradient_norm), **close)
    finally:
        kernels.choose(INSTRUCTIONS[0])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", INSTRUCTIONS)
def test_each_set_of_instructions_takes_the_steps_of_members(name: str, dtype: Any) -> None:
    assert kernels is not None
    kernels.choose(name)
    try:
        cost = members(n=100, dtype=dtype)
        plain, fast = (run(cost, OPTIMIZERS[0], start(cost), 30, wanted, 1)[-1] for wanted in (False, True))
        # Four steps with sums of 180 terms or fewer, three layers deep.
        close: dict[str, Any] = {"rtol": 1e-4 if dtype is np.float32 else 1e-12, "atol": 1e-6}
        np.testing.assert_allclose(fast.theta, plain.theta, **close)
        np.testing.assert_allclose((fast.cost, fast.gradient_norm), (plain.cost, plain.gradient_norm), **close)
    finally:
        kernels.choose(INSTRUCTIONS[0])


def test_the_outputs_of_many_members_are_cut_into_parts_that_stay_in_the_cache() -> None:
    shared = Network((MemberScale(32, 20), SharedDense(32, 20, 64), ReLU(), MemberDense(32, 64, 4)))
    own = Network((Dense(20, 32 * 64), ReLU(), MemberDense(32, 64, 64), ReLU(), MemberDense(32, 64, 4)))
    x, t = np.zeros((256, 20), np.float32), np.arange(256) % 4
    loss = MemberLoss(32, SoftmaxCrossEntropy())
    few, many = (compiled_epoch(Cost.of(network, loss, x, t), 256) for network in (own, shared))
    assert few is not None
    assert many is not None
    assert (few.parts, many.parts) == (2, 8)


@pytest.mark.parametrize("logit", [1e4, -1e4, 0.0])
@pytest.mark.parametrize("loss", [SoftmaxCrossEntropy(), SigmoidCrossEntropy(), SigmoidCrossEntropy(0.1)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_logits_of_any_size_have_the_cost_of_the_plain_form(logit: float, loss: Any, dtype: Any) -> None:
    network = Network((Dense(1, 1 if isinstance(loss, SigmoidCrossEntropy) else 2, bias=False),))
    cost = Cost.of(network, loss, np.array([[logit], [-logit], [logit / 2]], dtype), [0, 1, 1])
    theta = np.ones(network.size, dtype)
    plain, fast = (run(cost, GradientDescent(rate=1e-9), theta, 2, wanted, 1)[-1] for wanted in (False, True))
    np.testing.assert_allclose((fast.cost, fast.gradient_norm), (plain.cost, plain.gradient_norm), rtol=1e-6)


def arguments(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What `run_epoch` is given, which fits together: copies, so that what it writes is free to be changed."""
    cost, given = blobs(n=50, widths=(3, 4, 2)), list[Any]()
    monkeypatch.setattr(compiled_epochs, "kernels", SimpleNamespace(run_epoch=lambda *found: given.extend(found)))
    whole = compiled_epoch(cost, 20)
    assert whole is not None
    zeros = np.zeros(cost.network.size, np.float32)
    whole(start(cost), zeros, zeros, np.ones((3, 9)), np.arange(50))
    return [one.copy() if isinstance(one, np.ndarray) else one for one in given]


OTHERS: dict[str, tuple[int, Any]] = {
    "thread": (0, 5),
    "turns": (1, np.zeros(3, np.int64)),
    "rows of another width": (2, np.ones((50, 4), np.float32)),
    "rows of another type": (2, np.ones((50, 3))),
    "too few classes": (3, np.zeros(49, np.int64)),
    "a class that is not there": (3, np.full(50, 2)),
    "too few weights": (5, np.ones(49)),
    "a row that is not there": (6, np.full(50, 50)),
    "a row before the first": (6, np.full(50, -1)),
    "no rows at a time": (7, 0),
    "other widths": (8, np.array([3, 4, 3])),
    "too many layers": (8, np.array([3, 4, 2, 2])),
    "weights beyond theta": (9, np.array([0, 20])),
    "weights before theta": (9, np.array([0, -1])),
    "a bias beyond theta": (10, np.array([12, 25])),
    "too few kinds": (11, np.array([0])),
    "a kind that is not there": (11, np.array([0, 3])),
    "scales that are no copies": (11, np.array([0, 2])),
    "too few members": (12, np.array([1, 1])),
    "no members": (12, np.array([1, 0, 1])),
    "members that do not share the inputs alike": (12, np.array([2, 1, 1])),
    "members that do not share the logits alike": (12, np.array([1, 1, 3])),
    "too few activations": (13, np.array([0])),
    "too few steps": (18, np.ones((2, 3))),
    "too few coefficients": (19, np.ones((3, 8), np.float32)),
    "a block beyond theta": (20, np.array([[0, 99, 1]])),
    "too little theta": (21, np.zeros(7, np.float32)),
    "too few means": (22, np.zeros(7, np.float32)),
    "too few squares": (23, np.zeros(7, np.float32)),
    "too little memory": (24, np.zeros((1, 100), np.float32)),
    "gradients of another type": (25, np.zeros((1, 26))),
    "too few sums": (26, np.zeros((3, 1))),
    "nowhere to write": (27, np.zeros(1)),
}


@pytest.mark.parametrize("name", OTHERS)
def test_arguments_that_do_not_fit_together_are_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert kernels is not None
    place, other = OTHERS[name]
    given = arguments(monkeypatch)
    kernels.run_epoch(*given)
    given[1][:] = 0
    given[place] = other
    with pytest.raises((TypeError, ValueError)):
        kernels.run_epoch(*given)
