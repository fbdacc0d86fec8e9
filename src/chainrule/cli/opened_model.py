"""A model file as the command line uses it: with what it takes to read rows for it, wherever it was saved."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, final

import numpy as np
import pyarrow as pa

from chainrule.arrays import Array
from chainrule.cli.labelled_file import LabelledFile, matched, read_labelled, split_target
from chainrule.common.display import data_frame
from chainrule.common.format import some_of
from chainrule.estimator.looked_up import asked
from chainrule.estimator.trained_model import first_encoder
from chainrule.model_file import load_with_about
from chainrule.tables.frames import as_numbers
from chainrule.tables.readers.files import is_matrix, read_batches, read_unlabelled
from chainrule.tables.written import formats_of, notes_of, with_formats


@final
@dataclass(frozen=True, eq=False)
class OpenedModel:
    """A trained model, with the facts that its file has about it, which may be none.

    Attributes:
        path: of its file.
        model: what predicts.
        about: facts, as `chainrule.save` was given them.
    """

    path: Path
    model: Any
    about: Mapping[str, Any]

    @classmethod
    def of(cls, path: Path) -> "OpenedModel":
        """Return the model of a file.

        Raises:
            ValueError: the file cannot be read, or does not predict classes.
        """
        model, about = load_with_about(path)
        if not hasattr(model, "predict_proba"):
            found = f"a {type(model).__name__}, which is not a classifier"
            raise ValueError(f"{path} holds {found}: give the file of a trained model.")
        return cls(path, model, about)

    @cached_property
    def target(self) -> str | None:
        """The name of the column that it predicts, where the file says so."""
        target = self.about.get("target")
        return target if isinstance(target, str) else None

    @cached_property
    def _columns(self) -> list[str] | None:
        """The names of all columns of the table it was trained on, the target among them, if the file says so."""
        columns = self.about.get("columns")
        strings = isinstance(columns, list) and all(isinstance(name, str) for name in columns)
        return columns if strings else None

    @cached_property
    def _takes_tables(self) -> bool:
        """Whether the model itself begins with what reads columns of any kind."""
        return first_encoder(self.model) is not None

    @cached_property
    def _formats(self) -> Mapping[str, str]:
        """How the numbers and dates are written that the model reads from words, by name of the column."""
        return first_encoder(self.model).formats_ if self._takes_tables else {}

    def labelled(
        self, data: Path, target: str | None = None, *, header: bool | None = None, separator: str | None = None
    ) -> LabelledFile:
        """Return the labelled rows of a file, as the model takes them.

        Parameters:
            data: the file.
            target: the column of the labels; None for the one that the model file names.
            header: whether the first line names the columns; None to find out.
            separator: between fields; None to find out.

        Raises:
            ValueError: the file cannot be read, does not fit the model, or it is not known where its labels are.
        """
        if is_matrix(data):
            rows = read_labelled(data, None, columns=self.model.n_features_in_)
        else:
            target = self.target if target is None else target
            if target is None:
                raise ValueError(f"{self.path} does not name its target: give it with --target.")
            table = pa.concat_tables(list(self.batches(data, header=header, separator=separator)))
            rows = split_target(table, target, None)
            if self._takes_tables:
                rows = rows.parsed(self._formats, rows.formats)
            rows = rows.with_x(self.inputs(rows.x))
        if not self._takes_tables:
            self.probabilities(rows.x)  # for what is wrong with the rows to be said before anything is made of them
        return matched(rows, np.asarray(self.model.classes_), data)

    def probabilities(self, x: Any) -> Array:
        """Return the probability of each class for rows as the model takes them (n, k).

        Raises:
            ValueError: the rows do not fit the model: the message is the first line of what its steps say.
        """
        try:
            return asked(self.model, "predict_proba", x)
        except ValueError as error:
            if self._takes_tables:  # whose steps say it in our words
                raise
            reason = str(error).split("\n")[0].rstrip(".")
            raise ValueError(f"The model cannot use these rows: {reason}.") from None

    def unlabelled(
        self, data: Path, note: Callable[[str], None], *, header: bool | None = None, separator: str | None = None
    ) -> Iterator[tuple[Any, Any]]:
        """Yield the rows of a file a part at a time: each as it stands in the file, and as the model takes it.

        What was noticed in the file is passed to `note` first, a sentence each.
        """
        if is_matrix(data):
            x = read_unlabelled(data, self.model.n_features_in_)
            yield pa.table({"row": range(x.shape[0])}), x
            return
        for number, batch in enumerate(self.batches(data, header=header, separator=separator)):
            for sentence in notes_of(batch.schema) if number == 0 else ():
                note(sentence)
            yield batch.replace_schema_metadata(None), self.inputs(batch)

    def whole(self, data: Path) -> Any:
        """Return all rows of a file as the model takes them, its labels left out or not."""
        if is_matrix(data):
            return read_unlabelled(data, self.model.n_features_in_)
        return self.inputs(pa.concat_tables(list(self.batches(data, header=None, separator=None))))

    def data_beside(self) -> Path | None:
        """Return the file it was trained on, where that lies in the folder of the model file."""
        name = self.about.get("data")
        beside = self.path.with_name(Path(name).name) if isinstance(name, str) and Path(name).name else None
        return beside if beside is not None and beside.is_file() else None

    def batches(self, data: Path, *, header: bool | None, separator: str | None) -> Iterator[pa.Table]:
        """Yield the rows of a file, with the columns named as where the model was trained.

        A file whose columns have no names may lack the target: the others then keep their names.
        """
        if header is None and self.about.get("header") is False:
            header = False
        known = self.about.get("separator")
        separator = separator or (known if isinstance(known, str) and len(known) == 1 else None)
        as_words: Collection[str] = self._formats  # how to read them was decided where the model was trained
        if header is False and self._columns is not None and as_words:
            first = next(read_batches(data, header=False, separator=separator))
            names = _names(data, first.num_columns, self._columns, self.target)
            as_words = [f"column {place}" for place, name in enumerate(names) if name in as_words]
        for batch in read_batches(data, header=header, separator=separator, as_words=as_words):
            if header is False and self._columns is not None:
                batch = batch.rename_columns(_names(data, batch.num_columns, self._columns, self.target))
            yield batch

    def inputs(self, table: pa.Table) -> Any:
        """Return a table as the model takes it: a matrix or a data frame, where it was trained on one."""
        if self._takes_tables:
            return table
        table = with_formats(table, {name: written for name, (written, _) in formats_of(table.schema).items()})
        named = getattr(self.model, "feature_names_in_", None)
        if named is None:
            return self._matrix(table.drop_columns([name for name in table.column_names if name == self.target]))
        missing = [name for name in named if name not in table.column_names]
        if missing:
            there = some_of(table.column_names)
            raise ValueError(f"The table has no column {some_of(missing)}, which the model needs; it has {there}.")
        return data_frame({name: table[name].to_pylist() for name in named})

    def _matrix(self, table: pa.Table) -> Array:
        expected = self.model.n_features_in_
        if table.num_columns != expected:
            raise ValueError(
                f"The model takes {expected} unnamed numeric columns, but the file has {table.num_columns}: remove the"
                " columns that it was not trained on."
            )
        named = zip(table.column_names, table.columns, strict=True)
        return np.column_stack([as_numbers(column.combine_chunks(), name) for name, column in named])


def _names(path: Path, found: int, columns: Sequence[str], target: str | None) -> list[str]:
    if found == len(columns):
        return list(columns)
    if found == len(columns) - 1:
        return [name for name in columns if name != target]
    raise ValueError(
        f"{path} has {found} columns; the model needs the {len(columns)} columns it was trained on, with or without the"
        f" target {target}."
    )
