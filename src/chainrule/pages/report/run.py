"""What a report tells about: a trained model with its rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, final

from chainrule.arrays import Array


@final
@dataclass(frozen=True, eq=False)
class Run:
    """A model, the rows it was trained on, and rows that it never saw.

    Attributes:
        model: fitted pipeline that ends in a `Classifier`, such as `make_pipeline(TableEncoder(), Classifier())`, or
            the classifier alone.
        train: what it was trained on: a data frame, or a matrix, dense or sparse (n, i).
        train_labels: their labels (n,).
        held_out: rows never trained on, of the same form, at least one.
        held_out_labels: their labels.
        title: what the report is called, such as the file's name.
        command: what repeats the run.
        target: what is predicted, such as the name of the column; empty where it has none.
        names: of a matrix's columns; "column 0" and so on where there are none.
        facts: what else it takes to repeat the run, such as seed and versions: name and value of each.
        positive: of two classes, the one in words that pictures are about; None for the second.
        cautions: what to know before the model is believed, a sentence each: told first.
        notes: what was decided or warned of on the way, a sentence each.
        train_rows, held_out_rows: numbers of the rows in their file (n,), for a reader to find them; None to count
            each from 0.
        train_weights: what each row counted in training (n,), or None where all counted the same.
    """

    model: Any
    train: Any
    train_labels: Array
    held_out: Any
    held_out_labels: Array
    title: str
    command: str
    target: str = ""
    names: Sequence[str] | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()
    train_rows: Array | None = None
    held_out_rows: Array | None = None
    train_weights: Array | None = None
    positive: str | None = None
    cautions: Sequence[str] = ()
