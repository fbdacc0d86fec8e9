"""When machine code is worth it: once the work asked for would have repaid loading it, or compiling it first."""

LOADING, COMPILING = 1.0, 16.0


class Asked:
    """How many seconds machine code would have saved in this process so far, judged by sizes alone."""

    seconds = 0.0


def repays_loading(seconds: float) -> bool:
    """Return whether so many seconds more that it would save repay loading Numba and what was compiled before."""
    Asked.seconds += seconds
    return Asked.seconds > LOADING


def repays_compiling() -> bool:
    """Return whether what was asked for so far also repays compiling."""
    return Asked.seconds > COMPILING
