"""A run on disk: written while it trains, so that it can go on after whatever ended it."""

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, final

from chainrule.engine.compiled.library import form_in_use
from chainrule.model_file import ModelFileError
from chainrule.model_file.snapshot import load_snapshot, save_snapshot
from chainrule.training.monitor import Progress, Snapshot

SECONDS = 2.0
COMPUTING = ("numpy", "scipy")
"""Packages whose versions, or lack, change the last bits of what is computed."""


def sha256(path: Path) -> str:
    """Return the hash of a file's content, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fingerprint(settings: Mapping[str, Any], hashes: Sequence[str]) -> str:
    """Return what tells one run from another: its settings, the hashes of its files, and what computes it."""
    by = [form_in_use(), *(_version(name) for name in ("chainrule", *COMPUTING))]
    return hashlib.sha256(json.dumps([settings, hashes, by], sort_keys=True, default=str).encode()).hexdigest()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


@final
class Checkpoint:
    """A callback that keeps a snapshot of the run in a file, written anew every two seconds."""

    def __init__(self, path: Path, run: str) -> None:
        self.path, self._run, self._written = path, run, -SECONDS

    def __call__(self, progress: Progress) -> str | None:
        if time.monotonic() - self._written >= SECONDS:
            save_snapshot(progress.snapshot(), self.path, self._run)
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
            snapshot, run = load_snapshot(self.path)
        except ModelFileError as error:
            reason = str(error).rstrip(".")
            raise ValueError(f"{reason}; to train from the start, remove the file and leave out --resume.") from None
        if run != self._run:
            raise ValueError(
                f"{self.path} is of a run on other data, with other settings or of other versions of libraries:"
                " give the same command again with --resume, or remove the file."
            )
        return snapshot

    def remove(self) -> None:
        """Remove the file, once there is nothing left to go on with."""
        self.path.unlink(missing_ok=True)
