"""What was measured: cases, and the JSON file that keeps them, whole after every one."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, final

from benchmarks.peers.measure import Times
from chainrule.common.atomic_write import write


@final
@dataclass(frozen=True)
class Case:
    """One thing that all contenders did.

    Attributes:
        part: of the suite.
        group: what the case belongs to: a table of the page.
        name: of the case: a column of that table.
        seconds: of each contender, turn by turn, or why it has none.
        limit: seconds below which this machine cannot do it; None where no such bound is known.
        notes: what else is to be said of a contender.
        about: what else is to be said of the group.
        curves: of `growth`: contenders' exponents and their seconds and bytes by size, in place of `seconds`.
    """

    part: str
    group: str
    name: str
    seconds: Mapping[str, Times]
    limit: float | None = None
    notes: Mapping[str, str] = field(default_factory=dict)
    about: str = ""
    curves: Mapping[str, Any] = field(default_factory=dict)


@final
class Results:
    """Cases in a JSON file; a case measured again takes the place of what it was.

    Raises:
        ValueError: the file holds what another machine measured.
    """

    def __init__(self, path: Path, machine: Mapping[str, str]) -> None:
        self.path = path
        self.content: dict[str, Any] = {"machine": dict(machine), "limits": {}, "cases": []}
        if path.exists():
            found = read(path)
            if found["machine"] != self.content["machine"]:
                raise ValueError(
                    f"{path} holds what another machine, other libraries or another number of threads measured: give "
                    "another file with --json, or remove it."
                )
            self.content = found

    def keep_limits(self, limits: Mapping[str, float]) -> None:
        """Keep what the machine can do at most."""
        self.content["limits"] = dict(limits)
        self._write()

    def add(self, case: Case) -> None:
        """Keep a case, in place of the same one measured before."""
        new = asdict(case) | {"commit": commit(), "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M")}
        cases = self.content["cases"]
        places = [place for place, old in enumerate(cases) if _key(old) == _key(new)]
        if places:
            cases[places[0]] = new
        else:
            cases.append(new)
        self._write()

    def _write(self) -> None:
        write(self.path, json.dumps(self.content, indent=1, ensure_ascii=False) + "\n")


def read(path: Path) -> dict[str, Any]:
    """Return what a file of results holds."""
    content: dict[str, Any] = json.loads(path.read_text())
    return content


def groups(cases: list[dict[str, Any]], part: str) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield the groups of a part in the order they were measured in, each with its cases."""
    found: dict[str, list[dict[str, Any]]] = {}
    for case in cases:
        if case["part"] == part:
            found.setdefault(case["group"], []).append(case)
    yield from found.items()


def commit() -> str:
    """Return which version of the code is measured: its commit, with a plus where files have been changed since."""
    folder = Path(__file__).parent
    words = ("git", "-C", str(folder))
    try:
        name = subprocess.run([*words, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True)
        changed = subprocess.run([*words, "status", "--porcelain", "--", "../../src"], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return name.stdout.strip() + ("+" if changed.stdout.strip() else "")


def _key(case: Mapping[str, Any]) -> tuple[str, str, str]:
    return case["part"], case["group"], case["name"]
