"""scikit-learn's own steps in a model file: pipelines, column transformers, scalers, imputers and encoders.

Where an encoder keeps what follows from its levels, that is made anew and not written.
"""

from collections import UserList
from dataclasses import dataclass
from functools import cache
from typing import Any, final

import numpy as np

from chainrule.arrays import Array
from chainrule.model_file import forms
from chainrule.model_file.estimators import MOST_COLUMNS, OUTPUT, STEP, Estimator, is_fitted, width

# A slice can name more columns than a file has bytes.
MOST_TAKEN = 1 << 20
A_NUMBER_EACH = forms.Tensor(("inputs",), ("float64", "float32"))


@cache
def pipeline() -> Estimator:
    """Return the form of a `Pipeline`."""
    parameters: dict[str, forms.Form] = {"steps": PipelineSteps(), "memory": forms.NOTHING, "verbose": forms.FLAG}
    return Estimator("sklearn.pipeline", "Pipeline", parameters, {})


@final
@dataclass(eq=False, repr=False)
class OrWord:
    """An estimator, or one of some words in its place."""

    form: forms.Form
    words: tuple[str, ...]

    def write(self, value: Any, place: forms.Place) -> Any:
        return value if isinstance(value, str) and value in self.words else self.form.write(value, place)

    def read(self, value: Any, place: forms.Place) -> Any:
        return forms.choice(*self.words).read(value, place) if isinstance(value, str) else self.form.read(value, place)


@final
class PipelineSteps:
    """Named steps, as pairs."""

    STEP = OrWord(STEP, ("passthrough",))

    def write(self, value: Any, place: forms.Place) -> Any:
        each = enumerate(value)
        return [[forms.TEXT.write(name, place), self.STEP.write(step, place.at(i))] for i, (name, step) in each]

    def read(self, value: Any, place: forms.Place) -> Any:
        if not isinstance(value, list) or not value or not all(isinstance(p, list) and len(p) == 2 for p in value):
            raise place.refusal("pairs of a name and a step", value)
        each = enumerate(value)
        steps = [(forms.TEXT.read(name, place), self.STEP.read(step, place.at(i))) for i, (name, step) in each]
        if len(dict(steps)) < len(steps):
            raise place.refusal("steps of different names", forms.Words("a name twice"))
        return steps


# How many rows were seen, as the number of NumPy's that scikit-learn goes on counting with.
ONE_COUNT = forms.Converted(forms.number(0, 2**53), lambda count: count, lambda count: np.asarray(count)[()])
SEEN_ROWS = forms.Either((ONE_COUNT, forms.Tensor(("inputs",), ("int64", "float64"))), "how many rows were seen")


@cache
def standard_scaler() -> Estimator:
    """Return the form of a `StandardScaler`."""
    each = forms.Optional(A_NUMBER_EACH)
    return Estimator(
        "sklearn.preprocessing",
        "StandardScaler",
        {"copy": forms.FLAG, "with_mean": forms.FLAG, "with_std": forms.FLAG},
        {"mean_": each, "var_": each, "scale_": each, "n_samples_seen_": SEEN_ROWS},
    )


@cache
def min_max_scaler() -> Estimator:
    """Return the form of a `MinMaxScaler`."""
    names = ("scale_", "min_", "data_min_", "data_max_", "data_range_")
    return Estimator(
        "sklearn.preprocessing",
        "MinMaxScaler",
        {"feature_range": forms.Items(forms.number(), 2), "copy": forms.FLAG, "clip": forms.FLAG},
        {**dict.fromkeys(names, A_NUMBER_EACH), "n_samples_seen_": SEEN_ROWS},
    )


# A floating or whole number type of NumPy, as scikit-learn's encoders are given one.
NUMBER_TYPE = forms.Converted(
    forms.choice("float64", "float32", "int64", "int32", "int16", "int8", "uint8", "bool"),
    lambda value: str(np.dtype(value)),
    lambda name: np.dtype(name).type,
)
# <U and at most three digits: every text of the rows becomes as long in memory.
LONGEST = 6


def _is_array_type(found: Any) -> bool:
    if found in ("|O", "|b1", "<f8", "<f4", "<i8", "<i4"):
        return True
    is_text = isinstance(found, str) and found[:2] == "<U" and found[2:].isascii() and found[2:].isdecimal()
    return is_text and len(found) < LONGEST and np.dtype(found).str == found


