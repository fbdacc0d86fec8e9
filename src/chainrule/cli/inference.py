"""Standard errors after training: what `chainrule train --inference` adds."""

import warnings
from typing import Any

from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import Pipeline

from chainrule.cli.labelled_file import LabelledFile
from chainrule.estimator.classifier import Classifier
from chainrule.inference import Inference, infer

ANEW = "Maximum-likelihood estimates on the training rows, without the model's penalty or class weights."


def inference_of(model: Pipeline, training: LabelledFile) -> tuple[Inference | None, str]:
    """Return the estimates of a softmax regression on the rows it was trained on, and what a user must know of them.

    A model with a penalty or the like is fitted once more without it. Where there are no estimates, the words say why.
    """
    classifier: Classifier = model[-1]
    anew: dict[str, Any] = {"l2": 0.0, "l1": 0.0, "label_smoothing": 0.0, "class_weight": None}
    parameters = classifier.get_params()
    as_it_is = all(parameters[name] == value for name, value in anew.items())
    try:
        if not as_it_is:
            x = model[:-1].transform(training.x) if len(model) > 1 else training.x
            plain = Classifier(**anew, standardize=classifier.standardize, n_threads=classifier.n_threads)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)  # what training leaves undone, `infer` finishes
                plain.fit(x, training.labels, training.weights)
            model = Pipeline([*model.steps[:-1], ("classifier", plain)])
        found = infer(model, training.x, training.labels, sample_weight=training.weights)
    except ValueError as error:
        return None, f"No standard errors: {error} (Use --drop to leave out columns.)"
    return found, "" if as_it_is else ANEW
