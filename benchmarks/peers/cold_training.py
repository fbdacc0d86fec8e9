"""What a cold process does: train a network on rows from files until its accuracy on held-out rows is high enough."""

import sys
import warnings
from pathlib import Path

import numpy as np

from benchmarks.peers.trainers import TRAINERS

# Epochs after which the accuracy is taken for out of reach.
MOST_EPOCHS = 200


def main() -> None:
    """Write into the folder how many epochs it took; fail where the accuracy is not reached."""
    name, place, accuracy, batch, seed, *widths = sys.argv[1:]
    warnings.simplefilter("ignore")
    folder = Path(place)
    x, t, held_x, held_t = (np.load(folder / f"{name}.npy") for name in ("x", "t", "held_x", "held_t"))
    trainer = TRAINERS[name](tuple(map(int, widths)), x, t, int(batch), int(seed))
    for epoch in range(1, MOST_EPOCHS + 1):
        trainer.train_epoch()
        if (trainer.predict(held_x) == held_t).mean() >= float(accuracy):
            (folder / "epochs").write_text(str(epoch))
            return
    sys.exit(f"an accuracy of {accuracy} was not reached in {MOST_EPOCHS} epochs")


if __name__ == "__main__":
    main()
