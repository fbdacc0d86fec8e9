"""How large the playground is, how soon it answers, and how many pictures a second it draws.

    python -m benchmarks.playground [--minutes N]

Needs chromium and playwright. A picture counts only if its maps differ from those before. Clicks are a mouse's: the
browser itself says how long after each it painted next. On a busy machine the processor time of the page's thread for a
picture tells more than pictures a second: other programs do not lengthen it.
"""

import argparse
import gzip
import shutil
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from chainrule import Playground

MOST_BYTES = 200_000
# Milliseconds: from opening to the first answer to a click; from a click to what it changes.
MOST_TO_OPEN = 1000
MOST_TO_CLICK = 50
# Pictures a second: wanted, and the least.
WANTED, LEAST = 60, 30
SECONDS = 4
# Clicks of each kind.
CLICKS = 7
# Milliseconds between two clicks, long enough for the page to come to rest.
BETWEEN_CLICKS = 600

# Before the page's own script: counts pictures whose maps differ, and keeps what the browser says of clicks.
WATCH = """(() => {
  const watched = (window.watched = { pictures: 0, frames: 0, first: null, clicks: [], toMaps: [] });
  const last = new Map();
  let [changed, clicked] = [false, null];
  const put = CanvasRenderingContext2D.prototype.putImageData;
  CanvasRenderingContext2D.prototype.putImageData = function (image, ...rest) {
    let sum = 0;
    // every 13th number tells two maps apart, and takes little of the time that is measured
    for (let i = 0; i < image.data.length; i += 13) sum = (31 * sum + image.data[i]) | 0;
    changed ||= last.get(this) !== sum;
    last.set(this, sum);
    return put.call(this, image, ...rest);
  };
  const next = now => {
    watched.frames += 1;
    if (changed) [watched.pictures, watched.first] = [watched.pictures + 1, watched.first ?? now];
    // this picture begins, so the one with the maps has been painted
    if (changed && clicked !== null) [watched.toMaps, clicked] = [[...watched.toMaps, now - clicked], null];
    changed = false;
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
  addEventListener('click', event => { clicked = event.timeStamp; changed = false; }, true);
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) if (entry.name === 'click') watched.clicks.push(entry.duration);
  }).observe({ type: 'event', durationThreshold: 16 });
})()"""

# Seconds that a thousand steps of 784-100-10 in mini-batches of 128 may take in the page's worker.
MOST_FOR_STEPS = 20
# Trains in a worker of the page's own script, by the message that the button "Train" sends for so many epochs. Rows are
# as dark as handwritten digits: most pixels are 0.
STEPS = """() => new Promise((done, failed) => {
  const columns = 784, n = 6400, steps = 1000, batch = 128;
  const x = new Float64Array(n * columns), labels = new Uint8Array(n);
  let seed = 1;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  for (let i = 0; i < x.length; i++) x[i] = random() < 0.2 ? random() : 0;
  for (let row = 0; row < n; row++) labels[row] = Math.floor(10 * random());
  const script = [...document.scripts].find(each => each.type !== "application/json").textContent;
  const worker = new Worker(URL.createObjectURL(new Blob([script], { type: "text/javascript" })));
  const axis = place => Float64Array.from({ length: columns }, (_, j) => (j === place ? 1 : 0)), zeros = axis(-1);
  const extent = [-1, 1, -1, 1], plane = { base: zeros, origin: zeros, across: axis(300), up: axis(301) };
  const training = { optimizer: "adam", rate: 0.001, schedule: "constant", every: 100, batch, l1: 0, l2: 0, seed: 0 };
  const spec = { hidden: [{ units: 100, activation: "relu" }], bias: "on", initializer: "auto", seed: 0, features: [] };
  const epochs = (steps * batch) / n;
  let began = null;
  worker.onerror = event => failed(event.message);
  worker.onmessage = ({ data }) => {
    if (data.type !== "state") return failed(data.message);
    began ??= performance.now();
    if (data.resume.iteration >= steps) return worker.terminate(), done((performance.now() - began) / 1000);
    worker.postMessage({ type: "train", milliseconds: Infinity, epochs });
  };
  worker.postMessage({
    type: "start", rows: { columns, classes: 10, x, labels, heldOut: new Uint8Array(n) }, spec,
    theta: null, epoch: 0, resume: null,
    training: { ...training, stopAt: 0, speed: 0 },
    plane: { ...plane, labels: ["", ""], means: [0, 0], sds: [1, 1], extent },
  });
})"""


def training_steps(page: Any) -> dict[str, float]:
    """Return the seconds of a thousand training steps of 784-100-10 in the page's worker: of clock and processor."""
    browser = page.context.browser.new_browser_cdp_session()
    before, seconds, after = page_seconds(browser), page.evaluate(STEPS), page_seconds(browser)
    name = "seconds of 1,000 training steps of 784-100-10 in the worker"
    return {name: seconds, f"processor {name}": after - before}


def page_seconds(browser: Any) -> float:
    """Return the processor time that all threads of pages have taken, workers among them."""
    processes = browser.send("SystemInfo.getProcessInfo")["processInfo"]
    return sum(float(process["cpuTime"]) for process in processes if process["type"] == "renderer")


