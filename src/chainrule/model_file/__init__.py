"""Model files: the whole model to go on with, its numbers to read elsewhere, and words for whoever gets it."""

from chainrule.model_file.model_card import card
from chainrule.model_file.model_file import export, load, load_with_about, read_about, save

__all__ = ["ModelFileError", "card", "export", "load", "load_with_about", "read_about", "save"]
