"""A file or a model that cannot be used says why in one sentence."""

import contextlib
import os
import pickle
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
import skops.io
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

import chainrule
from chainrule import Classifier, __version__
from chainrule.model_file import ModelFileError, read_about
from chainrule.model_file.skops_file import NOTE
from tests.mistakes import assert_refused
from tests.model_file.archives import listed, named, rewrite, text
from tests.model_file.models import rows


def test_a_file_of_a_newer_format(path: Path) -> None:
    rewrite(path, NOTE, lambda note: {**note, "format": 2, "chainrule": "9.1"})
    message = (
        f"{path} has format 2, written by chainrule 9.1, but this is chainrule {__version__}, which reads formats up to"
        " 1: update chainrule."
    )
    assert_refused(lambda: chainrule.load(path), message)
    assert_refused(lambda: read_about(path), message)


@pytest.mark.parametrize("found", [None, "1", 0, -1, True])
def test_a_format_that_is_none(found: Any, path: Path) -> None:
    rewrite(path, NOTE, lambda note: {**note, "format": found})
    expected = f"{path} is damaged: the format in its {NOTE} must be a whole number from 1, found {found!r}."
    assert_refused(lambda: chainrule.load(path), expected)


@pytest.mark.parametrize(
    "content",
    [b"", b"just a few words", pickle.dumps([1, 2]), b"\x00" * 500, b'{"json": true}'],
    ids=["empty", "words", "pickle", "zeros", "json"],
)
def test_a_file_that_is_no_model_file(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.skops"
    path.write_bytes(content)
    assert_refused(lambda: chainrule.load(path), f"{path} is no model file: expected one that chainrule.save wrote.")


def test_a_pickle_is_not_opened(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.system, (f"touch {tmp_path / 'marker'}",)

    path = tmp_path / "model.skops"
    path.write_bytes(pickle.dumps(Evil()))
    with pytest.raises(ModelFileError):
        chainrule.load(path)
    assert not (tmp_path / "marker").exists()


def test_archives_of_others(tmp_path: Path) -> None:
    path = tmp_path / "model.zip"
    with ZipFile(path, "w") as file:
        file.writestr("letter.txt", "Dear reader")
    message = f"{path} is an archive that chainrule.save did not write: it has no {NOTE}."
    assert_refused(lambda: chainrule.load(path), message)
    skops.io.dump(Classifier().fit(*rows()), path)
    assert_refused(lambda: chainrule.load(path), message)
    np.savez(tmp_path / "arrays.npz", a=np.zeros(3))
    with pytest.raises(ModelFileError, match="did not write"):
        chainrule.load(tmp_path / "arrays.npz")


def test_a_file_cut_short_anywhere(path: Path) -> None:
    whole = path.read_bytes()
    for end in np.linspace(2, len(whole) - 1, 40).astype(int):
        path.write_bytes(whole[:end])
        assert_refused(
            lambda: chainrule.load(path), f"{path} is damaged or cut short: get it again, or save the model anew."
        )


def test_a_file_with_a_changed_byte_never_loads_as_another_model(path: Path) -> None:
    x, y = rows()
    whole, expected = path.read_bytes(), Classifier().fit(x, y).predict_proba(x)
    generator = np.random.default_rng(0)
    for place in generator.integers(0, len(whole), 150):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x15]) + whole[place + 1 :])
        with contextlib.suppress(ModelFileError):
            np.testing.assert_array_equal(chainrule.load(path).predict_proba(x), expected)


@pytest.mark.parametrize(
    "schema",
    [
        [],
        {},
        {"protocol": 99},
        {"protocol": 2, "__loader__": "NoSuchNode", "__module__": "a", "__class__": "b"},
        {"protocol": 2, **listed(text("x"))},
        {"protocol": 2, **named("chainrule.layers", "dense.Dense", "TypeNode")},
    ],
    ids=str,
)
def test_an_archive_whose_model_makes_no_sense(schema: Any, path: Path) -> None:
    rewrite(path, "schema.json", lambda _: schema)
    with pytest.raises(ModelFileError, match=r"cannot be read|holds tuple, not a model|names ") as error:
        chainrule.load(path)
    assert "\n" not in str(error.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nothing\.skops"):
        chainrule.load(tmp_path / "nothing.skops")


class Stranger(Classifier):
    """A class that no other machine has."""


def test_what_load_would_refuse_is_not_saved(tmp_path: Path) -> None:
    path = tmp_path / "model.skops"
    assert_refused(
        lambda: chainrule.save(Stranger().fit(*rows()), path),
        f"The model holds {__name__}.Stranger, which load would refuse: save only what predicts, such as the"
        " best_estimator_ of a search, or a Classifier with callbacks=().",
    )
    model = make_pipeline(FunctionTransformer(np.nan_to_num), Classifier()).fit(*rows())
    with pytest.raises(ModelFileError, match="nan_to_num, which load would refuse"):
        chainrule.save(model, path)
    with pytest.raises(ModelFileError, match=r"<lambda>, which load would refuse: .* callbacks=\(\)"):
        chainrule.save(Classifier(callbacks=[lambda _: None]).fit(*rows()), path)
    odd = Classifier().fit(*rows())
    odd.extra_ = (number for number in (1, 2))
    assert_refused(
        lambda: chainrule.save(odd, path),
        "This model cannot be written to a file: cannot pickle 'generator' object.",
    )
    search = GridSearchCV(Classifier(), {"l2": [0.01, 0.1]}, cv=2).fit(*rows())
    with pytest.raises(ModelFileError, match="such as the best_estimator_ of a search"):
        chainrule.save(search, path)
    assert not path.exists()


def test_what_is_no_fitted_model_is_not_saved(tmp_path: Path) -> None:
    path = tmp_path / "model.skops"
    assert_refused(
        lambda: chainrule.save(Classifier(), path), "This Classifier is not fitted yet: call fit before save."
    )
    assert_refused(
        lambda: chainrule.save({"a": 1}, path), "A model file holds a fitted model, found dict: give a Classifier."
    )
    model = Classifier().fit(*rows())
    assert_refused(
        lambda: chainrule.save(model, path, about={"seed": np.float32}),
        "The facts about the model must be what JSON can say: Object of type type is not JSON serializable.",
    )
    with pytest.raises(ModelFileError, match="what JSON can say"):
        chainrule.save(model, path, about={"score": np.nan})
    assert not path.exists()


def test_names_in_the_archive_stay_in_the_archive(path: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.npy"
    with ZipFile(path, "a") as file:
        file.writestr(f"../{outside.name}", b"x")
    chainrule.load(path)
    assert not outside.exists()


@pytest.mark.parametrize("note", [[], "x", 3, {}])
def test_a_note_that_makes_no_sense(note: Any, path: Path) -> None:
    rewrite(path, NOTE, lambda _: note)
    with pytest.raises(ModelFileError, match="is damaged"):
        chainrule.load(path)


def test_a_note_nested_too_deep(path: Path) -> None:
    with ZipFile(path, "a") as file, pytest.warns(UserWarning, match="Duplicate"):
        file.writestr(NOTE, "[" * 100_000)
    with pytest.raises(ModelFileError, match="is damaged"):
        chainrule.load(path)
