"""Nothing public escapes the contract tests: the registry has every layer, loss, optimizer and schedule."""

import dataclasses
import inspect
import pickle
from types import ModuleType

import pytest

from chainrule import layers, losses, optimizers
from tests.registry import INITIALIZERS, LAYERS, LOSSES, OPTIMIZERS, PENALTIES, SCHEDULES

CONTRACTS = {
    layers: {
        "ACTIVATIONS",
        "Activation",
        "Elementwise",
        "Layer",
        "LinearFormulas",
        "MismatchError",
        "Operand",
        "Operation",
        "Parameters",
    },
    losses: {"DescribedLoss", "LOSSES", "Loss"},
    optimizers: {
        "Certificate",
        "Curvature",
        "FIRST_ORDER",
        "FirstOrder",
        "Objective",
        "Optimizer",
        "HasStepSize",
        "Recurrence",
        "Schedule",
        "Step",
        "certificate",
    },
}
REGISTERED: dict[ModuleType, list[object]] = {
    layers: [case.layer for case in LAYERS],
    losses: [*(case.loss for case in LOSSES), *PENALTIES],
    optimizers: [*OPTIMIZERS.values(), *SCHEDULES.values()],
}
EVERYTHING = [thing for things in REGISTERED.values() for thing in things]


@pytest.mark.parametrize("module", REGISTERED, ids=lambda module: module.__name__)
def test_every_public_class_is_registered(module: ModuleType) -> None:
    registered = {type(thing).__name__ for thing in REGISTERED[module]}
    assert set(module.__all__) - CONTRACTS[module] == registered


def test_every_class_of_the_submodules_is_public_or_private_by_name() -> None:
    for module in REGISTERED:
        for submodule in (m for _, m in inspect.getmembers(module, inspect.ismodule)):
            final = {
                name
                for name, member in inspect.getmembers(submodule, inspect.isclass)
                if member.__module__ == submodule.__name__ and dataclasses.is_dataclass(member)
            }
            assert final <= set(module.__all__), submodule.__name__


@pytest.mark.parametrize("thing", EVERYTHING, ids=repr)
def test_frozen_hashable_comparable_and_picklable(thing: object) -> None:
    assert dataclasses.is_dataclass(thing)
    copy = pickle.loads(pickle.dumps(thing))
    assert copy == thing
    assert hash(copy) == hash(thing)
    for field in dataclasses.fields(thing):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(thing, field.name, 1)


def test_initializers_are_called_by_their_names() -> None:
    assert all(rule.__name__ == name for name, rule in INITIALIZERS.items())
