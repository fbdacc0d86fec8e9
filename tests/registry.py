"""Every layer, loss, optimizer, schedule and initializer, each once or more: what the contract tests run over.

Activations, losses and first-order optimizers come from the registries of the source, so that a new one is tested by
all of them; other settings of theirs, and all else, join their list here. `analytic` says that a function has a complex
derivative everywhere, so that the complex step applies; the others have a kink or a jump at zero.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from chainrule import layers, losses, optimizers
from chainrule.arrays import Array
from chainrule.initializers import INITIALIZERS as INITIALIZERS
from chainrule.layers import Dense, Layer, Parameters
from chainrule.losses import Loss
from chainrule.optimizers import Optimizer, Schedule

KINK_MARGIN = 0.05


@dataclass(frozen=True)
class LayerCase:
    """A layer, where it may be differentiated, and what its number of inputs is a multiple of."""

    name: str
    layer: Layer
    analytic: bool = True
    multiple: int = 1

    def inputs(self, n: int, width: int, generator: np.random.Generator, scale: float = 1.0) -> Array:
        """Random rows (n, width), away from kinks."""
        x = generator.normal(0, scale, (n, width))
        return x if self.analytic else x + np.copysign(KINK_MARGIN, x)

    def parameters(self, generator: np.random.Generator) -> dict[str, Array]:
        return {name: generator.normal(0, 1, shape) for name, shape in self.layer.parameter_shapes().items()}

    def forward(self, params: Parameters, x: Array) -> Array:
        return self.layer.forward(params, x)


SETTINGS_OF_ACTIVATIONS = {
    "LeakyReLU(0.3)": layers.LeakyReLU(slope=0.3),
    "ELU(0.4)": layers.ELU(alpha=0.4),
}
REGISTERED: list[Any] = list(layers.ACTIVATIONS.values())
ACTIVATIONS = [
    LayerCase(name, layer, analytic=not made.kinked)
    for made in REGISTERED
    for name, layer in ((made.__name__, made()), *SETTINGS_OF_ACTIVATIONS.items())
    if type(layer) is made
]
DENSE = [
    LayerCase(f"Dense({inputs}, {outputs}{'' if bias else ', bias=False'})", Dense(inputs, outputs, bias))
    for inputs, outputs in ((1, 1), (1, 3), (3, 1), (4, 3), (2, 5))
    for bias in (True, False)
]
MEMBERS = [
    LayerCase(f"{layer}", layer)
    for layer in (
        layers.MemberScale(1, 1),
        layers.MemberScale(3, 2),
        layers.SharedDense(1, 2, 3),
        layers.SharedDense(3, 1, 2),
        layers.SharedDense(2, 3, 4, bias=False),
        layers.MemberDense(1, 2, 3),
        layers.MemberDense(3, 1, 2),
        layers.MemberDense(2, 3, 4, bias=False),
    )
]
MEMBER_SOFTMAX = [
    LayerCase(f"MemberSoftmax({members})", layers.MemberSoftmax(members), multiple=members) for members in (1, 2)
]
LAYERS = DENSE + MEMBERS + ACTIVATIONS + MEMBER_SOFTMAX


@dataclass(frozen=True)
class LossCase:
    """A loss, how many logits it may have, and what its targets are."""

    name: str
    loss: Loss
    outputs: tuple[int, ...]
    exclusive: bool
    analytic: bool = True
    members: int = 1

    def forms(self, outputs: int) -> tuple[str, ...]:
        """The forms of target that fit a number of outputs."""
        single = outputs == self.members
        return ("index", "one-hot", "soft") if self.exclusive or single else ("one-hot", "soft")

    def logits(self, n: int, outputs: int, generator: np.random.Generator, scale: float = 1.0) -> Array:
        """Random logits (n, outputs), away from kinks."""
        z = generator.normal(0, scale, (n, outputs))
        return z if self.analytic else z + np.copysign(KINK_MARGIN, z)

    def targets(self, form: str, n: int, outputs: int, generator: np.random.Generator) -> Array:
        """Random targets of a form; among the first two rows of a hard one there are two classes."""
        outputs //= self.members
        if form == "soft":
            if self.exclusive:
                return generator.dirichlet(np.ones(outputs), n)
            return generator.uniform(0, 1, (n, outputs))
        classes = outputs if self.exclusive else 2
        index = (np.arange(n) + generator.integers(0, 2)) % classes
        index[2:] = generator.integers(0, classes, max(n - 2, 0))
        if form == "index":
            return index
        if self.exclusive:
            return np.eye(outputs)[index]
        rows = generator.integers(0, 2, (n, outputs)).astype(float)
        rows[:, 0] = index
        return rows

    def as_rows(self, t: Array, outputs: int) -> Array:
        """Targets of any form as numbers (n, outputs of each member), written anew."""
        outputs //= self.members
        if t.ndim == 2:
            return t.astype(float)
        return (t[:, None] == np.arange(outputs)).astype(float) if self.exclusive else t[:, None].astype(float)


SMOOTHING = {"SoftmaxCrossEntropy": 0.1, "SigmoidCrossEntropy": 0.3}
LOSSES = [
    LossCase(name, loss, (1, 2, 3, 5) if made.exclusive else (1, 2, 4), made.exclusive, analytic=not made.kinked)
    for made in losses.LOSSES
    for name, loss in (
        (made.__name__, made()),
        *((f"{made.__name__}, smooth", made(smoothing)) for smoothing in [SMOOTHING.get(made.__name__)] if smoothing),
    )
]
LOSSES += [
    LossCase(
        f"MemberLoss({members}), {case.name}",
        losses.MemberLoss(members, case.loss),
        tuple(members * outputs for outputs in case.outputs),
        case.exclusive,
        case.analytic,
        members,
    )
    for members, case in ((2, LOSSES[0]), (3, LOSSES[1]), (2, LOSSES[2]), (3, LOSSES[3]), (2, LOSSES[4]))
]
PENALTIES = [losses.Penalty(), losses.Penalty(l2=0.3), losses.Penalty(l1=0.2), losses.Penalty(l1=0.1, l2=0.7)]

SCHEDULES: dict[str, Schedule] = {
    "ExponentialDecay": optimizers.ExponentialDecay(0.05, factor=0.99),
    "StepDecay": optimizers.StepDecay(0.05, factor=0.5, every=30),
    "InverseTimeDecay": optimizers.InverseTimeDecay(0.05, every=50),
    "CosineDecay": optimizers.CosineDecay(0.05, iterations=100),
    "Warmup": optimizers.Warmup(optimizers.StepDecay(0.05, every=20), iterations=5),
}

AnyOptimizer: TypeAlias = Optimizer[Any]

RATES = {"Momentum": 0.01}

OPTIMIZERS: dict[str, AnyOptimizer] = {
    **{made.__name__: made(rate=RATES.get(made.__name__, 0.05)) for made in optimizers.FIRST_ORDER},
    "Momentum(0.5)": optimizers.Momentum(rate=0.03, momentum=0.5),
    "Momentum(nesterov)": optimizers.Momentum(rate=0.02, nesterov=True),
    "Adam(0.8, 0.9)": optimizers.Adam(rate=0.05, beta1=0.8, beta2=0.9),
    "LBFGS": optimizers.LBFGS(),
    "LBFGS(2)": optimizers.LBFGS(memory=2),
    "Newton": optimizers.Newton(),
    "Newton(1e-2)": optimizers.Newton(accuracy=1e-2),
    "OWLQN": optimizers.OWLQN(),
    "OWLQN(2)": optimizers.OWLQN(memory=2),
    "Proximal(GradientDescent)": optimizers.Proximal(optimizers.GradientDescent(rate=0.05)),
    "Proximal(Adam)": optimizers.Proximal(optimizers.Adam(rate=0.05)),
    "PerceptronRule": optimizers.PerceptronRule(rate=0.05),
    **{f"GradientDescent({name})": optimizers.GradientDescent(rate=schedule) for name, schedule in SCHEDULES.items()},
}


def named(cases: list[LayerCase] | list[LossCase]) -> list[str]:
    return [case.name for case in cases]
