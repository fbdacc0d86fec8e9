"""How much gradient passes each layer, by the singular values of its Jacobian and by gradients sent through it."""

from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.diagnosis.finding import (
    FEW_LAYERS,
    ExaminationResult,
    Finding,
    Remedy,
    rounded,
    settings_in_words,
    sound_training,
    trained_anew,
)
from chainrule.diagnosis.model_under_test import ModelUnderTest, NotExaminedError
from chainrule.estimator.defaults import HIDDEN_PENALTY, hidden_sizes, penalty_of
from chainrule.layers import Activation, Elementwise, Layer

# One rate serves all layers: where their gradients are ten thousand apart, it fits one end or the other.
LARGEST_CHANGE = 1e4
# Rows that a gradient is sent through: their root mean square hardly depends on which they are.
ROWS = 64
# Rows whose singular values the median is of: each takes a decomposition of its own.
JACOBIAN_ROWS = 8
# Numbers of a row's Jacobian at most, 32 MB: of larger ones the decomposition takes too long.
MOST_JACOBIAN = 4_000_000


def gradient_flow(tested: ModelUnderTest) -> ExaminationResult:
    """Find networks through which gradients vanish or explode, and the layer that does most of it.

    A random gradient of norm 1 a row is sent back from the logits to the outputs of the first layer.
    """
    network = tested.model.network
    if len(network.layers) == 1:
        raise NotExaminedError("the network has no hidden layer")
    theta, x = tested.model.theta, tested.model.standardized(tested.drawn(ROWS).x)
    outputs, params = network.forward(theta, x), network.views(theta)
    dy = np.random.default_rng(0).standard_normal(outputs[-1].shape)
    dy /= np.linalg.norm(dy, axis=1, keepdims=True)
    layers: list[dict[str, Any]] = []
    for number in range(len(network.layers) - 1, 0, -1):
        layer, after = network.layers[number], dy
        passed = layer.vjp(params[number], outputs[number], outputs[number + 1], dy)
        dy = dy if passed is None else passed
        singular = _singular_values(layer, params[number], outputs[number], outputs[number + 1])
        passes = _size(dy) / _size(after) if _size(after) else 0.0
        layers.insert(0, {"layer": number, "name": str(layer), "passes": passes, **singular})
    reaches = _size(dy)
    summary = f"a gradient of norm 1 at the logits has norm {reaches:.2g} at layer 0"
    measured = {"layers": layers, "reaches layer 0": reaches}
    if reaches == 0 or 1 / LARGEST_CHANGE <= reaches <= LARGEST_CHANGE:  # 0 is a finding of the dead units
        return ExaminationResult([], summary, measured)
    vanishes = reaches < 1
    worst = min(layers, key=lambda one: one["passes"] if vanishes else -one["passes"])
    said = f"multiplies the norm of the gradient by {worst['passes']:.2g}"
    if "largest" in worst:
        said += f" (singular values of its Jacobian {worst['smallest']:.2g} to {worst['largest']:.2g})"
    finding = Finding(
        "problem",
        "vanishing gradients" if vanishes else "exploding gradients",
        f"mainly in layer {worst['layer']}, {worst['name']}",
        f"it {said}, and {summary}",
        measured | {"layer": worst["layer"]},
        _remedy(tested, vanishes),
    )
    return ExaminationResult([finding], summary, measured)


def _size(dy: Array) -> float:
    """Return the root mean square of the rows' norms."""
    return float(np.sqrt(np.square(dy).sum(axis=1).mean()))


def _singular_values(layer: Layer, params: Any, x: Array, y: Array) -> dict[str, float]:
    """Return the largest and smallest singular value of `∂y/∂x`, each the median of a few rows, if it is not huge."""
    if x.shape[1] * y.shape[1] > MOST_JACOBIAN:
        return {}
    found = []
    for row in range(min(JACOBIAN_ROWS, len(x))):
        if isinstance(layer, Elementwise):
            values = np.abs(layer.derivative(x[row], y[row]))
        else:
            times = [row] * y.shape[1]
            jacobian = layer.vjp(params, x[times], y[times], np.eye(y.shape[1]))
            values = np.linalg.svd(np.asarray(jacobian), compute_uv=False)
        found.append((values.max(), values.min()))
    largest, smallest = np.median(found, axis=0)
    return {"largest": float(largest), "smallest": float(smallest)}


def _remedy(tested: ModelUnderTest, vanishes: bool) -> Remedy:
    usual = penalty_of("auto", 0.0, tested.rows.total_weight, HIDDEN_PENALTY).l2
    now = tested.penalty.l2
    if vanishes:
        if now > usual:
            return trained_anew(tested, "lower the penalty, which keeps the weights near 0", l2="auto")
        if any(isinstance(layer, Activation) and layer.saturates for layer in tested.model.network.layers):
            return trained_anew(tested, "use an activation whose derivative is 1 where it is active", activation="relu")
        hidden = hidden_sizes(tested.model.classifier.hidden)
        if len(hidden) > FEW_LAYERS:
            return trained_anew(tested, "use fewer layers", hidden=hidden[:FEW_LAYERS])
        return trained_anew(tested, "lower the penalty, which keeps the weights near 0", l2=rounded(now / 10))
    settings = sound_training(tested)
    stronger = "auto" if now < usual else rounded(3 * now)
    advice = f"{settings_in_words(settings)}increase the penalty"
    return trained_anew(tested, advice, **settings, l2=stronger)
