"""Arrow's threads have let go of Python before the rows of a file are at their end, however that end comes."""

import gc
import time
from dataclasses import replace
from pathlib import Path

import pytest

from chainrule.tables.readers import separated
from chainrule.tables.readers.separated import Lent, Stream, TextBlock, dialect_of, words

LINES = 400_000  # several of the blocks that Arrow reads ahead


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> list[Lent]:
    """Whatever was lent to threads that take their time."""
    made: list[Lent] = []
    read = Stream.read

    def later(self: Stream, count: int) -> TextBlock:
        time.sleep(0.1)
        return read(self, count)

    class Kept(Lent):
        def __init__(self) -> None:
            super().__init__()
            made.append(self)

    monkeypatch.setattr(Stream, "read", later)
    monkeypatch.setattr("chainrule.tables.readers.separated.Lent", Kept)
    monkeypatch.setattr(separated, "LONGEST_WAIT", 600.0)  # on a busy machine threads let go later
    return made


@pytest.mark.parametrize("end", ["read", "closed", "ragged", "no text"])
def test_nothing_is_on_loan_after_the_last_row(slow: list[Lent], tmp_path: Path, end: str) -> None:
    path = tmp_path / "table.csv"
    rows = ["a,b", *["1,2"] * LINES]
    if end == "ragged":
        rows[LINES * 7 // 8] = "1,2,3"
    path.write_text("\n".join(rows))
    dialect = replace(dialect_of(path, None, None), texts=None)  # read from the file, not from memory
    if end == "no text":
        with path.open("r+b") as file:
            file.seek(3 * LINES)
            file.write(b"\0")
    batches = words(path, dialect)
    next(batches)
    gc.disable()
    try:
        if end == "closed":
            batches.close()  # type: ignore[attr-defined]
        elif end == "read":
            assert sum(map(len, batches)) > 0
        else:
            with pytest.raises(ValueError, match="columns" if end == "ragged" else "not text"):
                list(batches)
        assert [one.count for one in slow] == [0]
    finally:
        gc.enable()


def test_what_never_comes_back_is_waited_for_in_vain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(separated, "LONGEST_WAIT", 0.01)
    lent = Lent()
    kept = lent.lend(TextBlock(b"kept"))
    lent.wait()
    assert lent.count == 1
    del kept
    assert lent.count == 0
