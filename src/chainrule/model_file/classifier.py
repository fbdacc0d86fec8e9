"""A `Classifier` in a model file."""

from functools import cache
from typing import Any, final

from chainrule.model_file.errors import ModelFileError
from chainrule.model_file.estimators import Estimator
from chainrule.model_file.forms import (
    FLAG,
    NOTHING,
    TEXT,
    AnyFloat,
    Either,
    Form,
    Items,
    Labels,
    Optional,
    Place,
    Record,
    Tensor,
    number,
    whole,
)
from chainrule.model_file.parts import FLOATS, HISTORY, LAYER, LIKE_THETA, OPTIMIZER, RATE, SEED, STATE, Generator
from chainrule.network import Network
from chainrule.standardizer import Standardizer


@cache
def classifier() -> Estimator:
    """Return the form of a `Classifier`."""
    activation = Either((TEXT, LAYER), "the name of an activation, or one of Chainrule's own layers")
    word_or_number = Either((TEXT, number()), "a text or a number")
    parameters: dict[str, Form] = {
        "hidden": Either((Items(whole(1)), whole(1)), "neurons of each hidden layer"),
        "activation": Either((activation, Items(activation)), "activations of Chainrule's own"),
        "bias": FLAG,
        "l2": word_or_number,
        "l1": number(),
        "optimizer": Either((TEXT, OPTIMIZER), "the name of an optimizer, or one of Chainrule's own"),
        "rate": Optional(RATE),
        "class_weight": Either((NOTHING, TEXT, ClassWeights()), "None, balanced, or a number for each label"),
        "label_smoothing": number(),
        "standardize": FLAG,
        "tol": word_or_number,
        "max_epochs": whole(1),
        "batch_size": Either((NOTHING, TEXT, whole(1)), "None, auto or a whole number"),
        "validation_fraction": number(),
        "patience": Optional(whole(1)),
        "callbacks": NoCallbacks(),
        "warm_start": FLAG,
        "dtype": TEXT,
        "n_threads": Optional(whole(1)),
        "random_state": SEED,
    }
    each_input = Tensor(("inputs",), FLOATS)
    fitted: dict[str, Form] = {
        "classes_": Labels(),
        "network_": Record(Network, {"layers": Items(LAYER)}),
        "theta_": LIKE_THETA,
        "_standardizer": Record(Standardizer, {"mean": each_input, "scale": each_input}),
        "history_": HISTORY,
        "n_iter_": whole(0),
        "stop_": TEXT,
        "_state": STATE,
        "_generator": Generator(),
    }
    return Estimator(
        "chainrule.classifier", "Classifier", parameters, fitted, frozenset({"history_"}), finish=_check_classifier
    )


def _check_classifier(classifier: Any, place: Place) -> None:
    network, classes = classifier.network_, classifier.classes_
    if getattr(classifier, "n_features_in_", network.inputs) != network.inputs:
        raise place.at("n_features_in_").refusal(str(network.inputs), classifier.n_features_in_)
    if len(classes) != max(2, network.outputs) or len(set(classes.tolist())) != len(classes):
        raise place.at("classes_").refusal("as many different labels as the network tells apart", f"{len(classes)}")
    if not (classifier._standardizer.scale > 0).all():
        raise place.at("_standardizer.scale").refusal("above zero throughout", "a number that is not")


@final
class NoCallbacks:
    """No callbacks: those are code."""

    def write(self, value: Any, place: Place) -> Any:
        if len(value):
            raise ModelFileError(
                f"The Classifier has {len(value)} callbacks, which are code: a model file has no place for them;"
                " call set_params(callbacks=()) before save."
            )
        return []

    def read(self, value: Any, place: Place) -> Any:
        if value != []:
            raise place.refusal("an empty list", value)
        return ()


@final
class ClassWeights:
    """A dictionary from labels to numbers, as pairs: JSON has only texts as keys."""

    LABEL = Either((TEXT, FLAG, whole(), AnyFloat()), "a label")

    def write(self, value: Any, place: Place) -> Any:
        if not isinstance(value, dict):
            raise place.refusal("a dictionary", value)
        return [[self.LABEL.write(label, place), number().write(weight, place)] for label, weight in value.items()]

    def read(self, value: Any, place: Place) -> Any:
        pairs = Items(Items(self.LABEL)).read(value, place)
        if not all(len(pair) == 2 and type(pair[1]) in (int, float) for pair in pairs):
            raise place.refusal("pairs of a label and a number", "others")
        return dict(pairs)
