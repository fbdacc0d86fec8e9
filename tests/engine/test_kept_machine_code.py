"""Machine code that was just compiled gives the same bits as what was kept of it for other processes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("numba")

PROGRAM = """
import hashlib, numpy as np
from chainrule import Adam, Cost, Dense, Network, ReLU, SoftmaxCrossEntropy, initialize, train
from chainrule.engine.machine_code import Asked
Asked.seconds = 1e9
generator = np.random.default_rng(0)
digest = hashlib.sha256()
for dtype in [np.float32, np.float64]:
    x = generator.normal(size=(900, 20)).astype(dtype)
    t = np.abs(x[:, :5]).argmax(axis=1)
    two = Network((Dense(20, 30), ReLU(), Dense(30, 5)))
    start = initialize(two, np.random.default_rng(1)).astype(dtype)
    cost = Cost.of(two, SoftmaxCrossEntropy(), x, t)
    digest.update(train(cost, Adam(), start, max_epochs=3, batch_size=100, random_state=0).theta.tobytes())
print(digest.hexdigest())
"""


@pytest.mark.long
def test_compiled_and_kept_give_the_same_bits(tmp_path: Path) -> None:
    kept = tmp_path / "kept"

    def run() -> str:
        environment = {**os.environ, "NUMBA_CACHE_DIR": str(kept)}
        done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    first = run()
    assert list(kept.rglob("*.nbi"))
    assert run() == first
