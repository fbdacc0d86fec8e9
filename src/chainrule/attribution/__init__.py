"""Attribution: what each input has to do with what a trained model says of a row."""

from chainrule.attribution.by_input import attribute
from chainrule.attribution.result import Attribution

__all__ = ["Attribution", "attribute"]
