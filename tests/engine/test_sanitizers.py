"""The kernels under AddressSanitizer and UndefinedBehaviorSanitizer: they keep to the memory that is theirs."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from chainrule.engine.compiled import library

SOURCE = Path(library.__file__).with_name("kernels.c")
# Frame pointers and line numbers make what is found readable; one find ends the run.
FLAGS = ("-O1", "-g", "-std=c11", "-fPIC", "-shared", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
# Python runs this before anything else: the module is taken from beside it.
TAKEN_FROM_HERE = """
import importlib.util, pathlib, sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "chainrule.engine.compiled._kernels":
            return importlib.util.spec_from_file_location(name, pathlib.Path(__file__).with_name("_kernels.abi3.so"))

sys.meta_path.insert(0, Finder())
"""
FOUND_IT = "from chainrule.engine.compiled.library import kernels; print(kernels.__file__)"


@pytest.fixture(scope="module")
def sanitized(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Environment variables in which the kernels are checked as they run: built once, which takes a minute."""
    tmp_path = tmp_path_factory.mktemp("sanitized")
    gcc = shutil.which("gcc")
    if gcc is None:
        pytest.skip("there is no gcc to build the kernels with")
    (tmp_path / "sitecustomize.py").write_text(TAKEN_FROM_HERE, encoding="utf-8")
    include, built = sysconfig.get_paths()["include"], tmp_path / "_kernels.abi3.so"
    subprocess.run([gcc, *FLAGS, f"-I{include}", str(SOURCE), "-o", str(built), "-lm"], check=True)
    where = [gcc, "-print-file-name=libasan.so"]
    preloaded = subprocess.run(where, capture_output=True, text=True, check=True).stdout.strip()
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    # Python itself leaves memory behind when it ends.
    options = {"ASAN_OPTIONS": "detect_leaks=0", "UBSAN_OPTIONS": "print_stacktrace=1"}
    return {**os.environ, **options, "LD_PRELOAD": preloaded, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "2"}


@pytest.mark.long
@pytest.mark.parametrize(
    "name", ["test_compiled.py", "test_epochs.py", "test_small_newton.py", "../estimator/test_looked_up.py"]
)
def test_no_kernel_touches_memory_of_others(name: str, sanitized: dict[str, str]) -> None:
    told = subprocess.run([sys.executable, "-c", FOUND_IT], env=sanitized, capture_output=True, text=True, check=True)
    assert Path(told.stdout.strip()).parent == Path(sanitized["PYTHONPATH"].split(os.pathsep)[0])
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-x", str(Path(__file__).parent / name)]
    ran = subprocess.run(command, env=sanitized, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-3000:]
