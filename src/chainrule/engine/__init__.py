"""The engine: the cost of many rows as a sum over blocks of rows."""

from chainrule.engine.compiled_rows import NARROW
from chainrule.engine.objective import Cost
from chainrule.engine.rescaled import Rescaled
from chainrule.engine.rows import Rows
from chainrule.engine.workspace import Workspace

__all__ = ["NARROW", "Cost", "Rescaled", "Rows", "Workspace"]