def opened(browser: Any, path: Path) -> Any:
    """Return a new page with the playground, its first maps drawn."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.add_init_script(WATCH)
    page.goto(path.as_uri())
    page.locator("html[data-busy=no]").wait_for(state="attached")
    return page


def opening(page: Any) -> dict[str, float]:
    """Return milliseconds until the page was there, and until it had drawn its first maps."""
    return {
        "milliseconds to open": page.evaluate("performance.timing.loadEventEnd - performance.timing.navigationStart"),
        "milliseconds to the first maps": page.evaluate("watched.first"),
    }


def clicks(page: Any, kind: str, *selectors: str) -> dict[str, float]:
    """Return how long some clicks took until the next picture; at rest also until other maps."""
    page.evaluate("watched.clicks = []; watched.toMaps = []")
    for i in range(CLICKS):
        page.locator(selectors[i % len(selectors)]).click()
        page.wait_for_timeout(BETWEEN_CLICKS)
    to_picture, to_maps = page.evaluate("[watched.clicks, watched.toMaps]")
    # the browser tells of no click that took less than 16 milliseconds
    to_picture += [16] * (CLICKS - len(to_picture))
    found = middle_and_slowest(f"milliseconds from a click {kind} to the next picture", to_picture)
    return found if kind != "at rest" else found | middle_and_slowest("... to other maps", to_maps)


def middle_and_slowest(name: str, found: list[float]) -> dict[str, float]:
    """Return the median and the slowest: on a busy machine the latter tells of other programs."""
    return {f"{name}, median": median(found), f"{name}, slowest": max(found)}


def train(page: Any) -> None:
    """Let a 2-8-8-3 network train on 500 points."""
    page.locator(".set[aria-label^=Rings]").click()
    slider = page.get_by_label("Rows", exact=True)
    slider.evaluate("(s) => { s.value = 500; s.dispatchEvent(new Event('input', {bubbles: true})) }")
    page.get_by_label("Speed").select_option(label="60 epochs a second")
    page.locator("#play").click()
    page.wait_for_timeout(1500)


def pictures(page: Any, kind: str, counted: str = "pictures") -> dict[str, float]:
    """Return pictures with new maps a second, or `frames` of whatever is in sight, and the page's time for each."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    now = f"[watched.{counted}, performance.now()]"
    spent, (count, began) = task_seconds(session), page.evaluate(now)
    page.wait_for_timeout(1000 * SECONDS)
    (last, ended), taken = page.evaluate(now), task_seconds(session)
    return {
        f"{counted} a second {kind}": 1000 * (last - count) / (ended - began),
        f"milliseconds of the page's thread for each {kind}": 1000 * (taken - spent) / (last - count),
    }


def task_seconds(session: Any) -> float:
    """Return the processor time that the page's thread has taken."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return next(float(metric["value"]) for metric in metrics if metric["name"] == "TaskDuration")


def memory(page: Any, minutes: float) -> list[tuple[float, float]]:
    """Return the megabytes of the page's heap and of its process, worker included, at the start, half time and end."""
    session, browser = page.context.new_cdp_session(page), page.context.browser.new_browser_cdp_session()
    found = []
    for part in range(3):
        page.wait_for_timeout(30_000 * minutes if part else 0)
        session.send("HeapProfiler.collectGarbage")
        found.append((session.send("Runtime.getHeapUsage")["usedSize"] / 1e6, resident(browser)))
    return found


def resident(browser: Any) -> float:
    """Return the megabytes that the processes of pages hold, as Linux tells them."""
    processes = browser.send("SystemInfo.getProcessInfo")["processInfo"]
    status = [
        Path(f"/proc/{process['id']}/status").read_text() for process in processes if process["type"] == "renderer"
    ]
    return sum(float(text.split("VmRSS:")[1].split()[0]) for text in status) / 1e3


def measured(page: Any) -> dict[str, float]:
    """Return what is measured of a page that was opened just now; it goes on training."""
    found = opening(page) | clicks(page, "at rest", ".set[aria-label=Moons]", ".set[aria-label=XOR]")
    train(page)
    found |= pictures(page, "while training")
    found |= clicks(page, "while training", ".unit[aria-label^='Hidden layer 1, unit 2']")
    page.get_by_role("tab", name="Chain rule", exact=True).click()
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(500)
    found |= pictures(page, "with the chain rule open")
    # the maps are out of sight there
    page.evaluate("document.querySelector('.learn-picture').scrollIntoView()")
    page.wait_for_timeout(500)
    found |= pictures(page, "at the chain rule", "frames")
    page.get_by_role("tab", name="Scores", exact=True).click()
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
            page = opened(browser, path)
            tell(measured(page))
            if minutes:
                found = (f"{heap:.2f} in {process:.0f}" for heap, process in memory(page, minutes))
                print("megabytes over time, of the page's heap in its process:", *found)
            page.close()
            tell(training_steps(opened(browser, path)))
            browser.close()


def tell(figures: dict[str, float]) -> None:
    """Print figures beside their limits."""
    limits = {
        "milliseconds to": MOST_TO_OPEN,
        "click": MOST_TO_CLICK,
        "other maps": MOST_TO_CLICK,
        "training steps": MOST_FOR_STEPS,
        "a second": f"at least {LEAST}, wanted {WANTED}",
    }
    for name, value in figures.items():
        limit = next((limit for word, limit in limits.items() if word in name), "")
        print(f"{name}: {value:.1f}" + (f" (limit {limit})" if limit else ""), flush=True)


if __name__ == "__main__":
    main()
