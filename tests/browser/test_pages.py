"""The pages in a real browser: nothing overflows, nothing is missing, nothing comes from outside."""

from pathlib import Path
from typing import Any

import pytest

from tests.browser.waiting import expect, patient

pytestmark = pytest.mark.browser

SIZES = {"desktop": (1280, 900), "phone": (390, 844)}


@pytest.fixture(scope="module")
def ledgers(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A ledger, a worksheet made of it, its key, and the ledger as a notebook shows it."""
    from sklearn.datasets import load_wine

    from chainrule import Classifier, ledger
    from chainrule.ledgers.worksheet import worksheet

    x, y = load_wine(return_X_y=True, as_frame=True)
    found = ledger(Classifier((3, 3), "gelu", tol=1e-1, random_state=0).fit(x, y), x, y, [7, 70], "1,alcohol,2")
    sheet = worksheet(found)
    notebook = f"<!DOCTYPE html><meta charset=utf-8>{found._repr_html_()}"
    pages = {"ledger": found.to_html(), "sheet": sheet.page("k.json"), "key": sheet.key_page(), "notebook": notebook}
    folder = tmp_path_factory.mktemp("ledger")
    for name, page in pages.items():
        (folder / f"{name}.html").write_text(page, encoding="utf-8")
    return [folder / f"{name}.html" for name in pages]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_ledgers_fit_and_are_complete(browser: Any, ledgers: list[Path], size: str, scripts: bool) -> None:
    width, height = SIZES[size]
    for path in ledgers:
        page = patient(browser.new_page(viewport={"width": width, "height": height}, java_script_enabled=scripts))
        problems: list[str] = []
        requests: list[str] = []
        page.on("console", lambda message, found=problems: found.append(message.text))
        page.on("pageerror", lambda error, found=problems: found.append(str(error)))
        page.on("request", lambda request, found=requests: found.append(request.url))
        page.goto(path.as_uri())
        assert problems == []
        assert all(url.startswith(("file:", "data:")) for url in requests)
        formulas = [formula.bounding_box() for formula in page.query_selector_all("math")]
        assert len(formulas) > (10 if path.stem == "key" else 100)
        assert all(box["height"] > 3 and box["x"] >= 0 for box in formulas)
        for one in page.query_selector_all(".entry, .scroll, p, h1, h2, h3"):
            box = one.bounding_box()
            assert box["x"] + box["width"] <= width
        if path.stem == "sheet":
            boxes = [blank.bounding_box() for blank in page.query_selector_all("mrow.blank")]
            assert len(boxes) >= 10
            assert all(box["width"] > 15 and box["height"] > 8 for box in boxes)
        if scripts:
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.close()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_the_lesson_fits_and_is_complete(browser: Any, lesson: Path, size: str, scripts: bool) -> None:
    width, height = SIZES[size]
    page = patient(browser.new_page(viewport={"width": width, "height": height}, java_script_enabled=scripts))
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(lesson.as_uri())
    assert problems == []
    assert all(url.startswith(("file:", "data:")) for url in requests)
    # live figures take the place of some pictures, which print has all the same
    expect(page.locator(".live, .live canvas")).to_have_count(21 + 15 if scripts else 0)
    if scripts:
        page.wait_for_function(WHOLE)
    live = [box.bounding_box() for box in page.query_selector_all(".live, .live canvas")]
    assert all(box["width"] > 90 and box["height"] > 90 and box["x"] >= 0 for box in live)
    assert all(box["x"] + box["width"] <= width for box in live)
    shown = [image for image in page.query_selector_all("figure img") if image.is_visible()]
    assert len(shown) == (38 - 36 if scripts else 38)
    _are_whole(shown, width, size)
    page.emulate_media(media="print")
    pictures = page.query_selector_all("figure img")
    assert len(pictures) == 38
    _are_whole(pictures, width, size)
    assert not any(box.is_visible() for box in page.query_selector_all(".live"))
    page.emulate_media(media="screen")
    formulas = [formula.bounding_box() for formula in page.query_selector_all("math[display=block]")]
    assert len(formulas) > 60
    assert all(box["height"] > 8 for box in formulas)
    if scripts:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("[...document.images].every(image => image.naturalWidth > 0)")
        anchors = page.evaluate("[...document.querySelectorAll('nav a')].map(a => a.getAttribute('href').slice(1))")
        assert len(anchors) == 31
        assert all(page.query_selector(f"[id='{anchor}']") for anchor in anchors)
    page.close()


def _are_whole(pictures: list[Any], width: int, size: str) -> None:
    boxes = [picture.bounding_box() for picture in pictures]
    assert all(box["width"] > 170 and box["height"] > 100 and box["x"] >= 0 for box in boxes)
    assert all(box["x"] + box["width"] <= width for box in boxes if size == "desktop")


# Whether all live figures of the lesson are there: some come once the page is.
WHOLE = "() => document.querySelectorAll('.live').length > 0 && document.querySelector('.live:empty') === null"

# Says of each formula, figure, table and program why a reader cannot see all of it, if so.
CUT = """() => {
  const slack = 1, found = [];
  const scrolls = element => ["auto", "scroll"].includes(getComputedStyle(element).overflowX);
  const own = element => ![...element.querySelectorAll("p, h2, h3")].length;
  const wanted = "main math, main figure img, main svg, main canvas, main table, main pre";
  for (const element of document.querySelectorAll(wanted)) {
    if (!element.getClientRects().length) continue; // print alone has it
    const boxes = [element, ...element.querySelectorAll("*")].map(each => each.getBoundingClientRect());
    const left = Math.min(...boxes.map(box => box.left)), right = Math.max(...boxes.map(box => box.right));
    const name = `${element.tagName} ${(element.alt || element.textContent).trim().slice(0, 60)}`;
    let box = element;
    while (box !== document.body && !scrolls(box)) box = box.parentElement;
    const parent = box === document.body ? element.closest("p, li, figure, td, th, summary, div, main") : box;
    const room = parent.getBoundingClientRect();
    if (room.left < -slack || room.right > innerWidth + slack) found.push(`container of ${name} leaves the page`);
    if (box === document.body) {
      if (left < room.left - slack || right > room.right + slack) found.push(`${name} is wider than its container`);
    } else {
      if (left + box.scrollLeft < room.left - slack) found.push(`${name} begins where nobody can scroll to`);
      if (!own(box)) found.push(`${name} scrolls together with text`);
      if (box.scrollHeight > box.clientHeight + slack && getComputedStyle(box).overflowY === "hidden")
        found.push(`${name} is cut below`);
    }
  }
  return found;
}"""


# How large each picture is that can be seen, and whether it fits into its figure.
PICTURES = """[...document.querySelectorAll("figure img")].filter(image => image.getClientRects().length).map(image => {
  const ratio = image.naturalHeight / image.naturalWidth, box = image.getBoundingClientRect();
  const fits = box.width <= image.closest("figure").clientWidth;
  return {scale: box.width / image.naturalWidth, shape: box.height / box.width / ratio, fits: fits};
})"""


@pytest.mark.parametrize("width", [390, 320])
def test_no_formula_and_no_figure_of_the_lesson_is_cut_on_a_phone(browser: Any, lesson: Path, width: int) -> None:
    page = patient(browser.new_page(viewport={"width": width, "height": 844}))
    page.goto(lesson.as_uri())
    page.wait_for_function(WHOLE)
    page.evaluate("document.querySelectorAll('details').forEach(answer => { answer.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(CUT) == []
    for media, count in (("screen", 38 - 36), ("print", 38)):
        page.emulate_media(media=media)
        pictures = page.evaluate(PICTURES)
        assert len(pictures) == count
        assert all(picture["fits"] for picture in pictures)
        assert all(abs(picture["shape"] - 1) < 0.02 for picture in pictures)
        if width == 390:
            assert all(picture["scale"] > 0.5 for picture in pictures)  # below that, labels cannot be read
    page.close()
