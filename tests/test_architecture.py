"""Imports run one way, heavy libraries stay out of the core, and no file grows too long to read."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import chainrule

PACKAGE = Path(chainrule.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
LONGEST = 600

CHAIN = ("arrays", "layers", "losses", "network")
EVERYTHING_BELOW_PAGES = {
    *CHAIN,
    "initializers",
    "engine",
    "optimizers",
    "history",
    "training",
    "inspection",
    "classifier",
    "tables",
    "datasets",
    "plots",
}
MAY_IMPORT: dict[str, set[str]] = {
    **{part: set(CHAIN[:place]) for place, part in enumerate(CHAIN)},
    "initializers": set(CHAIN),
    "engine": set(CHAIN),
    "optimizers": {"arrays"},
    "history": {"arrays"},
    "whole_epochs": {"arrays", "engine", "optimizers"},
    "training": {*CHAIN, "initializers", "engine", "optimizers", "history", "whole_epochs"},
    "inspection": set(CHAIN),
    "plan": {*CHAIN, "optimizers", "history"},
    "settings": set(),
    "arguments": set(),
    "labelled": {*CHAIN, "engine", "settings", "standardizer"},
    "standardizer": {"arrays"},
    "watching": {*CHAIN, "engine", "optimizers", "history", "training"},
    "callbacks": {"watching"},
    "validation": {"arrays"},
    "predictor": {*CHAIN, "engine", "standardizer", "validation"},
    "classifier": {
        *CHAIN,
        "initializers",
        "engine",
        "optimizers",
        "history",
        "training",
        "plan",
        "labelled",
        "standardizer",
        "predictor",
        "settings",
        "validation",
        "watching",
    },
    "fitted": {*CHAIN, "engine", "classifier", "labelled", "predictor", "standardizer", "validation"},
    "leaving_out": {
        *CHAIN,
        "engine",
        "classifier",
        "data_frame",
        "fitted",
        "labelled",
        "plan",
        "predictor",
        "validation",
    },
    "inference": {
        *CHAIN,
        "engine",
        "data_frame",
        "fitted",
        "labelled",
        "plan",
        "predictor",
        "standardizer",
        "validation",
    },
    "doctor": {
        *CHAIN,
        "initializers",
        "engine",
        "optimizers",
        "history",
        "plan",
        "classifier",
        "fitted",
        "inference",
        "temperature",
    },
    "optimum": {"classifier", "fitted", "optimizers"},
    "attribution": {*CHAIN, "classifier", "data_frame", "fitted"},
    "tables": {"arrays", "files"},
    "files": set(),
    "model_file": {
        *CHAIN,
        *("engine", "optimizers", "history", "watching", "files", "plan", "standardizer", "classifier", "tables"),
    },
    "datasets": {"arrays"},
    "plots": {*CHAIN, "inspection", "datasets"},
    "pages": {
        *EVERYTHING_BELOW_PAGES,
        "files",
        "cautions",
        "fitted",
        "labelled",
        "leaving_out",
        "plan",
        "rounding",
        "temperature",
    },
    "conformal": {"arrays", "labelled"},
    "scores": {"arrays"},
    "cautions": {"arrays"},
    "rounding": set(),
    "temperature": {"arrays"},
    "data_frame": set(),
    "cli": {
        *EVERYTHING_BELOW_PAGES,
        "cautions",
        "data_frame",
        "doctor",
        "files",
        "inference",
        "labelled",
        "model_file",
        "optimum",
        "pages",
        "plan",
        "rounding",
        "scores",
        "watching",
    },
    "__main__": {"cli"},
}
CORE = (*CHAIN, "initializers", "engine", "optimizers", "history", "training", "inspection", "datasets")
PUBLIC_NAMES = {
    *CORE,
    *("attribution", "classifier", "conformal", "doctor", "inference", "leaving_out", "model_file", "optimum"),
    *("pages", "plots", "tables"),
}
KEPT_OUT_OF_THE_CORE = {
    *("matplotlib", "mpl_toolkits", "jinja2", "latex2mathml", "typer", "rich", "sklearn"),
    *("narwhals", "pyarrow", "scipy"),
}


def part_of(file: Path) -> str:
    """The part of the package that a file belongs to: the first name below it, or "" for the package itself."""
    return file.relative_to(PACKAGE).with_suffix("").parts[0].replace("__init__", "")


def imported(nodes: Iterator[ast.AST]) -> Iterator[str]:
    """The modules that import statements name, `from chainrule import plots` as `chainrule.plots`."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            module = str(node.module)
            yield from (f"chainrule.{name.name}" for name in node.names) if module == "chainrule" else (module,)


def at_module_level(tree: ast.AST) -> Iterator[ast.AST]:
    """All statements that run on import: none inside a function."""
    for node in ast.iter_child_nodes(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield node
            yield from at_module_level(node)


def parts_imported(file: Path) -> set[str]:
    modules = imported(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    return {module.split(".")[1] for module in modules if module.startswith("chainrule.")}


def relative(file: Path) -> str:
    return str(file.relative_to(PACKAGE))


@pytest.mark.parametrize("file", [file for file in FILES if part_of(file)], ids=relative)
def test_imports_run_one_way(file: Path) -> None:
    part = part_of(file)
    assert part in MAY_IMPORT, f"say in MAY_IMPORT what {part} may import"
    others = {name for name in parts_imported(file) - {part} if not name.startswith("__version")}
    assert others <= {*MAY_IMPORT[part], "arguments"}


def test_the_package_itself_names_only_what_is_public() -> None:
    assert parts_imported(PACKAGE / "__init__.py") <= PUBLIC_NAMES


def test_nothing_imports_in_a_circle() -> None:
    for part, allowed in MAY_IMPORT.items():
        assert part not in allowed
        for other in allowed:
            assert part not in MAY_IMPORT[other], f"{part} and {other} may import each other"


@pytest.mark.parametrize("file", [file for file in FILES if part_of(file) in ("", *CORE)], ids=relative)
def test_the_core_imports_no_heavy_library(file: Path) -> None:
    modules = imported(at_module_level(ast.parse(file.read_text(encoding="utf-8"))))
    assert not {module.split(".")[0] for module in modules} & KEPT_OUT_OF_THE_CORE


@pytest.mark.parametrize("file", FILES, ids=relative)
def test_every_file_can_be_read_in_one_go(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) <= LONGEST


def test_importing_the_package_loads_no_heavy_library() -> None:
    program = "import sys, chainrule; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert "chainrule" in loaded
    assert not set(loaded) & KEPT_OUT_OF_THE_CORE


def test_every_public_name_has_a_docstring() -> None:
    for name in chainrule.__all__:
        assert getattr(chainrule, name).__doc__, name
