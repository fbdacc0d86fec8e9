"""What holds for every figure: whose axes it draws on, whose settings it leaves alone, and its SVG."""

import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from threading import Thread
from xml.etree import ElementTree

import matplotlib as mpl
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from chainrule import plots
from chainrule.plots import to_svg
from tests.plots.drawings import DRAWINGS, FLAT, surface

ROOT = Path(__file__).parents[2]
DESCRIPTION = 'What it shows: "a" < b & c'


@cache
def svg_of(name: str) -> str:
    return to_svg(DRAWINGS[name](), DESCRIPTION)


def test_every_public_function_that_draws_is_tested() -> None:
    tools = {"limits_around", "panels", "styled", "text_color", "to_svg"}
    functions = {name for name in plots.__all__ if callable(getattr(plots, name))}
    assert set(DRAWINGS) == functions - tools


@pytest.mark.parametrize("name", FLAT)
def test_draws_on_the_axes_it_is_given(name: str) -> None:
    ax = Figure().add_subplot()
    assert FLAT[name](ax=ax) is ax
    assert ax.get_children()


def test_a_surface_draws_on_the_axes_it_is_given() -> None:
    ax = Figure().add_subplot(projection="3d")
    assert surface(ax=ax) is ax


@pytest.mark.parametrize("name", DRAWINGS)
def test_makes_axes_of_its_own(name: str) -> None:
    assert isinstance(DRAWINGS[name](), Axes)


@pytest.mark.parametrize("name", ["matrix_heat", "network_diagram", "probability_bars"])
def test_svg_is_reproducible_whatever_the_user_style(name: str) -> None:
    ours = svg_of(name)
    with mpl.rc_context({"font.size": 23, "axes.facecolor": "black", "lines.linewidth": 9, "text.color": "pink"}):
        theirs = to_svg(DRAWINGS[name](), DESCRIPTION)
        assert mpl.rcParams["font.size"] == 23
    assert ours == theirs


@pytest.mark.parametrize("name", DRAWINGS)
def test_svg_stands_alone(name: str) -> None:
    text = svg_of(name)
    root = ElementTree.fromstring(text)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root[0].text == root.get("aria-label") == DESCRIPTION
    assert len(root.get("viewBox", "").split()) == 4
    assert "max-width:100%" in root.get("style", "")
    addresses = set(re.findall(r"[a-z]+://[^\"'<> ]+", text))
    assert addresses == {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert not re.search(r"<script|<style|<metadata|<!|<\?|@import|\b20\d\d-\d\d-\d\d", text)
    targets = re.findall(r'(?:href="|url\()([^")]{1,9})', text)
    assert all(target.startswith(("#", "data:imag")) for target in targets)


@pytest.mark.parametrize("name", DRAWINGS)
def test_svg_ids_are_referred_to_and_are_its_own(name: str) -> None:
    text = svg_of(name)
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert set(ids) == set(re.findall(r'(?:href="#|url\(#)([^")]+)', text))
    assert len(ids) == len(set(ids))
    assert len({name.split("-")[0] for name in ids}) <= 1
    other = "cost_curve" if name == "matrix_heat" else "matrix_heat"
    assert not set(ids) & set(re.findall(r'\sid="([^"]+)"', svg_of(other)))


def test_a_fresh_process_loads_matplotlib_late_and_makes_the_same_svg() -> None:
    code = """if True:
        import sys
        import chainrule
        assert "matplotlib" not in sys.modules
        from chainrule import plots
        from tests.plots.drawings import DRAWINGS
        svg = plots.to_svg(DRAWINGS["matrix_heat"](), sys.argv[1])
        assert "matplotlib.pyplot" not in sys.modules
        sys.stdout.buffer.write(svg.encode())
        import matplotlib.pyplot as plt
        ax = plots.cost_curve([2.0, 1.0])
        assert plt.gcf() is ax.figure
        plots.to_svg(ax)
        assert not plt.get_fignums()
    """
    environment = {**os.environ, "MPLBACKEND": "agg"}
    command = [sys.executable, "-c", code, DESCRIPTION]
    run = subprocess.run(command, capture_output=True, cwd=ROOT, env=environment, check=False)
    assert run.returncode == 0, run.stderr.decode()
    assert run.stdout.decode() == svg_of("matrix_heat")


def test_svg_size_is_the_figure_at_a_hundred_pixels_an_inch() -> None:
    figure, _ = plots.panels(width=3.4, height=2.5)
    root = ElementTree.fromstring(to_svg(figure))
    assert (root.get("width"), root.get("height")) == ("340", "250")


def test_svg_background_can_be_left_out() -> None:
    assert re.search(r'<path d="M 0 [\d.]+ L [^"]*" style="fill: #ffffff', svg_of("matrix_heat"))
    transparent = to_svg(DRAWINGS["matrix_heat"](), background="none")
    assert re.search(r'<path d="M 0 [\d.]+ L [^"]*" style="fill: none', transparent)


def test_svg_is_reproducible_when_threads_draw_at_once() -> None:
    drawn: list[str] = []
    threads = [Thread(target=lambda: drawn.append(to_svg(DRAWINGS["cost_curve"](), DESCRIPTION))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert drawn == [svg_of("cost_curve")] * 2
