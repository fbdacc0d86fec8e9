"""What is loaded is what was saved, to the last bit, and goes on learning as if nothing had happened."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, OrdinalEncoder, StandardScaler

import chainrule
from chainrule import Classifier, LeakyReLU, TableEncoder, Warmup
from chainrule.estimator.defaults import ACTIVATIONS, OPTIMIZERS, WHOLE_DATA
from chainrule.model_file import read_about
from chainrule.optimizers import Adam, CosineDecay, Momentum
from tests.model_file.models import answers, passengers, rows, table_model

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def assert_the_same(model: Any, x: Any, path: Path) -> Any:
    """Save, load, and return what was loaded, after asking both for probabilities and labels of `x`."""
    again = chainrule.load(chainrule.save(model, path))
    expected, found = model.predict_proba(x), again.predict_proba(x)
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)
    labels = again.predict(x)
    assert labels.dtype == model.predict(x).dtype
    np.testing.assert_array_equal(labels, model.predict(x))
    return again


@pytest.mark.parametrize("activation", [*ACTIVATIONS, LeakyReLU(0.3)], ids=str)
@pytest.mark.parametrize("bias", [True, False])
def test_every_activation(activation: Any, bias: bool, tmp_path: Path) -> None:
    x, y = rows()
    model = Classifier(hidden=(5, 3), activation=activation, bias=bias, max_epochs=3, random_state=0).fit(x, y)
    again = assert_the_same(model, x, tmp_path / "model.safetensors")
    assert again.network_ == model.network_
    assert again.history_ == model.history_
    assert repr(again.get_params()) == repr(model.get_params())


@pytest.mark.parametrize(
    ("labels", "kind"),
    [
        (["a", "b", "ü"], None),
        (["a", "b", "ü"], object),
        (["no", "yes"], object),
        ([1, 2, 3], None),
        ([False, True], None),
        ([-1.0, 1.0], None),
    ],
    ids=str,
)
def test_labels_of_every_type(labels: list[Any], kind: Any, tmp_path: Path) -> None:
    x, y = rows(classes=len(labels))
    again = assert_the_same(Classifier().fit(x, np.array(labels, dtype=kind)[y]), x, tmp_path / "model.safetensors")
    assert again.classes_.tolist() == sorted(labels)


@pytest.mark.parametrize(
    "weight", [{False: 1.0, True: 5.0}, {np.True_: 5.0, np.False_: 1.0}, {"no": 1.0, "yes": 5.0}, {0: 1.0, 7: 5.0}]
)
def test_class_weights_keep_their_labels(weight: dict[Any, float], tmp_path: Path) -> None:
    x, y = rows(classes=2)
    model = Classifier(class_weight=weight).fit(x, np.array(list(weight))[y])
    again = assert_the_same(model, x, tmp_path / "model.safetensors")
    assert again.class_weight == weight
    np.testing.assert_array_equal(again.fit(x, np.array(list(weight))[y]).theta_, model.theta_)


def test_single_precision(tmp_path: Path) -> None:
    x, y = rows(dtype=np.float32)
    again = assert_the_same(Classifier(hidden=(4,), max_epochs=5, random_state=0).fit(x, y), x, tmp_path / "m")
    assert again.theta_.dtype == np.float32


def test_a_table_with_every_kind_of_column(tmp_path: Path) -> None:
    table = passengers().assign(story=[f"tale of {i % 7} ships and {i % 5} whales" for i in range(240)])
    model = table_model(table, answers(table), {"story": "text"}, hidden=(6,))
    strange = passengers(seed=5).assign(story="a new tale", port="Nowhere")
    again = assert_the_same(model, pd.concat([table, strange]), tmp_path / "model.safetensors")
    assert again[0].columns_ == model[0].columns_
    assert again[0].get_feature_names_out().tolist() == model[0].get_feature_names_out().tolist()


def scikit_learns_own() -> dict[str, Any]:
    """Pipelines of scikit-learn's own steps around a Classifier."""
    to_numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    words = OneHotEncoder(drop="if_binary", handle_unknown="ignore")
    places = [("scaled", MinMaxScaler(clip=True), slice(1, 2)), ("whole", OrdinalEncoder(), ["alone"])]
    known = OneHotEncoder(categories=[["Cherbourg", "Queenstown", "Southampton"]], handle_unknown="ignore")
    gap = {"encoded_missing_value": -2}
    return {
        "by name": make_column_transformer((to_numbers, ["age", "fare paid"]), (words, ["alone"]), ("drop", ["port"])),
        "by place": ColumnTransformer(places, sparse_threshold=0.0).set_output(transform="pandas"),
        "the rest": ColumnTransformer(
            [("port", known, ["port"]), ("left out", "drop", ["boarded"])],
            remainder=SimpleImputer(strategy="most_frequent"),
            transformer_weights={"port": 2.0},
        ),
        "every way to name columns": ColumnTransformer(
            [
                ("from to", SimpleImputer(), slice("age", "fare paid")),
                ("from the end", OrdinalEncoder(encoded_missing_value=-1), [-3]),
                ("by name", OrdinalEncoder(), ["alone"]),
                ("flags", OneHotEncoder(), [False, False, True, False, False]),
                ("none", StandardScaler(), []),
            ],
        ),
        "pooled": make_column_transformer(
            (OneHotEncoder(min_frequency=0.15, drop="first", handle_unknown="ignore"), ["port"]),
            (OneHotEncoder(max_categories=2, handle_unknown="infrequent_if_exist"), ["port", "alone"]),
            (OrdinalEncoder(min_frequency=3, handle_unknown="use_encoded_value", unknown_value=-1, **gap), ["port"]),
            (SimpleImputer(add_indicator=True), ["age", "fare paid"]),
        ),
        "unchanged": make_column_transformer(
            ("passthrough", ["fare paid"]),
            (TableEncoder(), ["age", "port", "boarded"]),
            verbose_feature_names_out=False,
        ),
    }


