"""The built pages are what their source gives, byte by byte, and the source passes its own tests."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

import chainrule

WEB = Path(__file__).parents[2] / "web"
BUILT = Path(chainrule.__file__).parent / "pages" / "web"
# As package.json says: what builds the pages runs on no older one.
OLDEST = (20, 19)


def _can_build() -> bool:
    """Whether npm, a Node that is new enough, and the source of the pages are there."""
    if shutil.which("npm") is None or shutil.which("node") is None or not WEB.is_dir():
        return False
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    return tuple(map(int, version.strip().lstrip("v").split(".")[:2])) >= OLDEST


pytestmark = pytest.mark.skipif(
    not _can_build(), reason="npm and Node 20.19 are not installed: the pages were not built anew"
)


def _npm(*arguments: str) -> None:
    run = subprocess.run(
        ["npm", *arguments], cwd=WEB, capture_output=True, text=True, check=False, env=os.environ | {"CI": "1"}
    )
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-4000:]


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    lock, installed = WEB / "package-lock.json", WEB / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        _npm("ci")


def test_the_package_holds_what_the_source_gives(tmp_path: Path) -> None:
    _npm("run", "build", "--", str(tmp_path))
    built = {path.name: path.read_bytes() for path in BUILT.iterdir()}
    anew = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert sorted(anew) == sorted(built)
    assert [name for name in anew if anew[name] != built[name]] == [], "build them anew: make web"


def test_the_source_passes_its_own_tests() -> None:
    _npm("test")


def test_the_lock_names_no_registry() -> None:
    assert '"resolved"' not in (WEB / "package-lock.json").read_text()
