"""Model files changed inside, with a checksum that is right again: what a forger would write."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from chainrule.arrays import Array
from chainrule.model_file.container import checksum, pack, unpack

METADATA = "__metadata__"


def forge(path: Path, change: Callable[[dict[str, Any], dict[str, Array]], Any]) -> None:
    """Change the description or the tensors of a model file; what `change` returns, if anything, is the former."""
    description, tensors = unpack(path)
    changed = change(description, tensors)
    path.write_bytes(pack(description if changed is None else changed, tensors))


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the way to every value in a description, the description itself left out."""
    parts = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [way for key, part in parts for way in ((*path, key), *places(part, (*path, key)))]


def put(node: Any, way: tuple[Any, ...], value: Any) -> None:
    """Put a value in a place of a description."""
    for key in way[:-1]:
        node = node[key]
    node[way[-1]] = value


def signed(header: dict[str, Any], data: bytes) -> bytes:
    """Return a file of any header and data, with the checksum that they have."""
    tensors = {name: entry for name, entry in header.items() if name != METADATA}
    metadata = {**header[METADATA], "sha256": checksum(header[METADATA]["chainrule"], tensors, data)}
    written = json.dumps({**tensors, METADATA: metadata}).encode()
    return len(written).to_bytes(8, "little") + written + data
