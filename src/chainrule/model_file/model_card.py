"""A model card: what someone who is handed a model needs to know, as a page of Markdown."""

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from chainrule._version import __version__
from chainrule.common.format import significant, some_of
from chainrule.model_file.description import describe, parts_of

# Levels, or columns, that a line names.
MOST_WORDS = 20
# Facts that have a place of their own in the card.
SPOKEN_FOR = ("target", "metrics", "data", "sha256", "rows", "seed", "command", "held-out rows", "scored rows", "notes")
# Facts that only help to read a file.
ONLY_FOR_PROGRAMS = ("path", "columns", "header", "separator", "stop", "steps")


def card(model: Any, about: Mapping[str, Any] | None = None) -> str:
    """Return a model card in Markdown: what a model predicts, from what, how well, and its limitations.

    Parameters:
        model: a `Classifier`, alone or after a `TableEncoder`, fitted.
        about: facts as `save` takes them; `target`, `data`, `rows`, `seed` and `command` say what was trained and how,
            `metrics` maps names to what was measured on rows held out, `notes` are sentences on the data; others are
            listed, but for those that only help to read a file. What is absent is left out.

    Raises:
        ModelFileError: the model is made of something else, or not fitted.

    >>> from chainrule import Classifier
    >>> model = Classifier().fit([[0.0], [2.0]], ["no", "yes"])
    >>> print(card(model, {"target": "answer"}).split(" For each row")[0])
    # Model card: answer
    <BLANKLINE>
    A neural network that predicts **answer**, one of 2 classes: no, yes.
    """
    about = dict(about or {})
    description = describe(model, weights=False)
    sections = {
        "Input columns": _columns(model, description),
        "Training": _training(model, description, about),
        "Notes on the data": [f"- {_plain(note)}" for note in about.get("notes", ())],
        "Performance": _metrics(about),
        "Usage": _usage(description),
        "Limitations": _limits(description),
        "Other facts": _facts({name: about[name] for name in about if name not in (*SPOKEN_FOR, *ONLY_FOR_PROGRAMS)}),
    }
    target = _plain(about["target"]) if "target" in about else None
    classes = ", ".join(_plain(label) for label in description["classes"])
    predicts = "A neural network that predicts " + (f"**{target}**, " if target else "")
    lines = [
        f"# Model card: {target}" if target else "# Model card",
        "",
        f"{predicts}one of {len(description['classes'])} classes: {classes}. For each row it gives a probability for"
        " every class.",
    ]
    for heading, section in sections.items():
        lines += ["", f"## {heading}", "", *section] if section else []
    return "\n".join(lines) + "\n"


def _columns(model: Any, description: Mapping[str, Any]) -> list[str]:
    encoder, _ = parts_of(model)
    if encoder is None:
        names = description["inputs"]
        return [f"Rows of {len(names)} finite numbers, in this order: {_first(names)}."]
    lines = ["| column | kind | values |", "| --- | --- | --- |"]
    kinds = {column.name: column.kind for column in encoder.columns_}
    for column in description["columns"]:
        name = column["name"]
        lines += [f"| {_plain(name)} | {kinds[name]} | {_values(column)} |"]
    left_out = [f"{_plain(column.name)} ({column.kind})" for column in encoder.columns_ if not column.used]
    if left_out:
        lines += ["", f"Not used, and not needed: {', '.join(left_out)}."]
    return lines


def _values(column: Mapping[str, Any]) -> str:
    if column["kind"] == "number":
        spread = f"numbers, mean {column['mean']:.6g} and standard deviation {column['scale']:.6g} in training"
        return spread + ("; may be missing" if column["missing"] else "; missing values are replaced by the mean")
    if column["kind"] == "date":
        return "dates such as 2024-01-31" + ("; may be missing" if column["days"]["missing"] else "")
    if column["kind"] == "text":
        return f"text, of which {len(column['terms'])} terms are used"
    other = "; any other level counts as rare" if column["rare"] else "; any other level counts as none of these"
    return _first(column["words"]) + other + ("; may be missing" if column["missing"] else "")


def _training(model: Any, description: Mapping[str, Any], about: Mapping[str, Any]) -> list[str]:
    _, classifier = parts_of(model)
    named = (("data", "Data"), ("sha256", "SHA-256"), ("rows", "Rows"), ("seed", "Seed"), ("command", "Command"))
    lines = _facts({word: about[name] for name, word in named if name in about})
    layers = [f"Dense({of['outputs']})" if of["type"] == "Dense" else str(of["type"]) for of in description["layers"]]
    network = f"{classifier.network_.inputs} inputs → {' → '.join(layers)} → {description['output']}"
    lines.append(f"- Network: {network}; {classifier.network_.size} parameters")
    lines.append(f"- Epochs: {classifier.n_iter_}")
    if classifier.stop_ != "None":
        lines.append(f"- Training stopped because {_plain(classifier.stop_)}")
    return [*lines, f"- Made with chainrule {__version__}"]


def _metrics(about: Mapping[str, Any]) -> list[str]:
    metrics = about.get("metrics")
    if not metrics:
        return []
    held_out = f"{about['held-out rows']} rows" if "held-out rows" in about else "rows"
    rows = [f"| {_plain(name)} | {_value(value)} |" for name, value in metrics.items()]
    measured = f"Measured on {held_out} that were not used in training."
    if about.get("scored rows") == "cross-validated":
        measured = f"Cross-validated on {held_out}: each was predicted by models that had not seen it."
    return [measured, "", "| score | value |", "| --- | --- |", *rows]


def _usage(description: Mapping[str, Any]) -> list[str]:
    given = ["import pandas", "", 'rows = pandas.read_csv("table.csv")'] if description["columns"] else []
    return [
        "```python",
        "import chainrule",
        *given,
        "",
        'model = chainrule.load("model.safetensors")',
        "model.predict(rows)        # the most probable class of each row",
        "model.predict_proba(rows)  # a probability for each class, in the order of model.classes_",
        "```",
        *(["", "```sh", "chainrule predict model.safetensors table.csv", "```"] if description["columns"] else []),
        "",
        "Loading the file runs no code from it.",
    ]


def _limits(description: Mapping[str, Any]) -> list[str]:
    lines = [
        "- It has learned associations, not causes: on rows from another source, or of a later time, it can be wrong"
        " without warning.",
        "- It always predicts one of its classes, even for a row that belongs to none of them.",
    ]
    if description["columns"]:
        lines.append(
            "- A number far outside the range of the training rows is used as it is; a level never seen counts as rare,"
            " or as none of the known levels."
        )
    return lines


def _facts(facts: Mapping[str, Any]) -> list[str]:
    return [f"- {_plain(name)}: {_value(value)}" for name, value in facts.items()]


def _first(words: Sequence[str]) -> str:
    return some_of([_plain(word) for word in words], MOST_WORDS, longest=sys.maxsize)


def _value(value: Any) -> str:
    if isinstance(value, float):
        return significant(value, 4)
    if isinstance(value, Mapping):
        return ", ".join(f"{_plain(name)} {_value(part)}" for name, part in value.items())
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(_value(part) for part in value)
    return _plain(value)


def _plain(value: Any) -> str:
    """Return a value as text that Markdown shows as it is, on one line."""
    return re.sub(r"([\\`*_{}\[\]<>|#~])", r"\\\1", " ".join(str(value).split()))
