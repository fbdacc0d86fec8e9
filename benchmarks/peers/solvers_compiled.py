"""L-BFGS of PyTorch and of optax (JAX) on the convex problems, and their cost and gradient."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.peers.problems import Problem
from benchmarks.peers.solvers import Prepared

# Pairs that L-BFGS remembers: scikit-learn's and SciPy's default.
MEMORY = 10


def dense(problem: Problem) -> Any:
    """Return the rows as a dense array: both are faster on one than on their sparse forms, at so few columns."""
    return problem.data.x.toarray() if problem.sparse else problem.data.x


def torch_cost(problem: Problem) -> tuple[list[Any], Callable[[], Any]]:
    """Return the parameters at zero, and a function that returns the cost of what they are at the time."""
    import torch

    x = torch.from_numpy(dense(problem))
    binary = problem.outputs == 1
    t = torch.from_numpy(problem.data.t.astype(x.numpy().dtype if binary else np.int64))
    weights = torch.zeros((problem.columns, problem.outputs), dtype=x.dtype, requires_grad=True)
    bias = torch.zeros(problem.outputs, dtype=x.dtype, requires_grad=True)

    def cost() -> Any:
        z = torch.addmm(bias, x, weights)
        if binary:
            losses = torch.nn.functional.binary_cross_entropy_with_logits(z[:, 0], t)
        else:
            losses = torch.nn.functional.cross_entropy(z, t)
        return losses + problem.l2 / 2 * (weights * weights).sum()

    return [weights, bias], cost


def torch_lbfgs(problem: Problem) -> Prepared:
    import torch

    parameters, cost = torch_cost(problem)

    def fit(iterations: int) -> tuple[Any, Any]:
        for parameter in parameters:
            parameter.data.zero_()
        optimizer = torch.optim.LBFGS(
            parameters,
            max_iter=iterations,
            max_eval=10**9,
            history_size=MEMORY,
            tolerance_grad=0,
            tolerance_change=0,
            line_search_fn="strong_wolfe",
        )

        def closure() -> Any:
            optimizer.zero_grad()
            value = cost()
            value.backward()
            return value

        optimizer.step(closure)
        weights, bias = (parameter.detach().numpy().copy() for parameter in parameters)
        return weights.T, bias

    return Prepared(fit)


def jax_cost(problem: Problem) -> tuple[Any, Any, Callable[[Any, Any, Any], Any]]:
    """Return rows and labels on the device, and the cost of parameters on them."""
    import jax
    import jax.numpy as jnp
    import optax

    jax.config.update("jax_enable_x64", True)
    x = jnp.asarray(dense(problem))
    t = jnp.asarray(problem.data.t.astype(x.dtype if problem.outputs == 1 else np.int32))
    l2 = problem.l2

    def cost(parameters: Any, x: Any, t: Any) -> Any:
        weights, bias = parameters
        z = x @ weights + bias
        if z.shape[1] == 1:
            losses = optax.sigmoid_binary_cross_entropy(z[:, 0], t)
        else:
            losses = optax.softmax_cross_entropy_with_integer_labels(z, t)
        return losses.mean() + l2 / 2 * (weights * weights).sum()

    return x, t, cost


def jax_zeros(problem: Problem, dtype: Any) -> tuple[Any, Any]:
    import jax.numpy as jnp

    return jnp.zeros((problem.columns, problem.outputs), dtype), jnp.zeros(problem.outputs, dtype)


def jax_lbfgs(problem: Problem) -> Prepared:
    import jax
    import optax

    x, t, cost = jax_cost(problem)
    solver = optax.lbfgs(memory_size=MEMORY)

    def minimise(start: Any, x: Any, t: Any, iterations: int) -> Any:
        def value_of(parameters: Any) -> Any:
            return cost(parameters, x, t)

        value_and_gradient = optax.value_and_grad_from_state(value_of)

        def step(carry: Any) -> Any:
            parameters, state, number = carry
            value, gradient = value_and_gradient(parameters, state=state)
            updates, state = solver.update(gradient, state, parameters, value=value, grad=gradient, value_fn=value_of)
            return optax.apply_updates(parameters, updates), state, number + 1

        end = jax.lax.while_loop(lambda carry: carry[2] < iterations, step, (start, solver.init(start), 0))
        return end[0]

    run, zeros = jax.jit(minimise), jax_zeros(problem, x.dtype)

    def fit(iterations: int) -> tuple[Any, Any]:
        weights, bias = jax.block_until_ready(run(zeros, x, t, iterations))
        return np.asarray(weights).T, np.asarray(bias)

    start = time.perf_counter()
    fit(1)
    first = time.perf_counter() - start
    start = time.perf_counter()
    fit(1)
    return Prepared(fit, first - (time.perf_counter() - start))
