"""A whole model for other programs, as JSON."""

import json
from typing import Any

from chainrule.model_file.description import describe

LINE = 100


def to_json(model: Any) -> bytes:
    """Return a fitted model as JSON: see `describe`.

    >>> from chainrule import Classifier
    >>> json.loads(to_json(Classifier().fit([[0.0], [2.0]], [3, 7])))["classes"]
    [3, 7]
    """
    return f"{_written(describe(model))}\n".encode()


def _written(value: Any, indent: str = "") -> str:
    """Return JSON for people: numbers that belong together on one line, all else on lines of its own."""
    parts = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list | tuple) else []
    if not any(isinstance(part, dict | list | tuple) for part in parts):
        line = json.dumps(value, ensure_ascii=False, allow_nan=False)
        if len(line) <= LINE or all(isinstance(part, float) for part in parts):
            return line
    inner = f"{indent} "
    if isinstance(value, dict):
        lines = [
            f"{inner}{json.dumps(name, ensure_ascii=False)}: {_written(part, inner)}" for name, part in value.items()
        ]
    else:
        lines = [f"{inner}{_written(part, inner)}" for part in value]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return "\n".join([opening, ",\n".join(lines), f"{indent}{closing}"])
