"""A run on disk: written while it trains, so that it can go on after whatever ended it."""

import hashlib
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, final

import skops.io

from chainrule.files import write
from chainrule.model_file.trusted import may_be_made
from chainrule.watching import Progress, Snapshot

SECONDS = 2.0


def fingerprint(settings: Mapping[str, Any], files: list[Path]) -> str:
    """Return what tells one run from another: its settings and the content of its files."""
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode())
    for file in files:
        with file.open("rb") as content:
            digest.update(hashlib.file_digest(content, "sha256").digest())
    return digest.hexdigest()


@final
class Checkpoint:
    """A callback that keeps a snapshot of the run in a file, written anew every two seconds."""

    def __init__(self, path: Path, run: str) -> None:
        self.path, self._run, self._written = path, run, -SECONDS

    def __call__(self, progress: Progress) -> str | None:
        if time.monotonic() - self._written >= SECONDS:
            content = {"run": self._run, **progress.snapshot()._asdict()}
            write(self.path, skops.io.dumps(content))
            self._written = time.monotonic()
        return None

    def read(self) -> Snapshot:
        """Return the snapshot in the file.

        Raises:
            ValueError: there is none, it is damaged, or it is of another run.
        """
        if not self.path.exists():
            raise ValueError(f"There is no {self.path} to go on from: leave out --resume.")
        try:
            stored = self.path.read_bytes()
            names = skops.io.get_untrusted_types(data=stored)
            if not all(map(may_be_made, names)):
                raise ValueError(f"it names {', '.join(names)}")
            content = skops.io.loads(stored, trusted=names)
            run = content.pop("run")
            snapshot = Snapshot(**content)
        except Exception as error:
            raise ValueError(f"{self.path} cannot be read ({error}): remove it and leave out --resume.") from None
        if run != self._run:
            raise ValueError(
                f"{self.path} is of a run on other data or with other settings: give the same command again with"
                " --resume, or remove the file."
            )
        return snapshot

    def remove(self) -> None:
        """Remove the file, once there is nothing left to go on with."""
        self.path.unlink(missing_ok=True)
