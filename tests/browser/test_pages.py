"""The pages in a real browser: nothing overflows, nothing is missing, nothing comes from outside."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

SIZES = {"desktop": (1280, 900), "phone": (390, 844)}


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from chainrule.pages.lesson import write_lesson

    return write_lesson(tmp_path_factory.mktemp("lesson"))[0]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert chromium, "The browser tests need chromium: install it, for example with apt-get install chromium."
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
        )
        yield started
        started.close()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_the_lesson_fits_and_is_complete(browser: Any, lesson: Path, size: str, scripts: bool) -> None:
    width, height = SIZES[size]
    page = browser.new_page(viewport={"width": width, "height": height}, java_script_enabled=scripts)
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(lesson.as_uri())
    assert problems == []
    assert all(url.startswith(("file:", "data:")) for url in requests)
    boxes = [image.bounding_box() for image in page.query_selector_all("figure img")]
    assert len(boxes) == 18
    assert all(box["width"] > 200 and box["height"] > 100 and box["x"] >= 0 for box in boxes)
    assert all(box["x"] + box["width"] <= width for box in boxes if size == "desktop")
    formulas = [formula.bounding_box() for formula in page.query_selector_all("math[display=block]")]
    assert len(formulas) > 30
    assert all(box["height"] > 15 for box in formulas)
    if scripts:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("[...document.images].every(image => image.naturalWidth > 0)")
        anchors = page.evaluate("[...document.querySelectorAll('nav a')].map(a => a.getAttribute('href').slice(1))")
        assert len(anchors) == 19
        assert all(page.query_selector(f"[id='{anchor}']") for anchor in anchors)
    page.close()
