"""Part 2 of the lesson in numbers: three rings, a hidden layer."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from chainrule.arrays import Array
from chainrule.datasets import Plane, three_rings
from chainrule.engine import Cost
from chainrule.initializers import initialize
from chainrule.inspection import GradientCheck, Trace, check_gradients, trace
from chainrule.layers import Dense, Elementwise, Layer, LeakyReLU, Sigmoid, Softmax, Tanh
from chainrule.losses import Loss, SoftmaxCrossEntropy
from chainrule.network import Network
from chainrule.optimizers import GradientDescent, Momentum, Optimizer
from chainrule.training.loop import Training, train

# One weight of the hidden layer in numbers: its slope by the chain rule, and by differences of the loss.

# The weight from the first input to the third hidden neuron, counted from 0.
INPUT = 0
NEURON = 2
# How far it is moved: from 1, where the loss is no line, to 10⁻¹², where rounding is larger than the difference.
DIFFERENCE_STEPS = tuple(10.0**-power for power in range(0, 13, 2))


@final
@dataclass(frozen=True)
class Difference:
    """The slope of the loss as the differences of its values give it.

    Attributes:
        h: how far the weight is moved.
        one_sided: `(L(w + h) - L(w)) / h`.
        central: `(L(w + h) - L(w - h)) / 2h`.
    """

    h: float
    one_sided: float
    central: float


@final
@dataclass(frozen=True, eq=False)
class OneWeight:
    """The way of one weight to the loss of one point, and back.

    Attributes:
        x: the input that the weight multiplies.
        weight: its value.
        a, h: what its neuron adds up, and what the activation makes of that.
        onward: the weights from the neuron to the logits (3,).
        dz: the slopes of the loss by the logits (3,).
        dh: their sum along the three ways, `dz · onward`.
        bend: the slope of the activation at `a`.
        dw: the slope of the loss by the weight, `dh · bend · x`.
        differences: the same slope without the chain rule, for steps from 1 down to 10⁻¹².
    """

    x: float
    weight: float
    a: float
    h: float
    onward: Array
    dz: Array
    dh: float
    bend: float
    dw: float
    differences: tuple[Difference, ...]


def one_weight(network: Network, loss: Loss, theta: Array, x: Array, t: Array) -> OneWeight:
    """Return every number on the way of one weight of a network with a hidden layer of leaky ReLU."""
    first, activation, last = network.views(theta)[0], network.layers[1], network.views(theta)[2]
    assert isinstance(activation, LeakyReLU)
    _, a, h, z = network.forward(theta, x[None])
    onward, dz = last["weights"][NEURON], loss.gradient(z, t[None])[0]
    dh = float(dz @ onward)
    bend = 1.0 if a[0, NEURON] > 0 else activation.slope
    return OneWeight(
        x=float(x[INPUT]),
        weight=float(first["weights"][INPUT, NEURON]),
        a=float(a[0, NEURON]),
        h=float(h[0, NEURON]),
        onward=onward,
        dz=dz,
        dh=dh,
        bend=bend,
        dw=dh * bend * float(x[INPUT]),
        differences=_differences(network, loss, theta, x, t),
    )


def _differences(network: Network, loss: Loss, theta: Array, x: Array, t: Array) -> tuple[Difference, ...]:
    def value(step: float) -> float:
        moved = theta.copy()
        network.views(moved)[0]["weights"][INPUT, NEURON] += step
        return float(np.sum(loss.value(network.forward(moved, x[None])[-1], t[None])))

    here = value(0)
    return tuple(Difference(h, (value(h) - here) / h, (value(h) - value(-h)) / (2 * h)) for h in DIFFERENCE_STEPS)


# Hidden layers of several sizes, each trained from several starts.

# Hidden neurons: too few, the least that can do it (3), and more than are needed.
SIZES = (1, 2, 3, 4, 8, 16, 64)
# Starts of each size, since where a training ends depends on where it starts.
STARTS = 5
# A larger rate makes the first steps swing so much that rounding decides where a training ends.
SIZES_RATE = 0.002


@final
@dataclass(frozen=True, eq=False)
class Size:
    """A hidden layer of one size.

    Attributes:
        neurons: in the hidden layer.
        parameters: of the whole network.
        costs: at the end of the training from each of the starts.
        best: the training that ended lowest.
        accuracy, fresh_accuracy: of that one, on its own points and on new ones.
    """

    neurons: int
    parameters: int
    costs: tuple[float, ...]
    best: Training
    accuracy: float
    fresh_accuracy: float


def network_of(neurons: int) -> Network:
    """Return a network with so many hidden neurons, with tanh."""
    return Network((Dense(2, neurons), Tanh(), Dense(neurons, 3)))


def training_of(network: Network, cost: Cost, start: int) -> Training:
    """Return the training of a network from the starting weights of this number.

    All rows are one mini-batch, because the steps of mini-batches are taken in C where that was built.
    """
    optimizer, theta = Momentum(SIZES_RATE, nesterov=True), initialize(network, random_state=start)
    return train(cost, optimizer, theta, max_epochs=STEPS, batch_size=len(cost.rows), random_state=0)


def size_of(neurons: int, plane: Plane, fresh: Plane) -> Size:
    """Return how a hidden layer of this size does on the points of its training and on fresh ones."""
    network = network_of(neurons)
    cost = Cost.of(network, loss, plane.x, plane.t, reduction="sum")
    trainings = [training_of(network, cost, start) for start in range(STARTS)]
    costs = tuple(cost.value(training.theta) for training in trainings)
    best = trainings[costs.index(min(costs))]
    own, new = (accuracy(network, best.theta, *points) for points in (plane, fresh))
    return Size(neurons, network.size, costs, best, own, new)


# Left, right, bottom and top of the plane that is drawn, around all rows.
RINGS_PLANE = (-2.2, 2.2, -2.2, 2.2)
# Of gradient descent, on the sum of 150 losses.
RATE = 0.01
STEPS = 1000
HALF_RATE = RATE / 2
# Hidden layers of the network whose gradients vanish.
DEPTH = 8
# The point that is followed by hand, and how many the gradient check looks at.
ROW = 20
CHECKED = 10
# Hidden neurons of the network whose regions are shown.
USEFUL = 16
# A point in the middle and one on each ring, where their classes lie along the first axis.
PLACES = ((0.0, 0.0), (0.75, 0.0), (1.25, 0.0))
EXERCISE = (0.0, 1.0)
# The decimals with which the page prints what is followed by hand.
DECIMALS = 4

loss = SoftmaxCrossEntropy()


def probabilities(network: Network, theta: Array, x: Array) -> Array:
    """Return the probability of each class for rows `x`."""
    return Softmax().forward({}, network.forward(theta, x)[-1])


def accuracy(network: Network, theta: Array, x: Array, t: Array) -> float:
    """Return the share of rows whose most probable class is the true one."""
    return float((probabilities(network, theta, x).argmax(axis=1) == t.argmax(axis=1)).mean())


def squared_distance(x: Array) -> Array:
    """Return the feature made by hand, `x₁² + x₂²` (n, 1)."""
    return np.sum(x**2, axis=1, keepdims=True)


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
class Place:
    """A point of the plane on its way through the trained network: `x`, `h`, `z`, `y` and the class it is given."""

    x: Array
    h: Array
    z: Array
    y: Array

    @property
    def predicted(self) -> int:
        """The number of the most probable class."""
        return int(self.y.argmax())


def place_of(fit: Fit, x: tuple[float, float]) -> Place:
    """Return what a trained network makes of a point."""
    row, _, h, z = (values[0] for values in fit.network.forward(fit.training.theta, np.array([x])))
    return Place(row, h, z, Softmax().forward({}, z[None])[0])


@final
@dataclass(frozen=True, eq=False)
class RingsLesson:
    """The numbers of part 2.

    Attributes:
        x, t: the points (150, 2) and their one-hot targets (150, 3).
        fresh: new points, which no network is trained on.
        start_weights: of the hidden and the last layer, before any training.
        start_costs: of three hidden neurons before any training, by activation.
        linear: softmax regression, as in part 1; `linear_slope` is the largest number of its gradient at the end.
        handmade: one layer on a feature made by hand.
        collapse_difference: between three stacked linear layers and the one they amount to.
        leaky, logistic: three hidden neurons, 1000 steps of rate 0.01.
        half_rate: leaky again with half of the rate.
        alike: leaky again, from weights that are the same for all three hidden neurons.
        still: the largest number of its gradient where all parameters are zero.
        places, exercise: three points, and one more, on their way through the trained leaky network.
        weight: one weight of the hidden layer, followed to the loss of one point and back.
        row: the same point's way with all weights, by Jacobians.
        by_hand: how far its probabilities and what they are made of move where all is rounded as the page prints it.
        right, planted: gradient checks of a right network, and of one with a mistake.
        tanh, wrong: the network that was checked second, trained without the mistake and with it.
        vanishing: norm of the gradient of each of nine layers at the start, by activation.
        momentum, nesterov: the logistic network again, with a velocity.
        sizes: hidden layers of several sizes.
        useful: the one of sixteen neurons, at its best.
    """

    x: Array
    t: Array
    fresh: Plane
    start_weights: tuple[Array, Array]
    start_costs: dict[str, float]
    linear: Fit
    linear_slope: float
    handmade: Fit
    collapse_difference: float
    leaky: Fit
    logistic: Fit
    half_rate: Fit
    alike: Fit
    still: float
    places: tuple[Place, ...]
    exercise: Place
    weight: OneWeight
    row: Trace
    by_hand: float
    right: GradientCheck
    planted: GradientCheck
    tanh: Fit
    wrong: Fit
    vanishing: dict[str, list[float]]
    momentum: Training
    nesterov: Training
    useful: Fit
    sizes: tuple[Size, ...]

    def results(self) -> dict[str, Any]:
        """Return what `lesson.json` says of part 2."""
        fits = {"leaky_relu": self.leaky, "logistic": self.logistic}
        return {name: _result(fit) for name, fit in fits.items()}

    def live(self) -> dict[str, Any]:
        """Return what the live figures of part 2 start from, as `web/src/lesson/data.ts` reads it."""
        start = [array.ravel(order="F").tolist() for array in self.start_weights]
        return {
            "x": self.x.tolist(),
            "labels": self.t.argmax(axis=1).tolist(),
            "plane": RINGS_PLANE,
            "start": start,
            "theta": self.leaky.training.theta.tolist(),
            "row": ROW,
            "fresh": {"x": self.fresh.x.tolist(), "labels": self.fresh.t.argmax(axis=1).tolist()},
            "rate": RATE,
            "steps": STEPS,
        }


def _result(fit: Fit) -> dict[str, Any]:
    first, _, last = fit.network.views(fit.training.theta)
    parameters = {"W1": first["weights"], "b1": first["bias"], "W2": last["weights"], "b2": last["bias"]}
    return {
        "cost": fit.training.history.cost,
        "accuracy": fit.accuracy,
        "parameters": {name: values.tolist() for name, values in parameters.items()},
    }


def rings_lesson() -> RingsLesson:
    """Return part 2 of the lesson, computed."""
    plane, first, second = three_rings()
    fresh, _, _ = three_rings(seed=1)
    x, t = plane

    def start(network: Network, first: Array = first, second: Array = second) -> Array:
        zeros = np.zeros(3)
        return network.flatten([{"weights": first, "bias": zeros}, {}, {"weights": second, "bias": zeros}])

    def fit(network: Network, theta: Array, optimizer: Optimizer[Any]) -> Fit:
        training = train(cost_of(network), optimizer, theta, max_epochs=STEPS)
        theta = training.theta
        return Fit(network, training, accuracy(network, theta, x, t), accuracy(network, theta, *fresh))

    def cost_of(network: Network) -> Cost:
        return Cost.of(network, loss, x, t, reduction="sum")

    descent = GradientDescent(RATE)
    linear = Network((Dense(2, 3),))
    leaky, logistic, tanh, wrong = (
        Network((Dense(2, 3), activation, Dense(3, 3)))
        for activation in (LeakyReLU(0.1), Sigmoid(), Tanh(), WrongTanh())
    )
    linear_fit = fit(linear, linear.zeros(), descent)
    leaky_fit = fit(leaky, start(leaky), descent)
    trained = leaky_fit.training.theta
    sizes = tuple(size_of(neurons, plane, fresh) for neurons in SIZES)
    sixteen = sizes[SIZES.index(USEFUL)]
    equal_weights = np.array([[1.0] * 3, [0.5] * 3]), np.ones((3, 3))
    return RingsLesson(
        x=x,
        t=t,
        fresh=fresh,
        start_weights=(first, second),
        start_costs={
            name: cost_of(network).value(start(network))
            for name, network in (("leaky ReLU", leaky), ("sigmoid", logistic), ("tanh", tanh))
        },
        linear=linear_fit,
        linear_slope=largest_slope(cost_of(linear), linear_fit.training.theta),
        handmade=by_hand(plane, fresh),
        collapse_difference=stacked_linear_layers(x)[2],
        leaky=leaky_fit,
        logistic=fit(logistic, start(logistic), descent),
        half_rate=fit(leaky, start(leaky), GradientDescent(HALF_RATE)),
        alike=fit(leaky, start(leaky, *equal_weights), descent),
        still=largest_slope(cost_of(leaky), leaky.zeros()),
        places=tuple(place_of(leaky_fit, place) for place in PLACES),
        exercise=place_of(leaky_fit, EXERCISE),
        weight=one_weight(leaky, loss, trained, x[ROW], t[ROW]),
        row=trace(leaky, loss, trained, x[ROW], t[ROW]),
        by_hand=rounding_error(leaky, trained, x[ROW]),
        right=check_gradients(leaky, loss, trained, x[:CHECKED], t[:CHECKED]),
        planted=check_gradients(wrong, loss, start(wrong), x[:CHECKED], t[:CHECKED]),
        tanh=fit(tanh, start(tanh), GradientDescent(HALF_RATE)),
        wrong=fit(wrong, start(wrong), GradientDescent(HALF_RATE)),
        vanishing={
            "sigmoid": gradient_by_layer(Sigmoid(), x, t),
            "tanh": gradient_by_layer(Tanh(), x, t),
            "leaky ReLU": gradient_by_layer(LeakyReLU(0.1), x, t),
        },
        momentum=fit(logistic, start(logistic), Momentum(RATE)).training,
        nesterov=fit(logistic, start(logistic), Momentum(RATE, nesterov=True)).training,
        useful=Fit(network_of(USEFUL), sixteen.best, sixteen.accuracy, sixteen.fresh_accuracy),
        sizes=sizes,
    )


def by_hand(plane: Plane, fresh: Plane) -> Fit:
    """Return one layer, trained on the squared distance from the origin alone."""
    network, x = Network((Dense(1, 3),)), squared_distance(plane.x)
    cost = Cost.of(network, loss, x, plane.t, reduction="sum")
    training = train(cost, GradientDescent(RATE), network.zeros(), max_epochs=STEPS)
    own, new = ((squared_distance(points.x), points.t) for points in (plane, fresh))
    return Fit(network, training, accuracy(network, training.theta, *own), accuracy(network, training.theta, *new))


def rounding_error(network: Network, theta: Array, x: Array) -> float:
    """Return the largest difference that rounding parameters and inputs as printed makes on the way to the logits."""
    exact, rounded = network.forward(theta, x[None]), network.forward(theta.round(DECIMALS), x[None].round(DECIMALS))
    return max(float(np.abs(one - other).max()) for one, other in zip(exact, rounded, strict=True))


def largest_slope(cost: Cost, theta: Array) -> float:
    """Return the largest number of a gradient, without its sign."""
    return float(np.abs(cost.value_and_gradient(theta)[1]).max())
