"""Handwritten digits: a network with a hidden layer on real data, judged on rows it has never seen.

Run it with a folder to write into: `python examples/digits.py demo`. It prints the held-out accuracy, and writes
digits.html with digits that it classifies right and wrong, the weights of some neurons as pictures, the cost curve and
the confusion matrix.
"""

import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.datasets import load_digits
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import train_test_split

from chainrule import Cost, Dense, Momentum, Network, Penalty, ReLU, SoftmaxCrossEntropy, epochs, initialize, plots
from chainrule.arrays import Array
from chainrule.common.atomic_write import write
from chainrule.pages.page import render

# Neurons: as many as an image of a digit has points.
HIDDEN = 64
# Passes over the rows: the costs have levelled off by then.
EPOCHS = 40
# Rows of a mini-batch: small, so that each epoch takes many steps.
BATCH = 32
# Step length: with Nesterov's momentum each step goes about ten times as far.
RATE = 0.02
# Pixels of a side of an image.
SIDE = 8
# Digits with the largest probabilities that are listed of an image: the others are all but impossible.
LISTED = 3
# Neurons whose weights are shown: two lines of pictures.
NEURONS = 8


class Digits(NamedTuple):
    network: Network
    rows: int
    theta: Array
    costs: list[float]
    held_out_costs: list[float]
    images: Array
    true: Array
    probabilities: Array


def train_digits() -> Digits:
    x, t = load_digits(return_X_y=True)
    x, held_x, t, held_t = train_test_split(x / 16, t, test_size=0.25, stratify=t, random_state=0)
    network = Network((Dense(64, HIDDEN), ReLU(), Dense(HIDDEN, 10)))
    loss, penalty = SoftmaxCrossEntropy(), Penalty(l2=1e-4)
    cost = Cost.of(network, loss, x, t, penalty=penalty)
    held_out = Cost.of(network, loss, held_x, held_t, penalty=penalty)
    start, descent = initialize(network, random_state=0), Momentum(RATE, nesterov=True)
    costs, held_out_costs = [], []
    for epoch in epochs(cost, descent, start, batch_size=BATCH, max_epochs=EPOCHS, random_state=0):
        costs.append(epoch.cost)
        held_out_costs.append(held_out.value(epoch.theta))
    probabilities = loss.activation.forward({}, network.forward(epoch.theta, held_x)[-1])
    return Digits(network, len(t), epoch.theta, costs, held_out_costs, held_x, held_t, probabilities)


def pictured(digits: Digits, place: int) -> dict[str, Any]:
    """Return a held-out digit as the page shows it, with its largest probabilities and that of the true digit."""
    y, true = digits.probabilities[place], int(digits.true[place])
    largest = sorted({*np.argsort(-y)[:LISTED].tolist(), true}, key=lambda digit: -y[digit])
    return {
        "pixels": digits.images[place].reshape(SIDE, SIDE).tolist(),
        "true": true,
        "predicted": int(y.argmax()),
        "probabilities": [(digit, float(y[digit])) for digit in largest],
    }


def strongest_neurons(digits: Digits) -> list[dict[str, Any]]:
    """Return the weights of the neurons that move the logits most, and the digits that each is evidence for.

    How much a neuron moves the logits is the standard deviation of its output times the length of its weights behind.
    """
    outputs = digits.network.forward(digits.theta, digits.images)
    first, _, last = digits.network.views(digits.theta)
    moves = outputs[2].std(axis=0) * np.linalg.norm(last["weights"], axis=1)
    return [
        {
            "number": int(neuron) + 1,
            "weights": first["weights"][:, neuron].reshape(SIDE, SIDE),
            "for": int(last["weights"][neuron].argmax()),
            "against": int(last["weights"][neuron].argmin()),
        }
        for neuron in np.argsort(-moves)[:NEURONS]
    ]


def main(out: Path) -> None:
    digits = train_digits()
    predicted = digits.probabilities.argmax(axis=1)
    wrong = np.flatnonzero(predicted != digits.true)
    right = [int(np.flatnonzero((digits.true == digit) & (predicted == digit))[0]) for digit in range(10)]
    accuracy = 1 - len(wrong) / len(digits.true)
    print(f"{digits.rows} rows to train on, {len(digits.true)} held out, {digits.network.size} parameters.")
    print(f"Held-out accuracy: {100 * accuracy:.1f} %")
    costs = plots.curves(
        {"training rows": digits.costs, "held-out rows": digits.held_out_costs}, log=True, unit="epoch"
    )
    costs.set_ylabel("mean cost of a row")
    confusion = plots.confusion(confusion_matrix(digits.true, predicted), range(10))
    figures = {"costs": plots.to_svg(costs), "confusion": plots.to_svg(confusion)}
    settings = {"hidden": HIDDEN, "epochs": EPOCHS, "batch": BATCH, "rate": RATE}
    shown = {
        "right": [pictured(digits, place) for place in right],
        "wrong": [pictured(digits, int(place)) for place in wrong],
        "neurons": strongest_neurons(digits),
    }
    page = render("digits.html.j2", figures, digits=digits, accuracy=accuracy, train=train_digits, **shown, **settings)
    write(out / "digits.html", page)
    print(out / "digits.html")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
