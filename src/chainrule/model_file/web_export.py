"""A model for the web: an ES module that predicts, or a page that answers, both by the kernel of `pages/web`."""

import copy
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup

from chainrule._version import __version__
from chainrule.arrays import Array
from chainrule.model_file.description import describe, parts_of
from chainrule.pages.page import as_json, built, render, with_policy

if TYPE_CHECKING:
    from chainrule.tables import TableEncoder

# Rows that an exported model is tested on: enough that each kind of column is seen far out, unknown and missing.
EXAMPLES = 12
# Standard deviations from the mean that the numbers of these rows are.
SPREAD = (0.0, 0.5, -0.5, 1.0, -1.0, 3.0, -3.0, 10.0)
# A word that no category has.
UNSEEN = "a word never seen"
# Parts of a description that are for people, not for programs.
PROSE = ("reading",)

MODULE = """\
/**
 * A classifier made by chainrule {version}: {title}.
 * It needs nothing else, and asks no address for anything.
 *
 *     import {{ predict }} from "./{file}";
 *     predict([{example}]);
 *
 * @typedef {{string | number | boolean | null | undefined}} Cell a cell as people write it; nothing where it is missing
 * @typedef {{Record<string, Cell>}} Row by the names of `columns`; other columns are ignored
 * @typedef {{{{ label: {label}, probabilities: number[] }}}} Prediction the likeliest class; all, as in `classes`
 */
{kernel}
const model = new chainrule_model.Model(JSON.parse({description}));
const vectors = JSON.parse({vectors});

/** The classes. @type {{readonly ({label})[]}} */
export const classes = model.classes;

/** The columns that a row must have. @type {{readonly string[]}} */
export const columns = model.columns;

/**
 * Return the class of each row, and the probability of every class.
 * @param {{readonly Row[]}} rows
 * @returns {{Prediction[]}}
 * @throws {{Error}} a cell cannot be read; the message names column and row
 */
export function predict(rows) {{
  return model.predict(rows);
}}

/**
 * Return the inputs that a row becomes, by name, before they are standardised.
 * @param {{Row}} row
 * @returns {{[name: string, value: number][]}}
 */
export function encode(row) {{
  const inputs = model.encode([row]);
  return model.inputs.map((name, i) => [name, inputs.data[i]]);
}}

/**
 * Compute the probabilities that Python found for some rows, and return by how much the furthest one is off.
 * @returns {{number}}
 * @throws {{Error}} one is off by more than 1e-9
 */
export function selfTest() {{
  let furthest = 0;
  predict(vectors.rows).forEach(({{ probabilities }}, row) =>
    probabilities.forEach((p, c) => (furthest = Math.max(furthest, Math.abs(p - vectors.probabilities[row][c])))),
  );
  if (!(furthest <= 1e-9)) throw new Error(`A probability is off by ${{furthest}}.`);
  return furthest;
}}
"""


def to_js(model: Any, title: str, file: str) -> bytes:
    """Return a fitted model as an ES module.

    Parameters:
        model: a `Classifier`, alone or after a `TableEncoder`.
        title: what it predicts, in words.
        file: the name of the file that it will be in.

    Raises:
        ModelFileError: the model is made of something else.
    """
    description, rows = description_of(model), example_rows(model)
    labels = {type(label).__name__ for label in description["classes"]}
    types = {"str": "string", "bool": "boolean", "int": "number", "float": "number"}
    content = MODULE.format(
        version=__version__,
        title=_in_comment(title),
        file=_in_comment(file),
        example=_in_comment(as_json(rows[0])),
        label=" | ".join(sorted({types.get(name, "string") for name in labels})),
        kernel=built("model.js"),
        description=as_json(as_json(description)),
        vectors=as_json(as_json({"rows": rows, "probabilities": double_probabilities(model, rows).tolist()})),
    )
    return content.encode()


def to_html(model: Any, title: str, rows: Any = None) -> bytes:
    """Return a fitted model as a page that answers.

    Parameters:
        model: a `Classifier`, alone or after a `TableEncoder`.
        title: what it predicts, in words.
        rows: of training, whose mean each row is compared with; None for none, so that numbers are compared with their
            mean alone. None of them is written to the page.

    Raises:
        ModelFileError: the model is made of something else.
    """
    encoder, classifier = parts_of(model)
    page = render(
        "model.html.j2",
        {},
        title=title,
        panel_place=PANEL,
        classes=classifier.classes_.tolist(),
        columns=column_facts(encoder, description_of(model)),
        dtype=str(classifier.theta_.dtype),
    )
    return with_policy(with_panel(page, model, title, rows)).encode()


# Where the panel stands in a page, until it is there: a comment, which no text of a user's can be.
PANEL = Markup("<!-- panel -->")


