"""A file from a stranger runs nothing."""

import contextlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
import skops.io

import chainrule
from chainrule.model_file import ModelFileError, read_about
from chainrule.model_file.trusted import PARTS, may_be_made
from tests.mistakes import assert_refused
from tests.model_file.archives import listed, named, rewrite, text


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
