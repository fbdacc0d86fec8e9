"""A `Classifier` in a model file."""

from functools import cache
from typing import Any, final

import numpy as np

from chainrule.arrays import Array
from chainrule.estimator.defaults import ACTIVATIONS, OPTIMIZERS
from chainrule.estimator.standardizer import Standardizer
from chainrule.exceptions import ModelFileError
from chainrule.model_file import forms
from chainrule.model_file.estimators import Estimator
from chainrule.model_file.parts import FLOATS, GENERATOR, HISTORY, LAYER, LIKE_THETA, OPTIMIZER, RATE, SEED, STATE
from chainrule.network import Network
from chainrule.optimizers import Proximal

# The largest number below 1.
BELOW_1 = float(np.nextafter(1, 0))


@cache
def classifier() -> Estimator:
    """Return the form of a `Classifier`."""
    activation = forms.Either(
        (forms.choice(*ACTIVATIONS), LAYER), "the name of an activation, or one of Chainrule's own layers"
    )
    auto_or_number = forms.Either((forms.choice("auto"), forms.number(0)), "auto or a number of at least 0")
    parameters: dict[str, forms.Form] = {
        "hidden": forms.Either((forms.Items(forms.whole(1)), forms.whole(1)), "neurons of each hidden layer"),
        "activation": forms.Either((activation, forms.Items(activation)), "activations of Chainrule's own"),
        "bias": forms.FLAG,
        "l2": auto_or_number,
        "l1": forms.number(0),
        "optimizer": forms.Either(
            (forms.choice("auto", *OPTIMIZERS), OPTIMIZER), "the name of an optimizer, or one of Chainrule's own"
        ),
        "rate": forms.Optional(RATE),
        "class_weight": forms.Either(
            (forms.NOTHING, forms.choice("balanced"), ClassWeights()), "None, balanced, or a number for each label"
        ),
        "prior_correction": forms.FLAG,
        "label_smoothing": forms.number(0, BELOW_1),
        "standardize": forms.FLAG,
        "tol": auto_or_number,
        "max_epochs": forms.whole(1),
        "batch_size": forms.Either(
            (forms.NOTHING, forms.choice("auto"), forms.whole(1)), "None, auto or a whole number"
        ),
        "validation_fraction": forms.number(0, BELOW_1),
        "patience": forms.Optional(forms.whole(1)),
        "callbacks": NoCallbacks(),
        "warm_start": forms.FLAG,
        "dtype": forms.choice("auto", "float32", "float64"),
        "n_threads": forms.Optional(forms.whole(1)),
        "random_state": SEED,
    }
    each_input = forms.Tensor(("inputs",), FLOATS)
    fitted: dict[str, forms.Form] = {
        "classes_": forms.Labels(),
        "network_": forms.Record(Network, {"layers": forms.Items(LAYER)}),
        "theta_": LIKE_THETA,
        "standardizer_": forms.Record(Standardizer, {"mean": each_input, "scale": each_input}),
        "history_": HISTORY,
        "n_iter_": forms.whole(0),
        "stop_": forms.TEXT,
        "_state": STATE,
        "_generator": GENERATOR,
    }
    return Estimator(
        "chainrule.estimator.classifier",
        "Classifier",
        parameters,
        fitted,
        frozenset({"history_"}),
        derived=frozenset({"plan_"}),
        finish=_check_classifier,
    )


def _check_classifier(classifier: Any, place: forms.Place) -> None:
    network, classes = classifier.network_, classifier.classes_
    logits = network.outputs // network.members
    if getattr(classifier, "n_features_in_", network.inputs) != network.inputs:
        raise place.at("n_features_in_").refusal(str(network.inputs), classifier.n_features_in_)
    if len(classes) != max(2, logits) or not _in_order(classes):
        raise place.at("classes_").refusal(
            f"{max(2, logits)} different labels in order, as the network has outputs for", classes.tolist()
        )
    state = classifier._state
    if state is not None and type(state) is not type(_optimizer(classifier).init(classifier.theta_[:0])):
        raise place.at("_state").refusal(f"of {type(_optimizer(classifier)).__name__}", state)
    if not (classifier.standardizer_.scale > 0).all():
        raise place.at("standardizer_.scale").refusal("above zero throughout", forms.Words("a number that is not"))


def _in_order(classes: Array) -> bool:
    """Return whether all labels differ and are in order, as `numpy.unique` returns them."""
    try:
        return np.array_equal(np.unique(classes), classes)
    except TypeError:  # objects of several types
        return False


def _optimizer(classifier: Any) -> Any:
    """Return the optimizer whose state `partial_fit` goes on with."""
    named = classifier.optimizer
    optimizer = OPTIMIZERS["adam" if named == "auto" else named] if isinstance(named, str) else named
    return optimizer.optimizer if isinstance(optimizer, Proximal) else optimizer


@final
class NoCallbacks:
    """No callbacks: those are code."""

    def write(self, value: Any, place: forms.Place) -> Any:
        if len(value):
            raise ModelFileError(
                f"The Classifier has {len(value)} callbacks, which are code: a model file has no place for them;"
                " call set_params(callbacks=()) before save."
            )
        return []

    def read(self, value: Any, place: forms.Place) -> Any:
        if value != []:
            raise place.refusal("an empty list", value)
        return ()


@final
class ClassWeights:
    """A dictionary from labels to numbers, as pairs: JSON has only texts as keys."""

    LABEL = forms.Either((forms.TEXT, forms.FLAG, forms.whole(), forms.AnyFloat()), "a label")

    def write(self, value: Any, place: forms.Place) -> Any:
        if not isinstance(value, dict):
            raise place.refusal("a dictionary", value)
        return [
            [self.LABEL.write(label, place), forms.number().write(weight, place)] for label, weight in value.items()
        ]

    def read(self, value: Any, place: forms.Place) -> Any:
        pairs = forms.Items(forms.Items(self.LABEL)).read(value, place)
        if not all(len(pair) == 2 and type(pair[1]) in (int, float) for pair in pairs):
            raise place.refusal("pairs of a label and a number", value)
        return dict(pairs)
