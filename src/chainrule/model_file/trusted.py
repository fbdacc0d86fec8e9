"""Which classes a model file may name: those that skops trusts by itself, and those that Chainrule defines."""

from importlib import import_module

SKLEARN = {f"sklearn.calibration.{name}" for name in ("_CalibratedClassifier", "_SigmoidCalibration")}
PARTS = {
    *("classifier", "engine.hessian", "engine.preconditioner", "history", "layers", "losses", "network"),
    *("optimizers", "standardizer", "tables", "watching"),
}


def may_be_made(name: str) -> bool:
    """Return whether a model file may make objects of the class `name`, though skops does not trust it by itself.

    That is a class that one of Chainrule's modules defines (a function is none, nor is a class that a module only
    imports), or a part of scikit-learn's calibrated classifiers. No module but those of `PARTS` is imported to find
    out.

    >>> may_be_made("chainrule.layers.dense.Dense")
    True
    >>> may_be_made("chainrule.layers.dense.np"), may_be_made("chainrule.cli.main"), may_be_made("os.system")
    (False, False, False)
    """
    module_name, _, class_name = name.rpartition(".")
    if name in SKLEARN:
        return True
    package, _, below = module_name.partition(".")
    if package != "chainrule" or PARTS.isdisjoint((below, below.split(".")[0])):
        return False
    try:
        module = import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is not None and module_name.startswith(error.name):
            return False
        raise
    found = vars(module).get(class_name)
    return isinstance(found, type) and found.__module__ == module_name and found.__qualname__ == class_name
