"""What every command loads, loaded in less time."""

import gc
import importlib
import sys
from importlib.abc import MetaPathFinder
from importlib.util import find_spec
from types import ModuleType
from typing import Any, final

# Python looks for garbage whenever so many more objects were made than freed; its own number, 700, is met thousands of
# times while modules load, which leave none.
OBJECTS_BETWEEN_SEARCHES = 50_000


@final
class _Postponed(ModuleType):
    """The module scipy.stats, loaded when something of it is used."""

    def __init__(self) -> None:
        super().__init__("scipy.stats")
        found = find_spec(self.__name__)
        places = found.submodule_search_locations if found else None
        self.__path__ = list(places or ())  # without which it would be loaded at once

    def __getattr__(self, name: str) -> Any:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)

    def rankdata(self, *args: Any, **options: Any) -> Any:
        """Call the one function that scikit-learn's metrics import by name, whether or not they come to use it."""
        return self.__getattr__("rankdata")(*args, **options)


@final
class _Absent(MetaPathFinder):
    """Says that there is no pandas."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError("No module named 'pandas'", name="pandas")


def load_scikit_learn() -> None:
    """Import the base of scikit-learn in half the time.

    It imports scipy.stats for a few of its functions: here that is loaded when it is used. It and Arrow import pandas
    where that is installed, for data frames that a caller might have: a command has none.
    """
    if "sklearn" in sys.modules:
        return
    gc.set_threshold(OBJECTS_BETWEEN_SEARCHES)
    sys.modules.setdefault("scipy.stats", _Postponed())
    sys.meta_path.insert(0, _Absent())
    import sklearn.base  # noqa: F401
