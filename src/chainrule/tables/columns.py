"""How each kind of column is encoded as numbers: learned from the training rows, the same ever after."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from math import isfinite
from typing import Any, ClassVar, Self, final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from chainrule.arrays import Array
from chainrule.common.format import count, short, significant
from chainrule.tables.assembly import SMOOTH_LIMIT, Bins, Codes, Numbers, Part, Terms
from chainrule.tables.frames import MISSING_WORDS, Values, as_arrow, as_numbers, as_words, is_words, numbers_in
from chainrule.tables.kinds import (
    FEWEST_ROWS,
    Coded,
    ColumnStats,
    coded_words,
    column_stats,
    edges_of_bins,
    quantiles,
    summaries,
)
from chainrule.tables.written import read_written

# Levels of a category that get an input of their own, at most: the most frequent ones. Each takes a weight for every
# unit of the first layer, and those beyond are mostly rare.
MOST_CATEGORIES = 1000
# Terms of a column of text that get an input, at most: the most frequent ones, for the same reason.
MOST_TERMS = 5000
# Tails are heavy where the farthest number is more than so many standard deviations from the mean, and these more than
# so many times the distance of the quartiles: standardised, nearly all numbers are then alike, and new ones may lie
# still farther out. No column of 24 real tables is so.
FAR = 20.0
# Names of the inputs of rare and of missing levels, in parentheses so that no level is likely to be called so.
RARE = "(rare)"
MISSING = "(missing)"
# Microseconds of a day.
DAY = 86_400_000_000


class Column(ABC):
    """A column of the table as learned, and all that is to be known of its kind.

    A frozen dataclass: where its fields are texts, numbers and flags, model files hold it as it is.

    Attributes:
        kind: what it is called where a kind is asked for or told.
        reading: how its inputs are computed, in a sentence for who reads a model as JSON; empty where `READING` of
            `model_file/description.py` has it.
        name: its name in the table.
    """

    kind: ClassVar[str]
    reading: ClassVar[str] = ""
    name: str

    @classmethod
    @abstractmethod
    def of(cls, stats: ColumnStats) -> Self:
        """Return a column as learned from the rows of training."""

    @abstractmethod
    def names(self) -> list[str]:
        """Return the names of the inputs it becomes."""

    @abstractmethod
    def parts(self, values: Values) -> list[Part]:
        """Return those inputs for the rows of `values` (n,)."""

    @abstractmethod
    def decision(self, missing: int) -> str:
        """Return how the column is encoded, in words; `missing` is how many values are missing."""

    def describe(self) -> dict[str, Any]:
        """Return how it becomes inputs, as JSON says it."""
        return {"kind": self.kind, **asdict(self)}  # type: ignore[call-overload]

    def formulas(self, values: Values) -> list[str]:
        """Return how each input of the one row of `values` is computed, in numbers; "" where its name says it."""
        return [""] * len(self.names())

    def standardised(self, values: Values) -> tuple[float, float, float] | None:
        """Return number, mean and sd of the one row of `values`, where the first input is `(number - mean) / sd`."""
        return None


@final
@dataclass(frozen=True)
class Number(Column):
    """A column of numbers: `z = (x - mean) / scale`, 0 where missing.

    Where numbers are missing in five rows or more, a second input is 1 there: of fewer it would say what those rows are
    by chance. Where it is cut into bins, each becomes `clip((x - e_t) / (e_(t+1) - e_t), 0, 1) - mean_t`,
    0 where missing. Where it is scaled robustly, median and quartiles take the place of mean and standard deviation,
    and the input is `z / √(1 + (z / 3)²)`.

    Sources: Y. Gorishniy, I. Rubachev, A. Babenko, "On embeddings for numerical features in tabular deep learning",
    NeurIPS 2022; D. Holzmüller, L. Grinsztajn, I. Steinwart, "Better by default", NeurIPS 2024.

    Attributes:
        name: of the column.
        mean: taken from each number; the median where `clipped`.
        scale: each is divided by: the standard deviation; the distance of the quartiles where `clipped`.
        missing: whether an input says where it is missing.
        written: name of the format in which people wrote the numbers, "" where they were no words.
        clipped: whether it is scaled robustly and clipped smoothly.
        edges: of its bins, ascending (bins + 1,); none where it is not cut into any.
        bin_means: taken from the input of each bin (bins,).
    """

    kind = "number"

    name: str
    mean: float
    scale: float
    missing: bool
    written: str = ""
    clipped: bool = False
    edges: tuple[float, ...] = ()
    bin_means: tuple[float, ...] = ()

    @classmethod
    def of(cls, stats: ColumnStats) -> "Number":
        """Return the column as learned from the rows of training."""
        numbers = stats.summary
        if numbers is None or not isfinite(numbers.most - numbers.least):
            numbers = summaries([as_numbers(stats.values, stats.name)], stats.weights)[0]
        constant = numbers.deviation <= 10 * np.finfo(float).eps * abs(numbers.mean)
        mean, scale = numbers.mean, 1.0 if constant else numbers.deviation
        column = cls(stats.name, mean, scale, numbers.missing >= FEWEST_ROWS)
        asked = stats.encoding
        farthest = max(numbers.most - mean, mean - numbers.least)
        far = asked.scaling == "robust" or (asked.scaling == "auto" and farthest > FAR * scale)
        if not (asked.bins or far) or not isfinite(numbers.most - numbers.least):
            return column
        values = as_numbers(stats.values, stats.name)
        robust = column._scaled_robustly(values, stats.weights) if far else column
        if asked.scaling == "robust" or scale > FAR * robust.scale:
            column = robust
        return column._cut(values, stats.weights, asked.bins) if asked.bins else column

    def _scaled_robustly(self, values: Array, weights: Array | None) -> "Number":
        """Return the column with the median and the distance of the quartiles, or, of equal ones, half of the range."""
        least, lower, median, upper, most = quantiles(values, weights, 4).tolist()
        return replace(self, mean=median, scale=upper - lower or (most - least) / 2 or 1.0, clipped=True)

    def _cut(self, values: Array, weights: Array | None, bins: int) -> "Number":
        """Return the column with bins between quantiles; a single one would say what the number itself says."""
        edges = edges_of_bins(values, weights, bins)
        if len(edges) <= 2:
            return self
        known = ~np.isnan(values)
        counts = None if weights is None or not weights[known].any() else weights[known]
        each = (Bins(np.array(ends), np.zeros(1)).shares(values[known])[0] for ends in pairwise(edges))
        means = [float(np.average(shares, weights=counts)) for shares in each]
        return replace(self, edges=tuple(edges.tolist()), bin_means=tuple(means))

    def names(self) -> list[str]:
        number = f"{self.name} (smoothly clipped)" if self.clipped else self.name
        return [number, *([f"{self.name} is missing"] if self.missing else []), *self.bin_names()]

    def bin_names(self) -> list[str]:
        """Return the names of the inputs of its bins: from which number to which each is."""
        return [f"{self.name} from {start} to {end}" for start, end in pairwise(told_apart(self.edges))]

    @property
    def bins(self) -> Bins | None:
        """What makes the inputs of its bins; None where it is not cut into any."""
        return Bins(np.array(self.edges), np.array(self.bin_means)) if self.edges else None

    def parts(self, values: Values) -> list[Part]:
        numbers = numbers_in(read_written(values, self.written, self.name), self.name)
        return [Numbers(self.name, numbers, self.mean, self.scale, self.missing, self.clipped, self.bins)]

    def formulas(self, values: Values) -> list[str]:
        x = float(as_numbers(read_written(values, self.written, self.name), self.name)[0])
        if np.isnan(x):
            return ["0, since it is missing", *[""] * (len(self.names()) - 1)]
        z = f"({significant(x)} {_less(significant(self.mean))}) / {significant(self.scale)}"
        scaled = f"z / sqrt(1 + (z / {SMOOTH_LIMIT:g})^2), z = {z}" if self.clipped else z
        bins = zip(pairwise(self.edges), pairwise(told_apart(self.edges)), self.bin_means, strict=True)
        shares = [f"{_share(x, edges, words, significant(x))} - {significant(mean)}" for edges, words, mean in bins]
        return [scaled, *([""] if self.missing else []), *shares]

    def standardised(self, values: Values) -> tuple[float, float, float] | None:
        x = float(as_numbers(read_written(values, self.written, self.name), self.name)[0])
        return None if self.clipped or np.isnan(x) else (x, self.mean, self.scale)

    def decision(self, missing: int) -> str:
        scaled = (
            f"scaled by median {self.mean:.4g} and quartile range {self.scale:.4g}, smoothly clipped at ±3"
            if self.clipped
            else f"standardised (mean {self.mean:.4g}, sd {self.scale:.4g})"
        )
        cut = f", and {len(self.bin_means)} bins between quantiles" if self.edges else ""
        filled = f"; missing values: {'median' if self.clipped else 'mean'}" if missing else ""
        indicator = ", plus a missing indicator" if self.missing else ""
        return f"{scaled}{cut}{filled}{indicator}"


def _share(x: float, edges: tuple[float, float], words: tuple[str, str], number: str) -> str:
    """Return how far `x` is through a bin, in numbers."""
    (start, end), (from_, to) = edges, words
    return "0" if x <= start else "1" if x >= end else f"({number} {_less(from_)}) / ({to} {_less(from_)})"


def _less(number: str) -> str:
    """Return what takes a number in words from what stands before it."""
    return f"+ {number[1:]}" if number.startswith("-") else f"- {number}"


def told_apart(numbers: Sequence[float]) -> list[str]:
    """Return ascending numbers in words: with four significant digits, or as many as make all of them different.

    >>> told_apart([0.0, 1 / 3, 12345.0]), told_apart([1.0001, 1.0002])
    (['0', '0.3333', '12345'], ['1.0001', '1.0002'])
    """
    for digits in range(4, 17):
        words = [
            f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value:.{digits}g}" for value in numbers
        ]
        if len(set(words)) == len(words):
            return words
    return [repr(value) for value in numbers]


@final
@dataclass(frozen=True)
class Category(Column):
    """A category, one-hot encoded: one input for each level, 1 where the row has it.

    Levels with fewer than 5 rows share one input, which is also that of levels never seen before; without any, those
    leave all inputs 0.
    """

    kind = "category"

    name: str
    words: tuple[str, ...]
    rare: bool
    missing: bool

    @classmethod
    def of(cls, stats: ColumnStats) -> "Category":
        """Return the column as learned from the rows of training."""
        coded = stats.coded or coded_words(stats.values)
        order = np.argsort(-coded.counts, kind="stable")[:MOST_CATEGORIES]
        kept = coded.words.take(pa.array(order[coded.counts[order] >= FEWEST_ROWS])).to_pylist()
        rare = len(kept) < int(np.count_nonzero(coded.counts))
        return cls(stats.name, tuple(sorted(kept)), rare, stats.missing > 0)

    def labels(self) -> list[str]:
        """Return what each input stands for."""
        return [*self.words, *([RARE] if self.rare else []), *([MISSING] if self.missing else [])]

    def names(self) -> list[str]:
        return [f"{self.name} = {label}" for label in self.labels()]

    def parts(self, values: Values | Coded) -> list[Part]:
        if not isinstance(values, Coded) and not isinstance(values, np.ndarray) and is_words(values):
            return [Codes(self._inputs_of(values), len(self.labels()))]
        coded = values if isinstance(values, Coded) else coded_words(values)
        inputs = np.append(self._inputs_of(coded.words), np.int32(self._missing))
        return [Codes(inputs.take(coded.codes), len(self.labels()))]

    def _inputs_of(self, words: pa.Array) -> Array:
        """Return which input each word (n,) sets to 1, or -1."""
        known = pa.array([*self.words, *MISSING_WORDS, None]).cast(words.type)
        found = pc.index_in(words, value_set=known).fill_null(len(known)).to_numpy(zero_copy_only=False)
        inputs = np.full(len(known) + 1, self._missing, np.int32)
        inputs[: len(self.words)], inputs[-1] = np.arange(len(self.words)), len(self.words) if self.rare else -1
        return inputs.take(found)

    @property
    def _missing(self) -> int:
        """The input of a missing word, or -1."""
        return len(self.words) + self.rare if self.missing else -1

    def decision(self, missing: int) -> str:
        rare = '; levels with fewer than 5 rows, and unseen levels, are pooled as "rare"' if self.rare else ""
        also = " and missing" if missing else ""
        return f"one-hot, {count(len(self.words), 'level')}{also}{rare}"


@final
@dataclass(frozen=True)
class Date(Column):
    """A column of dates: the day as a number, month and day of the week as categories.

    `written` is the name of the format in which people wrote them, "" where it was no words.
    """

    kind = "date"

    name: str
    days: Number
    month: Category
    weekday: Category
    written: str = ""

    @classmethod
    def of(cls, stats: ColumnStats) -> "Date":
        """Return the column as learned from the rows of training."""
        stamps = stamps_of(stats.values, stats.name)
        days, month, weekday = column_stats(
            {
                f"{stats.name} (days)": days_of(stamps),
                f"{stats.name} (month)": pc.month(stamps),
                f"{stats.name} (weekday)": weekday_of(stamps),
            },
            stats.weights,
            stats.encoding,
        )
        return cls(stats.name, Number.of(days), Category.of(month), Category.of(weekday))

    def names(self) -> list[str]:
        return [*self.days.names(), *self.month.names(), *self.weekday.names()]

    def parts(self, values: Values) -> list[Part]:
        stamps = stamps_of(read_written(values, self.written, self.name), self.name)
        return [
            *self.days.parts(days_of(stamps)),
            *self.month.parts(pc.month(stamps)),
            *self.weekday.parts(weekday_of(stamps)),
        ]

    def decision(self, missing: int) -> str:
        return f"days since 1970, {self.days.decision(0)}; month and weekday, one-hot"

    def formulas(self, values: Values) -> list[str]:
        days = days_of(stamps_of(read_written(values, self.written, self.name), self.name))
        return [*self.days.formulas(days), *[""] * (len(self.names()) - len(self.days.names()))]

    def standardised(self, values: Values) -> tuple[float, float, float] | None:
        return self.days.standardised(days_of(stamps_of(read_written(values, self.written, self.name), self.name)))

    def describe(self) -> dict[str, Any]:
        parts = {name: getattr(self, name).describe() for name in ("days", "month", "weekday")}
        return {"kind": self.kind, "name": self.name, **parts, "written": self.written}


def stamps_of(values: Values, name: str) -> pa.Array:
    """Return dates, or words such as 2024-01-31, as times in microseconds.

    Raises:
        ValueError: they are something else.
    """
    try:
        return as_arrow(values).cast(pa.timestamp("us"), safe=False)  # what is finer than that is cut off
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise ValueError(
            f"Column {short(name)} must hold dates such as 2024-01-31, found {as_arrow(values).type}: {error}"
        ) from None


def days_of(stamps: pa.Array) -> pa.Array:
    """Return times as days since 1970-01-01, a part of a day as a fraction."""
    return pc.divide(stamps.cast(pa.int64()).cast(pa.float64(), safe=False), float(DAY))


def weekday_of(stamps: pa.Array) -> pa.Array:
    """Return the day of the week, 1 for Monday to 7."""
    return pc.day_of_week(stamps, count_from_zero=False)


@final
@dataclass(frozen=True)
class Text(Column):
    """A column of text: the TF-IDF of its most frequent terms."""

    kind = "text"

    name: str
    vectorizer: Any

    @classmethod
    def of(cls, stats: ColumnStats) -> "Text":
        """Return the column as learned from the rows of training."""
        vectorizer = text_vectorizer()
        try:
            vectorizer.fit(_texts(stats.values))
        except ValueError:
            raise ValueError(
                f"Column {short(stats.name)} cannot be text because no word occurs in two of its rows: make it a"
                " category, or drop it."
            ) from None
        return cls(stats.name, vectorizer)

    def names(self) -> list[str]:
        return [f"{self.name} has {term}" for term in self.vectorizer.get_feature_names_out()]

    def parts(self, values: Values) -> list[Part]:
        matrix = self.vectorizer.transform(_texts(values))
        return [Terms(matrix, matrix.shape[1])]

    def decision(self, missing: int) -> str:
        return f"TF-IDF of {len(self.vectorizer.vocabulary_)} words"

    def describe(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "name": self.name,
            "token_pattern": self.vectorizer.token_pattern,
            "terms": self.vectorizer.get_feature_names_out().tolist(),
            "idf": self.vectorizer.idf_.tolist(),
        }


def text_vectorizer() -> Any:
    """Return what takes texts to TF-IDF, not fitted yet."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(max_features=MOST_TERMS, min_df=2, sublinear_tf=True)


def _texts(values: Values) -> list[str]:
    return [text or "" for text in as_words(as_arrow(values)).to_pylist()]


# The registry: a new kind joins here, and can be asked for, saved and described from then on.
LEARNERS: dict[str, type[Column]] = {
    "number": Number,
    "boolean": Category,
    "category": Category,
    "date": Date,
    "text": Text,
}
CHOICES = (*LEARNERS, "identifier")
