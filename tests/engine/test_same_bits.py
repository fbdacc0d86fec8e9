"""The bits of a model depend on its rows and settings: not on what ran before it, or on how many threads there are."""

import hashlib
import os
import subprocess
import sys

import pytest

PROGRAM = """
import hashlib, sys, warnings
import numpy as np
from chainrule import Classifier

warnings.simplefilter("ignore")
generator = np.random.default_rng(0)
x = generator.normal(size=(3000, 30))
y = np.abs(x[:, :4]).argmax(axis=1)

def digest():
    models = (
        Classifier(),
        Classifier(l1=1e-3),
        Classifier(optimizer="lbfgs", dtype="float32"),
        Classifier(hidden=(40,), optimizer="adam", batch_size=400, max_epochs=5, random_state=0),
        Classifier(hidden=(10,), activation="tanh", optimizer="momentum", batch_size=50, max_epochs=3, random_state=0),
    )
    theta = b"".join(model.fit(x, y).theta_.tobytes() for model in models)
    return hashlib.sha256(theta).hexdigest()

print(*(digest() for _ in range(int(sys.argv[1]))))
"""


def digests(times: int, threads: int) -> list[str]:
    """The hash of the parameters of some models, trained so many times one after the other in a process."""
    variables = {**os.environ, "OPENBLAS_NUM_THREADS": str(threads)}
    command = [sys.executable, "-c", PROGRAM, str(times)]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_the_first_fit_has_the_bits_of_later_ones_and_of_other_threads() -> None:
    first, second = digests(2, threads=1)
    assert len(first) == len(hashlib.sha256().hexdigest())
    assert second == first
    assert digests(1, threads=2) == [first]


@pytest.mark.long
def test_up_to_eight_threads_and_a_hundred_fits_have_the_same_bits() -> None:
    found = [digest for threads in range(1, 9) for digest in digests(2, threads)]
    assert set(found) == set(found[:1])
    assert set(digests(100, 2)) == set(found[:1])
