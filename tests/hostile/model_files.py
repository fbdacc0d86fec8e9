"""Model files and checkpoints as nothing of ours writes them: damaged, or forged with a checksum that is right."""

import json
import tempfile
import warnings
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, OrdinalEncoder, StandardScaler

import chainrule
from chainrule import Adam, Classifier, CosineDecay, LeakyReLU, Warmup
from chainrule.arrays import Array
from chainrule.model_file.container import pack, unpack
from chainrule.model_file.model_file import save_snapshot
from chainrule.training.monitor import Progress, Snapshot
from tests.model_file.forging import METADATA, places, put, signed
from tests.model_file.models import answers, passengers, rows, table_model

Rng = np.random.Generator

# Values of every type that JSON has, at the edges of their ranges, and what stands for other things in a model file.
WRONG: list[Any] = [
    *(None, True, False, 0, 1, -1, 2, 1.5, -0.0, 1e300, 1e-320, 2**27, 2**31, 2**53, 2**63, 2**64 - 1, -(2**63)),
    *("", "os.system", "nan", "0", "é\u202e\x00", "\ud800", "x" * 5000, "=1+1", "../../etc/passwd"),
    *([], {}, [[]], [1, 2], [None], [True], ["a", "a"], [[1, 2]], [0] * 300, {"kind": "classifier"}),
    *(
        {"kind": "pipeline", "parameters": {}, "fitted": None},
        {"tensor": "theta_"},
        {"tensor": 1},
        {"slice": [0, 0, 0]},
    ),
    *({"objects": [None]}, {"text": 1, "values": ["a"]}, {"text": 1 << 40, "values": []}, {"number": "nan"}),
]


class Saved(NamedTuple):
    """A model, rows and labels for it, and the content of its file."""

    model: Any
    x: Any
    y: Array
    content: bytes


def _on_from() -> Classifier:
    """A classifier whose optimizer has a state."""
    x, y = rows()
    model = Classifier((3,), optimizer="adam", random_state=0)
    return model.partial_fit(x, y, classes=[0, 1, 2]).partial_fit(x, y)


def _unfitted() -> dict[str, tuple[Any, Any, Array]]:
    """A model of each kind that files hold, with rows and labels to fit it to."""
    settings: dict[str, Any] = {"max_epochs": 3, "random_state": 0, "tol": 0.5}
    x, y = rows()
    gaps = x.copy()
    gaps[::7, 1] = np.nan
    frame = pd.DataFrame(x, columns=list("abcd"))
    mixed = frame.assign(a=np.arange(60) % 4, b=[["p", "q", "r"][i % 3] for i in range(60)])
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    words = OneHotEncoder(drop="first", min_frequency=18, sparse_output=False)
    of_kinds = make_column_transformer((numbers, ["c", "d"]), (words, ["a", "b"]), ("passthrough", ["a"]))
    ordinal = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    schedule = Adam(rate=Warmup(CosineDecay(0.1, iterations=10), iterations=2))
    deep = Classifier(
        (4, 2),
        ["tanh", LeakyReLU(0.2)],
        class_weight={"a": 1.0, "b": 2.0, "ü": 1.0},
        optimizer=schedule,
        max_epochs=5,
        random_state=np.random.RandomState(3),
    )
    return {
        "numbers": (Classifier(**settings), x, y),
        "deep": (deep, x, np.array(["a", "b", "ü"])[y]),
        "names": (Classifier(bias=False, **settings), frame, np.array(["a", "b", "c"], object)[y]),
        "scaled": (
            make_pipeline(
                SimpleImputer(add_indicator=True), StandardScaler(), MinMaxScaler(clip=True), Classifier(**settings)
            ),
            gaps,
            y,
        ),
        "columns": (make_pipeline(of_kinds, Classifier(**settings)), mixed, y),
        "places": (
            make_pipeline(make_column_transformer((ordinal, [1, 0]), remainder="passthrough"), Classifier(**settings)),
            mixed,
            y,
        ),
        "one hot": (
            make_pipeline(OneHotEncoder(handle_unknown="ignore"), Classifier(**settings)),
            mixed[["a", "b"]],
            y,
        ),
    }


