"""Handwritten digits: a network with a hidden layer on real data, judged on rows it has never seen.

Run it with a folder to write into: `python examples/digits.py demo`. It prints the held-out accuracy, and writes
digits.html with the cost curve and the confusion matrix.
"""

import sys
from pathlib import Path
from typing import NamedTuple

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


class Digits(NamedTuple):
    network: Network
    rows: int
    costs: list[float]
    held_out_costs: list[float]
    true: Array
    predicted: Array


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
    predicted = network.forward(epoch.theta, held_x)[-1].argmax(axis=1)
    return Digits(network, len(t), costs, held_out_costs, held_t, predicted)


def main(out: Path) -> None:
    digits = train_digits()
    wrong = int((digits.predicted != digits.true).sum())
    accuracy = 1 - wrong / len(digits.true)
    print(f"{digits.rows} rows to train on, {len(digits.true)} held out, {digits.network.size} parameters.")
    print(f"Held-out accuracy: {100 * accuracy:.1f} %")
    costs = plots.curves(
        {"training rows": digits.costs, "held-out rows": digits.held_out_costs}, log=True, unit="epoch"
    )
    costs.set_ylabel("mean cost of a row")
    confusion = plots.confusion(confusion_matrix(digits.true, digits.predicted), range(10))
    figures = {"costs": plots.to_svg(costs), "confusion": plots.to_svg(confusion)}
    settings = {"hidden": HIDDEN, "epochs": EPOCHS, "batch": BATCH, "rate": RATE}
    page = render(
        "digits.html.j2", figures, digits=digits, wrong=wrong, accuracy=accuracy, train=train_digits, **settings
    )
    write(out / "digits.html", page)
    print(out / "digits.html")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
