"""Files written whole or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Yield a file beside `path` to write to; it takes its place at the end, or vanishes if anything goes wrong.

    A link stays one, and the file that it leads to is replaced. Who may read and write a file stays as it was.

    Parameters:
        path: of the file; folders on the way are made.
    """
    path = path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.parent / f".{secrets.token_hex(8)}.part"
    try:
        with part.open("xb") as file:
            yield file
        if path.exists():
            part.chmod(path.stat().st_mode)
        os.replace(part, path)
    except BaseException as error:
        part.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename in (None, str(part)):
            error.filename = str(path)  # which the user knows
        raise


def write(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all.

    Parameters:
        path: of the file; folders on the way are made.
        content: bytes, or text to be written as UTF-8.
    """
    with replacing(path) as file:
        file.write(content.encode() if isinstance(content, str) else content)
