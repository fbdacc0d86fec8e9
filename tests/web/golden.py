"""Golden vectors: what Python computes for every entry of the registry, which the kernel of the pages must compute too.

Each case names the kind of check, what to make, what to do with it, and what comes out. Numbers travel as JSON writes
them, which keeps every bit; those that JSON has not are texts.
"""

import dataclasses
import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.engine import Cost
from chainrule.initializers import initialize
from chainrule.layers import Dense, Layer, MemberDense, MemberScale, ReLU, SharedDense, Softplus, Tanh
from chainrule.losses import LOSSES as LOSS_CLASSES
from chainrule.losses import MemberLoss, Penalty, PerceptronCriterion, SigmoidCrossEntropy, SoftmaxCrossEntropy
from chainrule.network import Network
from chainrule.optimizers import FIRST_ORDER, LBFGS, OWLQN, Adam, GradientDescent, Momentum, Newton, RMSprop
from chainrule.training.loop import epochs
from tests.registry import INITIALIZERS, LAYERS, LOSSES, OPTIMIZERS, PENALTIES, SCHEDULES, LayerCase

# Optimizers that need more of an objective than its gradient, and have no twin: pages train by first-order steps.
WITHOUT_TWIN = (LBFGS, OWLQN, Newton)
# Layers of sums and products alone; the others go through exp or tanh.
EXACT = {"Dense", "MemberScale", "SharedDense", "MemberDense", "Identity", "Heaviside", "ReLU", "LeakyReLU"}
# Of the largest number of an array: where only sums and products differ, and through exp and tanh.
SUMS, EXPONENTIALS = 1e-12, 1e-10
# What an activation is given besides random numbers: zeros, tiny numbers, and those where exp under- or overflows.
EXTREME = (0.0, -0.0, 1e-300, -1e-300, 1e-8, -1e-8, 5.0, -5.0, 37.0, -37.0, 300.0, -300.0, 745.0, -745.0, 1e4, -1e4)


def made(value: Any) -> Any:
    """What makes an object again: the name of its class and what it was made with."""
    if dataclasses.is_dataclass(value):
        arguments = [made(getattr(value, field.name)) for field in dataclasses.fields(value)]
        return {"class": type(value).__name__, "args": arguments}
    return [made(one) for one in value] if isinstance(value, tuple) else value


def numbers(values: Any) -> dict[str, Any]:
    """An array as its shape and its numbers."""
    array = np.asarray(values, dtype=np.float64)
    flat = array.ravel().tolist()
    return {"shape": list(array.shape), "data": [x if math.isfinite(x) else str(x) for x in flat]}


def parameters(views: Any) -> dict[str, Any]:
    """The parameters of a layer as the kernel holds them: weights column by column."""
    return {name: numbers(np.ravel(value, order="F")) for name, value in views.items()}


def layer_cases() -> Iterator[dict[str, Any]]:
    """Forward, both products and the Jacobian of every layer, for odd shapes and extreme numbers."""
    generator = np.random.default_rng(1)
    for case in LAYERS:
        widths = (case.layer.inputs,) if case.layer.inputs else tuple(case.multiple * i for i in (1, 3))
        for n, width in ((n, width) for n in (1, 5) for width in widths):
            yield _layer(case, case.inputs(n, width or 1, generator), generator)
        if not case.layer.inputs:
            yield _layer(case, np.array(EXTREME).reshape(-1, 2 * case.multiple), generator)


def _layer(case: LayerCase, x: Array, generator: np.random.Generator) -> dict[str, Any]:
    layer = case.layer
    params, dparams = case.parameters(generator), case.parameters(generator)
    y = layer.forward(params, x)
    dy, dx = generator.normal(size=y.shape), generator.normal(size=x.shape)
    grad = {name: np.empty_like(value) for name, value in params.items()}
    back = layer.vjp(params, x, y, dy, grad=grad)
    name = type(layer).__name__
    return {
        "check": "layer",
        "name": f"{case.name} on {x.shape}",
        "tolerance": SUMS if name in EXACT else EXPONENTIALS,
        "make": made(layer),
        "params": parameters(params),
        "dparams": parameters(dparams),
        "x": numbers(x),
        "dy": numbers(dy),
        "dx": numbers(dx),
        "expected": {
            "shapes": {key: list(shape) for key, shape in layer.parameter_shapes().items()},
            "forward": numbers(y),
            "vjp": numbers(back),
            "grad": parameters(grad),
            "jvp": numbers(layer.jvp(params, x, y, dx, dparams)),
            "jacobian": {key: numbers(value) for key, value in layer.jacobian(params, x, y).items()},
        },
    }


