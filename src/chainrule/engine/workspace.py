"""One thread's buffers: memory for a block's intermediate results, used again for every block."""

from math import prod
from typing import Any, final

import numpy as np

from chainrule.arrays import Array, Shape


@final
class Workspace:
    """Arrays by name, allocated once at the largest size asked for.

    An array is valid until its name is asked for again.

    >>> workspace = Workspace()
    >>> block = workspace.array(("y", 0), (4, 3), np.dtype(float))
    >>> np.shares_memory(block, workspace.array(("y", 0), (2, 3), np.dtype(float)))
    True
    """

    def __init__(self) -> None:
        self._memory: dict[tuple[str, int], Array] = {}
        self._parts: dict[int, Workspace] = {}

    def part(self, number: int) -> "Workspace":
        """Return the workspace of a thread that works beside others; this one is the first."""
        return self if number == 0 else self._parts.setdefault(number, Workspace())

    def array(self, name: tuple[str, int], shape: Shape, dtype: np.dtype[Any]) -> Array:
        """Return an array of this shape, the same memory each time for the same name."""
        memory = self._memory.get(name)
        if memory is not None and memory.shape == shape and memory.dtype == dtype:
            return memory
        size = prod(shape)
        if memory is None or memory.size < size or memory.dtype != dtype:
            memory = self._memory[name] = np.empty(shape, dtype)
        return memory.reshape(-1)[:size].reshape(shape)
