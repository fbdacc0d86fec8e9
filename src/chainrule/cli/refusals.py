"""A user's mistake in one line, and exit status 2; a mistake of ours in one line too, with a reference to report."""

import dis
import hashlib
import os
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from types import CodeType, TracebackType

import typer

import chainrule

# Exit status of a mistake of the user, as shells and Click have it for usage.
MISTAKE = 2
# What sysexits.h calls an internal software error: neither a mistake of the user nor the answer of a verb.
OUR_FAULT = 70
# Hexadecimal digits of a reference: 32 bits, so that two bugs hardly share one, and short enough to type.
REFERENCE_DIGITS = 8
# Characters. Longer than the paths that people have; what is longer is no name that they would read to its end.
LONGEST_WORD = 240
PACKAGE = Path(chainrule.__file__).parent
# What to install where a library is missing that the default installation leaves out.
EXTRAS = {
    "pyarrow": "Tables need pyarrow: pip install 'chainrule[tables]'.",
    "onnx": "ONNX needs onnx: pip install 'chainrule[onnx]'.",
    "onnxruntime": "The comparison with ONNX Runtime needs onnxruntime: pip install 'chainrule[onnx]'.",
}
# The instruction that a `raise` statement becomes.
RAISE = dis.opmap["RAISE_VARARGS"]

debugging: ContextVar[bool] = ContextVar("debugging", default=False)
"""Whether to print, beside the line, where something went wrong."""


def refusal(message: str, status: int = MISTAKE) -> typer.Exit:
    """Return what to raise after saying on one line what is wrong."""
    words = (word if len(word) <= LONGEST_WORD else f"{word[:LONGEST_WORD]}..." for word in message.split())
    typer.echo(f"chainrule: {' '.join(words)}", err=True)
    return typer.Exit(status)


@contextmanager
def in_one_line() -> Iterator[None]:
    """Turn whatever goes wrong into one line on standard error and an exit status."""
    try:
        yield
    except typer.Exit:
        raise
    except BrokenPipeError:  # whoever reads the output has enough of it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None
    except Exception as error:
        if debugging.get():
            traceback.print_exc()
        message = _mistake(error)
        if message is None:
            raise refusal(_unforeseen(error), OUR_FAULT) from None
        raise refusal(message) from None


def _mistake(error: Exception) -> str | None:
    """Return what the user should read; None where it is none of their making."""
    if isinstance(error, OSError) and error.errno is not None:
        return f"{error.filename}: {error.strerror}." if error.filename else f"{error.strerror}."
    if isinstance(error, MemoryError):
        return f"Not enough memory: {error} Train on fewer rows or columns."
    if isinstance(error, ModuleNotFoundError) and error.name in EXTRAS:
        return EXTRAS[error.name]
    return str(error) if _is_raised_here(error) else None


def _is_raised_here(error: Exception) -> bool:
    """Return whether an error comes of a `raise` in this package: only then are its words meant for a user."""
    place = _places(error)[-1]
    code = place.tb_frame.f_code
    return _is_here(code) and code.co_code[place.tb_lasti] == RAISE


def _is_here(code: CodeType) -> bool:
    return PACKAGE in Path(code.co_filename).parents


def _places(error: Exception) -> list[TracebackType]:
    """Return the places that an error came through, the one where it was raised last."""
    places, place = list[TracebackType](), error.__traceback__
    while place is not None:
        places.append(place)
        place = place.tb_next
    return places


def _unforeseen(error: Exception) -> str:
    """Return a line whose reference is the same wherever the same thing goes wrong in the same version."""
    codes = [place.tb_frame.f_code for place in _places(error)]
    way = [f"{Path(code.co_filename).name} {code.co_name}" for code in codes if _is_here(code)]
    what = "\n".join([chainrule.__version__, type(error).__name__, *way])
    reference = hashlib.sha256(what.encode()).hexdigest()[:REFERENCE_DIGITS]
    return (
        f"This is a bug in chainrule, not in your input (reference {reference}): please report it, with the output of"
        " chainrule --debug and the same command."
    )


def refuse_unnamed(paths: Mapping[str, Path | None]) -> None:
    """Raise ValueError where a path ends in no name of a file, as `/` and the empty one do.

    Parameters:
        paths: by what the user calls them.
    """
    for name, path in paths.items():
        if path is not None and not path.name:
            raise ValueError(f"{name} must name a file, found {str(path)!r}.")


def refuse_existing(path: Path | None, force: bool) -> None:
    """Raise ValueError where something is at the path of a file to write, unless it is a file and may be replaced."""
    if path is None or not path.exists():
        return
    if not path.is_file():
        raise ValueError(f"{path} is not a regular file: choose another name to write to.")
    if not force:
        raise ValueError(f"{path} already exists: choose another name, or overwrite it with --force.")


def refuse_coinciding(read: Mapping[str, Path | None], written: Mapping[str, Path | None]) -> None:
    """Raise ValueError where a file to write is one that is read, or another one to write, by whatever name.

    Parameters:
        read: the files that are read, by what the user calls them.
        written: those that are written, by their options.
    """
    seen = [(name, path) for name, path in read.items() if path is not None]
    for name, path in written.items():
        if path is None:
            continue
        for other, there in seen:
            if _is_same(path, there):
                raise ValueError(f"{name} would write to {path}, which is also {other}: choose another name for it.")
        seen.append((name, path))


def _is_same(one: Path, other: Path) -> bool:
    return one.samefile(other) if one.exists() and other.exists() else one.resolve() == other.resolve()