def loss_cases() -> Iterator[dict[str, Any]]:
    """Value, gradient, factors and curvature of every loss, of every form of target, near zero and far out."""
    generator = np.random.default_rng(2)
    for case in LOSSES:
        for outputs in case.outputs:
            for form in case.forms(outputs):
                for n, scale in ((1, 1.0), (4, 1.0), (5, 300.0)):
                    z = case.logits(n, outputs, generator, scale)
                    t = case.targets(form, n, outputs, generator)
                    v = generator.normal(size=z.shape)
                    dloss_dy, dy_dz = case.loss.factors(z, t)
                    yield {
                        "check": "loss",
                        "name": f"{case.name}, {form}, {outputs} logits, scale {scale:g}",
                        "tolerance": EXPONENTIALS,
                        "make": made(case.loss),
                        "z": numbers(z),
                        "t": numbers(t),
                        "v": numbers(v),
                        "expected": {
                            "value": numbers(case.loss.value(z, t)),
                            "gradient": numbers(case.loss.gradient(z, t)),
                            "curvature": numbers(case.loss.curvature_product(z, t, v)),
                            "dloss_dy": numbers(dloss_dy),
                            "dy_dz": numbers(dy_dz),
                        },
                    }


def penalty_cases() -> Iterator[dict[str, Any]]:
    """Value and gradients of penalties, at weights some of which are zero."""
    weights, slope = np.array([0.0, -0.5, 2.0, 0.0, 0.0]), np.array([0.05, 1.0, -1.0, -3.0, 3.0])
    for penalty in PENALTIES:
        yield {
            "check": "penalty",
            "name": f"{penalty}",
            "tolerance": SUMS,
            "make": made(penalty),
            "weights": numbers(weights),
            "slope": numbers(slope),
            "expected": {
                "value": penalty.value(weights),
                "gradient": numbers(penalty.gradient(weights)),
                "least": numbers(penalty.least_subgradient(weights, slope, 2.0)),
            },
        }


def schedule_cases() -> Iterator[dict[str, Any]]:
    """The rates of every schedule."""
    for name, schedule in SCHEDULES.items():
        rates = [schedule(iteration) for iteration in range(130)]
        yield {
            "check": "schedule",
            "name": name,
            "tolerance": SUMS,
            "make": made(schedule),
            "expected": {"rates": numbers(rates)},
        }


NETWORKS: dict[str, tuple[Layer, ...]] = {
    "2-8-8-3, tanh": (Dense(2, 8), Tanh(), Dense(8, 8), Tanh(), Dense(8, 3)),
    "5-7-4, ReLU": (Dense(5, 7), ReLU(), Dense(7, 4)),
    "3-1, one layer": (Dense(3, 1),),
    "4-6-2, no bias": (Dense(4, 6, bias=False), Softplus(), Dense(6, 2)),
    "three members": (MemberScale(3, 4), SharedDense(3, 4, 5), Tanh(), MemberDense(3, 5, 2)),
    "2-5-5-5-1, deep": (Dense(2, 5), Tanh(), Dense(5, 5), ReLU(), Dense(5, 5), Tanh(), Dense(5, 1)),
}


def initializer_cases() -> Iterator[dict[str, Any]]:
    """Starting weights of every rule, from several seeds."""
    for rule in ("auto", *INITIALIZERS):
        for number, (name, layers) in enumerate(NETWORKS.items()):
            seed = (0, 1, 2**40 + 7)[number % 3]
            theta = initialize(Network(layers), seed, initializer=rule)
            yield {
                "check": "initializer",
                "name": f"{rule}, {name}",
                "tolerance": SUMS,
                "layers": made(layers),
                "seed": seed,
                "rule": rule,
                "expected": {"theta": numbers(theta)},
            }


