"""A `Classifier` in a model file, and its parts: layers, optimizers with their states, histories, generators."""

from collections.abc import Mapping
from functools import cache
from typing import Any, final

import numpy as np

from chainrule import layers, optimizers
from chainrule.arrays import Array
from chainrule.engine.curvature import HessianInverse
from chainrule.engine.preconditioner import Preconditioner
from chainrule.estimator.defaults import ACTIVATIONS, OPTIMIZERS
from chainrule.estimator.standardizer import Standardizer
from chainrule.exceptions import ModelFileError
from chainrule.model_file import forms
from chainrule.model_file.estimators import Estimator
from chainrule.network import Network
from chainrule.optimizers import Proximal
from chainrule.optimizers.lbfgs import Pair
from chainrule.optimizers.newton import NewtonState
from chainrule.training.history import History

# What networks train in.
FLOATS = ("float64", "float32")
# Units of a layer. Far more than any network of tables has, and few enough that no product of two sizes overflows.
MOST_UNITS = 1 << 28
# The smallest number above 0.
ABOVE_0 = float(np.nextafter(0, 1))
# The largest number below 1.
BELOW_1 = float(np.nextafter(1, 0))


@cache
def _layers() -> Mapping[str, tuple[type, forms.Form]]:
    size = forms.whole(1, MOST_UNITS)
    dense: dict[str, forms.Form] = {"inputs": size, "outputs": size, "bias": forms.FLAG}
    members: dict[str, forms.Form] = {"members": size}
    of_members = {**members, "member_inputs": size, "member_outputs": size, "bias": forms.FLAG}
    linear: dict[str, tuple[type, forms.Form]] = {
        "dense": (layers.Dense, forms.Record(layers.Dense, dense)),
        "member_scale": (layers.MemberScale, forms.Record(layers.MemberScale, {**members, "inputs": size})),
        "shared_dense": (layers.SharedDense, forms.Record(layers.SharedDense, of_members)),
        "member_dense": (layers.MemberDense, forms.Record(layers.MemberDense, of_members)),
        "member_softmax": (layers.MemberSoftmax, forms.Record(layers.MemberSoftmax, members)),
    }
    return linear | {name: (made, forms.hyper_parameters(made)) for name, made in layers.ACTIVATIONS.items()}


LAYER = forms.Kinds(_layers, "one of Chainrule's own layers")


@cache
def _schedules() -> Mapping[str, tuple[type, forms.Form]]:
    made: dict[str, type] = {
        "exponential_decay": optimizers.ExponentialDecay,
        "step_decay": optimizers.StepDecay,
        "inverse_time_decay": optimizers.InverseTimeDecay,
        "cosine_decay": optimizers.CosineDecay,
    }
    warmup = forms.hyper_parameters(optimizers.Warmup, schedule=SCHEDULE)
    return {name: (one, forms.hyper_parameters(one)) for name, one in made.items()} | {
        "warmup": (optimizers.Warmup, warmup)
    }


SCHEDULE = forms.Kinds(_schedules, "one of Chainrule's own schedules")
RATE = forms.Either((forms.number(ABOVE_0), SCHEDULE), "a number or one of Chainrule's own schedules")


@cache
def _optimizers() -> Mapping[str, tuple[type, forms.Form]]:
    made: dict[str, type] = {
        "lbfgs": optimizers.LBFGS,
        "owlqn": optimizers.OWLQN,
        "newton": optimizers.Newton,
        "perceptron_rule": optimizers.PerceptronRule,
    }
    return {
        **{one.name: (one, forms.hyper_parameters(one, rate=RATE)) for one in optimizers.FIRST_ORDER},
        **{name: (one, forms.hyper_parameters(one)) for name, one in made.items()},
        "proximal": (optimizers.Proximal, forms.Record(optimizers.Proximal, {"optimizer": OPTIMIZER})),
    }


OPTIMIZER = forms.Kinds(_optimizers, "one of Chainrule's own optimizers")

LIKE_THETA = forms.Tensor(("parameters",), FLOATS)
ITERATION = forms.whole(0)
PAIR = forms.Record(Pair, {"s": LIKE_THETA, "y": LIKE_THETA, "inverse": forms.number()})


@cache
def _preconditioners() -> Mapping[str, tuple[type, forms.Form]]:
    inverse: dict[str, forms.Form] = {
        "root": forms.Tensor(("parameters", "parameters"), FLOATS),
        "flat": forms.Tensor((None, "parameters"), FLOATS),
    }
    by_class: dict[str, forms.Form] = {
        "roots": forms.Either(
            (forms.Tensor((None, None, None), FLOATS), forms.Tensor((None, None), FLOATS)), "an array"
        ),
        "l2": LIKE_THETA,
        "inputs": forms.whole(1, MOST_UNITS),
        "softmax": forms.FLAG,
        "free": forms.Optional(forms.Tensor(("parameters",), ("bool",))),
    }
    return {
        "inverse": (HessianInverse, forms.Record(HessianInverse, {**inverse, "along": forms.Tensor((None,), FLOATS)})),
        "by_class": (Preconditioner, forms.Record(Preconditioner, by_class, _check_blocks)),
    }


