"""A browser for each file of tests, and the patience that a busy machine needs."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

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
