"""Tables as people have them, to rows of numbers."""

from importlib.util import find_spec

if find_spec("pyarrow") is None:
    raise ModuleNotFoundError("Tables need pyarrow: pip install 'chainrule[tables]'.", name="pyarrow")

from chainrule.tables.encoder import TableEncoder, Understood
from chainrule.tables.leakage import LeakageWarning, find_identifiers
from chainrule.tables.written import FormatWarning

__all__ = ["FormatWarning", "LeakageWarning", "TableEncoder", "Understood", "find_identifiers"]
