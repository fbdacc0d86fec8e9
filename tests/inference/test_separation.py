"""Separation: every planted case is named, no alarm where classes overlap, and other linear programmes agree."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog
from scipy.sparse import csr_array
from sklearn.datasets import load_iris
from sklearn.pipeline import make_pipeline

from chainrule import Classifier, TableEncoder
from chainrule.arrays import Array
from chainrule.inference import separation_search
from chainrule.inference.separated_classes import Separation, separation
from tests.inference.planted import PROBLEMS, overlapping, planted

TITANIC = Path(__file__).parents[2].parent / "shared" / "data" / "titanic" / "titanic.csv"


def margins(found: Separation, x: Array, y: Array) -> Array:
    """Margins of the direction in the columns as given (n, k), each divided by the size of its terms."""
    classes = np.unique(y)
    columns = np.column_stack([np.ones(len(x)), x])
    names = ["intercept", *(f"x{i}" for i in range(x.shape[1]))]
    b = np.array([[found.direction.get(str(c), {}).get(name, 0.0) for name in names] for c in classes])
    t = np.searchsorted(classes, y)
    sizes = np.abs(columns) @ np.abs(b).T
    z = columns @ b.T
    rows = np.arange(len(x))
    return (z[rows, t][:, None] - z) / np.maximum(sizes[rows, t][:, None] + sizes, 1e-300)


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_planted_separation_is_named(name: str) -> None:
    problem = planted(name)
    found = separation(problem.x, problem.y)
    assert found.kind == problem.kind
    assert found.columns == problem.columns or problem.columns is None
    assert found.classes == problem.classes or problem.classes is None
    assert len(found.undetermined) == problem.undetermined
    words = str(found)
    assert words.startswith(found.kind.capitalize())
    assert all(column in words for column in found.columns)
    assert "Classifier(l2=" in words


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_direction_separates_the_columns_as_given(name: str) -> None:
    problem = planted(name)
    found = separation(problem.x, problem.y)
    there = margins(found, problem.x, problem.y)
    assert there.min() > -1e-9
    np.testing.assert_array_equal(there > 1e-7, found.separable)


@pytest.mark.parametrize("name", ["complete by a sum of columns", "two rare categories"])
def test_no_column_of_the_direction_can_be_left_out(name: str) -> None:
    problem = planted(name)
    found = separation(problem.x, problem.y)
    for column in found.columns:
        without = np.delete(problem.x, int(column[1:]), axis=1)
        assert separation(without, problem.y).separable.sum() < found.separable.sum()


def test_the_sum_is_of_the_planted_columns() -> None:
    problem = planted("complete by a sum of columns")
    assert {"x1", "x3"} <= set(separation(problem.x, problem.y).columns)


def test_collinear_columns_are_named_as_such_and_are_no_separation() -> None:
    x, y = overlapping(np.random.default_rng(1), 3, 3)
    found = separation(np.column_stack([x, x[:, 0] + 2 * x[:, 1], np.full(len(x), 5.0)]), y)
    assert (found.kind, found.collinear) == ("none", ("x3", "x4"))
    assert "x3 and x4" in found.sentence
    assert "leave them out" in found.sentence
    besides = planted("a rare category and collinear columns")
    assert separation(besides.x, besides.y).collinear == ("x3", "x4")
    assert not separation(x, y).sentence


@pytest.mark.parametrize("seed", range(200))
def test_no_alarm_where_every_row_occurs_with_every_class(seed: int) -> None:
    g = np.random.default_rng(seed)
    columns, classes = int(g.integers(1, 12)), int(g.integers(2, 8))
    x, y = overlapping(g, columns, classes, int(g.integers(columns + 2, 90)))
    if seed % 4 == 1:
        x = np.round(x)
    if seed % 4 == 2:
        x = x * 10 ** g.uniform(-6, 6, columns) + 10 ** g.uniform(0, 5, columns)
    if seed % 4 == 3:
        x[:, 0] = np.repeat(g.standard_cauchy(len(x) // classes), classes)
    more = g.integers(0, len(x), g.integers(0, 300))  # rows again, with classes of very different shares
    y = np.concatenate([y, g.choice(classes, len(more), p=g.dirichlet(np.full(classes, 0.3)))])
    assert separation(np.vstack([x, x[more]]), y).kind == "none"


def pairs(x: Array, t: Array, classes: int) -> tuple[Array, Array]:
    """The contrasts `(e_y - e_c) ⊗ (1, x)`, a pair of row and other class a row, and which pair each is."""
    columns = np.column_stack([np.ones(len(x)), x])
    which = np.argwhere(np.arange(classes) != t[:, None])
    unit = np.eye(classes)
    return np.stack([np.kron(unit[t[r]] - unit[c], columns[r]) for r, c in which]), which


def separable_one_by_one(contrasts: Array) -> Array:
    """Which margins can be positive while none is negative: a linear programme for each."""
    zero = np.zeros(len(contrasts))
    return np.array([-linprog(-each, -contrasts, zero, bounds=(-1, 1)).fun > 1e-7 for each in contrasts])


def overlap_is_proved(contrasts: Array) -> bool:
    """Whether Stiemke's numbers exist: all of them at least 1, with a weighted sum of contrasts of zero."""
    n, p = contrasts.shape
    return bool(linprog(np.zeros(n), A_eq=contrasts.T, b_eq=np.zeros(p), bounds=(1, None)).status == 0)


