"""Pages are self-contained, and written whole or not at all; numbers as pictures are those numbers."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from chainrule.arrays import Array
from chainrule.pages.page import ABOVE, BELOW, SHADES, code, heat_strip


def shown(x: int) -> int:
    """Return nothing of interest."""
    return x < 3


def test_code_is_the_source_without_its_docstring() -> None:
    block = code(shown)
    assert "return x &lt; 3" in block
    assert "interest" not in block


def drawn(svg: str) -> Array:
    """What a picture shows: the signed shade of each cell."""
    root = ElementTree.fromstring(svg)
    _, _, width, height = map(int, root.attrib["viewBox"].split())
    cells = np.zeros((height, width))
    for path in root.iter("path"):
        sign = {ABOVE: 1, BELOW: -1}[path.attrib["fill"]]
        for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", path.attrib["d"]):
            run = cells[int(y), int(x) : int(x) + int(length)]
            assert not run.any(), "cells lie over each other"
            run[:] = sign * float(path.attrib["fill-opacity"])
    return cells


@pytest.mark.parametrize("shape", [(13,), (20, 13), (1, 64), (64, 128), (65, 300), (784, 7)], ids=str)
def test_a_heat_strip_shows_the_sign_and_size_of_every_number(shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(0).normal(size=shape)
    values.flat[::5] = 0
    svg, (down, across) = heat_strip(values, 'W1 <b> $ "')
    rows = np.atleast_2d(values)
    assert (down, across) == (-(-rows.shape[0] // 64), -(-rows.shape[1] // 128))
    cells = drawn(svg)
    for (y, x), shade in np.ndenumerate(cells):
        block = rows[y * down : (y + 1) * down, x * across : (x + 1) * across]
        shown = block.flat[np.abs(block).argmax()] / np.abs(values).max()
        assert np.sign(shade) == np.sign(shown)
        assert abs(shade) - 1 / SHADES - 1e-9 < abs(shown) <= abs(shade) + 1e-9
    root = ElementTree.fromstring(svg)
    assert root[0].text == 'W1 <b> $ "'
    assert "$" not in svg, "a dollar begins a formula"
    assert len(svg) < 600_000


def test_a_heat_strip_of_zeros_is_empty() -> None:
    assert not drawn(heat_strip(np.zeros((3, 20)), "zeros")[0]).any()
