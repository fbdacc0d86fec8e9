"""How a command begins and ends as a process: with whatever streams it was given, and whatever threads still run."""

import os
import sys
from typing import NoReturn

from chainrule.cli.refusals import MISTAKE


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
