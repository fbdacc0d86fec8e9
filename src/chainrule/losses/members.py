"""The loss of an ensemble in one network: the mean over its members, and what they predict together."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast, final

import numpy as np

from chainrule.arrays import Array, softplus
from chainrule.common.arguments import whole
from chainrule.common.format import described
from chainrule.common.formulas import Formula
from chainrule.layers import Elementwise, Layer, MemberSoftmax, Softmax
from chainrule.layers.members import on_the_diagonal
from chainrule.losses.loss import DescribedLoss, Loss

__all__ = ["MemberLoss"]


@final
@dataclass(frozen=True)
class MemberLoss(DescribedLoss):
    """The mean over the members of an ensemble of a loss: `loss = Σ_m loss_m / k`, `∂loss/∂z_m = ∂loss_m/∂z_m / k`.

    Logits (n, k c) are those of member 0, then those of member 1, and so on; all members have the same target, as
    `loss` takes it for `c` logits. Each member learns as if by itself, at a rate of 1 / k. The prediction is the mean
    of the members' probabilities.

    Parameters:
        members: `k`, at least 1.
        loss: of each member, with a softmax or an elementwise function of its logits.

    Raises:
        ValueError: the number of members is not a positive whole number, or the loss is none that can be of members.

    Source: Y. Gorishniy, A. Kotelnikov, A. Babenko, "TabM: advancing tabular deep learning with parameter-efficient
    ensembling", ICLR 2025 (arXiv 2410.24210).

    >>> from chainrule import SoftmaxCrossEntropy
    >>> loss = MemberLoss(2, SoftmaxCrossEntropy())
    >>> loss.gradient(np.zeros((1, 4)), np.array([0]))
    array([[-0.25,  0.25, -0.25,  0.25]])
    """

    members: int
    loss: Loss

    def __post_init__(self) -> None:
        if not whole(self.members):
            raise ValueError(f"MemberLoss needs a positive whole number of members, found {described(self.members)}.")
        fits = hasattr(self.loss, "factors") and isinstance(self.loss.activation, Softmax | Elementwise)
        if isinstance(self.loss, type) or not fits:
            raise ValueError(
                f"MemberLoss needs the loss of a member, such as SoftmaxCrossEntropy(), found {described(self.loss)}."
            )

    @property
    def exclusive(self) -> bool:  # type: ignore[override]
        return bool(getattr(self.loss, "exclusive", True))

    @property
    def kinked(self) -> bool:  # type: ignore[override]
        return bool(getattr(self.loss, "kinked", False))

    @property
    def kernel(self) -> int | None:  # type: ignore[override]
        return cast("int | None", getattr(self.loss, "kernel", None))

    @property
    def note(self) -> str:  # type: ignore[override]
        return str(getattr(self.loss, "note", ""))

    @property
    def label_smoothing(self) -> float:
        """The label smoothing of the members' loss."""
        return float(getattr(self.loss, "label_smoothing", 0.0))

    @property
    def activation(self) -> Layer:
        each = self.loss.activation
        return MemberSoftmax(self.members) if isinstance(each, Softmax) else each

    def formulas(self, outputs: int) -> Mapping[str, Formula]:
        """Return the formulas of the loss and of its derivatives, by name."""
        of_member = self.loss.formulas(outputs // self.members) if isinstance(self.loss, DescribedLoss) else {}
        if not of_member:
            return {}
        k = self.members
        known = dict(of_member)
        for name in ("dloss_dy", "fused"):
            text, latex = of_member[name]
            known[name] = Formula(f"({text}) / {k}", rf"\frac{{1}}{{{k}}} \left( {latex} \right)")
        text, latex = of_member["loss"]
        known["loss"] = Formula(
            f"mean over {k} members of {text}", rf"\frac{{1}}{{{k}}} \sum_{{m=1}}^{{{k}}} \left( {latex} \right)"
        )
        for name in ("y", "dy_dz"):
            text, latex = of_member[name]
            known[name] = Formula(f"{text} for each member", rf"{latex} \text{{ for each member}}")
        return known

    def check_targets(self, t: Array, outputs: int) -> None:
        if outputs % self.members:
            raise ValueError(f"The {outputs} logits of a network cannot be those of {self.members} members alike.")
        self.loss.check_targets(t, outputs // self.members)

    def value(self, z: Array, t: Array) -> Array:
        return self._mean(self.loss.value(self._flat(z), self._repeated(t)), z)

    def gradient(self, z: Array, t: Array, *, out: Array | None = None) -> Array:
        return self._share(self.loss.gradient(self._flat(z), self._repeated(t)), z, out)

    def value_and_gradient(self, z: Array, t: Array, *, out: Array | None = None) -> tuple[Array, Array]:
        value, gradient = self.loss.value_and_gradient(self._flat(z), self._repeated(t))
        return self._mean(value, z), self._share(gradient, z, out)

    def curvature_product(self, z: Array, t: Array, v: Array) -> Array:
        return self._share(self.loss.curvature_product(self._flat(z), self._repeated(t), self._flat(v)), z)

    def factors(self, z: Array, t: Array) -> tuple[Array, Array]:
        dloss_dy, dy_dz = self.loss.factors(self._flat(z), self._repeated(t))
        blocks = dy_dz.reshape(len(z), self.members, *dy_dz.shape[1:])
        return self._share(dloss_dy, z), on_the_diagonal(blocks)

    def probabilities(self, z: Array) -> Array:
        """Return the mean of the members' probabilities (n, c) for logits `z` (n, k c).

        >>> from chainrule import SigmoidCrossEntropy
        >>> MemberLoss(2, SigmoidCrossEntropy()).probabilities(np.array([[0.0, 1e4]]))
        array([[0.75]])
        """
        y = self.loss.activation.forward({}, self._flat(z))
        return y.reshape(len(z), self.members, y.shape[1]).mean(axis=1)

    def _flat(self, z: Array) -> Array:
        """Return the logits of all members, one below the other (n k, c)."""
        return z.reshape(len(z) * self.members, z.shape[1] // self.members)

    def _repeated(self, t: Array) -> Array:
        return np.repeat(t, self.members, axis=0)

    def _mean(self, values: Array, z: Array) -> Array:
        return values.reshape(len(z), self.members).mean(axis=1)

    def _share(self, values: Array, z: Array, out: Array | None = None) -> Array:
        """Return what is said of each member (n k, c) as its share of the mean, of the shape of the logits."""
        return np.divide(values.reshape(z.shape), self.members, out=out)


def joint_logits(z: Array, members: int) -> Array:
    """Return the logits (n, c) of the mean of the probabilities that members give with logits `z` (n, k c).

    Their softmax is that mean, or for one logit of each member their sigmoid; they are finite however small it is.

    >>> joint_logits(np.array([[1.0, 1.0]]), 2), joint_logits(np.zeros((1, 4)), 2)
    (array([[1.]]), array([[-0.69314718, -0.69314718]]))
    """
    if members == 1:
        return z
    each = z.reshape(len(z), members, z.shape[1] // members)
    if each.shape[2] == 1:
        away = np.exp(-np.abs(each))
        likelier = 1 / (1 + away)
        other, above = away * likelier, each > 0
        y, rest = (np.where(side, likelier, other).sum(axis=1) for side in (above, ~above))
        if min(y.min(initial=1), rest.min(initial=1)) > np.finfo(z.dtype).tiny:
            return np.log(y) - np.log(rest)
        return _log_sum_exp(-softplus(-each), 1) - _log_sum_exp(-softplus(each), 1)
    log_y = each - _log_sum_exp(each, 2)[:, :, None]
    return _log_sum_exp(log_y, 1) - np.log(members).astype(z.dtype)


def joint_logits_vjp(z: Array, members: int, dy: Array) -> Array:
    """Return the gradient at the members' logits `z` (n, k c) for the one `dy` (n, c) at their `joint_logits`.

    With probabilities `p_mc`, of which member m gives the share `w_mc = p_mc / Σ_m p_mc`, and logits `log mean_m p_mc`:

        dz_mj = dy_j w_mj - p_mj Σ_c dy_c w_mc

    A single logit is that of the second class of two, against the first one.

    >>> joint_logits_vjp(np.zeros((1, 2)), 2, np.ones((1, 1)))
    array([[0.5, 0.5]])
    """
    if members == 1:
        return dy
    each = z.reshape(len(z), members, z.shape[1] // members)
    if each.shape[2] == 1:  # as two classes with the logits 0 and z
        log_y = -softplus(np.concatenate([each, -each], axis=2))
        dy = np.hstack([-dy, dy])
    else:
        log_y = each - _log_sum_exp(each, 2)[:, :, None]
    pulled = dy[:, None, :] * np.exp(log_y - _log_sum_exp(log_y, 1)[:, None, :])
    dz = pulled - np.exp(log_y) * pulled.sum(axis=2, keepdims=True)
    return (dz[:, :, 1:] if each.shape[2] == 1 else dz).reshape(z.shape)


def _log_sum_exp(x: Array, axis: int) -> Array:
    largest = x.max(axis=axis, keepdims=True)
    return np.log(np.exp(x - largest).sum(axis=axis)) + largest.squeeze(axis)
