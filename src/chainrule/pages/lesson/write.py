"""The lesson, computed, drawn and written: its page, its figures and its JSON."""

import base64
import gc
import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias

import numpy as np

from chainrule.common.atomic_write import write
from chainrule.datasets import CLASS_NAMES
from chainrule.pages.lesson import gaussians, in_plain_numpy, rings, rings_in_plain_numpy
from chainrule.pages.lesson.gaussians import GaussiansLesson, gaussians_lesson
from chainrule.pages.lesson.rings import RingsLesson, rings_lesson
from chainrule.pages.page import as_json, built, render, with_policy

Lesson: TypeAlias = GaussiansLesson | RingsLesson
# The numbers of each part.
COMPUTED: dict[int, Callable[[], Lesson]] = {1: gaussians_lesson, 2: rings_lesson}
# The whole program of each part, and the file beside the page that holds it.
PROGRAMS: dict[int, tuple[str, ModuleType]] = {
    1: ("plain_numpy.py", in_plain_numpy),
    2: ("plain_numpy_2.py", rings_in_plain_numpy),
}


def write_lesson(out: Path, parts: Sequence[int] = (1, 2)) -> list[Path]:
    """Write `lesson.html`, `lesson.json`, the parts' programs and the figures as SVG; return the first two's paths.

    Parameters:
        out: the folder; made if it does not exist.
        parts: which parts of the lesson, of 1 and 2.

    Raises:
        OSError: the folder cannot be written.
    """
    (out / "figures").mkdir(parents=True, exist_ok=True)
    results: dict[str, Any] = {}
    figures: dict[str, str] = {}
    live: dict[str, Any] = {}
    context: dict[str, Any] = {"names": CLASS_NAMES, "g": None, "r": None}
    for lesson, drawn in computed_and_drawn(parts):
        figures |= drawn
        if isinstance(lesson, gaussians.GaussiansLesson):
            results["part1"], live["part1"] = lesson.results(), lesson.live()
            context |= _gaussians_context(lesson, results["part1"])
        else:
            results["part2"], live["part2"] = lesson.results(), lesson.live()
            context |= _rings_context(lesson)
    page, numbers = out / "lesson.html", out / "lesson.json"
    write(page, with_policy(with_live_figures(render("lesson.html.j2", figures, **context), live)))
    write(numbers, json.dumps(results))
    for part in parts:
        name, module = PROGRAMS[part]
        write(out / name, inspect.getsource(module))
    for name, svg in figures.items():
        write(out / "figures" / f"{name}.svg", svg)
    return [page, numbers]


# Where the scripts stand in the page, until they are there.
SCRIPTS = "</body>"


def with_live_figures(page: str, live: dict[str, Any]) -> str:
    """Return the lesson with the script that makes its figures answer; without scripts, and in print, they stay still.

    Parameters:
        page: the lesson.
        live: what the figures of each part start from.
    """
    data = f'<script type="application/json" id="lesson-data">{as_json(live)}</script>'
    return page.replace(SCRIPTS, f"{data}\n<script>{built('lesson.js').strip()}</script>\n{SCRIPTS}", 1)


def _gaussians_context(lesson: gaussians.GaussiansLesson, results: dict[str, Any]) -> dict[str, Any]:
    newton = np.array(lesson.newton.history.cost)
    return {
        "g": lesson,
        "program1": _program(1),
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
    smooth = lesson.logistic.training.history.cost[-1]
    return {
        "r": lesson,
        "lesson2": rings,
        "program2": _program(2),
        "row": rings.ROW + 1,
        "rate": rings.RATE,
        "steps": rings.STEPS,
        "guess": len(lesson.x) * np.log(3),
        "leaky_lowest": min(leaky),
        "leaky_lowest_step": leaky.index(min(leaky)) + 1,
        # rounded up, and half a digit more since the page rounds the numbers themselves
        "by_hand": np.ceil(lesson.by_hand * 1e4 + 0.5) / 1e4,
        "ways": list(zip(lesson.weight.dz, lesson.weight.onward, strict=True)),
        "best": max(lesson.sizes, key=lambda size: size.fresh_accuracy),
        "chance": 100 * float(np.sqrt(0.9 * 0.1 / len(lesson.x))),
        "ups": int((np.diff(leaky) > 0)[-100:].sum()),
        "vanished": {name: norms[-1] / norms[0] for name, norms in lesson.vanishing.items()},
        "overtakes": {
            name: int((np.array(training.history.cost) < smooth).argmax()) + 1
            for name, training in (("momentum", lesson.momentum), ("Nesterov", lesson.nesterov))
        },
        "fits": {
            "one layer": lesson.linear,
            "one layer, feature made by hand": lesson.handmade,
            "3 hidden neurons, leaky ReLU": lesson.leaky,
            "3 hidden neurons, sigmoid": lesson.logistic,
            "16 hidden neurons, tanh": lesson.useful,
        }.items(),
    }


def _program(part: int) -> dict[str, str]:
    """Return a part's program as the page shows it: its name, its source, and a link that holds it."""
    name, module = PROGRAMS[part]
    source = inspect.getsource(module)
    link = f"data:text/x-python;base64,{base64.b64encode(source.encode()).decode()}"
    return {"name": name, "source": source, "link": link}


def computed_and_drawn(parts: Sequence[int]) -> list[tuple[Lesson, dict[str, str]]]:
    """Return each part, 1 or 2 or both, with its figures as SVG by name.

    1. A second process computes the last part, and begins to draw it, since matplotlib draws one figure at a time.
    2. This one computes and draws the first part.
    3. Then it draws the figures that the other has not come to; those that take longest are drawn first.
    """
    first, last = parts[0], parts[-1]
    if len(parts) == 1:
        lesson = COMPUTED[first]()
        return [(lesson, {name: _svg(first, name, lesson) for name in _figures(first)})]
    with ProcessPoolExecutor(1, get_context("spawn"), initializer=_without_collector) as process:
        others = process.submit(_computed, last)  # before matplotlib is loaded here, which takes as long as there
        lesson = COMPUTED[first]()
        drawing = {name: process.submit(_drawn, last, name) for name in _figures(last)}
        drawn = {name: _svg(first, name, lesson) for name in _figures(first)}
        taken = {name: _svg(last, name, others.result()) for name in drawing if drawing[name].cancel()}
        drawn_there = {name: taken[name] if name in taken else future.result() for name, future in drawing.items()}
        return [(lesson, drawn), (others.result(), drawn_there)]


def _without_collector() -> None:
    """Keep a process from looking for memory to free, which takes long among matplotlib's many small objects."""
    gc.disable()


@cache
def _computed(part: int) -> Lesson:
    """Return a part, computed once by the process that draws it."""
    return COMPUTED[part]()


def _drawn(part: int, name: str) -> str:
    return _svg(part, name, _computed(part))


def _svg(part: int, name: str, lesson: Lesson) -> str:
    from chainrule.plots import to_svg  # as slow to load as matplotlib

    return to_svg(_figures(part)[name](lesson))


def _figures(part: int) -> Mapping[str, Callable[[Any], Any]]:
    from chainrule.pages.lesson import figures  # as slow to load as matplotlib

    return figures.GAUSSIANS_FIGURES if part == 1 else figures.RINGS_FIGURES
