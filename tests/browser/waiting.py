"""Waiting for what a page is expected to show: a click returns before the page has answered it."""

import time
from collections.abc import Callable
from typing import Any

# Seconds that a page has: many times what it takes, for a busy machine. Only a test that fails waits so long.
PATIENCE = 60


def patient(page: Any) -> Any:
    """Return the page, whose actions wait as long as its expectations."""
    page.set_default_timeout(1000 * PATIENCE)
    return page


def expect(shown: Any) -> Any:
    """Return Playwright's assertions of a locator or a page, which wait until they hold."""
    from playwright.sync_api import expect  # here, since the tests are collected where Playwright is not installed

    expect.set_options(timeout=1000 * PATIENCE)
    return expect(shown)


def settle(page: Any) -> None:
    """Wait until the playground's trainer has answered everything."""
    page.locator("html[data-busy=no]").wait_for(state="attached")


def eventually(check: Callable[[], object]) -> None:
    """Wait until a check passes, as Playwright's `expect` does: for numbers, which that compares as words alone."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            check()
            return
        except AssertionError:
            if time.monotonic() > end:
                raise
        time.sleep(0.02)
