"""Columns and classes of any name: every page, card, LaTeX and JSON is well formed, and says the name as text."""

import base64
import json
import re
from collections.abc import Iterator
from functools import cache
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline

from chainrule import Classifier
from chainrule.ledgers import ledger
from chainrule.model_file import card
from chainrule.pages.report import Run, write_report
from chainrule.tables import TableEncoder
from tests.hostile.harness import faults, told

STRANGE = [
    *("<script>alert(1)</script>", "</td></tr></table>", "<img src=x onerror=alert(1)>", "&amp;&lt;&#60;", "\"'`"),
    *("{{ 7 * 7 }}", "{% raw %}", "${jndi:x}", "$x^2$", r"\input{x}", r"\frac", "a_b^c~d", "%s %d {}", "| a | b |"),
    *("# title", "[x](javascript:alert(1))", "**bold**", "=1+1", "@SUM(A1)", "-2+3", "\tcell", "new\nline", "\r\n"),
    *("__proto__", "constructor", "日本語", "‮reversed‬", "zero​width", "e\u0301", "é", "🙂", "  spaces  "),
    *("x" * 3000, "very long " * 300, "null", "None", "nan", "0", "-1", "true"),
    *("'; DROP TABLE x; --", "]]>", "<!--"),
    *(
        "\x00nul",
        "\x1b[31mred",
        "\ufeffbom",
        "a\u2028b",
        "-->",
        "</style><style>",
        "</script>",
        "javascript:x",
        "&nbsp;",
    ),
]
VOID = {"meta", "link", "img", "br", "hr", "input", "col", "wbr"}


class Tags(HTMLParser):
    """The tags of a page, which must close in order, and what scripts or handlers it has."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.bad: list[str] = []
        self.count: dict[str, int] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.count[tag] = self.count.get(tag, 0) + 1
        self.bad += [f"{tag} {name}" for name, _ in attrs if name.startswith("on")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID and (not self.open or self.open.pop() != tag):
            self.bad.append(f"</{tag}> closes nothing")


def checked(page: str) -> dict[str, int]:
    tags = Tags()
    tags.feed(page)
    assert not tags.bad, tags.bad[:3]
    assert not tags.open, tags.open
    for data in re.findall(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)", page):
        ElementTree.fromstring(base64.b64decode(data))
    return tags.count


def written(names: tuple[str, ...]) -> dict[str, Any]:
    """Write everything of a model whose columns and classes have these names; return what tags its pages have."""
    rng = np.random.default_rng(0)
    columns = {name: rng.normal(size=60) for name in names}
    columns[names[0] + " "] = rng.choice(np.array([f"{name}!" for name in names[:3]], dtype=object), 60)
    frame = pd.DataFrame(columns)
    labels = np.array([f"{name}?" for name in names[:3]], dtype=object)
    y = labels[np.arange(60) % len(labels)]
    model = make_pipeline(TableEncoder(), Classifier((3,), max_epochs=2, random_state=0)).fit(frame, y)
    with TemporaryDirectory() as folder:
        path = Path(folder, "report.html")
        run = Run(model, frame[:40], y[:40], frame[40:], y[40:], names[0], "chainrule train", target=names[-1])
        write_report(path, run)
        page = path.read_text(encoding="utf-8")
    followed = ledger(model, frame, y, [3], None)
    counts = {"report": checked(page), "ledger": checked(followed.to_html())}
    json.loads(json.dumps(followed.to_dict()))
    followed.to_latex()
    text = " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())
    for name in names:
        assert " ".join(name.split()) in text or not name.isprintable(), name
    described = card(model, {"target": names[0], "notes": list(names)})
    assert not re.search(r"(?<!\\)<script", described)
    return counts


def batches(count: int, seed: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield names, twelve at a time: the strange ones, and strange ones put together."""
    rng = np.random.default_rng(seed)
    made = list(STRANGE)
    while len(made) < count:
        made.append("".join(rng.choice(STRANGE, 2))[: rng.integers(1, 4000)])
    for start in range(0, count, 12):
        names = tuple(dict.fromkeys(made[start : start + 12]))
        yield f"names {start}", names


@cache
def written_plainly(count: int) -> dict[str, Any]:
    return written(tuple(f"name{number}" for number in range(count)))


def same_tags_as_plain(names: tuple[str, ...]) -> None:
    expected, found = written_plainly(len(names)), written(names)
    for page in ("report", "ledger"):
        script = {tag: n for tag, n in found[page].items() if tag in ("script", "iframe", "form", "object", "img")}
        assert script == {tag: n for tag, n in expected[page].items() if tag in script or tag == "script"}, script


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("count", [24, pytest.param(600, marks=pytest.mark.long)])
def test_every_name_is_text_wherever_it_is_written(count: int) -> None:
    for _, names in batches(count, 0):
        written_plainly(len(names))  # here, once, and not in the process of each input
    found, counts = faults(same_tags_as_plain, batches(count, 0))
    assert not found, told(found)
    assert counts["value"] == -(-count // 12)
