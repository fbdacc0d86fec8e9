"""Worksheets: what they hide, that it can be worked out from what they show, and how one's or a class's are marked."""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import example
from hypothesis import given as drawn
from hypothesis import strategies as st

from chainrule import (
    GELU,
    Dense,
    Network,
    PerceptronCriterion,
    ReLU,
    Sigmoid,
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
from chainrule.ledgers.marking import mark, mark_class, marks_as_text
from chainrule.ledgers.worksheet import GIVEN, Blank, Worksheet, key_of_class, learners, worksheet

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
        {
            "blank": 1,
            "row": "Row 3",
            "name": "z[2]",
            "formula": "x W + b",
            "value": 0.5,
            "tolerance": 0.01,
            "mistakes": [],
        },
        {
            "blank": 2,
            "row": "Row 3",
            "name": "y[2]",
            "formula": None,
            "value": -2.0,
            "tolerance": 0.02,
            "mistakes": [{"mistake": "wrong sign", "value": 2.0}],
        },
        {
            "blank": 3,
            "row": "Row 3",
            "name": "loss",
            "formula": "-Σ t log y",
            "value": 1.5,
            "tolerance": 0.02,
            "mistakes": [],
        },
    ]
}


def test_marks_say_what_was_expected_and_why() -> None:
    marks = mark(KEY, {"1": 0.509, "2": "2,0"})
    assert [each.right for each in marks] == [True, False, False]
    text = marks_as_text(marks)
    assert re.search(r"1 +right +0.509, expected 0.5: Row 3, z\[2\] = x W \+ b", text)
    assert re.search(r"2 +wrong +2, expected -2: Row 3, y\[2\] \(likely mistake: wrong sign\)$", text, re.MULTILINE)
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


def all_blanks(network: Network) -> tuple[Ledger, dict[str, Blank]]:
    """Every number that can be left blank, by its name."""
    found = a_ledger(network)
    keys = {entry.key for part in sections(found.rows[0].trace) for entry in part.entries}
    given = {entry.key for part in sections(found.rows[0].trace) for entry in part.entries if entry.kind in GIVEN}
    every = {blank.name.text: blank for key in sorted(keys - given) for blank in worksheet(found, [key]).blanks}
    return found, every | {"path": worksheet(found, ["path"]).blanks[0]}


SQUARE = Network((Dense(3, 3), Tanh(), Dense(3, 3)))
DEEP = Network((Dense(3, 4), Sigmoid(), Dense(4, 3, bias=False), Tanh(), Dense(3, 1)))


def worked_out(arithmetic: str) -> float:
    """What the arithmetic of a key comes to."""
    text = arithmetic.replace("·", "*").replace("²", "**2")
    text = re.sub(r"(?<=[\d)]) \(", " * (", text)
    return float(eval(text, {"exp": math.exp, "log": math.log, "tanh": math.tanh}))


@pytest.mark.parametrize("network", [THREE, SQUARE, DEEP], ids=["softmax", "square", "sigmoid"])
def test_the_arithmetic_of_the_key_comes_to_the_answer(network: Network) -> None:
    _, every = all_blanks(network)
    written = {name: blank for name, blank in every.items() if blank.working.terms}
    for name, blank in written.items():
        assert worked_out(blank.working.arithmetic) == pytest.approx(blank.value, abs=blank.tolerance), name
    kinds = {re.sub(r"\[.*", "", name) for name in written}
    assert kinds >= {"a1", "h1", "z", "y", "loss", "∂loss/∂y", "∂loss/∂z", "∂loss/∂h1", "∂h1/∂a1", "∂loss/∂W1", "path"}


