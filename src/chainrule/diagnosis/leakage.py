"""Columns that alone predict the target: the target again, or something known only after it."""

from typing import Any

import numpy as np
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.tree import DecisionTreeClassifier

from chainrule.arrays import Array, is_sparse
from chainrule.diagnosis.finding import ExaminationResult, Finding, without
from chainrule.diagnosis.model_under_test import ModelUnderTest, NotExaminedError
from chainrule.estimator.trained_model import SourceColumn

# Of what is measured before the target is known, hardly anything gets 99 % of every class right by itself: the petals
# of iris get 95 %, the smell of mushrooms 98.5 %.
LEAKS = 0.99
# A first look at few rows must not lose a column that leaks.
WORTH_A_CLOSER_LOOK = 0.9
# Of cross-validation, the usual number; a first look does with two.
FOLDS = 5
# Rows of a class, so that each fold has two to test a tree on.
LEAST_OF_A_CLASS = 2 * FOLDS
# Rows of the first look, which every column gets: a column that leaks shows in a thousand as well.
FIRST_ROWS = 1000
# Rows of the closer look: they distinguish a recall of 0.99 from 0.985.
MOST_ROWS = 20_000
# Columns that get a first look, those of the largest weights: each takes time, and one that leaks has large weights.
MOST_COLUMNS = 300
# Of a tree: enough for a target that follows from the column by thresholds, too few to learn noise by heart.
MOST_LEAVES = 64
# Rows of a leaf, so that no single row makes one.
LEAST_OF_A_LEAF = 3


def leaking_columns(tested: ModelUnderTest) -> ExaminationResult:
    """Find columns whose values alone predict the target almost without error, in rows that were not used to learn it.

    Each column's inputs are given to a small tree, and scored by the mean recall of the classes.
    """
    rows = tested.drawn(MOST_ROWS)
    counts = np.bincount(rows.t)
    kept = np.flatnonzero(counts[rows.t] >= LEAST_OF_A_CLASS)
    if len(np.unique(rows.t[kept])) < 2:
        raise NotExaminedError(f"fewer than two classes have {LEAST_OF_A_CLASS} rows")
    t: Array = rows.t[kept]
    x: Any = rows.x[kept]
    x = x.tocsc() if is_sparse(x) else x
    columns = _heaviest(tested)
    few = _some_of_each_class(t)
    first_x, first_t = x[few], t[few]
    first = [(_recall(first_x[:, column.inputs], first_t, 2), column) for column in columns]
    scores = [
        (_recall(x[:, column.inputs], t, FOLDS), column)
        if score >= WORTH_A_CLOSER_LOOK and len(t) > len(few)
        else (score, column)
        for score, column in first
    ]
    scores.sort(key=lambda scored: -scored[0])
    best = scores[0]
    majority = counts.max() / counts.sum()
    which = "" if len(columns) == len(tested.model.columns) else " with the largest weights"
    strongest = f"{best[1].name} is the strongest single predictor"
    summary = f"of {len(columns)} columns{which} {strongest}: mean recall {best[0]:.3f}"
    others = [score for score, _ in scores if score < LEAKS]
    findings = [_finding(tested, column.name, score, others, majority) for score, column in scores if score >= LEAKS]
    return ExaminationResult(findings, summary, {"mean recall": {column.name: score for score, column in scores[:20]}})


def _heaviest(tested: ModelUnderTest) -> list[SourceColumn]:
    """Return the columns, of very many those with the largest weights in the first layer: one that leaks has."""
    squares = np.square(tested.model.input_weights)
    return sorted(tested.model.columns, key=lambda column: -squares[column.inputs].sum())[:MOST_COLUMNS]


def _some_of_each_class(t: Array) -> Array:
    """Return at most `FIRST_ROWS` rows, as many of each class as there are or as make up that number."""
    each = FIRST_ROWS // len(np.unique(t))
    order = np.random.default_rng(0).permutation(len(t))
    return np.concatenate([order[t[order] == c][: max(each, LEAST_OF_A_CLASS)] for c in np.unique(t)])


def _recall(x: Any, t: Array, folds: int) -> float:
    """Return the mean over the classes of the share that a tree gets right in rows it has not seen."""
    sizes: Any = {"max_leaf_nodes": MOST_LEAVES, "min_samples_leaf": LEAST_OF_A_LEAF}
    tree = DecisionTreeClassifier(**sizes, class_weight="balanced", random_state=0)
    predicted = cross_val_predict(tree, x, t, cv=StratifiedKFold(folds, shuffle=True, random_state=0))
    return float(balanced_accuracy_score(t, predicted))


def _finding(tested: ModelUnderTest, name: str, score: float, others: list[float], majority: float) -> Finding:
    beside = f", the next best column {others[0]:.1%}" if others else ""
    said = f"alone it reaches a mean recall of {score:.1%} on unseen rows{beside}; "
    said += f"the most frequent class has {majority:.1%} of the rows"
    numbers = {"column": name, "mean recall": score, "best other": others[0] if others else None, "majority": majority}
    advice = "drop it unless its value is known before the target"
    return Finding("problem", "leaked target", f"column {name}", said, numbers, without(tested, advice, [name]))