def _check_blocks(preconditioner: Preconditioner, place: forms.Place) -> None:
    roots, inputs, size = preconditioner.roots, preconditioner.inputs, len(preconditioner.l2)
    square = roots.ndim == 2 or roots.shape[1] == roots.shape[2]
    if not square or roots.shape[1] not in (inputs, inputs + 1) or len(roots) * roots.shape[1] != size:
        raise place.at("roots").refusal(f"those of {inputs} inputs and {size} parameters", roots.shape)


@cache
def _states() -> Mapping[str, tuple[type, forms.Form]]:
    steps: dict[str, forms.Form] = {
        "taken": ITERATION,
        "preconditioner": forms.Optional(forms.Kinds(_preconditioners, "a preconditioner")),
        "damping": forms.number(0),
        "pairs": forms.Items(PAIR),
        "norms": forms.Items(forms.number(0)),
    }
    return {
        **{one.name: (state, _first_order_state(state)) for one in optimizers.FIRST_ORDER if (state := one.state_type)},
        "newton": (NewtonState, forms.Record(NewtonState, steps)),
    }


def _first_order_state(state: Any) -> forms.Form:
    """Return the form of a state that is a number of steps and arrays like `theta`."""
    return forms.Record(state, {name: ITERATION if name == "iteration" else LIKE_THETA for name in state._fields})


STATE = forms.Either(
    (forms.NOTHING, ITERATION, forms.Items(PAIR), forms.Kinds(_states, "a state")),
    "the state of one of Chainrule's optimizers",
)


@final
class NamedArrays:
    """A history: each column of it as a tensor."""

    # Columns of whole numbers, and those that are empty where no rows are held out.
    WHOLE = ("number", "iterations")
    HELD_OUT = ("loss", "accuracy", "validation_cost", "validation_accuracy")

    def write(self, value: Any, place: forms.Place) -> Any:
        """Return the name of the tensor of each column."""
        return {
            name: self._form(name).write(np.array(column, "int64" if name in self.WHOLE else "float64"), place.at(name))
            for name, column in vars(value).items()
        }

    def read(self, value: Any, place: forms.Place) -> Any:
        """Return the history; refuse columns of different lengths."""
        history = History()
        forms.check_names(value, vars(history), place)
        for name in vars(history):
            column = self._form(name).read(value[name], place.at(name))
            place = place.with_sizes(epochs=len(column)) if name == "number" else place
            epochs = place.sizes["epochs"]
            if len(column) != epochs and (name not in self.HELD_OUT or len(column)):
                raise place.at(name).refusal(f"a column of {epochs} epochs", len(column))
            setattr(history, name, column.tolist())
        return history

    def _form(self, name: str) -> forms.Tensor:
        return forms.Tensor((None,), ("int64",) if name in self.WHOLE else ("float64",), finite=False)


HISTORY = NamedArrays()


@final
class BitGenerator:
    """The state of NumPy's PCG64, whose numbers have 128 bits."""

    def write(self, value: Any, place: forms.Place) -> Any:
        """Return the state with its numbers of 128 bits as text."""
        if value["bit_generator"] != "PCG64":
            raise place.refusal("PCG64", value["bit_generator"])
        inner = value["state"]
        return {
            "algorithm": "PCG64",
            "state": [str(inner["state"]), str(inner["inc"])],
            "spare": [value["has_uint32"], value["uinteger"]],
        }

    def read(self, value: Any, place: forms.Place) -> Any:
        """Return the state; refuse one that PCG64 cannot have."""
        forms.check_names(value, dict.fromkeys(("algorithm", "state", "spare")), place)
        forms.choice("PCG64").read(value["algorithm"], place.at("algorithm"))
        texts = forms.Items(forms.TEXT).read(value["state"], place.at("state"))
        spare = forms.Items(forms.whole(0, 2**32 - 1)).read(value["spare"], place.at("spare"))
        whole_numbers = [int(text) for text in texts if text.isascii() and text.isdecimal() and len(text) < 40]
        if len(whole_numbers) != 2 or len(texts) != 2 or max(whole_numbers) >= 2**128 or len(spare) != 2:
            raise place.refusal("two numbers of 128 bits and two of 32", [*texts, *spare])
        if spare[0] > 1 or whole_numbers[1] % 2 == 0:
            raise place.refusal("a state that PCG64 can have", [*texts, *spare])
        state = dict(zip(("state", "inc"), whole_numbers, strict=True))
        return {"bit_generator": "PCG64", "state": state, "has_uint32": spare[0], "uinteger": spare[1]}


