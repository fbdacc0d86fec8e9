"""Learned columns as JSON says them."""

import dataclasses
from typing import Any

from chainrule.tables.columns import Category, Column, Date, Number, Text


def describe_column(column: Column) -> dict[str, Any]:
    """Return how a column becomes inputs, as JSON says it."""
    if isinstance(column, Text):
        vectorizer = column.vectorizer
        return {
            "kind": "text",
            "name": column.name,
            "token_pattern": vectorizer.token_pattern,
            "terms": vectorizer.get_feature_names_out().tolist(),
            "idf": vectorizer.idf_.tolist(),
        }
    if isinstance(column, Date):
        parts = {name: describe_column(getattr(column, name)) for name in ("days", "month", "weekday")}
        return {"kind": "date", "name": column.name, **parts, "written": column.written}
    kind = {Number: "number", Category: "category"}[type(column)]
    return {"kind": kind, **dataclasses.asdict(column)}  # type: ignore[call-overload]
