"""One cost and gradient of softmax regression on Fashion-MNIST, beside the bare products and one reading of rows."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks.peers.convex import QUICK_ROWS
from benchmarks.peers.machine import least_seconds
from benchmarks.peers.measure import Run, Settings, in_turns, seconds
from benchmarks.peers.problems import Problem, load
from benchmarks.peers.results import Case
from benchmarks.peers.solvers_compiled import jax_cost, jax_zeros, torch_cost
from chainrule import Cost, Dense, Network, Penalty, SoftmaxCrossEntropy

GROUP = "Fashion-MNIST, one cost and gradient"


def cases(run: Run) -> Iterator[Case]:
    """Yield the one case."""
    if not run.wanted(GROUP):
        return
    data = load(run.folder, "fashion_mnist", scaled=False, rows=QUICK_ROWS if run.settings.quick else None)
    problem = Problem(GROUP, data, 1.0)
    works = {"Chainrule": ours, "(the two products alone, in NumPy)": products, "PyTorch": pytorch, "JAX": compiled}
    contenders = {name: timer(work(problem), run.settings) for name, work in works.items()}
    limit = least_seconds(run.limits, problem.bytes, problem.operations, "float32")
    about = f"{len(data.t)} × 784, 10 classes, float32; the limit is reading the rows once, or the operations."
    yield Case("passes", GROUP, "warm", in_turns(contenders, run.settings), limit, {}, about)


def timer(work: Callable[[], object], settings: Settings) -> Callable[[], float]:
    work()
    return lambda: seconds(work, max(settings.least, 0.1))


def ours(problem: Problem) -> Callable[[], object]:
    network = Network((Dense(problem.columns, problem.outputs),))
    penalty = Penalty(l2=problem.l2)
    cost = Cost.of(network, SoftmaxCrossEntropy(), problem.data.x, problem.data.t, penalty=penalty)
    theta = network.zeros().astype(np.float32)
    return lambda: cost.value_and_gradient(theta)


def products(problem: Problem) -> Callable[[], object]:
    """The two products of all rows at once, with nothing between them."""
    x = problem.data.x
    weights, delta = (np.zeros((rows, problem.outputs), np.float32) for rows in (problem.columns, len(x)))
    z, gradient = np.empty_like(delta), np.empty_like(weights)

    def both() -> None:
        np.matmul(x, weights, out=z)
        np.matmul(x.T, delta, out=gradient)

    return both


def pytorch(problem: Problem) -> Callable[[], object]:
    parameters, cost = torch_cost(problem)

    def both() -> None:
        for parameter in parameters:
            parameter.grad = None
        cost().backward()

    return both


def compiled(problem: Problem) -> Callable[[], object]:
    import jax

    x, t, cost = jax_cost(problem)
    both: Any = jax.jit(jax.value_and_grad(cost))
    zeros = jax_zeros(problem, x.dtype)
    return lambda: jax.block_until_ready(both(zeros, x, t))
