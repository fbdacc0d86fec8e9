"""The proximal step: true zeros for any optimizer, with mini-batches too."""

from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar, final

import numpy as np

from chainrule.arrays import Array
from chainrule.optimizers.lbfgs import least_subgradient, soft_threshold
from chainrule.optimizers.optimizer import Objective, Optimizer, Step

S = TypeVar("S")


class HasStepSize(Optimizer[S], Protocol[S]):
    """An optimizer that knows how far a steady gradient moves each parameter."""

    def reach(self, step: Step[S]) -> Array | float:
        """Return the move, (p,) or one number for all, that steps such as this one make for each unit of gradient."""
        ...


@final
@dataclass(frozen=True)
class Proximal(Generic[S]):
    """Another optimizer's step on the smooth part, then `theta ← sign(theta) · max(|theta| - reach · l1, 0)`.

    The second half is the step of the absolute values (`Penalty(l1=...)`): it ends in true zeros, where a gradient
    alone would only come near them. `reach` is how far the optimizer moves a parameter for a steady gradient of 1, so
    that both halves balance at the lowest point: `rate`, `rate / (1 - momentum)`, or for `Adam` and `RMSprop` the rate
    over the gradient's recent size. Without absolute values it is the optimizer itself, whose state it has.

    Parameters:
        optimizer: a first-order one, such as `GradientDescent` or `Adam`.

    Raises:
        ValueError: the optimizer has no `reach`.

    Source: N. Parikh, S. Boyd, "Proximal algorithms", Foundations and Trends in Optimization 1 (2014), section 4.2.

    >>> from chainrule import Cost, Dense, GradientDescent, Network, Penalty, SoftmaxCrossEntropy
    >>> network = Network((Dense(2, 2),))
    >>> cost = Cost.of(network, SoftmaxCrossEntropy(), [[-1., 0.1], [1., 0.]], [0, 1], penalty=Penalty(l1=0.2))
    >>> theta = Proximal(GradientDescent(rate=1.0)).step(cost, network.zeros(), 0).theta
    >>> network.views(theta)[0]["weights"].round(3)
    array([[-0.3,  0.3],
           [ 0. , -0. ]])
    """

    optimizer: HasStepSize[S]

    def __post_init__(self) -> None:
        if not hasattr(self.optimizer, "reach"):
            raise ValueError(
                "Proximal needs GradientDescent, Adam or another first-order optimizer, "
                f"found {type(self.optimizer).__name__}: it does not say how far it moves a parameter."
            )

    def init(self, theta: Array) -> S:
        return self.optimizer.init(theta)

    def step(self, objective: Objective, theta: Array, state: S) -> Step[S]:
        if (known := objective.l1_weights()) is None:
            return self.optimizer.step(objective, theta, state)
        l1 = known.astype(theta.dtype, copy=False)
        step = self.optimizer.step(objective.smooth(), theta, state)
        reach = np.asarray(self.optimizer.reach(step), theta.dtype)
        return step._replace(
            theta=soft_threshold(step.theta, reach * l1),
            value=step.value + float(l1 @ np.abs(theta)),
            gradient=least_subgradient(theta, step.gradient, l1),
        )
