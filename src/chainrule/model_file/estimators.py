"""The estimators that a model file can hold: for each, the forms of its parameters and of what fitting left behind."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from itertools import pairwise
from typing import Any, final

import numpy as np
from sklearn.base import OneToOneFeatureMixin
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from chainrule.exceptions import ModelFileError
from chainrule.model_file.forms import TEXT, Form, Items, Place, check_names, choice, whole

# scikit-learn keeps this beside the parameters: what kind of table `transform` returns.
OUTPUT = "_sklearn_output_config"
# Parameters without a default.
REQUIRED = {"steps", "transformers"}
# What every fitted estimator says of its columns.
INPUTS = ("n_features_in_", "feature_names_in_")
# Columns, at most: far more than a table has, and few enough that no product of two sizes overflows.
MOST_COLUMNS = 1 << 28
# What `KINDS` holds, as a sentence says it.
KNOWN = (
    "a Classifier, a TableEncoder, or a Pipeline or ColumnTransformer of them and of scikit-learn's StandardScaler,"
    " MinMaxScaler, SimpleImputer, OneHotEncoder and OrdinalEncoder; of a search, its best_estimator_"
)


@final
@dataclass(eq=False, repr=False)
class Estimator:
    """The form of an estimator of one class.

    Attributes:
        module: where the class is defined, or offered to users.
        name: of the class.
        parameters: the form of each parameter of its constructor.
        fitted: the form of each attribute that fitting sets; shapes may refer to "inputs", the number of columns.
        may_lack: attributes that are not always there.
        derived: attributes that are not written: those that `finish` sets from the others, and what predictions and
            further training do not need.
        finish: called with the estimator once all is read, to check what belongs together and to set these.
    """

    module: str
    name: str
    parameters: Mapping[str, Form]
    fitted: Mapping[str, Form]
    may_lack: frozenset[str] = frozenset()
    derived: frozenset[str] = frozenset()
    finish: Callable[[Any, Place], None] | None = None

    @property
    def made(self) -> Any:
        """The class."""
        return getattr(import_module(self.module), self.name)

    def write(self, value: Any, place: Place) -> dict[str, Any]:
        """Return the estimator as JSON says it; its arrays become tensors."""
        inside = dict(vars(value))
        parameters = {name: inside.pop(name) for name in self._names(value) if name in inside}
        described: dict[str, Any] = {"parameters": {}, "fitted": None}
        for name, parameter in parameters.items():
            if name in self.parameters:
                described["parameters"][name] = self.parameters[name].write(parameter, place.at(name))
            elif parameter != (usual := inspect.signature(self.made).parameters[name].default):
                raise place.at(name).refusal(f"{usual!r}, which is all that a model file has a place for", parameter)
        if (output := inside.pop(OUTPUT, {}).get("transform", "default")) != "default":
            described["output"] = OUTPUTS.write(output, place.at("output"))
        inside = {name: part for name, part in inside.items() if name not in self.derived}
        if unknown := inside.keys() - self.fitted.keys() - set(INPUTS):
            attribute = f"the attribute {min(unknown)} of the {self.name}"
            raise ModelFileError(f"A model file has no place for {attribute}: remove it before save.")
        if inside:
            described["fitted"] = self._written(inside, place)
        return described

    def _written(self, inside: Mapping[str, Any], place: Place) -> dict[str, Any]:
        written, place = {}, place.with_sizes(inputs=inside.get("n_features_in_", 0))
        for name, form in (*_INPUT_FORMS.items(), *self.fitted.items()):
            if name in inside:
                written[name] = form.write(inside[name], place.at(name))
                place = place.with_sizes(**_sizes(name, inside[name]))
        return written

    def _names(self, value: Any) -> list[str]:
        return [name for name in inspect.signature(type(value)).parameters if name in vars(value)]

    def read(self, value: Any, place: Place) -> Any:
        """Return the estimator that stands there."""
        check_names(value, dict.fromkeys(("parameters", "fitted", "output")), place, frozenset({"output"}))
        check_names(value["parameters"], self.parameters, place, frozenset(self.parameters))
        parameters = {
            name: self.parameters[name].read(part, place.at(name)) for name, part in value["parameters"].items()
        }
        for name in REQUIRED & self.parameters.keys() - parameters.keys():
            raise ModelFileError(f"{place.at(name).path} is missing")
        estimator = self.made(**parameters)
        if "output" in value:
            if not hasattr(estimator, "set_output"):
                raise place.at("output").refusal("absent, as this is no transformer", value["output"])
            estimator.set_output(transform=OUTPUTS.read(value["output"], place.at("output")))
        if value["fitted"] is not None:
            self._read_fitted(estimator, value["fitted"], place)
        return estimator

    def _read_fitted(self, estimator: Any, value: Any, place: Place) -> None:
        forms = {**_INPUT_FORMS, **self.fitted}
        check_names(value, forms, place, self.may_lack | {"feature_names_in_"})
        for name, form in forms.items():
            if name in value:
                part = form.read(value[name], place.at(name))
                setattr(estimator, name, part)
                place = place.with_sizes(**_sizes(name, part))
        if self.finish is not None:
            self.finish(estimator, place)


def _sizes(name: str, part: Any) -> dict[str, int]:
    """Return the sizes that an attribute determines for those after it."""
    if name == "n_features_in_":
        return {"inputs": part}
    return {"parameters": part.size, "inputs": part.inputs} if name == "network_" else {}


# As scikit-learn keeps them: texts in an array of objects.
NAMES = Items(TEXT, "inputs", partial(np.array, dtype=object))
# Tables that scikit-learn's steps return, beside arrays.
OUTPUTS = choice("default", "pandas", "polars")
_INPUT_FORMS: dict[str, Form] = {"n_features_in_": whole(1, MOST_COLUMNS), "feature_names_in_": NAMES}


@final
class AnyEstimator:
    """An estimator of any kind that a model file can hold."""

    def write(self, value: Any, place: Place) -> Any:
        found = next((kind for kind, (name, _) in KINDS.items() if name == type(value).__name__), None)
        if found is None or (form := KINDS[found][1]()).made is not type(value):
            what = f"{place.path or 'The model'} is of class {type(value).__name__}"
            raise ModelFileError(f"{what}, which a model file has no place for: save {KNOWN}.")
        return {"kind": found, **form.write(value, place)}

    def read(self, value: Any, place: Place) -> Any:
        kind = value.get("kind") if isinstance(value, dict) else None
        if not isinstance(kind, str) or kind not in KINDS:
            raise place.refusal(f"one of {', '.join(KINDS)}", kind)
        return KINDS[kind][1]().read({name: part for name, part in value.items() if name != "kind"}, place)


STEP = AnyEstimator()
# The name of the class and its form, by kind. Filled by model_file.py, since some estimators hold any other.
KINDS: dict[str, tuple[str, Callable[[], Estimator]]] = {}


def is_fitted(estimator: Any) -> bool:
    """Return whether an estimator, and each step of a pipeline, is fitted."""
    if hasattr(estimator, "steps"):
        return all(isinstance(step, str) or is_fitted(step) for _, step in estimator.steps)
    try:
        check_is_fitted(estimator)
    except NotFittedError:
        return False
    return True


def check_chain(model: Any) -> None:
    """Refuse a model a step of which is not fitted, or was fitted to other columns than the one before returns.

    Raises:
        ModelFileError: the message says which.
    """
    if not is_fitted(model):
        raise ModelFileError("the model is not fitted")
    if hasattr(model, "steps"):
        steps = [step for _, step in model.steps if not isinstance(step, str)]
        for step in steps:
            check_chain(step)
        if not steps:
            raise ModelFileError("the model is a pipeline without a step")
        for before, after in pairwise(steps):
            found, expected = width(before), getattr(after, "n_features_in_", None)
            if expected not in (None, found):
                raise ModelFileError(f"a step returns {found} columns, and the next one takes {expected}")
    for name, step, _ in getattr(model, "transformers_", ()):
        if not isinstance(step, str) and model._transformer_to_input_indices[name]:
            check_chain(step)


def width(step: Any) -> int:
    """Return how many columns a fitted step returns, without making their names where there may be millions.

    Raises:
        ModelFileError: it does not transform.
    """
    if hasattr(step, "steps"):
        step = next((one for _, one in reversed(step.steps) if not isinstance(one, str)), step)
    if not hasattr(step, "transform"):
        raise ModelFileError(f"a {type(step).__name__} is used as a step but does not transform")
    if hasattr(step, "output_indices_"):
        return max((part.stop for part in step.output_indices_.values()), default=0)
    return int(step.n_features_in_) if isinstance(step, OneToOneFeatureMixin) else len(step.get_feature_names_out())
