"""Data frames to the inputs of a network: a scikit-learn transformer."""

import warnings
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from copy import copy
from dataclasses import replace
from typing import Any, NamedTuple, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from chainrule.arrays import Array
from chainrule.common.arguments import check, flag, whole
from chainrule.common.format import short, some_of
from chainrule.exceptions import FormatWarning, LeakageWarning
from chainrule.tables.assembly import Part, TableInputs, assemble
from chainrule.tables.columns import CHOICES, LEARNERS, Category, Column, Date, Number, Text
from chainrule.tables.frames import Values, numbers_in, values_of
from chainrule.tables.kinds import (
    LEFT_OUT,
    Coded,
    ColumnStats,
    Found,
    NumberEncoding,
    Target,
    coded_words,
    column_stats,
    find_kind,
)
from chainrule.tables.leakage import LEAKS, MOST_VALUES, determines, orders, repeats, together
from chainrule.tables.target_statistics import MANY_LEVELS, TargetStatistics
from chainrule.tables.written import find_formats, read_written

# Threads that encode columns side by side: a few, so that they do not crowd out what else the machine does.
THREADS = 4
# Rows from which on threads are started: with fewer, that takes about as long as they save.
MANY_ROWS = 20_000
# Inputs up to which a matrix is dense, however many of them are 0: it takes little memory.
SMALL_WIDTH = 32
# Inputs for each that is not 0, above which a matrix is sparse: an entry of a sparse one takes an index beside its
# number, and its products are slower.
SPARSE_BELOW = 4
# Bins of a number, at most: each takes a weight for every unit of the first layer, and on fourteen tables 32 were no
# more accurate than 16.
MOST_BINS = 256
# Points of the curve of a number without bins: enough for a smooth line.
CURVE_POINTS = 25
NONE_MADE: Mapping[str, list[Part]] = {}
SCALINGS = ("standard", "robust", "auto")
# Terms that a text is taken to have, where it is guessed whether a matrix will be mostly 0.
WORDS_A_TEXT = 20


class ColumnReport(NamedTuple):
    """A column of the table with its kind.

    Attributes:
        name: of the column.
        kind: number, boolean, category, date or text; or why it is left out: identifier, constant, repeat, dropped,
            unsupported.
        reason: what speaks for this kind, in words.
        decision: how it is encoded, in words.
        missing: rows without a value.
        distinct: different values.
    """

    name: str
    kind: str
    reason: str
    decision: str
    missing: int
    distinct: int

    @property
    def used(self) -> bool:
        """Whether the network gets to see it."""
        return self.kind not in LEFT_OUT


class EncodingStep(NamedTuple):
    """How an input of a row comes from its column.

    Attributes:
        column: of the table.
        input: its name.
        formula: in numbers; "" where the name of the input says it, such as that of a level or of a word in a text.
        value: of the input.
        standardised: number, mean and sd, where the input is `(number - mean) / sd`; else None.
    """

    column: str
    input: str
    formula: str
    value: float
    standardised: tuple[float, float, float] | None = None

    @property
    def whole(self) -> bool:
        """Whether it is a bin that the number lies wholly above or below."""
        return self.formula[:4] in ("0 - ", "1 - ")


