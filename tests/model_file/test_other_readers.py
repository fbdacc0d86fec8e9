"""A model file is read without Chainrule: by the library of its format, NumPy and what the documentation says."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open

import chainrule
from chainrule import Classifier
from chainrule.arrays import Array
from tests.model_file.models import answers, passengers, rows, table_model
from tests.model_file.readers import FUNCTIONS, softmax

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def read(path: Path) -> tuple[dict[str, Any], dict[str, Array]]:
    with safe_open(path, "np") as file:
        description = json.loads(file.metadata()["chainrule"])
        return description, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  it is no dictionary


def probabilities(classifier: dict[str, Any], tensors: dict[str, Array], x: Array) -> Array:
    """Compute the probabilities (n, k) of rows, as docs/model-file.md says."""
    fitted = classifier["fitted"]
    standardizer = fitted["standardizer_"]
    y = (x - tensors[standardizer["mean"]["tensor"]]) / tensors[standardizer["scale"]["tensor"]]
    theta, start = tensors[fitted["theta_"]["tensor"]], 0
    for layer in fitted["network_"]["layers"]:
        if layer["kind"] != "dense":
            y = FUNCTIONS[{"relu": "ReLU", "gelu": "GELU", "tanh": "Tanh"}[layer["kind"]]](y, layer)
            continue
        i, o = layer["inputs"], layer["outputs"]
        weights = theta[start : start + i * o].reshape(o, i).T
        start += i * o
        bias = theta[start : start + o] if layer["bias"] else np.zeros(o)
        start += len(bias) if layer["bias"] else 0
        y = y @ weights + bias
    assert start == len(theta)
    if y.shape[1] == 1:
        p = 1 / (1 + np.exp(-y))
        return np.hstack([1 - p, p])
    return softmax(y)


@pytest.mark.parametrize("activation", ["relu", "gelu", "tanh"])
@pytest.mark.parametrize(("classes", "bias"), [(2, True), (3, False)])
def test_rows_of_numbers(activation: str, classes: int, bias: bool, tmp_path: Path) -> None:
    x, y = rows(classes=classes)
    model = Classifier((5, 4), activation, bias=bias, max_epochs=3, random_state=0).fit(x, y)
    description, tensors = read(chainrule.save(model, tmp_path / "model.safetensors", {"target": "kind"}))
    assert description["format"] == 1
    assert description["about"] == {"target": "kind"}
    found = probabilities(description["model"], tensors, x)
    np.testing.assert_allclose(found, model.predict_proba(x), rtol=0, atol=1e-12)
    assert tensors[description["model"]["fitted"]["classes_"]["tensor"]].tolist() == model.classes_.tolist()


def test_the_columns_of_a_table(tmp_path: Path) -> None:
    table = passengers()
    model = table_model(table, answers(table), hidden=(6,))
    description, tensors = read(chainrule.save(model, tmp_path / "model.safetensors"))
    encoder, classifier = (step for _, step in description["model"]["parameters"]["steps"])
    found = probabilities(classifier, tensors, model[0].transform(table))
    np.testing.assert_allclose(found, model.predict_proba(table), rtol=0, atol=1e-6)
    (ports,) = (column for column in encoder["fitted"]["learned_"] if column["name"] == "port")
    assert ports["kind"] == "category"
    assert ports["words"] == ["Cherbourg", "Queenstown", "Southampton"]