@cache
def saved() -> dict[str, Saved]:
    """Return a fitted model of each kind by name, and its file."""
    fitted = {name: (model.fit(x, y), x, y) for name, (model, x, y) in _unfitted().items()}
    fitted["on from"] = (_on_from(), *rows())
    table = passengers().assign(story=[f"tale of {i % 7} ships and {i % 5} whales" for i in range(240)])
    y = answers(table)
    fitted["table"] = (table_model(table, y, {"story": "text"}, hidden=(3,)), table, y)
    return {
        name: Saved(model, x, y, _content(partial(chainrule.save, model, about={"target": "fate"})))
        for name, (model, x, y) in fitted.items()
    }


def _content(write: Callable[[Path], Any]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "file")
        write(path)
        return path.read_bytes()


def _wide() -> tuple[Classifier, Array, Array]:
    """A classifier whose Newton steps keep a preconditioner."""
    rng = np.random.default_rng(0)
    y = np.arange(300) % 3
    return Classifier(l2=1e-4, tol=1e-9, optimizer="newton"), rng.normal(size=(300, 60)) + y[:, None], y


@cache
def runs() -> dict[str, tuple[Any, Any, Array, bytes]]:
    """Return classifiers with rows to fit them to, and the checkpoint of a run of theirs that was cut short."""
    deep = saved()["deep"]
    found: dict[str, tuple[Any, Any, Array, bytes]] = {}
    for name, (model, x, y) in {"adam": (clone(deep.model), deep.x, deep.y), "newton": _wide()}.items():
        kept: list[Snapshot] = []
        cut = clone(model).set_params(max_epochs=3, callbacks=[partial(_keep, kept)])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            cut.fit(x, y)
        found[name] = (model, x, y, _content(partial(save_snapshot, kept[-1], run="a run")))
    return found


def _keep(kept: list[Snapshot], progress: Progress) -> None:
    kept.append(progress.snapshot())


def damaged(content: bytes, count: int, rng: Rng) -> Iterator[tuple[str, bytes]]:
    """Yield a file with some bytes changed, cut out, put in or doubled; its checksum is no longer right."""
    for number in range(count):
        place = int(rng.integers(len(content) if number % 2 else 8 + int.from_bytes(content[:8], "little")))
        length = int(rng.integers(1, 60))
        changed = {
            0: content[:place] + bytes([content[place] ^ (1 << rng.integers(8))]) + content[place + 1 :],
            1: content[:place],
            2: content[:place] + rng.bytes(length) + content[place + length :],
            3: content[:place] + content[place + length :],
            4: content[:place] + content[place : place + length] + content[place:],
            5: content[:place] + b"\0" * length + content[place + length :],
            6: content + rng.bytes(length),
        }[number % 7]
        if changed != content:
            yield f"damage {number % 7} at {place}", changed


def forged(content: bytes, count: int, rng: Rng) -> Iterator[tuple[str, bytes]]:
    """Yield a file whose description, tensors or header say something else, with a checksum that is right."""
    description, tensors = unpacked(content)
    ways = places(description)
    kinds: list[Callable[[], tuple[str, bytes] | None]] = [
        *(lambda: _with_value(description, tensors, ways, rng),) * 6,
        lambda: _with_swap(description, tensors, ways, rng),
        lambda: _with_key(description, tensors, ways, rng),
        lambda: _with_tensor(description, tensors, rng),
        lambda: _with_header(content, rng),
    ]
    for number in range(count):
        made = kinds[number % len(kinds)]()
        if made is not None:
            yield made


