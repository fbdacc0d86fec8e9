"""scikit-learn's own steps in a model file: pipelines, column transformers, scalers, imputers and encoders.

Where an encoder keeps what follows from its levels, that is made anew and not written.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, final

import numpy as np

from chainrule.model_file.estimators import MOST_COLUMNS, STEP, Estimator
from chainrule.model_file.forms import (
    FLAG,
    NOTHING,
    OBJECT,
    TEXT,
    AnyFloat,
    Either,
    Entries,
    Form,
    Items,
    Labels,
    Optional,
    Place,
    Tensor,
    check_names,
    choice,
    number,
    whole,
)

A_NUMBER_EACH = Tensor(("inputs",))


@cache
def pipeline() -> Estimator:
    """Return the form of a `Pipeline`."""
    parameters: dict[str, Form] = {"steps": Steps(), "memory": NOTHING, "verbose": FLAG}
    return Estimator("sklearn.pipeline", "Pipeline", parameters, {})


@final
@dataclass(frozen=True)
class OrWord:
    """An estimator, or one of some words in its place."""

    form: Form
    words: tuple[str, ...]

    def write(self, value: Any, place: Place) -> Any:
        return value if isinstance(value, str) and value in self.words else self.form.write(value, place)

    def read(self, value: Any, place: Place) -> Any:
        return choice(*self.words).read(value, place) if isinstance(value, str) else self.form.read(value, place)


@final
class Steps:
    """Named steps, as pairs."""

    STEP = OrWord(STEP, ("passthrough",))

    def write(self, value: Any, place: Place) -> Any:
        return [[TEXT.write(name, place), self.STEP.write(step, place.at(i))] for i, (name, step) in enumerate(value)]

    def read(self, value: Any, place: Place) -> Any:
        if not isinstance(value, list) or not value or not all(isinstance(p, list) and len(p) == 2 for p in value):
            raise place.refusal("pairs of a name and a step", value)
        steps = [(TEXT.read(name, place), self.STEP.read(step, place.at(i))) for i, (name, step) in enumerate(value)]
        if len(dict(steps)) < len(steps):
            raise place.refusal("steps of different names", "a name twice")
        return steps


@final
class OneCount:
    """How many rows were seen, as the number of NumPy's that scikit-learn goes on counting with."""

    def write(self, value: Any, place: Place) -> Any:
        return AnyFloat().write(value, place)

    def read(self, value: Any, place: Place) -> Any:
        return np.asarray(number(0, 2**53).read(value, place))[()]


SEEN_ROWS = Either((OneCount(), Tensor(("inputs",), ("int64", "float64"))), "how many rows were seen")


@cache
def standard_scaler() -> Estimator:
    """Return the form of a `StandardScaler`."""
    each = Optional(A_NUMBER_EACH)
    return Estimator(
        "sklearn.preprocessing",
        "StandardScaler",
        {"copy": FLAG, "with_mean": FLAG, "with_std": FLAG},
        {"mean_": each, "var_": each, "scale_": each, "n_samples_seen_": SEEN_ROWS},
    )


@cache
def min_max_scaler() -> Estimator:
    """Return the form of a `MinMaxScaler`."""
    names = ("scale_", "min_", "data_min_", "data_max_", "data_range_")
    return Estimator(
        "sklearn.preprocessing",
        "MinMaxScaler",
        {"feature_range": Items(number()), "copy": FLAG, "clip": FLAG},
        {**dict.fromkeys(names, A_NUMBER_EACH), "n_samples_seen_": SEEN_ROWS},
    )


@final
class NumberType:
    """A floating or whole number type of NumPy, as scikit-learn's encoders are given one."""

    TYPES = ("float64", "float32", "int64", "int32", "int16", "int8", "uint8", "bool")

    def write(self, value: Any, place: Place) -> Any:
        return choice(*self.TYPES).write(str(np.dtype(value)), place)

    def read(self, value: Any, place: Place) -> Any:
        return np.dtype(choice(*self.TYPES).read(value, place)).type


@final
class ArrayType:
    """The type of the rows that an imputer was fitted to."""

    def write(self, value: Any, place: Place) -> Any:
        return self.read(value.str, place).str

    def read(self, value: Any, place: Place) -> Any:
        found = TEXT.read(value, place)
        if found not in ("|O", "<f8", "<f4", "<i8", "<i4") and not (found[:2] == "<U" and found[2:].isdecimal()):
            raise place.refusal("a type of numbers, texts or objects", found)
        return np.dtype(found[:8])


SCALAR = Either((NOTHING, TEXT, whole(), AnyFloat()), "a number, a text or None")


@cache
def simple_imputer() -> Estimator:
    """Return the form of a `SimpleImputer`."""
    parameters: dict[str, Form] = {
        "missing_values": SCALAR,
        "strategy": choice("mean", "median", "most_frequent", "constant"),
        "fill_value": SCALAR,
        "copy": FLAG,
        "add_indicator": Only(False, "without it; a TableEncoder says by itself what is missing"),
        "keep_empty_features": FLAG,
    }
    fitted: dict[str, Form] = {
        "statistics_": Labels("inputs"),
        "_fit_dtype": ArrayType(),
        "_fill_dtype": ArrayType(),
        "indicator_": NOTHING,
    }
    return Estimator("sklearn.impute", "SimpleImputer", parameters, fitted, frozenset({"_fill_dtype"}))


