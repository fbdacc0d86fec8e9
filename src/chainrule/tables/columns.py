"""How each kind of column becomes numbers: learned once from the rows of training, the same ever after."""

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeAlias, final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from chainrule.arrays import Array
from chainrule.tables.frames import MISSING_WORDS, as_numbers, as_words, is_words
from chainrule.tables.kinds import FEWEST_ROWS

MOST_CATEGORIES = 1000
MOST_TERMS = 5000
RARE, MISSING = "(rare)", "(missing)"
DAYS = 86_400_000_000


class Numbers(NamedTuple):
    """One input that is a number in every row (n,)."""

    values: Array
    width: int = 1


class Codes(NamedTuple):
    """Inputs of which one is 1 in each row, the others 0: which one (n,), or -1 for none."""

    codes: Array
    width: int


class Terms(NamedTuple):
    """Inputs most of which are 0: a sparse matrix (n, width)."""

    matrix: Any
    width: int


Part: TypeAlias = Numbers | Codes | Terms


class Column(Protocol):
    """A column of the table as learned."""

    @property
    def name(self) -> str:
        """Its name in the table."""
        ...

    def names(self) -> list[str]:
        """Return the names of the inputs it becomes."""
        ...

    def parts(self, values: pa.Array) -> list[Part]:
        """Return those inputs for the rows of `values` (n,)."""
        ...

    def decision(self) -> str:
        """Return what was decided, in words."""
        ...


@final
@dataclass(frozen=True)
class Number:
    """A column of numbers: `(x - mean) / scale`, 0 where missing, and then 1 in an input that says so."""

    name: str
    mean: float
    scale: float
    missing: bool

    @classmethod
    def of(cls, name: str, values: pa.Array) -> "Number":
        numbers = as_numbers(values, name)
        known = numbers[~np.isnan(numbers)]
        mean, scale = float(known.mean()), float(known.std())
        return cls(
            name, mean, scale if scale > 10 * np.finfo(float).eps * abs(mean) else 1.0, len(known) < len(numbers)
        )

    def names(self) -> list[str]:
        return [self.name, f"{self.name} is missing"] if self.missing else [self.name]

    def parts(self, values: pa.Array) -> list[Part]:
        numbers = (as_numbers(values, self.name) - self.mean) / self.scale
        missing = np.isnan(numbers)
        numbers[missing] = 0
        return [Numbers(numbers), Codes(missing.astype(np.int32) - 1, 1)] if self.missing else [Numbers(numbers)]

    def decision(self) -> str:
        filled = "; missing ones become the mean, and an input of their own" if self.missing else ""
        return f"less {self.mean:.6g}, divided by {self.scale:.6g}{filled}"


@final
@dataclass(frozen=True)
class Category:
    """A column of words: one input for each, 1 where the row has it.

    Words in fewer than five rows share one input, which is also that of words never seen before; without any, those
    leave all inputs 0.
    """

    name: str
    words: tuple[str, ...]
    rare: bool
    missing: bool

    @classmethod
    def of(cls, name: str, values: pa.Array) -> "Category":
        words = as_words(values)
        counted = pc.value_counts(words.drop_null())
        counts = counted.field("counts").to_numpy(zero_copy_only=False)
        known = counted.field("values").to_pylist()
        order = np.argsort(-counts, kind="stable")
        kept = [known[i] for i in order[:MOST_CATEGORIES] if counts[i] >= FEWEST_ROWS]
        return cls(name, tuple(sorted(kept)), len(kept) < len(known), words.null_count > 0)

    def labels(self) -> list[str]:
        """Return what each input stands for."""
        return [*self.words, *([RARE] if self.rare else []), *([MISSING] if self.missing else [])]

    def names(self) -> list[str]:
        return [f"{self.name} = {label}" for label in self.labels()]

    def parts(self, values: pa.Array) -> list[Part]:
        if is_words(values):
            return [Codes(self._inputs_of(values), len(self.labels()))]
        distinct = pc.dictionary_encode(values, null_encoding="encode")
        inputs = self._inputs_of(as_words(distinct.dictionary))
        return [Codes(inputs[distinct.indices.to_numpy(zero_copy_only=False)], len(self.labels()))]

    def _inputs_of(self, words: pa.Array) -> Array:
        """Return which input each word (n,) sets to 1, or -1."""
        known = pa.array([*self.words, *MISSING_WORDS, None]).cast(words.type)
        found = pc.index_in(words, value_set=known).fill_null(len(known)).to_numpy(zero_copy_only=False)
        rare = len(self.words) if self.rare else -1
        missing = len(self.words) + self.rare if self.missing else -1
        inputs = np.full(len(known) + 1, missing, np.int32)
        inputs[: len(self.words)], inputs[-1] = np.arange(len(self.words)), rare
        return inputs[found]

    def decision(self) -> str:
        rare = "; words in fewer than five rows, and new ones, count as rare" if self.rare else ""
        missing = "; missing is a word of its own" if self.missing else ""
        return f"{len(self.words)} words, an input for each{rare}{missing}"


