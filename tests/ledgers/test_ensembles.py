"""The ledger of an ensemble in one network: every number with its formula, and any weight of any member followed."""

import numpy as np
import pytest
from latex2mathml.converter import convert

from chainrule import (
    Classifier,
    Dense,
    MemberDense,
    MemberLoss,
    MemberScale,
    MemberSoftmax,
    Network,
    SharedDense,
    SigmoidCrossEntropy,
    SoftmaxCrossEntropy,
    Tanh,
    initialize,
    ledger,
    trace,
)
from chainrule.common.display import Table
from chainrule.inspection import Trace, find_weight, sections
from chainrule.ledgers import Ledger
from chainrule.ledgers.blocks import weight_blocks
from chainrule.ledgers.worksheet import worksheet
from tests.mistakes import assert_refused
from tests.model_file.models import rows


def network(members: int) -> Network:
    shared = SharedDense(members, 2, 3)
    hidden = MemberDense(members, 3, 2, bias=False)
    return Network(
        (MemberScale(members, 2), shared, Tanh(), hidden, MemberSoftmax(members), MemberDense(members, 2, 3))
    )


def followed(members: int, made: Network | None = None) -> Trace:
    made = network(members) if made is None else made
    theta = initialize(made, 0) + 0.1
    binary = made.outputs == members
    loss = MemberLoss(members, SigmoidCrossEntropy(0.1) if binary else SoftmaxCrossEntropy(0.1))
    return trace(made, loss, theta, [0.5, -1.5], 1)


ROWS = {str(members): followed(members) for members in (1, 2, 3)}
ROWS["two classes"] = followed(3, Network((Dense(2, 6), Tanh(), MemberDense(3, 2, 1))))
every_row = pytest.mark.parametrize("row", ROWS.values(), ids=list(ROWS))


@every_row
def test_every_number_has_a_formula_and_every_product_is_checked(row: Trace) -> None:
    for entry in (entry for section in sections(row) for entry in section.entries):
        assert entry.formula is not None or entry.kind in ("row", "parameter"), entry.key
        for formula in filter(None, (entry.name, entry.formula)):
            assert "<math" in convert(formula.latex)
            assert "\\" not in formula.text
        checked = entry.kind == "product" or (entry.kind == "forward" and entry.key.startswith("a"))
        assert (entry.difference is not None) or not checked, entry.key
        assert (entry.difference or 0) < 1e-12


@every_row
def test_every_weight_can_be_followed(row: Trace) -> None:
    made = Network(tuple(link.layer for link in row.links))
    places = [place for place, layer in enumerate(made.layers) if layer.parameter_shapes()]
    for number, place in enumerate(places, 1):
        link = row.links[place]
        if "weights" not in link.params:
            continue
        inputs, outputs = link.params["weights"].shape
        asked: list[tuple[object, ...]] = [(number, i + 1, o + 1) for i in range(inputs) for o in range(outputs)]
        asked += [(number, "bias", o + 1) for o in range(len(link.y)) if "bias" in link.params]
        for weight in asked:
            found = ledger(row, weight=weight)
            assert found.rows[0].paths.difference < 1e-12
            assert found.disagreement < 1e-12
            assert found.rows[0].paths.total == pytest.approx(found.rows[0].nudge.slope, abs=1e-9)
            _, terms = (block for block in weight_blocks(found, found.rows[0]) if isinstance(block, Table))
            *parts, unit = [float(cells[-1]) for cells in terms.parts[0].rows]
            assert sum(parts) == pytest.approx(unit, abs=1e-12)


def test_a_shared_weight_is_part_of_a_unit_of_each_member() -> None:
    found = find_weight(network(3), "2,2,1")
    assert (found.index, found.units, found.sources) == ((1, 0), (0, 3, 6), range(2))
    text = " ".join(str(ledger(ROWS["3"], weight="2,2,1")).split())
    assert "from a1[2] to a2[1]; in the other members to a2[4], a2[7]." in text
    assert find_weight(network(3), "2,bias,9").units == (8,)
    of_one, of_all = (ledger(ROWS["3"], weight=each).rows[0].paths.count for each in ("2,bias,1", "2,2,1"))
    assert of_all == 3 * of_one


def test_a_weight_of_one_member_takes_inputs_of_that_member() -> None:
    found = find_weight(network(3), "3,1,4")
    assert (found.index, found.units, found.sources) == ((0, 3), (3,), range(3, 6))
    text = " ".join(str(ledger(ROWS["3"], weight="3,1,4")).split())
    assert "W3[1,4] = " in text
    assert "from h2[4] to a3[4]." in text


def test_the_formulas_are_those_of_the_members() -> None:
    text = " ".join(str(ledger(ROWS["3"])).split())
    for formula in (
        "a1 = s1 ⊙ (x, …, x)",
        "a2 = a1 (I3 ⊗ W2) + b2",
        "a3 = h2 diag(W3_1, …, W3_3)",
        "h3 = exp(a3_m) / Σ exp(a3_m) for each member m",
        "loss = mean over 3 members of -Σ t log y",
        "∂loss/∂z = ∂loss/∂y · ∂y/∂z = (y - t) / 3",
        "∂a2/∂W2 = I3 ⊗ a1_m for m = 1 … 3",
        "∂a1/∂s1 = diag(x, …, x)",
        "this one has the largest gradient in the layer before a2",
    ):
        assert formula in text, formula


@every_row
def test_it_is_written_in_every_form_and_becomes_a_worksheet(row: Trace) -> None:
    found = Ledger.of_trace(row)
    assert "MemberDense" not in found.to_latex()
    assert found.to_html().startswith("<!DOCTYPE html>")
    assert found.to_dict()
    sheet = worksheet(found)
    assert len(sheet.blanks) > 5
    assert "blank" in sheet.page("answers.json")


@pytest.mark.parametrize("classes", [2, 3])
def test_the_row_of_a_classifier_is_predicted_by_the_mean_of_the_members(classes: int) -> None:
    x, y = rows(classes=classes)
    model = Classifier(max_epochs=1, tol=0.9).fit(x, y)
    last = MemberDense(4, 3, 1 if classes == 2 else classes)
    model.network_ = Network((MemberScale(4, 4), SharedDense(4, 4, 3), Tanh(), last))
    model.theta_ = initialize(model.network_, 0)
    text = " ".join(str(ledger(model, x, y, row=7, weight="3,1,2")).split())
    probability = float(model.predict_proba(x[7:8])[0, y[7] if classes == 3 else 1])
    assert f"{probability:.6g}" in text
    assert f"predicts class {model.predict(x[7:8])[0]}" in text
    assert "These are means over 4 members, whose numbers stand side by side." in text
    assert "the logit of class 1" in text


def test_a_scale_is_no_weight_to_follow() -> None:
    assert_refused(
        lambda: find_weight(network(2), "1,1,1"),
        "Layer 1 only scales its inputs for each member: follow a weight of another layer.",
    )
    assert_refused(
        lambda: find_weight(network(2), "2,1,4"),
        "There is no output 4: layer 2 has 3 outputs; give a number from 1 to 3.",
    )
    np.testing.assert_array_equal(find_weight(network(2), "2,bias,4").units, [3])
