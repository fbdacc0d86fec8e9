"""What holds for every kind of column: as many inputs as names, told in words, and the same after a round trip."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sklearn.pipeline import make_pipeline

from chainrule import Classifier, load, save
from chainrule.tables import TableEncoder
from chainrule.tables.columns import LEARNERS

ROWS = 60
SAMPLES: dict[str, Any] = {
    "boolean": pa.array([True, False, None] * 20),
    "category": pa.array(["red", "green", None] * 20),
    "date": pa.array(np.datetime64("2024-01-01") + np.arange(ROWS) * 5),
    "text": pa.array([f"a tale of {i % 7} ships and whales" for i in range(ROWS)]),
}
NUMBERS = pa.array([None if i % 10 == 0 else 1.5 * i for i in range(ROWS)])

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

every_kind = pytest.mark.parametrize("kind", LEARNERS)


def learned(kind: str) -> tuple[TableEncoder, pa.Table]:
    table = pa.table({"c": SAMPLES.get(kind, NUMBERS)})
    return TableEncoder(kinds={"c": kind}).fit(table), table


@every_kind
def test_a_column_becomes_as_many_inputs_as_it_has_names(kind: str) -> None:
    encoder, table = learned(kind)
    inputs = encoder.transform(table)
    assert inputs.shape == (ROWS, len(encoder.get_feature_names_out()))
    assert np.isfinite(inputs.toarray() if hasattr(inputs, "toarray") else inputs).all()
    (told,) = encoder.columns_
    assert told.kind == kind
    assert told.decision


@every_kind
def test_a_column_is_described_as_json(kind: str) -> None:
    encoder, _ = learned(kind)
    (column,) = encoder.learned_
    described = json.loads(json.dumps(column.describe()))
    assert described["kind"] == type(column).kind
    assert described["name"] == "c"


@every_kind
def test_a_model_of_such_a_column_is_the_same_from_its_file(kind: str, tmp_path: Path) -> None:
    encoder, table = learned(kind)
    model = make_pipeline(encoder, Classifier(standardize=False, max_epochs=2)).fit(table, np.arange(ROWS) % 2)
    again = load(save(model, tmp_path / "model.safetensors"))
    assert repr(again[0].learned_) == repr(model[0].learned_)
    np.testing.assert_array_equal(again.predict_proba(table), model.predict_proba(table))
