"""Rows whose label may be wrong, and how many labels are, by predictions for rows that were not trained on.

    probability of a label = (1 - rate) · softmax(z / temperature) + rate / k

A wrong label is any of the k classes with the same probability (uniform label noise); temperature and rate are those of
the largest likelihood. Where classes merely overlap, the rate comes out as next to nothing.
"""

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, log_softmax

from chainrule.arrays import Array
from chainrule.common.format import listed
from chainrule.diagnosis.finding import ExaminationResult, Finding, Remedy
from chainrule.diagnosis.model_under_test import ModelUnderTest, NotExaminedError, Predictions
from chainrule.evaluation.scores import COLDEST, HOTTEST, best_temperature

# Probability of a label error: what is more likely wrong than right is worth a look.
LIKELY = 0.5
# Nobody puts down a wrong label in every fourth row: at a larger rate it is the model that is wrong.
LARGEST_RATE = 0.25
# Rows that a finding lists, with their labels and probabilities.
SHOWN = 20
# Gain in log-likelihood below which the rate is taken for 0. Without label noise, twice the gain is 0 half the time and
# else chi-squared with one degree of freedom, since a rate is never negative: 1.35 is exceeded once in twenty times.
LEAST_GAIN = 1.35
# Where the search begins: the logit of a rate of two percent.
FIRST_LOGIT_OF_RATE = -4.0
# Where the search begins: logits that are much too small, as a strong penalty makes them, and logits as they are.
FIRST_TEMPERATURES = (0.3, 1.0)
# Rows that rate and temperature are fitted to, drawn at random: two numbers need no more, and the search stays short.
MOST_ROWS = 20_000
# The logarithm of a temperature on its way in the search: beyond, its exponential says nothing, and may overflow.
LARGEST_LOG_TEMPERATURE = 9


def suspect_labels(tested: ModelUnderTest) -> ExaminationResult:
    """Find rows that are more likely mislabelled than not, by cross-validated predictions if they can be had."""
    try:
        predictions, how = tested.cross_validated_predictions, "cross-validated models"
    except NotExaminedError:
        predictions = tested.training_predictions
        how = "the model, which was trained on these rows and so misses some errors"
    noise = estimated_label_noise(predictions)
    if noise.rate > LARGEST_RATE:
        raise NotExaminedError("the model makes too many errors to judge the labels")
    guess = noise.log_y.argmax(axis=1)
    places = np.flatnonzero(noise.probability > LIKELY)
    places = places[np.argsort(-noise.probability[places], kind="stable")]
    summary = f"{len(places)} of {len(predictions.t):,} labels look wrong to {how}"
    measured = {"suspects": len(places), "label noise": noise.rate, "gain in log-likelihood": noise.gain}
    if not len(places):
        return ExaminationResult([], summary, measured)
    classes, rows = tested.model.classes, tested.numbers[places].tolist()
    suspects = [
        {
            "row": rows[order],
            "label": classes[predictions.t[i]],
            "looks like": classes[guess[i]],
            "probability": float(np.exp(noise.log_y[i, guess[i]])),
            "probability of label error": float(noise.probability[i]),
        }
        for order, i in enumerate(places[:SHOWN])
    ]
    first = suspects[0]
    wrong = first["probability of label error"]
    said = (
        f"row {first['row']} is labelled {first['label']} but looks like {first['looks like']} (probability"
        f" {first['probability']:.3g}) to {how}; its label is wrong with probability {wrong:.0%}"
    )
    if len(places) > 1:
        said += f", and the other labels with more than {LIKELY:.0%}"
    shown = f"X.iloc[{rows[:SHOWN]!r}]" if hasattr(tested.X, "iloc") else f"X[{rows[:SHOWN]!r}]"
    remedy = Remedy("look at these rows and correct the wrong labels", shown)
    where = f"{len(places)} rows: {listed(rows)}" if len(places) > 1 else f"row {rows[0]}"
    finding = Finding("note", "suspect labels", where, said, {**measured, "first": suspects}, remedy)
    return ExaminationResult([finding], summary, measured)


class LabelNoise(NamedTuple):
    """How many labels are wrong, and which.

    Attributes:
        rate: the share of labels that are drawn at random; 0 where the rows give no reason to think of any.
        gain: in log-likelihood, over a rate of 0.
        log_y: logarithms of the probabilities of the true labels (n, k).
        probability: of each label that it was drawn at random (n,).
    """

    rate: float
    gain: float
    log_y: Array
    probability: Array


def estimated_label_noise(predictions: Predictions) -> LabelNoise:
    """Return the label noise of the largest likelihood.

    >>> z = np.linspace(-9, 9, 200)
    >>> t = (z > 0).astype(int)
    >>> t[[0, 5, 199]] = 1 - t[[0, 5, 199]]
    >>> log_y = -np.logaddexp(0, np.stack([z, -z], axis=1))
    >>> np.flatnonzero(estimated_label_noise(Predictions(t, log_y, np.ones(200), "rows")).probability > 0.5)
    array([  0,   5, 199])
    """
    few = _some(predictions)
    classes = predictions.log_y.shape[1]

    def minus_log_likelihood(temperature: float, rate: float) -> float:
        y = np.exp(log_softmax(few.log_y / temperature, axis=1)[np.arange(len(few.t)), few.t])
        return -float(few.weights @ np.log((1 - rate) * y + rate / classes + np.finfo(float).tiny))

    def at(place: Array) -> float:
        return minus_log_likelihood(*_parameters(place))

    starts = [np.array([np.log(temperature), FIRST_LOGIT_OF_RATE]) for temperature in FIRST_TEMPERATURES]
    best = min((minimize(at, start, method="Nelder-Mead") for start in starts), key=lambda end: end.fun)
    plain = best_temperature(few.t, few.log_y, few.weights)
    gain = minus_log_likelihood(plain, 0.0) - float(best.fun)
    temperature, rate = _parameters(best.x) if gain > LEAST_GAIN else (plain, 0.0)
    log_y = log_softmax(predictions.log_y / temperature, axis=1)
    given = (1 - rate) * np.exp(log_y[np.arange(len(predictions.t)), predictions.t])
    return LabelNoise(rate, gain, log_y, rate / classes / np.maximum(given + rate / classes, np.finfo(float).tiny))


def _parameters(place: Array) -> tuple[float, float]:
    """Map two unbounded numbers to a temperature and a rate of label noise."""
    log_temperature = np.clip(place[0], -LARGEST_LOG_TEMPERATURE, LARGEST_LOG_TEMPERATURE)
    return float(np.clip(np.exp(log_temperature), COLDEST, HOTTEST)), float(expit(place[1]))


def _some(predictions: Predictions) -> Predictions:
    """Return at most `MOST_ROWS` rows, drawn at random with a fixed seed."""
    if len(predictions.t) <= MOST_ROWS:
        return predictions
    rows = np.random.default_rng(0).permutation(len(predictions.t))[:MOST_ROWS]
    return predictions._replace(t=predictions.t[rows], log_y=predictions.log_y[rows], weights=predictions.weights[rows])
