"""What scikit-learn's suites expect of pytest."""

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "thread_unsafe: a mark of scikit-learn's, for a plugin that runs tests in threads")


@pytest.fixture
def global_random_seed() -> int:
    """The seed that scikit-learn's own tests run with where none is asked for."""
    return 42
