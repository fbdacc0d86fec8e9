"""Coefficients in the units of the table whatever scales it on the way, of all columns that can be told apart."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.feature_selection import VarianceThreshold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    PolynomialFeatures,
    PowerTransformer,
    RobustScaler,
    StandardScaler,
)

from chainrule import Classifier, TableEncoder, infer, influence
from tests.inference.problems import HSBDEMO, drawn

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def pupils() -> pd.DataFrame:
    if not HSBDEMO.exists():
        pytest.skip(f"{HSBDEMO} is not there")
    return pd.read_csv(HSBDEMO, sep=";")[["ses", "write", "prog"]]


@pytest.mark.parametrize(
    "between",
    [
        [],
        ["passthrough"],
        [StandardScaler()],
        [MinMaxScaler(), "passthrough", StandardScaler()],
        [RobustScaler(), VarianceThreshold(), MaxAbsScaler()],
        [RobustScaler(with_centering=False)],
    ],
    ids=str,
)
def test_what_scales_on_the_way_changes_no_coefficient(between: list[Any]) -> None:
    table = drawn(400, 3, 3, 2)[0] * [1.0, 50.0, 0.01] + [0.0, 1000.0, 3.0]
    y = drawn(400, 3, 3, 2)[1]
    frame = pd.DataFrame(table, columns=["a", "b", "c"])
    model = make_pipeline(TableEncoder(), *between, Classifier(l2=0, standardize=not between)).fit(frame, y)
    found = infer(model, frame, y)
    expected = infer(Classifier(l2=0).fit(table, y), table, y)  # which is held against statsmodels elsewhere
    np.testing.assert_allclose(found.params, expected.params, rtol=1e-6)
    np.testing.assert_allclose(found.standard_errors, expected.standard_errors, rtol=1e-6)


def test_units_stay_with_their_columns_where_one_is_left_out() -> None:
    x, y = drawn(300, 2, 2, 4)
    frame = pd.DataFrame({"a": 50 * x[:, 0], "constant": 7.0, "b": 3 + 0.1 * x[:, 1]})
    scaled = make_pipeline(StandardScaler(), VarianceThreshold(), Classifier(l2=0)).fit(frame, y)
    found, kept = infer(scaled, frame, y), frame[["a", "b"]]
    expected = infer(Classifier(l2=0).fit(kept, y), kept, y)
    assert found.names == expected.names
    np.testing.assert_allclose(found.params, expected.params, rtol=1e-6)


@pytest.mark.parametrize("encoded", [True, False])
@pytest.mark.parametrize("step", [PowerTransformer(), FunctionTransformer(np.arcsinh)], ids=str)
def test_what_a_step_made_of_a_column_is_not_called_that_column(step: Any, encoded: bool) -> None:
    x, y = drawn(300, 2, 2, 4)
    frame = pd.DataFrame(x, columns=["a", "b"])
    steps = [TableEncoder(), step] if encoded else [step]
    found = infer(make_pipeline(*steps, Classifier(l2=0)).fit(frame, y), frame, y)
    assert not {"a", "b"} & set(found.names)
    assert all(name.endswith(f"(after {type(step).__name__})") for name in found.names[1:])


def test_powers_of_columns_as_given_keep_their_names() -> None:
    x, y = drawn(300, 2, 2, 4)
    frame = pd.DataFrame(x, columns=["a", "b"])
    powers = PolynomialFeatures(2, include_bias=False)
    found = infer(make_pipeline(powers, Classifier(l2=0)).fit(frame, y), frame, y)
    assert found.names[1:] == ("a", "b", "a^2", "a b", "b^2")


@pytest.mark.parametrize("drop", [None, ["high"]])
def test_a_factor_of_scikit_learn_switches_on_one_level_at_a_time(drop: Any) -> None:
    x, y = pupils()[["ses", "write"]], pupils()["prog"]
    encoder = make_column_transformer((OneHotEncoder(drop=drop), ["ses"]), ("passthrough", ["write"]))
    effects = infer(make_pipeline(encoder, Classifier(l2=0)).fit(x, y), x, y).marginal_effects(steps=True)
    general, low = effects.classes.index("general"), effects.names.index("onehotencoder__ses_low")
    assert effects.effects[general, low] == pytest.approx(0.1601, abs=5e-5)
    assert effects.standard_errors[general, low] == pytest.approx(0.0869, abs=5e-5)


def test_every_reference_level_is_said() -> None:
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({f"factor{i}": rng.choice(["u", "v"], 600) for i in range(15)})
    y = rng.integers(0, 2, 600)
    told = str(infer(make_pipeline(TableEncoder(), Classifier(l2=0)).fit(frame, y), frame, y))
    assert all(f"factor{i} = u" in told for i in range(15))


def test_a_factor_of_three_levels_switches_on_one_at_a_time() -> None:
    table = pupils()
    x, y = table[["ses", "write"]], table["prog"]
    found = infer(make_pipeline(TableEncoder(), Classifier(l2=0)).fit(x, y), x, y)
    effects = found.marginal_effects(steps=True)
    general = effects.classes.index("general")
    for name, effect, error in (("ses = low", 0.1601, 0.0869), ("ses = middle", 0.0356, 0.0666)):
        column = effects.names.index(name)
        assert effects.effects[general, column] == pytest.approx(effect, abs=5e-5)
        assert effects.standard_errors[general, column] == pytest.approx(error, abs=5e-5)


def test_the_effect_of_a_level_is_the_difference_of_two_worlds() -> None:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"level": rng.choice(["a", "b", "c", "d"], 500), "size": rng.normal(size=500)})
    y = (rng.logistic(size=500) + (frame["level"] == "c") - frame["size"] > 0).astype(int).to_numpy()
    model = make_pipeline(TableEncoder(), Classifier(l2=0, tol=1e-10)).fit(frame, y)
    effects = infer(model, frame, y).marginal_effects(steps=True)
    for level in "bcd":
        worlds = (model.predict_proba(frame.assign(level=chosen)) for chosen in (level, "a"))
        with_it, without = (world.mean(axis=0) for world in worlds)
        found = effects.effects[:, effects.names.index(f"level = {level}")]
        np.testing.assert_allclose(found, with_it - without, atol=1e-8)


def test_the_cube_of_a_year_is_estimable() -> None:
    rng = np.random.default_rng(0)
    year = rng.integers(1990, 2011, 800).astype(float)
    y = (rng.logistic(size=800) + (year - 2000) / 8 - ((year - 2000) / 8) ** 3 > 0).astype(int)
    powers = np.column_stack([year, year**2, year**3])
    centred = np.column_stack([(year - 2000) ** power for power in (1, 2, 3)])
    found, expected = (infer(Classifier(l2=0).fit(x, y), x, y) for x in (powers, centred))
    assert not found.undefined
    assert found.log_likelihood == pytest.approx(expected.log_likelihood, abs=1e-7)
    assert found.params[0, 3] == pytest.approx(expected.params[0, 3], rel=1e-4)
    assert found.standard_errors[0, 3] == pytest.approx(expected.standard_errors[0, 3], rel=1e-4)


def test_a_level_of_few_rows_that_are_all_of_one_class_is_named() -> None:
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"colour": ["red", "green"] * 150, "size": rng.normal(size=300)})
    y = np.where(rng.logistic(size=300) + frame["size"] > 0, "yes", "no")
    frame.loc[:5, "colour"] = "violet"
    y[:6] = "yes"
    with pytest.raises(ValueError, match="colour = violet"):
        infer(make_pipeline(TableEncoder(), Classifier(l2=0)).fit(frame, y), frame, y)


def test_indicators_that_repeat_each_other_never_stop_inference() -> None:
    rng = np.random.default_rng(6)
    size = rng.normal(size=300)
    missing = np.arange(300) % 10 == 0
    frame = pd.DataFrame(
        {
            "a": pd.Series(rng.normal(size=300)).mask(missing),
            "b": pd.Series(size).mask(missing),
            "c": pd.Series(rng.choice(["x", "y"], 300)).mask(missing),
            "d": pd.Series(rng.choice(["u", "v", "w"], 300)).mask(rng.random(300) < 0.3),
        }
    )
    y = np.where(rng.logistic(size=300) + size > 0, "yes", "no")
    found = infer(make_pipeline(TableEncoder(), Classifier(l2=0)).fit(frame, y), frame, y)
    assert set(found.undefined) == {"b is missing", "c = (missing)"}
    assert np.isfinite(found.standard_errors).all()
    assert found.standard_errors.max() < 10


@pytest.mark.parametrize("classes", [2, 3])
def test_influence_does_not_depend_on_how_far_training_went(classes: int) -> None:
    x, y = drawn(200, 3, classes, 7)
    loose, tight = (influence(Classifier(l2=0.01, tol=tol, optimizer="lbfgs").fit(x, y), x, y) for tol in (1e-2, 1e-9))
    assert loose.unsettled < 1e-18
    np.testing.assert_allclose(loose.cooks_distance, tight.cooks_distance, rtol=1e-7, atol=1e-12)
    np.testing.assert_allclose(loose.loss_change, tight.loss_change, rtol=1e-7, atol=1e-12)
