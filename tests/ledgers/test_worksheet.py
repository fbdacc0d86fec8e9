"""Worksheets: what they hide, that it can be worked out from what they show, and how answers are marked."""

import json
import re
from typing import Any

import numpy as np
import pytest

from chainrule import (
    GELU,
    Dense,
    Network,
    PerceptronCriterion,
    SigmoidCrossEntropy,
    SoftmaxCrossEntropy,
    Tanh,
    initialize,
    ledger,
    trace,
)
from chainrule.arrays import Array
from chainrule.common.formulas import number
from chainrule.inspection import sections
from chainrule.ledgers import Ledger
from chainrule.ledgers.worksheet import mark, marks_as_text, worksheet

THREE = Network((Dense(3, 4), Tanh(), Dense(4, 3)))
TWO = Network((Dense(3, 2), GELU(), Dense(2, 1)))
ROW = np.array([0.5123, -1.5678, 2.0912])


def a_ledger(network: Network = THREE, round_to: int | None = None) -> Ledger:
    """The ledger of a row, if asked for with all that is given rounded to so many significant digits."""

    def rounded(values: Array) -> Array:
        return values if round_to is None else np.array([float(f"{v:.{round_to}g}") for v in values])

    theta = initialize(network, random_state=3) + 0.0137
    loss = SigmoidCrossEntropy() if network.outputs == 1 else SoftmaxCrossEntropy()
    return ledger(trace(network, loss, rounded(theta), rounded(ROW), 1), weight="1,2,1")


def test_a_number_of_each_kind_is_left_blank() -> None:
    sheet = worksheet(a_ledger())
    kinds = [re.sub(r"\d", "", blank.key) for blank in sheet.blanks]
    assert len(set(kinds)) == len(kinds)
    expected = {"a", "h", "z", "y", "loss", "dloss_dy", "dy_dz", "dloss_dz", "dloss_dW", "dloss_dh", "dh_da", "path"}
    assert set(kinds) >= expected - {"dloss_dz"}
    assert worksheet(a_ledger()).blanks == sheet.blanks
    assert worksheet(a_ledger(), seed=1).blanks != sheet.blanks


@pytest.mark.parametrize("network", [THREE, TWO], ids=["softmax", "sigmoid"])
@pytest.mark.parametrize("seed", range(5))
def test_blanks_are_hidden_wherever_they_stand_and_given_numbers_are_not(network: Network, seed: int) -> None:
    found = a_ledger(network)
    sheet = worksheet(found, seed=seed)
    page = sheet.page("key.json")
    given = [entry for part in sections(found.rows[0].trace) for entry in part.entries if entry.kind == "parameter"]
    parameters = {number(abs(value)) for entry in given for value in entry.values.flat}
    for place, blank in enumerate(sheet.blanks, 1):
        assert f'<mrow class="blank"><mn>{place}</mn></mrow>' in page
        shown = number(abs(blank.value))
        if "cdot" not in shown and len(shown) > 5 and shown not in parameters:
            assert f"<mn>{shown}</mn>" not in page, blank
    assert all(f"<mn>{shown}</mn>" in page for shown in parameters)
    assert "&#x025FB;" not in page
    assert "key.json" in page


@pytest.mark.parametrize("network", [THREE, TWO], ids=["softmax", "sigmoid"])
def test_answers_worked_out_from_the_rounded_numbers_are_right(network: Network) -> None:
    names = [entry.key for section in sections(a_ledger(network).rows[0].trace) for entry in section.entries]
    blankable = [key for key in names if key not in ("x", "t") and key[0] not in "Wb"]
    exact, rounded = (worksheet(a_ledger(network, digits), blankable) for digits in (None, 4))
    answers = {blank.name.text: float(f"{blank.value:.3g}") for blank in rounded.blanks}
    given = {str(place): answers[blank.name.text] for place, blank in enumerate(exact.blanks, 1)}
    assert all(each.right for each in mark(exact.key(), given))
    assert len(given) > 15


def test_answers_that_are_off_are_wrong() -> None:
    key = worksheet(a_ledger()).key()
    for change in (1.05, -1.0, 0.0):
        given = {str(each["blank"]): each["value"] * change for each in key["answers"]}
        wrong = [each for each in mark(key, given) if each.right]
        assert not wrong, wrong


