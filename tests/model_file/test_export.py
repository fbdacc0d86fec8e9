"""JSON says enough to compute the probabilities without Chainrule."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import chainrule
from chainrule import ELU, Classifier, Heaviside, LeakyReLU, Softmax, TableEncoder
from chainrule.estimator.defaults import ACTIVATIONS
from chainrule.exceptions import ModelFileError
from tests.mistakes import assert_refused
from tests.model_file.elsewhere import Cube
from tests.model_file.models import answers, passengers, rows, table_model
from tests.model_file.readers import inputs_of, probabilities

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def as_json(model: Any, tmp_path: Path) -> dict[str, Any]:
    assert chainrule.export(model, tmp_path / "model.json", "json") is None
    read: dict[str, Any] = json.loads((tmp_path / "model.json").read_text(encoding="utf-8"))
    return read


@pytest.mark.parametrize("activation", [*ACTIVATIONS, LeakyReLU(0.3), ELU(0.4), Softmax(), Heaviside()], ids=str)
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("classes", [2, 3])
def test_json_alone_gives_the_probabilities(activation: Any, bias: bool, classes: int, tmp_path: Path) -> None:
    x, y = rows(classes=classes)
    model = Classifier(hidden=(5, 4), activation=activation, bias=bias, max_epochs=3, random_state=0).fit(x, y)
    read = as_json(model, tmp_path)
    np.testing.assert_allclose(probabilities(read, x), model.predict_proba(x), rtol=0, atol=1e-12)
    assert read["columns"] is None
    assert read["inputs"] == ["column 0", "column 1", "column 2", "column 3"]


def test_json_alone_takes_a_table_to_probabilities(tmp_path: Path) -> None:
    table = passengers().assign(story=[f"Tale of {i % 7} ships, and ships: {i % 5} whales!" for i in range(240)])
    model = table_model(table, answers(table, 3), {"story": "text"}, hidden=(6,), standardize=False)
    read = as_json(model, tmp_path)
    strange = passengers(seed=5).assign(story="A NEW tale of whales", port="Nowhere")
    both = pd.concat([table, strange, table[:2].assign(story=None, port="?", boarded=None, age=None)])
    found = inputs_of(read, [_plain(row) for row in both.to_dict("records")])
    np.testing.assert_allclose(found, _dense(model[0].transform(both)), rtol=0, atol=1e-12)
    np.testing.assert_allclose(probabilities(read, found), model.predict_proba(both), rtol=0, atol=1e-12)
    assert read["inputs"] == model[0].get_feature_names_out().tolist()
    assert read["classes"] == model.classes_.tolist()


def _dense(inputs: Any) -> Any:
    return inputs.toarray() if hasattr(inputs, "toarray") else inputs


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    boarded = row["boarded"]
    return {**row, "boarded": None if pd.isna(boarded) else boarded.to_pydatetime(warn=False)}


def test_json_is_written_for_people_too(tmp_path: Path) -> None:
    model = Classifier(hidden=(5,), max_epochs=3, random_state=0).fit(*rows())
    read = as_json(model, tmp_path)
    lines = (tmp_path / "model.json").read_text(encoding="utf-8").splitlines()
    for row in read["layers"][0]["weights"]:
        assert sum(line.strip(" ,") == json.dumps(row) for line in lines) == 1
    assert ' "classes": [0, 1, 2],' in lines


def test_the_names_of_a_data_frame_are_kept(tmp_path: Path) -> None:
    x, y = load_iris(return_X_y=True, as_frame=True)
    assert as_json(Classifier().fit(x, y), tmp_path)["inputs"] == x.columns.tolist()


def test_what_cannot_be_exported_is_refused(tmp_path: Path) -> None:
    x, y = rows()
    path = tmp_path / "model"
    assert_refused(
        lambda: chainrule.export(Classifier().fit(x, y), path, "pickle"),
        "A model can be exported to json, onnx, js or html, found 'pickle'.",
    )
    assert_refused(
        lambda: chainrule.export(Classifier().fit(x, y), path, "json", check=x),
        "check compares with ONNX Runtime, which does not read json: leave it out.",
    )
    assert_refused(
        lambda: chainrule.export(Classifier(), path, "json"),
        "This Classifier is not fitted yet: call fit before export.",
    )
    for model, found in (
        (make_pipeline(StandardScaler(), Classifier()).fit(x, y), "StandardScaler, Classifier"),
        (
            make_pipeline(StandardScaler(), TableEncoder(), Classifier()).fit(x, y),
            "StandardScaler, TableEncoder, Classifier",
        ),
        (StandardScaler(), "StandardScaler"),
    ):
        for to in ("json", "onnx"):
            assert_refused(
                lambda model=model, to=to: chainrule.export(model, path, to),  # type: ignore[misc]
                f"What can be exported is a Classifier, alone or after a TableEncoder: found {found}.",
            )
    assert not path.exists()


@pytest.mark.parametrize("to", ["json", "onnx"])
def test_layers_from_elsewhere_are_refused(to: str, tmp_path: Path) -> None:
    model = Classifier(hidden=(3,), activation=Cube(), max_epochs=2, random_state=0).fit(*rows())
    with pytest.raises(ModelFileError, match=r"The layer Cube\(\) is not one of Chainrule's, so"):
        chainrule.export(model, tmp_path / "model", to)
    assert not (tmp_path / "model").exists()
