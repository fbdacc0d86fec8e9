"""How large the playground is, how soon it answers, and how many pictures a second it draws.

    python -m benchmarks.playground [--minutes N]

Needs chromium and playwright. On a busy machine the processor time of the page's thread for a picture tells more than
pictures a second: other programs do not lengthen it.
"""

import argparse
import gzip
import shutil
import tempfile
from pathlib import Path
from typing import Any

from chainrule import Playground

MOST_BYTES = 200_000
# Milliseconds: from opening to the first answer to a click; from a click to what it changes.
MOST_TO_OPEN = 1000
MOST_TO_CLICK = 50
# Pictures a second: wanted, and the least.
WANTED, LEAST = 60, 30
SECONDS = 4

FRAMES = """seconds => new Promise(done => {
  const times = [];
  const next = now => {
    times.push(now);
    if (now - times[0] < 1000 * seconds) requestAnimationFrame(next);
    else done((times.length - 1) * 1000 / (now - times[0]));
  };
  requestAnimationFrame(next);
})"""
# From a click on a control until the page has been drawn again.
CLICK = """() => new Promise(done => {
  const started = performance.now();
  document.querySelector('.set[aria-label=Moons]').click();
  requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - started)));
})"""


def measured(page: Any) -> dict[str, float]:
    """Return milliseconds to open, to click, and pictures a second while a 2-8-8-3 network trains on 500 points."""
    opened = page.evaluate("performance.timing.loadEventEnd - performance.timing.navigationStart")
    page.locator("html[data-busy=no]").wait_for(state="attached")
    ready = page.evaluate("performance.now()")
    clicks = [page.evaluate(CLICK) for _ in range(3)]
    page.locator(".set[aria-label^=Rings]").click()
    slider = page.get_by_label("Rows", exact=True)
    slider.evaluate("(s) => { s.value = 500; s.dispatchEvent(new Event('input', {bubbles: true})) }")
    page.get_by_label("Speed").select_option(label="60 epochs a second")
    page.locator("#play").click()
    page.wait_for_timeout(1500)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    before, rate, after = task_seconds(session), page.evaluate(FRAMES, SECONDS), task_seconds(session)
    return {
        "milliseconds to open": opened,
        "milliseconds to the first maps": ready,
        "milliseconds from click to picture": min(clicks),
        "pictures a second": rate,
        "milliseconds of the page's thread for a picture": 1000 * (after - before) / (rate * SECONDS),
    }


def task_seconds(session: Any) -> float:
    """Return the processor time that the page's thread has taken."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return next(float(metric["value"]) for metric in metrics if metric["name"] == "TaskDuration")


def memory(page: Any, minutes: float) -> list[float]:
    """Return the megabytes of the page's heap at the start of training, at half time and at the end."""
    session = page.context.new_cdp_session(page)
    found = []
    for _ in range(3):
        session.send("HeapProfiler.collectGarbage")
        found.append(page.evaluate("performance.memory.usedJSHeapSize") / 1e6)
        page.wait_for_timeout(30_000 * minutes)
    return found


def main() -> None:
    """Print every figure beside its limit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--minutes", type=float, default=0, help="train for so long and print the memory taken")
    minutes = parser.parse_args().minutes
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder:
        path = Playground().write(Path(folder) / "playground.html")
        size = len(gzip.compress(path.read_bytes(), 9))
        print(f"bytes compressed: {size:,} (limit {MOST_BYTES:,})")
        with sync_playwright() as playwright:
            chromium = shutil.which("chromium") or shutil.which("google-chrome")
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(path.as_uri())
            limits = {"open": MOST_TO_OPEN, "click": MOST_TO_CLICK, "a second": f"at least {LEAST}, wanted {WANTED}"}
            for name, value in measured(page).items():
                limit = next((limit for word, limit in limits.items() if word in name), "")
                print(f"{name}: {value:.1f}" + (f" (limit {limit})" if limit else ""))
            if minutes:
                print("megabytes over time:", *(f"{found:.1f}" for found in memory(page, minutes)))
            browser.close()


if __name__ == "__main__":
    main()
