"""Tables of strangers: files of every format, generated, and damaged in small and in large."""

import bz2
import csv
import gzip
import io
import json
import lzma
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet

Rng = np.random.Generator
PLAIN = "red|blue|NA|?|nan|None|-|.|0|007|1e400|-1e-400|inf|-inf|9223372036854775808|1_000|0x1F|{}|[1]|\\|%s|=1+1|@x"
WRITTEN = "1,5|1.234,56|$1,234|€ 5|5 %|(3)|31.12.2023|12/31/2023|2023-12-31 14:05|2023-02-30|true|FALSE|a,b|é|'|\"|a\tb"
STRANGE = ("", " ", "\u202eabc", "\U0001f600", "\ufeff", "a\nb", "\uff11", "\u22125", "1" * 400, "x" * 3000)
WORDS = PLAIN.split("|") + WRITTEN.split("|") + list(STRANGE)
NAMES = ["a", "b", "c", "d", "e", "f", "g", "h", "y", "id", "=1", "0", "column 0", "", " ", "\n", "é", "x" * 500]
NESTED: tuple[Callable[[Rng], Any], ...] = (
    lambda rng: [1, 2][: int(rng.integers(0, 3))],
    lambda rng: {"a": int(rng.integers(3))},
    lambda _: [[{"b": None}]],
)
TYPES = (
    *(pa.int8(), pa.uint64(), pa.float16(), pa.float32(), pa.bool_(), pa.string(), pa.large_string(), pa.string_view()),
    *(pa.binary(), pa.binary_view(), pa.date32(), pa.date64(), pa.timestamp("ns"), pa.timestamp("s", "UTC"), pa.null()),
    *(pa.time32("s"), pa.time64("us"), pa.duration("ms"), pa.decimal128(30, 2), pa.list_(pa.int8())),
    *(pa.struct([("a", pa.int8())]), pa.map_(pa.string(), pa.int8()), pa.dictionary(pa.int8(), pa.string())),
)


KINDS: tuple[Callable[[Rng], str], ...] = (
    lambda rng: f"{rng.normal():.3f}",
    lambda rng: str(rng.integers(-9, 99)),
    lambda rng: str(rng.choice(["red", "blue", "green"])),
    lambda rng: str(rng.choice(WORDS)),
    lambda rng: f"{rng.integers(1, 29)}.{rng.integers(1, 13)}.2023",
    lambda rng: f"${rng.integers(1, 9)},{rng.integers(100, 999)}.50",
)


def columns(rng: Rng) -> dict[str, list[str]]:
    """Return a column named y to predict, and others that are mostly of one kind each."""
    rows = int(rng.choice([0, 1, 3, 12, 40, 40, 80]))
    table = {"y": [str(rng.choice(["p", "q"])) for _ in range(rows)]}
    for name in rng.choice(NAMES, int(rng.integers(1, 6)), replace=rng.random() < 0.1).tolist():
        kind = KINDS[int(rng.integers(len(KINDS)))]
        stray = 0.05 if rng.random() < 0.3 else 0.0
        table[name] = [(kind(rng) if rng.random() >= stray else str(rng.choice(WORDS))) for _ in range(rows)]
    return table


