"""A browser for each file of tests, and the lesson: its page, and its numbers as Python has them."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chainrule.pages.lesson import gaussians, rings, write_lesson
from tests.browser.waiting import PATIENCE


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert chromium, "The browser tests need chromium: install it, for example with apt-get install chromium."
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
            timeout=1000 * PATIENCE,
        )
        yield started
        started.close()


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_lesson(tmp_path_factory.mktemp("lesson"))[0]


@pytest.fixture(scope="module")
def part1() -> gaussians.GaussiansLesson:
    return gaussians.gaussians_lesson()


@pytest.fixture(scope="module")
def part2() -> rings.RingsLesson:
    return rings.rings_lesson()
