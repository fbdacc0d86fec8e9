"""The kind of a column, inferred from its summary statistics: number, category, date, text, or of no use."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from chainrule.arrays import Array
from chainrule.common.format import short
from chainrule.tables.frames import Values, as_arrow, as_words, is_words, unsupported

# Summary statistics of columns, from which their kinds are inferred.

# Numbers that are summarised together: enough that a call of NumPy takes longer than making it, in 8 MB.
BLOCK = 1 << 20
# How much finer than the number of bins quantiles become where a frequent value takes most of them up: a value of 98 %
# of the rows leaves the others as many then.
FINEST = 64


class Summary(NamedTuple):
    """What a column of numbers is made of.

    Attributes:
        missing: rows without a number.
        distinct: different numbers.
        least: of the numbers; NaN where there are none, as all that follow.
        most: of the numbers.
        mean: of the numbers.
        deviation: the square root of their variance.
    """

    missing: int
    distinct: int
    least: float
    most: float
    mean: float
    deviation: float


def summaries(columns: Sequence[Array], weights: Array | None = None) -> list[Summary]:
    """Return a summary of each column (n,) of numbers of one type, NaN where one is missing.

    Means and deviations are weighted by the `weights` of the rows (n,), where there are any. A column that has numbers
    only in rows of weight 0 is summarised as if all counted the same.

    >>> summaries([np.array([1., 3., np.nan])])
    [Summary(missing=1, distinct=2, least=1.0, most=3.0, mean=2.0, deviation=1.0)]
    """
    return [summary for block in _blocks(columns) for summary in _summaries(block, weights)]


def _blocks(columns: Sequence[Array]) -> Iterator[Array]:
    """Yield the columns as matrices of a moderate size, a column in each row."""
    size = max(1, BLOCK // max(1, len(columns[0]))) if columns else 1
    for start in range(0, len(columns), size):
        yield np.array(columns[start : start + size])


def _summaries(block: Array, weights: Array | None) -> Iterator[Summary]:
    ordered = np.sort(block, axis=1)  # NaN last
    distinct = np.count_nonzero(ordered[:, 1:] > ordered[:, :-1], axis=1) + 1
    block = block.astype(np.float64, copy=False)
    unknown = np.isnan(block)
    missing = unknown.sum(axis=1)
    known = block.shape[1] - missing
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        count = _weights(unknown, weights)
        total = known if count is None else count.sum(axis=1)
        mean = _weighted(np.where(unknown, 0, block), count).sum(axis=1) / total
        deviations = block - mean[:, None]
        deviations[unknown] = 0
        deviation = np.sqrt(_weighted(np.square(deviations, out=deviations), count).sum(axis=1) / total)
    least = ordered[:, 0] if block.shape[1] else np.full(len(block), np.nan)
    most = ordered[np.arange(len(block)), known - 1] if block.shape[1] else least
    distinct[known == 0] = 0
    columns = (missing, distinct, least, most, mean, deviation)
    return map(Summary, *(column.tolist() for column in columns))


def _weights(unknown: Array, weights: Array | None) -> Array | None:
    """Return what each number counts (j, n), 0 for unknown ones; None where all count the same."""
    if weights is None:
        return None
    known = ~unknown
    counted = known & (weights > 0)
    return np.where(counted.any(axis=1, keepdims=True), known * weights, known)


def _weighted(block: Array, weights: Array | None) -> Array:
    return block if weights is None else block * weights


def quantiles(numbers: Array, weights: Array | None, parts: int) -> Array:
    """Return what cuts numbers (n,) into parts of equal weight: the least, then the end of each part (parts + 1,).

    Each is one of the numbers: the first at which at least so large a share of the weight is reached. So a row of
    weight 2 counts as two rows. Missing numbers do not count, and weights do not where all known numbers weigh nothing.

    >>> quantiles(np.array([4.0, 1.0, np.nan, 3.0, 2.0]), None, 2), quantiles(np.array([1.0, 5.0]), np.array([3, 1]), 2)
    (array([1., 2., 4.]), array([1., 1., 5.]))
    """
    return _quantiles(*_ordered(numbers, weights), parts)


def edges_of_bins(numbers: Array, weights: Array | None, bins: int) -> Array:
    """Return the edges of so many bins of numbers (n,), ascending; fewer where there are too few values.

    They are quantiles, of which equal ones are one. Where a frequent value takes up several, all others are cut more
    finely, as long as there are not too many bins.

    >>> edges_of_bins(np.array([1.0, 2.0, 3.0, 4.0, 5.0]), None, 2)
    array([1., 3., 5.])
    >>> edges_of_bins(np.array([0.0] * 20 + [1.0, 2.0]), None, 2)
    array([0., 1., 2.])
    """
    ordered, reached = _ordered(numbers, weights)
    edges, parts = np.unique(_quantiles(ordered, reached, bins)), bins
    while len(edges) <= bins and parts < FINEST * bins:
        parts *= 2
        finer = np.unique(_quantiles(ordered, reached, parts))
        if len(finer) > bins + 1:
            break
        edges = finer
    return edges


def _ordered(numbers: Array, weights: Array | None) -> tuple[Array, Array]:
    """Return the numbers that count, ascending, and the weight of each and those before it."""
    counted = ~np.isnan(numbers)
    if weights is not None and (weights[counted] > 0).any():
        counted &= weights > 0
        order = np.argsort(numbers[counted])
        return numbers[counted][order], np.cumsum(weights[counted][order])
    ordered = np.sort(numbers[counted])
    return ordered, np.arange(1, len(ordered) + 1)


def _quantiles(ordered: Array, reached: Array, parts: int) -> Array:
    places = np.searchsorted(reached * parts, np.arange(parts + 1) * reached[-1])  # products of whole weights are exact
    return np.asarray(ordered[places], np.float64)


@final
@dataclass(frozen=True, eq=False)
class Coded:
    """A column of words, each distinct one kept once.

    Attributes:
        codes: which word each row has (n,), -1 where it is missing.
        words: as Arrow strings (w,), all distinct and none missing.
    """

    codes: Array
    words: pa.Array

    @cached_property
    def counts(self) -> Array:
        """In how many rows each word is (w,): 0 for a truth value that no row has."""
        return np.bincount(self.codes + 1, minlength=len(self.words) + 1)[1:]


class NumberEncoding(NamedTuple):
    """How columns of numbers are encoded.

    Attributes:
        bins: that each is cut into, at most; 0 for none.
        scaling: "standard" for standardised ones, "robust" for ones scaled by median and quartiles and clipped
            smoothly, "auto" for this where tails are heavy.
    """

    bins: int = 0
    scaling: str = "standard"


STANDARDISED = NumberEncoding()


class Target(NamedTuple):
    """What the rows are to be classified as: index of the class of each (n,), and the classes in words (k,)."""

    t: Array
    classes: tuple[str, ...]

    @classmethod
    def of(cls, labels: Any) -> "Target":
        """Return labels (n,) as a target."""
        classes, t = np.unique(np.asarray(labels), return_inverse=True)
        return cls(t, tuple(map(str, classes.tolist())))


class ColumnStats(NamedTuple):
    """Summary statistics of a column, from which its kind is inferred.

    Attributes:
        name: of the column.
        values: its values (n,).
        missing: rows without a value.
        distinct: different values, the missing ones left out.
        summary: of numbers.
        coded: of words and truth values.
        weights: of the rows (n,), or None.
        encoding: of numbers.
        target: of the rows, or None.
    """

    name: str
    values: Values
    missing: int
    distinct: int
    summary: Summary | None = None
    coded: Coded | None = None
    weights: Array | None = None
    encoding: NumberEncoding = STANDARDISED
    target: Target | None = None

    @property
    def whole(self) -> bool:
        """Whether its values are of a type of whole numbers."""
        values = self.values
        return values.dtype.kind in "iu" if isinstance(values, np.ndarray) else pa.types.is_integer(values.type)


def column_stats(
    columns: Mapping[str, Values], weights: Array | None = None, encoding: NumberEncoding = STANDARDISED
) -> list[ColumnStats]:
    """Return the summary statistics of each column, in rows with these weights (n,), with how numbers are encoded.

    >>> stats = column_stats({"a": np.array([1., 1.]), "b": pa.array(["x", "?"])})
    >>> [(column.missing, column.distinct) for column in stats]
    [(0, 1), (1, 1)]
    """
    numbers = {name: array for name, values in columns.items() if (array := _as_they_are(values)) is not None}
    summary: dict[str, Summary] = {}
    for kind in {array.dtype for array in numbers.values()}:
        alike = {name: array for name, array in numbers.items() if array.dtype == kind}
        summary |= zip(alike, summaries(list(alike.values()), weights), strict=True)
    found = (
        ColumnStats(name, values, summary[name].missing, summary[name].distinct, summary[name])
        if name in summary
        else _stats_of(name, values)
        for name, values in columns.items()
    )
    return [stats._replace(weights=weights, encoding=encoding) for stats in found]


def _as_they_are(values: Values) -> Array | None:
    """Return numbers as NumPy keeps them, NaN where one is missing; None where they are something else."""
    if isinstance(values, np.ndarray):
        return values
    if pa.types.is_floating(values.type) or pa.types.is_integer(values.type):
        return np.asarray(values.to_numpy(zero_copy_only=False))
    return None


def _stats_of(name: str, values: pa.Array) -> ColumnStats:
    kind, missing = values.type, values.null_count
    if pa.types.is_null(kind) or unsupported(kind):
        return ColumnStats(name, values, missing, 0)
    if is_words(values) or pa.types.is_boolean(kind):
        coded = coded_words(values)
        known, distinct = int(coded.counts.sum()), int(np.count_nonzero(coded.counts))
        return ColumnStats(name, values, len(values) - known, distinct, coded=coded)
    return ColumnStats(name, values, missing, int(pc.count_distinct(values).as_py()))


def coded_words(values: Values) -> Coded:
    """Return the values as words, each distinct one kept once.

    >>> coded_words(pa.array(["b", "a", "?", "b"])).codes
    array([ 0,  1, -1,  0], dtype=int32)
    """
    values = as_arrow(values)
    if pa.types.is_boolean(values.type):
        codes, words = _array(values.cast(pa.int32()).fill_null(-1)), pa.array(["false", "true"])
    else:
        distinct = values.dictionary_encode()
        codes, words = _array(distinct.indices.fill_null(-1)), as_words(distinct.dictionary)
    if words.null_count:
        known = _array(words.is_valid())
        places = np.where(known, np.cumsum(known) - 1, -1).astype(np.int32)
        codes, words = np.append(places, np.int32(-1)).take(codes), words.drop_null()
    return Coded(codes, words)


def _array(values: pa.Array) -> Array:
    return np.asarray(values.to_numpy(zero_copy_only=False))


# What is not encoded; all other kinds are those of `columns.LEARNERS`.
LEFT_OUT = ("identifier", "constant", "repeat", "dropped", "unsupported")
# Rows that a level, or a missing number, must have to get an input of its own: of fewer, its weight would be chance.
FEWEST_ROWS = 5
# Distinct words up to which a column is a category; and rows below which whole numbers that are all different are no
# identifier, since they are no surprise there: scores from 1 to 100, say.
FEW = 20
# Words, on average, of a value that is text rather than the name of a category.
WORDS_OF_TEXT = 3
# Values that this average is taken of.
SAMPLE = 1000
# The reason that is given for identifiers.
APART = "unique whole numbers that only identify the rows"

# What rows are of, in names such as customer_id, PassengerNo and "sample number". An atomic number is a measurement, so
# that "number" alone does not do.
OF_ROWS = (
    r"(rows?|line|item|record|sample|case|obs|observation|customer|client|user|member|patient|passenger|employee|student"
    r"|person|subject|order|invoice|account|ticket|policy|loan|serial|reference|product|transaction|object)"
)
IDENTIFIER = re.compile(
    r"|(unnamed|level|column) ?0( \d+)*|index|idx|key|no|nr|num|number|rows?|obs|observation|record|serial"
    r"|(lfd|s|sl) ?n[or]"
    r"|(.+ )?(id|ids|uid|uuid|guid|pk)"
    rf"|(.+ )?{OF_ROWS} ?(id|no|nr|num|numbers?|index|idx|key|names?)"
    r"|(lauf|laufende |kunden|patienten|matrikel|rechnungs|auftrags) ?(nr|nummer)"
)


class Found(NamedTuple):
    """The kind of a column, and what speaks for it."""

    kind: str
    reason: str


def find_kind(column: ColumnStats, *, identifier: bool | None = None) -> Found:
    """Return what kind of column this is.

    Whole numbers that count the rows are an identifier, and so are words of which hardly any occurs twice. Words are
    a category, or text where there are many different ones of several words each.

    Parameters:
        column: its summary statistics.
        identifier: whether it is one, where that is known of more rows than these.

    >>> from chainrule.tables.kinds import column_stats
    >>> words, numbers = column_stats({"colour": pa.array(["red", "blue"] * 20), "length": pa.array([3.5, 4.5])})
    >>> find_kind(words)
    Found(kind='category', reason='2 levels')
    >>> find_kind(numbers).kind
    'number'
    """
    kind = None if isinstance(column.values, np.ndarray) else column.values.type
    if kind is not None and (what := unsupported(kind)):
        return Found("unsupported", f"{what}, which cannot be encoded as numbers")
    if identifier:
        return Found("identifier", APART if column.coded is None else "text that only identifies the rows")
    if column.distinct == 0:
        return Found("constant", "every value is missing")
    if column.distinct == 1 and not column.missing:
        value = column.values[0]
        only = value.as_py() if isinstance(value, pa.Scalar) else value.item()
        return Found("constant", f"every value is {short(str(only))}")
    if kind is not None and pa.types.is_boolean(kind):
        return Found("boolean", "true or false")
    if column.coded is not None:
        return _kind_of_words(column.coded, identifier)
    if kind is not None and (pa.types.is_date(kind) or pa.types.is_timestamp(kind)):
        return Found("date", "calendar dates")
    if identifier is None and _tells_rows_apart(column):
        return Found("identifier", APART)
    return Found("number", f"{column.distinct} distinct numbers")


def is_named_identifier(name: str) -> bool:
    """Return whether a column is named as those that only identify rows.

    >>> [is_named_identifier(name) for name in ("CustomerID", "Unnamed: 0", "row.names", "humid", "atomic number")]
    [True, True, True, False, False]
    """
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return IDENTIFIER.fullmatch(re.sub(r"[\W_]+", " ", words).strip().lower()) is not None


def _tells_rows_apart(column: ColumnStats) -> bool:
    """Return whether whole numbers are all different, and either named so or a count of the rows.

    A count begins at 0 or 1, and half of it is there: some rows of the table may have been left out since. One that
    begins elsewhere may be a measurement, such as a year.
    """
    numbers, known = column.summary, len(column.values) - column.missing
    if numbers is None or not column.whole or column.distinct != known or known < FEW:
        return False
    counted = numbers.least in (0, 1) and numbers.most - numbers.least < 2 * known
    return counted or is_named_identifier(column.name)


def _kind_of_words(column: Coded, identifier: bool | None) -> Found:
    distinct = len(column.words)
    if distinct <= FEW:
        return Found("category", f"{distinct} levels")
    known = column.codes[column.codes >= 0]
    first = column.words.take(pa.array(known[:SAMPLE])).to_pylist()
    words = float(np.mean([len(word.split()) for word in first]))
    if words >= WORDS_OF_TEXT and distinct > len(known) / 10:
        return Found("text", f"{distinct} distinct texts of {words:.0f} words on average")
    if identifier is None and column.counts.max() < FEWEST_ROWS:
        rows = len(known)
        return Found("identifier", f"{distinct} levels in {rows} rows, none of them {FEWEST_ROWS} times")
    return Found("category", f"{distinct} levels")
