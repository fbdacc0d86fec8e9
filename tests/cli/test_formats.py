"""Numbers and dates as people write them, from the file of training to predictions of new rows."""

import json
from pathlib import Path

import numpy as np
import pytest

from chainrule import load
from chainrule.tables.readers.files import read_table
from tests.cli.conftest import Run


def write_houses(path: Path, *, people: bool, rows: int = 300, seed: int = 0) -> Path:
    """Write prices, areas, dates and what they tell, as people write them or as programs do."""
    rng = np.random.default_rng(seed)
    lines = ["price,share,sold,town,dear"]
    for _ in range(rows):
        price, share = round(float(rng.uniform(500, 9999)), 2), round(float(rng.random()) * 100, 1)
        day, month, year = rng.integers(1, 29), rng.integers(1, 13), rng.integers(2000, 2024)
        town, dear = rng.choice(["Ulm", "Bern", "Graz"]), "yes" if price > 5000 else "no"
        if people:
            lines.append(f'"${price:,.2f}",{share}%,{day:02}/{month:02}/{year},{town},{dear}')
        else:
            lines.append(f"{price},{share},{year}-{month:02}-{day:02},{town},{dear}")
    path.write_text("\n".join(lines))
    return path


def test_a_table_is_learned_as_if_programs_had_written_it(run: Run, tmp_path: Path) -> None:
    for name, people in (("people", True), ("programs", False)):
        write_houses(tmp_path / f"{name}.csv", people=people)
        result = run(
            "train",
            tmp_path / f"{name}.csv",
            "--model",
            "softmax",
            "--target",
            "dear",
            "--out",
            tmp_path / name,
            "--json",
        )
        assert result.exit_code == 0, result.output
        told = json.loads(result.stdout)
        assert told["metrics"]["accuracy"] > 0.9
        said = [note for note in told["notes"] if "was read as" in note]
        assert len(said) == (3 if people else 0)
    people, programs = load(tmp_path / "people"), load(tmp_path / "programs")
    np.testing.assert_allclose(people[-1].theta_, programs[-1].theta_, atol=1e-12)
    assert people[0].formats_ == {"price": "1,234.5", "share": "1,234.5", "sold": "d/m/y"}
    new = write_houses(tmp_path / "new.csv", people=True, rows=40, seed=1)
    same = write_houses(tmp_path / "same.csv", people=False, rows=40, seed=1)
    for data, model in ((new, "people"), (same, "programs")):
        assert run("predict", tmp_path / model, data, "--proba", "--out", data.with_suffix(".parquet")).exit_code == 0
    columns = ["predicted dear", "probability of no"]
    one, other = (read_table(data.with_suffix(".parquet")).select(columns) for data in (new, same))
    assert one.to_pylist() == other.to_pylist()
    evaluated = run("evaluate", tmp_path / "people", new, "--json")
    assert json.loads(evaluated.stdout)["metrics"]["accuracy"] > 0.9


def test_the_columns_of_a_file_stay_as_they_are_written(run: Run, tmp_path: Path) -> None:
    data, out = write_houses(tmp_path / "a.csv", people=True), tmp_path / "m.safetensors"
    run("train", data, "--model", "softmax", "--target", "dear", "--out", out)
    predicted = run("predict", out, data).stdout.splitlines()
    assert predicted[1].startswith('"' + data.read_text().splitlines()[1].split('"')[1] + '"')


def test_new_rows_are_read_as_those_of_training(run: Run, tmp_path: Path) -> None:
    """Seen alone, 1.234 is a small number, and 01/02/2023 is in January."""
    rows = [
        f"{f'1.{200 + i},5' if i % 2 else f'{i},5'};{1 + i % 28}/{1 + i % 12}/2023;{'ab'[i % 2]}" for i in range(80)
    ]
    data, new, out = tmp_path / "a.csv", tmp_path / "new.csv", tmp_path / "m.safetensors"
    data.write_text("\n".join(["size;when;kind", *rows]))
    new.write_text("size;when\n1.234;01/02/2023\n2;03/02/2023\n")
    assert run("train", data, "--model", "softmax", "--target", "kind", "--out", out).exit_code == 0
    assert load(out)[0].formats_ == {"size": "1.234,5", "when": "d/m/y"}
    assert [line.split(",")[-1] for line in run("predict", out, new).stdout.splitlines()[1:]] == ['"b"', '"a"']
    new.write_text("size;when\n1.5;01/02/2023\n")
    refused = run("predict", out, new)
    assert (refused.exit_code, refused.stderr.count("\n")) == (2, 1)
    assert "Column size must hold numbers written like 1.234,5" in refused.stderr


