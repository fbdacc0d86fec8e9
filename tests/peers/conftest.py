"""What scikit-learn's suites expect of pytest."""

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "thread_unsafe: a mark of scikit-learn's, for a plugin that runs tests in threads"
    )


@pytest.fixture(autouse=True)
def dispatch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let scikit-learn dispatch on the library that arrays come from, as some of the tests do with NumPy's."""
    monkeypatch.setenv("SCIPY_ARRAY_API", "1")


@pytest.fixture
def global_random_seed() -> int:
    """The seed that scikit-learn's own tests run with where none is asked for."""
    return 42
