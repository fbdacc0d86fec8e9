"""How each kind of column is encoded as numbers: learned from the training rows, the same ever after."""

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any, ClassVar, Self, final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from chainrule.arrays import Array
from chainrule.common.format import count, short
from chainrule.tables.assembly import Codes, Numbers, Part, Terms
from chainrule.tables.frames import MISSING_WORDS, Values, as_arrow, as_numbers, as_words, is_words, numbers_in
from chainrule.tables.kinds import FEWEST_ROWS, Coded, ColumnStats, coded_words, column_stats, summaries
from chainrule.tables.written import read_written

# Levels of a category that get an input of their own, at most: the most frequent ones. Each takes a weight for every
# unit of the first layer, and those beyond are mostly rare.
MOST_CATEGORIES = 1000
# Terms of a column of text that get an input, at most: the most frequent ones, for the same reason.
MOST_TERMS = 5000
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


@final
@dataclass(frozen=True)
class Number(Column):
    """A column of numbers: `(x - mean) / scale`, 0 where missing.

    Where numbers are missing in five rows or more, a second input is 1 there: of fewer it would say what those rows are
    by chance. `written` is the name of the format in which people wrote them, "" where it was no words.
    """

    kind = "number"

    name: str
    mean: float
    scale: float
    missing: bool
    written: str = ""

    @classmethod
    def of(cls, stats: ColumnStats) -> "Number":
        numbers = stats.summary
        if numbers is None or not isfinite(numbers.most - numbers.least):
            numbers = summaries([as_numbers(stats.values, stats.name)], stats.weights)[0]
        constant = numbers.deviation <= 10 * np.finfo(float).eps * abs(numbers.mean)
        return cls(stats.name, numbers.mean, 1.0 if constant else numbers.deviation, numbers.missing >= FEWEST_ROWS)

    def names(self) -> list[str]:
        return [self.name, f"{self.name} is missing"] if self.missing else [self.name]

    def parts(self, values: Values) -> list[Part]:
        numbers = numbers_in(read_written(values, self.written, self.name), self.name)
        return [Numbers(self.name, numbers, self.mean, self.scale, self.missing)]

    def decision(self, missing: int) -> str:
        filled = "; missing values: mean" if missing else ""
        indicator = ", plus a missing indicator" if self.missing else ""
        return f"standardised (mean {self.mean:.4g}, sd {self.scale:.4g}){filled}{indicator}"


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
        stamps = stamps_of(stats.values, stats.name)
        days, month, weekday = column_stats(
            {
                f"{stats.name} (days)": days_of(stamps),
                f"{stats.name} (month)": pc.month(stamps),
                f"{stats.name} (weekday)": weekday_of(stamps),
            },
            stats.weights,
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
        return "days since 1970, standardised; month and weekday, one-hot"

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
