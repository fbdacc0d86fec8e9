"""What a click on the playground shows before its trainer has answered, and a link that is copied within an epoch."""

import base64
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import chainrule as cr
from tests.browser.waiting import eventually, expect, patient, settle

pytestmark = pytest.mark.browser

# A trainer that is never heard, and one that is.
NEVER = "Worker.prototype.postMessage = () => {}"
MAPS = """[...document.querySelectorAll('canvas')].map(canvas => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return data.reduce((sum, value) => (31 * sum + value) | 0, 0);
})"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return cr.Playground().write(tmp_path_factory.mktemp("playground") / "playground.html")


@pytest.fixture
def opened(browser: Any, file: Path) -> Iterator[Any]:
    pages: list[Any] = []
    problems: list[str] = []

    def open_page(script: str = "", address: str = "") -> Any:
        page = patient(browser.new_page(viewport={"width": 1280, "height": 1000}))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.add_init_script(script)
        page.goto(address or file.as_uri())
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        page.close()
    assert problems == []


def state(page: Any) -> Any:
    """The state of the page as its link has it."""
    text = page.get_by_label("Link", exact=True).input_value().split("#")[1]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def same(found: Any, expected: Any) -> None:
    assert found == expected


def increased(page: Any, before: int) -> None:
    assert state(page)["epoch"] > before


def test_new_maps_need_no_trainer(opened: Any) -> None:
    alone, whole = opened(NEVER), opened()
    for page in (alone, whole):
        page.get_by_role("tab", name="Share", exact=True).click()
        page.get_by_role("button", name="One unit fewer in hidden layer 2").click()
        page.locator(".set[aria-label=Spirals]").click()
        page.locator("[data-testid=shape]", has_text="2–8–7–").wait_for()
    settle(whole)
    assert alone.locator("html").get_attribute("data-busy") == "yes"
    expected = whole.evaluate("document.querySelector('.curves output').textContent")
    alone.wait_for_function("text => document.querySelector('.curves output').textContent === text", arg=expected)
    eventually(lambda: same(state(alone), state(whole)))


def test_a_link_copied_within_an_epoch_goes_on_with_the_same_numbers(opened: Any) -> None:
    page = opened()
    settle(page)
    page.get_by_role("tab", name="Share", exact=True).click()
    page.get_by_label("Rows", exact=True).evaluate(
        "s => { s.value = s.max; s.dispatchEvent(new Event('input', {bubbles: true})) }"
    )
    page.get_by_label("Batch", exact=False).first.wait_for()
    settle(page)
    page.get_by_label("Speed").select_option(label="as fast as it can")
    settle(page)
    page.locator("#play").click()
    handle = page.wait_for_function(
        """() => {
            const link = document.querySelector('.address').value;
            const text = link.split('#')[1].replaceAll('-', '+').replaceAll('_', '/');
            return JSON.parse(atob(text)).resume?.done > 0 && link;
        }"""
    )
    address = handle.json_value()
    page.locator("#play").click()
    settle(page)
    expect(page.locator("#play")).to_have_attribute("aria-label", "Play")
    found = state(page)
    other = opened(address=address)
    settle(other)
    other.get_by_role("tab", name="Share", exact=True).click()
    while (reached := state(other)["epoch"]) < found["epoch"]:
        other.get_by_role("button", name="One epoch").click()
        expect(other.locator("html")).not_to_have_attribute("data-busy", "yes")
        eventually(partial(increased, other, reached))
    eventually(lambda: same(state(other), found))