@pytest.mark.parametrize("name", scikit_learns_own())
def test_scikit_learns_own_steps_around_it(name: str, tmp_path: Path) -> None:
    table = passengers()
    model = make_pipeline(scikit_learns_own()[name], Classifier()).fit(table, answers(table))
    again = assert_the_same(model, table, tmp_path / "model.safetensors")
    assert repr(again) == repr(model)
    assert again[:-1].get_feature_names_out().tolist() == model[:-1].get_feature_names_out().tolist()
    fitted_again = clone(again).fit(table, answers(table))
    np.testing.assert_array_equal(fitted_again.predict_proba(table), model.predict_proba(table))


def test_what_is_written_in_another_way_is_read_in_the_usual_one(tmp_path: Path) -> None:
    x, y = rows(classes=2)
    swapped = chainrule.load(chainrule.save(Classifier().fit(x, y.astype(">i8")), tmp_path / "model.safetensors"))
    assert swapped.classes_.dtype == np.int64
    assert swapped.predict(x).tolist() == Classifier().fit(x, y).predict(x).tolist()
    table = passengers()
    numbers = SimpleImputer()
    for columns in (table.columns[:2], np.array(["age", "fare paid"]), ["age", "fare paid"]):
        chosen = ColumnTransformer([("numbers", numbers, columns)])
        model = make_pipeline(chosen, Classifier()).fit(table, answers(table))
        again = assert_the_same(model, table, tmp_path / "model.safetensors")
        assert again[0].transformers[0][2] == ["age", "fare paid"]


def test_a_scaler_goes_on_learning(tmp_path: Path) -> None:
    x, y = rows(classes=2)
    model = make_pipeline(StandardScaler(), Classifier()).fit(x, y)
    again = assert_the_same(model, x, tmp_path / "model.safetensors")
    np.testing.assert_array_equal(again[0].partial_fit(x[:9]).mean_, model[0].partial_fit(x[:9]).mean_)


@pytest.mark.parametrize("seed", [None, 3, np.random.RandomState(5)], ids=["none", "whole", "generator"])
def test_the_seed_goes_on_where_it_was(seed: Any, tmp_path: Path) -> None:
    x, y = rows()
    model = Classifier((3,), optimizer="adam", batch_size=16, max_epochs=2, random_state=seed).fit(x, y)
    again = assert_the_same(model, x, tmp_path / "model.safetensors")
    if seed is not None:
        np.testing.assert_array_equal(again.fit(x, y).theta_, model.fit(x, y).theta_)


@pytest.mark.parametrize(
    "optimizer",
    [
        *(name for name, optimizer in OPTIMIZERS.items() if not isinstance(optimizer, WHOLE_DATA)),
        Adam(rate=Warmup(CosineDecay(0.01, iterations=50), iterations=5)),
        Momentum(rate=0.02),
    ],
    ids=str,
)
def test_learning_goes_on_where_it_ended(optimizer: Any, tmp_path: Path) -> None:
    x, y = rows(n=300)
    model = Classifier(hidden=(5,), optimizer=optimizer, batch_size=32, random_state=0)
    for _ in range(2):
        model.partial_fit(x, y, classes=[0, 1, 2])
    again = chainrule.load(chainrule.save(model, tmp_path / "model.safetensors"))
    for _ in range(2):
        model.partial_fit(x, y)
        again.partial_fit(x, y)
    np.testing.assert_array_equal(again.theta_, model.theta_)


def test_a_warm_start_goes_on_too(tmp_path: Path) -> None:
    x, y = rows(n=300)
    model = Classifier(hidden=(5,), optimizer="adam", max_epochs=2, warm_start=True, random_state=0).fit(x, y)
    again = chainrule.load(chainrule.save(model, tmp_path / "model.safetensors"))
    np.testing.assert_array_equal(again.fit(x, y).theta_, model.fit(x, y).theta_)


def test_the_facts_are_read_without_the_model(tmp_path: Path) -> None:
    about = {"target": "überlebt", "seed": 3, "metrics": {"accuracy": 0.8}, "columns": ["a", "b"]}
    path = chainrule.save(Classifier().fit(*rows()), tmp_path / "model.safetensors", about=about)
    assert read_about(path) == about
    assert read_about(chainrule.save(Classifier().fit(*rows()), path)) == {}


def test_saving_replaces_a_file_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_text("an older file")
    chainrule.save(Classifier().fit(*rows()), path)
    assert chainrule.load(str(path)).score(*rows()) > 0.4
    assert list(tmp_path.iterdir()) == [path]


def test_an_encoder_alone(tmp_path: Path) -> None:
    table = passengers()
    encoder = TableEncoder().fit(table)
    again = chainrule.load(chainrule.save(encoder, tmp_path / "encoder.safetensors"))
    np.testing.assert_array_equal(again.transform(table), encoder.transform(table))


def test_a_table_of_sparse_inputs(tmp_path: Path) -> None:
    table = pd.DataFrame({name: [f"{name} {i % 200}" for i in range(1200)] for name in ("street", "village")})
    model = table_model(table, np.arange(1200) % 7)
    assert model[0].sparse_
    again = assert_the_same(model, table, tmp_path / "model.safetensors")
    assert (again[0].transform(table) != model[0].transform(table)).nnz == 0


def test_an_activation_for_each_layer(tmp_path: Path) -> None:
    x, y = rows()
    model = Classifier(hidden=(5, 4, 3), activation=["tanh", LeakyReLU(0.2), "gelu"], max_epochs=3, random_state=0)
    assert_the_same(model.fit(x, y), x, tmp_path / "model.safetensors")
