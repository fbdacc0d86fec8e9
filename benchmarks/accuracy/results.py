"""What was measured: a record for each model, table and split, in a JSON file that is whole after every one."""

import json
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias, final

from benchmarks.peers.machine import described
from chainrule.common.atomic_write import write

Record: TypeAlias = dict[str, Any]

SOURCE = Path(__file__).parents[2] / "src"
# What may differ from one model to the next: each record names its own version.
OF_MODELS = ("libraries", "threads")


def machine() -> dict[str, str]:
    """Return the machine in words."""
    return {name: what for name, what in described(1).items() if name not in OF_MODELS}


@final
class Results:
    """Records in a JSON file; one measured again takes the place of what it was.

    Raises:
        ValueError: the file holds what another machine measured.
    """

    def __init__(self, path: Path, machine: Mapping[str, str]) -> None:
        self.path = path
        self.machine = dict(machine)
        self.records: dict[tuple[str, str, int], Record] = {}
        if path.exists():
            found, records = read(path)
            if found != self.machine:
                raise ValueError(
                    f"{path} holds what another machine or another Python measured ({', '.join(found.values())}): "
                    "give another file with --json, or remove it."
                )
            self.records = {_key(record): record for record in records}

    def __contains__(self, key: tuple[str, str, int]) -> bool:
        return key in self.records

    def add(self, record: Record) -> None:
        """Keep a record, in place of the same one measured before."""
        self.records[_key(record)] = record | {"date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M")}
        lines = ",\n".join(json.dumps(each, ensure_ascii=False) for each in self.records.values())
        head = json.dumps(self.machine, indent=1, ensure_ascii=False)
        write(self.path, f'{{"machine": {head},\n"records": [\n{lines}\n]}}\n')


def read(path: Path) -> tuple[dict[str, str], list[Record]]:
    """Return the machine and the records of a file of results."""
    content = json.loads(path.read_text())
    return content["machine"], content["records"]


def source_version() -> str:
    """Return which version of the code is measured: the last commit of `src`, and a plus if it has changed."""
    git = ("git", "-C", str(SOURCE))
    try:
        last = subprocess.run([*git, "log", "-1", "--format=%h", "--", "."], capture_output=True, text=True, check=True)
        changed = subprocess.run([*git, "status", "--porcelain", "--", "."], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return last.stdout.strip() + ("+" if changed.stdout.strip() else "")


def _key(record: Mapping[str, Any]) -> tuple[str, str, int]:
    return record["model"], record["table"], record["split"]