def with_panel(page: str, model: Any, title: str, rows: Any = None, names: Sequence[str] | None = None) -> str:
    """Return a page with the panel of a model where `PANEL` stands in it.

    Parameters:
        page: with `PANEL`.
        model: as `to_html`; so are title and rows.
        title: what it predicts.
        rows: of training.
        names: of the inputs, where no encoder makes them; None for those that the model knows.
    """
    encoder, classifier = parts_of(model)
    start = classifier.standardizer_.mean if classifier.standardizer_.mean.any() else None
    if rows is not None:
        inputs = rows if encoder is None else encoder.transform(rows)
        start = np.asarray(inputs.mean(axis=0), dtype=np.float64).ravel()
    description, example = description_of(model), typical_row(model)
    if names is not None and encoder is None:
        description["inputs"], example = list(names), dict(zip(names, example.values(), strict=True))
    baseline = None if start is None else start.tolist()
    known = {"title": title, "model": description, "baseline": baseline, "example": example}
    panel = (
        '<div id="chainrule-panel"><p class="note-line">This part of the page needs scripts.</p></div>\n'
        f'<script type="application/json" id="chainrule-model">{as_json(known)}</script>\n'
        f"<script>{built('panel.js')}</script>"
    )
    return page.replace(PANEL, panel, 1)


def column_facts(encoder: "TableEncoder | None", description: dict[str, Any]) -> list[tuple[str, str]]:
    """Return each column and how it is encoded, in words."""
    if encoder is None:
        return [(name, "a number") for name in description["inputs"]]
    return [(column.name, column.decision) for column in encoder.columns_ if column.used]


def _in_comment(text: str) -> str:
    return " ".join(text.split()).replace("*/", "* /")


def description_of(model: Any) -> dict[str, Any]:
    """Return the description of a model without the sentences that say how to read it."""
    description = {name: value for name, value in describe(model).items() if name not in PROSE}
    description["threshold"] = parts_of(model)[1].threshold
    description["layers"] = [
        {name: value for name, value in layer.items() if name != "formula"} for layer in description["layers"]
    ]
    return description


def double_probabilities(model: Any, rows: list[dict[str, Any]]) -> Array:
    """Return the probabilities of rows, given by column, with all layers in double precision (n, k)."""
    encoder, classifier = parts_of(model)
    twin = copy.copy(classifier)
    twin.theta_ = classifier.theta_.astype(np.float64)
    if encoder is None:
        names = list(rows[0])
        return twin.predict_proba(np.array([[row[name] for name in names] for row in rows], dtype=np.float64))
    import pyarrow as pa

    read = {column.name: column.kind for column in encoder.learned_}
    table = {}
    for name in encoder.feature_names_in_:
        cells = [row.get(name) for row in rows]
        if read.get(name) == "date":
            table[name] = pa.array([None if cell is None else datetime.fromisoformat(cell) for cell in cells])
        else:
            table[name] = pa.array(cells, None if read.get(name) == "number" else pa.string())
    return twin.predict_proba(encoder.transform(pa.table(table)))


def example_rows(model: Any) -> list[dict[str, Any]]:
    """Return made-up rows: numbers around their mean and far from it, every kind of word, and missing cells."""
    encoder, classifier = parts_of(model)
    if encoder is None:
        standardizer, names = classifier.standardizer_, description_of(model)["inputs"]
        numbers = [(standardizer.mean + spread * standardizer.scale).tolist() for spread in SPREAD]
        return [dict(zip(names, row, strict=True)) for row in numbers]
    columns = [column.describe() for column in encoder.learned_]
    return [{column["name"]: _cell(column, row + place) for place, column in enumerate(columns)} for row in _turns()]


def typical_row(model: Any) -> dict[str, Any]:
    """Return the row that a page begins with: numbers at their mean, the first word of each category, no text."""
    encoder = parts_of(model)[0]
    if encoder is None:
        return {name: float(f"{value:.4g}") for name, value in example_rows(model)[0].items()}
    row: dict[str, Any] = {}
    for column in (each.describe() for each in encoder.learned_):
        if column["kind"] == "number":
            row[column["name"]] = float(f"{column['mean']:.4g}")
        elif column["kind"] in ("date", "text"):
            row[column["name"]] = "" if column["kind"] == "text" else _cell(column, 0)
        else:
            row[column["name"]] = next(iter(column["words"]), None)
    return row


def _turns() -> range:
    # 7 and the number of spreads have no common factor, so that each spread is used
    return range(0, EXAMPLES * 7, 7)


def _cell(column: dict[str, Any], turn: int) -> Any:
    """Return a cell of a column for an example row: every eleventh one is missing."""
    if turn % 11 == 10:
        return None
    if column["kind"] == "number":
        return column["mean"] + SPREAD[turn % len(SPREAD)] * column["scale"]
    if column["kind"] == "date":
        days = round(column["days"]["mean"] + SPREAD[turn % len(SPREAD)] / 4 * column["days"]["scale"])
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=days)).date().isoformat()
    if column["kind"] == "text":
        terms = column["terms"]
        return " ".join(terms[(turn + step) % len(terms)] for step in range(3))
    words = [*column["words"], UNSEEN]
    return words[turn % len(words)]