def _generator_of(state: Any) -> np.random.Generator:
    generator = np.random.default_rng(0)
    generator.bit_generator.state = state
    return generator


# A generator of random numbers, by its state.
GENERATOR = forms.Converted(BitGenerator(), lambda generator: generator.bit_generator.state, _generator_of)


@final
class LegacyGenerator:
    """A `numpy.random.RandomState`, by its state."""

    def write(self, value: Any, place: forms.Place) -> Any:
        """Return the state, its 624 words as a tensor."""
        if not isinstance(value, np.random.RandomState) or value.get_state(legacy=False)["bit_generator"] != "MT19937":
            raise place.refusal("None, a whole number or a RandomState", value)
        state: Any = value.get_state(legacy=False)
        return {
            "algorithm": "MT19937",
            "key": forms.Tensor((624,), ("uint32",)).write(
                np.asarray(state["state"]["key"], np.uint32), place.at("key")
            ),
            "position": int(state["state"]["pos"]),
            "has_gauss": int(state["has_gauss"]),
            "gauss": forms.AnyFloat().write(float(state["gauss"]), place.at("gauss")),
        }

    def read(self, value: Any, place: forms.Place) -> Any:
        """Return a generator in that state."""
        forms.check_names(value, dict.fromkeys(("algorithm", "key", "position", "has_gauss", "gauss")), place)
        forms.choice("MT19937").read(value["algorithm"], place.at("algorithm"))
        key = forms.Tensor((624,), ("uint32",)).read(value["key"], place.at("key"))
        position = forms.whole(0, 624).read(value["position"], place.at("position"))
        has_gauss = forms.whole(0, 1).read(value["has_gauss"], place.at("has_gauss"))
        gauss = forms.AnyFloat().read(value["gauss"], place.at("gauss"))
        generator = np.random.RandomState(0)
        generator.set_state(("MT19937", key, position, has_gauss, gauss))
        return generator


SEED = forms.Either(
    (forms.NOTHING, forms.whole(0, 2**32 - 1), LegacyGenerator()), "None, a whole number or a RandomState"
)


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
        "threshold": forms.Optional(forms.number(0, 1)),
        "label_smoothing": forms.number(0, BELOW_1),
        "standardize": forms.FLAG,
        "tol": auto_or_number,
        "max_epochs": forms.Either((forms.choice("auto"), forms.whole(1)), "auto or a whole number of at least 1"),
        "batch_size": forms.Either(
            (forms.NOTHING, forms.choice("auto"), forms.whole(1)), "None, auto or a whole number"
        ),
        "validation_fraction": forms.Either(
            (forms.NOTHING, forms.choice("auto"), forms.number(0, BELOW_1)), "None, auto or a share"
        ),
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
        "strength_": forms.number(0),
        "_state": STATE,
        "_generator": GENERATOR,
    }
    return Estimator(
        "chainrule.estimator.classifier",
        "Classifier",
        parameters,
        fitted,
        frozenset({"history_", "strength_"}),
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
    if classifier.threshold is not None and len(classes) != 2:
        raise place.at("threshold").refusal(f"None with {len(classes)} classes", classifier.threshold)
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
        """Return an empty list; refuse any callback."""
        if len(value):
            raise ModelFileError(
                f"The Classifier has {len(value)} callbacks, which are code: a model file has no place for them;"
                " call set_params(callbacks=()) before save."
            )
        return []

    def read(self, value: Any, place: forms.Place) -> Any:
        """Return no callbacks."""
        if value != []:
            raise place.refusal("an empty list", value)
        return ()


@final
class ClassWeights:
    """A dictionary from labels to numbers, as pairs: JSON has only texts as keys."""

    LABEL = forms.Either((forms.TEXT, forms.FLAG, forms.whole(), forms.AnyFloat()), "a label")

    def write(self, value: Any, place: forms.Place) -> Any:
        """Return a pair of label and weight for each class."""
        if not isinstance(value, dict):
            raise place.refusal("a dictionary", value)
        return [
            [self.LABEL.write(label, place), forms.number().write(weight, place)] for label, weight in value.items()
        ]

    def read(self, value: Any, place: forms.Place) -> Any:
        """Return the weights by label."""
        pairs = forms.Items(forms.Items(self.LABEL)).read(value, place)
        if not all(len(pair) == 2 and type(pair[1]) in (int, float) for pair in pairs):
            raise place.refusal("pairs of a label and a number", value)
        return dict(pairs)
