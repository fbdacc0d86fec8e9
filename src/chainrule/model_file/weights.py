"""The numbers of a model for other programs: all of it as JSON, or its tensors as safetensors."""

import json
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.model_file.description import describe, parts_of

LINE = 100


def to_json(model: Any) -> bytes:
    """Return a fitted model as JSON: see `describe`.

    >>> from chainrule import Classifier
    >>> json.loads(to_json(Classifier().fit([[0.0], [2.0]], [3, 7])))["classes"]
    [3, 7]
    """
    return f"{_written(describe(model))}\n".encode()


def to_safetensors(model: Any) -> bytes:
    """Return the parameters and the standardizer of a fitted model as named tensors.

    The names are `layers.0.weights` (i, o), `layers.0.bias` (o,), `standardizer.mean` (i,), and so on; the entry
    `model` of the metadata is a JSON text that says everything else.
    """
    from safetensors.numpy import save

    return save(tensors(model), {"format": "1", "model": json.dumps(describe(model, weights=False))})


def tensors(model: Any) -> dict[str, Array]:
    """Return the parameters of a fitted model and its standardizer by name.

    >>> from chainrule import Classifier
    >>> {name: tensor.shape for name, tensor in tensors(Classifier().fit([[0.0], [2.0]], [3, 7])).items()}
    {'standardizer.mean': (1,), 'standardizer.scale': (1,), 'layers.0.weights': (1, 1), 'layers.0.bias': (1,)}
    """
    _, classifier = parts_of(model)
    standardizer = classifier._standardizer
    named = {"standardizer.mean": standardizer.mean, "standardizer.scale": standardizer.scale}
    for number, values in enumerate(classifier.network_.views(classifier.theta_)):
        named |= {f"layers.{number}.{name}": np.ascontiguousarray(value) for name, value in values.items()}
    return named


def _written(value: Any, indent: str = "") -> str:
    """Return JSON for people: numbers that belong together on one line, all else on lines of its own."""
    parts = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list | tuple) else []
    if not any(isinstance(part, dict | list | tuple) for part in parts):
        line = json.dumps(value, ensure_ascii=False, allow_nan=False)
        if len(line) <= LINE or all(isinstance(part, float) for part in parts):
            return line
    inner = f"{indent} "
    if isinstance(value, dict):
        lines = [
            f"{inner}{json.dumps(name, ensure_ascii=False)}: {_written(part, inner)}" for name, part in value.items()
        ]
    else:
        lines = [f"{inner}{_written(part, inner)}" for part in value]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return "\n".join([opening, ",\n".join(lines), f"{indent}{closing}"])
