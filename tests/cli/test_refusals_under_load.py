"""Refusals end with status 2, whatever threads have still to let go, however busy the machine is."""

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
AT_ONCE = 4  # more than the machine has processors
BUSY = "import os\nwhile os.getppid() == {parent}: pass"


@pytest.fixture
def load() -> Iterator[None]:
    """Other processes that would take every processor."""
    busy = [subprocess.Popen([sys.executable, "-c", BUSY.format(parent=os.getpid())]) for _ in range(3)]
    yield
    for process in busy:
        process.kill()
        process.wait()


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
    refusals = [
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

    def run(words: tuple[str | Path, ...]) -> tuple[int, int]:
        command = [sys.executable, "-m", "chainrule", "train", *map(str, words)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        return done.returncode, done.stderr.count("\n")

    with ThreadPoolExecutor(AT_ONCE) as threads:
        ends = Counter(threads.map(run, refusals * TIMES))
    assert ends == {(2, 1): len(refusals) * TIMES}
