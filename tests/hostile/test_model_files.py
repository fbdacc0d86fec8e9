"""No model file and no checkpoint, however damaged or forged, ends in anything but a refusal or a model that works."""

import json
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from sklearn.base import clone

import chainrule
from chainrule.exceptions import ModelFileError
from chainrule.ledgers import ledger
from chainrule.model_file import read_about
from chainrule.model_file.container import MOST_HEADER_BYTES, pack
from chainrule.model_file.forms import LONGEST_TEXT
from chainrule.model_file.model_file import load_snapshot
from tests.hostile.harness import outcomes, told
from tests.hostile.model_files import damaged, forged, runs, saved, unpacked

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning", "ignore::DeprecationWarning")
EPOCHS = 2
ROWS = 20


class File(NamedTuple):
    """A file to try: which model it was made of, and its content."""

    kind: str
    content: bytes


def damaged_files(each: int, rng: np.random.Generator) -> Iterator[tuple[str, File]]:
    for kind, model in saved().items():
        yield from ((f"{kind}: {name}", File(kind, content)) for name, content in damaged(model.content, each, rng))


def forged_files(each: int, rng: np.random.Generator) -> Iterator[tuple[str, File]]:
    for kind, model in saved().items():
        yield from ((f"{kind}: {name}", File(kind, content)) for name, content in forged(model.content, each, rng))


def loaded(content: bytes) -> Any:
    """Return the model of a file; only ModelFileError may keep it from being one."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.safetensors")
        path.write_bytes(content)
        try:
            model = chainrule.load(path)
            assert isinstance(read_about(path), dict)
        except ModelFileError:
            raise
        except (ValueError, TypeError, OSError) as error:  # which would count as refusals anywhere else
            raise AssertionError(f"{type(error).__name__}: {error}") from error
        return model


def predicts_the_same(file: File) -> bool:
    model, x, _, _ = saved()[file.kind]
    return bool((loaded(file.content).predict_proba(x) == model.predict_proba(x)).all())


def works(file: File) -> str:
    """Predict, describe, explain and go on training; what scikit-learn or the model says of rows is an answer too."""
    model, x, y = loaded(file.content), *saved()[file.kind][1:3]
    try:
        probabilities = model.predict_proba(x)[:ROWS]
        assert probabilities.shape == (min(ROWS, len(y)), len(model.classes_))
        assert np.isfinite(probabilities).all()
        assert np.isin(model.predict(x), model.classes_).all()
        repr(model), clone(model)
        _goes_on(model, x, model.classes_[np.arange(len(y)) % len(model.classes_)])
    except ValueError:
        return "refused rows"
    return "worked"


def _goes_on(model: Any, x: Any, labels: Any) -> None:
    """Name the inputs, write out the chain rule, and train on."""
    if hasattr(model, "steps"):
        model[:-1].get_feature_names_out()
    ledger(model, x, labels, [0], None)
    classifier, inputs = (model[-1], model[:-1].transform(x)) if hasattr(model, "steps") else (model, x)
    if max((1, *np.ravel(classifier.hidden))) < 1000:  # a billion neurons are nobody's mistake but the trainer's
        classifier.partial_fit(inputs, labels) if hasattr(classifier, "partial_fit") else None
        classifier.set_params(warm_start=True, max_epochs=EPOCHS).fit(inputs, labels)


def resumes(file: File) -> int:
    """Go on with the run of a checkpoint."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "checkpoint")
        path.write_bytes(file.content)
        snapshot, _ = load_snapshot(path)
    model, x, y, _ = runs()[file.kind]
    return int(clone(model).fit(x, y, resume=snapshot).n_iter_)


def check(each: int, seed: int) -> tuple[int, dict[str, int]]:
    """Try so many files of each kind; return how many there were, and how many were what."""
    rng, counts, faults = np.random.default_rng(seed), dict[str, int](), []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for function, files in ((predicts_the_same, damaged_files), (works, forged_files)):
            for outcome in outcomes(function, files(each, rng)):
                answer = outcome.kind if outcome.kind != "value" else str(outcome.value)
                counts[answer] = counts.get(answer, 0) + 1
                if outcome.kind == "fault" or outcome.value is False:
                    faults.append(outcome)
    assert not faults, told(faults)
    return sum(counts.values()), counts


