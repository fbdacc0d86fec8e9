"""The tests of numbers as other machines run them: `make check-machines`, or `python -m tests.machines [which ...]`.

Another processor rounds differently: OpenBLAS has kernels of its own for each, which add in another order. Each
machine below is one of these kernels with a number of threads, and a set of instructions for our own compiled kernels;
hashes and the order of the tests are at random, from a seed that is printed. Together they have every kernel, number of
threads and set of instructions, but not each with each, since one takes two minutes. scikit-learn's own tests, which
ask what an estimator may do and not for digits, run on two of them: with the compiled kernels and without.
"""

import os
import random
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

# What computes: all but files, figures, pages and the command line, whose text and pictures have tests of their own.
FOLDERS = (
    "attribution",
    "diagnosis",
    "engine",
    "estimator",
    "evaluation",
    "inference",
    "inspection",
    "layers",
    "influences",
    "losses",
    "optimizers",
    "training",
)
WIDER = ("network",)
PEERS = "tests/peers"


class Machine(NamedTuple):
    """How the tests are run.

    Attributes:
        kernel: what OPENBLAS_CORETYPE asks for.
        needs: an instruction set that the processor must have for it, as /proc/cpuinfo calls it.
        threads: of OpenBLAS.
        instructions: with which the compiled kernels compute, or "none" for the plain forms.
        peers: whether scikit-learn's own tests run too.
    """

    kernel: str
    needs: str
    threads: int
    instructions: str
    peers: bool = False


MACHINES = (
    Machine("SkylakeX", "avx512f", 2, "avx512"),
    Machine("Haswell", "avx2", 1, "avx2", peers=True),
    Machine("Haswell", "avx2", 2, "none", peers=True),
    Machine("Zen", "avx2", 2, "avx2"),
    Machine("Sandybridge", "avx", 1, "baseline"),
)
# So many must be possible anywhere: else this shows nothing.
FEWEST = 2
KERNEL_IN_FORCE = """
import numpy, threadpoolctl
print(*{pool["architecture"] for pool in threadpoolctl.threadpool_info() if pool["internal_api"] == "openblas"})
"""


def has(instructions: str) -> bool:
    """Return whether the processor has an instruction set; True where nothing says which it has."""
    cpuinfo = Path("/proc/cpuinfo")
    return not cpuinfo.exists() or instructions in cpuinfo.read_text(encoding="utf-8").split()


def environment(machine: Machine, seed: int) -> dict[str, str]:
    """Return the environment variables that make this machine."""
    return {
        **os.environ,
        "OPENBLAS_CORETYPE": machine.kernel,
        "OPENBLAS_NUM_THREADS": str(machine.threads),
        "PYTHONHASHSEED": str(seed),
        "CHAINRULE_INSTRUCTIONS": machine.instructions,
    }


def kernel_in_force(variables: dict[str, str]) -> str:
    """Return which of its kernels OpenBLAS takes in such an environment."""
    command = [sys.executable, "-c", KERNEL_IN_FORCE]
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=True).stdout.strip()


def run(machine: Machine) -> bool | None:
    """Run the tests as on this machine; return whether all pass, or None where this one cannot be such a machine."""
    name = f"{machine.kernel}, {machine.threads} thread(s), compiled kernels: {machine.instructions}"
    if not has(machine.needs):
        print(f"--- {name}: left out, since this processor has no {machine.needs}", flush=True)
        return None
    seed = random.randrange(1 << 31)
    variables = environment(machine, seed)
    if (found := kernel_in_force(variables)) != machine.kernel:
        print(f"--- {name}: left out, since this OpenBLAS has no such kernel, and takes {found}", flush=True)
        return None
    print(f"--- {name}, seed {seed}", flush=True)
    tests = [*(f"tests/{part}" for part in FOLDERS), *(str(path) for part in WIDER for path in _of(part))]
    tests += [PEERS] * machine.peers
    order = ["--random-order", f"--random-order-seed={seed}"]
    command = [sys.executable, "-m", "pytest", "-n", "2", "-p", "no:cacheprovider", *order, *tests]
    return subprocess.run(command, env=variables, check=False).returncode == 0


def _of(part: str) -> list[Path]:
    return sorted(Path("tests").glob(f"test_{part}*.py"))


def main(wanted: list[str]) -> int:
    """Run the machines whose kernel is wanted, or all; return 1 where a test fails on any."""
    machines = [machine for machine in MACHINES if not wanted or machine.kernel in wanted]
    passed = [run(machine) for machine in machines]
    failed = [machine.kernel for machine, well in zip(machines, passed, strict=True) if well is False]
    tried = sum(well is not None for well in passed)
    if failed or tried < FEWEST - len(MACHINES) + len(machines):
        print(f"Failed on: {', '.join(failed)}" if failed else f"Only {tried} machines could be tried.")
        return 1
    print(f"All tests pass on {tried} machines.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
