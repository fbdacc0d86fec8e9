"""`chainrule trace`: the ledger of rows of a file, worksheets made from it, and their marking; all for a class too."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from chainrule.cli.refusals import MISTAKE, in_one_line, refuse_coinciding, refuse_existing
from chainrule.cli.startup import load_scikit_learn
from chainrule.cli.use import header_option, option, separator_option, target_option
from chainrule.common.format import count

# The heading of the column of a roster that holds the names.
NAME = "name"
# What separates the columns of a roster.
SEPARATORS = (",", ";", "\t")
# What tells the draw of a learner's row from that of their blanks.
OF_ROW = 1
# Headings of the help.
LEDGER = "Ledger"
WORKSHEET = "Worksheet"
FILES = "Files"

Model = Annotated[
    Path | None, typer.Argument(help="A model file that chainrule train wrote; with --mark, a learner's answers.")
]
Data = Annotated[
    Path | None, typer.Argument(help="Labelled rows, with the columns of the training file; omit with --mark.")
]
More = Annotated[list[Path] | None, typer.Argument(help="With --mark and --roster, more files of answers.")]
Row = Annotated[str | None, option("Row to trace, counted from 0, or several: 3,17.", "N,...", panel=LEDGER)]
Weight = Annotated[
    str | None,
    option(
        "Weight to trace in detail: dense layer, input (a number, bias, or in layer 1 a name) and output, each counted"
        " from 1. By default the weight of layer 1 with the largest gradient.",
        "LAYER,I,J",
        panel=LEDGER,
    ),
]
OUT_HELP = (
    "File to write instead of printing: a page (.html), LaTeX (.tex), JSON (.json) or text (.txt); marks of a class"
    " also as CSV (.csv)."
)
Out = Annotated[Path | None, option(OUT_HELP, "FILE", panel=LEDGER)]
AsJson = Annotated[bool, option("Print JSON, for programs.", "", "--json", panel=LEDGER)]
AsLatex = Annotated[bool, option("Print LaTeX.", "", "--latex", panel=LEDGER)]
Sheet = Annotated[
    Path | None,
    option(
        "Worksheet to write, a page with some numbers left blank; its key goes to FILE-answers.html and, for --mark, to"
        " FILE-answers.json.",
        "FILE",
        "--worksheet",
        panel=WORKSHEET,
    ),
]
Blank = Annotated[
    str | None,
    option(
        "Quantities to leave blank: z,y,loss,dloss_dz and so on, named as in --json. By default one number of each"
        " kind, drawn at random.",
        "NAME,...",
        panel=WORKSHEET,
    ),
]
Seed = Annotated[int, option("Random seed of the blanks.", "N", panel=WORKSHEET)]
MARK_HELP = (
    'Mark a learner\'s answers, {"1": 0.25, "2": -1.5}, with the key FILE-answers.json of the worksheet. With'
    " --roster, mark the answers of a class: name their files, or a folder of them, and the key, unless it lies beside"
    " the roster."
)
Mark = Annotated[Path | None, option(MARK_HELP, "ANSWERS", panel=WORKSHEET)]
Roster = Annotated[
    Path | None,
    option(
        "Names of a class: a CSV file with a column called name, or a name on each line. --worksheet writes a sheet for"
        " each, with a row and blanks drawn by a seed made from the name: all in FILE, to be printed, and each in"
        " FILE-NAME.html. --mark gives a table.",
        "NAMES",
        panel=WORKSHEET,
    ),
]
Target = Annotated[str | None, target_option(FILES)]
Header = Annotated[bool | None, header_option(FILES)]
Separator = Annotated[str | None, separator_option(FILES)]
Force = Annotated[bool, option("Overwrite existing files.", "", "--force", panel=FILES)]


def trace(
    model: Model = None,
    data: Data = None,
    more: More = None,
    row: Row = None,
    weight: Weight = None,
    out: Out = None,
    as_json: AsJson = False,
    as_latex: AsLatex = False,
    worksheet: Sheet = None,
    blank: Blank = None,
    seed: Seed = 0,
    mark: Mark = None,
    roster: Roster = None,
    target: Target = None,
    header: Header = None,
    separator: Separator = None,
    force: Force = False,
) -> None:
    """Trace rows through the whole chain rule, forward and backward, with every number.

    Example: `chainrule trace titanic.safetensors titanic.csv --row 17 --weight 1,fare,1 --out ledger.html`

    For teaching: `chainrule trace titanic.safetensors titanic.csv --row 17 --worksheet sheet.html`, and then
    `chainrule trace --mark sheet-answers.json given.json`

    For a class: `chainrule trace titanic.safetensors titanic.csv --worksheet sheet.html --roster names.csv`, and then
    `chainrule trace --mark answers/*.json --roster names.csv`
    """
    with in_one_line():
        given = [path for path in (mark, model, data, *(more or [])) if path is not None]
        if mark is not None and roster is not None:
            _mark_class(given, roster, out, as_json, force)
            return
        if mark is not None:
            _mark(given, as_json)
            return
        if more:
            raise ValueError(f"chainrule trace takes one file of rows, found {more[0]} as well.")
        load_scikit_learn()
        sheets = {} if worksheet is None else _of_worksheet(worksheet)
        refuse_coinciding({"MODEL": model, "DATA": data, "--roster": roster}, {"--out": out, **sheets})
        rows = _Rows.of(model, data, target, header=header, separator=separator)
        blanks = None if blank is None else [name.strip() for name in blank.split(",")]
        if worksheet is None:
            _refuse_without_worksheet({"--blank": blank, "--roster": roster})
        elif roster is not None:
            _refuse_with_roster({"--out": out, "--json": as_json, "--latex": as_latex})
            _write_class(rows, _names_of(roster), worksheet, row, weight, blanks, seed, force)
            return
        ledger = rows.ledger(_numbers(row), weight)
        if worksheet is not None:
            _write_worksheet(ledger, worksheet, blanks, seed, force)
        _show(ledger, out, as_json, as_latex, worksheet is None, force)


def _refuse_without_worksheet(given: Mapping[str, Any]) -> None:
    for name, value in given.items():
        if value is not None:
            raise ValueError(f"{name} is for worksheets: name the file to write with --worksheet.")


def _refuse_with_roster(given: Mapping[str, Any]) -> None:
    for name, value in given.items():
        if value:
            raise ValueError(f"--worksheet with --roster writes worksheets alone: leave out {name}.")


def _show(ledger: Any, out: Path | None, as_json: bool, as_latex: bool, as_text: bool, force: bool) -> None:
    if out is not None:
        refuse_existing(out, force)
        _write(ledger, out)
    elif as_json:
        typer.echo(json.dumps(ledger.to_dict(), indent=1))
    elif as_latex:
        typer.echo(ledger.to_latex(), nl=False)
    elif as_text:
        typer.echo(str(ledger))


class _Rows(NamedTuple):
    """The labelled rows of a file and the model that is to be traced with them."""

    model: Any
    rows: Any
    path: Path

    @classmethod
    def of(cls, model: Path | None, data: Path | None, target: str | None, **reading: Any) -> "_Rows":
        from chainrule.cli.opened_model import OpenedModel

        if model is None or data is None:
            raise ValueError("Give the file of rows after the model: chainrule trace MODEL DATA --row 17.")
        opened = OpenedModel.of(model)
        return cls(opened.model, opened.labelled(data, target, **reading), data)

    def ledger(self, numbers: Sequence[int], weight: str | None) -> Any:
        """Return the ledger of the rows of these numbers in the file."""
        from chainrule.ledgers import ledger

        places = [_place(self.rows, number, self.path) for number in numbers]
        return ledger(self.model, self.rows.x, self.rows.labels, places, weight).numbered(numbers)


def _place(rows: Any, number: int, data: Path) -> int:
    """Return which of the labelled rows has this number in its file."""
    found = (rows.rows == number).nonzero()[0]
    if len(found):
        return int(found[0])
    last = int(rows.rows[-1])
    why = "has no label" if number < last else f"does not exist: rows are counted from 0, and the last is {last}"
    raise ValueError(f"{data}: row {number} {why}.")


def _numbers(row: str | None) -> list[int]:
    if row is None:
        raise ValueError("Choose the row to trace, counted from 0, with --row 17, or several with --row 3,17.")
    parts = [part.strip() for part in row.split(",")]
    if not all(part.isdecimal() for part in parts):
        raise ValueError(f"--row takes row numbers, counted from 0, such as 17 or 3,17: found {row!r}.")
    return [int(part) for part in parts]


def _write(ledger: Any, out: Path) -> None:
    from chainrule.common.atomic_write import write

    forms = {
        ".html": ledger.to_html,
        ".tex": ledger.to_latex,
        ".json": lambda: json.dumps(ledger.to_dict(), indent=1),
        ".txt": lambda: f"{ledger}\n",
    }
    if out.suffix.lower() not in forms:
        raise ValueError(f"--out must end in one of {', '.join(forms)}: found {out.name!r}.")
    write(out, forms[out.suffix.lower()]())
    typer.echo(f"Wrote {out}")


def _write_worksheet(ledger: Any, path: Path, blanks: Sequence[str] | None, seed: int, force: bool) -> None:
    from chainrule.common.atomic_write import write
    from chainrule.ledgers.worksheet import worksheet

    sheet = worksheet(ledger, blanks, seed)
    path, key, answers = files = tuple(_of_worksheet(path).values())
    for file in files:
        refuse_existing(file, force)
    write(path, sheet.page(answers.name))
    write(key, sheet.key_page())
    write(answers, json.dumps(sheet.key(), indent=1))
    typer.echo(f"Wrote {path} with {len(sheet.blanks)} blanks, and the key: {key} and {answers}")


def _write_class(
    rows: _Rows,
    names: Sequence[str],
    path: Path,
    row: str | None,
    weight: str | None,
    blanks: Sequence[str] | None,
    seed: int,
    force: bool,
) -> None:
    """Write a worksheet for each learner, all of them in one page, and their key."""
    import numpy as np

    from chainrule.common.atomic_write import write
    from chainrule.ledgers.worksheet import key_of_class, key_page, learners, page, worksheet

    chosen = rows.rows.rows.tolist() if row is None else _numbers(row)
    everyone = learners(names, seed)
    sheets = []
    for learner in everyone:
        # The seed that a sheet states draws its blanks alone, so that --row and --seed make the same sheet again.
        number = chosen[int(np.random.default_rng((learner.seed, OF_ROW)).integers(len(chosen)))]
        sheets.append(worksheet(rows.ledger([number], weight), blanks, learner=learner))
    whole, key, answers = _of_worksheet(path).values()
    own = [path.with_name(f"{path.stem}-{learner.file}{path.suffix}") for learner in everyone]
    for file in (whole, key, answers, *own):
        refuse_existing(file, force)
    for file, sheet in zip(own, sheets, strict=True):
        write(file, sheet.page(answers.name))
    write(whole, page(sheets, answers.name))
    write(key, key_page(sheets))
    write(answers, json.dumps(key_of_class(sheets), indent=1))
    typer.echo(f"Wrote {count(len(sheets), 'worksheet')}, all of them in {whole}, and the key: {key} and {answers}")


def _names_of(path: Path) -> list[str]:
    """Return the names of a roster: those of its column called name, or each line of a file without columns."""
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")  # as spreadsheets in Europe and America write it
    if "\0" in text:
        raise ValueError(f"{path} is no text: save the roster as CSV first.")
    first = next(iter(text.splitlines()), "")
    for separator in SEPARATORS:
        head = [cell.strip().strip('"').casefold() for cell in first.split(separator)]
        if NAME in head:
            table = csv.reader(io.StringIO(text), delimiter=separator)
            names = [line[head.index(NAME)] for line in list(table)[1:] if len(line) > head.index(NAME)]
            break
    else:
        names = text.splitlines()
        if any(separator in name for name in names for separator in SEPARATORS):
            raise ValueError(f"{path} has no column called name: give its column of names this heading.")
    names = [name for name in names if name.strip()]
    if not names:
        raise ValueError(f"{path} has no names: write one on each line.")
    return names


def _of_worksheet(path: Path) -> dict[str, Path]:
    """Return the files of a worksheet: itself, its key, and the answers to mark by."""
    if path.suffix.lower() not in (".html", ".htm"):
        raise ValueError(f"--worksheet must name a page that ends in .html: found {path.name!r}.")
    key, answers = (path.with_name(f"{path.stem}-answers{ending}") for ending in (".html", ".json"))
    return {"--worksheet": path, "the key of --worksheet": key, "the answers of --worksheet": answers}


def _mark(files: Sequence[Path], as_json: bool) -> None:
    from chainrule.ledgers.marking import mark, marks_as_text

    if len(files) != 2:
        found = "found none" if len(files) < 2 else f"found {files[2]} as well"
        raise ValueError(f"--mark ANSWERS takes one file of a learner's answers, {found}; for a class add --roster.")
    answers, given = files
    marks = mark(_read_json(answers), _read_json(given), str(answers), str(given))
    typer.echo(json.dumps([m._asdict() for m in marks], indent=1) if as_json else marks_as_text(marks))


def _mark_class(files: Sequence[Path], roster: Path, out: Path | None, as_json: bool, force: bool) -> None:
    from chainrule.ledgers.marking import is_class_key, mark_class

    refuse_coinciding({"--roster": roster, **{str(file): file for file in files}}, {"--out": out})
    refuse_existing(out, force)
    contents = {str(file): _content(file) for file in _in_folders(files)}
    keys = {file: content for file, content in contents.items() if is_class_key(content)}
    given = {file: content for file, content in contents.items() if file not in keys}
    marks = mark_class(_names_of(roster), keys or _keys_beside(roster, given), given)
    _write_marks(marks, out, as_json)
    for sentence in marks.problems:
        typer.echo(f"chainrule: {sentence}", err=True)
    if marks.unmarked:
        raise typer.Exit(MISTAKE)


def _in_folders(files: Sequence[Path]) -> list[Path]:
    """Return the files, those of answers within folders in their place."""
    return [each for file in files for each in (sorted(file.glob("*.json")) if file.is_dir() else [file])]


def _keys_beside(roster: Path, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys beside the roster that have the worksheets of some answers."""
    from chainrule.ledgers.marking import is_class_key

    found = {str(path): _content(path) for path in sorted(roster.parent.glob("*-answers.json"))}
    keys = {path: content for path, content in found.items() if is_class_key(content)}
    if not keys:
        raise ValueError(f"No key is among the files, nor beside {roster}: name the worksheets' -answers.json too.")
    asked = {str(content.get("worksheet")) for content in given.values() if isinstance(content, Mapping)}
    fitting = {path: key for path, key in keys.items() if any(str(one.get("code")) in asked for one in key["class"])}
    return fitting or keys