def random_cases() -> Iterator[dict[str, Any]]:
    """Numbers, bounded whole numbers and orders from NumPy's generator, bit for bit but for normal ones."""
    for seed in (0, 1, 2**32, 2**75 + 12345):
        generator = np.random.default_rng(seed)
        yield {
            "check": "random",
            "name": f"seed {seed}",
            "tolerance": SUMS,
            "seed": str(seed),
            "expected": {
                "uniform": numbers(generator.uniform(-1, 3, 20)),
                "choice": numbers(generator.choice((0, 1), 11)),
                "normal": numbers(generator.standard_normal(20_000)),
                "orders": [numbers(generator.permutation(n)) for n in (1, 2, 10, 1000)],
                "integers": numbers([generator.integers(3, 100) for _ in range(50)]),
            },
        }


def _data(network: Network, n: int, seed: int, loss: Any) -> tuple[Array, Array]:
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(n, network.inputs))
    outputs = network.outputs // getattr(loss, "members", 1)
    t = (np.sin(2 * x[:, 0]) + x.sum(axis=1) > 0).astype(np.int64)
    if outputs > 2:
        t = np.clip((x[:, 0] * 1.5 + outputs / 2).astype(np.int64), 0, outputs - 1)
    return x, t


def _loss(network: Network) -> Any:
    members, outputs = network.members, network.outputs // network.members
    one = SigmoidCrossEntropy() if outputs == 1 else SoftmaxCrossEntropy()
    return one if members == 1 else MemberLoss(members, one)


def _run(network: Network, loss: Any, penalty: Penalty, seed: int, reduction: Any = "mean") -> dict[str, Any]:
    n = 61
    x, t = _data(network, n, seed, loss)
    weights = np.random.default_rng(seed + 1).uniform(0, 2, n) if seed % 2 else None
    theta = initialize(network, seed)
    return {
        "layers": made(network.layers),
        "loss": made(loss),
        "penalty": made(penalty),
        "reduction": reduction,
        "x": numbers(x),
        "t": numbers(t),
        "weights": None if weights is None else numbers(weights),
        "theta": numbers(theta),
        "cost": Cost.of(network, loss, x, t, weights=weights, penalty=penalty, reduction=reduction),
        "start": theta,
    }


def optimizer_cases() -> Iterator[dict[str, Any]]:
    """Thirty steps of every first-order optimizer and schedule of the rate, with and without penalties."""
    for number, (name, optimizer) in enumerate(OPTIMIZERS.items()):
        if isinstance(optimizer, WITHOUT_TWIN):
            continue
        perceptron = name == "PerceptronRule"
        network = Network(NETWORKS["3-1, one layer" if perceptron else list(NETWORKS)[number % 2]])
        loss = PerceptronCriterion() if perceptron else _loss(network)
        penalty = Penalty(l1=0.02, l2=0.01) if name.startswith("Proximal") else PENALTIES[number % 2]
        run = _run(network, loss, penalty, number, "sum" if perceptron else "mean")
        cost, theta = run.pop("cost"), run.pop("start")
        state = optimizer.init(theta)
        for _ in range(30):
            step = optimizer.step(cost, theta, state)
            theta, state = step.theta, step.state
        fields = state._asdict() if hasattr(state, "_asdict") else {"iteration": state}
        known = {"iteration": "iteration", "mean": "mean", "velocity": "mean", "square": "square"}
        yield {
            "check": "optimizer",
            "name": name,
            "tolerance": EXPONENTIALS,
            "make": made(optimizer),
            **run,
            "steps": 30,
            "expected": {
                "theta": numbers(theta),
                "value": step.value,
                "gradient": numbers(step.gradient),
                "rate": step.rate,
                "state": {known[key]: numbers(value) for key, value in fields.items()},
            },
        }


