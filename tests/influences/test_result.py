"""What influence says, and what it refuses."""

import numpy as np
import pytest

from chainrule import Classifier
from chainrule.influences import Influence, influence
from tests.influences.problems import rows_of


@pytest.fixture(scope="module")
def found() -> Influence:
    x, y = rows_of("iris")
    return influence(Classifier(tol=1e-9).fit(x, y), x, y, on=(x, y))


def test_the_most_influential_rows_come_first(found: Influence) -> None:
    assert len(found) == 150
    assert found.top(150).tolist() == np.argsort(-found.cooks_distance, kind="stable").tolist()
    assert found.top(2, by="leverage").tolist() == np.argsort(-found.leverage)[:2].tolist()
    assert found.on_loss_change is not None
    assert found.top(1, by="on_loss_change")[0] == np.abs(found.on_loss_change).argmax()


def test_the_table_shows_the_most_influential_rows(found: Influence) -> None:
    lines = str(found).splitlines()
    assert lines[0].split() == (
        [
            "row",
            "class",
            "loss",
            "leverage",
            "Cook's",
            "distance",
            "change",
            "of",
            "its",
            "loss",
            "change",
            "of",
            "the",
            "total",
            "loss",
        ]
    )
    assert [int(line.split()[0]) for line in lines[1:11]] == found.top().tolist()
    assert lines[11] == "and 140 more"
    assert lines[12:] == [
        found.method,
        f"The model is {found.unsettled:.2g} from its optimum, as Cook's distance measures it.",
    ]
    assert found.table(3, by="leverage").splitlines()[1].split()[0] == str(found.top(1, by="leverage")[0])


def test_a_data_frame_holds_every_row(found: Influence) -> None:
    frame = found.frame()
    assert frame["row"].tolist() == found.top(150).tolist()
    np.testing.assert_array_equal(frame["leverage"], found.leverage[found.top(150)])
    assert len(found.frame(5)) == 5
    assert list(found.columns()["row"]) == list(range(150))


def test_mistakes_are_named(found: Influence, monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = rows_of("iris")
    model = Classifier().fit(x, y)
    with pytest.raises(ValueError, match=r"by must be one of .*, found 'cook'"):
        found.top(3, by="cook")
    with pytest.raises(ValueError, match="by must be one of"):
        found.top(3, by="on_probability_change")
    with pytest.raises(TypeError, match="Classifier"):
        influence(object(), x, y)
    with pytest.raises(ValueError, match="features"):
        influence(model, x, y, on=x[:, :2])
    with pytest.raises(ValueError, match="not one of the classes"):
        influence(model, x, y, on=(x[:1], ["rose"]))
    with monkeypatch.context() as patch:
        patch.setattr("chainrule.influences.measure.MOST_NUMBERS", 1000)
        with pytest.raises(ValueError, match="give fewer of them"):
            influence(model, x, y, on=x)
    monkeypatch.setattr("chainrule.influences.curvature.MOST_PARAMETERS", 14)
    with pytest.raises(ValueError, match="found 15 parameters, at most 14"):
        influence(model, x, y)


def test_of_the_changes_of_probabilities_the_largest_is_shown() -> None:
    x, y = rows_of("iris")
    found = influence(Classifier((4,), random_state=0, max_epochs=50, tol=0.1).fit(x, y), x, y, on=x[:2])
    changes = found.on_probability_change
    assert changes is not None
    first = int(found.top(1, by="on_probability_change")[0])
    largest = changes[first].ravel()[np.abs(changes[first]).argmax()]
    assert abs(largest) == np.abs(changes).max()
    assert found.columns([first])["on_probability_change"] == [largest]
    lines = found.table(1, by="on_probability_change").splitlines()
    assert lines[0].endswith("largest change of a probability")
    assert lines[1].split()[-1] == f"{largest:.4g}"
    assert lines[-1].startswith("The last layer is ")