def as_csv(rng: Rng) -> bytes:
    table, file = columns(rng), io.StringIO()
    quoting = int(rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    writer = csv.writer(file, delimiter=str(rng.choice(list(",;\t|"))), quoting=quoting)  # type: ignore[arg-type]
    rows = [list(table), *map(list, zip(*table.values(), strict=True))]
    if rng.random() < 0.2:
        rows[int(rng.integers(len(rows)))] = rows[0][: int(rng.integers(len(rows[0]) + 1))]
    writer.writerows(rows)
    return file.getvalue().encode(str(rng.choice(["utf-8", "utf-8", "utf-8-sig", "utf-16", "cp1252"])), "replace")


def as_json(rng: Rng) -> bytes:
    table = columns(rng)
    if rng.random() < 0.3:
        table["n"] = [NESTED[int(rng.integers(len(NESTED)))](rng) for _ in table["y"]]
    typed = [[_typed(value) for value in values] if rng.random() < 0.7 else values for values in table.values()]
    rows: list[dict[str, Any]] = [dict(zip(table, row, strict=True)) for row in zip(*typed, strict=True)]
    strays = 0.1 if rng.random() < 0.3 else 0.0
    for row in rows:
        if rng.random() < strays and row:
            row[str(rng.choice(list(row)))] = [None, 1, 1.5, True, 10**30, float("inf")][int(rng.integers(6))]
    if rng.random() < 0.3:
        return json.dumps(rows).encode()
    return "\n".join(json.dumps(row) for row in rows).encode()


def _typed(value: Any) -> Any:
    try:
        return float(value)
    except (TypeError, ValueError):
        return value


def as_parquet(rng: Rng) -> bytes:
    rows = int(rng.choice([0, 1, 12, 40, 40, 80]))
    arrays, names = [pa.array(["p", "q"] * (rows // 2) + ["p"] * (rows % 2))], ["y"]
    for i in range(int(rng.integers(1, 5))):
        arrays.append(_of_type(TYPES[int(rng.integers(len(TYPES)))], rows, rng))
        names.append(f"{rng.choice(NAMES)}{i if rng.random() < 0.9 else ''}")
    file = io.BytesIO()
    parquet.write_table(pa.table(arrays, names=names), file, compression=str(rng.choice(["none", "snappy", "zstd"])))
    return file.getvalue()


def _of_type(kind: pa.DataType, rows: int, rng: Rng) -> pa.Array:
    numbers = [int(n) if rng.random() < 0.8 else None for n in rng.integers(0, 9, rows)]
    nested: dict[str, Any] = {"map": [("k", 1)], "struct": {"a": 1}, "list": [1]}
    if (found := str(kind).split("<")[0]) in nested:
        return pa.array([nested[found]] * rows, kind)
    if pa.types.is_dictionary(kind):
        return pa.array([None if n is None else f"w{n}" for n in numbers]).dictionary_encode()
    if "string" in found:
        return pa.array([str(rng.choice(WORDS)) if rng.random() < 0.5 else "w" for _ in numbers], kind)
    if "binary" in found:
        return pa.array([b"\xff"] * rows, kind)
    if pa.types.is_floating(kind):
        special = [float("nan"), float("inf"), -0.0, 1e-7, 6e4]
        values = [special[n % 5] if n and rng.random() < 0.1 else n or 0 for n in numbers]
        return pa.array(np.array(values, np.float32)).cast(kind)
    if pa.types.is_boolean(kind) or pa.types.is_null(kind):
        return pa.array([None if n is None or pa.types.is_null(kind) else n > 4 for n in numbers], kind)
    whole = pa.array(numbers, pa.int32())
    if str(kind).split("[")[0] in ("date64", "time64", "duration", "timestamp"):
        return pa.array([None if n is None else 86_400_000 * n for n in numbers], pa.int64()).cast(kind)
    return whole.cast(kind)


def as_svmlight(rng: Rng) -> bytes:
    lines = []
    for _ in range(int(rng.choice([1, 12, 40]))):
        indices = np.unique(rng.integers(0 if rng.random() < 0.05 else 1, 30, int(rng.integers(0, 6))))
        values = " ".join(f"{i}:{rng.choice(WORDS) if rng.random() < 0.01 else f'{rng.normal():.2f}'}" for i in indices)
        lines.append(
            f"{rng.choice(['1', '-1', '1e19', '2.5', 'x']) if rng.random() < 0.05 else rng.integers(2)} {values}"
        )
    return "\n".join(lines).encode()


def as_idx(rng: Rng) -> bytes:
    shape = [int(n) for n in rng.integers(0, 5, int(rng.integers(1, 4)))]
    if rng.random() < 0.1:
        shape[0] = 2**31
    head = b"\x00\x00" + bytes([8 if rng.random() < 0.9 else 13, len(shape)])
    return head + b"".join(n.to_bytes(4, "big") for n in shape) + rng.bytes(min(1000, int(np.prod(shape))))


def as_zip(rng: Rng) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.csv", as_csv(rng))
    return file.getvalue()


MADE: dict[str, Callable[[Rng], bytes]] = {
    "a.csv": as_csv,
    "a.tsv": as_csv,
    "a.txt": as_csv,
    "a.jsonl": as_json,
    "a.json": as_json,
    "a.parquet": as_parquet,
    "rows": as_svmlight,
    "a-images-idx3": as_idx,
    "a.zip": as_zip,
    "a.csv.gz": lambda rng: gzip.compress(as_csv(rng)),
    "a.csv.bz2": lambda rng: bz2.compress(as_csv(rng)),
    "a.jsonl.xz": lambda rng: lzma.compress(as_json(rng)),
    "a.csv.zst": lambda rng: pa.compress(as_csv(rng), codec="zstd", asbytes=True),
}


def _money(columns: int) -> bytes:
    rows = [",".join(["pq"[row % 2], *[f'"${row % 7 + 1},{row * 37 % 900 + 100}.50"'] * columns]) for row in range(30)]
    return "\n".join([",".join(["y", *(f"c{i}" for i in range(columns))]), *rows]).encode()


# Files that take much memory or time where a reader is not careful.
LARGE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "zeros in gzip": ("a.csv.gz", lambda: gzip.compress(bytes(300 << 20), 1)),
    "a long line in gzip": ("a.csv.gz", lambda: gzip.compress(b"1" * (300 << 20), 1)),
    "many blank lines in gzip": ("a.csv.gz", lambda: gzip.compress(b"\n" * (100 << 20), 1)),
    "a long JSON string in gzip": ("a.jsonl.gz", lambda: gzip.compress(b'{"a": "' + b"x" * (200 << 20) + b'"}', 1)),
    "a field of 100 MB": ("a.csv", lambda: b"a,y\n" + b"x" * 100_000_000 + b",p\n"),
    "a quoted field of 100 MB": ("a.csv", lambda: b'a,y\n"' + b"x\n" * 50_000_000 + b'",p\n'),
    "100,000 columns": ("a.csv", lambda: b",".join(b"c%d" % i for i in range(100_000)) + b"\n"),
    "100,000 columns without names": ("a.csv", lambda: b"\n".join([b",".join([b"1"] * 100_000)] * 3)),
    "20,000 columns": (
        "a.csv",
        lambda: (
            b"y,"
            + b",".join(b"c%d" % i for i in range(19_999))
            + b"\n"
            + b"\n".join((b"p" if row % 2 else b"q") + b",%d" % row * 19_999 for row in range(20))
        ),
    ),
    "500 columns of money": ("a.csv", lambda: _money(500)),
    "100,000 columns of JSON": ("a.jsonl", lambda: json.dumps({f"c{i}": i for i in range(100_000)}).encode()),
    "100,000 keys of one row": ("a.jsonl", lambda: b"\n".join(b'{"y": "p", "k%d": 1}' % i for i in range(20_000))),
    "deep JSON": ("a.json", lambda: b"[" * 1_000_000),
    "one quote": ("a.csv", lambda: b'"'),
    "two quotes": ("a.csv", lambda: b'""'),
    "nothing but separators": ("a.csv", lambda: b"," * 1_000_000),
    "nothing but quotes": ("a.csv", lambda: b'"' * 10_000_001),
    "a sparse row of huge indices": ("rows", lambda: b"1 1:1 2000000000:1\n" * 30 + b"0 1:1\n" * 30),
    "an image of 4 GB by its header": ("a-images-idx3", lambda: b"\x00\x00\x08\x03" + b"\x00\x01\x00\x00" * 3 + b"x"),
}


def damaged(content: bytes, rng: Rng) -> bytes:
    """Return content with some bytes changed, left out, doubled, put elsewhere, or cut short."""
    data = bytearray(content or b"x")
    for _ in range(int(rng.integers(1, 6))):
        start, end = sorted(rng.integers(0, len(data) + 1, 2).tolist())
        end = min(end, start + 40)
        kind = int(rng.integers(6))
        if kind == 0:
            data[start:end] = rng.bytes(end - start)
        elif kind == 1:
            del data[start:end]
        elif kind == 2:
            data[start:start] = data[start:end] * int(rng.integers(1, 50))
        elif kind == 3:
            data[start:start] = bytes(rng.choice(np.frombuffer(b',;"\n\r \t|0{}[]:\\\x00\xff', np.uint8), 3))
        elif kind == 4:
            data[start:start] = str(rng.choice(WORDS)).encode()
        else:
            data = data[: max(1, end)]
        data = data or bytearray(b",")
    return bytes(data)


def hostile_tables(count: int) -> Iterator[tuple[str, tuple[str, bytes]]]:
    """Yield names of inputs, and the name and content of a file for each: two fifths of them damaged."""
    kinds = list(MADE)
    for seed in range(count):
        name = kinds[seed % len(kinds)]
        rng = np.random.default_rng([seed, 13])
        content = MADE[name](rng)
        yield f"{name} {seed}", (name, damaged(content, rng) if rng.random() < 0.4 else content)


def large_tables() -> Iterator[tuple[str, tuple[str, bytes]]]:
    """Yield the files that take much where a reader is not careful."""
    for what, (name, made) in LARGE.items():
        yield what, (name, made())


def write(folder: Path, name: str, content: bytes) -> Path:
    """Write a file, and labels beside it where it holds images."""
    path = folder / name
    path.write_bytes(content)
    if "idx3" in name:
        rows = int.from_bytes(content[4:8], "big") if len(content) > 7 else 0
        labels = bytes(i % 2 for i in range(min(rows, 100)))
        (folder / name.replace("images-idx3", "labels-idx1")).write_bytes(
            b"\x00\x00\x08\x01" + min(rows, 100).to_bytes(4, "big") + labels
        )
    return path
