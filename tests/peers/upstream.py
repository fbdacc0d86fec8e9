"""The test suites that scikit-learn ships, loaded with our estimator in the place of theirs.

A suite is loaded anew from the installed package, under a name of its own, while the names that it imports are replaced.
No line of it is copied. What is left out is named in a table, each with its reason: a whole test by its name, or those
of its cases that have a certain value for an argument, as in `test_name[argument=value]`.
"""

import importlib.util
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from types import ModuleType
from typing import Any
from unittest.mock import patch

import pytest

Test = Callable[..., None]
CASES = re.compile(r"(\w+)\[(\w+)=(.+)\]")


def load(suite: str, replaced: Mapping[str, type]) -> ModuleType:
    """Return a fresh copy of the module `suite`, that found other classes where it imported from, as `module.Class`."""
    found = importlib.util.find_spec(suite)
    assert found is not None and found.origin is not None, f"{suite} is not installed"
    spec = importlib.util.spec_from_file_location(f"upstream_{suite.rpartition('.')[2]}", found.origin)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with ExitStack() as stack:
        for target, ours in replaced.items():
            stack.enter_context(patch(target, ours))
        spec.loader.exec_module(module)
    return module


def upstream_tests(module: ModuleType) -> dict[str, Test]:
    """Return the tests of a suite by name, each with the marks of its module, and the cases of each argument in a list."""
    of_module = getattr(module, "pytestmark", [])
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
    """Return the tests without those left out.

    Raises:
        LookupError: what is to be left out is not there.
    """
    kept = dict(tests)
    for entry in left_out:
        cases = CASES.fullmatch(entry)
        if cases is None:
            del kept[entry]
        else:
            name, argument, value = cases.groups()
            _remove_cases(kept[name], argument, value)
    return kept


def _remove_cases(test: Test, argument: str, value: str) -> None:
    """Take a value of an argument out of the marks of a test."""
    for place, mark in enumerate(test.pytestmark):  # type: ignore[attr-defined]
        if mark.name != "parametrize" or argument not in _arguments(mark):
            continue
        names, rows = _arguments(mark), mark.args[1]
        column = names.index(argument)
        kept = [row for row in rows if _text(row if len(names) == 1 else row[column]) != value]
        if len(kept) < len(rows):
            other = pytest.mark.parametrize(mark.args[0], kept, **mark.kwargs)
            test.pytestmark[place] = other.mark  # type: ignore[attr-defined]
            return
    raise LookupError(f"{test.__name__} has no case with {argument}={value}")


def _arguments(mark: pytest.Mark) -> list[str]:
    names = mark.args[0]
    return [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)


def _text(value: Any) -> str:
    return str(getattr(value, "__name__", value))


def cases(tests: Mapping[str, Test]) -> Iterator[tuple[str, int]]:
    """Yield the name of each test and its number of cases."""
    for name, test in tests.items():
        number = 1
        for mark in test.pytestmark:  # type: ignore[attr-defined]
            number *= len(mark.args[1]) if mark.name == "parametrize" else 1
        yield name, number
