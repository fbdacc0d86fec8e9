"""A whole model as JSON says it: enough to compute its probabilities anywhere, with nothing of Chainrule's."""

import dataclasses
import inspect
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule import layers
from chainrule._version import __version__
from chainrule.estimator.classifier import Classifier
from chainrule.exceptions import ModelFileError

if TYPE_CHECKING:
    from chainrule.tables import TableEncoder

# Characters of a line of JSON, up to which a list stays on it.
LINE = 100
# Version of this description.
FORMAT = 1
# All that a program needs that has this file alone, in the order in which it computes.
READING = (
    "Each column of the table becomes inputs, in the order of columns; inputs names them all.",
    "A number becomes (x - mean) / scale; where missing is true, a second input is 1 where the number is missing, and"
    " the first one then 0. Where clipped is true, z = (x - mean) / scale becomes z / sqrt(1 + (z / 3)^2).",
    "Then, for each two neighbours a and b among the edges of a number, there is an input (x - a) / (b - a), at least 0"
    " and at most 1, from which its number in bin_means is taken; 0 where the number is missing.",
    "Where written is not empty, numbers and dates are words as people write them, which are read first: written is the"
    " number 1234.5, or the order of day, month and year; currencies and percent signs are removed, and parentheses"
    " make a number negative.",
    "A category is one-hot encoded: an input for each of its words, 1 where the row has that word; then, if rare is"
    " true, one for any other word; then, if missing is true, one for a missing word. All others are 0.",
    "A word is missing where it is absent or one of missing_words; numbers are written without a point where whole,"
    " truth as true and false.",
    "A date becomes the days since 1970-01-01 as a number, then its month, 1 to 12, and its day of the week, 1 for"
    " Monday to 7, as categories.",
    "A text is lower-cased and split into terms by token_pattern; a term that occurs c times in it gets the value"
    " (1 + log c) idf, and the values of a text are divided by the root of the sum of their squares.",
    "Without columns, the inputs are given as they are.",
    "Then each input becomes (x - mean) / scale with those of standardizer, and passes the layers: a Dense layer takes"
    " a row x to x weights + bias, without the latter where it is false, the others by their formula.",
    "With output sigmoid, the single logit z gives the second class the probability 1 / (1 + exp(-z)); with softmax,"
    " the logits z give class c the probability exp(z_c) / Σ_d exp(z_d).",
    "Where members is more than 1, logits are those of so many members, one after the other; each gives probabilities"
    " in this way, and the model's are their mean.",
)


def parts_of(model: Any) -> "tuple[TableEncoder | None, Classifier]":
    """Return the encoder, if there is one, and the classifier of a fitted model.

    Raises:
        ModelFileError: the model is made of something else, or not fitted.
    """
    steps = [step for _, step in model.steps] if hasattr(model, "steps") else [model]
    encoder, classifier = (steps[0] if len(steps) == 2 else None), steps[-1]
    known = encoder is None or type(encoder).__module__ == "chainrule.tables.encoder"
    if len(steps) > 2 or not isinstance(classifier, Classifier) or not known:
        found = ", ".join(type(step).__name__ for step in steps)
        raise ModelFileError(f"What can be exported is a Classifier, alone or after a TableEncoder: found {found}.")
    if not hasattr(classifier, "theta_"):
        raise ModelFileError("This Classifier is not fitted yet: call fit before export.")
    return encoder, classifier


def describe(model: Any, *, weights: bool = True) -> dict[str, Any]:
    """Return a fitted model as JSON says it.

    Parameters:
        model: a `Classifier`, alone or after a `TableEncoder`.
        weights: whether to write out the parameters and the standardizer.

    Raises:
        ModelFileError: the model is made of something else, or has a layer that is not Chainrule's.

    >>> model = Classifier().fit([[0.0], [2.0]], ["no", "yes"])
    >>> description = describe(model)
    >>> description["classes"], description["standardizer"], description["output"]
    (['no', 'yes'], {'mean': [1.0], 'scale': [1.0]}, 'sigmoid')
    """
    encoder, classifier = parts_of(model)
    standardizer = classifier.standardizer_
    network = classifier.network_
    parameters = network.views(classifier.theta_.astype(np.float64))
    described = []
    for layer, values in zip(network.layers, parameters, strict=True):
        numbers = {name: value.tolist() for name, value in values.items()} if weights else {}
        described.append(_layer(layer) | numbers)
    return {
        "format": FORMAT,
        "chainrule": __version__,
        "reading": (*READING, *_other_readings(encoder)),
        "classes": classifier.classes_.tolist(),
        **_columns(encoder),
        "inputs": _names(encoder, classifier),
        "dtype": str(classifier.theta_.dtype),
        "standardizer": {"mean": standardizer.mean.tolist(), "scale": standardizer.scale.tolist()} if weights else {},
        "layers": described,
        "output": "sigmoid" if network.outputs == network.members else "softmax",
        "members": network.members,
    }


def _columns(encoder: "TableEncoder | None") -> dict[str, Any]:
    if encoder is None:
        return {"columns": None}
    from chainrule.tables.frames import MISSING_WORDS

    return {"columns": [column.describe() for column in encoder.learned_], "missing_words": MISSING_WORDS}


def _other_readings(encoder: "TableEncoder | None") -> list[str]:
    """Return what READING does not say of the kinds of column in use."""
    learned = () if encoder is None else encoder.learned_
    return list(dict.fromkeys(column.reading for column in learned if column.reading))


def _names(encoder: "TableEncoder | None", classifier: Classifier) -> list[str]:
    if encoder is not None:
        return [str(name) for name in encoder.get_feature_names_out()]
    given = getattr(classifier, "feature_names_in_", None)
    return [f"column {i}" for i in range(classifier.network_.inputs)] if given is None else given.tolist()


def _layer(layer: Any) -> dict[str, Any]:
    name = type(layer).__name__
    if getattr(layers, name, None) is not type(layer):
        raise ModelFileError(f"The layer {layer} is not one of Chainrule's, so no other program could know it.")
    formula = (inspect.getdoc(layer) or "").split("\n\n")[0].replace("\n", " ")
    return {"type": name, **dataclasses.asdict(layer), "formula": formula}


def to_json(model: Any) -> bytes:
    """Return a fitted model as JSON: see `describe`.

    >>> from chainrule import Classifier
    >>> json.loads(to_json(Classifier().fit([[0.0], [2.0]], [3, 7])))["classes"]
    [3, 7]
    """
    return f"{_written(describe(model))}\n".encode()


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
