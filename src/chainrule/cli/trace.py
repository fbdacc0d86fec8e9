"""`chainrule trace`: the ledger of rows of a file, worksheets made from it, and their marking."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from chainrule.cli.refusals import in_one_line, refuse_coinciding, refuse_existing
from chainrule.cli.startup import load_scikit_learn
from chainrule.cli.use import header_option, option, separator_option, target_option

# Headings of the help.
LEDGER = "Ledger"
WORKSHEET = "Worksheet"
FILES = "Files"

Model = Annotated[
    Path, typer.Argument(help="A model file that chainrule train wrote; with --mark, a learner's answers.")
]
Data = Annotated[
    Path | None, typer.Argument(help="Labelled rows, with the columns of the training file; omit with --mark.")
]
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
OUT_HELP = "File to write instead of printing: a page (.html), LaTeX (.tex), JSON (.json) or text (.txt)."
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
MARK_HELP = 'Mark a learner\'s answers, {"1": 0.25, "2": -1.5}, with the key FILE-answers.json of the worksheet.'
Mark = Annotated[Path | None, option(MARK_HELP, "ANSWERS", panel=WORKSHEET)]
Target = Annotated[str | None, target_option(FILES)]
Header = Annotated[bool | None, header_option(FILES)]
Separator = Annotated[str | None, separator_option(FILES)]
Force = Annotated[bool, option("Overwrite existing files.", "", "--force", panel=FILES)]


def trace(
    model: Model,
    data: Data = None,
    row: Row = None,
    weight: Weight = None,
    out: Out = None,
    as_json: AsJson = False,
    as_latex: AsLatex = False,
    worksheet: Sheet = None,
    blank: Blank = None,
    seed: Seed = 0,
    mark: Mark = None,
    target: Target = None,
    header: Header = None,
    separator: Separator = None,
    force: Force = False,
) -> None:
    """Trace rows through the whole chain rule, forward and backward, with every number.

    Example: `chainrule trace titanic.safetensors titanic.csv --row 17 --weight 1,fare,1 --out ledger.html`

    For teaching: `chainrule trace titanic.safetensors titanic.csv --row 17 --worksheet sheet.html`, and then
    `chainrule trace --mark sheet-answers.json given.json`
    """
    with in_one_line():
        if mark is not None:
            _mark(mark, model, data, as_json)
            return
        load_scikit_learn()
        sheets = {} if worksheet is None else _of_worksheet(worksheet)
        refuse_coinciding({"MODEL": model, "DATA": data}, {"--out": out, **sheets})
        ledger = _ledger(model, data, row, weight, target, header=header, separator=separator)
        if worksheet is not None:
            _write_worksheet(ledger, worksheet, blank, seed, force)
        elif blank is not None:
            raise ValueError("--blank is for worksheets: name the file to write with --worksheet.")
        if out is not None:
            refuse_existing(out, force)
            _write(ledger, out)
        elif as_json:
            typer.echo(json.dumps(ledger.to_dict(), indent=1))
        elif as_latex:
            typer.echo(ledger.to_latex(), nl=False)
        elif worksheet is None:
            typer.echo(str(ledger))


def _ledger(
    model: Path, data: Path | None, row: str | None, weight: str | None, target: str | None, **reading: Any
) -> Any:
    from chainrule.cli.opened_model import OpenedModel
    from chainrule.ledgers import ledger

    if data is None:
        raise ValueError("Give the file of rows after the model: chainrule trace MODEL DATA --row 17.")
    if row is None:
        raise ValueError("Choose the row to trace, counted from 0, with --row 17, or several with --row 3,17.")
    wanted = _numbers(row)
    opened = OpenedModel.of(model)
    rows = opened.labelled(data, target, **reading)
    places = [_place(rows, number, data) for number in wanted]
    return ledger(opened.model, rows.x, rows.labels, places, weight).numbered(wanted)


def _place(rows: Any, number: int, data: Path) -> int:
    """Return which of the labelled rows has this number in its file."""
    found = (rows.rows == number).nonzero()[0]
    if len(found):
        return int(found[0])
    last = int(rows.rows[-1])
    why = "has no label" if number < last else f"does not exist: rows are counted from 0, and the last is {last}"
    raise ValueError(f"{data}: row {number} {why}.")


def _numbers(row: str) -> list[int]:
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


def _write_worksheet(ledger: Any, path: Path, blank: str | None, seed: int, force: bool) -> None:
    from chainrule.common.atomic_write import write
    from chainrule.ledgers.worksheet import worksheet

    names = None if blank is None else [name.strip() for name in blank.split(",")]
    sheet = worksheet(ledger, names, seed)
    path, key, answers = files = tuple(_of_worksheet(path).values())
    for file in files:
        refuse_existing(file, force)
    write(path, sheet.page(answers.name))
    write(key, sheet.key_page())
    write(answers, json.dumps(sheet.key(), indent=1))
    typer.echo(f"Wrote {path} with {len(sheet.blanks)} blanks, and the key: {key} and {answers}")


def _of_worksheet(path: Path) -> dict[str, Path]:
    """Return the files of a worksheet: itself, its key, and the answers to mark by."""
    if path.suffix.lower() not in (".html", ".htm"):
        raise ValueError(f"--worksheet must name a page that ends in .html: found {path.name!r}.")
    key, answers = (path.with_name(f"{path.stem}-answers{ending}") for ending in (".html", ".json"))
    return {"--worksheet": path, "the key of --worksheet": key, "the answers of --worksheet": answers}


def _mark(answers: Path, given: Path, data: Path | None, as_json: bool) -> None:
    from chainrule.ledgers.worksheet import mark, marks_as_text

    if data is not None:
        raise ValueError(f"--mark ANSWERS takes one file of a learner's answers, found {data} as well.")
    marks = mark(_read_json(answers), _read_json(given), str(answers), str(given))
    typer.echo(json.dumps([m._asdict() for m in marks], indent=1) if as_json else marks_as_text(marks))


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is not valid JSON: {error}.") from None
