"""Attribution: slopes against differences of predictions, contributions against completeness and a plain sum."""

from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from chainrule import Classifier, TableEncoder, attribute
from chainrule.arrays import Array
from tests.mistakes import assert_refused

Data = tuple[Array, Array]
IRIS: Data = load_iris(return_X_y=True)
CANCER: Data = load_breast_cancer(return_X_y=True)
CANCER = CANCER[0][::4, :6], CANCER[1][::4]
SETTINGS: list[dict[str, Any]] = [
    {},
    {"hidden": (6,)},
    {"hidden": (6, 5), "activation": "tanh"},
    {"hidden": (5, 4), "activation": "elu", "standardize": False},
    {"hidden": (8, 8, 4), "bias": False},
]


def rows_of(data: Data, settings: dict[str, Any]) -> Array:
    """The rows as a model with these settings can take them: already standardised, where it does not do it."""
    x = data[0]
    return x if settings.get("standardize", True) else (x - x.mean(axis=0)) / x.std(axis=0)


def trained(data: Data, settings: dict[str, Any]) -> Classifier:
    return Classifier(**settings, max_epochs=15, tol=0.0, l2=0.01, random_state=0).fit(rows_of(data, settings), data[1])


def answer(model: Any, x: Array, index: int, scale: str) -> Array:
    """The logit or the probability of a class, as the model itself predicts it (n,)."""
    if scale == "probability":
        return model.predict_proba(x)[:, index]
    z = model.decision_function(x)
    return z[:, index] if z.ndim == 2 else (2 * index - 1) * z


COMPLEX_STEP = 1e-100  # f(x + ih) = f(x) + ih f'(x) - h² f''(x) / 2: nothing is subtracted, so no digit is lost


def complex_answer(model: Any, x: Array, index: int, scale: str) -> Array:
    """The same, of rows that may be complex."""
    standardizer = model.standardizer_
    z = model.network_.forward(model.theta_, (x - standardizer.mean) / standardizer.scale)[-1]
    if z.shape[1] == 1:
        z = (2 * index - 1) * z
        return (1 / (1 + np.exp(-z)) if scale == "probability" else z)[:, 0]
    y = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    return (y if scale == "probability" else z)[:, index]


pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize("data", [IRIS, CANCER], ids=["three classes", "two classes"])
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_slopes_are_those_of_the_predictions(data: Data, settings: dict[str, Any]) -> None:
    rows = rows_of(data, settings)
    model, x = trained(data, settings), rows[5:60:11]
    for label in (0, 1):
        found = attribute(model, x, label=label, baseline=rows)
        for scale, slopes in (("probability", found.probability_slopes), ("logit", found.logit_slopes)):
            np.testing.assert_allclose(complex_answer(model, x, label, scale).real, answer(model, x, label, scale))
            for column in range(x.shape[1]):
                step = np.zeros(x.shape[1], complex)
                step[column] = COMPLEX_STEP * 1j
                expected = complex_answer(model, x + step, label, scale).imag / COMPLEX_STEP
                # Both sides are sums of products over a few layers of at most 8 units: 1e-10 of the largest is over
                # a thousand roundings of eps = 2.2e-16 each, amplified a hundredfold by cancellation.
                atol = 1e-10 * float(np.abs(slopes[:, column]).max())
                np.testing.assert_allclose(slopes[:, column], expected, rtol=1e-10, atol=atol)


@pytest.mark.parametrize("data", [IRIS, CANCER], ids=["three classes", "two classes"])
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("scale", ["logit", "probability"])
def test_contributions_add_up_to_the_difference_from_the_baseline(data: Data, settings: Any, scale: Any) -> None:
    model, rows = trained(data, settings), rows_of(data, settings)
    found = attribute(model, rows[::3], scale=scale, baseline=rows[:50], tolerance=1e-8)
    predicted = np.searchsorted(model.classes_, model.predict(rows[::3]))
    start = rows[:50].mean(axis=0, keepdims=True)
    np.testing.assert_allclose(found.baseline, start[0])
    for index in np.unique(predicted):
        these = predicted == index
        difference = answer(model, rows[::3][these], index, scale) - answer(model, start, index, scale)
        allowed = 1e-8 * np.maximum(1, np.abs(difference))
        assert (np.abs(found.contributions[these].sum(axis=1) - difference) <= allowed + 1e-12).all()
        assert (found.errors[these] <= allowed).all()
        np.testing.assert_allclose(found.values[these] - found.baseline_values[these], difference, atol=1e-12)
        assert {found.labels[i] for i in np.flatnonzero(these)} == {str(model.classes_[index])}


