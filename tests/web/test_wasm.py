"""The product of matrices in WebAssembly is what the compiled kernels' source gives, byte by byte."""

import shutil
import subprocess
from pathlib import Path

import pytest

WEB = Path(__file__).parents[2] / "web"


# Debian 12's: another compiler gives other bytes.
VERSION = b"version 14."


def _can_compile() -> bool:
    """Whether clang and lld for WebAssembly, and Node, are there."""
    if not all(shutil.which(program) for program in ("clang", "wasm-ld", "node")) or not WEB.is_dir():
        return False
    told = [
        subprocess.run(["clang", what], capture_output=True, check=False).stdout
        for what in ("--version", "--print-targets")
    ]
    return VERSION in told[0] and b"wasm32" in told[1]


@pytest.mark.skipif(
    not _can_compile(), reason="clang and lld 14 for WebAssembly are not installed: nothing was built anew"
)
def test_the_built_product_is_that_of_the_source(tmp_path: Path) -> None:
    built = tmp_path / "products_wasm.ts"
    subprocess.run(["node", "wasm/build.mjs", str(built)], cwd=WEB, check=True)
    assert built.read_bytes() == (WEB / "src/kernel/products_wasm.ts").read_bytes(), "build it anew: make wasm"
