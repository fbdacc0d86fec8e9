"""What train saves can be made again: its pipeline, cloned and fitted to the rows of training, is the model saved."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from chainrule import load
from chainrule.diagnosis.model_under_test import ModelUnderTest
from tests.cli.conftest import Run

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def table(rows: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    colour = rng.choice(["red", "green", "blue"], rows)
    size = rng.normal(3, 2, rows)
    score = size + 2 * (colour == "red") + rng.normal(0, 2, rows)
    return pd.DataFrame({"size": size, "colour": colour, "kind": np.where(score > 3.5, "big", "small")})


@pytest.mark.parametrize("own", [("--model", "softmax"), ("--hidden", "16")], ids=["softmax", "network"])
def test_the_saved_pipeline_fitted_anew_is_the_model_saved(own: tuple[str, ...], run: Run, tmp_path: Path) -> None:
    data, held_out = tmp_path / "rows.csv", tmp_path / "new.csv"
    frame = table()
    frame[:200].to_csv(data, index=False)
    frame[200:].to_csv(held_out, index=False)
    out = tmp_path / "model.safetensors"
    words = ("train", data, "--target", "kind", "--valid", held_out, "--out", out, *own)
    assert run(*words).exit_code == 0
    saved = load(out)
    rows = pd.read_csv(data)
    again = clone(saved).fit(rows[["size", "colour"]], rows["kind"])
    np.testing.assert_array_equal(again[-1].theta_, saved[-1].theta_)
    assert again[-1].n_iter_ == saved[-1].n_iter_
    if "--hidden" in own:
        assert saved[-1].n_iter_ < saved[-1].max_epochs
        predictions = ModelUnderTest(saved, rows[["size", "colour"]], rows["kind"]).cross_validated_predictions
        assert predictions.mean(predictions.correct) > 0.6


def test_a_column_that_tells_the_target_by_a_threshold_is_told_first(run: Run, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    weight = rng.normal(2900, 700, 189).round()
    frame = pd.DataFrame({"age": rng.integers(15, 40, 189), "bwt": weight, "low": (weight < 2500).astype(int)})
    frame.to_csv(tmp_path / "births.csv", index=False)
    report = tmp_path / "report.html"
    result = run(
        "train",
        tmp_path / "births.csv",
        "--model",
        "softmax",
        "--target",
        "low",
        "--out",
        tmp_path / "m.safetensors",
        "--report",
        report,
    )
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(
        "Column bwt alone predicts the target without error, by thresholds. Drop it unless it is known before the"
        " target.\n"
    )
    page = report.read_text(encoding="utf-8")
    assert page.index("Column bwt alone predicts the target") < page.index("Balanced accuracy")
