"""A model file to change."""

from pathlib import Path

import pytest

import chainrule
from chainrule import Classifier
from tests.model_file.models import rows


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return chainrule.save(Classifier().fit(*rows()), tmp_path / "model.safetensors")
