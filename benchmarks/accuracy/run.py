"""Measures what is not yet there: every model in a process of its own, a round for each split."""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.accuracy.models import MODELS
from benchmarks.accuracy.results import Record, Results, source_version
from benchmarks.peers.__main__ import THREADS

ROOT = Path(__file__).parents[2]
WORKER = ("-m", "benchmarks.accuracy.worker")
# How a process ends that somebody stopped: that says nothing of the model, and is not recorded.
STOPPED = (-signal.SIGTERM, -signal.SIGINT)


def run(given: argparse.Namespace, results: Results) -> None:
    """Measure all models and tables asked for, first the first split of all, and keep each as it comes."""
    models = [name for name in given.models if _is_installed(name)]
    for number in given.splits:
        for model in models:
            wanted = [(table, number) for table in given.tables]
            jobs = [(t, s) for t, s in wanted if given.again or (model, t, s) not in results]
            for record in measured(model, jobs, given.data, given.limit):
                results.add(record)
                _show(record)


def measured(model: str, jobs: list[tuple[str, int]], data: Path, limit: float) -> Iterator[Record]:
    """Yield a record for each table and split: a process does one after another until it is done, or ends early."""
    package = MODELS[model].package
    version = source_version() if package == "chainrule" else MODELS[model].installed
    name = {"model": model, "version": f"{package} {version}"}
    while jobs:
        ready, errors = False, ""
        for line in _lines(model, jobs, data, limit):
            if "ready" in line:
                ready = True
            elif "ended" in line:
                errors = line["ended"]
            else:
                jobs = jobs[1:]
                yield name | line
        if not ready:
            print(f"{model}: skipped, it cannot be used here: {errors}", flush=True)
            return
        if jobs:  # the process ended in the first of them
            (table, number), jobs = jobs[0], jobs[1:]
            yield name | {"table": table, "split": number, "failure": errors, "fit_seconds": limit}


def _lines(model: str, jobs: list[tuple[str, int]], data: Path, limit: float) -> Iterator[Record]:
    """Yield what a process for a model prints, and last, where it failed, why it ended."""
    environment = os.environ | dict.fromkeys(THREADS, "1") | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            [sys.executable, *WORKER],
            env=environment,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        with process:
            json.dump({"model": model, "jobs": jobs, "data": str(data), "limit": limit}, process.stdin)
            process.stdin.close()
            yield from map(json.loads, process.stdout)
        if process.returncode == -signal.SIGXCPU:
            yield {"ended": f"not finished in {limit:.0f} s"}
        elif process.returncode in STOPPED:
            raise ValueError(
                f"The process of {model} was stopped from outside: start again to go on, all else is kept."
            )
        elif process.returncode:
            errors.seek(0)
            last = (errors.read().strip().splitlines() or ["no message"])[-1]
            yield {"ended": f"the process ended with {process.returncode}: {last[:160]}"}


def _is_installed(name: str) -> bool:
    model = MODELS[name]
    if model.installed is None:
        print(f"{name}: skipped, {model.package} is not installed (make .venv/installed-accuracy)", flush=True)
    return model.installed is not None


def _show(record: Record) -> None:
    what = f"{record['model']:22} {record['table']:24} split {record['split']}  {record['fit_seconds']:8.2f} s"
    if "failure" in record:
        print(f"{what}  {record['failure']}", flush=True)
    else:
        print(f"{what}  log loss {record['log_loss']:.4f}  error {record['error']:.4f}", flush=True)
