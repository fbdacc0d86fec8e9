"""What is explained: the probability or the logit of one class for each row, with its gradient at the inputs."""

from dataclasses import dataclass
from typing import Literal, TypeAlias, final

import numpy as np

from chainrule.arrays import Array, logistic
from chainrule.layers import Softmax
from chainrule.network import Network

Scale: TypeAlias = Literal["logit", "probability"]


@final
@dataclass(frozen=True, eq=False)
class Answers:
    """A network that answers with the probability or the logit of a class, another one for each row.

    Attributes:
        network, theta: the network and its parameters.
        scale: "logit" or "probability".
        classes: index of the class of each row (n,). Two classes have one output, the logit of the second.
    """

    network: Network
    theta: Array
    scale: Scale
    classes: Array

    def take(self, rows: Array) -> "Answers":
        """Return the same for other rows."""
        return Answers(self.network, self.theta, self.scale, self.classes[rows])

    def values(self, z: Array) -> Array:
        """Return the answers (n,) for logits `z` (n, k)."""
        if self.network.outputs == 1:
            signed = self._signs * z[:, 0]
            return signed if self.scale == "logit" else logistic(signed)
        of_all = z if self.scale == "logit" else Softmax().forward({}, z)
        return of_all[np.arange(len(z)), self.classes]

    def slopes(self, z: Array) -> Array:
        """Return the gradient of the answers at the logits (n, k)."""
        if self.network.outputs == 1:
            slopes = self._signs[:, None]
            return slopes if self.scale == "logit" else slopes * logistic(z) * logistic(-z)
        chosen = np.eye(self.network.outputs)[self.classes]
        if self.scale == "logit":
            return chosen
        passed = Softmax().vjp({}, z, Softmax().forward({}, z), chosen)
        assert passed is not None
        return passed

    def gradient(self, x: Array) -> Array:
        """Return the gradient of the answers at rows `x` (n, i), as the network takes them."""
        outputs = self.network.forward(self.theta, x)
        return self.network.input_gradient(self.theta, outputs, self.slopes(outputs[-1]))

    @property
    def _signs(self) -> Array:
        return 2.0 * self.classes - 1
