"""Intervals on the predicted probabilities of rows, from the covariance of their logits.

With `l_c = log(y_c / (1 - y_c))`, the logit of the probability of one class against all others together,

    l_c = z_c - log Σ_{e≠c} exp(z_e)        ∂l_c/∂z = e_c - softmax(z without z_c)
    var(l_c) = ∂l_c/∂z · cov(z) · ∂l_c/∂z   var(y_c) = (y_c (1 - y_c))² var(l_c)

The interval `l_c ± q · se(l_c)`, brought back to probabilities, stays between 0 and 1 and is lopsided where it should
be; the plain `y_c ± q · se(y_c)` does neither.

Source: A. Agresti, "Categorical data analysis", 3rd edition (2013), sections 5.2.6 and 16.1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, final

import numpy as np
from scipy.special import expit, logsumexp

from chainrule.arrays import Array
from chainrule.common.arguments import check
from chainrule.common.display import data_frame
from chainrule.inference.estimates import normal_quantile
from chainrule.inference.hypotheses import Contrasts
from chainrule.layers import Softmax

# Numbers that a block of rows takes, 8 MiB: beside it the time of a call is little.
BLOCK_NUMBERS = 1 << 20


@final
@dataclass(frozen=True, eq=False)
class ProbabilityIntervals:
    """Predicted probabilities of rows with their errors.

    Attributes:
        classes: their names (k,).
        logits: of the probability of each class against all others (n, k).
        logit_errors: standard errors of these (n, k).
        method: in words, how they were found.
    """

    classes: tuple[str, ...]
    logits: Array
    logit_errors: Array
    method: str = "delta method"

    @property
    def probabilities(self) -> Array:
        """The probability of each class (n, k)."""
        return np.asarray(expit(self.logits))

    @property
    def standard_errors(self) -> Array:
        """Standard errors of the probabilities (n, k)."""
        return expit(self.logits) * expit(-self.logits) * self.logit_errors

    def confidence_intervals(self, level: float = 0.95, *, scale: Literal["logit", "probability"] = "logit") -> Array:
        """Return the lower and upper bound of each probability (n, k, 2).

        Parameters:
            level: how often such intervals cover the true probability, between 0 and 1.
            scale: "logit" for intervals that stay between 0 and 1, "probability" for the plain delta method.

        Raises:
            ValueError: the level is not between 0 and 1, or the scale is another word.

        >>> one = ProbabilityIntervals(("a", "b"), np.array([[2.0, -2.0]]), np.array([[1.0, 1.0]]))
        >>> one.confidence_intervals()[0].round(2)
        array([[0.51, 0.98],
               [0.02, 0.49]])
        >>> one.confidence_intervals(scale="probability")[0].round(2)
        array([[ 0.68,  1.09],
               [-0.09,  0.32]])
        """
        check("scale", scale, scale in ("logit", "probability"), '"logit" or "probability"')
        reach = normal_quantile(level)
        if scale == "logit":
            middle, errors = self.logits, self.logit_errors
        else:
            middle, errors = self.probabilities, self.standard_errors
        bounds = np.stack([middle - reach * errors, middle + reach * errors], axis=2)
        return np.asarray(expit(bounds)) if scale == "logit" else bounds

    def to_frame(self, level: float = 0.95) -> Any:
        """Return a data frame of one line for each row and class, with the intervals that stay between 0 and 1."""
        rows, k = self.logits.shape
        columns: dict[str, Any] = {"row": np.repeat(np.arange(rows), k).tolist(), "class": list(self.classes) * rows}
        bounds = self.confidence_intervals(level)
        numbers = {"probability": self.probabilities, "standard error": self.standard_errors}
        numbers |= {"low": bounds[..., 0], "high": bounds[..., 1]}
        return data_frame(columns | {name: values.ravel().tolist() for name, values in numbers.items()})


def probability_intervals(model: Contrasts, x: Any, classes: Sequence[str]) -> ProbabilityIntervals:
    """Return intervals on the probabilities of rows under softmax regression.

    Parameters:
        model: its contrasts and their covariance.
        x: rows as `model.columns` takes them (n, i), dense or sparse.
        classes: their names (k,).

    >>> model = Contrasts(np.array([[0.0, 1.0]]), np.eye(2))
    >>> found = probability_intervals(model, np.array([[0.0], [3.0]]), ("a", "b"))
    >>> found.probabilities[:, 1].round(3), found.logit_errors[:, 1].round(3)
    (array([0.5  , 0.953]), array([1.   , 3.162]))
    """
    k, j, others = model.classes, model.params.shape[1], model.others
    logits, errors = np.empty((x.shape[0], k)), np.empty((x.shape[0], k))
    step = max(1, BLOCK_NUMBERS // (j * k + 3 * k * k))
    for start in range(0, len(logits), step):
        part = slice(start, start + step)
        columns = model.columns(x[part])
        among = np.zeros((len(columns), k, k))
        among[:, others[:, None], others] = logit_covariances(columns, model.covariance)
        logits[part], errors[part] = one_against_others(model.logits(columns), among)
    return ProbabilityIntervals(tuple(classes), logits, errors)


def logit_covariances(columns: Array, covariance: Array) -> Array:
    """Return the covariance of the logits of rows (n, c, c): `x_rᵀ cov(weights of c, weights of d) x_r`.

    Parameters:
        columns: rows (n, j).
        covariance: of the weights, class by class (c j, c j).
    """
    (n, j), c = columns.shape, len(covariance) // columns.shape[1]
    found, parts = np.empty((n, c, c)), covariance.reshape(c, j, c, j)
    for one in range(c):
        for other in range(one + 1):
            found[:, one, other] = found[:, other, one] = np.vecdot(columns @ parts[one, :, other], columns)
    return found


def one_against_others(z: Array, covariance: Array) -> tuple[Array, Array]:
    """Return the logit of each class against all others together, and its standard error (n, k).

    Parameters:
        z: logits of rows (n, k).
        covariance: of these (n, k, k).
    """
    k = z.shape[1]
    others = np.where(np.eye(k, dtype=bool), -np.inf, z[:, None, :])
    slopes = np.eye(k) - Softmax().forward({}, others.reshape(-1, k)).reshape(others.shape)
    variances = np.vecdot(slopes @ covariance, slopes)
    return z - logsumexp(others, axis=2), np.sqrt(np.maximum(variances, 0))
