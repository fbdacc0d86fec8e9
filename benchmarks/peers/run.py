"""Runs the parts asked for, one case after another, and keeps and prints each as it is done."""

import argparse
import os
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from statistics import median

from benchmarks.peers import machine
from benchmarks.peers.measure import OURS, Run, Settings, ratio
from benchmarks.peers.page import duration, page
from benchmarks.peers.results import Case, Results, read
from chainrule.common.atomic_write import write

QUICK = Settings(repeats=2, cap=1.0, least=0.0, budget=2.0, quick=True)

# Load above which the machine does something else beside: half a core.
BUSY = 0.5


def run(given: argparse.Namespace) -> None:
    """Measure, and write the page.

    Raises:
        ValueError: the file of results holds those of another machine.
    """
    measured = [part for part in given.parts if part != "page"]
    if measured:
        results = Results(given.json, machine.described(given.threads))
        with machine.same_threads(given.threads):
            measure(results, measured, given)
    target = given.json.with_suffix(".md")
    write(target, page(read(given.json), given.json.name))
    print(f"wrote {target}")


def measure(results: Results, parts: list[str], given: argparse.Namespace) -> None:
    """Measure the machine first, and then the parts."""
    load = os.getloadavg()[0]
    if load > BUSY:
        print(f"This machine is busy (its load is {load:.1f}): what is measured now says little about any contender.")
    settings = settings_of(given)
    limits = machine.limits(given.threads, settings.quick)
    shared = Run(given.data, settings, limits, tuple(given.only))
    results.keep_limits(limits)
    print("  ".join(f"{name} {rate / 1e9:.1f}e9" for name, rate in limits.items()), flush=True)

    for part in parts:
        if part == "limits":
            continue
        start = time.perf_counter()
        found: Iterator[Case] = import_module(f"benchmarks.peers.{part}").cases(shared)
        for case in found:
            results.add(case)
            show(case)
        print(f"{part}: {time.perf_counter() - start:.0f} s", flush=True)


def settings_of(given: argparse.Namespace) -> Settings:
    base = QUICK if given.quick else Settings()
    return Settings(
        repeats=given.repeats or base.repeats,
        cap=given.cap or base.cap,
        least=base.least,
        budget=base.budget,
        quick=base.quick,
    )


def show(case: Case, out: Callable[[str], object] = print) -> None:
    """Print a case in a few lines."""
    out(f"{case.part}: {case.group}: {case.name}")
    ours = next((times for name, times in case.seconds.items() if name.startswith(OURS)), "")
    for name, times in case.seconds.items():
        if isinstance(times, str):
            out(f"    {name:32} {times}")
        else:
            beside = f"{ratio(times, ours):7.2f}x" if not isinstance(ours, str) else ""
            out(f"    {name:32} {duration(median(times)):>10} {beside}  {case.notes.get(name, '')}")
    for name, curve in case.curves.items():
        slopes = ", ".join(f"{what} {slope:.2f}" for what, slope in curve["exponents"].items() if slope is not None)
        out(f"    {name:32} exponents: {slopes}")