# The type of the rows that an imputer was fitted to.
ARRAY_TYPE = forms.Converted(
    forms.Plain("a type of numbers, truth values, texts or objects", _is_array_type), lambda dtype: dtype.str, np.dtype
)
# What missing values may be, and what may take their place.
SCALAR = forms.Either((forms.NOTHING, forms.TEXT, forms.whole(), forms.AnyFloat()), "a number, a text or None")


@cache
def simple_imputer() -> Estimator:
    """Return the form of a `SimpleImputer`."""
    parameters: dict[str, forms.Form] = {
        "missing_values": SCALAR,
        "strategy": forms.choice("mean", "median", "most_frequent", "constant"),
        "fill_value": SCALAR,
        "copy": forms.FLAG,
        "add_indicator": forms.FLAG,
        "keep_empty_features": forms.FLAG,
    }
    fitted: dict[str, forms.Form] = {
        "statistics_": forms.Labels("inputs"),
        "_fit_dtype": ARRAY_TYPE,
        "_fill_dtype": ARRAY_TYPE,
        "indicator_": forms.Optional(STEP),
    }
    return Estimator(
        "sklearn.impute", "SimpleImputer", parameters, fitted, frozenset({"_fill_dtype"}), finish=_check_imputer
    )


def _check_imputer(imputer: Any, place: forms.Place) -> None:
    indicator = imputer.indicator_
    if (indicator is not None) != imputer.add_indicator:
        raise place.at("indicator_").refusal("there exactly where add_indicator is true", indicator)
    if indicator is not None:
        width, fitted = imputer.n_features_in_, type(indicator).__name__ == "MissingIndicator" and is_fitted(indicator)
        if not fitted or indicator.n_features_in_ != width:
            expected = f"a MissingIndicator fitted to {width} columns"
            raise place.at("indicator_").refusal(expected, type(indicator).__name__)


@cache
def missing_indicator() -> Estimator:
    """Return the form of the `MissingIndicator` that a `SimpleImputer` has."""
    parameters: dict[str, forms.Form] = {
        "missing_values": SCALAR,
        "features": forms.choice("missing-only"),
        "sparse": forms.choice("auto"),
        "error_on_new": forms.only(False, "as imputers have it"),
    }
    fitted: dict[str, forms.Form] = {"features_": forms.Tensor((None,), ("int64",)), "_precomputed": forms.FLAG}
    return Estimator(
        "sklearn.impute",
        "MissingIndicator",
        parameters,
        fitted,
        derived=frozenset({"_n_features"}),
        finish=_finish_indicator,
    )


def _finish_indicator(indicator: Any, place: forms.Place) -> None:
    columns = indicator.features_.tolist()
    if len(set(columns)) < len(columns) or any(not 0 <= one < indicator.n_features_in_ for one in columns):
        raise place.at("features_").refusal(f"different columns of {indicator.n_features_in_}", columns)
    indicator._n_features = indicator.n_features_in_


# Of both encoders: which levels are rare.
POOLING: dict[str, forms.Form] = {
    "min_frequency": forms.Either((forms.NOTHING, forms.whole(1), forms.number(0, 1)), "None, a count or a share"),
    "max_categories": forms.Optional(forms.whole(1)),
}
# As users give them; what an encoder learns is always an array.
LEVELS = forms.Either((forms.Labels(), forms.Items(forms.OBJECT, make=list)), "levels")
CATEGORIES = forms.Either((forms.choice("auto"), forms.Items(LEVELS, make=list)), "auto, or the levels of each column")


@cache
def one_hot_encoder() -> Estimator:
    """Return the form of a `OneHotEncoder`."""
    parameters: dict[str, forms.Form] = {
        "categories": CATEGORIES,
        "drop": forms.Either(
            (forms.NOTHING, forms.choice("first", "if_binary"), LEVELS), "None, first, if_binary or levels"
        ),
        "sparse_output": forms.FLAG,
        "dtype": NUMBER_TYPE,
        "handle_unknown": forms.choice("error", "ignore", "infrequent_if_exist", "warn"),
        **POOLING,
        "feature_name_combiner": forms.only("concat", "a function is code"),
    }
    places = forms.Optional(forms.Items(forms.Optional(forms.whole(0, MOST_COLUMNS)), "inputs", _objects))
    fitted = {**ENCODER, "drop_idx_": places, "_drop_idx_after_grouping": places}
    return Estimator(
        "sklearn.preprocessing",
        "OneHotEncoder",
        parameters,
        fitted,
        may_lack=frozenset({"_infrequent_indices"}),
        derived=frozenset({"_infrequent_enabled", "_default_to_infrequent_mappings", "_n_features_outs"}),
        finish=_finish_one_hot,
    )


