"""Tables as people have them, to rows of numbers."""

from importlib.util import find_spec

if find_spec("pyarrow") is None:
    raise ModuleNotFoundError("Tables need pyarrow: pip install 'chainrule[tables]'.", name="pyarrow")

from chainrule.tables.encoder import ColumnReport, TableEncoder
from chainrule.tables.leakage import find_identifiers

__all__ = ["ColumnReport", "FormatWarning", "LeakageWarning", "TableEncoder", "find_identifiers"]
