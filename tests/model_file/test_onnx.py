"""ONNX Runtime computes what the model computes, from the columns as they stand."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pandas as pd
import polars as pl
import pytest
from scipy.sparse import csr_array

import chainrule
from chainrule import ELU, Classifier, Heaviside, LeakyReLU, Softmax
from chainrule.arrays import Array
from chainrule.estimator.defaults import ACTIVATIONS
from chainrule.exceptions import ModelFileError
from chainrule.tables.frames import MISSING_WORDS
from tests.mistakes import assert_refused
from tests.model_file.models import answers, passengers, rows, table_model

onnxruntime = pytest.importorskip("onnxruntime")
DATA = Path(__file__).parents[2].parent / "shared" / "data"

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def run(path: Path, feeds: dict[str, Any]) -> tuple[Array, Array]:
    """Labels and probabilities by ONNX Runtime alone."""
    label, found = onnxruntime.InferenceSession(path).run(["label", "probabilities"], feeds)
    return label, found


def assert_the_same(model: Any, table: Any, path: Path, feeds: dict[str, Any], atol: float = 1e-10) -> None:
    difference = chainrule.export(model, path, "onnx", check=table)
    assert difference is not None
    assert difference <= atol
    label, found = run(path, feeds)
    np.testing.assert_allclose(found, model.predict_proba(table), rtol=0, atol=atol)
    highest = np.sort(found, axis=1)[:, -2:]
    clear = highest[:, 1] - highest[:, 0] > atol
    assert label[clear].tolist() == model.predict(table)[clear].tolist()


def fed(table: pd.DataFrame) -> dict[str, Any]:
    """What a caller feeds for the table of passengers, written by hand."""
    day = (table["boarded"] - pd.Timestamp("1970-01-01")) / pd.Timedelta(days=1)
    return {
        "age": table[["age"]].to_numpy(),
        "fare paid": table[["fare paid"]].to_numpy(),
        "port": table[["port"]].fillna("").to_numpy(object),
        "alone": np.where(table[["alone"]], "true", "false").astype(object),
        "boarded": day.to_numpy()[:, None],
    }


@pytest.mark.parametrize("activation", [*ACTIVATIONS, LeakyReLU(0.3), ELU(0.4), Softmax(), Heaviside()], ids=str)
@pytest.mark.parametrize(("bias", "classes"), [(True, 3), (False, 2)])
def test_every_activation(activation: Any, bias: bool, classes: int, tmp_path: Path) -> None:
    x, y = rows(classes=classes)
    model = Classifier(hidden=(5, 4), activation=activation, bias=bias, max_epochs=3, random_state=0).fit(x, y)
    x = np.concatenate([x, 30 * x, -1000 * x])
    assert_the_same(model, x, tmp_path / "model.onnx", {"x": x}, 1e-6 if activation == "gelu" else 1e-12)


@pytest.mark.parametrize(
    ("labels", "kind"),
    [(["a", "b", "ü"], "string"), ([3, 1, 2], "int64"), ([False, True], "bool"), ([0.0, 2.0], "double")],
    ids=str,
)
def test_labels_come_out_as_what_they_are(labels: list[Any], kind: str, tmp_path: Path) -> None:
    x, y = rows(classes=len(labels))
    model = Classifier().fit(x, np.array(labels)[y])
    path = tmp_path / "model.onnx"
    assert_the_same(model, x, path, {"x": x})
    session = onnxruntime.InferenceSession(path)
    assert [(output.name, output.type, output.shape) for output in session.get_outputs()] == [
        ("label", f"tensor({kind})", ["n"]),
        ("probabilities", "tensor(double)", ["n", len(labels)]),
    ]
    assert json.loads(session.get_modelmeta().custom_metadata_map["classes"]) == sorted(labels)


def test_single_precision_agrees_to_its_precision(tmp_path: Path) -> None:
    x, y = rows(dtype=np.float32)
    model = Classifier(hidden=(5,), max_epochs=5, random_state=0).fit(x, y)
    assert_the_same(model, x, tmp_path / "model.onnx", {"x": x.astype(float)}, 1e-5)


def test_sparse_rows_are_fed_dense(tmp_path: Path) -> None:
    x, y = rows()
    x = x * (x > 5)
    model = Classifier(hidden=(5,), max_epochs=5, random_state=0).fit(csr_array(x), y)
    assert_the_same(model, csr_array(x), tmp_path / "model.onnx", {"x": x})


@pytest.mark.parametrize("classes", [2, 3])
def test_a_table_with_missing_rare_and_unknown_values(classes: int, tmp_path: Path) -> None:
    table = passengers()
    model = table_model(table, answers(table, classes), hidden=(6,))
    strange = passengers(rows=len(MISSING_WORDS), seed=5).assign(port=MISSING_WORDS)
    new = passengers(rows=3, seed=6).assign(port="Nowhere", boarded=pd.to_datetime(["2000-02-29", None, "1899-12-31"]))
    both = pd.concat([table, strange, new])
    assert_the_same(model, both, tmp_path / "model.onnx", fed(both))


def test_columns_without_rare_or_missing_values_take_them_later(tmp_path: Path) -> None:
    table = passengers().dropna().query("port not in ('Belfast', 'Cork')")
    model = table_model(table, answers(table), hidden=(6,))
    assert not model[0].learned_[2].rare
    assert not model[0].learned_[2].missing
    assert_the_same(model, passengers(seed=7), tmp_path / "model.onnx", fed(passengers(seed=7)))


def test_every_day_of_many_years(tmp_path: Path) -> None:
    days = pd.DataFrame({"day": pd.date_range("1583-01-01", "2420-12-31", freq="37h", unit="us")})
    model = table_model(days, (days["day"].dt.month % 2 + days["day"].dt.day_of_week % 3).to_numpy(), max_epochs=2)
    fed = {"day": ((days - pd.Timestamp("1970-01-01")) / pd.Timedelta(days=1)).to_numpy()}
    assert_the_same(model, days, tmp_path / "model.onnx", fed)


def test_numbers_that_are_categories(tmp_path: Path) -> None:
    table = pd.DataFrame({"size": [1.0, 2.0, 3.5, None] * 30, "x": np.linspace(0, 1, 120)})
    model = table_model(table, np.arange(120) % 3, {"size": "category"}, max_epochs=50, tol=1e-9)
    words = np.array([["1.0", "2.0", "3.5", ""] * 30], dtype=object).T
    if "1" in model[0].learned_[0].words:
        words = np.array([["1", "2", "3.5", ""] * 30], dtype=object).T
    assert_the_same(model, table, tmp_path / "model.onnx", {"size": words, "x": table[["x"]].to_numpy()})


def test_names_of_columns_may_be_anything_but_an_output(tmp_path: Path) -> None:
    table = pd.DataFrame(rows(inputs=5)[0], columns=["x", "a", "b", "c", "d"])
    y = rows()[1]
    path = tmp_path / "model.onnx"
    assert_the_same(table_model(table, y), table, path, {name: table[[name]].to_numpy() for name in table})
    names = [name for node in onnx.load(path).graph.node for name in node.input if name not in table]
    strange = table.set_axis(["a/b:0 ü", *names[:4]], axis=1)
    assert_the_same(table_model(strange, y), strange, path, {name: strange[[name]].to_numpy() for name in strange})
    for name in ("label", "probabilities", ""):
        renamed = table.rename(columns={"x": name})
        model = table_model(renamed, y)
        assert_refused(
            lambda model=model: chainrule.export(model, tmp_path / "no.onnx", "onnx"),  # type: ignore[misc]
            f"Column {name!r} has a name that no ONNX input can have: rename it.",
        )
    assert not (tmp_path / "no.onnx").exists()


def test_text_is_refused(tmp_path: Path) -> None:
    table = passengers().assign(story=[f"tale of {i % 7} ships and {i % 5} whales" for i in range(240)])
    model = table_model(table, answers(table), {"story": "text"})
    assert_refused(
        lambda: chainrule.export(model, tmp_path / "model.onnx", "onnx"),
        "Column story is text, whose words ONNX cannot count as the model does: export to json, or train without it.",
    )


def test_a_model_that_computes_something_else_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = rows()
    model = Classifier().fit(x, y)
    path = tmp_path / "model.onnx"
    monkeypatch.setattr(Classifier, "predict_proba", lambda _, x: np.full((len(x), 3), 1 / 3))
    with pytest.raises(ModelFileError, match=r"that differ by 0\.\d+ in row \d+, .*: nothing was written"):
        chainrule.export(model, path, "onnx", check=x)
    assert not path.exists()
    assert chainrule.export(model, path, "onnx") is None
    assert path.exists()


def test_the_file_says_what_to_feed(tmp_path: Path) -> None:
    table = passengers()
    chainrule.export(table_model(table, answers(table)), tmp_path / "model.onnx", "onnx")
    model = onnx.load(tmp_path / "model.onnx")
    said = {entry.key: json.loads(entry.value) for entry in model.metadata_props}
    assert said["classes"] == ["drowned", "saved"]
    assert list(said["inputs"]) == [entry.name for entry in model.graph.input] == list(table.columns)
    for name, words in said["inputs"].items():
        assert f"\n{name}: {words}" in model.doc_string
    assert said["inputs"]["age"] == "a number, NaN where missing"
    assert model.producer_name == "chainrule"


def test_other_data_frames_check_it_too(tmp_path: Path) -> None:
    table = passengers()
    model = table_model(table, answers(table))
    difference = chainrule.export(model, tmp_path / "model.onnx", "onnx", check=pl.from_pandas(table))
    assert difference is not None
    assert difference < 1e-10


@pytest.mark.parametrize(
    ("file", "target"),
    [
        ("titanic/titanic.csv", "survived"),
        ("penguins/penguins.csv", "species"),
        ("adult/adult-train.csv", -1),
        ("german_credit/german.csv", -1),
        ("iris/seaborn_iris.csv", "species"),
    ],
)
@pytest.mark.filterwarnings("ignore::chainrule.exceptions.LeakageWarning")
def test_real_tables(file: str, target: str | int, tmp_path: Path) -> None:
    if not (DATA / file).exists():
        pytest.skip(f"there is no {DATA / file}")
    table = pd.read_csv(DATA / file, nrows=3000, header=None if target == -1 else 0, skipinitialspace=True)
    target = table.columns[target] if isinstance(target, int) else target
    x, y = table.drop(columns=target), table[target].astype(str)
    shuffled = np.random.default_rng(0).permutation(len(x))
    train, rest = shuffled[: len(x) // 2], shuffled[len(x) // 2 :]
    model = table_model(x.iloc[train], y.iloc[train], hidden=(16,), activation="gelu", max_epochs=60, tol=1e-4)
    difference = chainrule.export(model, tmp_path / "model.onnx", "onnx", check=x.iloc[rest])
    assert difference is not None
    assert difference < 1e-6
    again = chainrule.load(chainrule.save(model, tmp_path / "model.safetensors"))
    np.testing.assert_array_equal(again.predict_proba(x.iloc[rest]), model.predict_proba(x.iloc[rest]))


def test_without_its_library_the_extra_is_named() -> None:
    program = """