def _objects(values: list[Any]) -> Array:
    return np.array([*values, None], dtype=object)[:-1]  # NumPy would make None alone something else


def _finish_one_hot(encoder: Any, place: forms.Place) -> None:
    sizes = [len(levels) for levels in encoder.categories_]
    groups = _finish_groups(encoder, sizes, place)
    for name, most in (("drop_idx_", sizes), ("_drop_idx_after_grouping", groups)):
        found = getattr(encoder, name)
        if (found is None) != (encoder.drop is None):
            raise place.at(name).refusal("null if drop is, else a list", found)
        for one, size in zip([] if found is None else found.tolist(), most, strict=found is not None):
            if one is not None and one >= size:
                raise place.at(name).refusal(f"a place below {size}", one)
    encoder._n_features_outs = encoder._compute_n_features_outs()


@cache
def ordinal_encoder() -> Estimator:
    """Return the form of a `OrdinalEncoder`."""
    parameters: dict[str, forms.Form] = {
        "categories": CATEGORIES,
        "dtype": NUMBER_TYPE,
        "handle_unknown": forms.choice("error", "use_encoded_value"),
        "unknown_value": forms.Optional(forms.AnyFloat()),
        "encoded_missing_value": forms.AnyFloat(),
        **POOLING,
    }
    return Estimator(
        "sklearn.preprocessing",
        "OrdinalEncoder",
        parameters,
        ENCODER,
        may_lack=frozenset({"_infrequent_indices"}),
        derived=frozenset({"_infrequent_enabled", "_default_to_infrequent_mappings", "_missing_indices"}),
        finish=_finish_ordinal,
    )


def _finish_ordinal(encoder: Any, place: forms.Place) -> None:
    encoder._missing_indices = {
        column: len(levels) - 1 for column, levels in enumerate(encoder.categories_) if any(map(_is_nan, levels))
    }
    sizes = [len(levels) - (i in encoder._missing_indices) for i, levels in enumerate(encoder.categories_)]
    _finish_groups(encoder, sizes, place)
    if (encoder.handle_unknown == "use_encoded_value") != (encoder.unknown_value is not None):
        raise place.at("unknown_value").refusal("a number exactly where unknown levels have one", encoder.unknown_value)


INFREQUENT = forms.Items(forms.Optional(forms.Tensor((None,), ("int64",))), "inputs", list)
ENCODER: dict[str, forms.Form] = {
    "categories_": forms.Items(forms.Labels(), "inputs", list),
    "_infrequent_indices": INFREQUENT,
}


def _finish_groups(encoder: Any, sizes: list[int], place: forms.Place) -> list[int]:
    """Set which group each level is in, infrequent ones sharing the last; return how many groups there are."""
    _check_levels(encoder, place)
    encoder._infrequent_enabled = encoder.min_frequency is not None or encoder.max_categories is not None
    if encoder._infrequent_enabled != hasattr(encoder, "_infrequent_indices"):
        found = forms.Words("some" if hasattr(encoder, "_infrequent_indices") else "none")
        raise place.at("_infrequent_indices").refusal("there exactly where levels are pooled", found)
    if not encoder._infrequent_enabled:
        return sizes
    mappings: list[Array | None] = []
    for column, (some, size) in enumerate(zip(encoder._infrequent_indices, sizes, strict=True)):
        mappings.append(None if some is None else _mapping(some, size, place.at("_infrequent_indices").at(column)))
    encoder._default_to_infrequent_mappings = mappings
    return [size if one is None else int(one.max()) + 1 for one, size in zip(mappings, sizes, strict=True)]


def _mapping(infrequent: Array, levels: int, place: forms.Place) -> Array:
    frequent = np.setdiff1d(np.arange(levels), infrequent)
    if not len(infrequent) or len(frequent) + len(infrequent) != levels:
        raise place.refusal(f"different places among {levels} levels, at least one", infrequent.tolist())
    mapping = np.full(levels, len(frequent), np.int64)
    mapping[frequent] = np.arange(len(frequent))
    return mapping


def _is_nan(value: Any) -> bool:
    return isinstance(value, float | np.floating) and bool(np.isnan(value))


def _check_levels(encoder: Any, place: forms.Place) -> None:
    for column, levels in enumerate(encoder.categories_):
        known = [level for level in levels.tolist() if not _is_nan(level)]
        if not len(levels) or len(set(known)) != len(known):
            raise place.at("categories_").at(column).refusal("different levels, at least one", levels.tolist())