@pytest.mark.parametrize("header", [True, False])
def test_how_a_column_is_written_can_be_said(header: bool, run: Run, tmp_path: Path) -> None:
    rows = [f"{i % 9 + 1}.23{i % 10},0{i % 9 + 1}/0{i % 7 + 1}/2023,{'ab'[i % 2]}" for i in range(80)]
    data, out = tmp_path / "a.csv", tmp_path / "m.safetensors"
    data.write_text("\n".join([*(["size,when,kind"] if header else []), *rows]))
    size, when = ("size", "when") if header else ("column 0", "column 1")
    words = ("train", data, "--model", "softmax", "--target", "-1", "--out", out, "--json", "--force")
    told = json.loads(run(*words).stdout)
    assert [note for note in told["notes"] if f"give --format {when}=d/m/y" in note]
    assert load(out)[0].learned_[0].mean < 10
    told = json.loads(run(*words, "--format", f"{when}=d/m/y", "--format", f"{size}=1.234,5").stdout)
    assert not [note for note in told["notes"] if "two ways" in note]
    assert load(out)[0].formats_ == {size: "1.234,5", when: "d/m/y"}
    assert load(out)[0].learned_[0].mean > 1000
    assert run("predict", out, data).exit_code == 0
    refusals = {
        f"{when}=y-m-d": "must hold dates written like y-m-d",
        "no=d/m/y": "no column no",
        f"{size}=x": "choose",
    }
    for wrong, message in refusals.items():
        refused = run(*words, "--format", wrong)
        assert (refused.exit_code, refused.stderr.count("\n")) == (2, 1)
        assert message in refused.stderr


def test_a_kind_that_is_given_leaves_words(run: Run, tmp_path: Path) -> None:
    data = write_houses(tmp_path / "a.csv", people=True)
    told = run(
        "train",
        data,
        "--model",
        "softmax",
        "--target",
        "dear",
        "--out",
        tmp_path / "m",
        "--kind",
        "sold=identifier",
        "--json",
    )
    assert not [note for note in json.loads(told.stdout)["notes"] if "sold" in note]


def test_labels_and_weights(run: Run, tmp_path: Path) -> None:
    rows = [f'{i / 7:.3f},{"10%" if i % 2 else "20%"},"1,{i % 9}"' for i in range(80)]
    data, out = tmp_path / "a.csv", tmp_path / "m.safetensors"
    data.write_text("\n".join(["x,rate,w", *rows]))
    assert run("train", data, "--model", "softmax", "--target", "rate", "--weight", "w", "--out", out).exit_code == 0
    assert load(out).classes_.tolist() == ["10%", "20%"]


def test_numbers_are_standardised_with_the_weights_of_the_rows(run: Run, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x, weights = rng.normal(5, 2, 80).round(6), rng.integers(0, 5, 80)
    data, held_out, out = tmp_path / "a.csv", tmp_path / "b.csv", tmp_path / "m.safetensors"
    rows = [f"{value},{weight},{'no' if value < 5 else 'yes'}" for value, weight in zip(x, weights, strict=True)]
    data.write_text("\n".join(["x,w,big", *rows]))
    held_out.write_text("x,w,big\n4.5,1,no\n5.5,1,yes\n")
    result = run(
        "train", data, "--model", "softmax", "--target", "big", "--weight", "w", "--valid", held_out, "--out", out
    )
    assert result.exit_code == 0, result.output
    column = load(out)[0].learned_[0]
    mean = np.average(x, weights=weights)
    assert column.mean == pytest.approx(mean, rel=1e-12)
    assert column.scale == pytest.approx(np.sqrt(np.average((x - mean) ** 2, weights=weights)), rel=1e-12)


def test_other_programs_get_the_same(run: Run, tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    data, out = write_houses(tmp_path / "a.csv", people=True), tmp_path / "m.safetensors"
    run("train", data, "--model", "softmax", "--target", "dear", "--out", out, "--kind", "town=category")
    result = run("export", out, "--to", "onnx", "--out", tmp_path / "m.onnx", "--check", data)
    assert result.exit_code == 0, result.output
    assert "Largest difference" in result.stdout
