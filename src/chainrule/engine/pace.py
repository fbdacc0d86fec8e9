"""How many threads are worth it just now: others may need the processor too."""

from typing import final

TRY_AGAIN = 8


@final
class Pace:
    """Chooses between one thread and all there may be, by how long either took; for work whose outcome is the same.

    >>> pace = Pace()
    >>> for seconds in (3.0, 2.0):
    ...     pace.took(pace.threads(4), seconds)
    >>> [pace.threads(4) for _ in range(6)]
    [4, 4, 4, 4, 4, 1]
    """

    def __init__(self) -> None:
        self._calls = 0
        self._seconds: dict[int, float] = {}

    def threads(self, most: int) -> int:
        """Return how many threads to use, at most as many as given: now and then those that were slower before."""
        self._calls += 1
        faster, slower = sorted((1, most), key=lambda threads: self._seconds.get(threads, 0.0))
        return slower if self._calls % TRY_AGAIN == 0 else faster

    def took(self, threads: int, seconds: float) -> None:
        """Remember how long the work took the last time with so many threads."""
        self._seconds[threads] = seconds
