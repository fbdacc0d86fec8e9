"""Figures as SVG text for pages: self-contained, the same bytes each time, safe to put several into one page."""

import hashlib
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from io import StringIO

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from chainrule.plots.style import figure_of, styled

# As `STYLE` draws it, so that figures are as large on a page as in a notebook.
PIXELS_PER_INCH = 100
# At most, until axes of equal scales lie still: one is too few, as each moves the others.
PASSES = 3


def to_svg(drawn: Figure | Axes, description: str = "", *, background: str = "white") -> str:
    """Return a figure as a standalone `<svg>` element, and close it.

    The element is as wide as the figure at 100 pixels an inch, and shrinks with what surrounds it. It can stand inside
    an HTML page or in a file of its own. Text is drawn as outlines, ids are unique to the picture, and nothing in it
    points elsewhere.

    Parameters:
        drawn: a figure, or the axes of one.
        description: what the figure shows, for those who cannot see it.
        background: colour behind everything; "none" lets the page through.

    >>> from chainrule.plots import cost_curve
    >>> to_svg(cost_curve([3., 2., 1.5]), "The cost falls.")[:93]
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="560'
    """
    figure, buffer = figure_of(drawn), StringIO()
    width, height = figure.get_size_inches()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with styled(), _settled(figure):
        figure.set_facecolor(background)
        FigureCanvasSVG(figure).print_svg(buffer, metadata=nothing)
    _close(figure)
    body = _own_ids(_short(_body(buffer.getvalue())))
    title = f"<title>{escape(description)}</title>" if description else ""
    label = f' role="img" aria-label="{escape(description)}"' if description else ""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{PIXELS_PER_INCH * width:.0f}" height="{PIXELS_PER_INCH * height:.0f}" '
        f'viewBox="0 0 {72 * width:g} {72 * height:g}"{label} '
        f'style="max-width:100%;height:auto;stroke-linejoin:round;stroke-linecap:butt">{title}{body}</svg>'
    )


@contextmanager
def _settled(figure: Figure) -> Iterator[None]:
    """Lay the figure out until nothing moves, and hold it there.

    Axes of equal scales take more than the one pass that drawing makes.
    """
    engine = figure.get_layout_engine()
    if engine is None:
        yield
        return
    same_scales = any(ax.get_aspect() != "auto" for ax in figure.axes)
    for _ in range(PASSES if same_scales else 1):
        before = [ax.get_position().bounds for ax in figure.axes]
        engine.execute(figure)
        if np.allclose(before, [ax.get_position().bounds for ax in figure.axes], rtol=0, atol=2e-3):
            break
    figure.set_layout_engine("none")
    yield
    figure.set_layout_engine(engine)


def _close(figure: Figure) -> None:
    """Take the figure from pyplot, where it has one."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close(figure)


def _body(text: str) -> str:
    """Return what stands inside the root element, without comments and the rule that would style a whole page."""
    inside = text[text.index(">", text.index("<svg")) + 1 : text.rindex("</svg>")]
    inside = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>|<style.*?</style>", "", inside, flags=re.DOTALL)
    return re.sub(r"\s*\n\s*(?=<)", "\n", inside)


def _short(body: str) -> str:
    """Return `body` with the coordinates of paths to a hundredth of a point."""

    def rounded(path: re.Match[str]) -> str:
        numbers = re.sub(r"-?\d+\.\d{3,}", lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), path[2])
        return path[1] + re.sub(r"\s+", " ", numbers).strip() + '"'

    return re.sub(r'(\sd=")([^"]*)"', rounded, body)


def _own_ids(body: str) -> str:
    """Return `body` with ids that no other picture has, and without those that nothing refers to."""
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', body))
    prefix = "c" + hashlib.sha256(body.encode()).hexdigest()[:8]
    body = re.sub(r'\s+id="([^"]+)"', lambda found: f' id="{prefix}-{found[1]}"' if found[1] in used else "", body)
    return re.sub(r'(href="#|url\(#)', rf"\g<1>{prefix}-", body)
