"""Every layer, loss, optimizer, schedule and initializer, each once or more: what the contract tests run over.

A new one joins its list here, and is tested by all of them. `analytic` says that a function has a complex derivative
everywhere, so that the complex step applies; the others have a kink or a jump at zero.
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
    """A layer, and where it may be differentiated."""

    name: str
    layer: Layer
    analytic: bool = True

    def inputs(self, n: int, width: int, generator: np.random.Generator, scale: float = 1.0) -> Array:
        """Random rows (n, width), away from kinks."""
        x = generator.normal(0, scale, (n, width))
        return x if self.analytic else x + np.copysign(KINK_MARGIN, x)

    def parameters(self, generator: np.random.Generator) -> dict[str, Array]:
        return {name: generator.normal(0, 1, shape) for name, shape in self.layer.parameter_shapes().items()}

    def forward(self, params: Parameters, x: Array) -> Array:
        return self.layer.forward(params, x)


ACTIVATIONS = [
    LayerCase("Identity", layers.Identity()),
    LayerCase("Heaviside", layers.Heaviside(), analytic=False),
    LayerCase("Sigmoid", layers.Sigmoid()),
    LayerCase("Tanh", layers.Tanh()),
    LayerCase("ReLU", layers.ReLU(), analytic=False),
    LayerCase("LeakyReLU", layers.LeakyReLU(), analytic=False),
    LayerCase("LeakyReLU(0.3)", layers.LeakyReLU(slope=0.3), analytic=False),
    LayerCase("ELU", layers.ELU(), analytic=False),
    LayerCase("ELU(0.4)", layers.ELU(alpha=0.4), analytic=False),
    LayerCase("SELU", layers.SELU(), analytic=False),
    LayerCase("Softplus", layers.Softplus()),
    LayerCase("GELU", layers.GELU()),
    LayerCase("SiLU", layers.SiLU()),
    LayerCase("Mish", layers.Mish()),
    LayerCase("Softmax", layers.Softmax()),
]
DENSE = [
    LayerCase(f"Dense({inputs}, {outputs}{'' if bias else ', bias=False'})", Dense(inputs, outputs, bias))
    for inputs, outputs in ((1, 1), (1, 3), (3, 1), (4, 3), (2, 5))
    for bias in (True, False)
]
LAYERS = DENSE + ACTIVATIONS


@dataclass(frozen=True)
class LossCase:
    """A loss, how many logits it may have, and what its targets are."""

    name: str
    loss: Loss
    outputs: tuple[int, ...]
    exclusive: bool
    analytic: bool = True

    def forms(self, outputs: int) -> tuple[str, ...]:
        """The forms of target that fit a number of outputs."""
        return ("index", "one-hot", "soft") if self.exclusive or outputs == 1 else ("one-hot", "soft")

    def logits(self, n: int, outputs: int, generator: np.random.Generator, scale: float = 1.0) -> Array:
        """Random logits (n, outputs), away from kinks."""
        z = generator.normal(0, scale, (n, outputs))
        return z if self.analytic else z + np.copysign(KINK_MARGIN, z)

    def targets(self, form: str, n: int, outputs: int, generator: np.random.Generator) -> Array:
        """Random targets of a form; among the first two rows of a hard one there are two classes."""
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
        """Targets of any form as numbers (n, outputs), written anew."""
        if t.ndim == 2:
            return t.astype(float)
        return (t[:, None] == np.arange(outputs)).astype(float) if self.exclusive else t[:, None].astype(float)


LOSSES = [
    LossCase("SoftmaxCrossEntropy", losses.SoftmaxCrossEntropy(), (1, 2, 3, 5), exclusive=True),
    LossCase("SoftmaxCrossEntropy, smooth", losses.SoftmaxCrossEntropy(0.1), (1, 2, 3, 5), exclusive=True),
    LossCase("SigmoidCrossEntropy", losses.SigmoidCrossEntropy(), (1, 2, 4), exclusive=False),
    LossCase("SigmoidCrossEntropy, smooth", losses.SigmoidCrossEntropy(0.3), (1, 2, 4), exclusive=False),
    LossCase("PerceptronCriterion", losses.PerceptronCriterion(), (1, 2, 4), exclusive=False, analytic=False),
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

OPTIMIZERS: dict[str, AnyOptimizer] = {
    "GradientDescent": optimizers.GradientDescent(rate=0.05),
    "Momentum": optimizers.Momentum(rate=0.01),
    "Momentum(0.5)": optimizers.Momentum(rate=0.03, momentum=0.5),
    "Momentum(nesterov)": optimizers.Momentum(rate=0.02, nesterov=True),
    "Adam": optimizers.Adam(rate=0.05),
    "Adam(0.8, 0.9)": optimizers.Adam(rate=0.05, beta1=0.8, beta2=0.9),
    "LBFGS": optimizers.LBFGS(),
    "LBFGS(2)": optimizers.LBFGS(memory=2),
    "RMSprop": optimizers.RMSprop(rate=0.05),
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