def _content(path: Path) -> Any:
    """Return what a JSON file holds, or the ValueError that says why it cannot be read."""
    try:
        return _read_json(path)
    except ValueError as error:
        return error
    except OSError as error:
        return ValueError(f"{path}: {error.strerror}.")


def _write_marks(marks: Any, out: Path | None, as_json: bool) -> None:
    from chainrule.common.atomic_write import write
    from chainrule.ledgers.marking import HEAD

    as_text = json.dumps(marks.to_dict(), indent=1)
    if out is None:
        typer.echo(as_text if as_json else marks.table().text())
        return
    ending = out.suffix.lower()
    if ending == ".csv":
        import pyarrow as pa

        from chainrule.tables.readers.files import write_table

        columns = zip(*(learner.cells for learner in marks.learners), strict=True)
        types = [pa.string(), pa.int64(), pa.int64(), pa.string(), pa.string()]
        table = pa.table([pa.array(column, kind) for column, kind in zip(columns, types, strict=True)], names=HEAD)
        write_table(out, [table], lambda sentence: typer.echo(sentence, err=True))
    elif ending in (".html", ".json", ".txt"):
        write(out, {".html": marks.to_html, ".json": lambda: as_text, ".txt": marks.table().text}[ending]())
    else:
        raise ValueError(f"--out must end in .csv, .html, .json or .txt: found {out.name!r}.")
    typer.echo(f"Wrote {out}")


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except RecursionError:
        raise ValueError(f"{path} is not valid JSON: it is nested too deeply.") from None
    except ValueError as error:
        raise ValueError(f"{path} is not valid JSON: {error}.") from None
