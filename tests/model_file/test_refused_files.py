"""A file from a stranger runs nothing, and a file that cannot be used says why in one sentence."""

import contextlib
import json
import os
import pickle
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
import skops.io
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

import chainrule
from chainrule import Classifier, __version__
from chainrule.model_file import ModelFileError, read_about
from chainrule.model_file.skops_file import NOTE
from chainrule.model_file.trusted import PARTS, may_be_made
from tests.mistakes import assert_refused
from tests.model_file.models import rows


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return chainrule.save(Classifier().fit(*rows()), tmp_path / "model.skops")


def rewrite(path: Path, entry: str, change: Callable[[Any], Any]) -> None:
    """Change one JSON entry of the archive."""
    with ZipFile(path) as file:
        entries = {name: file.read(name) for name in file.namelist()}
    entries[entry] = json.dumps(change(json.loads(entries[entry]))).encode()
    with ZipFile(path, "w") as file:
        for name, content in entries.items():
            file.writestr(name, content)


def text(value: str) -> dict[str, Any]:
    return {"__class__": "str", "__module__": "builtins", "__loader__": "JsonNode", "content": json.dumps(value)}


def listed(*items: Any, kind: str = "tuple") -> dict[str, Any]:
    return {
        "__class__": kind,
        "__module__": "builtins",
        "__loader__": f"{kind.title()}Node",
        "content": list(items),
    }


def named(module: str, name: str, loader: str, **more: Any) -> dict[str, Any]:
    return {"__module__": module, "__class__": name, "__loader__": loader, **more}


def attacks(command: str) -> dict[str, tuple[dict[str, Any], str]]:
    """Nodes that would run the command, and the name that must be refused."""
    called: dict[str, tuple[dict[str, Any], str]] = {}
    for module, name, argument in (
        ("os", "system", command),
        ("posix", "system", command),
        ("builtins", "eval", f"__import__('os').system({command!r})"),
        ("builtins", "exec", f"__import__('os').system({command!r})"),
        ("subprocess", "getoutput", command),
        ("chainrule.layers.os", "system", command),
        ("chainrule.files.os", "system", command),
        ("chainrule.classifier.np", "save", command.split()[-1]),
    ):
        node = named(module, name, "ConstructorFromReduceNode", content=listed(text(argument)))
        called[f"{module}.{name}"] = node, f"{module}.{name}"
    arguments = listed(listed(text("sh"), text("-c"), text(command), kind="list"))
    called["subprocess.Popen"] = (
        named("subprocess", "Popen", "ConstructorFromReduceNode", content=arguments),
        "subprocess.Popen",
    )
    called["write of ours"] = (
        named("chainrule.files", "write", "ConstructorFromReduceNode", content=listed(text(command.split()[-1]))),
        "chainrule.files.write",
    )
    called["an import of ours"] = (
        named("chainrule.layers.dense", "np", "FunctionNode"),
        "chainrule.layers.dense.np",
    )
    called["a function of ours"] = (
        named("chainrule.tables.frames", "columns_of", "FunctionNode"),
        "chainrule.tables.frames.columns_of",
    )
    called["the command line"] = named("chainrule.__main__", "main", "FunctionNode"), "chainrule.__main__.main"
    called["operator.methodcaller"] = (
        named("operator", "methodcaller", "OperatorFuncNode", attrs=listed(text("fit"))),
        "operator.methodcaller",
    )
    called["functools.partial"] = (
        named(
            "functools",
            "partial",
            "PartialNode",
            content={
                "func": named("os", "system", "FunctionNode"),
                "args": listed(text(command)),
                "kwds": named("builtins", "dict", "DictNode", content={}, key_types=listed(kind="list")),
                "namespace": text(""),
            },
        ),
        "os.system",
    )
    return called


