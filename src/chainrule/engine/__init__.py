"""The engine: the cost of many rows as a sum over blocks of rows."""

from chainrule.engine.compiled import CompiledEpoch
from chainrule.engine.compiled.source import NARROW
from chainrule.engine.objective import Cost
from chainrule.engine.rescaled import Rescaled
from chainrule.engine.rows import Rows
from chainrule.engine.workspace import Workspace

__all__ = ["NARROW", "CompiledEpoch", "Cost", "Rescaled", "Rows", "Workspace"]
