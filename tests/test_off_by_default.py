"""What explains a model costs nothing until it is asked for: training loads none of it."""

import subprocess
import sys
from pathlib import Path

EXPLAINING = {"attribution", "diagnosis", "inference", "influences", "inspection", "ledgers", "pages", "plots"}
TRAINING = {"_version", "arrays", "common", "layers", "losses", "network", "initializers", "engine", "optimizers"}
TRAINING |= {"exceptions", "training", "estimator"}
LOADED = """
print("loaded", *sorted({name.split(".")[1] for name in sys.modules if name.startswith("chainrule.")}))
"""
FIT = """
import sys
from sklearn.datasets import load_iris
from chainrule import Classifier
x, y = load_iris(return_X_y=True)
Classifier().fit(x, y).predict(x)
Classifier(hidden=(8,), optimizer="adam", max_epochs=2, tol=1e6, random_state=0).fit(x, y).score(x, y)
"""
TRAIN = """
import os, sys
os._exit = lambda status: None  # so that what was loaded can be said after the command
from chainrule.cli import main
main()
"""


def loaded_by(*programs: str, arguments: tuple[str, ...] = ()) -> list[set[str]]:
    """The parts of the package that are loaded after each of some programs, one after the other."""
    marked = [program + LOADED for program in programs]
    command = [sys.executable, "-W", "ignore", "-c", "".join(marked), *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    return [set(line.split()[1:]) for line in ran.stdout.splitlines() if line.startswith("loaded ")]


def test_fitting_and_predicting_load_what_trains_alone() -> None:
    training, asked = loaded_by(FIT, "\nfrom chainrule import influence; influence(Classifier().fit(x, y), x, y)")
    assert "estimator" in training
    assert training <= TRAINING
    assert asked - training == {"influences"}


def test_training_a_file_without_a_report_explains_nothing(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    rows = [f"{number},{number % 7},{'yes' if number * number % 11 > 4 else 'no'}" for number in range(60)]
    table.write_text("\n".join(["size,rest,kind", *rows]), encoding="utf-8")
    model = tmp_path / "model.safetensors"
    arguments = ("train", str(table), "--target", "kind", "--hidden", "4", "--out", str(model))
    (loaded,) = loaded_by(TRAIN, arguments=arguments)
    assert model.exists()
    assert {"cli", "estimator"} <= loaded
    assert not loaded & EXPLAINING


def test_importing_leaves_the_search_for_garbage_as_it_was() -> None:
    program = """
import gc, chainrule
print(gc.isenabled())
chainrule.Classifier
print(gc.isenabled())
gc.disable()
chainrule.infer
print(gc.isenabled())
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["True", "True", "False"]