@pytest.mark.parametrize("name", attacks("touch x"))
def test_nothing_that_a_file_names_is_run(name: str, path: Path, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    node, refused = attacks(f"touch {marker}")[name]

    def smuggle(schema: dict[str, Any]) -> dict[str, Any]:
        schema["content"]["content"]["tol"] = node
        return schema

    rewrite(path, "schema.json", smuggle)
    with pytest.raises(ModelFileError, match=r"names .*nothing of it was run") as error:
        chainrule.load(path)
    assert re.search(rf"\b{re.escape(refused)}\b", str(error.value))
    assert not marker.exists()
    assert read_about(path) == {}


def test_the_attacks_would_work_on_who_trusts_them(path: Path, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    node, refused = attacks(f"touch {marker}")["os.system"]
    rewrite(path, "schema.json", lambda schema: {**node, "protocol": schema["protocol"]})
    skops.io.load(path, trusted=[refused])
    assert marker.exists()


def test_the_oldest_way_to_name_a_function_is_read_too(path: Path) -> None:
    hidden = {"content": {"module_path": "os", "function": "system"}}
    node = named("chainrule.layers.dense", "Dense", "FunctionNode", **hidden)
    rewrite(path, "schema.json", lambda _: {**node, "protocol": 0})
    with pytest.raises(ModelFileError, match=r"names os\.system,"):
        chainrule.load(path)


def test_every_refused_name_is_listed(path: Path) -> None:
    def smuggle(schema: dict[str, Any]) -> dict[str, Any]:
        schema["content"]["content"]["tol"] = listed(
            named("os", "system", "FunctionNode"), named("builtins", "eval", "TypeNode")
        )
        return schema

    rewrite(path, "schema.json", smuggle)
    assert_refused(
        lambda: chainrule.load(path),
        f"{path} names builtins.eval, os.system, which no model file needs: nothing of it was run; do not use it,"
        " unless you know who wrote it.",
    )


def test_a_name_does_not_run_a_module_of_ours_that_does_something(capsys: pytest.CaptureFixture[str]) -> None:
    for name in (
        "chainrule.__main__.main",
        "chainrule.cli.app",
        "chainrule.layers.nothing.Dense",
        "chainrule.plan.Plan",
    ):
        assert not may_be_made(name)
    assert capsys.readouterr() == ("", "")


def test_what_may_be_made_is_defined_in_this_package() -> None:
    for part in PARTS:
        assert may_be_made(f"chainrule.{part}.Any") is False
    assert may_be_made("chainrule.tables.encoder.TableEncoder")
    assert not may_be_made("chainrule.tables.TableEncoder"), "by where it is defined, not by where it is shown"
    assert not may_be_made("chainrule.tables.encoder.BaseEstimator")
    assert not may_be_made("chainrule.tables.columns.LEARNERS")


def test_a_file_of_a_newer_format(path: Path) -> None:
    rewrite(path, NOTE, lambda note: {**note, "format": 2, "chainrule": "9.1"})
    message = (
        f"{path} has format 2, written by chainrule 9.1, but this is chainrule {__version__}, which reads formats up to"
        " 1: update chainrule."
    )
    assert_refused(lambda: chainrule.load(path), message)
    assert_refused(lambda: read_about(path), message)


@pytest.mark.parametrize("found", [None, "1", 0, -1, True])
def test_a_format_that_is_none(found: Any, path: Path) -> None:
    rewrite(path, NOTE, lambda note: {**note, "format": found})
    expected = f"{path} is damaged: the format in its {NOTE} must be a whole number from 1, found {found!r}."
    assert_refused(lambda: chainrule.load(path), expected)


@pytest.mark.parametrize(
    "content",
    [b"", b"just a few words", pickle.dumps([1, 2]), b"\x00" * 500, b'{"json": true}'],
    ids=["empty", "words", "pickle", "zeros", "json"],
)
def test_a_file_that_is_no_model_file(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.skops"
    path.write_bytes(content)
    assert_refused(lambda: chainrule.load(path), f"{path} is no model file: expected one that chainrule.save wrote.")


def test_a_pickle_is_not_opened(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.system, (f"touch {tmp_path / 'marker'}",)

    path = tmp_path / "model.skops"
    path.write_bytes(pickle.dumps(Evil()))
    with pytest.raises(ModelFileError):
        chainrule.load(path)
    assert not (tmp_path / "marker").exists()


def test_archives_of_others(tmp_path: Path) -> None:
    path = tmp_path / "model.zip"
    with ZipFile(path, "w") as file:
        file.writestr("letter.txt", "Dear reader")
    message = f"{path} is an archive that chainrule.save did not write: it has no {NOTE}."
    assert_refused(lambda: chainrule.load(path), message)
    skops.io.dump(Classifier().fit(*rows()), path)
    assert_refused(lambda: chainrule.load(path), message)
    np.savez(tmp_path / "arrays.npz", a=np.zeros(3))
    with pytest.raises(ModelFileError, match="did not write"):
        chainrule.load(tmp_path / "arrays.npz")


def test_a_file_cut_short_anywhere(path: Path) -> None:
    whole = path.read_bytes()
    for end in np.linspace(2, len(whole) - 1, 40).astype(int):
        path.write_bytes(whole[:end])
        assert_refused(
            lambda: chainrule.load(path), f"{path} is damaged or cut short: get it again, or save the model anew."
        )


def test_a_file_with_a_changed_byte_never_loads_as_another_model(path: Path) -> None:
    x, y = rows()
    whole, expected = path.read_bytes(), Classifier().fit(x, y).predict_proba(x)
    generator = np.random.default_rng(0)
    for place in generator.integers(0, len(whole), 150):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x15]) + whole[place + 1 :])
        with contextlib.suppress(ModelFileError):
            np.testing.assert_array_equal(chainrule.load(path).predict_proba(x), expected)


@pytest.mark.parametrize(
    "schema",
    [
        [],
        {},
        {"protocol": 99},
        {"protocol": 2, "__loader__": "NoSuchNode", "__module__": "a", "__class__": "b"},
        {"protocol": 2, **listed(text("x"))},
        {"protocol": 2, **named("chainrule.layers", "dense.Dense", "TypeNode")},
    ],
    ids=str,
)
def test_an_archive_whose_model_makes_no_sense(schema: Any, path: Path) -> None:
    rewrite(path, "schema.json", lambda _: schema)
    with pytest.raises(ModelFileError, match=r"cannot be read|holds tuple, not a model|names ") as error:
        chainrule.load(path)
    assert "\n" not in str(error.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nothing\.skops"):
        chainrule.load(tmp_path / "nothing.skops")


class Stranger(Classifier):
    """A class that no other machine has."""


def test_what_load_would_refuse_is_not_saved(tmp_path: Path) -> None:
    path = tmp_path / "model.skops"
    assert_refused(
        lambda: chainrule.save(Stranger().fit(*rows()), path),
        f"The model holds {__name__}.Stranger, which load would refuse: save only what predicts, such as the"
        " best_estimator_ of a search, or a Classifier with callbacks=().",
    )
    model = make_pipeline(FunctionTransformer(np.nan_to_num), Classifier()).fit(*rows())
    with pytest.raises(ModelFileError, match="nan_to_num, which load would refuse"):
        chainrule.save(model, path)
    with pytest.raises(ModelFileError, match=r"<lambda>, which load would refuse: .* callbacks=\(\)"):
        chainrule.save(Classifier(callbacks=[lambda _: None]).fit(*rows()), path)
    odd = Classifier().fit(*rows())
    odd.extra_ = (number for number in (1, 2))
    assert_refused(
        lambda: chainrule.save(odd, path),
        "This model cannot be written to a file: cannot pickle 'generator' object.",
    )
    search = GridSearchCV(Classifier(), {"l2": [0.01, 0.1]}, cv=2).fit(*rows())
    with pytest.raises(ModelFileError, match="such as the best_estimator_ of a search"):
        chainrule.save(search, path)
    assert not path.exists()


def test_what_is_no_fitted_model_is_not_saved(tmp_path: Path) -> None:
    path = tmp_path / "model.skops"
    assert_refused(
        lambda: chainrule.save(Classifier(), path), "This Classifier is not fitted yet: call fit before save."
    )
    assert_refused(
        lambda: chainrule.save({"a": 1}, path), "A model file holds a fitted model, found dict: give a Classifier."
    )
    model = Classifier().fit(*rows())
    assert_refused(
        lambda: chainrule.save(model, path, about={"seed": np.float32}),
        "The facts about the model must be what JSON can say: Object of type type is not JSON serializable.",
    )
    with pytest.raises(ModelFileError, match="what JSON can say"):
        chainrule.save(model, path, about={"score": np.nan})
    assert not path.exists()


def test_names_in_the_archive_stay_in_the_archive(path: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.npy"
    with ZipFile(path, "a") as file:
        file.writestr(f"../{outside.name}", b"x")
    chainrule.load(path)
    assert not outside.exists()


def test_no_change_of_the_schema_does_anything_but_load_or_be_refused(path: Path, tmp_path: Path) -> None:
    """Every name of a class, module or loader in turn becomes another one of those that the file has, or a bad one."""
    marker = tmp_path / "marker"
    with ZipFile(path) as file:
        schema = json.loads(file.read("schema.json"))
    places = list(_places(schema))
    generator = np.random.default_rng(0)
    whole = path.read_bytes()
    for number in generator.permutation(len(places))[:120]:
        node, key = places[number]
        other, key_there = places[generator.integers(len(places))]
        before = node[key]
        node[key] = generator.choice([other[key_there], "os", "system", "touch", f"touch {marker}"])
        path.write_bytes(whole)
        rewrite(path, "schema.json", lambda _: schema)
        with contextlib.suppress(ModelFileError):
            chainrule.load(path)
        node[key] = before
    assert not marker.exists()


def _places(node: Any) -> Iterator[tuple[dict[str, Any], str]]:
    if isinstance(node, dict):
        yield from ((node, key) for key in ("__class__", "__module__", "__loader__") if key in node)
        for value in node.values():
            yield from _places(value)
    elif isinstance(node, list):
        for value in node:
            yield from _places(value)


@pytest.mark.parametrize("note", [[], "x", 3, {}])
def test_a_note_that_makes_no_sense(note: Any, path: Path) -> None:
    rewrite(path, NOTE, lambda _: note)
    with pytest.raises(ModelFileError, match="is damaged"):
        chainrule.load(path)


def test_a_note_nested_too_deep(path: Path) -> None:
    with ZipFile(path, "a") as file, pytest.warns(UserWarning, match="Duplicate"):
        file.writestr(NOTE, "[" * 100_000)
    with pytest.raises(ModelFileError, match="is damaged"):
        chainrule.load(path)
