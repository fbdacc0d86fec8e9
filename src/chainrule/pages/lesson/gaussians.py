"""Part 1 of the lesson in numbers: three Gaussian classes, one layer of perceptrons."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from chainrule.arrays import Array
from chainrule.datasets import three_gaussians
from chainrule.engine import Cost
from chainrule.history import GradientBelow
from chainrule.inspection import Trace, trace
from chainrule.layers import Dense, Softmax
from chainrule.losses import PerceptronCriterion, SoftmaxCrossEntropy
from chainrule.network import Network
from chainrule.optimizers import GradientDescent, Newton, PerceptronRule
from chainrule.training import Training, train

RATE, STEPS = 0.025, 50
SWEEP = (0.001, 0.025, 0.2, 1.0)
NEWTON_STEPS = 8
ROW = 0

network = Network((Dense(2, 3),))
loss = SoftmaxCrossEntropy()


def starting_parameters() -> Array:
    """Return all weights (1, 0.5) and zero bias."""
    return network.flatten([{"weights": [[1, 1, 1], [0.5, 0.5, 0.5]], "bias": [0, 0, 0]}])


def probabilities(theta: Array, x: Array) -> Array:
    """Return the probability of each class for rows `x`."""
    z = network.forward(theta, x)[-1]
    return Softmax().forward({}, z)


def chain_of_jacobians(theta: Array, x: Array, t: Array) -> tuple[Array, Array]:
    """Return the gradient of weights and bias as the product of Jacobians, summed over rows."""
    dense, params = network.layers[0], network.views(theta)[0]
    z = dense.forward(params, x)
    dcost_dy, dy_dz = loss.factors(z, t)  # (60, 3) and (60, 3, 3)
    dz = dense.jacobian(params, x, z)  # weights (60, 3, 2, 3), bias (60, 3, 3)
    weights = np.einsum("nk,nkl,nlij->ij", dcost_dy, dy_dz, dz["weights"])
    bias = np.einsum("nk,nkl,nlj->j", dcost_dy, dy_dz, dz["bias"])
    return weights, bias


def fused(theta: Array, x: Array, t: Array) -> tuple[Array, Array]:
    """Return the same in the fused form, without a Jacobian in memory."""
    error = probabilities(theta, x) - t
    return x.T @ error, error.sum(axis=0)


def complex_step(theta: Array, x: Array, t: Array) -> tuple[Array, Array]:
    """Return the same without any derivative: the cost at `theta + ih`, whose imaginary part is `h` times the slope."""
    h = 1e-30
    shifted = theta + 1j * h * np.eye(network.size)
    slopes = np.array([loss.value(network.forward(v, x)[-1], t).sum().imag / h for v in shifted])
    views = network.views(slopes)[0]
    return views["weights"], views["bias"]


def without_bias(theta: Array) -> Array:
    """Return the same weights with the bias set to zero."""
    weights = network.views(theta)[0]["weights"]
    return network.flatten([{"weights": weights, "bias": np.zeros(3)}])


def accuracy(theta: Array, x: Array, t: Array) -> float:
    """Return the share of rows whose most probable class is the true one."""
    return float((probabilities(theta, x).argmax(axis=1) == t.argmax(axis=1)).mean())


def confusion(theta: Array, x: Array, t: Array) -> Array:
    """Return how many rows of each true class (rows) went to each predicted class (columns)."""
    counts = np.zeros((3, 3), int)
    np.add.at(counts, (t.argmax(axis=1), probabilities(theta, x).argmax(axis=1)), 1)
    return counts


def perceptron_rule(x: Array, t: Array, pair: tuple[int, int], max_epochs: int = 100) -> Training:
    """Return Rosenblatt's rule on two of the classes, row by row from zero weights."""
    of_pair = t[:, pair].any(axis=1)
    line = Network((Dense(2, 1),))
    cost = Cost.of(line, PerceptronCriterion(), x[of_pair], t[of_pair, pair[1]], reduction="sum")
    rest = [GradientBelow(0)]
    return train(cost, PerceptronRule(), line.zeros(), batch_size=1, random_state=0, max_epochs=max_epochs, stop=rest)


@final
@dataclass(frozen=True, eq=False)
class GaussiansLesson:
    """The numbers of part 1.

    Attributes:
        x, t: the rows (60, 2) and their one-hot targets (60, 3).
        start: the starting parameters.
        row: one row's way through the chain rule, at the start.
        gradients: weights' and bias' gradients at the start, by the route that gave them.
        disagreement: the largest difference between two of the routes.
        one_step: parameters after one step of rate 1.
        descent: 50 steps of rate 0.025.
        sweep: as many steps by rate.
        newton: a few steps of Newton's method on the same cost.
        separable, overlapping: Rosenblatt's rule on a and b, and on b and c.
    """

    x: Array
    t: Array
    start: Array
    start_cost: float
    row: Trace
    gradients: dict[str, tuple[Array, Array]]
    disagreement: float
    one_step: Array
    one_step_cost: float
    descent: Training
    sweep: dict[float, Training]
    newton: Training
    separable: Training
    overlapping: Training

    def results(self) -> dict[str, Any]:
        """Return what `lesson.json` says of part 1."""
        step, trained = network.views(self.one_step)[0], network.views(self.descent.theta)[0]
        return {
            "initial_probabilities": probabilities(self.start, self.x).tolist(),
            "one_step": {name: values.tolist() for name, values in step.items()},
            "cost": self.descent.history.cost,
            **{name: values.tolist() for name, values in trained.items()},
            "accuracy": {
                "with_bias": accuracy(self.descent.theta, self.x, self.t),
                "without_bias": accuracy(without_bias(self.descent.theta), self.x, self.t),
            },
        }


def gaussians_lesson() -> GaussiansLesson:
    """Return part 1 of the lesson, computed."""
    x, t = three_gaussians()
    start = starting_parameters()
    cost = Cost.of(network, loss, x, t, reduction="sum")
    routes = {"product of Jacobians": chain_of_jacobians, "fused form": fused, "complex step": complex_step}
    gradients = {name: route(start, x, t) for name, route in routes.items()}
    flat = np.array([np.concatenate([w.ravel(), b]) for w, b in gradients.values()])
    one_step = train(cost, GradientDescent(rate=1.0), start, max_epochs=1).theta
    return GaussiansLesson(
        x=x,
        t=t,
        start=start,
        start_cost=cost.value(start),
        row=trace(network, loss, start, x[ROW], t[ROW]),
        gradients=gradients,
        disagreement=float(np.ptp(flat, axis=0).max()),
        one_step=one_step,
        one_step_cost=cost.value(one_step),
        descent=train(cost, GradientDescent(RATE), start, max_epochs=STEPS),
        sweep={rate: train(cost, GradientDescent(rate), start, max_epochs=STEPS) for rate in SWEEP},
        newton=train(cost, Newton(), start, max_epochs=NEWTON_STEPS),
        separable=perceptron_rule(x, t, (0, 1)),
        overlapping=perceptron_rule(x, t, (1, 2)),
    )
