"""Files of numbers without names: svmlight rows and idx images, with their labels."""

import re
import struct
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.exceptions import TableError
from chainrule.tables.readers.opening import first_bytes, opened

# First bytes of an idx file of unsigned bytes.
IDX = b"\x00\x00\x08"
# A row of svmlight, `label index:value ... # comment`, and its parts.
NUMBER = rb"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
ROW = re.compile(rb"\s*" + NUMBER + rb"(?:\s+qid:\d+)?((?:\s+\d+:" + NUMBER + rb")*)\s*(?:#.*)?")
INDEX = re.compile(rb"(\d+):")
COMMENT = re.compile(rb"\s*(?:#.*)?")
# Axes of an idx file, at most: images have three, and one in colour four.
MOST_AXES = 4
# Features of svmlight, at most: each has a name, a mean and weights, whether it occurs or not.
MOST_FEATURES = 1 << 21
# Bytes from the start of a file that show whether it is svmlight.
START = 1 << 16


def is_matrix(path: Path) -> bool:
    """Return whether a file holds svmlight rows or idx images or labels, by what is in it.

    Raises:
        TableError: the file cannot be read.
    """
    path = Path(path)
    start = first_bytes(path, START)
    if start.startswith(IDX):
        return True
    lines = start.splitlines()
    if len(start) == START:
        lines.pop()
    rows = [ROW.fullmatch(line) for line in lines[:20] if not COMMENT.fullmatch(line)]
    return bool(rows) and all(rows) and any(row and row[1] for row in rows)


def read_matrix(path: Path, columns: int | None = None) -> tuple[Any, Array, list[str]]:
    """Return the rows, the labels and the names of the columns of a file of numbers.

    Parameters:
        path: of svmlight rows, or of idx images whose labels are in the file beside it.
        columns: how many columns there must be; as many as the file has if not given.

    Returns:
        A sparse matrix (n, i), or an array (n, i) of bytes; labels (n,); i names.

    Raises:
        TableError: the file is damaged, has more columns, or has no labels.
    """
    path = Path(path)
    if first_bytes(path, 3) == IDX:
        x, names = _read_images(path, columns)
        return x, _read_labels(path, len(x)), names
    return _read_svmlight(path, columns)


def read_unlabelled(path: Path, columns: int) -> Any:
    """Return the rows of a file of numbers alone (n, i): images need no labels beside them; as `read_matrix`.

    Raises:
        TableError: the file is damaged, or has other columns.
    """
    path = Path(path)
    return _read_images(path, columns)[0] if first_bytes(path, 3) == IDX else _read_svmlight(path, columns)[0]


def _read_svmlight(path: Path, columns: int | None) -> tuple[Any, Array, list[str]]:
    from sklearn.datasets import load_svmlight_file

    with opened(path) as file:
        try:
            x, labels = load_svmlight_file(file, dtype=np.float64)
        except (ValueError, OverflowError, MemoryError) as error:
            raise _wrong_row(path, str(error)) from None
    if not (np.isfinite(x.data).all() and np.isfinite(labels).all()):
        raise _wrong_row(path, "a number is infinite")
    found = x.shape[1]
    if found > MOST_FEATURES:
        raise TableError(f"{path} has a feature {found}; at most {MOST_FEATURES} are read: number them without gaps.")
    if columns is not None:
        if found > columns:
            raise TableError(f"{path} has a feature {found}, expected at most {columns}.")
        x.resize((x.shape[0], columns))
    if not x.shape[0]:
        raise TableError(f"{path} has no rows.")
    return x, labels, [f"feature {i + 1}" for i in range(x.shape[1])]


def _wrong_row(path: Path, why: str) -> TableError:
    with opened(path) as file:
        for number, line in enumerate(file, 1):
            text = line.rstrip(b"\r\n")
            row = ROW.fullmatch(text)
            if row is None and not COMMENT.fullmatch(text):
                return TableError(f"{path} has no row `label index:value ...` in line {number}: correct that line.")
            places = [int(place) for place in INDEX.findall(row[1])] if row else []
            if any(place >= following for place, following in pairwise(places)):
                return TableError(f"{path} has indices out of order, or twice, in line {number}: sort them.")
    return TableError(f"{path} cannot be read as svmlight: {why.splitlines()[0].rstrip('.')}.")


def _read_images(path: Path, columns: int | None) -> tuple[Array, list[str]]:
    images = _read_idx(path)
    if images.ndim != 3:
        raise TableError(f"{path} holds an array of {images.ndim} axes, expected images: 3 axes.")
    count, height, width = images.shape
    if columns not in (None, height * width):
        raise TableError(f"{path} has {height * width} pixels per image, expected {columns}.")
    if not count:
        raise TableError(f"{path} has no images.")
    names = [f"pixel {row},{column}" for row in range(height) for column in range(width)]
    return images.reshape(count, height * width), names


def _read_labels(path: Path, count: int) -> Array:
    beside = _labels_beside(path)
    labels = _read_idx(beside)
    if labels.shape != (count,):
        raise TableError(f"{beside} has labels of shape {labels.shape}, expected ({count},): one for each image.")
    return labels


def _labels_beside(path: Path) -> Path:
    name = re.sub(r"images([-.])idx3", r"labels\1idx1", path.name)
    if name == path.name:
        raise TableError(f"Cannot find the labels of {path}: name the files ...images-idx3... and ...labels-idx1...")
    plain = name.removesuffix(".gz")
    for found in (path.with_name(name), path.with_name(plain), path.with_name(f"{plain}.gz")):
        if found.exists():
            return found
    raise TableError(f"{path} has no labels: expected them beside it in {name}.")


def _read_idx(path: Path) -> Array:
    with opened(path) as file:
        data = file.read()
    axes = data[3] if data[:3] == IDX and len(data) > 3 else 0
    start = 4 + 4 * axes
    if not 0 < axes <= MOST_AXES or len(data) < start:
        raise TableError(f"{path} is not an idx file of bytes, or is truncated: copy it again.")
    shape = struct.unpack(f">{axes}I", data[4:start])
    expected = int(np.prod(shape, dtype=object))
    if len(data) - start != expected:
        raise TableError(f"{path} has {len(data) - start} values, expected {expected} of shape {shape}: copy it again.")
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)
