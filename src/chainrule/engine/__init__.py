"""The engine: the cost of many rows as a sum over blocks of rows."""

from chainrule.engine.compiled_rows import NARROW
from chainrule.engine.objective import Cost, Workspace
from chainrule.engine.rows import Rescaled, Rows

__all__ = ["NARROW", "Cost", "Rescaled", "Rows", "Workspace"]