def unpacked(content: bytes) -> tuple[dict[str, Any], dict[str, Array]]:
    """Return the description and the tensors of a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "file")
        path.write_bytes(content)
        return unpack(path)


def _copy(description: dict[str, Any]) -> dict[str, Any]:
    copied: dict[str, Any] = json.loads(json.dumps(description))
    return copied


def _with_value(
    description: dict[str, Any], tensors: dict[str, Array], ways: list[tuple[Any, ...]], rng: Rng
) -> tuple[str, bytes]:
    way, wrong = ways[rng.integers(len(ways))], WRONG[rng.integers(len(WRONG))]
    changed = _copy(description)
    put(changed, way, wrong)
    return f"{way} = {str(wrong)[:40]!r}", pack(changed, tensors)


def _with_swap(
    description: dict[str, Any], tensors: dict[str, Array], ways: list[tuple[Any, ...]], rng: Rng
) -> tuple[str, bytes] | None:
    one, other = (ways[i] for i in rng.integers(len(ways), size=2))
    changed = _copy(description)
    values = [_at(changed, way) for way in (one, other)]
    if one[: len(other)] == other or other[: len(one)] == one:
        return None
    put(changed, one, values[1])
    put(changed, other, values[0])
    return f"{one} <-> {other}", pack(changed, tensors)


def _at(node: Any, way: tuple[Any, ...]) -> Any:
    for key in way:
        node = node[key]
    return node


def _with_key(
    description: dict[str, Any], tensors: dict[str, Array], ways: list[tuple[Any, ...]], rng: Rng
) -> tuple[str, bytes] | None:
    changed = _copy(description)
    way = ways[rng.integers(len(ways))]
    inside = _at(changed, way[:-1])
    if rng.random() < 0.5:
        del inside[way[-1]]
        return f"{way} left out", pack(changed, tensors)
    name = ["output", "kind", "fitted", "more", "tensor"][rng.integers(5)]
    if not isinstance(inside, dict) or name in inside:
        return None
    inside[name] = ["pandas", "classifier", None, {"a": 1}][rng.integers(4)]
    return f"{(*way[:-1], name)} added", pack(changed, tensors)


def _with_tensor(description: dict[str, Any], tensors: dict[str, Array], rng: Rng) -> tuple[str, bytes]:
    names = sorted(tensors)
    name, other = (names[i] for i in rng.integers(len(names), size=2))
    array = tensors[name]
    with np.errstate(all="ignore"):
        changes: list[Callable[[], Any]] = [
            lambda: array[:-1],
            lambda: array[None],
            lambda: array.ravel(),
            lambda: np.concatenate([array, array]),
            lambda: array.astype(["f4", "f8", "i8", "u1", "?", "i4"][rng.integers(6)]),
            lambda: np.full_like(array, np.nan if array.dtype.kind == "f" else 1),
            lambda: np.full_like(array, np.inf if array.dtype.kind == "f" else 0),
            lambda: array * array.dtype.type(0),
            lambda: -array if array.dtype.kind != "b" else ~array,
            lambda: array[::-1],
            lambda: tensors[other],
            lambda: np.zeros(0),
        ]
        number = int(rng.integers(len(changes)))
        changed = np.asarray(changes[number]())
    return f"tensor {name} changed by {number}", pack(description, {**tensors, name: changed})


def _with_header(content: bytes, rng: Rng) -> tuple[str, bytes]:
    """Return a file whose table of tensors says something else; no checksum saves what does not add up."""
    length = int.from_bytes(content[:8], "little")
    header, data = json.loads(content[8 : 8 + length]), content[8 + length :]
    names = sorted(name for name in header if name != METADATA)
    name, part = names[rng.integers(len(names))], ["dtype", "shape", "data_offsets"][rng.integers(3)]
    wrong = [*WRONG, "F64", "F32", "BOOL", "I64", [1 << 40, 1 << 40], [-1], [0, 1 << 50], [8, 0], [0, 8]]
    header[name][part] = wrong[rng.integers(len(wrong))]
    return f"header {name}.{part} = {str(header[name][part])[:40]!r}", signed(header, data)
