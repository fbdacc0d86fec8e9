"""Tables as people have them, to rows of numbers."""

from chainrule.tables.encoder import TableEncoder, Understood
from chainrule.tables.leakage import LeakageWarning

__all__ = ["LeakageWarning", "TableEncoder", "Understood"]
