"""The one number that makes probabilities more or less sure of themselves, without changing what is most probable."""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from chainrule.arrays import Array

COLDEST, HOTTEST = 0.05, 20.0


def best_temperature(t: Array, log_y: Array, weights: Array | None = None) -> float:
    """Return the number to divide logits by that makes the mean loss of rows lowest, from 0.05 to 20.

    Parameters:
        t: true class of each row (n,).
        log_y: logarithms of the probabilities (n, k), which are logits too.
        weights: of each row (n,), None where all count the same.

    Source: C. Guo, G. Pleiss, Y. Sun, K. Weinberger, "On calibration of modern neural networks", ICML 2017.

    >>> log_y = np.log([[0.9, 0.1]] * 10)
    >>> round(best_temperature(np.arange(10) // 7, log_y), 2)  # 70 % right where 90 % are promised
    2.59
    """

    def loss(log_temperature: float) -> float:
        scaled = log_softmax(log_y / np.exp(log_temperature), axis=1)
        return -float(np.average(scaled[np.arange(len(t)), t], weights=weights))

    limits = (np.log(COLDEST), np.log(HOTTEST))
    return float(np.exp(minimize_scalar(loss, bounds=limits, method="bounded", options={"xatol": 1e-4}).x))