def random_problem(seed: int) -> tuple[Array, Array, int]:
    g = np.random.default_rng(seed)
    n, columns = int(g.integers(5, 26)), int(g.integers(1, 4))
    x = g.integers(0, 3, (n, columns)).astype(float) if seed % 2 else g.standard_normal((n, columns))
    by_chance = g.integers(0, int(g.integers(2, 5)), n)
    by_a_sum = np.clip(np.round(x @ g.standard_normal(columns) + 1 + 0.3 * g.standard_normal(n)), 0, 3)
    t = np.unique(by_chance if seed % 3 else by_a_sum, return_inverse=True)[1]
    t[:2] = 0, 1
    return x, t, int(t.max()) + 1


@pytest.mark.parametrize("seed", range(60))
def test_other_linear_programmes_agree(seed: int) -> None:
    x, t, classes = random_problem(seed)
    contrasts, which = pairs(x, t, classes)
    expected = np.zeros((len(x), classes), bool)
    expected[tuple(which.T)] = separable_one_by_one(contrasts)
    found = separation(x, t)
    np.testing.assert_array_equal(found.separable, expected)
    assert (found.kind == "none") == overlap_is_proved(contrasts)
    assert (found.kind == "complete") == expected[tuple(which.T)].all()


@pytest.mark.parametrize("name", PROBLEMS)
def test_few_pairs_at_a_time_and_no_step_of_newton_come_to_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = planted(name)
    expected = separation(problem.x, problem.y)
    for name_of_constant in ("PAIRS_AT_A_TIME", "MINIMAL_PAIRS_AT_A_TIME"):
        monkeypatch.setattr(separation_search, name_of_constant, 5)
    np.testing.assert_array_equal(separation(problem.x, problem.y).separable, expected.separable)
    monkeypatch.setattr(separation_search, "PAIRS_AT_A_TIME", 50)
    monkeypatch.setattr(separation_search, "MOST_STEPS", 0)
    np.testing.assert_array_equal(separation(problem.x, problem.y).separable, expected.separable)


def test_the_kinds_are_all_among_the_random_problems() -> None:
    kinds = [separation(*random_problem(seed)[:2]).kind for seed in range(60)]
    assert {kind: kinds.count(kind) >= 5 for kind in kinds} == dict.fromkeys(
        ["none", "complete", "quasi-complete"], True
    )


def test_coefficients_of_the_named_column_alone_run_away() -> None:
    problem = planted("a rare category of one class")
    sizes = []
    for l2 in (1e-5, 1e-9):
        model = Classifier(l2=l2, standardize=False, tol=1e-11).fit(problem.x, problem.y)
        sizes.append(np.abs(model.coef_ - np.median(model.coef_, axis=0)))
    ran = sizes[1] - sizes[0] > 1
    np.testing.assert_array_equal(np.argwhere(ran), [[2, 1]])


def test_one_class_of_iris_is_separated_by_its_petals_and_two_overlap() -> None:
    x, y = load_iris(return_X_y=True)
    found = separation(x, y)
    assert (found.kind, found.classes) == ("quasi-complete", ("0",))
    np.testing.assert_array_equal(found.undetermined, np.arange(50, 150))
    assert "Leaving x3 out is not enough" in found.remedy
    assert separation(x[:100], y[:100]).kind == "complete"
    assert separation(x[50:], y[50:]).kind == "none"


def test_a_model_and_a_table_say_which_category_it_is() -> None:
    g = np.random.default_rng(3)
    table = pd.DataFrame({"age": g.normal(40, 9, 300).round(), "deck": g.choice(["upper", "lower"], 300)})
    table.loc[:6, "deck"] = "bridge"
    y = np.where(g.random(300) < 0.4, "lost", "saved")
    y[:7] = "saved"
    model = make_pipeline(TableEncoder(), Classifier(standardize=False)).fit(table, y)
    found = separation(table, y, model=model)
    assert found.kind == "quasi-complete"
    assert found.columns == ("deck = bridge",)
    assert "0 of lost and 7 of saved" in str(found)
    assert "merge deck = bridge with a more common category" in found.remedy


@pytest.mark.skipif(not TITANIC.exists(), reason="the data set titanic is not here")
def test_titanic_has_two_passengers_of_no_known_harbour_both_saved() -> None:
    table = pd.read_csv(TITANIC)[["sex", "age", "fare", "embarked", "survived"]]
    y = table.pop("survived").to_numpy()
    found = separation(table, y, model=make_pipeline(TableEncoder(), Classifier()).fit(table, y))
    assert found.kind == "quasi-complete"
    assert [name for name in found.columns if name.startswith("embarked")] == list(found.columns)
    np.testing.assert_array_equal(np.flatnonzero(found.separable.any(axis=1)), np.flatnonzero(table.embarked.isna()))


