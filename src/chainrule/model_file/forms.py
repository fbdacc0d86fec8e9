"""How each kind of value stands in a model file: written to JSON and tensors, and read with every part checked.

A form is used both ways. Reading believes nothing: it names the place, what it found there and what it expected.
Nothing compares or prints forms: they are no frozen data classes, which take longer to make than a model to read.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Protocol, final

import numpy as np

from chainrule.arrays import Array
from chainrule.exceptions import ModelFileError

# The largest of 64 bits, which labels may have; what is larger overflows where it becomes a float.
LARGEST_WHOLE = (1 << 64) - 1
# NumPy pads every text to the longest, in 4 bytes a character. So no text of a label or level is longer, as rows
# are padded to it when they are predicted, and all of a file together are no more than 64 MB.
LONGEST_TEXT = 1 << 12
MOST_TEXT = 1 << 24
# As many characters of what was found as fit into a sentence.
SHOWN = 60
# As many of what a class itself says against its parts, which is a sentence and may quote them.
SHOWN_OF_REFUSAL = 400


@final
@dataclass(eq=False, repr=False)
class Place:
    """Where in the description a value stands, and the tensors beside it.

    Attributes:
        path: such as "steps.1.theta", which is also the name of a tensor there.
        tensors: by name; written to while saving.
        sizes: numbers that shapes refer to by name.
        left: the names of tensors that nothing has read yet.
        room: how many characters arrays of text may still have, as the only item.
    """

    path: str
    tensors: dict[str, Array]
    sizes: Mapping[str, int] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)
    room: list[int] = field(default_factory=lambda: [MOST_TEXT])

    def at(self, name: object) -> "Place":
        """Return the place of a part."""
        return Place(f"{self.path}.{name}" if self.path else str(name), self.tensors, self.sizes, self.left, self.room)

    def with_sizes(self, **sizes: int) -> "Place":
        """Return the same place, where shapes may refer to these sizes too."""
        return Place(self.path, self.tensors, {**self.sizes, **sizes}, self.left, self.room)

    def refusal(self, expected: str, found: Any) -> ModelFileError:
        """Return the error of a value that is something else than expected."""
        return ModelFileError(f"{self.path or 'the model'} must be {expected}, found {_short(found)}")


def _short(value: Any) -> str:
    is_plain = isinstance(value, str | int | float | list | tuple | dict | None)
    text = " ".join(repr(value).split()) if is_plain else f"a {type(value).__name__}"
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


class Words(str):
    """What was found, in words of ours, which messages show without quotes."""

    __repr__ = str.__str__


class Form(Protocol):
    """How values of one kind are written and read."""

    def write(self, value: Any, place: Place) -> Any:
        """Return what stands for `value` in JSON; raise ModelFileError where nothing can."""
        ...

    def read(self, value: Any, place: Place) -> Any:
        """Return the value that stands there; raise ModelFileError where it is none of this form."""
        ...


@final
@dataclass(eq=False, repr=False)
class Plain:
    """A value that JSON has itself.

    Attributes:
        expected: in words.
        fits: whether a value is one.
    """

    expected: str
    fits: Callable[[Any], bool]

    def write(self, value: Any, place: Place) -> Any:
        value = value.item() if isinstance(value, np.generic) else value
        return self.read(value, place)

    def read(self, value: Any, place: Place) -> Any:
        if not self.fits(value):
            raise place.refusal(self.expected, value)
        return value


TEXT = Plain("a text", lambda value: isinstance(value, str))
FLAG = Plain("true or false", lambda value: isinstance(value, bool))
NOTHING = Plain("null", lambda value: value is None)


def whole(least: float = -math.inf, most: float = math.inf) -> Plain:
    """Return the form of whole numbers."""

    def fits(value: Any) -> bool:
        return type(value) is int and abs(value) <= LARGEST_WHOLE and least <= value <= most

    return Plain(f"a whole number{_range(least, most)}", fits)


def number(least: float = -math.inf, most: float = math.inf) -> Plain:
    """Return the form of finite numbers; a whole one stays whole."""

    def fits(value: Any) -> bool:
        whole_or_finite = abs(value) <= LARGEST_WHOLE if type(value) is int else type(value) is float
        return whole_or_finite and math.isfinite(value) and least <= value <= most

    return Plain(f"a finite number{_range(least, most)}", fits)


def choice(*words: Any) -> Plain:
    """Return the form of one of some words."""
    return Plain(f"one of {', '.join(map(str, words))}", lambda value: isinstance(value, str) and value in words)


def only(value: Any, reason: str) -> Plain:
    """Return the form of the one value that a model file has a place for."""
    expected = f"{value} in a model file ({reason})"
    return Plain(expected, lambda found: found == value and type(found) is type(value))


def _range(least: float, most: float) -> str:
    if least > -math.inf and most < math.inf:
        return f" from {least} to {most}"
    return f" of at least {least}" if least > -math.inf else f" of at most {most}" if most < math.inf else ""


@final
class AnyFloat:
    """A number, or "nan", "inf" or "-inf", which JSON has no numbers for."""

    def write(self, value: Any, place: Place) -> Any:
        value = value.item() if isinstance(value, np.generic) else value
        if type(value) not in (int, float):
            raise place.refusal("a number", value)
        return value if math.isfinite(value) else {"number": str(value)}

    def read(self, value: Any, place: Place) -> Any:
        if isinstance(value, dict):
            if value.keys() != {"number"} or value["number"] not in ("nan", "inf", "-inf"):
                raise place.refusal("a number, nan, inf or -inf", value.get("number"))
            return float(value["number"])
        return number().read(value, place)


@final
@dataclass(eq=False, repr=False)
class Either:
    """A value of one of several forms: the first that can be written or read."""

    forms: Sequence[Form]
    expected: str

    def write(self, value: Any, place: Place) -> Any:
        for form in self.forms:
            try:
                return form.write(value, place)
            except ModelFileError:
                continue
        raise place.refusal(self.expected, value)

    def read(self, value: Any, place: Place) -> Any:
        inside = None
        for form in self.forms:
            try:
                return form.read(value, place)
            except ModelFileError as error:
                inside = error if str(error).startswith(f"{place.path}.") else inside
        if inside is not None:  # it was of one of the forms, but for a part of it
            raise inside
        raise place.refusal(self.expected, value)


@final
@dataclass(eq=False, repr=False)
class Optional:
    """A value of a form, or None. Unlike `Either` it passes on what is wrong inside."""

    form: Form

    def write(self, value: Any, place: Place) -> Any:
        return None if value is None else self.form.write(value, place)

    def read(self, value: Any, place: Place) -> Any:
        return None if value is None else self.form.read(value, place)


@final
@dataclass(eq=False, repr=False)
class Items:
    """A list or tuple of values of one form, read as a tuple, or as what `make` makes of a list.

    Attributes:
        form: of each.
        length: how many there are, or the name of the size that says so; None for any number.
        make: such as `list`.
        different: whether no two may be the same.
    """

    form: Form
    length: int | str | None = None
    make: Callable[[list[Any]], Any] = tuple
    different: bool = False

    def write(self, value: Any, place: Place) -> Any:
        if not isinstance(value, list | tuple) and not (isinstance(value, np.ndarray) and value.ndim == 1):
            raise place.refusal("a list", value)
        return [self.form.write(one, place.at(i)) for i, one in enumerate(value)]

    def read(self, value: Any, place: Place) -> Any:
        if not isinstance(value, list):
            raise place.refusal("a list", value)
        _check_length(len(value), self.length, place)
        items = [self.form.read(one, place.at(i)) for i, one in enumerate(value)]
        if self.different and len(set(items)) < len(items):
            raise place.refusal("a list without repetitions", Words("one twice"))
        return self.make(items)


def _check_length(found: int, length: int | str | None, place: Place) -> None:
    expected = place.sizes[length] if isinstance(length, str) else length
    if expected not in (None, found):
        raise place.refusal(f"a list of {expected}", Words(f"{found} of them"))


@final
@dataclass(eq=False, repr=False)
class Converted:
    """A value for which another stands.

    Attributes:
        form: of what stands there.
        into: what makes that of the value.
        back: what makes the value of that.
    """

    form: Form
    into: Callable[[Any], Any]
    back: Callable[[Any], Any]

    def write(self, value: Any, place: Place) -> Any:
        return self.form.write(self.into(value), place)

    def read(self, value: Any, place: Place) -> Any:
        return self.back(self.form.read(value, place))


@final
@dataclass(eq=False, repr=False)
class Entries:
    """A dictionary from texts to values of one form."""

    form: Form

    def write(self, value: Any, place: Place) -> Any:
        if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
            raise place.refusal("a dictionary with texts as keys", value)
        return {key: self.form.write(one, place.at(key)) for key, one in value.items()}

    def read(self, value: Any, place: Place) -> Any:
        if not isinstance(value, dict):
            raise place.refusal("an object", value)
        return {key: self.form.read(one, place.at(key)) for key, one in value.items()}


@final
@dataclass(eq=False, repr=False)
class Tensor:
    """An array of numbers.

    Attributes:
        shape: a size, or its name in the place's sizes, or None for any, of each dimension.
        dtypes: which there may be.
        finite: whether all numbers must be finite.
    """

    shape: tuple[int | str | None, ...]
    dtypes: tuple[str, ...] = ("float64",)
    finite: bool = True

    def write(self, value: Any, place: Place) -> Any:
        self._check(value, place)
        place.tensors[place.path] = value
        return {"tensor": place.path}

    def read(self, value: Any, place: Place) -> Any:
        if value != {"tensor": place.path} or place.path not in place.tensors:
            raise place.refusal(f"the tensor {place.path}", value)
        place.left.discard(place.path)
        array = place.tensors[place.path]
        self._check(array, place)
        return array

    def _check(self, value: Any, place: Place) -> None:
        if not isinstance(value, np.ndarray) or str(value.dtype) not in self.dtypes:
            raise place.refusal(f"an array of {' or '.join(self.dtypes)}", getattr(value, "dtype", value))
        wanted = [place.sizes[size] if isinstance(size, str) else size for size in self.shape]
        if value.ndim != len(wanted) or any(w not in (None, size) for w, size in zip(wanted, value.shape, strict=True)):
            raise place.refusal(f"of shape {tuple(wanted)}", value.shape)
        if self.finite and value.dtype.kind == "f" and not np.isfinite(value).all():
            raise place.refusal("finite numbers throughout", Words("one that is not"))


# Types of labels and levels that keep their bits in a tensor.
NUMERIC = (*("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"), *("float32", "float64"))
# What labels of several types may be: all that JSON has, and floats that it has not.
OBJECT = Either((TEXT, FLAG, NOTHING, whole(), AnyFloat()), "a text, a number, a truth value or None")


@final
@dataclass(eq=False, repr=False)
class Labels:
    """A one-dimensional array of labels or levels: numbers, texts, or objects that are one of these each.

    Attributes:
        length: the name of the size that says how many there are; None for any number.
    """

    length: str | None = None

    def write(self, value: Any, place: Place) -> Any:
        if isinstance(value, np.ndarray) and value.ndim == 1:
            value = value.astype(value.dtype.newbyteorder("="), copy=False)
            if str(value.dtype) in NUMERIC:
                return Tensor((None,), NUMERIC, finite=False).write(value, place)
            if value.dtype.kind == "U":
                return {"text": value.dtype.itemsize // 4, "values": value.tolist()}
            if value.dtype == object:
                return {"objects": [OBJECT.write(one, place.at(i)) for i, one in enumerate(value)]}
        raise place.refusal("texts, numbers or truth values", getattr(value, "dtype", value))

    def read(self, value: Any, place: Place) -> Any:
        found = self._read(value, place)
        _check_length(len(found), self.length, place)
        return found

    def _read(self, value: Any, place: Place) -> Array:
        if not isinstance(value, dict):
            raise place.refusal("labels", value)
        if value.keys() == {"tensor"}:
            found: Array = Tensor((None,), NUMERIC, finite=False).read(value, place)
            return found
        if value.keys() == {"text", "values"}:
            texts = Items(TEXT, make=list).read(value["values"], place)
            longest = max(map(len, texts), default=1)
            if longest > LONGEST_TEXT:
                raise place.refusal(f"texts of at most {LONGEST_TEXT} characters", Words(f"one of {longest}"))
            width = whole(max(1, longest), LONGEST_TEXT).read(value["text"], place)
            place.room[0] -= width * len(texts)
            if place.room[0] < 0:
                raise place.refusal(f"at most {MOST_TEXT} characters together with all other texts", texts)
            return np.array(texts, dtype=f"<U{width}")
        if value.keys() == {"objects"}:
            objects = Items(OBJECT, make=list).read(value["objects"], place)
            array = np.empty(len(objects), dtype=object)
            array[:] = objects
            return array
        raise place.refusal("labels", value)


@final
@dataclass(eq=False, repr=False)
class Record:
    """A named tuple or data class, by the forms of its fields.

    Attributes:
        make: the class.
        forms: by the name of the field, of every one.
        check: given what was read and its place, refuses fields that do not belong together.
    """

    make: type[Any]
    forms: Mapping[str, Form]
    check: Callable[[Any, Place], None] | None = None

    def __post_init__(self) -> None:
        names = getattr(self.make, "_fields", None) or [one.name for one in fields(self.make)]
        if set(names) != set(self.forms):  # a field without a form would be left out of files
            raise TypeError(f"{self.make.__name__} has the fields {', '.join(names)}, found forms of {set(self.forms)}")

    def write(self, value: Any, place: Place) -> Any:
        if type(value) is not self.make:
            raise place.refusal(f"a {self.make.__name__}", value)
        return {name: form.write(getattr(value, name), place.at(name)) for name, form in self.forms.items()}

    def read(self, value: Any, place: Place) -> Any:
        parts = self.parts(value, place)
        try:
            made = self.make(**parts)
        except (ValueError, TypeError) as error:  # what the class itself refuses, such as a rate below zero
            said = " ".join(str(error).split())
            said = said if len(said) <= SHOWN_OF_REFUSAL else f"{said[:SHOWN_OF_REFUSAL]}..."
            raise ModelFileError(f"the parts of {place.path or 'the model'} do not fit: {said}") from None
        if self.check is not None:
            self.check(made, place)
        return made

    def parts(self, value: Any, place: Place) -> dict[str, Any]:
        """Return the fields, read."""
        check_names(value, self.forms, place)
        return {name: form.read(value[name], place.at(name)) for name, form in self.forms.items()}


def check_names(value: Any, names: Mapping[str, Any], place: Place, may_lack: frozenset[str] = frozenset()) -> None:
    """Raise ModelFileError where `value` is no object, lacks a name, or has one too many."""
    if not isinstance(value, dict):
        raise place.refusal("an object", value)
    for name in names:
        if name not in value and name not in may_lack:
            raise ModelFileError(f"{place.at(name).path} is missing")
    for name in value:
        if name not in names:
            raise place.refusal(f"an object of {', '.join(names)}", Words(f"{name[:SHOWN]!r} among them"))


@final
@dataclass(eq=False, repr=False)
class Kinds:
    """A value of one of several classes, each under its name here.

    Attributes:
        forms: the class and its form, by name; made when first asked for.
        expected: in words.
    """

    forms: Callable[[], Mapping[str, tuple[type, Form]]]
    expected: str

    def write(self, value: Any, place: Place) -> Any:
        for kind, (made, form) in self.forms().items():
            if type(value) is made:
                return {"kind": kind, **form.write(value, place)}
        raise place.refusal(self.expected, value)

    def read(self, value: Any, place: Place) -> Any:
        kind = value.get("kind") if isinstance(value, dict) else None
        if not isinstance(kind, str) or kind not in self.forms():
            raise place.refusal(self.expected, kind)
        rest = {name: part for name, part in value.items() if name != "kind"}
        return self.forms()[kind][1].read(rest, place)


def hyper_parameters(make: type, **others: Form) -> Record:
    """Return the form of a data class of flags, numbers, texts and `others`, as its fields are annotated."""
    plain: dict[Any, Form] = {
        "bool": FLAG,
        bool: FLAG,
        "int": whole(),
        int: whole(),
        "float": number(),
        float: number(),
        str: TEXT,
        tuple[str, ...]: Items(TEXT),
    }
    return Record(make, {one.name: others.get(one.name) or plain[one.type] for one in fields(make)})