def test_a_few_hundred_files() -> None:
    tried, counts = check(each=12, seed=0)
    assert tried >= 200
    assert counts["refusal"] > tried / 2
    assert counts["worked"] >= 10


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2])
def test_two_thousand_files(seed: int) -> None:
    tried, counts = check(each=60, seed=seed)
    assert tried >= 1000
    assert counts["refusal"] > tried / 2


def test_a_few_checkpoints() -> None:
    _check_snapshots(20, seed=0)


@pytest.mark.long
def test_hundreds_of_checkpoints() -> None:
    _check_snapshots(100, seed=1)


def _check_snapshots(each: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    for kind, (_, _, _, content) in runs().items():
        files = [*damaged(content, each, rng), *forged(content, each, rng)]
        named = [(f"{kind}: {name}", File(kind, changed)) for name, changed in files]
        faults = [outcome for outcome in outcomes(resumes, named) if outcome.kind == "fault"]
        assert not faults, told(faults)


def bombs() -> Iterator[tuple[str, bytes]]:
    """Yield small files that would take much memory or time if what they say were believed, and large headers."""
    content = saved()["one hot"].content
    description, tensors = unpacked(content)
    where = description["model"]["parameters"]["steps"][0][1]["parameters"]
    texts = {"text": LONGEST_TEXT, "values": [f"{i}" for i in range(4000)]}
    for levels in ([texts] * 20, [texts] * 200, [{**texts, "text": 1 << 30}] * 2):
        where["categories"] = levels
        yield f"{len(levels)} columns of padded texts", pack(description, tensors)
    yield from many_columns()
    for name, part in {
        "lists": b"[],",
        "records": b'{"a":0},',
        "numbers": b"1.5,",
        "texts": b'"ab",',
        "whole numbers": b"12345678,",
        "a wide character": "\U0001f600".encode() * 200 + b"aaaaaaaaaa",
    }.items():
        inner = part * (MOST_HEADER_BYTES // len(part) - 20)
        inner = b'"' + inner + b'"' if name == "a wide character" else b"[" + inner.rstrip(b",") + b"]"
        header = b'{"__metadata__":{"chainrule":"{}","sha256":""},"a":' + inner + b"}"
        yield f"8 MB of {name}", len(header).to_bytes(8, "little") + header
    names = (f'"{i}":{{"dtype":"F64","shape":[0],"data_offsets":[0,0]}}' for i in range(120_000))
    header = b'{"__metadata__":{"chainrule":"{}","sha256":""},' + ",".join(names).encode() + b"}"
    yield "120,000 tensors", len(header).to_bytes(8, "little") + header


def many_columns() -> Iterator[tuple[str, bytes]]:
    """Yield models that say that rows have a hundred million columns, which no array speaks against."""
    description, tensors = unpacked(saved()["scaled"].content)
    steps = description["model"]["parameters"]["steps"]
    steps[1][1]["parameters"] |= {"with_mean": False, "with_std": False}
    learned = {"mean_": None, "var_": None, "scale_": None, "n_samples_seen_": 60}
    steps[1][1]["fitted"] = {**learned, "n_features_in_": 10**8}
    description["model"]["parameters"]["steps"] = [steps[1], steps[3]]
    described = json.loads(json.dumps(description).replace("steps.3.", "steps.1."))
    left = {name.replace(".3.", ".1."): array for name, array in tensors.items() if name.startswith("steps.3.")}
    yield "a scaler of many columns", pack(described, left)
    description, tensors = unpacked(saved()["places"].content)
    fitted = description["model"]["parameters"]["steps"][0][1]["fitted"]
    del fitted["feature_names_in_"]
    for columns in ({"slice": [None, None, None]}, [0]):
        fitted["n_features_in_"], fitted["transformers_"][0][2], fitted["transformers_"][1][2] = 10**8, columns, columns
        yield f"{columns} of many columns", pack(description, tensors)


@pytest.mark.long
def test_bombs() -> None:
    found = list(outcomes(loaded, bombs()))
    assert len(found) == 13
    assert {outcome.kind for outcome in found} == {"refusal"}, [
        outcome for outcome in found if outcome.kind != "refusal"
    ]
