"""How threads inside machine code share work that has an order: they take turns.

Turns are numbered. Those of a phase may be taken side by side once all turns before the phase are done. A thread takes
a turn only when it can begin it, so that one that the system has put aside between two turns holds nobody up.
"""

import os
from typing import Any

from llvmlite import ir
from numba import types
from numba.core.extending import intrinsic

from chainrule.engine.kernels.modes import as_written

TAKEN, DONE, COUNTERS = 0, 8, 16
LOOKS = 500

give_way = types.ExternalFunction("SwitchToThread" if os.name == "nt" else "sched_yield", types.intc())


def _place(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    start = context.make_array(signature.args[0])(context, builder, arguments[0]).data
    return builder.gep(start, [arguments[1]])


@intrinsic
def _read(_, counters, place):
    """Return a counter that threads share."""

    def generate(context, builder, signature, arguments):
        return builder.load_atomic(_place(context, builder, signature, arguments), "seq_cst", 8)

    return types.int64(counters, place), generate


@intrinsic
def _add_one(_, counters, place):
    """Add one to a counter that threads share, and return what it was."""

    def generate(context, builder, signature, arguments):
        one = ir.Constant(ir.IntType(64), 1)
        return builder.atomic_rmw("add", _place(context, builder, signature, arguments), one, "seq_cst")

    return types.int64(counters, place), generate


@intrinsic
def _add_one_to(_, counters, place, number):
    """Add one to a counter that threads share if it is `number`, and return whether it was."""

    def generate(context, builder, signature, arguments):
        place = _place(context, builder, signature, arguments)
        after = builder.add(arguments[2], ir.Constant(ir.IntType(64), 1))
        return builder.extract_value(builder.cmpxchg(place, arguments[2], after, "seq_cst"), 1)

    return types.boolean(counters, place, number), generate


@as_written
def take_turn(counters, parts, turns):
    """Return the number of a turn, or `turns` where none is left.

    A round has a phase of `parts` turns, another one, and a single turn.
    """
    looks = 0
    while True:
        turn = _read(counters, TAKEN)
        if turn >= turns:
            return turns
        place = turn % (2 * parts + 1)
        begin = turn - place + (0 if place < parts else parts if place < 2 * parts else 2 * parts)
        if _read(counters, DONE) < begin:
            looks += 1
            if looks % LOOKS == 0:
                give_way()
        elif _add_one_to(counters, TAKEN, turn):
            return turn


@as_written
def end_turn(counters):
    """Say that a turn is done."""
    _add_one(counters, DONE)