def test_known_mistakes_are_told_from_the_wrong_number() -> None:
    found, every = all_blanks(SQUARE)
    row = found.rows[0].trace
    first, bent, last = row.links
    w1, w2, b1 = first.params["weights"], last.params["weights"], first.params["bias"]
    slope = 1 - bent.y**2
    dz = row.y - row.t
    da = (w2 @ dz) * slope
    expected: dict[str, list[tuple[float, str]]] = {
        "a1[2]": [
            (float(row.links[0].x @ w1[:, 1]), "bias left out"),
            ((w1 @ first.x + b1)[1], "transposed"),
            (first.x[1:] @ w1[1:, 1] + b1[1], "a term left out"),
        ],
        "h1[1]": [(-bent.y[0], "wrong sign"), (bent.x[0], "activation left out")],
        "z[1]": [((w2 @ bent.y + last.params["bias"])[0], "transposed")],
        "∂loss/∂h1[2]": [
            ((dz @ w2)[1], "transposed"),
            ((w2 @ dz)[1] - w2[1, 0] * dz[0], "a path left out"),
            (-(w2 @ dz)[1], "wrong sign"),
        ],
        "∂loss/∂a1[3]": [((w2 @ dz)[2], "slope of the activation left out")],
        "∂loss/∂W1[2,1]": [
            (first.x[1] * (w2 @ dz)[0], "slope of the activation left out"),
            (first.x[0] * da[1], "transposed"),
        ],
        "∂loss/∂b1[2]": [((w2 @ dz)[1], "slope of the activation left out")],
        "∂loss/∂z[2]": [(row.dloss_dy[1], "slope of the activation left out")],
        "∂z/∂h1[1,2]": [(w2[0, 1], "transposed")],
        "loss": [(-math.log10(row.y[1]), "logarithm to base 10")],
        "path": [
            (every["path"].value / slope[found.weight.units[0]], "slope of the activation left out"),
            (-every["path"].value, "wrong sign"),
        ],
    }
    for name, wrong in expected.items():
        sheet = worksheet(found, [every[name].key])
        place = next(place for place, blank in enumerate(sheet.blanks, 1) if blank.name == every[name].name)
        for value, mistake in wrong:
            (marked,) = (one for one in mark(sheet.key(), {str(place): f"{value:.4g}"}) if one.blank == place)
            assert (marked.right, mistake in marked.mistake) == (False, True), (name, value, marked)
    key = worksheet(found, ["loss"]).key()
    assert mark(key, {"1": 77.0})[0].mistake == ""


def test_what_takes_numbers_that_the_sheet_does_not_show_is_never_blank() -> None:
    wide = Network((Dense(3, 20), ReLU(), Dense(20, 3)))
    keys = {blank.key for seed in range(3) for blank in worksheet(a_ledger(wide), seed=seed).blanks}
    assert keys <= {"y", "loss", "dloss_dy", "dy_dz", "dloss_dz", "path"}
    with pytest.raises(ValueError, match="no quantity named dloss_dh1"):
        worksheet(a_ledger(wide), ["dloss_dh1"])


@drawn(
    st.lists(st.text() | st.sampled_from(["Ada", "ada ", "ADA", "Ada-2", "ada (2)", "con", "Answers", "…", "ß", "ss"]))
)
@example(["ada", "ada", "ada (2)"])
def test_files_of_learners_are_safe_and_never_the_same(names: list[str]) -> None:
    found = learners(names)
    assert len({each.file.casefold() for each in found}) == len({each.name for each in found}) == len(names)
    for each in found:
        assert re.fullmatch(r"[\w-]{1,50}", each.file)
        assert each.file not in ("answers", "con", "nul", "")
        assert each.name.isprintable()
    assert learners(names) == found
    assert all(a.seed != b.seed for a, b in zip(found, learners(names, seed=1), strict=True))


NAMES = ["Ada", "Alan", "Grace", "Ada"]


def a_class() -> Iterator[Worksheet]:
    for learner in learners(NAMES):
        yield worksheet(a_ledger(), learner=learner)


def right_answers(sheet: Worksheet) -> dict[str, Any]:
    return {"worksheet": sheet.code} | {str(place): blank.value for place, blank in enumerate(sheet.blanks, 1)}


