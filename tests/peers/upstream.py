"""The test suites that scikit-learn ships, loaded with our estimator in the place of theirs.

A suite is loaded anew from the installed package, while the names that it imports are replaced; no line of it is
copied. What is left out is named in a table, each with its reason: a whole test by its name, or those
of its cases that have a certain value for an argument, as in `test_name[argument=value]`.
"""

import importlib.util
import re
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from types import ModuleType
from typing import Any
from unittest.mock import patch

import pytest

Test = Callable[..., None]
CASES = re.compile(r"(\w+)\[(\w+)=(.+)\]")


def load(suite: str, replaced: Mapping[str, type]) -> ModuleType:
    """Return a fresh copy of the module `suite`, that found other classes where it imported from, as `module.Class`."""
    pytest.importorskip("sklearn", minversion="1.9", reason="the suites are those of scikit-learn 1.9 and later")
    found = importlib.util.find_spec(suite)
    assert found is not None, f"{suite} is not installed"
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    with ExitStack() as stack:
        for target, ours in replaced.items():
            stack.enter_context(patch(target, ours))
        found.loader.exec_module(module)
    return module


def upstream_tests(module: ModuleType) -> dict[str, Test]:
    """Return the tests of a suite by name, each with the marks of its module, and its cases in lists."""
    of_module = vars(module).get("pytestmark", [])
    of_module = of_module if isinstance(of_module, list) else [of_module]
    tests = {name: test for name, test in vars(module).items() if name.startswith("test_")}
    for test in tests.values():
        # the filter that is named last comes first: a suite's own ones follow the one that lets warnings be
        marks = [pytest.mark.filterwarnings("default").mark, *(mark.mark for mark in of_module)]
        marks += [_listed(mark) for mark in getattr(test, "pytestmark", [])]
        test.pytestmark = marks
    return tests


def _listed(mark: pytest.Mark) -> pytest.Mark:
    if mark.name != "parametrize":
        return mark
    names, values = mark.args
    return pytest.mark.parametrize(names, list(values), **mark.kwargs).mark


def without(tests: Mapping[str, Test], left_out: Mapping[str, str]) -> dict[str, Test]:
    """Return the tests without those left out; the cases left out go from the marks of their tests."""
    for entry in left_out:
        if part := CASES.fullmatch(entry):
            remove_cases(tests, *part.groups())
    return {name: test for name, test in tests.items() if name not in left_out}


def remove_cases(tests: Mapping[str, Test], name: str, argument: str, value: str) -> bool:
    """Take a value of an argument out of the marks of a test, and return whether it was there."""
    for mark in marks_of(tests[name]) if name in tests else []:
        if mark.name == "parametrize" and argument in (names := _names(mark)):
            column, values = names.index(argument), mark.args[1]
            kept = [row for row in values if _text(row if len(names) == 1 else row[column]) != value]
            found, values[:] = len(kept) < len(values), kept
            return found
    return False


def marks_of(test: Test) -> list[pytest.Mark]:
    marks: list[pytest.Mark] = test.pytestmark  # type: ignore[attr-defined]
    return marks


def _names(mark: pytest.Mark) -> list[str]:
    names = mark.args[0]
    return [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)


def _text(value: Any) -> str:
    return str(getattr(value, "__name__", value))
