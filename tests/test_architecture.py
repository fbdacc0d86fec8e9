"""Imports run one way and in no circle, heavy libraries stay out of the core, and no file grows too long to read."""

import ast
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

import chainrule

PACKAGE = Path(chainrule.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
LONGEST = 600
# Files of the package: what one purpose holds together stands in one, so that a reader opens few.
MOST_FILES = 190

# From the ground up: a part imports none of its own floor but itself, and none above it.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("common", "exceptions", "_version"),
    ("arrays",),
    ("layers", "optimizers", "datasets"),
    ("losses", "network"),
    ("initializers", "inspection", "engine", "plots"),
    ("training", "tables"),
    ("estimator",),
    ("attribution", "evaluation", "inference", "influences", "ledgers", "model_file"),
    ("diagnosis", "pages"),
    ("cli",),
    ("__main__", ""),
)
# The lowest part of pages, which ledgers are set with, and which needs no other.
GROUND = {"chainrule.pages", "chainrule.pages.page"}
CORE = ("arrays", "layers", "losses", "network", "initializers", "engine", "optimizers", "inspection", "datasets")
LOOP = {f"chainrule.training.{name}" for name in ("loop", "history", "compiled_epochs")}
# Parts that `chainrule` imports when it is imported, and modules that what it gives later is in.
PUBLIC = {
    *CORE,
    "exceptions",
    "training",
    "_version",
    "estimator",
    "evaluation",
    "attribution",
    "diagnosis",
    "inference",
}
PUBLIC |= {"influences", "ledgers", "model_file", "pages", "plots", "tables"}
KEPT_OUT_OF_THE_CORE = {
    *("matplotlib", "mpl_toolkits", "jinja2", "latex2mathml", "typer", "rich", "sklearn"),
    *("narwhals", "pyarrow", "scipy"),
}


def name_of(file: Path) -> str:
    """The dotted name of a module."""
    return ".".join(part for part in file.relative_to(PACKAGE.parent).with_suffix("").parts if part != "__init__")


MODULES = {name_of(file): file for file in FILES}


def part_of(module: str) -> str:
    """The part of the package that a module belongs to: the first name below it, or "" for the package itself."""
    return [*module.split("."), ""][1]


def folder_of(module: str) -> str:
    """The folder that a module is in, or its own name where that is the package's."""
    parent = str(MODULES[module].parent.relative_to(PACKAGE))
    return module if parent == "." else parent


def imported(nodes: Iterator[ast.AST]) -> Iterator[str]:
    """The modules that import statements name, `from chainrule import plots` as `chainrule.plots`."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            module = str(node.module)
            for name in node.names:
                inner = f"{module}.{name.name}"
                yield inner if inner in MODULES else module


def named(nodes: Iterator[ast.AST]) -> Iterator[str]:
    """The modules that words name, as `import_module` is given them."""
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in MODULES:
            yield node.value


def at_module_level(tree: ast.AST) -> Iterator[ast.AST]:
    """All statements that run on import: none inside a function."""
    for node in ast.iter_child_nodes(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield node
            yield from at_module_level(node)


def tree_of(file: Path) -> ast.AST:
    return ast.parse(file.read_text(encoding="utf-8"))


@cache
def uses(module: str) -> frozenset[str]:
    """The other modules of the package that a module names, wherever it does so; the package itself is none."""
    tree = tree_of(MODULES[module])
    found = {*imported(ast.walk(tree)), *named(ast.walk(tree))}
    return frozenset(name for name in found if name in MODULES and name not in (module, "chainrule"))


def circles(arrows: Mapping[str, Collection[str]]) -> list[list[str]]:
    """The ways from a name along arrows back to it, of whatever length: the first that is found from each name."""
    found: list[list[str]] = []
    for start in arrows:
        ways, seen = [[start]], set()
        while ways:
            way = ways.pop()
            for end in arrows.get(way[-1], ()):
                if end == start:
                    found.append([*way, end])
                    ways = []
                    break
                if end not in seen:
                    seen.add(end)
                    ways.append([*way, end])
    return found


def relative(file: Path) -> str:
    return str(file.relative_to(PACKAGE))


def test_the_package_has_few_files() -> None:
    assert len(FILES) <= MOST_FILES


def test_circles_of_any_length_are_found() -> None:
    assert circles({"a": ["b"], "b": ["c"], "c": ["d"], "d": []}) == []
    assert ["a", "b", "c", "a"] in circles({"a": ["b"], "b": ["c", "d"], "c": ["a"], "d": []})


@pytest.mark.parametrize("module", [name for name in MODULES if name != "chainrule"])
def test_imports_run_one_way(module: str) -> None:
    floors = {part: floor for floor, parts in enumerate(FLOORS) for part in parts}
    part = part_of(module)
    assert part in floors, f"say in FLOORS where {part} stands"
    for name in uses(module) - GROUND:
        assert part_of(name) == part or floors[part_of(name)] < floors[part], f"{module} imports {name}"


def test_what_lies_at_the_ground_imports_nothing_above_it() -> None:
    for module in GROUND:
        assert {part_of(name) for name in uses(module) - GROUND} <= {"arrays", "_version", "common"}


def test_modules_import_in_no_circle() -> None:
    assert circles({module: uses(module) for module in MODULES}) == []


def test_folders_import_in_no_circle() -> None:
    arrows: dict[str, set[str]] = {}
    for module in MODULES:
        if module != "chainrule":
            arrows.setdefault(folder_of(module), set()).update(map(folder_of, uses(module)))
    assert circles({folder: others - {folder} for folder, others in arrows.items()}) == []


def test_the_package_itself_names_only_what_is_public() -> None:
    named_later = {f"chainrule.{module}" for module in chainrule.LATER.values()}
    assert named_later <= set(MODULES)
    assert {part_of(module) for module in {*uses("chainrule"), *named_later}} <= PUBLIC


def test_no_package_gives_something_else_the_name_of_one_of_its_modules() -> None:
    for module, file in MODULES.items():
        if file.name == "__init__.py":
            given = {
                name.asname or name.name
                for node in at_module_level(tree_of(file))
                if isinstance(node, ast.ImportFrom) and f"{node.module}" != module
                for name in node.names
            }
            below = {name.split(".")[-1] for name in MODULES if name.rpartition(".")[0] == module}
            assert not given & below, module


@pytest.mark.parametrize("module", [name for name in MODULES if part_of(name) in ("", *CORE) or name in LOOP])
def test_the_core_imports_no_heavy_library(module: str) -> None:
    modules = imported(at_module_level(tree_of(MODULES[module])))
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
