"""A model card says what it is told and what the model knows, and nothing else."""

import numpy as np
import pandas as pd
import pytest

from chainrule import Classifier
from chainrule.exceptions import ModelFileError
from chainrule.model_file import card
from tests.model_file.models import answers, passengers, rows, table_model

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def test_a_card_of_a_table() -> None:
    stories = [f"tale of {i % 7} ships and whales" for i in range(240)]
    table = passengers().assign(ticket=range(1, 241), story=stories, **{"a|b": np.arange(240) % 3})
    model = table_model(table, answers(table, 3), {"story": "text"}, hidden=(8,))
    about = {
        "target": "fate",
        "data": "passengers.csv",
        "rows": 240,
        "seed": 3,
        "command": "chainrule train passengers.csv --target fate",
        "metrics": {"accuracy": 0.81234, "log loss": {"mean": 0.4, "low": 0.3, "high": 0.5}},
        "date": "2024-01-31",
        "written by": ["A", "B"],
        "path": "/home/someone/passengers.csv",
        "separator": None,
        "held-out rows": 60,
        "notes": ["Column a|b is odd."],
    }
    text = card(model, about)
    assert "someone" not in text
    assert "None" not in text
    lines = text.splitlines()
    for line in (
        "# Model card: fate",
        "A neural network that predicts **fate**, one of 3 classes: drowned, lost, saved. For each row it gives a"
        " probability for every class.",
        "| port | category | Cherbourg, Queenstown, Southampton; any other level counts as rare; may be missing |",
        "| alone | boolean | false, true; any other level counts as none of these |",
        "| boarded | date | dates such as 2024-01-31; may be missing |",
        r"| a\|b | number | numbers, mean 1 and standard deviation 0.816497 in training; missing values are replaced by"
        " the mean |",
        "Not used, and not needed: ticket (identifier).",
        "- Data: passengers.csv",
        "- Rows: 240",
        "Measured on 60 rows that were not used in training.",
        r"- Column a\|b is odd.",
        "- Seed: 3",
        "- Command: chainrule train passengers.csv --target fate",
        "- Epochs: 5",
        "| accuracy | 0.8123 |",
        "| log loss | mean 0.4, low 0.3, high 0.5 |",
        "chainrule predict model.safetensors table.csv",
        "- date: 2024-01-31",
        "- written by: A, B",
        "| story | text | text, of which 5 terms are used |",
    ):
        assert line in lines
    inputs = model[0].get_feature_names_out()
    size = f"{model[-1].network_.size} parameters"
    assert f"- Network: {len(inputs)} inputs → Dense(8) → ReLU → Dense(3) → softmax; {size}" in lines


def test_a_card_of_rows_says_nothing_that_is_not_known() -> None:
    text = card(Classifier().fit(*rows()))
    assert text.startswith("# Model card\n\nA neural network that predicts one of 3 classes: 0, 1, 2.")
    assert "Rows of 4 finite numbers, in this order: column 0, column 1, column 2, column 3." in text
    for absent in ("None", "Performance", "Other facts", "Seed", "licence", "chainrule predict"):
        assert absent not in text


def test_what_the_data_say_is_shown_as_it_is() -> None:
    table = pd.DataFrame({"html": ["<b>a</b>", "*b*\n|", "[c](d)"] * 20, "x": np.arange(60) % 7})
    text = card(table_model(table, np.arange(60) % 2), {"target": "<script>"})
    assert r"\*b\* \|, \<b\>a\</b\>, \[c\](d); any other" in text
    assert "<script>" not in text


def test_many_words_are_counted() -> None:
    table = pd.DataFrame({"word": [f"word {i % 40}" for i in range(400)]})
    assert "and 20 more; any other" in card(table_model(table, np.arange(400) % 3))


def test_what_is_no_model_has_no_card() -> None:
    with pytest.raises(ModelFileError, match="not fitted yet"):
        card(Classifier())
