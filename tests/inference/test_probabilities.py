"""Intervals on probabilities are those of a brute-force delta method, and stay where probabilities are."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.special import expit, logit

from chainrule.arrays import Array
from chainrule.inference import probabilities
from chainrule.inference.hypotheses import Contrasts
from chainrule.inference.probabilities import probability_intervals
from tests.inference.regressions import PROBLEMS, regression, slopes_by_delta_method, softmax


@pytest.mark.parametrize("name", PROBLEMS)
def test_errors_are_those_of_a_brute_force_delta_method(name: str) -> None:
    problem = regression(name)
    model, x = problem.contrasts, problem.x[:40]
    found = probability_intervals(model, x, problem.classes)
    np.testing.assert_allclose(found.probabilities, softmax(model.params, x), rtol=1e-10)
    of_logits = slopes_by_delta_method(lambda params: logit(softmax(params, x)), model.params, model.covariance)
    plain = slopes_by_delta_method(lambda params: softmax(params, x), model.params, model.covariance)
    np.testing.assert_allclose(found.logit_errors, of_logits, rtol=1e-4)
    np.testing.assert_allclose(found.standard_errors, plain, rtol=1e-4, atol=1e-9)


def test_two_classes_have_the_errors_that_statsmodels_finds() -> None:
    problem = regression("spector")
    found = probability_intervals(problem.contrasts, problem.x, problem.classes)
    design = np.column_stack([np.ones(len(problem.x)), problem.x])
    frame = problem.found.get_prediction(design).summary_frame(alpha=0.05)
    np.testing.assert_allclose(found.standard_errors[:, 1], frame["se"], rtol=1e-6)
    plain = found.confidence_intervals(scale="probability")[:, 1]
    np.testing.assert_allclose(
        plain, found.probabilities[:, 1, None] + np.outer(frame["se"], [-1.959964, 1.959964]), rtol=1e-5
    )
    z, error = problem.found.fittedvalues, np.sqrt(np.vecdot(design @ problem.contrasts.covariance, design))
    on_logits = expit(np.column_stack([z - 1.959963984540054 * error, z + 1.959963984540054 * error]))
    np.testing.assert_allclose(found.confidence_intervals()[:, 1], on_logits, rtol=1e-9)
    np.testing.assert_allclose(found.confidence_intervals()[:, 0], 1 - on_logits[:, ::-1], rtol=1e-9)


def test_intervals_stay_between_zero_and_one_however_far_the_row() -> None:
    model = Contrasts(np.array([[0.0, 1.0], [1.0, -1.0]]), np.eye(4))
    found = probability_intervals(model, np.array([[-700.0], [0.0], [700.0]]), "abc")
    bounds = found.confidence_intervals()
    assert ((bounds >= 0) & (bounds <= 1)).all()
    assert np.isfinite(found.logit_errors).all()
    assert (bounds[..., 0] <= found.probabilities).all()
    assert (found.probabilities <= bounds[..., 1]).all()


@pytest.mark.parametrize("reference", [0, 1, 2])
def test_the_reference_class_changes_nothing_and_stands_in_its_place(reference: int) -> None:
    problem = regression("hsbdemo")
    model, j = problem.contrasts, 4
    onto = np.insert(np.eye(2), 0, 0, axis=0)
    onto = np.delete(onto - onto[reference], reference, axis=0)
    change = np.kron(onto, np.eye(j))
    other = Contrasts(onto @ model.params, change @ model.covariance @ change.T, reference)
    expected = probability_intervals(model, problem.x, problem.classes)
    found = probability_intervals(other, problem.x, problem.classes)
    np.testing.assert_allclose(found.logits, expected.logits, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(found.logit_errors, expected.logit_errors, rtol=1e-8)


def test_blocks_and_sparse_rows_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = regression("hsbdemo")
    expected = probability_intervals(problem.contrasts, problem.x, problem.classes)
    monkeypatch.setattr(probabilities, "BLOCK_NUMBERS", 200)
    found = probability_intervals(problem.contrasts, csr_array(problem.x), problem.classes)
    np.testing.assert_allclose(found.logit_errors, expected.logit_errors, rtol=1e-12)


def test_a_frame_has_a_line_for_each_row_and_class() -> None:
    problem = regression("hsbdemo")
    found = probability_intervals(problem.contrasts, problem.x[:5], problem.classes)
    frame = found.to_frame(level=0.8)
    line = frame[(frame["row"] == 3) & (frame["class"] == "class 1")].iloc[0]
    bounds: Array = found.confidence_intervals(0.8)[3, 1]
    np.testing.assert_allclose(line[["low", "high"]].astype(float), bounds)
    assert line["probability"] == found.probabilities[3, 1]
    assert len(frame) == 15


def test_what_is_no_level_or_scale_is_refused() -> None:
    found = probability_intervals(Contrasts(np.zeros((1, 2)), np.eye(2)), np.zeros((1, 1)), "ab")
    with pytest.raises(ValueError, match=r"level of an interval must be above 0 and below 1, such as 0\.95, found 95"):
        found.confidence_intervals(95)
    with pytest.raises(ValueError, match='scale must be "logit" or "probability", found \'log\''):
        found.confidence_intervals(scale="log")  # type: ignore[arg-type]