@final
@dataclass(frozen=True)
class Only:
    """The one value of a parameter that a model file has a place for."""

    value: Any
    advice: str

    def write(self, value: Any, place: Place) -> Any:
        if value != self.value or type(value) is not type(self.value):
            raise place.refusal(f"{self.value} in a model file ({self.advice})", value)
        return value

    def read(self, value: Any, place: Place) -> Any:
        return self.write(value, place)


ALL_LEVELS = {
    "min_frequency": Only(None, "a TableEncoder pools rare levels by itself"),
    "max_categories": Only(None, "a TableEncoder pools rare levels by itself"),
}
LEVELS = Either((Labels(), Items(OBJECT, make=list)), "levels")
CATEGORIES = Either((choice("auto"), Items(LEVELS, make=list)), "auto, or the levels of each column")


@cache
def one_hot_encoder() -> Estimator:
    """Return the form of a `OneHotEncoder`."""
    parameters: dict[str, Form] = {
        "categories": CATEGORIES,
        "drop": Either((NOTHING, choice("first", "if_binary"), Labels()), "None, first, if_binary or levels"),
        "sparse_output": FLAG,
        "dtype": NumberType(),
        "handle_unknown": choice("error", "ignore", "infrequent_if_exist", "warn"),
        **ALL_LEVELS,
        "feature_name_combiner": Only("concat", "a function is code"),
    }
    fitted: dict[str, Form] = {"categories_": Items(Labels(), "inputs", list), "drop_idx_": Optional(Labels("inputs"))}
    derived = frozenset({"_infrequent_enabled", "_drop_idx_after_grouping", "_n_features_outs"})
    return Estimator(
        "sklearn.preprocessing", "OneHotEncoder", parameters, fitted, derived=derived, finish=_finish_one_hot
    )


def _finish_one_hot(encoder: Any, place: Place) -> None:
    sizes = [len(levels) for levels in encoder.categories_]
    dropped = [None] * len(sizes) if encoder.drop_idx_ is None else encoder.drop_idx_.tolist()
    for size, one in zip(sizes, dropped, strict=True):
        if one is not None and not (type(one) is int and 0 <= one < size):
            raise place.at("drop_idx_").refusal("None or the place of a level, for each column", one)
    _check_levels(encoder, place)
    encoder._infrequent_enabled, encoder._drop_idx_after_grouping = False, encoder.drop_idx_
    encoder._n_features_outs = [size - (one is not None) for size, one in zip(sizes, dropped, strict=True)]


@cache
def ordinal_encoder() -> Estimator:
    """Return the form of a `OrdinalEncoder`."""
    parameters: dict[str, Form] = {
        "categories": CATEGORIES,
        "dtype": NumberType(),
        "handle_unknown": choice("error", "use_encoded_value"),
        "unknown_value": SCALAR,
        "encoded_missing_value": SCALAR,
        **ALL_LEVELS,
    }
    fitted: dict[str, Form] = {"categories_": Items(Labels(), "inputs", list)}
    derived = frozenset({"_infrequent_enabled", "_missing_indices"})
    return Estimator(
        "sklearn.preprocessing", "OrdinalEncoder", parameters, fitted, derived=derived, finish=_finish_ordinal
    )


def _finish_ordinal(encoder: Any, place: Place) -> None:
    _check_levels(encoder, place)
    encoder._infrequent_enabled = False
    encoder._missing_indices = {
        column: len(levels) - 1 for column, levels in enumerate(encoder.categories_) if any(map(_is_nan, levels))
    }


def _is_nan(value: Any) -> bool:
    return isinstance(value, float | np.floating) and bool(np.isnan(value))


def _check_levels(encoder: Any, place: Place) -> None:
    for column, levels in enumerate(encoder.categories_):
        known = [level for level in levels.tolist() if not _is_nan(level)]
        if not len(levels) or len(set(known)) != len(known):
            raise place.at("categories_").at(column).refusal("different levels, at least one", f"{len(levels)}")


@final
class ColumnsOf:
    """Which columns a step of a column transformer takes: a name, a place, a slice, or a list of these or of flags."""

    ONE = Either((TEXT, FLAG, whole(0, MOST_COLUMNS)), "a name or a place")
    BOUND = Optional(whole(-MOST_COLUMNS, MOST_COLUMNS))

    def write(self, value: Any, place: Place) -> Any:
        if callable(value):
            raise place.refusal("names of columns: a function that chooses them is code", "a function")
        if isinstance(value, slice):
            return {"slice": [self.BOUND.write(bound, place) for bound in (value.start, value.stop, value.step)]}
        if isinstance(value, np.ndarray | list | tuple):
            return [self.ONE.write(one, place) for one in value]
        return self.ONE.write(value, place)

    def read(self, value: Any, place: Place) -> Any:
        if isinstance(value, dict):
            check_names(value, {"slice": None}, place)
            bounds = Items(self.BOUND).read(value["slice"], place)
            if len(bounds) != 3 or bounds[2] == 0:
                raise place.refusal("a slice", bounds)
            return slice(*bounds)
        return Items(self.ONE, make=list).read(value, place) if isinstance(value, list) else self.ONE.read(value, place)


