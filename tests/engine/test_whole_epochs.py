"""When a run asks for its epochs as machine code: at once for all that it may have, or for a few, and a few more."""

from itertools import islice
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from chainrule import Adam, Cost, Dense, Network, SoftmaxCrossEntropy
from chainrule.whole_epochs import A_FEW_EPOCHS, USUAL_EPOCHS, whole_epochs


@pytest.mark.parametrize(
    ("most", "worth_it_after", "asked_for", "plain"),
    [
        (None, 0, [A_FEW_EPOCHS], 0),
        (None, 2, [A_FEW_EPOCHS] * 3, 2 * A_FEW_EPOCHS),
        (5, 0, [5], 0),
        (5, 1, [5], 50),
        (500, 0, [USUAL_EPOCHS], 0),
    ],
)
def test_a_run_asks_for_what_it_may_last(
    most: int | None, worth_it_after: int, asked_for: list[int], plain: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def compiled_epoch(_cost: Cost, _size: int, epochs: int) -> Any:
        asked.append(epochs)
        return SimpleNamespace(dtype=np.dtype(np.float64)) if len(asked) > worth_it_after else None

    monkeypatch.setattr(Cost, "compiled_epoch", compiled_epoch)
    network = Network((Dense(1, 2),))
    cost = Cost.of(network, SoftmaxCrossEntropy(), [[0.0], [1.0]], [0, 1])
    run = list(islice(whole_epochs(cost, Adam(), network.zeros(), 1, most), 50))
    assert asked == asked_for
    assert [epoch is None for epoch in run] == [True] * plain + [False] * (50 - plain)