@final
@dataclass(frozen=True)
class Date:
    """A column of dates: the day as a number, month and day of the week as categories."""

    name: str
    days: Number
    month: Category
    weekday: Category

    @classmethod
    def of(cls, name: str, values: pa.Array) -> "Date":
        stamps = stamps_of(values, name)
        return cls(
            name,
            Number.of(f"{name} (days)", days_of(stamps)),
            Category.of(f"{name} (month)", pc.month(stamps)),
            Category.of(f"{name} (weekday)", pc.day_of_week(stamps, count_from_zero=False)),
        )

    def names(self) -> list[str]:
        return [*self.days.names(), *self.month.names(), *self.weekday.names()]

    def parts(self, values: pa.Array) -> list[Part]:
        stamps = stamps_of(values, self.name)
        weekday = pc.day_of_week(stamps, count_from_zero=False)
        return [*self.days.parts(days_of(stamps)), *self.month.parts(pc.month(stamps)), *self.weekday.parts(weekday)]

    def decision(self) -> str:
        return "days since 1970, month, and day of the week"


def stamps_of(values: pa.Array, name: str) -> pa.Array:
    """Return dates, or words such as 2024-01-31, as times in microseconds.

    Raises:
        ValueError: they are something else.
    """
    try:
        return values.cast(pa.timestamp("us"))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise ValueError(f"Column {name} must hold dates such as 2024-01-31, found {values.type}: {error}") from None


def days_of(stamps: pa.Array) -> pa.Array:
    """Return times as days since 1970-01-01, a part of a day as a fraction."""
    return pc.divide(stamps.cast(pa.int64()).cast(pa.float64(), safe=False), float(DAYS))


@final
@dataclass(frozen=True)
class Text:
    """A column of text: how much each of the commonest words says of it (TF-IDF)."""

    name: str
    vectorizer: Any

    @classmethod
    def of(cls, name: str, values: pa.Array) -> "Text":
        from sklearn.feature_extraction.text import TfidfVectorizer

        vectorizer = TfidfVectorizer(max_features=MOST_TERMS, min_df=2, sublinear_tf=True)
        try:
            vectorizer.fit(_texts(values))
        except ValueError:
            raise ValueError(
                f"Column {name} cannot be text, for no word is in two of its rows: make it a category, or drop it."
            ) from None
        return cls(name, vectorizer)

    def names(self) -> list[str]:
        return [f"{self.name} has {term}" for term in self.vectorizer.get_feature_names_out()]

    def parts(self, values: pa.Array) -> list[Part]:
        matrix = self.vectorizer.transform(_texts(values))
        return [Terms(matrix, matrix.shape[1])]

    def decision(self) -> str:
        return f"{len(self.vectorizer.vocabulary_)} words, weighed by TF-IDF"


def _texts(values: pa.Array) -> list[str]:
    return [text or "" for text in as_words(values).to_pylist()]


LEARNERS: dict[str, Any] = {"number": Number, "boolean": Category, "category": Category, "date": Date, "text": Text}