import sys
sys.modules[sys.argv[1]] = None
import chainrule
model = chainrule.Classifier().fit([[0.0], [1.0], [2.0]], ["no", "yes", "yes"])
try:
    chainrule.export(model, sys.argv[2] + "/model.onnx", "onnx", check=[[0.0]])
except ValueError as error:
    print(error)
"""
    for library, message in (
        ("onnx", "ONNX needs onnx: pip install 'chainrule[onnx]'."),
        ("onnxruntime", "Checking an ONNX model needs onnxruntime: pip install 'chainrule[onnx]'."),
    ):
        command = [sys.executable, "-c", program, library, "/nowhere"]
        assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == f"{message}\n"


def test_only_tables_need_the_library_for_tables(tmp_path: Path) -> None:
    program = """
import sys
sys.modules["pyarrow"] = None
import chainrule
x = [[0.0], [1.0], [2.0]]
model = chainrule.Classifier().fit(x, ["no", "yes", "yes"])
try:
    chainrule.load(sys.argv[1] + "/table.safetensors")
except ValueError as error:
    print(error)
chainrule.load(chainrule.save(model, sys.argv[1] + "/model.safetensors")).predict(x)
for to in ("json", "onnx"):
    chainrule.export(model, sys.argv[1] + "/model", to)
print("done")
"""
    table = passengers()
    path = chainrule.save(table_model(table, answers(table)), tmp_path / "table.safetensors")
    command = [sys.executable, "-c", program, str(tmp_path)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == (
        f"{path} needs pyarrow, which is not installed: pip install 'chainrule[tables]'.\ndone\n"
    )