def test_the_sheets_of_a_class_differ_and_say_whose_they_are() -> None:
    sheets = list(a_class())
    assert len({sheet.blanks for sheet in sheets}) == len({sheet.code for sheet in sheets}) == 4
    for sheet in sheets:
        page, key = sheet.page("k.json"), sheet.key_page()
        assert sheet.learner is not None
        for text in (page, key):
            assert f"seed {sheet.learner.seed}, worksheet {sheet.code}" in text
            assert f'<bdi class="learner">{sheet.learner.name}</bdi>' in text
        assert f"{sheet.learner.file}.json" in page
        again = worksheet(a_ledger(), seed=sheet.learner.seed)
        assert again.blanks == sheet.blanks
    hostile = replace(learners(["<script>alert(1)</script> $x$ {{ 1 }}"])[0])
    page = worksheet(a_ledger(), learner=hostile).page("k.json")
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &#36;x&#36; {{ 1 }}" in page
    assert "<script" not in page


def test_a_class_is_marked() -> None:
    sheets = list(a_class())
    ada, alan, _, other = map(right_answers, sheets)
    alan["2"] = -sheets[1].blanks[1].value
    alan["3"] = ""
    marks = mark_class(
        NAMES, {"key": json.loads(json.dumps(key_of_class(sheets)))}, {"x/1.json": alan, "2.json": ada, "3": other}
    )
    of = [len(sheet.blanks) for sheet in sheets]
    assert [each.cells for each in marks.learners] == [
        ("Ada", of[0], of[0], "", ""),
        ("Alan", of[1] - 2, of[1], "2, 3 (empty)", "2: wrong sign"),
        ("Grace", None, of[2], "no answers", ""),
        ("Ada (2)", of[3], of[3], "", ""),
    ]
    assert marks.problems == ("Grace has no answers.",)
    assert marks.unmarked == 0
    assert re.search(r"Alan +\d+ +\d+ +2, 3 \(empty\) +2: wrong sign", marks.table().text())
    assert mark_class(["Grace"], {"key": key_of_class(sheets)}, {"grace.json": {"1": 77}}).learners[0].right == 0


@pytest.mark.parametrize(
    ("path", "change", "message"),
    [
        (
            "ada.json",
            {"worksheet": "deadbeef"},
            "ada.json answers worksheet deadbeef, which the key does not have; Ada's",
        ),
        ("alan.json", {}, "which is Ada's and not Alan's."),
        ("bob.json", {"worksheet": None}, "bob.json answers worksheet none, which"),
        ("x.json", {"99": 1}, "x.json answers blank 99, but the blanks are 1 to"),
        ("x.json", {"1": "three"}, "x.json: the answer to blank 1 is not a number, found 'three'."),
        ("x.json", {"1": 10**400}, "is not a number"),
    ],
)
def test_answers_that_cannot_be_marked_are_told_and_the_others_are_marked(path: str, change: Any, message: str) -> None:
    sheets = list(a_class())
    ada, alan = right_answers(sheets[0]), right_answers(sheets[1])
    marks = mark_class(NAMES[:2], {"key": key_of_class(sheets)}, {path: ada | change, "good.json": alan})
    assert marks.unmarked == 1
    assert message in marks.problems[0]
    assert marks.problems[1:] == ("Ada has no answers.",)
    assert marks.learners[1].right == len(sheets[1].blanks)


def test_files_of_nobody_and_two_of_one_learner_are_told() -> None:
    sheets = list(a_class())
    ada, grace = right_answers(sheets[0]), right_answers(sheets[2])
    given = {
        "a.json": ada,
        "b.json": ada,
        "c.json": grace,
        "bob.json": {"1": 2},
        "d.json": [1],
        "e.json": ValueError("Oh."),
    }
    marks = mark_class(["Ada", "Zoe"], {"key": key_of_class(sheets)}, given)
    told = [
        "b.json is by Ada, as is a.json: keep one of them.",
        "c.json is by Grace, who is not on the roster.",
        "bob.json belongs to no learner of the key: name it as the worksheet says, such as ada.json, or",
        "d.json must name each blank by its number",
        "Oh.",
        "Zoe has no worksheet in the key",
    ]
    assert len(marks.problems) == len(told)
    for sentence, expected in zip(marks.problems, told, strict=True):
        assert expected in sentence
    keys: list[Any] = [{"class": []}, {"class": [{"answers": []}]}, {"class": [1]}, [], {"class": 3}]
    for key in keys:
        with pytest.raises(ValueError, match="is not the key of"):
            mark_class(NAMES, {"k.json": key}, {})
