"""The file itself: a safetensors file that holds numbers as tensors, and a description of all else as JSON.

    8 bytes   n, the length of the header, as an unsigned little-endian integer
    n bytes   the header, JSON: each tensor's name with dtype, shape and data_offsets, and under "__metadata__"
              "chainrule", the description as a JSON text, and "sha256", the checksum of description and tensors
    the rest  the numbers, one tensor after the other without a gap

Any program that reads safetensors reads it. Equal models have equal bytes: tensors and keys stand in order of their
names. Reading checks every length before anything of that length is made, and the checksum before anything is believed.

Source: the format's own description, https://github.com/huggingface/safetensors.
"""

import hashlib
import json
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.exceptions import ModelFileError

# The types that the format names and models have: no half floats, which nothing here computes in.
DTYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "<i1",
    "U64": "<u8",
    "U32": "<u4",
    "U16": "<u2",
    "U8": "|u1",
    "BOOL": "|b1",
}
NAMES = {np.dtype(code): name for name, code in DTYPES.items()}
# A header of a table of 5,000 columns takes 1 MB; one of this size is read in less than 200 MB.
MOST_HEADER_BYTES = 8 << 20
# Each bracket becomes a list or dictionary of at least 56 bytes: so few of them stay below 60 MB.
MOST_BRACKETS = 1_000_000
# Brackets within each other. A pipeline in a column transformer in a pipeline takes 20.
DEEPEST = 100
# Dimensions of a tensor. So that the length of the data cannot be so large that it overflows on the way.
MOST_DIMENSIONS = 8
# The largest whole number of 64 bits has 20; longer ones overflow where libraries take them for floats.
MOST_DIGITS = 20
# First bytes of a zip archive.
ZIP = b"PK"


