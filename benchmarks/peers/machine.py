"""The machine: what it is, how many threads all may use, and what it can do at most."""

import os
import platform
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from chainrule.arrays import Array

LIBRARIES = (
    *("chainrule", "numpy", "scipy", "scikit-learn", "torch", "jax", "jaxlib", "optax"),
    *("glum", "skglm", "statsmodels"),
)
# Bytes that are read to learn the rate of memory: many times any cache.
READ_BYTES = 1 << 30
# Rows and columns of a product that reaches the rate of the processor: 17 gigaflop.
MATRIX = 2048


def described(threads: int) -> dict[str, str]:
    """Return the machine and its libraries in words."""
    libraries = ", ".join(f"{name} {found}" for name in LIBRARIES if (found := _version(name)))
    return {
        "processor": _from_file("/proc/cpuinfo", "model name") or platform.processor() or platform.machine(),
        "cores": str(os.cpu_count()),
        "cache": _cache(),
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "threads": str(threads),
        "libraries": libraries,
    }


@contextmanager
def same_threads(threads: int) -> Iterator[None]:
    """Give every library that is loaded so many threads."""
    import torch

    torch.set_num_threads(threads)
    with threadpool_limits(threads):
        yield


def limits(threads: int, quick: bool = False) -> dict[str, float]:
    """Return the bytes a second that are read from memory, and the operations a second of matrix products.

    Each is the best of several ways and runs: a limit is what cannot be beaten.
    """
    return {
        "bytes/s": read_rate(threads, READ_BYTES // 4 if quick else READ_BYTES),
        "float32 flop/s": matrix_rate(np.float32, MATRIX // 2 if quick else MATRIX),
        "float64 flop/s": matrix_rate(np.float64, MATRIX // 2 if quick else MATRIX),
    }


def read_rate(threads: int, size: int) -> float:
    """Return how many bytes a second all threads together read of an array much larger than the cache."""
    array = np.ones(size // 8)
    parts = np.array_split(array, threads)
    ways: tuple[Callable[[Array], object], ...] = (np.max, np.sum, lambda part: part @ part)
    best = float("inf")
    with ThreadPoolExecutor(threads) as pool, threadpool_limits(1):
        for way in ways:
            for _ in range(5):
                start = time.perf_counter()
                list(pool.map(way, parts))
                best = min(best, time.perf_counter() - start)
    return array.nbytes / best


def matrix_rate(dtype: type, size: int) -> float:
    """Return the operations a second of the product of two square matrices: two for each multiplication."""
    import torch

    a: Array = np.ones((size, size), dtype)
    b, out = a.copy(), np.empty_like(a)
    ta, tb, tout = map(torch.from_numpy, (a, b, out))
    best = float("inf")
    for way in (lambda: np.matmul(a, b, out=out), lambda: torch.matmul(ta, tb, out=tout)):
        for _ in range(5):
            start = time.perf_counter()
            way()
            best = min(best, time.perf_counter() - start)
    return 2 * size**3 / best


def least_seconds(limits: Mapping[str, float], bytes_read: float, operations: float, dtype: str) -> float:
    """Return the seconds below which this machine cannot read so many bytes and do so many operations.

    >>> least_seconds({"bytes/s": 10.0, "float32 flop/s": 100.0}, 20, 100, "float32")
    2.0
    """
    return max(bytes_read / limits["bytes/s"], operations / limits[f"{dtype} flop/s"])


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _from_file(path: str, name: str) -> str | None:
    try:
        lines = Path(path).read_text().splitlines()
    except OSError:
        return None
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(name)), None)


def _cache() -> str:
    """Return the size of the last-level cache."""
    folders = sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*"))
    try:
        return (folders[-1] / "size").read_text().strip() + "iB"
    except (IndexError, OSError):
        return "unknown"
