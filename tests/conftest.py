"""How hypothesis searches: few examples, always the same ones; with --hypothesis-profile=explore many others."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.engine.forms import epochs_compiled

# By these Rich and Typer write for a terminal where there is none.
for name in ("FORCE_COLOR", "PY_COLORS", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "GITHUB_ACTIONS"):
    os.environ.pop(name, None)
# As wide as Rich takes a line to be where there is no terminal: that of who runs the tests may be narrower.
os.environ["COLUMNS"] = "80"

for profile, examples in (("chainrule", 10), ("explore", 200)):
    settings.register_profile(
        profile,
        deadline=None,
        max_examples=examples,
        derandomize=profile == "chainrule",
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
settings.load_profile("chainrule")


@pytest.fixture
def plain_regression(monkeypatch: pytest.MonkeyPatch) -> None:
    """Regression is computed by NumPy, as where the package was built without a compiler."""
    monkeypatch.setattr("chainrule.engine.compiled_regression.kernels", None)


@pytest.fixture(params=["one by one", "compiled"])
def steps(request: pytest.FixtureRequest) -> Iterator[None]:
    """The steps of mini-batches are taken one by one, or in C wherever that covers them."""
    with epochs_compiled(request.param == "compiled"):
        yield