def pack(description: Any, tensors: Mapping[str, Array]) -> bytes:
    """Return the content of a model file.

    Parameters:
        description: what JSON can say.
        tensors: by name.

    Raises:
        ModelFileError: the description is too large, or a number in it is not finite.
    """
    try:
        text = json.dumps(description, sort_keys=True, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise ModelFileError(f"The facts about the model must be what JSON can say: {error}.") from None
    header: dict[str, Any] = {}
    data, end = [], 0
    for name in sorted(tensors):
        array = np.ascontiguousarray(tensors[name])
        array = array.astype(array.dtype.newbyteorder("<"), copy=False)
        start, end = end, end + array.nbytes
        header[name] = {"dtype": NAMES[array.dtype], "shape": list(array.shape), "data_offsets": [start, end]}
        data.append(array.tobytes())
    header["__metadata__"] = {"chainrule": text, "sha256": checksum(text, header, b"".join(data))}
    written = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    written += b" " * (-len(written) % 8)  # so that the numbers begin where a processor likes to read them
    if too_large := _too_large(written.decode()):
        remedy = "leave out columns with many levels"
        raise ModelFileError(f"The model cannot be written to a file, because {too_large}: {remedy}.")
    return len(written).to_bytes(8, "little") + written + b"".join(data)


def unpack(path: Path) -> tuple[dict[str, Any], dict[str, Array]]:
    """Return the description and the tensors in a model file.

    Raises:
        ModelFileError: the file is not a model file, is damaged, or is larger than any model's.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        size = path.stat().st_size
        if size < 8 or length > size - 8:
            raise _no_model_file(path)
        if length > MOST_HEADER_BYTES:
            most = f"those of models have at most {MOST_HEADER_BYTES}"
            raise ModelFileError(f"{path} has a header of {length} bytes: {most}.")
        header = _parsed(file.read(length), path)
        metadata = header.pop("__metadata__", None)
        if not isinstance(metadata, dict) or not isinstance(text := metadata.get("chainrule"), str):
            raise ModelFileError(f"{path} holds tensors, but is not a model file: chainrule.save did not write it.")
        lengths = _lengths(header, size - 8 - length, path)
        data = file.read()
    if metadata.get("sha256") != checksum(text, header, data):
        raise _damaged(path, "its checksum does not match its content")
    tensors, start = {}, 0
    for name, (dtype, shape, count) in lengths.items():
        array = np.frombuffer(data, dtype, count, start).reshape(shape)
        if dtype.kind == "b" and array.view(np.uint8).max(initial=0) > 1:
            raise _damaged(path, f"tensor {name} holds bytes that are neither true nor false")
        tensors[name], start = array.astype(dtype.newbyteorder("="), copy=True), start + array.nbytes
    description = _parsed(text.encode("utf-8", "surrogatepass"), path)
    return description, tensors


def checksum(text: str, header: Mapping[str, Any], data: bytes) -> str:
    """Return the checksum of a description, of the header's entries for tensors, and of their numbers."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass"))
    tensors = {name: entry for name, entry in header.items() if name != "__metadata__"}
    digest.update(json.dumps(tensors, sort_keys=True).encode())
    digest.update(data)
    return digest.hexdigest()


def _too_large(text: str) -> str | None:
    """Return why a JSON text is more than a model needs, or None."""
    if len(text) > MOST_HEADER_BYTES:
        return f"its description has {len(text)} bytes, more than {MOST_HEADER_BYTES}"
    brackets = text.count("[") + text.count("{")
    return f"it has {brackets} brackets, more than {MOST_BRACKETS}" if brackets > MOST_BRACKETS else None


def _parsed(content: bytes, path: Path) -> dict[str, Any]:
    try:
        text = content.decode("utf-8", "surrogatepass")
        if (too_large := _too_large(text)) is not None:
            raise _damaged(path, too_large)
        value = json.loads(text, parse_constant=_refuse_constant, parse_int=_short_int, object_pairs_hook=_once_each)
        _check_depth(value)
    except ModelFileError:
        raise
    except RecursionError:
        raise _damaged(path, "its header is nested too deeply") from None
    except ValueError:
        raise _no_model_file(path) from None
    if not isinstance(value, dict):
        raise _no_model_file(path)
    return value


def _check_depth(value: Any, depth: int = 0) -> None:
    if depth > DEEPEST:
        raise RecursionError
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            _check_depth(part, depth + 1)


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _short_int(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise ValueError(f"a whole number of {len(digits)} digits")
    return int(digits)


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key appears twice")
    return found


def _lengths(header: Mapping[str, Any], size: int, path: Path) -> dict[str, tuple[np.dtype[Any], list[int], int]]:
    """Return dtype, shape and length of each tensor in order of their places, which together fill `size` bytes."""
    found, end = {}, 0
    for name, entry in sorted(header.items(), key=lambda item: _offsets(item[1], item[0], path)):
        shape = entry.get("shape")
        kind = entry.get("dtype")
        fits = isinstance(shape, list) and len(shape) <= MOST_DIMENSIONS and all(map(_is_size, shape))
        if not (isinstance(kind, str) and kind in DTYPES and fits):
            raise _damaged(path, f"dtype or shape of tensor {name[:80]!r} is not possible")
        dtype, count = np.dtype(DTYPES[kind]), prod(shape)
        if _offsets(entry, name, path) != (end, end + count * dtype.itemsize):
            raise _damaged(path, f"the length of tensor {name[:80]!r} does not match its shape")
        found[name], end = (dtype, shape, count), end + count * dtype.itemsize
    if end != size:
        raise _damaged(path, f"its tensors take {end} bytes, but it has {size}")
    return found


def _offsets(entry: Any, name: str, path: Path) -> tuple[int, int]:
    offsets = entry.get("data_offsets") if isinstance(entry, dict) else None
    if not (isinstance(offsets, list) and len(offsets) == 2 and all(_is_size(number) for number in offsets)):
        raise _damaged(path, f"it does not say where tensor {name[:80]!r} is")
    return offsets[0], offsets[1]


def _is_size(number: Any) -> bool:
    return type(number) is int and 0 <= number < 1 << 60


def _damaged(path: Path, reason: str) -> ModelFileError:
    return ModelFileError(f"{path} is damaged or truncated: {reason}; get it again, or save the model again.")


def _no_model_file(path: Path) -> ModelFileError:
    with path.open("rb") as file:
        archive = file.read(2) == ZIP
    if archive:
        return ModelFileError(
            f"{path} is an archive, as the model files of earlier versions (.skops) were: those can run code and are"
            " no longer opened; train the model again."
        )
    return ModelFileError(f"{path} is not a model file, or is damaged: expected one that chainrule.save wrote.")
