"""What leaving a row out of training would do to a model: leverage, Cook's distance, and the change of predictions."""

from chainrule.leaving_out.measure import influence, influence_of
from chainrule.leaving_out.result import Influence
from chainrule.leaving_out.row_gradients import gradient_norms

__all__ = ["Influence", "gradient_norms", "influence", "influence_of"]
