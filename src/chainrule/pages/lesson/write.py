"""From the lesson's numbers to its page, its figures and its JSON."""

import base64
import inspect
import json
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from chainrule import plots
from chainrule.datasets import CLASS_NAMES
from chainrule.files import write
from chainrule.pages.lesson import gaussians, gaussians_figures, in_plain_numpy, rings, rings_figures
from chainrule.pages.page import render

# The whole program of part 1, as a file beside the page.
PROGRAM = "plain_numpy.py"


def write_lesson(out: Path, parts: Sequence[int] = (1, 2)) -> list[Path]:
    """Write `lesson.html`, `lesson.json`, the program of part 1 and the figures as SVG; return the first two's paths.

    Parameters:
        out: the folder; made if it does not exist.
        parts: which parts of the lesson, of 1 and 2.

    Raises:
        OSError: the folder cannot be written.
    """
    (out / "figures").mkdir(parents=True, exist_ok=True)
    results: dict[str, Any] = {}
    figures: dict[str, str] = {}
    context: dict[str, Any] = {"names": CLASS_NAMES, "g": None, "r": None}
    for lesson, drawn in _at_once(parts):
        figures |= drawn
        if isinstance(lesson, gaussians.GaussiansLesson):
            results["part1"] = lesson.results()
            context |= _gaussians_context(lesson, results["part1"])
        else:
            results["part2"] = lesson.results()
            context |= _rings_context(lesson)
    page, numbers = out / "lesson.html", out / "lesson.json"
    write(page, render("lesson.html.j2", figures, **context))
    write(numbers, json.dumps(results))
    if 1 in parts:
        write(out / PROGRAM, inspect.getsource(in_plain_numpy))
    for name, svg in figures.items():
        write(out / "figures" / f"{name}.svg", svg)
    return [page, numbers]


Drawn: TypeAlias = tuple[gaussians.GaussiansLesson | rings.RingsLesson, dict[str, str]]


def _at_once(parts: Sequence[int]) -> list[Drawn]:
    """Return each part computed and drawn, several of them in processes of their own, since matplotlib draws alone."""
    if len(parts) == 1:
        return [_compute_and_draw(parts[0])]
    with ProcessPoolExecutor(len(parts), get_context("spawn")) as processes:
        return list(processes.map(_compute_and_draw, parts))


def _compute_and_draw(part: int) -> Drawn:
    if part == 1:
        part1 = gaussians.gaussians_lesson()
        return part1, {name: plots.to_svg(draw(part1)) for name, draw in gaussians_figures.FIGURES.items()}
    part2 = rings.rings_lesson()
    return part2, {name: plots.to_svg(draw(part2)) for name, draw in rings_figures.FIGURES.items()}


def _gaussians_context(lesson: gaussians.GaussiansLesson, results: dict[str, Any]) -> dict[str, Any]:
    newton = np.array(lesson.newton.history.cost)
    source = inspect.getsource(in_plain_numpy)
    return {
        "g": lesson,
        "program": source,
        "program_name": PROGRAM,
        "program_link": f"data:text/x-python;base64,{base64.b64encode(source.encode()).decode()}",
        "two_logits": gaussians.sigmoid(gaussians.TWO_LOGITS[0] - gaussians.TWO_LOGITS[1]),
        "hessian_rank": gaussians.hessian_rank(lesson.start, lesson.x),
        "unbiased_accuracy": gaussians.accuracy(lesson.unbiased, lesson.x, lesson.t),
        "sweep": {rate: training.history.cost for rate, training in lesson.sweep.items()},
        "p1": results,
        "lesson1": gaussians,
        "step": gaussians.network.views(lesson.one_step)[0],
        "newton_steps": int((newton < lesson.descent.history.cost[-1]).argmax()) + 1,
    }


def _rings_context(lesson: rings.RingsLesson) -> dict[str, Any]:
    leaky = lesson.leaky.training.history.cost
    return {
        "r": lesson,
        "lesson2": rings,
        "row": rings.ROW + 1,
        "rate": rings.RATE,
        "steps": rings.STEPS,
        "leaky_lowest": min(leaky),
        "leaky_lowest_step": leaky.index(min(leaky)) + 1,
        "vanishing_ratio": lesson.vanishing["logistic"][-1] / lesson.vanishing["logistic"][0],
        "fits": {
            "one layer": lesson.linear,
            "3 hidden, leaky ReLU": lesson.leaky,
            "3 hidden, logistic": lesson.logistic,
            "16 hidden, tanh": lesson.useful,
        }.items(),
    }
