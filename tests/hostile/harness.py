"""What becomes of hostile inputs: each is tried in a child process of its own, with little time and memory.

A child is forked from a process that has imported everything, which takes some milliseconds. What counts as an answer
is a value, or a refusal: an error of a kind that the project raises for users' mistakes, whose message is one sentence.
Everything else is a fault: another exception, a hang, too much memory, a signal.
"""

import contextlib
import faulthandler
import os
import pickle
import re
import resource
import select
import signal
import time
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal, NamedTuple

# Of processor time, so that a busy machine fails no input.
SECONDS = 10
# Of waiting for one that does nothing.
WAITED = 60.0
BYTES = 500 << 20
# What a child may map at most, used or not: so that a runaway ends in a MemoryError, and not with the machine.
MAPPED = 4 << 30
# What users' mistakes raise: ModelFileError and MismatchError are ValueErrors.
REFUSALS = (ValueError, TypeError, OSError)
LONGEST_SENTENCE = 600
# Words of libraries' own messages, which no user should have to read. An address begins a word: the name of a temporary
# folder may have the same letters in its middle.
FOREIGN = re.compile(r"Traceback|\b0x[0-9a-f]{6,}|pyarrow\.|numpy\.|sklearn\.|<class '|object has no attribute|Errno")
AT_ONCE = 2

Kind = Literal["value", "refusal", "fault"]


class Outcome(NamedTuple):
    """What became of an input.

    Attributes:
        name: of the input.
        kind: value, refusal or fault.
        value: what the function returned.
        message: of the refusal, or what is wrong.
    """

    name: str
    kind: Kind
    value: Any = None
    message: str = ""


def sentence_fault(message: str) -> str | None:
    """Return what keeps a message from being one sentence for a user, or None."""
    if not message or "\n" in message:
        return "is not one line"
    if not message.endswith((".", "?", ")")) and not message.endswith("..."):
        return "does not end like a sentence"
    if len(message) > LONGEST_SENTENCE:
        return f"has {len(message)} characters"
    foreign = FOREIGN.search(message)
    return f"speaks of {foreign[0]!r}" if foreign else None


def outcomes(
    function: Callable[[Any], Any], inputs: Iterable[tuple[str, Any]], *, sentences: bool = True
) -> Iterator[Outcome]:
    """Yield what becomes of each named input, tried by itself; two at a time, in any order.

    Parameters:
        function: given the input; what it returns is pickled.
        inputs: a name to find each by, and the input.
        sentences: whether refusals must be one sentence of ours.
    """
    running: dict[int, tuple[str, int, float, bytes]] = {}
    waiting = iter(inputs)
    while True:
        for name, given in waiting if len(running) < AT_ONCE else ():
            reader, child = _forked(function, given, sentences)
            running[reader] = (name, child, time.monotonic() + WAITED, b"")
            if len(running) == AT_ONCE:
                break
        if not running:
            return
        yield from _ended(running)


def faults(
    function: Callable[[Any], Any], inputs: Iterable[tuple[str, Any]], *, sentences: bool = True
) -> tuple[list[Outcome], dict[str, int]]:
    """Return the inputs that were neither computed nor refused, and how many were what."""
    counts = {"value": 0, "refusal": 0, "fault": 0}
    found = []
    for outcome in outcomes(function, inputs, sentences=sentences):
        counts[outcome.kind] += 1
        if outcome.kind == "fault":
            found.append(outcome)
    return found, counts


def told(found: list[Outcome]) -> str:
    """Return faults as text, for the message of a test that fails."""
    shown = "\n".join(f"{outcome.name}: {outcome.message}" for outcome in found[:20])
    return f"{len(found)} inputs were neither computed nor refused:\n{shown}"


def _forked(function: Callable[[Any], Any], given: Any, sentences: bool) -> tuple[int, int]:
    """Return where a child's answer can be read, and its process."""
    reader, writer = os.pipe()
    with warnings.catch_warnings():  # that threads of this process do not go on in the child
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        os.close(reader)
        os.setsid()  # so that what the input starts ends with it
        with os.fdopen(writer, "wb") as answer:
            answer.write(pickle.dumps(_tried(function, given, sentences)))
            answer.flush()
        os._exit(0)
    os.close(writer)
    return reader, child


def _tried(function: Callable[[Any], Any], given: Any, sentences: bool) -> tuple[Kind, Any, str]:
    faulthandler.disable()  # whose page of text on a signal nobody reads here
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with open("/proc/self/statm") as pages:
        mapped = int(pages.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (mapped + MAPPED, mapped + MAPPED))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, 2 * SECONDS))
    try:
        with contextlib.ExitStack() as stack:
            nowhere = stack.enter_context(open(os.devnull, "w"))
            stack.enter_context(contextlib.redirect_stdout(nowhere))
            stack.enter_context(contextlib.redirect_stderr(nowhere))
            stack.enter_context(warnings.catch_warnings())
            warnings.simplefilter("ignore")
            value = function(given)
        answer: tuple[Kind, Any, str] = ("value", value, "")
    except REFUSALS as error:
        wrong = sentence_fault(str(error)) if sentences and not isinstance(error, OSError) else None
        message = f"{type(error).__name__} {wrong}: {error}\n{_place(error)}" if wrong else str(error)
        answer = ("fault" if wrong else "refusal", None, message)
    except BaseException as error:
        answer = ("fault", None, f"{type(error).__name__}: {error}\n{_place(error)}")
    taken = 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
    return ("fault", None, f"took {taken >> 20} MB of memory") if taken > BYTES else answer


def _place(error: BaseException) -> str:
    return "".join(traceback.format_tb(error.__traceback__)[-3:])


def _ended(running: dict[int, tuple[str, int, float, bytes]]) -> Iterator[Outcome]:
    """Wait for something to happen, and yield what has ended."""
    patience = max(0.0, min(deadline for _, _, deadline, _ in running.values()) - time.monotonic())
    ready, _, _ = select.select(list(running), [], [], patience)
    for reader in ready:
        name, child, deadline, so_far = running[reader]
        part = os.read(reader, 1 << 16)
        if part:
            running[reader] = (name, child, deadline, so_far + part)
            continue
        del running[reader]
        os.close(reader)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU:
            yield Outcome(name, "fault", message=f"took more than {SECONDS} s of a processor")
        elif os.WIFSIGNALED(status) or not so_far:
            yield Outcome(name, "fault", message=f"died: {os.waitstatus_to_exitcode(status)}")
        else:
            kind, value, message = pickle.loads(so_far)
            yield Outcome(name, kind, value, message)
    for reader, (name, child, deadline, _) in list(running.items()):
        if time.monotonic() > deadline:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            del running[reader]
            os.close(reader)
            yield Outcome(name, "fault", message=f"was not done after {WAITED:g} s")