@pytest.mark.parametrize("data", [IRIS, CANCER], ids=["three classes", "two classes"])
def test_with_no_hidden_layer_contributions_are_coefficient_times_difference(data: Data) -> None:
    model, (rows, _) = trained(data, {}), data
    coefficients = model.coef_[1] if len(model.coef_) > 1 else model.coef_[0]
    found = attribute(model, rows, label=1)
    expected = coefficients * (rows - rows.mean(axis=0))
    np.testing.assert_allclose(found.contributions, expected, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(found.logit_slopes, np.broadcast_to(coefficients, rows.shape), rtol=1e-12)
    assert found.errors.max() < 1e-12


@pytest.mark.parametrize("settings", SETTINGS[1:], ids=str)
@pytest.mark.parametrize("scale", ["logit", "probability"])
def test_contributions_are_the_mean_slope_on_the_way_times_the_way(settings: Any, scale: Any) -> None:
    model, (rows, _) = trained(IRIS, settings), IRIS
    row, start = rows[100], rows[0]
    found = attribute(model, row[None], label=1, scale=scale, baseline=start[None], tolerance=1e-9)
    middles = (np.arange(4_000) + 0.5)[:, None] / 4_000
    on_the_way = attribute(model, start + middles * (row - start), label=1, baseline=start[None])
    slopes = on_the_way.logit_slopes if scale == "logit" else on_the_way.probability_slopes
    expected = slopes.mean(axis=0) * (row - start)
    np.testing.assert_allclose(found.contributions[0], expected, atol=1e-3 * np.abs(expected).max())


def test_sparse_rows_are_explained_as_dense_ones() -> None:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(60, 20)) * (generator.random((60, 20)) < 0.2)
    y = (x[:, 0] + x[:, 1] > 0).astype(int)
    model = Classifier((5,), random_state=0, max_epochs=20).fit(csr_array(x), y)
    sparse, dense = attribute(model, csr_array(x)), attribute(model, x)
    for name in ("inputs", "baseline", "contributions", "logit_slopes", "probability_slopes", "errors"):
        np.testing.assert_allclose(getattr(sparse, name), getattr(dense, name), atol=1e-12)
    np.testing.assert_allclose(sparse.baseline, x.mean(axis=0))
    assert sparse.errors.max() < 1e-5


def test_columns_of_a_table_get_what_their_inputs_contribute() -> None:
    generator = np.random.default_rng(0)
    size, colour = generator.normal(size=200), generator.choice(["red", "blue", "green"], 200)
    y = np.where(size + (colour == "red") + 0.3 * generator.normal(size=200) > 0.5, "yes", "no")
    table = {"colour": colour, "size": size}
    classifier = Classifier((4,), standardize=False, dtype="float64", random_state=0)
    model = make_pipeline(TableEncoder(), classifier).fit(table, y)
    found = attribute(model, table, label="yes")
    assert found.names == ("colour = blue", "colour = green", "colour = red", "size")
    assert found.columns == ("colour", "colour", "colour", "size")
    of_columns = found.by_column()
    np.testing.assert_allclose(of_columns["colour"], found.contributions[:, :3].sum(axis=1))
    total = of_columns["colour"] + of_columns["size"]
    np.testing.assert_allclose(total, found.values - found.baseline_values, atol=1e-5)
    np.testing.assert_allclose(found.values, model.decision_function(table), atol=1e-12)
    lines = found.table(3).splitlines()
    assert lines[0].startswith("Row 3, class yes: logit ")
    assert {line.split()[0] for line in lines[2:]} == {"colour", "size"}


def test_a_pipeline_is_explained_by_what_its_classifier_gets() -> None:
    x, y = IRIS
    pipeline = make_pipeline(StandardScaler(), Classifier((4,), standardize=False, random_state=0)).fit(x, y)
    by_itself = attribute(pipeline[-1], pipeline[:-1].transform(x))
    found = attribute(pipeline, x)
    np.testing.assert_array_equal(found.contributions, by_itself.contributions)
    assert found.names == ("x0", "x1", "x2", "x3")


def test_the_baseline_is_the_mean_of_training_even_for_one_row() -> None:
    x, y = IRIS
    found = attribute(Classifier().fit(x, y), x[:1])
    np.testing.assert_allclose(found.baseline, x.mean(axis=0))


def test_a_table_shows_the_largest_and_sums_up_the_rest() -> None:
    x, y = CANCER
    found = attribute(trained(CANCER, {}), x, label=1)
    lines = found.table(2, most=2).splitlines()
    largest = np.argsort(-np.abs(found.contributions[2]))
    assert [line.split()[0] for line in lines[2:4]] == [f"x{i}" for i in largest[:2]]
    assert lines[4].split()[:2] == ["4", "others"]
    assert float(lines[4].split()[2]) == pytest.approx(found.contributions[2][largest[2:]].sum(), rel=1e-4)
    assert str(found) == found.table(0)
    assert len(y) == len(found.errors)


def test_a_data_frame_has_a_line_for_each_row_and_input() -> None:
    x, y = IRIS
    found = attribute(Classifier().fit(x, y), x[:2])
    frame = found.frame()
    assert len(frame) == 8
    np.testing.assert_array_equal(np.asarray(frame["contribution"]), found.contributions.ravel())
    np.testing.assert_array_equal(np.asarray(frame["probability_slope"]), found.probability_slopes.ravel())
    assert list(frame["input"][:4]) == ["x0", "x1", "x2", "x3"]


def test_mistakes_are_refused_in_one_sentence() -> None:
    x, y = IRIS
    model = Classifier().fit(x, y)
    uncentred = Classifier(standardize=False, l2=1.0).fit(x, y)
    one_row = "A single row has no mean to be compared with: give rows as baseline, such as the training rows."
    assert_refused(lambda: attribute(model, x, label=7), "label must be one of the classes 0, 1, 2, found 7.")
    assert_refused(
        lambda: attribute(model, x, scale="odds"),  # type: ignore[arg-type]
        "scale must be logit or probability, found 'odds'.",
    )
    assert_refused(lambda: attribute(model, x, tolerance=0), "attribute needs a tolerance above zero, found 0.")
    assert_refused(lambda: attribute(uncentred, x[:1]), one_row)
    assert_refused(lambda: attribute(model, x[:1]).table(1), "row must be from 0 to 0, found 1.")
    with pytest.raises(TypeError, match="Expected a Classifier or a pipeline that ends in one, found StandardScaler"):
        attribute(StandardScaler().fit(x), x)


def test_too_many_numbers_are_refused_before_they_take_memory() -> None:
    model = Classifier().fit(csr_array(IRIS[0]), IRIS[1])
    with pytest.raises(ValueError, match="X has 5000000 rows of 4 inputs, too many to list what each contributes"):
        attribute(model, csr_array((5_000_000, 4)))
