"""What `chainrule train` was asked for."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, final


@final
@dataclass(frozen=True)
class Settings:
    """What was asked for, as words and numbers."""

    data: Path
    target: str | None
    valid: Path | None
    validation_fraction: float
    weight: str | None
    drop: tuple[str, ...]
    kinds: dict[str, str]
    formats: dict[str, str]
    header: bool | None
    separator: str | None
    hidden: tuple[int, ...]
    activation: tuple[str, ...]
    l2: float | str
    l1: float
    class_weight: Any
    prior_correction: bool
    label_smoothing: float
    optimizer: str
    rate: float | None
    batch_size: int | str
    max_epochs: int
    tol: float | str
    patience: int
    seed: int
    threads: int | None
    positive: str | None