@final
class Branches:
    """The steps of a column transformer: a name, a step and its columns each."""

    STEP = OrWord(STEP, ("drop", "passthrough"))

    def write(self, value: Any, place: Place) -> Any:
        return [self.write_one(branch, place.at(i)) for i, branch in enumerate(value)]

    def read(self, value: Any, place: Place) -> Any:
        return [self.read_one(branch, place.at(i)) for i, branch in enumerate(Items(AsItIs()).read(value, place))]

    def write_one(self, value: Any, place: Place) -> Any:
        name, step, columns = value
        return [TEXT.write(name, place), self.STEP.write(step, place), ColumnsOf().write(columns, place.at("columns"))]

    def read_one(self, value: Any, place: Place) -> Any:
        if not isinstance(value, list) or len(value) != 3:
            raise place.refusal("a name, a step and columns", value)
        name, step, columns = value
        return TEXT.read(name, place), self.STEP.read(step, place), ColumnsOf().read(columns, place.at("columns"))


@final
class Remainder:
    """What becomes of all other columns: a branch of a column transformer."""

    def write(self, value: Any, place: Place) -> Any:
        return Branches().write_one(value, place)

    def read(self, value: Any, place: Place) -> Any:
        return Branches().read_one(value, place)


@final
class AsItIs:
    """A value that is checked elsewhere."""

    def write(self, value: Any, place: Place) -> Any:
        return value

    def read(self, value: Any, place: Place) -> Any:
        return value


@final
class Stretch:
    """A slice of the outputs, from a start to a stop."""

    BOUNDS = Items(whole(0, MOST_COLUMNS))

    def write(self, value: Any, place: Place) -> Any:
        return self.BOUNDS.write([value.start, value.stop], place)

    def read(self, value: Any, place: Place) -> Any:
        bounds = self.BOUNDS.read(value, place)
        if len(bounds) != 2:
            raise place.refusal("a start and a stop", bounds)
        return slice(*bounds)


@cache
def passed_through() -> Estimator:
    """Return the form of what scikit-learn puts for columns that pass a column transformer unchanged."""
    parameters: dict[str, Form] = {
        "accept_sparse": FLAG,
        "check_inverse": FLAG,
        "feature_names_out": Optional(choice("one-to-one")),
        "func": NOTHING,
        "inverse_func": NOTHING,
        "validate": FLAG,
        "kw_args": NOTHING,
        "inv_kw_args": NOTHING,
    }
    return Estimator("sklearn.preprocessing", "FunctionTransformer", parameters, {})


@cache
def column_transformer() -> Estimator:
    """Return the form of a `ColumnTransformer`."""
    parameters: dict[str, Form] = {
        "transformers": Branches(),
        "remainder": OrWord(STEP, ("drop", "passthrough")),
        "sparse_threshold": number(0, 1),
        "n_jobs": NOTHING,
        "transformer_weights": Optional(Entries(number())),
        "verbose": FLAG,
        "verbose_feature_names_out": FLAG,
    }
    places = Items(whole(0, MOST_COLUMNS), make=list)
    fitted: dict[str, Form] = {
        "_columns": Items(ColumnsOf(), make=list),
        "_transformer_to_input_indices": Entries(places),
        "_remainder": Remainder(),
        "sparse_output_": FLAG,
        "transformers_": Branches(),
        "output_indices_": Entries(Stretch()),
        "_n_features": whole(1, MOST_COLUMNS),
        "_transformers_feature_names_out": Labels(),
        "_name_to_fitted_passthrough": Entries(STEP),
    }
    return Estimator(
        "sklearn.compose",
        "ColumnTransformer",
        parameters,
        fitted,
        frozenset({"_n_features", "_transformers_feature_names_out", "_name_to_fitted_passthrough"}),
        finish=_check_column_transformer,
    )


def _check_column_transformer(transformer: Any, place: Place) -> None:
    """Refuse columns that the rows do not have, and steps that were fitted to another number of columns."""
    indices = transformer._transformer_to_input_indices
    for number_of, (name, step, _) in enumerate(transformer.transformers_):
        here = place.at("transformers_").at(number_of)
        if name not in indices or any(index >= transformer.n_features_in_ for index in indices[name]):
            raise here.refusal("of columns that the rows have", name)
        if not isinstance(step, str) and getattr(step, "n_features_in_", len(indices[name])) != len(indices[name]):
            raise here.refusal(f"fitted to {len(indices[name])} columns", getattr(step, "n_features_in_", None))
        if name not in transformer.output_indices_:
            raise place.at("output_indices_").refusal(f"an object with {name}", "none")
