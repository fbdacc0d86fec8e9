"""Attribution: what each input has to do with what a trained model says of a row."""

from chainrule.attribution.by_input import Attribution, attribute

__all__ = ["Attribution", "attribute"]