def test_chosen_names_are_left_blank_whole() -> None:
    sheet = worksheet(a_ledger(), ["z", "loss"])
    assert [blank.name.text for blank in sheet.blanks] == ["z[1]", "z[2]", "z[3]", "loss"]
    np.testing.assert_array_equal([blank.value for blank in sheet.blanks[:3]], a_ledger().rows[0].trace.z)
    with pytest.raises(ValueError, match="no quantity named q: choose from a1, h1, "):
        worksheet(a_ledger(), ["q"])
    with pytest.raises(ValueError, match="no quantity named W1"):
        worksheet(a_ledger(), ["W1"])


def test_a_ledger_of_whole_numbers_has_nothing_to_leave_blank() -> None:
    row = trace(Network((Dense(1, 1),)), PerceptronCriterion(), np.array([0.0, 1.0]), [0.0], 0)
    with pytest.raises(ValueError, match="nothing to leave blank"):
        worksheet(ledger(row))


def test_the_key_has_a_page_of_its_own() -> None:
    sheet = worksheet(a_ledger())
    page = sheet.key_page()
    for blank in sheet.blanks:
        shown = number(abs(blank.value))
        assert "cdot" in shown or f"<mn>{shown}</mn>" in page
    assert "$" not in page
    key = json.loads(json.dumps(sheet.key(), allow_nan=False))
    assert [each["value"] for each in key["answers"]] == [blank.value for blank in sheet.blanks]
    assert all(each["tolerance"] > 0 for each in key["answers"])


KEY: Any = {
    "answers": [
        {"blank": 1, "row": "Row 3", "name": "z[2]", "formula": "x W + b", "value": 0.5, "tolerance": 0.01},
        {"blank": 2, "row": "Row 3", "name": "y[2]", "formula": None, "value": -2.0, "tolerance": 0.02},
        {"blank": 3, "row": "Row 3", "name": "loss", "formula": "-Σ t log y", "value": 1.5, "tolerance": 0.02},
    ]
}


def test_marks_say_what_was_expected_and_why() -> None:
    marks = mark(KEY, {"1": 0.509, "2": "2,0"})
    assert [each.right for each in marks] == [True, False, False]
    text = marks_as_text(marks)
    assert re.search(r"1 +right +0.509, expected 0.5: Row 3, z\[2\] = x W \+ b", text)
    assert re.search(r"2 +wrong +2, expected -2: Row 3, y\[2\]$", text, re.MULTILINE)
    assert re.search(r"3 +no answer +expected 1.5: Row 3, loss = -Σ t log y", text)
    assert text.endswith("1 of 3 right.")
    assert [each.right for each in mark(KEY, {"1": "0,5", "2": "−2", "3": ""})] == [True, True, False]


@pytest.mark.parametrize(
    ("key", "given", "message"),
    [
        (KEY, [1, 2], "The answers must name each blank by its number"),
        (KEY, {"4": 1}, "The answers answers blank 4, but the blanks are 1 to 3"),
        (KEY, {"1": "about 3"}, "the answer to blank 1 is not a number, found 'about 3'"),
        (KEY, {"1": True}, "the answer to blank 1 is not a number"),
        (KEY, {"1": float("nan")}, "the answer to blank 1 is not a number"),
        ({"1": 2}, {}, "The key is not the key of a worksheet"),
        ([], {}, "The key is not the key of a worksheet"),
        ({"answers": [{"blank": 1}]}, {}, "The key is not the key of a worksheet"),
    ],
)
def test_what_cannot_be_marked_is_refused(key: Any, given: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        mark(key, given)


def test_a_factor_that_repeats_weights_is_blank_without_hiding_them() -> None:
    sheet = worksheet(a_ledger(), ["dz_dh1"])
    page = sheet.page("key.json")
    assert len(sheet.blanks) == 12
    cells = {
        key: re.search(rf'data-key="{key}">.*?<div class="numbers">(.*?)</div>', page, re.DOTALL)
        for key in ("W2", "dz_dh1")
    }
    assert cells["W2"] is not None
    assert cells["dz_dh1"] is not None
    assert (cells["W2"][1].count('class="blank"'), cells["dz_dh1"][1].count('class="blank"')) == (0, 12)
