"""Part 2 of the lesson in numbers: three rings, a hidden layer."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from chainrule.arrays import Array
from chainrule.datasets import three_rings
from chainrule.engine import Cost
from chainrule.initializers import initialize
from chainrule.inspection import GradientCheck, Trace, check_gradients, trace
from chainrule.layers import Dense, Elementwise, Layer, LeakyReLU, Sigmoid, Softmax, Tanh
from chainrule.losses import SoftmaxCrossEntropy
from chainrule.network import Network
from chainrule.optimizers import GradientDescent, Momentum, Optimizer
from chainrule.training import Training, train

RATE, STEPS = 0.01, 1000
DEPTH = 8
ROW = 20

loss = SoftmaxCrossEntropy()


def probabilities(network: Network, theta: Array, x: Array) -> Array:
    """Return the probability of each class for rows `x`."""
    return Softmax().forward({}, network.forward(theta, x)[-1])


def accuracy(network: Network, theta: Array, x: Array, t: Array) -> float:
    """Return the share of rows whose most probable class is the true one."""
    return float((probabilities(network, theta, x).argmax(axis=1) == t.argmax(axis=1)).mean())


def stacked_linear_layers(x: Array) -> tuple[Network, Array, float]:
    """Return the one layer that three linear layers amount to, and the largest difference of their outputs."""
    deep = Network((Dense(2, 4), Dense(4, 4), Dense(4, 3)))
    theta = np.random.default_rng(0).standard_normal(deep.size)
    first, second, third = deep.views(theta)
    flat = Network((Dense(2, 3),))
    weights = first["weights"] @ second["weights"] @ third["weights"]
    bias = (first["bias"] @ second["weights"] + second["bias"]) @ third["weights"] + third["bias"]
    collapsed = flat.flatten([{"weights": weights, "bias": bias}])
    difference = np.abs(deep.forward(theta, x)[-1] - flat.forward(collapsed, x)[-1]).max()
    return flat, collapsed, float(difference)


def gradient_by_layer(activation: Layer, x: Array, t: Array) -> list[float]:
    """Return the norm of the weights' gradient of each dense layer in a deep network, first layer first."""
    hidden = [link for _ in range(DEPTH - 1) for link in (Dense(8, 8), activation)]
    network = Network((Dense(2, 8), activation, *hidden, Dense(8, 3)))
    _, gradient = Cost.of(network, loss, x, t).value_and_gradient(initialize(network, random_state=0))
    return [float(np.linalg.norm(views["weights"])) for views in network.views(gradient) if views]


@final
@dataclass(frozen=True)
class WrongTanh(Elementwise):
    """The hyperbolic tangent with a mistake in its derivative: `1 - y` where `1 - y²` is right."""

    def function(self, x: Array, *, out: Array | None = None) -> Array:
        return np.tanh(x, out=out)

    def derivative(self, x: Array, y: Array) -> Array:
        return 1 - y


@final
@dataclass(frozen=True, eq=False)
class Fit:
    """A network, trained on the rings."""

    network: Network
    training: Training
    accuracy: float
    fresh_accuracy: float

    def predict(self, x: Array) -> Array:
        """Return the probability of each class for rows `x`."""
        return probabilities(self.network, self.training.theta, x)


@final
@dataclass(frozen=True, eq=False)
class RingsLesson:
    """The numbers of part 2.

    Attributes:
        x, t: the rows (150, 2) and their one-hot targets (150, 3).
        start_weights: of the hidden and the last layer, before any training.
        linear: softmax regression, as in part 1.
        collapse_difference: between three stacked linear layers and the one they amount to.
        vanishing: norm of the gradient of each of nine layers at the start, by activation.
        leaky, logistic: three hidden units, 1000 steps of rate 0.01.
        row: one row's way through the hidden layer, in the trained leaky network.
        right, planted: gradient checks of a right network, and of one with a mistake.
        momentum, nesterov: the logistic network again, with a velocity.
        useful: sixteen hidden units.
    """

    x: Array
    t: Array
    start_weights: tuple[Array, Array]
    linear: Fit
    collapse_difference: float
    vanishing: dict[str, list[float]]
    leaky: Fit
    logistic: Fit
    row: Trace
    right: GradientCheck
    planted: GradientCheck
    momentum: Training
    nesterov: Training
    useful: Fit

    def results(self) -> dict[str, Any]:
        """Return what `lesson.json` says of part 2."""
        fits = {"leaky_relu": self.leaky, "logistic": self.logistic}
        return {name: {"cost": fit.training.history.cost, "accuracy": fit.accuracy} for name, fit in fits.items()}


def rings_lesson() -> RingsLesson:
    """Return part 2 of the lesson, computed."""
    (x, t), first, second = three_rings()
    fresh, _, _ = three_rings(seed=1)

    def start(network: Network) -> Array:
        zeros = np.zeros(3)
        return network.flatten([{"weights": first, "bias": zeros}, {}, {"weights": second, "bias": zeros}])

    def fit(network: Network, theta: Array, optimizer: Optimizer[Any]) -> Fit:
        training = train(Cost.of(network, loss, x, t, reduction="sum"), optimizer, theta, max_epochs=STEPS)
        theta = training.theta
        return Fit(network, training, accuracy(network, theta, x, t), accuracy(network, theta, *fresh))

    descent = GradientDescent(RATE)
    linear = Network((Dense(2, 3),))
    leaky, logistic, wrong = (
        Network((Dense(2, 3), activation, Dense(3, 3))) for activation in (LeakyReLU(0.1), Sigmoid(), WrongTanh())
    )
    useful = Network((Dense(2, 16), Tanh(), Dense(16, 3)))
    leaky_fit = fit(leaky, start(leaky), descent)
    return RingsLesson(
        x=x,
        t=t,
        start_weights=(first, second),
        linear=fit(linear, linear.zeros(), descent),
        collapse_difference=stacked_linear_layers(x)[2],
        vanishing={
            "logistic": gradient_by_layer(Sigmoid(), x, t),
            "tanh": gradient_by_layer(Tanh(), x, t),
            "leaky ReLU": gradient_by_layer(LeakyReLU(0.1), x, t),
        },
        leaky=leaky_fit,
        logistic=fit(logistic, start(logistic), descent),
        row=trace(leaky, loss, leaky_fit.training.theta, x[ROW], t[ROW]),
        right=check_gradients(leaky, loss, leaky_fit.training.theta, x[:10], t[:10]),
        planted=check_gradients(wrong, loss, start(wrong), x[:10], t[:10]),
        momentum=fit(logistic, start(logistic), Momentum(RATE)).training,
        nesterov=fit(logistic, start(logistic), Momentum(RATE, nesterov=True)).training,
        useful=fit(useful, initialize(useful, random_state=0), Momentum(RATE / 2, nesterov=True)),
    )
