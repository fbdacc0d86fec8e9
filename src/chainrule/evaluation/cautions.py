"""What to know before a model is believed: told on the terminal first, and at the top of the report."""

from typing import NamedTuple

import numpy as np
from scipy.special import bdtr

from chainrule.arrays import Array

# By the custom of statistics, a difference that chance makes more rarely is not put down to it.
SIGNIFICANT = 0.05


class AgainstBaseline(NamedTuple):
    """A model against always naming one class, on the same rows.

    Attributes:
        gained: rows that only the model gets right.
        lost: rows that only the baseline gets right.
        p: of McNemar's exact test that both are right equally often.
    """

    gained: int
    lost: int
    p: float


def against_baseline(right: Array, baseline_right: Array) -> AgainstBaseline:
    """Return whether two ways to predict the same rows (n,) differ by more than chance.

    Of the rows that only one of the two gets right, each is as likely to be the one's as the other's if they are
    equally good: their number is binomial with 1/2.

    Source: Q. McNemar, "Note on the sampling error of the difference between correlated proportions or percentages",
    Psychometrika 12 (1947); the exact form.

    >>> against_baseline(np.array([True] * 9 + [False]), np.array([False] * 10))
    AgainstBaseline(gained=9, lost=0, p=0.00390625)
    """
    gained, lost = int((right & ~baseline_right).sum()), int((baseline_right & ~right).sum())
    # the exact binomial test of an even chance, which is symmetric; that of scipy.stats takes 0.3 s to load
    p = min(1.0, 2 * bdtr(min(gained, lost), gained + lost, 0.5))
    return AgainstBaseline(gained, lost, float(p))


def cautions(trained_on: Array, labels: Array, predicted: Array, classes: Array) -> list[str]:
    """Return what to know before a model is believed, a sentence each.

    Parameters:
        trained_on: labels of the rows of training.
        labels: of the held-out rows (n,).
        predicted: for the held-out rows (n,).
        classes: all labels (k,), sorted.
    """
    return [*_single_rows(trained_on, classes), *_no_better(labels, predicted), *_never(labels, predicted, classes)]


def _single_rows(trained_on: Array, classes: Array) -> list[str]:
    alone = [str(label) for label in classes.tolist() if (trained_on == label).sum() == 1]
    if not alone:
        return []
    which = f"Class {alone[0]} has" if len(alone) == 1 else f"{len(alone)} classes ({_first(alone)}) have"
    return [
        f"{which} a single row of training, from which nothing general can be learnt: get more rows, or merge classes."
    ]


def _no_better(labels: Array, predicted: Array) -> list[str]:
    values, counts = np.unique(labels, return_counts=True)
    baseline, rows = values[counts.argmax()], len(labels)
    right = int((predicted == labels).sum())
    found = against_baseline(predicted == labels, labels == baseline)
    if found.gained > found.lost and found.p < SIGNIFICANT:
        return []
    told = f"it is right in {right} of {rows} held-out rows, and always saying {baseline} is right in {counts.max()}"
    if found.gained <= found.lost:
        return [f"The model is no better than its baseline, the most frequent class: {told}."]
    return [
        f"The model may be no better than its baseline, the most frequent class: {told} (exact McNemar test,"
        f" p = {found.p:.2g})."
    ]


def _never(labels: Array, predicted: Array, classes: Array) -> list[str]:
    there, said = set(labels.tolist()), set(predicted.tolist())
    never = [str(label) for label in classes.tolist() if label in there and label not in said]
    if not never:
        return []
    which = f"Class {never[0]} is" if len(never) == 1 else f"{len(never)} classes ({_first(never)}) are"
    return [f"{which} never predicted, though held-out rows have {'it' if len(never) == 1 else 'them'}."]


def _first(names: list[str]) -> str:
    return ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
