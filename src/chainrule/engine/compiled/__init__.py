"""The hot loops in C, what they are given, and the one rule that chooses them; each has a plain form beside it."""

from chainrule.engine.compiled.epochs import CompiledEpoch, compiled_epoch
from chainrule.engine.compiled.regression import CompiledRegression, compiled_regression

__all__ = ["CompiledEpoch", "CompiledRegression", "compiled_epoch", "compiled_regression"]
