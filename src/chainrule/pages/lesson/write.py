"""From the lesson's numbers to its page, its figures and its JSON."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from chainrule import plots
from chainrule.datasets import CLASS_NAMES
from chainrule.pages.lesson import gaussians, gaussians_figures, rings, rings_figures
from chainrule.pages.page import render, write


def write_lesson(out: Path, parts: Sequence[int] = (1, 2)) -> list[Path]:
    """Write `lesson.html`, `lesson.json` and the figures as SVG into a folder, and return the paths of the first two.

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
    if 1 in parts:
        part1 = gaussians.gaussians_lesson()
        results["part1"] = part1.results()
        figures |= {name: plots.to_svg(draw(part1)) for name, draw in gaussians_figures.FIGURES.items()}
        context |= _gaussians_context(part1, results["part1"])
    if 2 in parts:
        part2 = rings.rings_lesson()
        results["part2"] = part2.results()
        figures |= {name: plots.to_svg(draw(part2)) for name, draw in rings_figures.FIGURES.items()}
        context |= _rings_context(part2)
    page, numbers = out / "lesson.html", out / "lesson.json"
    write(page, render("lesson.html.j2", figures, **context))
    write(numbers, json.dumps(results))
    for name, svg in figures.items():
        write(out / "figures" / f"{name}.svg", svg)
    return [page, numbers]


def _gaussians_context(lesson: gaussians.GaussiansLesson, results: dict[str, Any]) -> dict[str, Any]:
    newton = np.array(lesson.newton.history.cost)
    return {
        "g": lesson,
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
