"""Changes to the archive that a model file is, and nodes to put into it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile


def rewrite(path: Path, entry: str, change: Callable[[Any], Any]) -> None:
    """Change one JSON entry of the archive."""
    with ZipFile(path) as file:
        entries = {name: file.read(name) for name in file.namelist()}
    entries[entry] = json.dumps(change(json.loads(entries[entry]))).encode()
    with ZipFile(path, "w") as file:
        for name, content in entries.items():
            file.writestr(name, content)


def text(value: str) -> dict[str, Any]:
    return {"__class__": "str", "__module__": "builtins", "__loader__": "JsonNode", "content": json.dumps(value)}


def listed(*items: Any, kind: str = "tuple") -> dict[str, Any]:
    return {
        "__class__": kind,
        "__module__": "builtins",
        "__loader__": f"{kind.title()}Node",
        "content": list(items),
    }


def named(module: str, name: str, loader: str, **more: Any) -> dict[str, Any]:
    return {"__module__": module, "__class__": name, "__loader__": loader, **more}
