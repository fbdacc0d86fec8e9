"""What every command loads, loaded in less time."""

import gc
import importlib
import os
import sys
import time
from importlib.abc import MetaPathFinder
from importlib.util import find_spec
from types import ModuleType
from typing import Any, NoReturn, final

from chainrule.cli.refusals import MISTAKE

_STARTED = time.perf_counter()


def since_start() -> float:
    """Return the seconds that the command has run, but for Python's own start."""
    return time.perf_counter() - _STARTED


# How a command begins and ends as a process: with whatever streams it was given, and whatever threads still run.


def with_open_streams() -> None:
    """Open in place of each standard stream that is closed one that nobody reads.

    Otherwise the next file that is opened takes its number, and what is printed would be written into that.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdout = sys.stdout or os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", encoding="utf-8", closefd=False)


def leave(status: int) -> NoReturn:
    """End the process, once all that was printed is written.

    The interpreter is not taken apart: that would take longer than some commands, and abort the process where a thread
    of a library asks for it meanwhile.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:  # whoever reads the output has enough of it
            pass
        except OSError as error:
            os.write(2, f"chainrule: {error.strerror}.\n".encode())
            status = status or MISTAKE
    os._exit(status)


# Python looks for garbage whenever so many more objects were made than freed; its own number, 700, is met thousands of
# times while modules load, which leave none.
OBJECTS_BETWEEN_SEARCHES = 50_000
# Loading them takes longer than all of Chainrule: metrics of rankings and splines need them, which no command uses.
SELDOM_USED = {"scipy.stats": "rankdata", "scipy.interpolate": "BSpline"}


@final
class _Postponed(ModuleType):
    """A module that is loaded when something of it is used."""

    def __init__(self, name: str, imported: str) -> None:
        """Postpone the module `name`; scikit-learn imports one object of it by its own name, `imported`."""
        super().__init__(name)
        found = find_spec(name)
        places = found.submodule_search_locations if found else None
        self.__path__ = list(places or ())  # without which it would be loaded at once
        setattr(self, imported, _Named(self, imported))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.loaded(), name)

    def loaded(self) -> ModuleType:
        """Return the module itself."""
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return importlib.import_module(self.__name__)


@final
class _Named:
    """A function or a class of a postponed module."""

    def __init__(self, module: _Postponed, name: str) -> None:
        self._of = (module, name)

    def _itself(self) -> Any:
        module, name = self._of
        return getattr(module.loaded(), name)

    def __call__(self, *args: Any, **options: Any) -> Any:
        return self._itself()(*args, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._itself(), name)


@final
class _Absent(MetaPathFinder):
    """Says that there is no pandas."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError("No module named 'pandas'", name="pandas")


def load_scikit_learn() -> None:
    """Import the base of scikit-learn in half the time.

    It imports parts of SciPy for a few of its functions: here they are loaded when they are used. It and Arrow import
    pandas where that is installed, for data frames that a caller might have: a command has none.
    """
    if "sklearn" in sys.modules:
        return
    gc.set_threshold(OBJECTS_BETWEEN_SEARCHES)
    for name, imported in SELDOM_USED.items():
        sys.modules.setdefault(name, _Postponed(name, imported))
    sys.meta_path.insert(0, _Absent())
    import sklearn.base  # noqa: F401 (loaded now, while what it seldom uses is absent)
