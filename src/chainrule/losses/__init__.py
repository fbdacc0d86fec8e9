"""Losses: what one row costs, with derivatives; and the penalty on weights."""

from chainrule.losses import classification
from chainrule.losses.classification import *  # noqa: F403 (so that a new loss is listed once, there)
from chainrule.losses.classification import LOSSES
from chainrule.losses.loss import DescribedLoss, Loss
from chainrule.losses.members import MemberLoss
from chainrule.losses.penalty import Penalty

__all__ = ["LOSSES", "DescribedLoss", "Loss", "MemberLoss", "Penalty"]
__all__ += classification.__all__
