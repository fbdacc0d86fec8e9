"""Python objects lent to threads of Arrow, and waited for until these have let go of them.

A thread that lets go of a Python object takes the interpreter's lock first. Where the interpreter is ending meanwhile,
that ends the thread, and with it, since it is one of C++, the whole process: "terminate called without an active
exception".
"""

import weakref
from threading import Condition
from typing import TypeVar

T = TypeVar("T")

# Threads let go within milliseconds of the last read; a process that they hold up for longer must still go on.
LONGEST_WAIT = 10.0


class Lent:
    """Objects that are on loan: none of them may be referred to from here, or they never come back."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._count = 0

    def lend(self, thing: T) -> T:
        """Return an object that allows weak references, which is on loan until nobody refers to it."""
        with self._changed:
            self._count += 1
        weakref.finalize(thing, self._returned).atexit = False
        return thing

    def _returned(self) -> None:
        with self._changed:
            self._count -= 1
            self._changed.notify_all()

    def wait(self) -> None:
        """Wait until every object has come back."""
        with self._changed:
            self._changed.wait_for(lambda: self._count == 0, LONGEST_WAIT)
