"""The core of the tests with the oldest and the newest versions of everything: `make check-versions`.

Two environments are made: this Python with the lowest version of each library that pyproject.toml allows, and the
newest Python that the machine has with the newest versions. In each, the package is first installed and imported
without its extras. In the second, it is then built anew where no compiler works, and writes the pages of `make demo`.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

# What can differ from version to version: how libraries are called, not the arithmetic, which has tests of its own.
CORE = (
    "tests/cli/test_app.py",
    "tests/cli/test_train.py",
    "tests/cli/test_use.py",
    "tests/cli/test_startup.py",
    "tests/engine/test_compiled.py",
    "tests/engine/test_epochs.py",
    "tests/model_file/test_onnx.py",
    "tests/model_file/test_save.py",
    "tests/plots",
    "tests/tables/test_encoder.py",
    "tests/tables/test_files.py",
    "tests/tables/test_writing.py",
    "tests/estimator/test_classes.py",
    "tests/estimator/test_classifier_options.py",
    "tests/estimator/test_classifier_training.py",
)
TOOLS = ("pytest", "pytest-xdist", "hypothesis", "pandas", "polars", "safetensors")
# Newer versions of their own dependencies make old libraries warn, of which no user must know.
PYTEST = ("-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", "-o", "filterwarnings=default")
# The sweep over all sizes takes as long as all else, and no version changes what it proves.
LEFT_OUT = ("-k", "not around_the_sizes and not at_every_boundary")
ALL = "import chainrule; from chainrule import *; print('chainrule', chainrule.__version__, 'without its extras')"
PLAIN = (
    "from chainrule.engine.compiled.library import form_in_use; assert form_in_use() == 'plain NumPy', form_in_use()"
)
SHOW = "import sys; print(*sys.version_info[:3], sep='.')"


def lowest() -> Iterator[str]:
    """Yield the lowest version of each library that pyproject.toml allows, as a constraint of pip."""
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    for group in (project["dependencies"], *project["optional-dependencies"].values()):
        for requirement in group:
            if found := re.fullmatch(r"([\w.-]+)>=([\d.]+)", requirement):
                yield f"{found[1]}=={found[2]}"
            else:
                raise ValueError(f"{requirement} in pyproject.toml has no lowest version: write name>=version.")


def newest_python() -> str:
    """Return the newest Python that the machine has and that can make environments, of PATH and of pyenv."""
    of_pyenv = [str(path) for path in Path.home().glob(".pyenv/versions/3.*/bin/python3")]
    of_path = [path for minor in range(11, 30) if (path := shutil.which(f"python3.{minor}"))]
    versions = {path: version for path in (sys.executable, *of_path, *of_pyenv) if (version := _version(path))}
    return max(versions, key=lambda path: versions[path])


def _version(python: str) -> tuple[int, ...] | None:
    """Return the version of a Python; None where it does not run, or cannot make environments."""
    done = subprocess.run([python, "-c", f"import ensurepip, venv; {SHOW}"], capture_output=True, text=True)
    return tuple(map(int, done.stdout.split("."))) if done.returncode == 0 else None


def scripts_of(environment: Path) -> Path:
    """Return where an environment has its programs."""
    return environment / ("Scripts" if os.name == "nt" else "bin")


def check(name: str, python: str, folder: Path, constraints: list[str]) -> bool:
    """Return whether the core of the tests passes in an environment of its own."""
    print(f"--- {name}: {python}", flush=True)
    subprocess.run([python, "-m", "venv", folder], check=True)
    own = str(scripts_of(folder) / "python")
    allowed = folder / "constraints.txt"
    allowed.write_text("\n".join(constraints), encoding="utf-8")
    install = [own, "-m", "pip", "install", "--quiet", "--constraint", str(allowed)]
    steps = (
        [own, "-m", "pip", "install", "--quiet", "--upgrade", "pip"],
        [*install, "--editable", "."],
        [own, "-c", ALL],
        [own, "-m", "pip", "check"],
        [*install, "--editable", ".[onnx,tables]", *TOOLS],
        [own, "-m", "pip", "check"],
        [own, *PYTEST, *LEFT_OUT, *CORE],
    )
    return all(subprocess.run(step).returncode == 0 for step in steps)


def check_without_compiler(folder: Path) -> bool:
    """Return whether the package is built anew, and makes the pages of `make demo`, where no compiler works."""
    print("--- without a compiler", flush=True)
    own, pages = str(scripts_of(folder) / "python"), str(folder / "demo")
    environment = {**os.environ, "CC": "no-such-compiler", "PYTHONPATH": ""}
    steps = (
        [own, "-m", "pip", "install", "--quiet", "--force-reinstall", "--no-deps", str(Path.cwd())],
        [own, "-c", PLAIN],
        [str(scripts_of(folder) / "chainrule"), "lesson", "--out", pages],
        [own, str(Path("examples/digits.py").resolve()), pages],
    )
    return all(subprocess.run(step, env=environment, cwd=folder).returncode == 0 for step in steps)


def main() -> int:
    """Check all three; the exit status is 1 where one fails."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder)
        passed = [
            check("lowest versions", sys.executable, made / "lowest", list(lowest())),
            check("newest versions", newest_python(), made / "newest", []),
            check_without_compiler(made / "newest"),
        ]
    for name, well in zip(("lowest versions", "newest versions", "without a compiler"), passed, strict=True):
        print(f"{name}: {'passed' if well else 'FAILED'}")
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
