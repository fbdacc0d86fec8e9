"""What leaving a row out of training would do to a model: leverage, Cook's distance, and the change of predictions."""

from chainrule.influences.last_layer import gradient_norms
from chainrule.influences.measure import Influence, influence, influence_of

__all__ = ["Influence", "gradient_norms", "influence", "influence_of"]
