"""Solvers of the convex problems: ours, scikit-learn's, and those for two classes or for no penalty.

A solver prepares itself for a problem outside the time taken, and then fits from scratch, a given number of iterations
at most and with no tolerance of its own that would end it sooner.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias, final

import numpy as np
from sklearn.linear_model import LogisticRegression

from benchmarks.peers.problems import Problem
from chainrule import Classifier, Cost, Dense, Network, Penalty, SigmoidCrossEntropy, SoftmaxCrossEntropy, train
from chainrule.estimator.defaults import build_plan
from chainrule.losses import Loss

Fit: TypeAlias = Callable[[int], tuple[Any, Any]]
# Parameters up to which a solver is tried that writes out the whole Hessian: of more it takes over 72 MB.
DENSE_HESSIAN = 3000
# Bytes of rows from which on what an estimator does beside solving is nothing.
MANY_BYTES = 100_000_000


@final
@dataclass(frozen=True)
class Prepared:
    """A solver ready for a problem: `fit(iterations)` returns weights and biases; `compiling` took so many seconds."""

    fit: Fit
    compiling: float = 0.0


Prepare: TypeAlias = Callable[[Problem], Prepared]


def solvers(problem: Problem) -> dict[str, Prepare]:
    """Return all solvers that solve this problem, ours first."""
    from benchmarks.peers.solvers_compiled import jax_lbfgs, torch_lbfgs

    some: dict[str, Prepare] = {"Chainrule": ours}
    if problem.bytes < MANY_BYTES:  # with more, what an estimator does beside is nothing
        some["Chainrule, from a Cost"] = ours_from_cost
    binary, small = problem.outputs == 1, problem.size <= DENSE_HESSIAN
    names = ["lbfgs", "newton-cg", *(["newton-cholesky"] if small else []), *(["liblinear"] if binary else [])]
    if problem.l2:
        names += ["sag", "saga"]
    else:
        names = [name for name in names if name != "liblinear"]
    some |= {f"scikit-learn {name}": partial(scikit_learn, solver=name) for name in names}
    some |= {"PyTorch L-BFGS": torch_lbfgs, "JAX, optax L-BFGS": jax_lbfgs}
    if binary and problem.l2:
        some |= {f"glum {name}": partial(glum, solver=name) for name in ("irls-ls", "lbfgs")}
        some |= {f"skglm {name}": partial(skglm, solver=name) for name in ("ProxNewton", "AndersonCD")}
    if not problem.l2:
        some["statsmodels newton"] = statsmodels
    return some


def ours(problem: Problem) -> Prepared:
    def fit(iterations: int) -> tuple[Any, Any]:
        model = Classifier(l2=problem.l2, standardize=False, tol=0.0, max_epochs=iterations)
        model.fit(problem.data.x, problem.data.t)
        return model.coef_, model.intercept_

    return Prepared(fit)


def ours_from_cost(problem: Problem) -> Prepared:
    """The same optimizer on a cost that is ready, as tensors are for PyTorch and JAX: no estimator around it."""
    network = Network((Dense(problem.columns, problem.outputs),))
    loss: Loss = SigmoidCrossEntropy() if problem.outputs == 1 else SoftmaxCrossEntropy()
    cost = Cost.of(network, loss, problem.data.x, problem.data.t, penalty=Penalty(l2=problem.l2))
    rows = len(problem.data.t)
    plan = build_plan(network, rows, optimizer="auto", rate=None, l1=0.0, batch_size="auto", tol=0.0)
    start = network.zeros().astype(problem.data.x.dtype)

    def fit(iterations: int) -> tuple[Any, Any]:
        theta = train(cost, plan.optimizer, start, max_epochs=iterations, stop=[plan.stop]).theta
        layer = network.views(theta)[0]
        return layer["weights"].T, layer["bias"]

    return Prepared(fit)


def scikit_learn(problem: Problem, solver: str) -> Prepared:
    """The penalty of liblinear is on the bias too: with its scaling of 100, on a bias a hundredth as large."""
    c = 1 / (problem.l2 * len(problem.data.t)) if problem.l2 else np.inf
    scaling = {"intercept_scaling": 100.0} if solver == "liblinear" else {}

    def fit(iterations: int) -> tuple[Any, Any]:
        model = LogisticRegression(C=c, solver=solver, tol=1e-14, max_iter=iterations, random_state=0, **scaling)
        model.fit(problem.data.x, problem.data.t)
        return model.coef_, model.intercept_

    return Prepared(fit)


def glum(problem: Problem, solver: str) -> Prepared:
    from glum import GeneralizedLinearRegressor

    x, t = problem.data.x, problem.data.t.astype(problem.data.x.dtype)
    x = x.tocsc() if problem.sparse else x

    def fit(iterations: int) -> tuple[Any, Any]:
        model = GeneralizedLinearRegressor(
            alpha=problem.l2, l1_ratio=0, family="binomial", solver=solver, gradient_tol=1e-14, max_iter=iterations
        )
        model.fit(x, t)
        return model.coef_, model.intercept_

    return Prepared(fit)


def skglm(problem: Problem, solver: str) -> Prepared:
    """Iterations of AndersonCD are passes over all columns, which it works on all together."""
    from skglm import GeneralizedLinearEstimator
    from skglm.datafits import Logistic
    from skglm.penalties import L1_plus_L2
    from skglm.solvers import AndersonCD, ProxNewton

    def method(iterations: int) -> Any:
        common = {"tol": 1e-14, "fit_intercept": True, "p0": problem.columns}
        if solver == "ProxNewton":
            return ProxNewton(max_iter=iterations, **common)
        return AndersonCD(max_iter=1, max_epochs=iterations, **common)

    x = problem.data.x.tocsc() if problem.sparse else np.asfortranarray(problem.data.x)
    sign = 2 * problem.data.t - 1

    def fit(iterations: int) -> tuple[Any, Any]:
        model = GeneralizedLinearEstimator(Logistic(), L1_plus_L2(problem.l2, 0.0), method(iterations)).fit(x, sign)
        return model.coef_, model.intercept_

    start = time.perf_counter()
    fit(1)
    return Prepared(fit, time.perf_counter() - start)


def statsmodels(problem: Problem) -> Prepared:
    from statsmodels.api import MNLogit, add_constant

    x, t = add_constant(problem.data.x), problem.data.t

    def fit(iterations: int) -> tuple[Any, Any]:
        found = MNLogit(t, x).fit(
            method="newton", maxiter=iterations, disp=False, skip_hessian=True, warn_convergence=False
        )
        params = np.hstack([np.zeros((x.shape[1], 1)), np.asarray(found.params)])
        return params[1:].T, params[0]

    return Prepared(fit)
