"""The playground's page as Python writes it: what is inside it, and what is refused."""

import base64
import gzip
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import chainrule as cr
from chainrule.cli.app import app
from chainrule.pages import playground
from chainrule.tables import TableEncoder

HOSTILE = "</script><script>alert(1)</script>"
# Bytes of the page as a server or a mail compresses it, without rows.
MOST_BYTES = 200_000


def state_in(page: str) -> Any:
    """The data that a page holds."""
    found = re.search(r'<script type="application/json" id="state">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found[1])


def numbers(text: str, kind: str) -> Any:
    return np.frombuffer(base64.b64decode(text), kind)


def test_the_page_is_whole_small_and_strict() -> None:
    page = cr.Playground().to_html()
    assert len(gzip.compress(page.encode(), 9)) <= MOST_BYTES
    assert state_in(page) is None
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    assert "default-src 'none'" in policy[1]
    assert "unsafe" not in policy[1].replace("'wasm-unsafe-eval'", "")  # which lets no text become a script
    assert len(re.findall("sha256-", policy[1])) == 2
    assert not re.findall(r"""(?:src|href)=["']?(?:https?:)?//""", page)


def test_rows_are_those_of_the_encoder() -> None:
    generator = np.random.default_rng(0)
    table = {"size": generator.normal(5, 2, 40), HOSTILE: ["red", "blue", "green", "red", "green"] * 8}
    labels = np.array(["a", HOSTILE] * 20)
    shown = cr.Playground(table, labels, held_out=0.25, random_state=3)
    page = shown.to_html()
    rows = state_in(page)["rows"]
    assert HOSTILE not in page.split('id="state">')[1].split("</script>")[0]
    held = numbers(rows["heldOut"], "u1").astype(bool)
    assert held.sum() == 10
    train = {name: np.asarray(values)[~held] for name, values in table.items()}
    expected = TableEncoder().fit(train, labels[~held]).transform(table)
    assert rows["columns"] == ["size", *(f"{HOSTILE} = {level}" for level in ("blue", "green", "red"))]
    assert (numbers(rows["x"], "<f8").reshape(40, -1) == expected).all()
    assert (np.array(rows["classes"])[numbers(rows["labels"], "u1")] == labels).all()
    size = table["size"]
    assert rows["means"][0] + rows["sds"][0] * expected[:, 0] == pytest.approx(size)
    assert repr(shown) == 'Playground: 40 rows, 4 inputs, 2 classes; .write("playground.html") writes the page'


def test_a_notebook_gets_a_frame_with_the_page() -> None:
    framed = cr.Playground()._repr_html_()
    assert framed.startswith('<iframe srcdoc="&lt;!DOCTYPE html&gt;')
    assert framed.count("<") == 2


@pytest.mark.parametrize(
    ("x", "y", "said"),
    [
        (np.ones((10, 2)), None, "both X and y"),
        (np.ones((3, 2)), ["a", "b", "a"], "4 to 50,000 rows, found 3"),
        (np.ones((60_000, 1)), np.arange(60_000) % 2, "found 60,000"),
        (np.ones((10, 101)), ["a", "b"] * 5, "up to 100 columns, found 101"),
        (np.ones((10, 2)), ["a", "b"] * 4, "one class for each of the 10 rows"),
        (np.ones((24, 2)), [*"abcdefghijkl"] * 2, "2 to 10 classes, found 12"),
    ],
)
def test_what_cannot_be_shown_is_refused(x: Any, y: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        cr.Playground(x, y)
    with pytest.raises(ValueError, match="share from 0 to"):
        cr.Playground(held_out=0.9)


def test_the_verb_writes_the_page(tmp_path: Path) -> None:
    run, out = CliRunner(), tmp_path / "page.html"
    data = tmp_path / "rows.csv"
    rows = "".join(f"{i},{i % 3},{'ab'[i % 2]}\n" for i in range(12))
    data.write_text(f"size,kind,label\n{rows}")
    for arguments in (["--no-open"], [str(data), "--target", "label", "--no-open"]):
        result = run.invoke(app, ["playground", *arguments, "--out", str(out)])
        assert result.exit_code == 0, result.output
        assert result.stdout.splitlines() == [str(out)]
        assert playground.is_page(out)
    assert state_in(out.read_text(encoding="utf-8"))["rows"]["rows"] == 12
    out.write_text("something else")
    refused = run.invoke(app, ["playground", "--no-open", "--out", str(out)])
    assert refused.exit_code == 2
    assert "already exists" in refused.stderr
    refused = run.invoke(app, ["playground", str(data), "--no-open", "--out", str(tmp_path / "new.html")])
    assert "--target" in refused.stderr


def test_tones_are_those_of_the_other_pages() -> None:
    def tones(css: str) -> list[tuple[str, str]]:
        names = "ink|soft|line|paper|tint|accent"
        # built style sheets shorten #ffffff to #fff
        return [
            (name, re.sub(r"^#(.)\1(.)\2(.)\3$", r"#\1\2\3", tone))
            for name, tone in re.findall(rf"--({names}): ?(#\w+)", css)
        ]

    pages = Path(playground.__file__).parent
    shared = tones((pages / "templates" / "style.css").read_text(encoding="utf-8"))
    assert tones((pages / "web" / "playground.css").read_text(encoding="utf-8")) == shared
