"""The example of a layer and a loss of one's own runs, and shows what it promises."""

import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "examples" / "own_layer_and_loss.py"


def test_the_example_finds_its_mistake_and_trains() -> None:
    run = subprocess.run([sys.executable, str(EXAMPLE)], capture_output=True, text=True, check=True)
    lines = run.stdout.splitlines()
    assert lines[1].startswith("SoftsignWithMistake(): vjp with respect to x, at row ")
    assert lines[1].endswith("likely mistake: wrong point (it takes y where x belongs).")
    assert [line.endswith("disagree.") or ": all agree, " in line for line in lines].count(True) == 4
    assert int(lines[-1].split("%")[0]) > 90
