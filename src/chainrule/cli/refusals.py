"""A user's mistake in one line, and exit status 2."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

MISTAKES = (ValueError, TypeError)


def refusal(message: str) -> typer.Exit:
    """Return what to raise after saying on one line what is wrong."""
    typer.echo(f"chainrule: {' '.join(message.split())}", err=True)
    return typer.Exit(2)


@contextmanager
def in_one_line() -> Iterator[None]:
    """Turn what goes wrong with a user's files and settings into one line and exit status 2."""
    try:
        yield
    except BrokenPipeError:  # whoever reads the output has enough of it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise refusal(f"{where}{error.strerror or error}.") from None
    except MemoryError as error:
        raise refusal(f"There is not enough memory for this: {error} Train on fewer rows or columns.") from None
    except ModuleNotFoundError as error:
        if error.name != "pyarrow":
            raise
        raise refusal("Tables need pyarrow: pip install 'chainrule[tables]'.") from None
    except MISTAKES as error:
        raise refusal(str(error)) from None


def refuse_existing(path: Path | None, force: bool) -> None:
    """Raise ValueError where something is at the path of a file to write, unless it is a file and may be replaced."""
    if path is None or not path.exists():
        return
    if not path.is_file():
        raise ValueError(f"{path} is no file: choose another name to write to.")
    if not force:
        raise ValueError(f"{path} exists already: choose another name, or replace it with --force.")
