"""Errors and warnings that Chainrule raises: mistakes of its user, each told in one sentence.

An argument that cannot be what it is raises a plain `ValueError` or `TypeError`, as in NumPy and scikit-learn; what
stands here is for those who catch one kind of mistake and let others pass.
"""


class ChainruleError(ValueError):
    """A mistake that Chainrule names: the base of the errors below."""


class MismatchError(ChainruleError):
    """Layers, inputs or parameters whose sizes do not fit each other."""


class TableError(ChainruleError):
    """A file is no table that can be read, or a table cannot be written."""


class ModelFileError(ChainruleError):
    """A file is not a model file that can be used, or a model cannot be written as one."""


class NoMaximumError(ChainruleError):
    """The likelihood has no maximum: it goes on rising as coefficients grow without end."""


class ChainruleWarning(UserWarning):
    """What Chainrule warns of: the base of the warnings below."""


class DivergenceWarning(ChainruleWarning):
    """Training stopped because the cost was no longer a finite number."""


class FormatWarning(ChainruleWarning):
    """The numbers or dates of a column can be read in several ways, or in none."""


class LeakageWarning(ChainruleWarning):
    """A column tells the target so well that it may be the target under another name."""
