"""The kernel of the pages against Python: golden vectors of every entry of the registry."""

import json
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import chainrule
from tests.web.golden import every_case, every_class

HERE = Path(__file__).parent
KERNEL = Path(chainrule.__file__).parent / "pages" / "web" / "kernel.mjs"
CHECKS = ("layer", "loss", "penalty", "schedule", "initializer", "random", "optimizer", "training", "network")
pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed: the kernel was not run")


@cache
def compared() -> Any:
    """What the kernel makes of the golden vectors."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        golden = Path(folder) / "golden.json"
        golden.write_text(json.dumps({"cases": every_case(), "classes": every_class()}, allow_nan=False))
        run = subprocess.run(
            ["node", str(HERE / "compare.mjs"), str(KERNEL), str(golden)], capture_output=True, text=True, check=False
        )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_every_layer_loss_optimizer_schedule_and_initializer_has_a_twin() -> None:
    assert compared()["without"] == [], "add them to web/src/kernel, and build it: make web"


@pytest.mark.parametrize("check", CHECKS)
def test_the_kernel_computes_what_python_does(check: str) -> None:
    results = [result for result in compared()["results"] if result["check"] == check]
    assert results
    wrong = [
        f"{result['name']}: {name} is off by {off} (at most {result['tolerance']:g})"
        for result in results
        for name, off in result["differences"].items()
        if not float(off) <= result["tolerance"]
    ]
    failed = [f"{result['name']}: {result['error']}" for result in results if "error" in result]
    assert not wrong + failed, "\n".join([*failed, *wrong][:40])
