"""Where threads inside machine code wait for each other."""

import os
from typing import Any

from llvmlite import ir
from numba import types
from numba.core.extending import intrinsic

from chainrule.engine.kernels.modes import as_written

LOOKS = 500

give_way = types.ExternalFunction("SwitchToThread" if os.name == "nt" else "sched_yield", types.intc())


@intrinsic
def _arrive(_: Any, counter: Any) -> Any:
    """Add one to the counter (1,) that the threads share."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        return builder.atomic_rmw("add", place, ir.Constant(ir.IntType(64), 1), "seq_cst")

    return types.int64(counter), generate


@intrinsic
def _arrived(_: Any, counter: Any) -> Any:
    """Return the counter (1,) that the threads share."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        return builder.load_atomic(place, "seq_cst", 8)

    return types.int64(counter), generate


@as_written
def meet(counter, arrivals):
    """Return when there have been so many arrivals at the counter (1,), this one among them."""
    _arrive(counter)
    looks = 0
    while _arrived(counter) < arrivals:
        looks += 1
        if looks % LOOKS == 0:
            give_way()