@final
class ColumnsOf:
    """Which columns a step of a column transformer takes: a name, a place, a slice, or a list of these or of flags."""

    PLACE = forms.whole(-MOST_COLUMNS, MOST_COLUMNS)
    ONE = forms.Either((forms.TEXT, forms.FLAG, PLACE), "a name or a place")
    BOUND = forms.Optional(forms.Either((forms.TEXT, PLACE), "a name or a place"))

    def write(self, value: Any, place: forms.Place) -> Any:
        if callable(value):
            raise place.refusal("names of columns: a function that chooses them is code", forms.Words("a function"))
        if isinstance(value, slice):
            return {"slice": [self.BOUND.write(bound, place) for bound in (value.start, value.stop, value.step)]}
        value = value.data if isinstance(value, UserList) else value  # scikit-learn 1.6 warns of iterating
        value = value.tolist() if hasattr(value, "tolist") else value  # arrays, and an index of pandas
        if isinstance(value, list | tuple):
            return [self.ONE.write(one, place) for one in value]
        return self.ONE.write(value, place)

    def read(self, value: Any, place: forms.Place) -> Any:
        if isinstance(value, dict):
            forms.check_names(value, {"slice": None}, place)
            bounds = forms.Items(self.BOUND).read(value["slice"], place)
            if len(bounds) != 3 or bounds[2] == 0 or isinstance(bounds[2], str):
                raise place.refusal("a slice", bounds)
            return slice(*bounds)
        form = forms.Items(self.ONE, make=list) if isinstance(value, list) else self.ONE
        return form.read(value, place)


@final
class Branches:
    """The steps of a column transformer: a name, a step and its columns each."""

    STEP = OrWord(STEP, ("drop", "passthrough"))

    def write(self, value: Any, place: forms.Place) -> Any:
        return [self._written(branch, place.at(i)) for i, branch in enumerate(value)]

    def read(self, value: Any, place: forms.Place) -> Any:
        if not isinstance(value, list) or not value:
            raise place.refusal("a list of steps", value)
        branches = [self._one(branch, place.at(i)) for i, branch in enumerate(value)]
        if len({name for name, _, _ in branches}) < len(branches):
            raise place.refusal("steps of different names", [name for name, _, _ in branches])
        return branches

    def _written(self, branch: Any, place: forms.Place) -> Any:
        name, step, columns = branch
        if type(step).__name__ == "FunctionTransformer" and step.func is None:
            step = "passthrough"  # which is made anew when it is read
        taken = ColumnsOf().write(columns, place.at("columns"))
        return [forms.TEXT.write(name, place), self.STEP.write(step, place), taken]

    def _one(self, value: Any, place: forms.Place) -> Any:
        if not isinstance(value, list) or len(value) != 3:
            raise place.refusal("a name, a step and columns", value)
        name, step, columns = value
        return forms.TEXT.read(name, place), self.STEP.read(step, place), ColumnsOf().read(columns, place.at("columns"))


@cache
def column_transformer() -> Estimator:
    """Return the form of a `ColumnTransformer`; what follows from its steps and their columns is not written."""
    parameters: dict[str, forms.Form] = {
        "transformers": Branches(),
        "remainder": OrWord(STEP, ("drop", "passthrough")),
        "sparse_threshold": forms.number(0, 1),
        "n_jobs": forms.only(None, "how many processes work is not the model's to say"),
        "transformer_weights": forms.Optional(forms.Entries(forms.number())),
        "verbose": forms.FLAG,
        "verbose_feature_names_out": forms.Either((forms.FLAG, forms.TEXT), "true, false or a pattern of names"),
    }
    derived = (
        *("_columns", "_transformer_to_input_indices", "_remainder", "output_indices_", "_n_features"),
        "_transformers_feature_names_out",
    )
    return Estimator(
        "sklearn.compose",
        "ColumnTransformer",
        parameters,
        {"sparse_output_": forms.FLAG, "transformers_": Branches()},
        derived=frozenset(derived),
        finish=_finish_column_transformer,
    )


