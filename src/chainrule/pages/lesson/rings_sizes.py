"""Hidden layers of several sizes, each trained from several starts."""

from dataclasses import dataclass
from typing import final

import numpy as np

from chainrule.datasets import Plane
from chainrule.engine import Cost
from chainrule.initializers import initialize
from chainrule.layers import Dense, Softmax, Tanh
from chainrule.losses import SoftmaxCrossEntropy
from chainrule.network import Network
from chainrule.optimizers import Momentum
from chainrule.training.loop import Training, train

SIZES, STARTS = (1, 2, 3, 4, 8, 16, 64), 5
# A larger rate makes the first steps swing so much that rounding decides where a training ends.
RATE, STEPS = 0.002, 1000

loss = SoftmaxCrossEntropy()


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
    optimizer, theta = Momentum(RATE, nesterov=True), initialize(network, random_state=start)
    return train(cost, optimizer, theta, max_epochs=STEPS, batch_size=len(cost.rows), random_state=0)


def size_of(neurons: int, plane: Plane, fresh: Plane) -> Size:
    """Return how a hidden layer of this size does on the points of its training and on fresh ones."""
    network = network_of(neurons)
    cost = Cost.of(network, loss, plane.x, plane.t, reduction="sum")
    trainings = [training_of(network, cost, start) for start in range(STARTS)]
    costs = tuple(cost.value(training.theta) for training in trainings)
    best = trainings[costs.index(min(costs))]

    def accuracy(points: Plane) -> float:
        y = Softmax().forward({}, network.forward(best.theta, points.x)[-1])
        return float(np.mean(y.argmax(axis=1) == points.t.argmax(axis=1)))

    return Size(neurons, network.size, costs, best, accuracy(plane), accuracy(fresh))
