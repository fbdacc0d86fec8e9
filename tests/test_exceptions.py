"""Errors and warnings stand in one hierarchy, where users find them."""

import inspect

import pytest

import chainrule
from chainrule import exceptions
from chainrule.exceptions import ChainruleError, ChainruleWarning

FOUND = [kind for _, kind in inspect.getmembers(exceptions, inspect.isclass)]


@pytest.mark.parametrize("kind", FOUND)
def test_all_are_of_one_of_two_kinds_that_python_knows(kind: type[Exception]) -> None:
    assert issubclass(kind, ChainruleError | ChainruleWarning)
    assert issubclass(kind, ValueError | UserWarning)
    assert kind.__doc__


def test_one_kind_is_caught_and_others_pass() -> None:
    with pytest.raises(exceptions.MismatchError):
        chainrule.Network((chainrule.Dense(2, 3), chainrule.Dense(4, 2)))
    with pytest.raises(exceptions.ModelFileError):
        chainrule.load(__file__)
    assert chainrule.exceptions is exceptions
