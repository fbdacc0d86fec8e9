"""Part 1 of the lesson in numbers: three Gaussian classes, one layer of perceptrons."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from chainrule.arrays import Array
from chainrule.datasets import three_gaussians
from chainrule.engine import Cost
from chainrule.inspection import Trace, trace
from chainrule.layers import Dense, Softmax
from chainrule.losses import PerceptronCriterion, SoftmaxCrossEntropy
from chainrule.network import Network
from chainrule.optimizers import GradientDescent, Newton, PerceptronRule
from chainrule.training.history import GradientBelow
from chainrule.training.loop import Training, epochs, train

# Of gradient descent, on the sum of 60 losses.
RATE = 0.025
STEPS = 50
# Rates that are compared: too low, good, too high, and much too high.
SWEEP = (0.001, 0.025, 0.2, 1.0)
# Of Newton's method: enough for the figure to show how soon it is below fifty steps of gradient descent.
NEWTON_STEPS = 8
# The row that is followed through the chain rule.
ROW = 0

# Left, right, bottom and top of the plane that is drawn, around all rows.
GAUSSIANS_PLANE = (-5.0, 5.0, -5.0, 5.0)

# The example of one neuron: an input, its weight, and how far the weight is nudged to see the slope.
INPUT = 2.0
WEIGHT = 0.5
NUDGE = 0.001
# Two logits whose softmax is compared with the sigmoid of their difference.
TWO_LOGITS = (2.0, 0.5)

network = Network((Dense(2, 3),))
unbiased = Network((Dense(2, 3, bias=False),))
loss = SoftmaxCrossEntropy()


@final
@dataclass(frozen=True)
class OneNeuron:
    """One neuron with one weight and a sigmoid, on one row of class 1: every number of its chain rule.

    Attributes:
        z: the logit, `w x`.
        y: the probability, `1 / (1 + exp(-z))`.
        loss: `-log y`.
        dloss_dy, dy_dz, dz_dw: the three links, and their product `dloss_dw`.
        nudged: the rise of the loss where the weight is a little larger, divided by how much.
    """

    z: float
    y: float
    loss: float
    dloss_dy: float
    dy_dz: float
    dz_dw: float
    dloss_dw: float
    nudged: float


def sigmoid(z: float) -> float:
    """Return the probability of class 1 that belongs to a logit."""
    return float(1 / (1 + np.exp(-z)))


def one_neuron() -> OneNeuron:
    """Return the smallest chain of all, in numbers."""
    z = WEIGHT * INPUT
    y = sigmoid(z)
    links = (-1 / y, y * (1 - y), INPUT)
    more = -np.log(sigmoid((WEIGHT + NUDGE) * INPUT))
    slope = float((more + np.log(y)) / NUDGE)
    return OneNeuron(z, y, float(-np.log(y)), *links, float(np.prod(links)), slope)


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


def trained_without_bias(x: Array, t: Array) -> Training:
    """Return fifty steps of a network that never had a bias, from the same weights."""
    start = unbiased.flatten([{"weights": network.views(starting_parameters())[0]["weights"]}])
    cost = Cost.of(unbiased, loss, x, t, reduction="sum")
    return train(cost, GradientDescent(RATE), start, max_epochs=STEPS)


def with_zero_bias(theta: Array) -> Array:
    """Return the parameters of the network without bias as those of one whose bias is zero."""
    weights = unbiased.views(theta)[0]["weights"]
    return network.flatten([{"weights": weights, "bias": np.zeros(3)}])


def hessian_rank(theta: Array, x: Array) -> int:
    """Return the rank of the table of second derivatives of the cost."""
    y, inputs = probabilities(theta, x), np.column_stack([x, np.ones(len(x))])
    curvature = y[:, :, None] * np.eye(3) - y[:, :, None] * y[:, None, :]
    hessian = np.einsum("ncd,ni,nj->cidj", curvature, inputs, inputs).reshape(9, 9)
    return int(np.linalg.matrix_rank(hessian))


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
        neuron: one neuron with one weight.
        descent: 50 steps of rate 0.025.
        unbiased: the parameters of as many steps of a network that never had a bias, its bias zero.
        sweep: as many steps by rate.
        newton: a few steps of Newton's method on the same cost.
        newton_thetas: the parameters before the first of these steps, and after each.
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
    neuron: OneNeuron
    descent: Training
    unbiased: Array
    sweep: dict[float, Training]
    newton: Training
    newton_thetas: list[Array]
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

    def live(self) -> dict[str, Any]:
        """Return what the live figures of part 1 start from, as `web/src/lesson/data.ts` reads it."""
        return {
            "x": self.x.tolist(),
            "labels": self.t.argmax(axis=1).tolist(),
            "plane": GAUSSIANS_PLANE,
            "start": self.start.tolist(),
            "rate": RATE,
            "steps": STEPS,
            "input": INPUT,
            "weight": WEIGHT,
            "logits": list(TWO_LOGITS),
            "newton": [theta.tolist() for theta in self.newton_thetas],
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
        neuron=one_neuron(),
        descent=train(cost, GradientDescent(RATE), start, max_epochs=STEPS),
        unbiased=with_zero_bias(trained_without_bias(x, t).theta),
        sweep={rate: train(cost, GradientDescent(rate), start, max_epochs=STEPS) for rate in SWEEP},
        newton=train(cost, Newton(), start, max_epochs=NEWTON_STEPS),
        newton_thetas=[start, *(epoch.theta for epoch in epochs(cost, Newton(), start, max_epochs=NEWTON_STEPS))],
        separable=perceptron_rule(x, t, (0, 1)),
        overlapping=perceptron_rule(x, t, (1, 2)),
    )
