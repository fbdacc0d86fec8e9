"""A file or a model that cannot be used says why in one sentence."""

import os
import pickle
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
from safetensors.numpy import save_file
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, PolynomialFeatures

import chainrule
from chainrule import Classifier, __version__
from chainrule.exceptions import ModelFileError
from chainrule.model_file import read_about
from tests.mistakes import assert_refused
from tests.model_file.elsewhere import Cube
from tests.model_file.forging import forge
from tests.model_file.models import passengers, rows


def test_a_file_of_a_newer_format(path: Path) -> None:
    forge(path, lambda content, _: {**content, "format": 2, "chainrule": "9.1"})
    message = (
        f"{path} has format 2, written by chainrule 9.1, but this is chainrule {__version__}, which reads formats up to"
        " 1: update chainrule."
    )
    assert_refused(lambda: chainrule.load(path), message)
    assert_refused(lambda: read_about(path), message)


@pytest.mark.parametrize("found", [None, "1", 0, -1, True])
def test_a_format_that_is_none(found: Any, path: Path) -> None:
    forge(path, lambda content, _: {**content, "format": found})
    expected = f"{path} is damaged: its format must be a whole number from 1, found {str(found)!r}."
    assert_refused(lambda: chainrule.load(path), expected)


@pytest.mark.parametrize(
    "content",
    [b"", b"just a few words", pickle.dumps([1, 2]), b"\x00" * 500, b'{"json": true}', b"\x01" + b"\0" * 7 + b"3"],
    ids=["empty", "words", "pickle", "zeros", "json", "a number"],
)
def test_a_file_that_is_no_model_file(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    message = f"{path} is not a model file, or is damaged: expected one that chainrule.save wrote."
    assert_refused(lambda: chainrule.load(path), message)


pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def test_a_pickle_is_not_opened(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.system, (f"touch {tmp_path / 'marker'}",)

    path = tmp_path / "model.safetensors"
    path.write_bytes(pickle.dumps(Evil()))
    with pytest.raises(ModelFileError):
        chainrule.load(path)
    assert not (tmp_path / "marker").exists()


def test_archives_such_as_the_model_files_of_earlier_versions(tmp_path: Path) -> None:
    path = tmp_path / "model.skops"
    with ZipFile(path, "w") as file:
        file.writestr("schema.json", "{}")
    message = (
        f"{path} is an archive, as the model files of earlier versions (.skops) were: those can run code and are no"
        " longer opened; train the model again."
    )
    assert_refused(lambda: chainrule.load(path), message)
    assert_refused(lambda: read_about(path), message)


def test_safetensors_files_of_other_programs_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    message = f"{path} holds tensors, but is not a model file: chainrule.save did not write it."
    for metadata in (None, {"format": "pt"}):
        save_file({"weight": np.zeros(3)}, path, metadata)
        assert_refused(lambda: chainrule.load(path), message)


def test_a_file_cut_short_anywhere(path: Path) -> None:
    whole = path.read_bytes()
    for end in range(0, len(whole), 37):
        path.write_bytes(whole[:end])
        with pytest.raises(ModelFileError, match="damaged"):
            chainrule.load(path)
    path.write_bytes(whole + b"\0")
    with pytest.raises(ModelFileError, match="damaged or truncated"):
        chainrule.load(path)


def test_a_file_with_a_changed_byte_is_refused_or_the_same_model(path: Path) -> None:
    x, y = rows()
    whole, expected = path.read_bytes(), Classifier().fit(x, y).predict_proba(x)
    generator, refused = np.random.default_rng(0), 0
    for place in generator.integers(0, len(whole), 300):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ (1 << generator.integers(8))]) + whole[place + 1 :])
        try:
            found = chainrule.load(path)
        except ModelFileError:
            refused += 1
            continue
        np.testing.assert_array_equal(found.predict_proba(x), expected)
    assert refused > 290, "only the spaces at the end of the header may change"


@pytest.mark.parametrize("content", [[], {}, {"format": 1}, {"format": 1, "chainrule": "1", "about": [], "model": {}}])
def test_a_description_that_makes_no_sense(content: Any, path: Path) -> None:
    forge(path, lambda *_: content)
    with pytest.raises(ModelFileError, match=r"damaged|not a model file") as error:
        chainrule.load(path)
    assert "\n" not in str(error.value)


def test_a_wrong_part_is_named_with_what_was_found_and_expected(path: Path) -> None:
    forge(path, lambda content, _: content["model"]["parameters"].update(max_epochs="many"))
    message = f"{path} is damaged or forged: max_epochs must be auto or a whole number of at least 1, found 'many'."
    assert_refused(lambda: chainrule.load(path), message)


def test_parts_that_do_not_fit_are_told_whole(path: Path) -> None:
    forge(path, lambda content, _: content["model"]["fitted"]["network_"]["layers"].insert(0, {"kind": "relu"}))
    message = (
        f"{path} is damaged or forged: the parts of network_ do not fit: A network starts with a layer that fixes its"
        " inputs, such as Dense(4, 8): found ReLU()."
    )
    assert_refused(lambda: chainrule.load(path), message)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nothing\.safetensors"):
        chainrule.load(tmp_path / "nothing.safetensors")


class Stranger(Classifier):
    """A class that no other machine has."""


def test_what_a_model_file_has_no_place_for_is_not_saved(tmp_path: Path) -> None:
    path, (x, y) = tmp_path / "model.safetensors", rows()
    table = passengers()
    y_table = np.arange(len(table)) % 2
    odd = Classifier().fit(x, y)
    odd.extra_ = (number for number in (1, 2))
    choosing = make_column_transformer((OneHotEncoder(), make_column_selector(dtype_include=bool)))
    refused: list[tuple[Any, str]] = [
        (Stranger().fit(x, y), "of class Stranger, which a model file has no place for: save a Classifier"),
        (make_pipeline(PolynomialFeatures(), Classifier()).fit(x, y), "of class PolynomialFeatures"),
        (GridSearchCV(Classifier(), {"l2": [0.01, 0.1]}, cv=2).fit(x, y), "best_estimator_"),
        (Classifier(callbacks=[lambda _: None]).fit(x, y), r"callbacks.*set_params\(callbacks=\(\)\)"),
        (make_pipeline(FunctionTransformer(np.nan_to_num), Classifier()).fit(x, y), "of class FunctionTransformer"),
        (Classifier((3,), activation=Cube(), max_epochs=2).fit(x, y), "activations of Chainrule's own"),
        (odd, "no place for the attribute extra_ of the Classifier: remove it"),
        (make_pipeline(choosing, Classifier()).fit(table, y_table), "names of columns"),
    ]
    for model, message in refused:
        with pytest.raises(ModelFileError, match=message) as error:
            chainrule.save(model, path)
        assert "\n" not in str(error.value)
    assert not path.exists()


def test_what_is_no_fitted_model_is_not_saved(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
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
    deep: dict[str, Any] = {}
    for _ in range(2000):
        deep = {"in": deep}
    with pytest.raises(ModelFileError):
        chainrule.save(model, path, about=deep)
    assert not path.exists()


def test_facts_that_are_not_json_objects_are_refused(path: Path) -> None:
    forge(path, lambda content, _: content.update(about="x"))
    with pytest.raises(ModelFileError, match="about must be an object"):
        read_about(path)
