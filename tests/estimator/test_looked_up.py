"""Predictions for tables by looking the first layer up: those of the matrix of inputs, for every kind of column."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from sklearn.pipeline import Pipeline, make_pipeline
from threadpoolctl import threadpool_limits

from chainrule import Classifier, TableEncoder, ensemble
from chainrule.arrays import Array
from chainrule.engine.compiled.library import kernels
from chainrule.estimator import looked_up
from chainrule.estimator.looked_up import asked

pytestmark = pytest.mark.skipif(kernels is None, reason="the package was built without a C compiler")

INSTRUCTIONS = () if kernels is None else tuple(kernels.instructions())


@pytest.fixture(params=INSTRUCTIONS)
def instructions(request: pytest.FixtureRequest) -> Iterator[None]:
    """Each set of instructions that the processor has."""
    kernels.choose(request.param)
    yield
    kernels.choose(INSTRUCTIONS[0])


def table(rows: int, seed: int = 0) -> dict[str, Any]:
    """Return columns of every kind: with gaps, levels that are rare or were never seen, dates and truth values."""
    generator = np.random.default_rng(seed)
    numbers = generator.normal(size=(3, rows)) * [[1.0], [100.0], [1e-3]]
    numbers[0, generator.random(rows) < 0.1] = np.nan
    numbers[1, -1] = 1e30  # beyond the last edge
    words = generator.choice([f"level {seed and 1}{i}" for i in range(5)], rows)
    return {
        "some": numbers[0],
        "large": numbers[1],
        "small": numbers[2],
        "whole": generator.integers(0, 4, rows),
        "word": words.tolist(),
        "flag": (generator.random(rows) < 0.5).tolist(),
        "day": np.datetime64("2020-01-01", "D") + generator.integers(0, 900, rows),
    }


def model(classes: int, hidden: tuple[int, ...], members: int = 1, **settings: Any) -> Pipeline:
    """Return a pipeline fitted to a table, whose network may be an ensemble."""
    x, dtype = table(400), "float32" if hidden else "float64"
    t = np.arange(400) % classes
    steps = TableEncoder(**settings), Classifier(hidden, "tanh", max_epochs=3, tol=0.5, dtype=dtype, random_state=0)
    made = make_pipeline(*steps)
    made.fit(x, t)
    if members > 1:
        network, theta = made[-1].network_, made[-1].theta_
        thetas = [theta * np.float32(1 + member) for member in range(members)]
        made[-1].network_, made[-1].theta_ = ensemble([network] * members, thetas)
    return made


@pytest.mark.usefixtures("instructions")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("settings", [{}, {"bins": 8}, {"bins": 8, "scaling": "robust"}], ids=str)
@pytest.mark.parametrize(("classes", "hidden", "members"), [(2, (), 1), (3, (), 1), (3, (17, 9), 1), (2, (16,), 3)])
def test_predictions_are_those_of_the_matrix(
    settings: dict[str, Any], classes: int, hidden: tuple[int, ...], members: int
) -> None:
    made, new = model(classes, hidden, members, **settings), table(300, seed=1)
    # Sums of a hundred products, in single precision with hidden layers, in which logits differ by some roundings.
    tolerance = 100 * float(np.finfo(np.float32 if hidden else float).eps)
    for method in ("predict_proba", "decision_function"):
        found, plain = asked(made, method, new), getattr(made, method)(new)
        ordinary = np.arange(300) < 299  # the last row has a number of 1e30
        np.testing.assert_allclose(found[ordinary], plain[ordinary], rtol=tolerance, atol=50 * tolerance)
        np.testing.assert_allclose(found[-1], plain[-1], rtol=1e-5, atol=1e-5)


@pytest.mark.filterwarnings("ignore")
def test_every_number_of_threads_gives_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    made, new, found = model(3, (17,), bins=4), table(1000), set[bytes]()
    for placed in (looked_up.PLACED_ROWS, 300):
        monkeypatch.setattr(looked_up, "PLACED_ROWS", placed)
        for threads in (1, 3):
            with threadpool_limits(threads):
                found.add(asked(made, "predict_proba", new).tobytes())
    assert len(found) == 1


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("scaling", ["standard", "robust"])
def test_an_infinite_number_is_named(scaling: str) -> None:
    made, new = model(2, (), scaling=scaling), table(400)
    new["large"][301] = -np.inf
    with pytest.raises(ValueError, match="Column large must hold finite numbers, found -inf in row 301"):
        asked(made, "predict", new)


def _arguments() -> list[Any]:
    ints = [
        np.array([4, 16, 3]),
        np.array([0, 64]),
        np.array([-1, -1]),
        np.zeros(2, int),
        np.ones(3, int),
        np.zeros(2, int),
    ]
    lines = np.zeros((3, 5), np.int32), np.zeros((1, 5)), np.zeros((4, 16)), np.zeros((2, 16)), np.zeros(16), 0, 5
    return [*lines, *ints, np.zeros(2), np.zeros(112), np.empty(10_000), np.empty((5, 3))]


WRONG: dict[str, tuple[int, Any]] = {
    "a code beyond the table": (0, np.full((3, 5), 4, np.int32)),
    "a number's code beyond its lines": (0, np.array([[2] * 5, [0] * 5, [0] * 5], np.int32)),
    "a code below 0": (0, np.full((3, 5), -1, np.int32)),
    "more numbers than columns": (1, np.zeros((4, 5))),
    "shares of fewer rows": (1, np.zeros((1, 4))),
    "another stride": (2, np.zeros((4, 32))),
    "rows beyond the last": (6, 6),
    "weights beyond theta": (14, np.zeros(111)),
    "too little memory": (15, np.empty(2000)),
    "another type": (16, np.empty((5, 3), np.float32)),
    "fewer outputs": (16, np.empty((5, 2))),
}


@pytest.mark.parametrize(("place", "wrong"), WRONG.values(), ids=WRONG)
def test_arrays_that_do_not_fit_are_refused(place: int, wrong: Any) -> None:
    right = _arguments()
    kernels.predict_table(*right)
    right[place] = wrong
    with pytest.raises(ValueError, match="do not fit together"):
        kernels.predict_table(*right)


@pytest.mark.usefixtures("instructions")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 16, 17, 33])
def test_numbers_are_cut_as_the_plain_form_does(dtype: Any, count: int) -> None:
    generator = np.random.default_rng(count)
    edges = np.array([-1.0, 0.0, 0.5])
    values: Array = generator.choice([-2.0, -1.0, -0.25, 0.0, 0.3, 0.5, 7.0, np.nan], count)
    codes, shares = np.empty(count, np.int32), np.empty(count, dtype)
    origins, factors = np.array([-1.0, -1.0, 0.0, 0.5]), np.array([1.0, 1.0, 2.0, 3.0])
    assert kernels.cut(values, edges, origins, factors, 10, codes, shares) == -1
    piece, known = np.searchsorted(edges, values, side="right"), ~np.isnan(values)
    piece = np.where(known, piece, 4)
    np.testing.assert_array_equal(codes, 10 + piece)
    place = np.minimum(piece, 3)
    plain = np.where(known, (values - origins[place]) * factors[place], 0)
    np.testing.assert_allclose(shares, plain.astype(dtype), rtol=np.finfo(dtype).eps)
    if count:
        values[count - 1] = np.inf
        assert kernels.cut(values, edges, origins, factors, 10, codes, shares) == count - 1
