"""The parts of the lesson, computed and drawn: two of them side by side, in two processes."""

import gc
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from typing import Any, TypeAlias

from chainrule.pages.lesson.gaussians import GaussiansLesson, gaussians_lesson
from chainrule.pages.lesson.rings import RingsLesson, rings_lesson

Lesson: TypeAlias = GaussiansLesson | RingsLesson
COMPUTED: dict[int, Callable[[], Lesson]] = {1: gaussians_lesson, 2: rings_lesson}


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
    from chainrule.pages.lesson import gaussians_figures, rings_figures  # as slow to load as matplotlib

    return gaussians_figures.FIGURES if part == 1 else rings_figures.FIGURES
