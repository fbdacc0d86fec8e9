"""A trained model is the same in one form, whether it was given alone or at the end of a pipeline."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn.datasets import load_iris, load_wine
from sklearn.decomposition import PCA
from sklearn.feature_selection import VarianceThreshold
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from chainrule import Classifier, TableEncoder
from chainrule.arrays import Array
from chainrule.estimator.trained_model import TrainedModel, first_encoder
from chainrule.losses import Penalty
from chainrule.optimizers import LBFGS, Adam, GradientDescent, Newton

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
WEIGHTS = np.random.default_rng(0).uniform(0.5, 2, 150)


def flowers() -> tuple[Array, Array]:
    x, y = load_iris(return_X_y=True)
    return x, np.array(["setosa", "versicolor", "virginica"])[y]


def fruit() -> tuple[pd.DataFrame, list[str]]:
    generator = np.random.default_rng(0)
    size, colour = generator.normal(100, 10, 90), np.array(["red", "green", "yellow"] * 30)
    kinds = np.where(size + 10 * (colour == "red") > 103, "apple", "plum")
    return pd.DataFrame({"size": size, "colour": colour}), kinds.tolist()


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("scaled", [False, True])
def test_rows_are_as_the_classifier_and_as_the_network_takes_them(scaled: bool, sparse: bool) -> None:
    x, y = flowers()
    given: Any = csr_array(x) if sparse else x
    scaler = StandardScaler(with_mean=not sparse)
    model = (make_pipeline(scaler, Classifier()) if scaled else Classifier()).fit(given, y)
    trained = TrainedModel.of(model)
    rows = trained.rows(given, y, WEIGHTS)
    expected = scaler.transform(given) if scaled else given
    for found in (rows.x, trained.inputs(given)):
        assert abs(found - expected).max() == 0
    assert [trained.classes[t] for t in rows.t] == y.tolist()
    np.testing.assert_array_equal(rows.weights, WEIGHTS)
    z = trained.network.forward(trained.theta, trained.standardized_rows(rows).x)[-1]
    np.testing.assert_allclose(z, model.decision_function(given), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(trained.log_probabilities(rows.x), model.predict_log_proba(given), atol=1e-12)


def test_rows_count_as_much_as_their_classes_unless_asked_otherwise() -> None:
    x, y = flowers()
    trained = TrainedModel.of(Classifier(class_weight={"setosa": 1, "versicolor": 3, "virginica": 1}).fit(x, y))
    of_class = np.where(y == "versicolor", 3, 1)
    for sample_weight, expected in ((None, of_class), (WEIGHTS, WEIGHTS * of_class)):
        weights = trained.rows(x, y, sample_weight).weights
        assert weights is not None
        np.testing.assert_allclose(weights, expected)
    assert trained.rows(x, y, class_weight=False).weights is None


@pytest.mark.parametrize("hidden", [(), (4,)])
@pytest.mark.parametrize("options", [{}, {"l2": 0.1, "label_smoothing": 0.1}, {"l1": 0.01}], ids=str)
def test_the_objective_is_that_of_the_classifier(options: dict[str, Any], hidden: tuple[int, ...]) -> None:
    x, y = flowers()
    model = make_pipeline(MinMaxScaler(), Classifier(hidden, dtype="float64", random_state=0, **options)).fit(
        x, y, classifier__sample_weight=WEIGHTS
    )
    trained = TrainedModel.of(model)
    rows = trained.rows(x, y, WEIGHTS)
    own = model[-1].objective(model[:-1].transform(x), y, WEIGHTS)
    assert trained.penalty(rows) == own.penalty
    assert trained.loss == own.loss
    value, gradient = trained.objective(rows).value_and_gradient(trained.theta)
    expected, expected_gradient = own.value_and_gradient(trained.theta)
    assert value == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(gradient, expected_gradient, rtol=1e-9, atol=1e-12)
    other = trained.objective(rows, Penalty()).value(trained.theta)
    assert other < value


def test_the_objective_is_in_double_precision() -> None:
    x, y = flowers()
    trained = TrainedModel.of(Classifier(dtype="float32").fit(x, y))
    gradient = trained.objective(trained.rows(x, y)).value_and_gradient(trained.theta)[1]
    assert trained.theta.dtype == gradient.dtype == np.float64


def test_columns_are_those_that_the_encoder_made_inputs_of() -> None:
    table, kinds = fruit()
    encoder = TableEncoder()
    for model in (
        make_pipeline(encoder, Classifier(standardize=False)),
        make_pipeline(encoder, MinMaxScaler(), "passthrough", Classifier()),
    ):
        trained = TrainedModel.of(model.fit(table, kinds))
        assert trained.encoder is first_encoder(model) is model[0]
        assert [column.name for column in trained.columns] == ["size", "colour"]
        assert np.concatenate([column.inputs for column in trained.columns]).tolist() == list(range(len(trained.names)))
        np.testing.assert_allclose(trained.inputs(table) @ np.diag(trained.units.unit), _in_units(trained, table))


def _in_units(trained: TrainedModel, table: pd.DataFrame) -> Array:
    """What the inputs stand for, each less its origin."""
    sizes = table["size"].to_numpy()[:, None]
    indicators = (table["colour"].to_numpy()[:, None] == np.sort(table["colour"].unique())).astype(float)
    return np.hstack([sizes, indicators]) - trained.units.origin


def test_what_mixes_columns_or_leaves_some_out_makes_inputs_of_its_own() -> None:
    table, kinds = fruit()
    for step in (PCA(), VarianceThreshold()):
        model = make_pipeline(TableEncoder(), step, Classifier()).fit(table, kinds)
        trained = TrainedModel.of(model)
        assert trained.encoder is None
        assert tuple(column.name for column in trained.columns) == trained.names
        assert first_encoder(model) is model[0]
    assert first_encoder(Classifier()) is None


def test_names_say_what_a_step_did_that_cannot_be_undone() -> None:
    x, y = flowers()
    frame = pd.DataFrame(x, columns=["a", "b", "c", "d"])
    trained = TrainedModel.of(make_pipeline(MinMaxScaler(clip=True), StandardScaler(), Classifier()).fit(frame, y))
    assert trained.names == ("a", "b", "c", "d")
    assert trained.units.names[0] == "a (after MinMaxScaler)"


def test_parameters_have_the_names_that_set_params_takes() -> None:
    x, y = flowers()
    alone, piped = Classifier().fit(x, y), make_pipeline(StandardScaler(), Classifier()).fit(x, y)
    assert TrainedModel.of(alone).prefix(alone) == ""
    trained = TrainedModel.of(piped)
    assert trained.prefix(trained.classifier) == "classifier__"
    assert trained.prefix(piped[0]) == "standardscaler__"


def test_another_classifier_takes_the_place_of_its_own() -> None:
    x, y = flowers()
    other = Classifier(l2=1.0).fit(StandardScaler().fit_transform(x), y)
    model = TrainedModel.of(make_pipeline(StandardScaler(), Classifier()).fit(x, y)).with_classifier(other)
    np.testing.assert_array_equal(model.predict_proba(x), other.predict_proba(StandardScaler().fit_transform(x)))
    assert TrainedModel.of(Classifier().fit(x, y)).with_classifier(other) is other


def test_cross_predictions_are_those_of_classifiers_trained_without_each_row() -> None:
    x, y = load_wine(return_X_y=True)
    weights = np.random.default_rng(1).uniform(0.5, 2, len(y))
    model = make_pipeline(StandardScaler(), Classifier(l2=0.01)).fit(x, y, classifier__sample_weight=weights)
    trained = TrainedModel.of(model)
    rows = trained.rows(x, y, weights)
    found = trained.cross_predict(rows, weights, folds=3)
    for others, own in StratifiedKFold(3, shuffle=True, random_state=0).split(y, y):
        anew = Classifier(l2=0.01).fit(rows.x[others], y[others], weights[others])
        np.testing.assert_array_equal(found[own], anew.predict_log_proba(rows.x[own]))
    assert model[-1].theta_ is trained.classifier.theta_


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, Newton),
        ({"hidden": (3,)}, LBFGS),
        ({"hidden": (3,), "batch_size": 32}, Adam),
        ({"optimizer": "gradient_descent", "l1": 0.1}, GradientDescent),
    ],
    ids=str,
)
def test_the_optimizer_is_the_one_that_trained(settings: dict[str, Any], expected: type) -> None:
    x, y = flowers()
    model = Classifier(**settings, max_epochs=3, random_state=0).fit(x, y)
    assert type(TrainedModel.of(model).optimizer) is expected
    planned: Any = model.plan_.optimizer
    assert type(getattr(planned, "optimizer", planned)) is expected


def test_what_is_no_trained_classifier_is_refused() -> None:
    x, y = flowers()
    with pytest.raises(TypeError, match=r"Expected a Classifier or a pipeline that ends in one, found LogisticRegress"):
        TrainedModel.of(make_pipeline(StandardScaler(), LogisticRegression()).fit(x, y))
    with pytest.raises(ValueError, match="not fitted"):
        TrainedModel.of(Classifier())
    diverged = Classifier().fit(x, y)
    diverged.theta_ = np.full_like(diverged.theta_, np.nan)
    with pytest.raises(ValueError, match="not finite because training diverged"):
        TrainedModel.of(diverged)
