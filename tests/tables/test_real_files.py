"""Well-known data sets read as they are distributed; skipped where they are not beside the repository."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from chainrule.tables.readers.files import is_matrix, read_matrix, read_table

DATA = Path(__file__).parents[2].parent / "shared" / "data"

TABLES: dict[str, tuple[int, dict[str, int], int, str]] = {
    "adult/adult-test.csv": (16281, {"int64": 6, "string": 9}, 2203, "column 0"),
    "adult/adult-train.csv": (32561, {"int64": 6, "string": 9}, 4262, "column 0"),
    "breast_cancer_wisconsin/breast-cancer-wisconsin.csv": (699, {"int64": 10}, 16, "column 0"),
    "covertype_kaggle15k/train.csv": (15120, {"int64": 56}, 0, "Id"),
    "dry_bean/Dry_Bean_Dataset.csv": (13611, {"int64": 2, "double": 14, "string": 1}, 0, "Area"),
    "german_credit/german.csv": (1000, {"string": 13, "int64": 8}, 0, "column 0"),
    "german_credit/german.data-numeric": (1000, {"int64": 25}, 0, "column 0"),
    "hsbdemo/hsbdemo.csv": (200, {"int64": 9, "string": 5}, 0, "column 0"),
    "iris/iris.csv": (150, {"double": 4, "string": 1}, 0, "column 0"),
    "iris/seaborn_iris.csv": (150, {"double": 4, "string": 1}, 0, "sepal_length"),
    "letter/letter-recognition.data": (20000, {"string": 1, "int64": 16}, 0, "column 0"),
    "mushroom/agaricus-lepiota.data": (8124, {"string": 23}, 2480, "column 0"),
    "penguins/penguins.csv": (344, {"string": 3, "double": 2, "int64": 3}, 19, "species"),
    "sonar/sonar.csv": (208, {"double": 60, "string": 1}, 0, "column 0"),
    "spambase/spambase.data": (4601, {"double": 55, "int64": 3}, 0, "column 0"),
    "titanic/titanic.csv": (891, {"int64": 4, "string": 7, "double": 2, "bool": 2}, 869, "survived"),
    "wine_quality/winequality-red.csv": (1599, {"double": 11, "int64": 1}, 0, "column 0"),
    "wine_quality/winequality-white.csv": (4898, {"double": 11, "int64": 1}, 0, "column 0"),
}


def file(name: str) -> Path:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{name} is not beside the repository")
    return path


@pytest.mark.parametrize(("name", "expected"), TABLES.items(), ids=list(TABLES))
def test_rows_types_missing_values_and_names(name: str, expected: tuple[int, dict[str, int], int, str]) -> None:
    path = file(name)
    assert not is_matrix(path)
    table = read_table(path)
    types = dict(Counter(map(str, table.schema.types)))
    assert (len(table), types, sum(column.null_count for column in table.columns), table.column_names[0]) == expected


def test_missing_values_are_where_they_were() -> None:
    penguins = read_table(file("penguins/penguins.csv"))
    assert {name: penguins[name].null_count for name in penguins.column_names if penguins[name].null_count} == {
        "bill_length_mm": 2,
        "bill_depth_mm": 2,
        "flipper_length_mm": 2,
        "body_mass_g": 2,
        "sex": 11,
    }


@pytest.mark.parametrize(("name", "rows", "columns"), [("a9a", 32561, 123), ("a9a.t", 16281, 122)])
def test_svmlight(name: str, rows: int, columns: int) -> None:
    path = file(f"a9a_sparse/{name}")
    assert is_matrix(path)
    x, labels, names = read_matrix(path)
    assert sparse.issparse(x)
    assert x.shape == (rows, columns)
    assert x.dtype == np.float64
    assert set(labels) == {-1.0, 1.0}
    assert names[0] == "feature 1"
    assert read_matrix(path, columns=123)[0].shape == (rows, 123)


def test_images() -> None:
    path = file("fashion_mnist/t10k-images-idx3-ubyte.gz")
    assert is_matrix(path)
    x, labels, names = read_matrix(path)
    assert x.shape == (10000, 784)
    assert x.dtype == np.uint8
    assert np.bincount(labels).tolist() == [1000] * 10
    assert (names[0], names[29]) == ("pixel 0,0", "pixel 1,1")
