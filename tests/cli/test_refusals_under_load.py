"""Refusals end with status 2, whatever threads have still to let go, however busy the machine is."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

pytestmark = pytest.mark.long
# Times that each of ten mistakes is made: an abort in one of fifty is missed by 200 in one run of fifty.
TIMES = 20
# Of these, in a process that loads everything by itself, which on a busy machine takes seconds; the others are forked.
FRESH = 1
AT_ONCE = 4  # more than the machine has processors
# Seconds after which a command hangs: on the busiest machine one takes a few.
PATIENCE = 120
BUSY = "import os\nwhile os.getppid() == {parent}: pass"
# Loads what a command loads, and then runs each of some in a process of its own that is forked and ends as a command
# does; prints the status of each and the lines that it wrote. A command that does not end is ended by a signal.
FORKED = """
import json, os, signal, sys
from chainrule.cli import main
from chainrule.cli.startup import load_scikit_learn
load_scikit_learn()
import chainrule.cli.training_run

waiting, at_once, patience = json.load(sys.stdin)
running, ends, child = {}, [], None
while waiting or running:
    if waiting and len(running) < at_once:
        words, (reader, writer) = waiting.pop(), os.pipe()
        child = os.fork()
        if child == 0:
            break
        os.close(writer)
        running[child] = reader
    else:
        child, status = os.wait()
        with os.fdopen(running.pop(child)) as said:
            ends.append((os.waitstatus_to_exitcode(status), said.read().count(chr(10))))
if child == 0:  # at the end of a program, so that what ends a process in an ordinary way does so here
    signal.alarm(patience)
    os.dup2(writer, 2)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.argv = ["chainrule", *words]
    main()
else:
    print(json.dumps(ends))
"""


@pytest.fixture
def load() -> Iterator[None]:
    """Other processes that would take every processor."""
    busy = [subprocess.Popen([sys.executable, "-c", BUSY.format(parent=os.getpid())]) for _ in range(3)]
    yield
    for process in busy:
        process.kill()
        process.wait()


def fresh(words: list[str]) -> tuple[int, int]:
    """Return the status of a command in a process that loads everything by itself, and how many lines it wrote."""
    command = [sys.executable, "-m", "chainrule", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    return done.returncode, done.stderr.count("\n")


def forked(commands: list[list[str]]) -> list[tuple[int, int]]:
    """Return the same of commands whose processes have loaded everything before they begin."""
    given = json.dumps((commands, AT_ONCE, PATIENCE))
    done = subprocess.run([sys.executable, "-c", FORKED], input=given, capture_output=True, text=True, check=True)
    return [(status, lines) for status, lines in json.loads(done.stdout)]


@pytest.mark.usefixtures("load")
def test_200_refusals_end_with_2_on_a_busy_machine(flowers: Path, tmp_path: Path) -> None:
    large = tmp_path / "large.csv"
    long = "x" * 300  # of which few rows are several of the blocks that Arrow reads ahead
    large.write_text(flowers.read_text() + f"1,2,3,{long},rose\n" * 10_000 + "one,field,too,many,for,it\n")
    jsonl = tmp_path / "table.jsonl"
    jsonl.write_text('{"a": 1, "b": "x"}\n' * 1000)
    damaged = tmp_path / "damaged.parquet"
    damaged.write_bytes(b"PAR1" + bytes(100) + b"PAR1")
    target = ("--target", "flower", "--out", str(tmp_path / "m"))
    refusals: list[tuple[str | Path, ...]] = [
        (flowers,),
        (flowers, "--target", "flowr"),
        (flowers, *target, "--drop", "petal"),
        (flowers, *target, "--model", "softmax", "--l2", "-1"),
        (flowers, *target, "--kind", "colour=number"),
        (flowers, *target, "--valid", tmp_path / "nowhere.csv"),
        (flowers, *target, "--model", "softmax", "--resume"),
        (large, *target),
        (jsonl,),
        (damaged, *target),
    ]

    commands = [["train", *map(str, words)] for words in refusals]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        ends = Counter(threads.map(fresh, commands * FRESH))
    ends += Counter(forked(commands * (TIMES - FRESH)))
    assert ends == {(2, 1): len(refusals) * TIMES}
