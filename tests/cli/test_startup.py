"""What a command loads: little, since most of the time of a short one is loading."""

import subprocess
import sys
from pathlib import Path

import pytest

SLOW = {"pandas", "matplotlib", "scipy.stats._stats_py", "onnx", "jinja2", "statsmodels"}
MORE: dict[str, set[str]] = {
    "predict": {"sklearn.metrics", "scipy.interpolate._bsplines", "scipy.optimize"},
    "train": set(),
    "evaluate": set(),
}
SHOW = (
    "import sys, os; from chainrule.cli import main;"
    "end = os._exit;"
    "os._exit = lambda status: (print('LOADED', *sys.modules, file=sys.stderr, flush=True), end(status));"
    "main()"
)


def loaded(*words: object) -> set[str]:
    """Return the modules that a command has loaded at its end."""
    command = [sys.executable, "-c", SHOW, *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(done.stderr.rpartition("LOADED")[2].split())


def test_verbs_load_what_they_use(flowers: Path, tmp_path: Path) -> None:
    model = tmp_path / "model"
    for verb, words in {
        "train": (flowers, "--target", "flower", "--out", model),
        "predict": (model, flowers),
        "evaluate": (model, flowers),
    }.items():
        found = loaded(verb, *words)
        assert "sklearn.base" in found
        assert not (SLOW | MORE[verb]) & found, verb


@pytest.mark.parametrize("word", ["--version", "--help"])
def test_help_loads_no_library_of_learning(word: str) -> None:
    assert not {"sklearn", "scipy.sparse", "pyarrow", "pandas", "matplotlib"} & loaded(word)


def test_what_is_postponed_is_loaded_when_it_is_used() -> None:
    program = """
from chainrule.cli.startup import load_scikit_learn
load_scikit_learn()
import sys
import pytest
from sklearn.metrics import label_ranking_average_precision_score as score
from sklearn.preprocessing import SplineTransformer
assert not {"scipy.stats._stats_py", "scipy.interpolate._bsplines"} & set(sys.modules)
assert score([[1, 0, 1]], [[0.5, 0.9, 0.6]]) == pytest.approx((1 / 2 + 2 / 3) / 2)
assert SplineTransformer(n_knots=3).fit_transform([[0.0], [1.0], [2.0]]).sum() == pytest.approx(3)
from scipy import stats
assert stats.norm.ppf(0.5) == 0 and sys.modules["scipy.stats"] is stats and "_stats_py" in dir(stats)
try:
    import pandas
except ModuleNotFoundError as error:
    assert error.name == "pandas"
else:
    raise AssertionError
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_everything_is_imported_without_the_extras() -> None:
    program = """
import sys
from importlib.abc import MetaPathFinder
class Absent(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name in ("pyarrow", "onnx", "onnxruntime", "pandas", "polars"):
            raise ModuleNotFoundError(name, name=name)
sys.meta_path.insert(0, Absent())
import importlib.util
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, *more: None if name == "pyarrow" else found(name, *more)
from chainrule import *
assert Classifier(random_state=0).fit([[0.0], [1.0]], ["a", "b"]).predict([[0.1]]) == ["a"]
try:
    from chainrule import TableEncoder
except ImportError as error:
    assert "chainrule[tables]" in str(error), error
else:
    raise AssertionError
"""
    subprocess.run([sys.executable, "-c", program], check=True)
