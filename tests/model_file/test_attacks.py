"""A file from a stranger runs nothing, takes no more memory than it has bytes, and is never half believed."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule
from chainrule import Classifier
from chainrule.exceptions import ModelFileError
from chainrule.model_file.container import DEEPEST, MOST_BRACKETS, MOST_HEADER_BYTES
from tests.model_file.forging import forge, places, put
from tests.model_file.models import answers, passengers, rows, table_model

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

WRONG: list[Any] = [
    *(None, True, 0, -1, 1.5, 1e300, 10**400, "", "os.system", "nan", [], {}, [[]], [1, 2], {"kind": "classifier"}),
    *(
        {"tensor": "steps.1.theta_"},
        {"tensor": "theta_"},
        {"objects": []},
        {"text": 1, "values": ["a"]},
        {"number": "nan"},
    ),
]


def header(path: Path, content: bytes, data: bytes = b"") -> None:
    path.write_bytes(len(content).to_bytes(8, "little") + content + data)


FILLED = [f"history_.{name}" for name in ("number", "cost", "gradient_norm", "rate", "iterations", "seconds")]


def loaded_or_refused(path: Path, change: Callable[..., Any]) -> Any:
    """Return the model of a forged file, or None where it is refused in one sentence."""
    try:
        forge(path, change)
        return chainrule.load(path)
    except ModelFileError as error:
        message = str(error)
    assert "\n" not in message
    assert message.endswith(".")
    return None


@pytest.mark.long  # some of them are in tests/hostile/
@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_any_other_value_in_any_place_is_refused_or_predicts(wrong: Any, tmp_path: Path) -> None:
    table = passengers()
    model = table_model(table, answers(table), hidden=(3,))
    path = chainrule.save(model, tmp_path / "model.safetensors", about={"target": "fate"})
    whole, ways = path.read_bytes(), list[tuple[Any, ...]]()
    forge(path, lambda description, _: ways.extend(places(description)))
    for way in ways:
        path.write_bytes(whole)
        found = loaded_or_refused(path, lambda description, _, way=way: put(description, way, wrong))
        if found is not None:
            probabilities = found.predict_proba(table[:20])
            assert probabilities.shape == (20, 2)
            assert np.isfinite(probabilities).all()


def test_numbers_of_other_types_shapes_or_without_end_are_refused(path: Path) -> None:
    whole, names = path.read_bytes(), list[str]()
    forge(path, lambda _, tensors: names.extend(tensors))
    changes: list[Any] = [
        lambda array: array[:-1],
        lambda array: array[None],
        lambda array: np.full_like(array, np.nan) if array.dtype.kind == "f" else array[:0],
        lambda array: array.astype(np.uint8),
    ]
    for name in names:
        for number, change in enumerate(changes):
            path.write_bytes(whole)
            of_history = name.startswith("history_")  # whose costs may be anything where training diverged
            found = loaded_or_refused(path, lambda _, tensors, n=name, c=change: tensors.update({n: c(tensors[n])}))
            assert found is None or name == "classes_" or (of_history and (number == 2 or name not in FILLED))


def test_a_tensor_that_nothing_refers_to_is_refused(path: Path) -> None:
    forge(path, lambda _, tensors: tensors.update(more=np.zeros(3)))
    with pytest.raises(ModelFileError, match="nothing refers to tensor 'more'"):
        chainrule.load(path)


def test_lengths_in_a_file_are_checked_before_memory_is_allocated(path: Path) -> None:
    path.write_bytes((1 << 62).to_bytes(8, "little") + b"{}")
    with pytest.raises(ModelFileError):
        chainrule.load(path)
    entries: list[Any] = [
        {"dtype": "F64", "shape": [1 << 50], "data_offsets": [0, 1 << 53]},
        {"dtype": "F64", "shape": [1 << 31, 1 << 31, 1 << 31], "data_offsets": [0, 8]},
        {"dtype": "F64", "shape": [-1, -1], "data_offsets": [0, 8]},
        {"dtype": "F64", "shape": [1], "data_offsets": [8, 16]},
        {"dtype": "O", "shape": [1], "data_offsets": [0, 8]},
        {"dtype": ["F64"], "shape": [1], "data_offsets": [0, 8]},
        {"dtype": "F64", "shape": [1.0], "data_offsets": [0, 8]},
        {"dtype": "F64", "shape": [1], "data_offsets": [0, 8.0]},
        {"dtype": "F64", "shape": [1], "data_offsets": [0]},
        [],
        None,
    ]
    for entry in entries:
        content = {"a": entry, "__metadata__": {"chainrule": "{}", "sha256": ""}}
        header(path, json.dumps(content).encode(), b"\0" * 8)
        with pytest.raises(ModelFileError):
            chainrule.load(path)


@pytest.mark.parametrize(
    "bomb",
    [
        b"[" * 8000,
        b"[" * 100_000,
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        b"[" * (DEEPEST + 5) + b"]" * (DEEPEST + 5),
        b"[" + b"[]," * MOST_BRACKETS + b"[]]",
        b'{"a": 1' + b"0" * 5000 + b"}",
        b'{"a": 1, "a": 2}',
        b'{"a": NaN}',
        b"\xff\xfe{}",
    ],
    ids=lambda bomb: bomb[:8].decode("latin-1"),
)
def test_a_header_that_would_take_long_or_much(bomb: bytes, path: Path) -> None:
    started = time.process_time()
    inside = {"__metadata__": {"chainrule": bomb.decode("latin-1"), "sha256": ""}}
    for content in (bomb, json.dumps(inside).encode()):
        header(path, content)
        with pytest.raises(ModelFileError):
            chainrule.load(path)
    assert time.process_time() - started < 10


def test_a_header_larger_than_any_models(path: Path) -> None:
    header(path, b" " * (MOST_HEADER_BYTES + 8))
    with pytest.raises(ModelFileError, match="those of models have at most"):
        chainrule.load(path)


def test_the_file_names_no_class_of_any_library_and_no_place_of_this_machine(tmp_path: Path) -> None:
    table = passengers()
    path = chainrule.save(table_model(table, answers(table), hidden=(3,)), tmp_path / "model.safetensors")
    content = path.read_bytes()
    for word in (b"sklearn", b"numpy", b"pyarrow", b"chainrule.", b"TableEncoder", b"Classifier", bytes(tmp_path)):
        assert word not in content


def test_equal_models_have_equal_bytes(tmp_path: Path) -> None:
    table = passengers()
    first, second = (
        chainrule.save(table_model(table, answers(table)), tmp_path / f"{i}.safetensors").read_bytes() for i in range(2)
    )
    seconds = b"seconds"  # how long the epochs took differs; all else does not
    assert seconds in first
    models = [chainrule.load(tmp_path / f"{i}.safetensors") for i in range(2)]
    for number, model in enumerate(models):
        model[-1].history_.seconds[:] = [0.0] * len(model[-1].history_)
        chainrule.save(model, tmp_path / f"{number}.safetensors")
    assert (tmp_path / "0.safetensors").read_bytes() == (tmp_path / "1.safetensors").read_bytes()
    assert len(first) == len(second)


def test_safetensors_reads_the_numbers(tmp_path: Path) -> None:
    from safetensors.numpy import load_file

    model = Classifier().fit(*rows())
    tensors = load_file(chainrule.save(model, tmp_path / "model.safetensors"))
    np.testing.assert_array_equal(tensors["theta_"], model.theta_)