TRAINED: tuple[tuple[str, Any, Penalty, int | None], ...] = (
    ("2-8-8-3, tanh", Adam(rate=0.01), Penalty(l2=1e-3), 16),
    ("5-7-4, ReLU", RMSprop(rate=0.003), Penalty(), 16),
    ("3-1, one layer", GradientDescent(rate=0.1), Penalty(l2=0.1), 16),
    ("4-6-2, no bias", Momentum(rate=0.05, nesterov=True), Penalty(l2=0.01), None),
    ("three members", Adam(rate=0.01, weight_decay=0.01), Penalty(), 16),
    ("2-5-5-5-1, deep", GradientDescent(rate=0.1), Penalty(l1=1e-3), 16),
)


def training_cases() -> Iterator[dict[str, Any]]:
    """Two hundred steps of six networks: the starting weights and the order of the rows come from the seed."""
    for number, (name, optimizer, penalty, batch) in enumerate(TRAINED):
        network = Network(NETWORKS[name])
        run = _run(network, _loss(network), penalty, number)
        cost, theta = run.pop("cost"), run.pop("start")
        passed = list(epochs(cost, optimizer, theta, max_epochs=50 if batch else 200, batch_size=batch, random_state=3))
        yield {
            "check": "training",
            "name": name,
            "tolerance": EXPONENTIALS,
            "make": made(optimizer),
            **run,
            "initial": number,
            "batch": batch,
            "seed": 3,
            "epochs": len(passed),
            "expected": {
                "theta": numbers(passed[-1].theta),
                "costs": numbers([epoch.cost for epoch in passed]),
                "norms": numbers([epoch.gradient_norm for epoch in passed]),
                "iterations": passed[-1].iterations,
            },
        }


def network_cases(count: int = 200) -> Iterator[dict[str, Any]]:
    """Random networks: logits, gradient, product with a change of the parameters, gradient at the rows."""
    generator = np.random.default_rng(5)
    smooth = [case.layer for case in LAYERS if case.analytic and not case.layer.parameter_shapes()]
    smooth = [layer for layer in smooth if "oftmax" not in type(layer).__name__]
    for number in range(count):
        widths = generator.integers(1, 6, generator.integers(2, 6)).tolist()
        chain: list[Layer] = []
        for inputs, outputs in pairwise(widths):
            chain += [Dense(inputs, outputs, bool(generator.integers(0, 2))), smooth[generator.integers(len(smooth))]]
        network = Network(tuple(chain[:-1]))
        loss = SigmoidCrossEntropy() if network.outputs == 1 else SoftmaxCrossEntropy()
        x, theta = generator.normal(size=(3, network.inputs)), generator.normal(0, 0.7, network.size)
        t, dtheta = np.arange(3) % max(2, network.outputs), generator.normal(size=network.size)
        outputs = network.forward(theta, x)
        dz = loss.gradient(outputs[-1], t)
        yield {
            "check": "network",
            "name": f"network {number}, widths {widths}",
            "tolerance": EXPONENTIALS,
            "layers": made(network.layers),
            "loss": made(loss),
            "x": numbers(x),
            "t": numbers(t),
            "theta": numbers(theta),
            "dtheta": numbers(dtheta),
            "expected": {
                "logits": numbers(outputs[-1]),
                "gradient": numbers(network.backward(theta, outputs, dz)),
                "jvp": numbers(network.jvp(theta, outputs, dtheta)),
                "inputs": numbers(network.input_gradient(theta, outputs, dz)),
            },
        }


def every_case() -> list[dict[str, Any]]:
    """All of them."""
    simple = (layer_cases, loss_cases, penalty_cases, schedule_cases, initializer_cases, random_cases)
    of_networks = (optimizer_cases, training_cases)
    return [case for cases in (*simple, *of_networks) for case in cases()] + list(network_cases())


def every_class() -> dict[str, list[str]]:
    """The names of all that must have a twin."""
    optimizers = {type(one) for one in OPTIMIZERS.values()} - set(WITHOUT_TWIN)
    return {
        "layers": sorted({type(case.layer).__name__ for case in LAYERS}),
        "losses": sorted({one.__name__ for one in LOSS_CLASSES} | {type(case.loss).__name__ for case in LOSSES}),
        "optimizers": sorted({one.__name__ for one in FIRST_ORDER} | {one.__name__ for one in optimizers}),
        "schedules": sorted({type(one).__name__ for one in SCHEDULES.values()}),
        "initializers": sorted(INITIALIZERS),
    }
