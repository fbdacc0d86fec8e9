"""What becomes of hostile inputs: each is tried in a child process of its own, with little time and memory.

A child is forked from a process that has imported everything, which takes some milliseconds, or on a busy machine a
fraction of a second: longer than most inputs. So a child may try several, one after another; where something is wrong
with any of them, each is tried again by itself, and that is what counts.

What counts as an answer is a value, or a refusal: an error of a kind that the project raises for users' mistakes, whose
message is one sentence. Everything else is a fault: another exception, a hang, too much memory, a signal.
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
from itertools import chain, islice
from typing import Any, Literal, NamedTuple, TypeAlias

# Of processor time, so that a busy machine fails no input.
SECONDS = 10
# Of waiting for one that does nothing: that takes no time of a processor meanwhile.
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
# Inputs of one child, each with its name.
Group: TypeAlias = list[tuple[str, Any]]
Answer: TypeAlias = tuple[Kind, Any, str]


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


class _Child(NamedTuple):
    """A child that tries inputs: when to look whether it does anything, what it had done by then, what it answered."""

    group: Group
    process: int
    deadline: float
    ticks: int = 0
    so_far: bytes = b""

    def outcomes(self, wrong: str) -> list[Outcome]:
        """Return the same fault for each of its inputs."""
        return [Outcome(name, "fault", message=wrong) for name, _ in self.group]


def outcomes(
    function: Callable[[Any], Any], inputs: Iterable[tuple[str, Any]], *, sentences: bool = True, together: int = 1
) -> Iterator[Outcome]:
    """Yield what becomes of each named input; two children try them at a time, in any order.

    Parameters:
        function: given the input; what it returns is pickled.
        inputs: a name to find each by, and the input.
        sentences: whether refusals must be one sentence of ours.
        together: how many inputs a child tries: several where what one does to the process hardly changes the next.
    """
    running: dict[int, _Child] = {}
    each = iter(inputs)
    waiting: Iterator[Group] = iter(lambda: list(islice(each, together)), [])
    while True:
        for group in waiting if len(running) < AT_ONCE else ():
            reader, process = _forked(function, group, sentences)
            running[reader] = _Child(group, process, time.monotonic() + WAITED)
            if len(running) == AT_ONCE:
                break
        if not running:
            return
        for group, found in _ended(running):
            if len(group) > 1 and any(outcome.kind == "fault" for outcome in found):
                waiting = chain([[one] for one in group], waiting)
            else:
                yield from found


def faults(
    function: Callable[[Any], Any], inputs: Iterable[tuple[str, Any]], *, sentences: bool = True, together: int = 1
) -> tuple[list[Outcome], dict[str, int]]:
    """Return the inputs that were neither computed nor refused, and how many were what."""
    counts = {"value": 0, "refusal": 0, "fault": 0}
    found = []
    for outcome in outcomes(function, inputs, sentences=sentences, together=together):
        counts[outcome.kind] += 1
        if outcome.kind == "fault":
            found.append(outcome)
    return found, counts


def told(found: list[Outcome]) -> str:
    """Return faults as text, for the message of a test that fails."""
    shown = "\n".join(f"{outcome.name}: {outcome.message}" for outcome in found[:20])
    return f"{len(found)} inputs were neither computed nor refused:\n{shown}"


def _forked(function: Callable[[Any], Any], group: Group, sentences: bool) -> tuple[int, int]:
    """Return where a child's answers can be read, and its process."""
    reader, writer = os.pipe()
    with warnings.catch_warnings():  # that threads of this process do not go on in the child
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        os.close(reader)
        os.setsid()  # so that what the input starts ends with it
        with os.fdopen(writer, "wb") as answer:
            answer.write(pickle.dumps(_answers(function, group, sentences)))
            answer.flush()
        os._exit(0)
    os.close(writer)
    return reader, child


def _answers(function: Callable[[Any], Any], group: Group, sentences: bool) -> list[Answer]:
    faulthandler.disable()  # whose page of text on a signal nobody reads here
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with open("/proc/self/statm") as pages:
        mapped = int(pages.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (mapped + MAPPED, mapped + MAPPED))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, 2 * SECONDS))
    answers = [_tried(function, given, sentences) for _, given in group]
    taken = 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
    return [("fault", None, f"took {taken >> 20} MB of memory")] * len(group) if taken > BYTES else answers


def _tried(function: Callable[[Any], Any], given: Any, sentences: bool) -> Answer:
    try:
        with contextlib.ExitStack() as stack:
            nowhere = stack.enter_context(open(os.devnull, "w"))
            stack.enter_context(contextlib.redirect_stdout(nowhere))
            stack.enter_context(contextlib.redirect_stderr(nowhere))
            stack.enter_context(warnings.catch_warnings())
            warnings.simplefilter("ignore")
            value = function(given)
        return "value", value, ""
    except REFUSALS as error:
        wrong = sentence_fault(str(error)) if sentences and not isinstance(error, OSError) else None
        message = f"{type(error).__name__} {wrong}: {error}\n{_place(error)}" if wrong else str(error)
        return "fault" if wrong else "refusal", None, message
    except BaseException as error:
        return "fault", None, f"{type(error).__name__}: {error}\n{_place(error)}"


def _place(error: BaseException) -> str:
    return "".join(traceback.format_tb(error.__traceback__)[-3:])


def _ended(running: dict[int, _Child]) -> Iterator[tuple[Group, list[Outcome]]]:
    """Wait for something to happen, and yield the inputs of each child that has ended, with what became of them."""
    patience = max(0.0, min(child.deadline for child in running.values()) - time.monotonic())
    ready, _, _ = select.select(list(running), [], [], patience)
    for reader in ready:
        child = running[reader]
        part = os.read(reader, 1 << 16)
        if part:
            running[reader] = child._replace(so_far=child.so_far + part)
            continue
        del running[reader]
        os.close(reader)
        _, status = os.waitpid(child.process, 0)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU:
            yield child.group, child.outcomes(f"took more than {SECONDS} s of a processor")
        elif os.WIFSIGNALED(status) or not child.so_far:
            yield child.group, child.outcomes(f"died: {os.waitstatus_to_exitcode(status)}")
        else:
            answers: list[Answer] = pickle.loads(child.so_far)
            named = zip(child.group, answers, strict=True)
            yield child.group, [Outcome(name, *answer) for (name, _), answer in named]
    for reader, child in list(running.items()):
        if time.monotonic() > child.deadline and (ticks := _ticks(child.process)) > child.ticks:
            running[reader] = child._replace(deadline=time.monotonic() + WAITED, ticks=ticks)
        elif time.monotonic() > child.deadline:
            os.killpg(child.process, signal.SIGKILL)
            os.waitpid(child.process, 0)
            del running[reader]
            os.close(reader)
            yield child.group, child.outcomes(f"did nothing for {WAITED:g} s")


def _ticks(process: int) -> int:
    """Return how long a process has had a processor, in ticks of the system's clock."""
    with open(f"/proc/{process}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
