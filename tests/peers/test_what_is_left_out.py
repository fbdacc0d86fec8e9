"""The lists of what is left out are whole, in date and reasoned, and what is not left out asks our estimator."""

import re
from types import CodeType, ModuleType

import pytest

from tests.peers import test_logistic as logistic
from tests.peers import test_mlp as mlp
from tests.peers.upstream import CASES, Test, load, marks_of, remove_cases, upstream_tests

SUITES = pytest.mark.parametrize("suite", [logistic, mlp], ids=["logistic", "mlp"])


def theirs(suite: ModuleType) -> dict[str, Test]:
    return upstream_tests(load(suite.SUITE, suite.REPLACED))


@SUITES
def test_every_test_is_run_or_left_out(suite: ModuleType) -> None:
    run = {name for name in theirs(suite) if name in vars(suite)}
    assert run | suite.LEFT_OUT.keys() >= theirs(suite).keys()
    assert not run & suite.LEFT_OUT.keys()
    assert len(run) >= 15


@SUITES
def test_what_is_left_out_is_there(suite: ModuleType) -> None:
    tests = theirs(suite)
    for entry in suite.LEFT_OUT:
        part = CASES.fullmatch(entry)
        assert remove_cases(tests, *part.groups()) if part else entry in tests, entry


@SUITES
def test_cases_left_out_are_not_run(suite: ModuleType) -> None:
    tests = {name: test for name, test in vars(suite).items() if name.startswith("test_")}
    for entry in suite.LEFT_OUT:
        if part := CASES.fullmatch(entry):
            assert not remove_cases(tests, *part.groups()), entry


@SUITES
def test_every_reason_is_a_sentence(suite: ModuleType) -> None:
    for entry, reason in suite.LEFT_OUT.items():
        assert re.fullmatch(r"[A-Z]\S*( \S+){4,}\.", reason), entry


@SUITES
def test_every_test_that_is_run_asks_our_estimator(suite: ModuleType) -> None:
    (ours,) = suite.REPLACED.values()
    for name, test in vars(suite).items():
        if name.startswith("test_"):
            values = [value for mark in marks_of(test) if mark.name == "parametrize" for value in mark.args[1]]
            assert ours.__name__ in names_in(test) or any(value is ours for value in values), name
            assert test.__globals__[ours.__name__] is ours


def names_in(test: Test) -> set[str]:
    """The global names that a test, and the functions in it, speak of."""
    names, code = set[str](), [test.__code__]
    while code:
        one = code.pop()
        names |= set(one.co_names)
        code += [constant for constant in one.co_consts if isinstance(constant, CodeType)]
    return names
