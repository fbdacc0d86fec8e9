"""svmlight rows and idx images."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_svmlight_file

from chainrule.tables.readers.files import TableError, is_matrix, read_matrix, read_unlabelled

ROWS = "1 1:0.5 3:2 # first\n-1 2:1e-3\n\n# a remark\n+1 qid:3 4:-7\n"


def idx(values: np.ndarray, shape: tuple[int, ...] | None = None) -> bytes:
    shape = values.shape if shape is None else shape
    return bytes([0, 0, 8, len(shape)]) + struct.pack(f">{len(shape)}I", *shape) + values.astype(np.uint8).tobytes()


@pytest.mark.parametrize("zipped", [False, True])
def test_svmlight(zipped: bool, tmp_path: Path) -> None:
    path = tmp_path / "rows.txt"
    path.write_bytes(gzip.compress(ROWS.encode()) if zipped else ROWS.encode())
    assert is_matrix(path)
    x, labels, names = read_matrix(path)
    assert x.toarray().tolist() == [[0.5, 0, 2, 0], [0, 1e-3, 0, 0], [0, 0, 0, -7]]
    assert labels.tolist() == [1, -1, 1]
    assert names == ["feature 1", "feature 2", "feature 3", "feature 4"]
    wider, _, names = read_matrix(path, columns=6)
    assert wider.shape == (3, 6)
    assert names[-1] == "feature 6"
    with pytest.raises(TableError, match="feature 4, expected at most 3"):
        read_matrix(path, columns=3)


def test_long_rows_are_known_as_svmlight(tmp_path: Path) -> None:
    path = tmp_path / "rows"
    path.write_text(("1 " + " ".join(f"{i}:1" for i in range(100_000, 103_000)) + "\n") * 9)
    assert is_matrix(path)


def test_svmlight_is_read_as_scikit_learn_does(tmp_path: Path) -> None:
    path = tmp_path / "rows"
    path.write_text(ROWS)
    expected, labels = load_svmlight_file(str(path))
    x, found, _ = read_matrix(path)
    assert (x != expected).nnz == 0
    assert (found == labels).all()


@pytest.mark.parametrize(
    "text", ["1,2\n3,4\n", "a b\n1 2\n", "1\n2\n", "x 1:2\n", "", "1 2 3\n", "12:30 1\n", "1 1:2\n3,4\n", "# remark\n"]
)
def test_tables_are_no_matrices(text: str, tmp_path: Path) -> None:
    path = tmp_path / "table"
    path.write_text(text)
    assert not is_matrix(path)


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
        ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
        ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte"),
        ("t10k-images.idx3-ubyte", "t10k-labels.idx1-ubyte.gz"),
    ],
)
def test_images_and_the_labels_beside_them(images: str, labels: str, tmp_path: Path) -> None:
    pixels = np.arange(24).reshape(2, 3, 4)
    for name, content in ((images, idx(pixels)), (labels, idx(np.array([7, 9])))):
        (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    assert is_matrix(tmp_path / images)
    x, found, names = read_matrix(tmp_path / images)
    assert x.dtype == np.uint8
    assert x.tolist() == pixels.reshape(2, 12).tolist()
    assert found.tolist() == [7, 9]
    assert names[:6] == ["pixel 0,0", "pixel 0,1", "pixel 0,2", "pixel 0,3", "pixel 1,0", "pixel 1,1"]
    assert read_matrix(tmp_path / images, columns=12)[0].shape == (2, 12)
    with pytest.raises(TableError, match="has 12 pixels per image, expected 5"):
        read_matrix(tmp_path / images, columns=5)
    (tmp_path / labels).unlink()
    np.testing.assert_array_equal(read_unlabelled(tmp_path / images, 12), x)
    with pytest.raises(TableError, match="has 12 pixels per image, expected 5"):
        read_unlabelled(tmp_path / images, 5)


@pytest.mark.parametrize(
    ("name", "content", "labels", "message"),
    [
        ("a-images-idx3", idx(np.ones((2, 2, 2))), None, "has no labels: expected them beside it in a-labels-idx1"),
        ("a-images-idx3", idx(np.ones((2, 2, 2))), idx(np.ones(3)), r"a-labels-idx1 has labels of shape \(3,\)"),
        ("a-images-idx3", idx(np.ones((2, 2, 2))), b"junk", "a-labels-idx1 is not an idx file"),
        ("a-images-idx3", idx(np.ones((2, 2, 2)))[:-1], idx(np.ones(2)), "has 7 values, expected 8"),
        ("a-images-idx3", idx(np.ones((2, 2, 2))) + b"x", idx(np.ones(2)), "has 9 values, expected 8"),
        ("a-images-idx3", idx(np.ones((2, 2, 2)))[:9], idx(np.ones(2)), "truncated"),
        ("a-images-idx3", idx(np.ones(8), (2**32 - 1,) * 3), idx(np.ones(2)), "has 8 values, expected 7922816"),
        ("a-images-idx3", b"\x00\x00\x08\x00", idx(np.ones(2)), "is not an idx file"),
        ("a-labels-idx1", idx(np.ones(2)), None, "array of 1 axes, expected images"),
        ("pictures", idx(np.ones((2, 2, 2))), None, "Cannot find the labels of"),
    ],
)
def test_wrong_images(name: str, content: bytes, labels: bytes | None, message: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    if labels is not None:
        (tmp_path / "a-labels-idx1").write_bytes(labels)
    with pytest.raises(TableError, match=message):
        read_matrix(tmp_path / name)


@pytest.mark.parametrize("wrong", ["1 2:x", "1 2", "1 b:2", "one 2:3", "1 2:3:4", "1 3:1 2:1", "1 2:1 2:1", "1 -1:3"])
def test_a_wrong_row_is_named(wrong: str, tmp_path: Path) -> None:
    path = tmp_path / "rows"
    path.write_text("1 1:2 2:3\n" * 30 + f"{wrong}\n1 1:1\n")
    assert is_matrix(path)
    with pytest.raises(TableError, match="line 31"):
        read_matrix(path)
