"""Inference: what the rows say of the coefficients of a trained model, and how surely."""

from chainrule.inference.separated import Separation
from chainrule.inference.separation import separation, separation_of

__all__ = ["Separation", "separation", "separation_of"]
