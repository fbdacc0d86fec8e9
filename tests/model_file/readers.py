"""A reader of exported models that knows nothing but NumPy and what the JSON file says."""

import datetime
import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.special import erf

from chainrule import layers
from chainrule.arrays import Array
from tests.oracles import activation_formula

Described = Mapping[str, Any]

FUNCTIONS: dict[str, Any] = {
    "Identity": lambda x, _: x,
    "Heaviside": lambda x, _: (x > 0) * 1.0,
    "Softmax": lambda x, _: softmax(x),
    "Sigmoid": lambda x, _: 1 / (1 + np.exp(-x)),
    "Tanh": lambda x, _: np.tanh(x),
    "ReLU": lambda x, _: np.maximum(x, 0),
    "LeakyReLU": lambda x, layer: np.where(x > 0, x, layer["slope"] * x),
    "ELU": lambda x, layer: np.where(x > 0, x, layer["alpha"] * (np.exp(np.minimum(x, 0)) - 1)),
    "SELU": lambda x, _: 1.0507009873554805 * FUNCTIONS["ELU"](x, {"alpha": 1.6732632423543772}),
    "Softplus": lambda x, _: np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0),
    "GELU": lambda x, _: x * (1 + erf(x / math.sqrt(2))) / 2,
    "SiLU": lambda x, _: x / (1 + np.exp(-x)),
    "Mish": lambda x, _: x * np.tanh(np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0)),
}


def as_the_ledger_prints(x: Array, layer: Described) -> Array:
    """What an activation without settings makes of `x`, where it has joined since."""
    made = getattr(layers, layer["type"])()
    return activation_formula(layer["type"], made)(x)


def probabilities(model: Described, x: Array) -> Array:
    """Probabilities (n, k) of rows of inputs (n, i)."""
    x = (x - np.array(model["standardizer"]["mean"])) / np.array(model["standardizer"]["scale"])
    for layer in model["layers"]:
        if layer["type"] == "Dense":
            x = x @ np.array(layer["weights"]) + np.array(layer.get("bias", 0.0))
        else:
            x = FUNCTIONS.get(layer["type"], as_the_ledger_prints)(x, layer)
    if model["output"] == "sigmoid":
        p = 1 / (1 + np.exp(-x))
        return np.hstack([1 - p, p])
    return softmax(x)


def softmax(x: Array) -> Array:
    e = np.exp(x - x.max(axis=1, keepdims=True))
    quotient: Array = e / e.sum(axis=1, keepdims=True)
    return quotient


def inputs_of(model: Described, rows: list[Mapping[str, Any]]) -> Array:
    """The inputs (n, i) that rows of a table become; a value is a number, a word, a date or None."""
    words = set(model["missing_words"])
    made = [[x for column in model["columns"] for x in _inputs(column, row[column["name"]], words)] for row in rows]
    return np.array(made)


def _inputs(column: Described, value: Any, missing_words: set[str]) -> list[float]:
    if column["kind"] == "number":
        known = value is not None and value == value
        z = (float(value) - column["mean"]) / column["scale"] if known else 0.0
        inputs = [z / math.sqrt(1 + (z / 3) ** 2) if column["clipped"] else z]
        inputs += [float(not known)] if column["missing"] else []
        bins = zip(column["edges"], column["edges"][1:], column["bin_means"], strict=False)
        return [*inputs, *(min(1, max(0, (value - a) / (b - a))) - mean if known else 0.0 for a, b, mean in bins)]
    if column["kind"] == "date":
        return _of_date(column, value, missing_words)
    if column["kind"] == "text":
        return _of_text(column, value)
    if column["kind"] == "target statistics":
        return _of_statistics(column, value, missing_words)
    if isinstance(value, bool):
        value = str(value).lower()
    missing = value is None or value != value or value in missing_words
    known = value in column["words"]
    inputs = [float(value == word) for word in column["words"]]
    inputs += [float(not missing and not known)] if column["rare"] else []
    return [*inputs, float(missing)] if column["missing"] else inputs


def _of_statistics(column: Described, value: Any, missing_words: set[str]) -> list[float]:
    if value is None or value != value or value in missing_words:
        shares = column["shares"][-1]
    elif value in column["words"]:
        shares = column["shares"][column["words"].index(value)]
    else:
        return [0.0 for _ in column["classes"]]
    return [(s - p) / d for s, p, d in zip(shares, column["prior"], column["scale"], strict=True)]


def _of_date(column: Described, value: datetime.datetime | None, missing_words: set[str]) -> list[float]:
    days = month = weekday = None
    if value is not None:
        days = (value - datetime.datetime(1970, 1, 1)) / datetime.timedelta(days=1)
        month, weekday = str(value.month), str(value.isoweekday())
    return [
        *_inputs(column["days"], days, missing_words),
        *_inputs(column["month"], month, missing_words),
        *_inputs(column["weekday"], weekday, missing_words),
    ]


def _of_text(column: Described, value: str | None) -> list[float]:
    found = re.findall(column["token_pattern"], (value or "").lower())
    weights = [
        (1 + math.log(found.count(term))) * idf if term in found else 0.0
        for term, idf in zip(column["terms"], column["idf"], strict=True)
    ]
    length = math.sqrt(sum(weight**2 for weight in weights))
    return [weight / length if length else 0.0 for weight in weights]
