"""The ledger as JSON says it."""

from typing import Any

import numpy as np

from chainrule.arrays import Array
from chainrule.inspection import Entry, parameter_name
from chainrule.inspection.entries import Formula
from chainrule.ledgers.parts import part
from chainrule.ledgers.record import LedgerRecord, RowLedger

MOST_WHOLE, MOST_LISTED = 10_000, 100


def to_dict(ledger: LedgerRecord) -> dict[str, Any]:
    """Return a ledger as JSON can say it. Places of numbers are counted from 0, as lists are."""
    weight, step = ledger.weight, ledger.step
    name = parameter_name(ledger.rows[0].trace, weight.link, weight.parameter)
    return {
        "classes": list(ledger.classes),
        "inputs": list(ledger.names),
        "weight": {"given": str(weight), "parameter": name.text, "place": list(weight.index)},
        "rows": [_row(row) for row in ledger.rows],
        "step": None if step is None else {**vars_of(step), "formula": _text(step.formula)},
        "disagreement": ledger.disagreement,
    }


def vars_of(record: Any) -> dict[str, Any]:
    """Return the fields of a dataclass by name."""
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


def _row(row: RowLedger) -> dict[str, Any]:
    found, inputs = row.paths, row.inputs
    return {
        "row": row.number,
        "weight": row.counts,
        "columns": None if row.columns is None else dict(row.columns),
        "given": None if inputs is None else {name: _numbers(values) for name, values in vars_of(inputs).items()},
        "loss": row.trace.loss,
        "entries": [_entry(entry, part.title) for part in row.sections for entry in part.entries],
        "paths": {
            "gradient": found.total,
            "count": found.count,
            "contributing": found.contributing,
            "largest": [vars_of(path) for path in found.largest],
            "others": found.others,
            "rest": found.rest,
            "difference": found.difference,
        },
        "from values alone": vars_of(row.nudge),
    }


def _entry(entry: Entry, section: str) -> dict[str, Any]:
    return {
        "key": entry.key,
        "section": section,
        "kind": entry.kind,
        "name": entry.name.text,
        "formula": _text(entry.formula),
        "latex": entry.name.latex if entry.formula is None else f"{entry.name.latex} = {entry.formula.latex}",
        "shape": list(entry.values.shape),
        "values": {"pattern": entry.pattern} if entry.pattern and _is_large(entry.values) else _numbers(entry.values),
        "difference": entry.difference,
    }


def _text(formula: Formula | None) -> str | None:
    return None if formula is None else formula.text


def _is_large(values: Array) -> bool:
    return values.size > MOST_WHOLE


def _numbers(values: Array) -> Any:
    if not _is_large(values):
        return np.asarray(values).tolist()
    found = part(values, MOST_LISTED)
    return {
        "largest": [{"place": list(place), "value": value} for place, value in found.shown],
        "others": found.others,
        "rest": found.rest,
        "zeros": found.zeros,
    }
