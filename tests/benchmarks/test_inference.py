"""The benchmark of inference compares what is the same."""

import numpy as np
import pytest

from benchmarks import inference


@pytest.mark.filterwarnings("ignore")
def test_both_sides_compute_the_same() -> None:
    pytest.importorskip("statsmodels.discrete.discrete_model", reason="statsmodels is not installed")
    x, y = inference.drawn(3000)
    for mine, other in zip(inference.ours(x, y), inference.theirs(x, y), strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-6)


@pytest.mark.long
def test_a_process_tells_seconds_memory_and_numbers() -> None:
    times, memory, numbers = inference.in_a_process("ours", 2000, 1)
    assert len(times) == 1
    assert 0.05 < memory < 2
    np.testing.assert_allclose(numbers, np.ravel(inference.ours(*inference.drawn(2000))), rtol=1e-9)