class TableEncoder(TransformerMixin, BaseEstimator):
    """Encodes a data frame as the inputs of a network: infers the kind of each column and learns its encoding.

    Numbers are standardised, and a missing one becomes the mean, plus an input that says so where five rows or more
    lack one. They may also be cut into bins, so that a network, or softmax regression, learns a curve of each.
    Categories, booleans and the months and weekdays of dates are one-hot encoded; rare levels share an input. Text
    becomes TF-IDF. Left out and reported: identifiers, constants, columns that only repeat the target, and
    lists, structures and bytes.

    Parameters:
        kinds: of columns by name, where they are not to be inferred: "number", "boolean", "category", "date", "text"
            or "identifier".
        drop: names of columns to leave out.
        identifiers: names of the columns that only identify the rows; found in the rows fitted to if not given. Give
            those that `find_identifiers` finds in all rows where some rows are held out.
        formats: how numbers and dates are written, by name of the column: {"price": "1.234,5", "day": "d/m/y"}; found
            in the rows fitted to if not given. Currencies, percent signs and parentheses may stand around a number.
        bins: into how many bins each number is cut, at most, up to 256; 0 for none. Beside the number, each bin becomes
            an input that says how far the number is through it, `clip((x - e_t) / (e_(t+1) - e_t), 0, 1)` less its
            mean. The edges `e` are quantiles of the rows fitted to, finer ones where a value is frequent; a column of
            few values has fewer bins.
        scaling: of numbers: "standard", `z = (x - mean) / sd`; or "robust", `z = (x - median) / (q75 - q25)` and then
            `z / √(1 + (z / 3)²)`, which outliers do not stretch and cannot go beyond ±3 in; "auto" for this where the
            farthest number is 20 sd from the mean, and the sd 20 times the distance of the quartiles.
        target_statistics: whether categories of more than 20 levels, or of at least a given number, become the share of
            each class but the first in the rows of the level, instead of an input for each level. The rows of training
            get the shares of other rows, so that no input of a row knows its label: then `fit_transform` returns other
            numbers than `fit`, then `transform`, and is what a classifier must be trained with, as a pipeline does.

    Attributes:
        columns_: every column of the table with its kind, in its order.
        learned_: how the columns in use become inputs, text last.
        sparse_: whether `transform` returns a sparse matrix: where most inputs are 0.

    >>> table = {"size": [1.0, 3.0, None] * 5, "colour": ["red", "blue", "red"] * 5}
    >>> encoder = TableEncoder().fit(table)
    >>> [column.kind for column in encoder.columns_]
    ['number', 'category']
    >>> encoder.get_feature_names_out()
    array(['size', 'size is missing', 'colour = blue', 'colour = red'],
          dtype=object)
    >>> encoder.transform(table)[:3]
    array([[-1.,  0.,  0.,  1.],
           [ 1.,  0.,  1.,  0.],
           [ 0.,  1.,  0.,  1.]])
    >>> TableEncoder(bins=2).fit({"age": [20.0, 30.0, 50.0]}).get_feature_names_out()
    array(['age', 'age from 20 to 30', 'age from 30 to 50'], dtype=object)
    """

    columns_: tuple[ColumnReport, ...]
    learned_: tuple[Column, ...]
    sparse_: bool
    n_features_in_: int
    feature_names_in_: Array

    def __init__(
        self,
        kinds: Mapping[str, str] | None = None,
        drop: Sequence[str] = (),
        identifiers: Sequence[str] | None = None,
        formats: Mapping[str, str] | None = None,
        bins: int = 0,
        scaling: str = "standard",
        target_statistics: bool | int = False,
    ) -> None:
        self.kinds = kinds
        self.drop = drop
        self.identifiers = identifiers
        self.formats = formats
        self.bins = bins
        self.scaling = scaling
        self.target_statistics = target_statistics

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Infer the kinds of the columns of `X`, and learn how each is encoded.

        Parameters:
            X: a data frame of any library, or a 2-D array.
            y: labels (n,), to find columns that repeat them; None for none.
            sample_weight: of each row (n,), at least 0, which numbers are standardised with; None where all count the
                same.

        Raises:
            ValueError: a column cannot be used, or none can; the message names it. A weight is negative or not finite.

        Warns:
            LeakageWarning: a column repeats the target, and is left out, or all but determines it.
            FormatWarning: the numbers or dates of a column can be read in two ways.
        """
        self._learn(*self._read(values_of(X)), y, sample_weight)
        return self

    def fit_transform(self, X: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """Return the inputs of the rows of `X` (n, i) that the encoder is fitted to.

        They are those of `fit`, then `transform`, but for target statistics, which are cross-fitted here.
        """
        columns, written = self._read(values_of(X))
        stats = self._learn(columns, written, y, sample_weight)
        coded = {column.name: column.coded for column in stats if column.coded is not None}
        categories = [column.name for column in self.learned_ if isinstance(column, Category)]
        known = {name: coded[name] for name in categories if name in coded}
        weights = stats[0].weights
        made = {
            column.name: column.cross_fitted(_coded(column.name, columns, coded), Target.of(y).t, weights)
            for column in self.learned_
            if isinstance(column, TargetStatistics)
        }
        return self._inputs({**columns, **known}, made)

    def _read(self, columns: Mapping[str, Values]) -> tuple[Mapping[str, Values], dict[str, str]]:
        """Return the columns with the numbers and dates that people wrote read, and how those are written."""
        for name in ("kinds", "formats"):
            given = getattr(self, name)
            check(name, given, given is None or isinstance(given, Mapping), "a dictionary by column, or None")
        for name in ("drop", "identifiers"):
            given = getattr(self, name)
            several = isinstance(given, Collection) and not isinstance(given, str | bytes | Mapping)
            several = several and all(isinstance(column, str) for column in given)
            check(name, given, several or (given is None and name == "identifiers"), "a list of names of columns")
        statistics = self.target_statistics
        several = flag(statistics) or whole(statistics, 2)
        check("target_statistics", statistics, several, "true, false, or a number of levels from 2 on")
        few = whole(self.bins, 0) and self.bins <= MOST_BINS
        check("bins", self.bins, few, f"a whole number from 0 to {MOST_BINS}")
        check("scaling", self.scaling, self.scaling in SCALINGS, "standard, robust or auto")
        formats = self.formats
        if formats is None:
            left = {*self.drop, *(name for name, kind in (self.kinds or {}).items() if kind not in ("number", "date"))}
            found, notes = find_formats({name: values for name, values in columns.items() if name not in left})
            say = 'TableEncoder(formats={{"{}": "{}"}})'
            unclear = [each.note(name, say) for name, each in found.items() if each.other is not None]
            for sentence in (*notes, *unclear):
                warnings.warn(sentence, FormatWarning, stacklevel=4)
            formats = {name: each.format.name for name, each in found.items()}
        for name in formats:
            if name not in columns:
                raise ValueError(f"There is no column {short(name)}: the table has {some_of(list(columns))}.")
        read = {name: read_written(columns[name], written, name) for name, written in formats.items()}
        return {**columns, **read}, dict(formats)

    def _learn(
        self, columns: Mapping[str, Values], written: Mapping[str, str], y: Any, sample_weight: Any
    ) -> list[ColumnStats]:
        encoding = NumberEncoding(int(self.bins), self.scaling)
        stats = column_stats(columns, _weights(sample_weight, columns), encoding)
        identifiers = None if self.identifiers is None else set(self.identifiers)
        kinds = self._asked({column.name: column for column in stats})
        target = None if y is None else Target.of(y)
        t = None if target is None else target.t
        from_levels = MANY_LEVELS if self.target_statistics is True else self.target_statistics or np.inf
        if self.target_statistics and target is None:
            raise ValueError("target_statistics are learned from labels: give y.")
        reports: list[ColumnReport] = []
        learned: list[Column] = []
        for column in stats:
            if t is not None and len(t) != len(column.values):
                raise ValueError(f"The table has {len(column.values)} rows, but there are {len(t)} labels.")
            known = None if identifiers is None else column.name in identifiers
            kind, reason = kinds[column.name] if column.name in kinds else _found(column, t, known)
            decision = "left out"
            if t is not None and kind == "number" and column.name not in kinds and column.summary is not None:
                _warn_if_it_orders(column, t)
            if kind not in LEFT_OUT:
                many = kind == "category" and column.distinct >= from_levels
                learner = TargetStatistics if many else LEARNERS[kind]
                learned.append(learner.of(column._replace(target=target)))
                if column.name in written and isinstance(learned[-1], Number | Date):
                    learned[-1] = replace(learned[-1], written=written[column.name])
                    reason = f"{reason}, written as {written[column.name]}"
                decision = learned[-1].decision(column.missing)
            reports.append(ColumnReport(column.name, kind, reason, decision, column.missing, column.distinct))
        if not reports:
            raise ValueError("The table has no columns to learn from.")
        if not learned:
            left = some_of([f"{short(column.name)} ({column.kind}: {column.reason})" for column in reports], 3)
            raise ValueError(f"No column is left to learn from: {left}. Set their kinds.")
        learned.sort(key=lambda column: isinstance(column, Text))
        self.columns_, self.learned_ = tuple(reports), tuple(learned)
        self.n_features_in_, self.feature_names_in_ = len(columns), np.array(list(columns), dtype=object)
        self.sparse_ = self._mostly_zero()
        return stats

    def _asked(self, columns: Mapping[str, ColumnStats]) -> dict[str, Found]:
        asked = {name: Found("dropped", "as requested") for name in self.drop}
        for name, kind in (self.kinds or {}).items():
            if kind not in CHOICES:
                raise ValueError(
                    f"Column {short(name)} cannot be of kind {kind!r}: choose one of {', '.join(CHOICES)}."
                )
            asked[name] = Found(kind, "as requested")
        for name in asked:
            if name not in columns:
                raise ValueError(f"There is no column {short(name)}: the table has {some_of(list(columns))}.")
        for name, (kind, _) in asked.items():
            if kind not in LEFT_OUT and columns[name].missing == len(columns[name].values):
                raise ValueError(f"Column {short(name)} cannot be of kind {kind}: every value is missing; drop it.")
        return asked

    def _mostly_zero(self) -> bool:
        width = len(self.get_feature_names_out())
        entries = sum(_entries(column) for column in self.learned_)
        return width > SMALL_WIDTH and entries * SPARSE_BELOW < width

    def transform(self, X: Any) -> Any:
        """Return the inputs of the rows of `X` (n, i): dense, or sparse where `sparse_` says so.

        Raises:
            ValueError: a column is missing, or holds something else than where the encoder was fitted.
        """
        check_is_fitted(self)
        return self._inputs(values_of(X))

    def inputs_of(self, X: Any) -> TableInputs:
        """Return what the columns of `X` become, before it is a matrix, which a classifier takes as well.

        Raises:
            ValueError: as `transform`.
        """
        check_is_fitted(self)
        return self._parts(values_of(X))

    def _inputs(self, columns: Mapping[str, Values | Coded], made: Mapping[str, list[Part]] = NONE_MADE) -> Any:
        """Return the inputs of rows (n, i); `made` are those of some columns already."""
        inputs = self._parts(columns, made)
        with ThreadPoolExecutor(THREADS) if inputs.rows >= MANY_ROWS else nullcontext() as threads:
            return inputs._replace(each=threads.map if threads else map).matrix()

    def _parts(self, columns: Mapping[str, Values | Coded], made: Mapping[str, list[Part]] = NONE_MADE) -> TableInputs:
        missing = [column.name for column in self.learned_ if column.name not in columns]
        if missing:
            raise ValueError(
                f"The table has no column {some_of(missing)}, which the model needs; it has {some_of(list(columns))}."
            )
        first = columns[self.learned_[0].name]
        rows = len(first.codes if isinstance(first, Coded) else first)
        with ThreadPoolExecutor(THREADS) if rows >= MANY_ROWS else nullcontext() as threads:
            each: Any = threads.map if threads else map  # Arrow and NumPy let threads run side by side
            of_each = each(lambda column: made.get(column.name) or column.parts(columns[column.name]), self.learned_)
            return TableInputs([part for parts in of_each for part in parts], rows, self.sparse_)

    def encoding_of(self, X: Any, row: int = 0) -> list[EncodingStep]:
        """Return how the columns of a row of `X` become its inputs, in their order.

        >>> table = {"size": [1.0, 2.0, 6.0]}
        >>> for step in TableEncoder(bins=2).fit(table).encoding_of(table, row=1):
        ...     print(step.input, "=", step.formula, "=", round(step.value, 4))
        size = (2 - 3) / 2.16025 = -0.4629
        size from 1 to 2 = 1 - 0.666667 = 0.3333
        size from 2 to 6 = 0 - 0.333333 = -0.3333
        """
        check_is_fitted(self)
        columns = {name: values[row : row + 1] for name, values in values_of(X).items()}
        inputs = self._inputs(columns)
        numbers = (inputs.toarray() if self.sparse_ else inputs)[0].tolist()
        steps: list[Any] = []
        for column in self.learned_:
            names, values = column.names(), columns[column.name]
            standardised = [column.standardised(values), *[None] * (len(names) - 1)][: len(names)]
            steps += zip([column.name] * len(names), names, column.formulas(values), standardised, strict=True)
        return [
            EncodingStep(column, name, formula, value, standardised)
            for (column, name, formula, standardised), value in zip(steps, numbers, strict=True)
        ]

    def curve(self, name: str) -> tuple[Array, Array]:
        """Return numbers of a column, ascending (m,), and the inputs that each becomes (m, those of the column).

        They are the edges of its bins and the middles between them, where it is cut into bins: what a softmax
        regression makes of the inputs is a straight line from one to the next. Else they reach three scales to either
        side of the mean.

        Raises:
            ValueError: the encoder uses no such column, or it is none of numbers.

        >>> encoder = TableEncoder(bins=2).fit({"age": [20.0, 30.0, 50.0]})
        >>> x, inputs = encoder.curve("age")
        >>> x
        array([20., 25., 30., 40., 50.])
        >>> inputs[:, 1:].round(3)
        array([[-0.667, -0.333],
               [-0.167, -0.333],
               [ 0.333, -0.333],
               [ 0.333,  0.167],
               [ 0.333,  0.667]])
        """
        check_is_fitted(self, "learned_")
        numbers = {column.name: column for column in self.learned_ if isinstance(column, Number)}
        if name not in numbers:
            raise ValueError(f"{short(name)} must be a column of numbers in use: {some_of(list(numbers))}.")
        column = replace(numbers[name], written="")
        x = np.array(column.edges)
        if len(x):
            x = np.sort(np.concatenate([x, (x[1:] + x[:-1]) / 2]))
        else:
            x = column.mean + column.scale * np.linspace(-3, 3, CURVE_POINTS)
        return x, np.asarray(assemble(column.parts(x), len(x), sparse=False))

    def bin_inputs(self) -> Array:
        """Return the places of the inputs (m,) that are bins of numbers.

        >>> TableEncoder(bins=2).fit({"age": [20.0, 30.0, 50.0]}).bin_inputs()
        array([1, 2])
        """
        places, start = list[int](), 0
        for column in self.learned_:
            width = len(column.names())
            number = column.days if isinstance(column, Date) else column
            if isinstance(number, Number):
                end = start + len(number.names())
                places += range(end - len(number.bin_names()), end)
            start += width
        return np.array(places, np.intp)

    def without_bins(self) -> "TableEncoder":
        """Return the encoder as it would be fitted to the same rows with `bins=0`.

        >>> TableEncoder(bins=2).fit({"age": [20.0, 30.0, 50.0]}).without_bins().get_feature_names_out()
        array(['age'], dtype=object)
        """
        check_is_fitted(self)
        other = copy(self).set_params(bins=0)
        other.learned_ = tuple(map(_without_bins, self.learned_))
        decisions = {column.name: column.decision for column in other.learned_}
        other.columns_ = tuple(
            one._replace(decision=decisions[one.name](one.missing)) if one.name in decisions else one
            for one in self.columns_
        )
        other.sparse_ = other._mostly_zero()
        return other

    def get_feature_names_out(self, input_features: Any = None) -> Array:
        """Return the names of the inputs (i,)."""
        check_is_fitted(self, "learned_")
        return np.array([name for column in self.learned_ for name in column.names()], dtype=object)

    @property
    def formats_(self) -> dict[str, str]:
        """How the numbers and dates in use are written, by name of the column, where they are words."""
        check_is_fitted(self, "learned_")
        columns = (column for column in self.learned_ if isinstance(column, Number | Date))
        return {column.name: column.written for column in columns if column.written}

    def units(self) -> tuple[Array, Array]:
        """Return what takes inputs back to the numbers of the table: `input · unit + origin`, as (i,), (i,).

        Inputs that are no standardised numbers stay what they are.
        """
        check_is_fitted(self, "learned_")
        each = [column.days if isinstance(column, Date) else column for column in self.learned_]
        numbers = {column.name: column for column in each if isinstance(column, Number)}
        names = self.get_feature_names_out()
        found = [(numbers[name].mean, numbers[name].scale) if name in numbers else (0.0, 1.0) for name in names]
        origin, unit = np.array(found).T
        return origin, unit


def _coded(name: str, columns: Mapping[str, Values], coded: Mapping[str, Coded]) -> Coded:
    return coded[name] if name in coded else coded_words(columns[name])


def _entries(column: Column) -> int:
    """Return about how many inputs of a column are not 0 in a row."""
    if isinstance(column, Text):
        return WORDS_A_TEXT
    if isinstance(column, TargetStatistics):
        return len(column.classes)
    numbers = column.days if isinstance(column, Date) else column
    return 1 + (len(numbers.bin_means) if isinstance(numbers, Number) else 0)


def _warn_if_it_orders(column: ColumnStats, t: Array) -> None:
    share = orders(numbers_in(column.values, column.name), t)
    if share >= LEAKS:
        without = "without error" if share == 1 else f"for {share:.1%} of the rows of each class"
        warnings.warn(
            f"Column {short(column.name)} alone predicts the target {without}, by thresholds. Drop it unless it is"
            " known before the target.",
            LeakageWarning,
            stacklevel=4,
        )


def _weights(given: Any, columns: Mapping[str, Values]) -> Array | None:
    """Return the weights of the rows (n,), checked; None for none."""
    if given is None or not columns:
        return None
    rows = len(next(iter(columns.values())))
    try:
        weights = np.asarray(given, np.float64)
    except (TypeError, ValueError, OverflowError):
        weights = np.empty(0)
    fits = weights.shape == (rows,) and bool((np.isfinite(weights) & (weights >= 0)).all()) and bool(weights.any())
    check("sample_weight", given, fits, f"finite numbers of at least 0 for each of the {rows} rows, not all of them 0")
    return weights


def _found(column: ColumnStats, t: Array | None, identifier: bool | None) -> Found:
    found = find_kind(column, identifier=identifier)
    if t is None or not 2 <= column.distinct <= MOST_VALUES or found.kind not in ("number", "boolean", "category"):
        return found
    codes = None if column.coded is None else column.coded.codes
    if codes is None and column.distinct + (column.missing > 0) == t.max() + 1:  # else it repeats nothing
        codes = coded_words(column.values).codes
    if codes is None:
        return found
    name, values_and_classes = column.name, together(codes, t)
    if repeats(values_and_classes):
        warnings.warn(
            f"Column {short(name)} duplicates the target under another name and is left out; to keep it, give its"
            " kind.",
            LeakageWarning,
            stacklevel=4,
        )
        return Found("repeat", "determines the target one to one")
    if found.kind != "number" and determines(values_and_classes, len(t)):
        warnings.warn(
            f"Column {short(name)} determines the target: each of its values occurs in one class only. Drop it unless"
            " it is known before the target.",
            LeakageWarning,
            stacklevel=4,
        )
    return found


def _without_bins(column: Column) -> Column:
    if isinstance(column, Date):
        return replace(column, days=replace(column.days, edges=(), bin_means=()))
    return replace(column, edges=(), bin_means=()) if isinstance(column, Number) else column
