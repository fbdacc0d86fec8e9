"""The command line as a process: its streams, its end, and what it says of mistakes that nobody foresaw."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run

FOREVER = "import threading, time; threading.Thread(target=time.sleep, args=(1000,)).start();"
BROKEN = "import chainrule.estimator.preparation as l; l.split = lambda *_: {}['nothing'];"


def process(*words: object, before: str = "", **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own, after `before`."""
    program = f"{before}from chainrule.cli import main; main()"
    command = [sys.executable, "-c", program, *map(str, words)]
    return subprocess.run(command, text=True, timeout=100, **{"capture_output": True, **options})


def test_a_command_ends_whatever_threads_still_run() -> None:
    done = process("--version", before=FOREVER)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("chainrule ")


def test_without_a_verb_help_is_shown_and_the_exit_status_is_2() -> None:
    done = process()
    assert (done.returncode, done.stderr) == (2, "")
    assert "Commands" in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="shells of Unix")
@pytest.mark.parametrize(
    ("streams", "status"),
    [(">&-", 0), ("2>&-", 0), ("<&- >&- 2>&-", 0), ("| head -1", 0), ("| true", 0), ("> /dev/full", 2)],
)
def test_streams_that_nobody_reads_are_no_trouble(flowers: Path, tmp_path: Path, streams: str, status: int) -> None:
    out = tmp_path / "m"
    words = ["train", str(flowers), "--target", "flower", "--model", "softmax", "--out", str(out)]
    command = f"set -o pipefail; {shlex.join([sys.executable, '-m', 'chainrule', *words])} {streams}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=100)
    assert (done.returncode, out.exists()) == (status, True), done.stderr
    full = "chainrule: No space left on device.\n"
    assert done.stderr == (full if status else "")


@pytest.mark.skipif(os.name == "nt", reason="shells of Unix")
@pytest.mark.parametrize("streams", [">&-", "2>&-", "<&- >&- 2>&-", "| true"])
def test_a_refusal_ends_with_2_whatever_streams_there_are(flowers: Path, streams: str) -> None:
    words = [sys.executable, "-m", "chainrule", "train", str(flowers)]
    command = f"set -o pipefail; {shlex.join(words)} {streams}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=100)
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == ("2>&-" not in streams)


def test_an_unexpected_error_is_one_line_with_a_reference(flowers: Path) -> None:
    words = ("train", flowers, "--model", "softmax", "--target", "flower")
    done = [process(*words, before=BROKEN), process("--debug", *words, before=BROKEN)]
    done.append(process(*words, "--debug", "--seed", "3", before=BROKEN))
    assert [one.returncode for one in done] == [70, 70, 70]
    last = {one.stderr.splitlines()[-1] for one in done}
    assert len(last) == 1
    assert re.fullmatch(r"chainrule: .* \(reference [0-9a-f]{8}\): .* --debug .*", last.pop())
    assert [one.stderr.count("\n") == 1 for one in done] == [True, False, False]
    assert [re.findall("KeyError: 'nothing'", one.stderr) != [] for one in done] == [False, True, True]


def test_words_of_a_library_never_reach_a_user(run: Run, flowers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def raised_in_c(*_: object) -> None:
        int("no number")

    monkeypatch.setattr("chainrule.cli.training_run.split", raised_in_c)
    result = run("train", flowers, "--model", "softmax", "--target", "flower")
    assert result.exit_code == 70
    assert "invalid literal" not in result.output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("train",), "data"),
        (("train", "a.csv", "--seed", "x"), "--seed"),
        (("train", "a.csv", "--sed", "1"), "--sed"),
        (("lessons",), "lessons"),
        (("lesson", "--part", "3"), "--part"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_mistake_of_usage_is_one_line(run: Run, words: tuple[str, ...], told: str) -> None:
    result = run(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert re.fullmatch(r"chainrule: .*\n", result.stderr)
    assert told in result.stderr.lower()
    assert result.stderr.endswith(" --help.\n")