def test_sparse_rows_and_data_frames_give_the_same() -> None:
    problem = planted("two rare categories")
    dense, sparse = separation(problem.x, problem.y), separation(csr_array(problem.x), problem.y)
    assert sparse.columns == dense.columns == ("x2", "x3")
    np.testing.assert_array_equal(sparse.separable, dense.separable)
    frame = pd.DataFrame(problem.x, columns=["a", "b", "c", "d"])
    assert separation(frame, problem.y).columns == ("c", "d")
    assert separation(problem.x, problem.y, names="abcd").columns == ("c", "d")


def test_rows_that_weigh_nothing_are_not_there() -> None:
    problem = planted("a rare category of one class")
    rare = problem.x[:, 1] == 1
    weights = np.where(rare, 0.0, 2.5)
    assert separation(problem.x, problem.y, sample_weight=weights).kind == "none"
    x, y = np.vstack([problem.x, [[0, 1, 0]]]), np.append(problem.y, 0)
    assert separation(x, y).classes != ("2",)
    found = separation(x, y, sample_weight=np.append(np.ones(len(problem.y)), 0))
    assert (found.kind, found.classes, found.rows) == ("quasi-complete", ("2",), len(problem.y))
    assert len(problem.y) not in found.undetermined


def test_rows_keep_their_places_beside_rows_that_weigh_nothing() -> None:
    problem = planted("a rare category of one class")
    x, y = np.vstack([[[0, 1, 0]], problem.x]), np.append(9, problem.y)
    found = separation(x, y, sample_weight=np.append(0, np.ones(len(problem.y))))
    np.testing.assert_array_equal(np.flatnonzero(found.separable.any(axis=1)), 1 + np.flatnonzero(problem.x[:, 1]))
    np.testing.assert_array_equal(found.undetermined, 1 + np.flatnonzero(problem.x[:, 1] == 0))
    assert found.separable.shape == (len(x), 4)


def test_the_direction_has_no_intercept_that_it_does_not_need() -> None:
    problem = planted("two rare categories")
    found = separation(problem.x, problem.y)
    assert {label: tuple(weights) for label, weights in found.direction.items()} == {"0": ("x2",), "2": ("x3",)}


def test_without_a_bias_a_line_through_the_origin_is_needed() -> None:
    x, y = np.array([[1.0], [2.0], [3.0], [4.0]]), [0, 0, 1, 1]
    assert separation(x, y).kind == "complete"
    assert separation(x, y, bias=False).kind == "none"
    assert separation(x - 2.5, y, bias=False).kind == "complete"
    model = Classifier(bias=False).fit(x, y)
    assert separation(x, y, model=model).kind == "none"


def test_a_class_without_rows_is_separated_by_the_intercept() -> None:
    x, y = overlapping(np.random.default_rng(0), 2, 3)
    model = Classifier().fit(x, y)
    found = separation(x[y < 2], y[y < 2], model=model)
    assert (found.kind, found.columns, found.classes) == ("quasi-complete", (), ("2",))
    assert "the intercept for 2" in found.sentence


def test_a_column_that_is_the_target_asks_where_it_comes_from() -> None:
    problem = planted("complete")
    assert "known before the target is" in separation(problem.x, problem.y).remedy


REFUSED: dict[str, tuple[Any, str]] = {
    "one class": (lambda: separation([[1.0], [2.0]], [1, 1]), "one class"),
    "names": (lambda: separation([[1.0], [2.0]], [1, 2], names=["a", "b"]), "names must have one entry"),
    "width": (lambda: separation(np.ones((2, 3000)), [1, 2]), "at most 2000 coefficients, found 3001"),
    "words": (lambda: separation([["a"], ["b"]], [1, 2]), "give the model that encodes it"),
    "not finite": (lambda: separation([[1.0], [np.nan]], [1, 2]), "NaN"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_fit_is_refused(name: str) -> None:
    call, words = REFUSED[name]
    with pytest.raises(ValueError, match=words):
        call()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_model_with_hidden_layers_is_refused() -> None:
    x, y = load_iris(return_X_y=True)
    model = Classifier(hidden=(2,), max_epochs=1, random_state=0).fit(x, y)
    with pytest.raises(ValueError, match="hidden layers"):
        separation(x, y, model=model)


@pytest.mark.long
def test_a_large_table() -> None:
    g = np.random.default_rng(0)
    x = g.standard_normal((100_000, 20))
    y = (x @ g.standard_normal((20, 5)) * 0.5 + g.gumbel(size=(100_000, 5))).argmax(axis=1)
    assert separation(x, y).kind == "none"
    x[:, 3] = 0
    x[np.flatnonzero(y == 2)[:12], 3] = 1
    found = separation(x, y)
    assert (found.kind, found.columns, found.classes) == ("quasi-complete", ("x3",), ("2",))
    assert len(found.undetermined) == len(x) - 12
