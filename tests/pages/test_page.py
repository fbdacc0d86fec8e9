"""Pages are self-contained, and written whole or not at all; numbers as pictures are those numbers."""

import re
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any
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


EXAMPLE = Path(__file__).parents[2] / "examples" / "digits.py"


def test_the_page_of_digits_shows_them_their_probabilities_and_weights(tmp_path: Path) -> None:
    spec = spec_from_file_location("digits", EXAMPLE)
    assert spec is not None
    example: Any = module_from_spec(spec)
    assert spec.loader is not None
    spec.loader.exec_module(example)
    example.EPOCHS, example.train_digits = 3, cache(example.train_digits)
    example.main(tmp_path)
    page, trained = (tmp_path / "digits.html").read_text(encoding="utf-8"), example.train_digits()
    y, true = trained.probabilities, trained.true
    np.testing.assert_allclose(y.sum(axis=1), 1)
    wrong = np.flatnonzero(y.argmax(axis=1) != true)
    assert f"{len(wrong)} mistakes" in page
    right, mistakes, neurons = (
        re.findall(r"<figure>.*?</figure>", part, re.DOTALL) for part in page.split("<h3>")[1:4]
    )
    assert [re.search(r"A handwritten (\d)", one)[1] for one in right] == list("0123456789")  # type: ignore[index]
    assert len(mistakes) == len(wrong) > 5
    for one, place in zip(mistakes, wrong, strict=True):
        assert f"{true[place]}, taken for {y[place].argmax()}" in one
        told = dict(re.findall(r">(\d)</span><i .*?</i><span>([\d.]+)</span>", one))
        assert {int(digit): f"{y[place][int(digit)]:.3f}" for digit in told} == {int(k): v for k, v in told.items()}
        assert {str(true[place]), str(y[place].argmax())} <= set(told)
        ink = re.findall(r'x="(\d)" y="(\d)" .*?fill-opacity="(.*?)"', one)
        image = np.zeros((8, 8))
        for x, down, opacity in ink:
            image[int(down), int(x)] = float(opacity)
        np.testing.assert_array_equal(image, trained.images[place].reshape(8, 8))
    weights = trained.network.views(trained.theta)[0]["weights"]
    assert len(neurons) == 8
    for one in neurons:
        number = int(re.search(r"Neuron (\d+),", one)[1]) - 1  # type: ignore[index]
        svg = re.search(r"<svg.*?</svg>", one, re.DOTALL)
        assert svg is not None
        np.testing.assert_array_equal(np.sign(drawn(svg[0])), np.sign(weights[:, number].reshape(8, 8)))
    assert "<script" not in page