def _finish_column_transformer(transformer: Any, place: forms.Place) -> None:
    names = [name for name, _, _ in transformer.transformers]
    found = [name for name, _, _ in transformer.transformers_]
    if found not in (names, [*names, "remainder"]):
        raise place.at("transformers_").refusal(f"the fitted steps {', '.join(names)}", found)
    transformer._columns = [columns for _, _, columns in transformer.transformers_[: len(names)]]
    rest = [columns for name, _, columns in transformer.transformers_ if name == "remainder"]
    transformer._remainder = ("remainder", transformer.remainder, *(rest or [[]]))
    transformer._transformer_to_input_indices, transformer.output_indices_ = {"remainder": []}, {}
    start, fitted = 0, list[tuple[str, Any, Any]]()
    for i, (name, step, columns) in enumerate(transformer.transformers_):
        here = place.at("transformers_").at(i)
        taken = _places_of(columns, transformer, here.at("columns"))
        if step != "drop" and not isinstance(columns, list | slice):
            raise here.at("columns").refusal("a list or a slice, since the step takes tables", columns)
        step, width = _finish_step(step, taken, transformer, here)
        transformer._transformer_to_input_indices[name] = taken
        transformer.output_indices_[name] = slice(start, start + width) if width else slice(0, 0)
        start, fitted = start + width, [*fitted, (name, step, columns)]
    transformer.transformers_ = fitted
    transformer.output_indices_.setdefault("remainder", slice(0, 0))
    named = hasattr(transformer, "feature_names_in_")
    if transformer.sparse_output_ and not any(_may_be_sparse(step, named=named) for _, step, _ in fitted):
        raise place.at("sparse_output_").refusal("false where every step returns dense columns", True)


def _places_of(columns: Any, transformer: Any, place: forms.Place) -> list[int]:
    """Return the places of columns, which may be given by name, place, flag or slice, among those of a transformer."""
    count, names = transformer.n_features_in_, list(getattr(transformer, "feature_names_in_", ()))
    known = {name: i for i, name in enumerate(names)}
    if isinstance(columns, slice):
        taken = range(*_with_places(columns, known, place).indices(count))
        if len(taken) > MOST_TAKEN:
            raise place.refusal(f"at most {MOST_TAKEN} columns", len(taken))
        return list(taken)
    listed = columns if isinstance(columns, list) else [columns]
    if listed and all(isinstance(flag, bool) for flag in listed) and len(listed) == count:
        return [i for i, flag in enumerate(listed) if flag]
    there = [one in known or (isinstance(one, int) and -count <= one < count) for one in listed]
    if not all(there) or any(isinstance(one, bool) for one in listed):
        raise place.refusal(f"of {count} columns that the rows have", listed)
    return [known[one] if one in known else one % count for one in listed]


def _with_places(columns: slice, known: dict[str, int], place: forms.Place) -> slice:
    """Return a slice from name to name, which takes the last one too, by places."""
    for name in (columns.start, columns.stop):
        if isinstance(name, str) and name not in known:
            raise place.refusal("a slice of columns that the rows have", name)
    start = known[columns.start] if isinstance(columns.start, str) else columns.start
    stop = known[columns.stop] + 1 if isinstance(columns.stop, str) else columns.stop
    return slice(start, stop, columns.step)


def _finish_step(step: Any, taken: list[int], transformer: Any, place: forms.Place) -> tuple[Any, int]:
    """Return a fitted step, made anew where it only passes columns on, and how many columns it returns."""
    if step == "drop" or not taken:
        return step, 0
    names = getattr(transformer, "feature_names_in_", None)
    if step == "passthrough":
        step = _passing(transformer, taken, names)
    elif not is_fitted(step):
        raise place.refusal("a fitted step", type(step).__name__)
    own = getattr(step, "feature_names_in_", None)
    if getattr(step, "n_features_in_", len(taken)) != len(taken):
        raise place.refusal(f"fitted to {len(taken)} columns", step.n_features_in_)
    if own is not None and (names is None or own.tolist() != names[taken].tolist()):
        raise place.refusal(f"fitted to the columns it takes, {taken} of the rows", own.tolist())
    return step, width(step)


def _passing(transformer: Any, taken: list[int], names: Any) -> Any:
    from sklearn.preprocessing import FunctionTransformer

    step = FunctionTransformer(accept_sparse=True, check_inverse=False, feature_names_out="one-to-one")
    step.set_output(transform=getattr(transformer, OUTPUT, {}).get("transform", "default"))
    step.n_features_in_ = len(taken)
    if names is not None:
        step.feature_names_in_ = names[taken]
    return step


def _may_be_sparse(step: Any, *, named: bool) -> bool:
    """Return whether a step may return sparse columns: an encoder, or any where rows may be sparse."""
    last = step.steps[-1][1] if hasattr(step, "steps") else step
    encodes = any(getattr(last, name, False) for name in ("sparse_output", "sparse_", "sparse_output_"))
    return encodes or not (named or isinstance(step, str))
