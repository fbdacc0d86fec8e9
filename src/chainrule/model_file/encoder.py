"""A `TableEncoder` in a model file: every column of the table with its kind, and how each becomes inputs."""

from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from typing import Any, final

import numpy as np

from chainrule.exceptions import ModelFileError
from chainrule.model_file.estimators import Estimator
from chainrule.model_file.forms import (
    FLAG,
    TEXT,
    Entries,
    Form,
    Items,
    Kinds,
    Optional,
    Place,
    Record,
    Tensor,
    Words,
    check_names,
    choice,
    hyper_parameters,
    number,
    whole,
)


@cache
def table_encoder() -> Estimator:
    """Return the form of a `TableEncoder`."""
    from chainrule.tables.columns import CHOICES
    from chainrule.tables.encoder import MOST_BINS, SCALINGS, ColumnReport
    from chainrule.tables.formats import FORMATS
    from chainrule.tables.kinds import LEFT_OUT

    report = {
        "name": TEXT,
        "kind": choice(*dict.fromkeys((*CHOICES, *LEFT_OUT))),
        "reason": TEXT,
        "decision": TEXT,
        "missing": whole(0),
        "distinct": whole(0),
    }
    fitted: dict[str, Form] = {
        "columns_": Items(Record(ColumnReport, report), "inputs"),
        "learned_": Items(Kinds(_columns, "a column of one of Chainrule's kinds")),
        "sparse_": FLAG,
    }
    parameters: dict[str, Form] = {
        "kinds": Optional(Entries(TEXT)),
        "drop": Items(TEXT),
        "identifiers": Optional(Items(TEXT)),
        "formats": Optional(Entries(choice(*FORMATS))),
        "bins": whole(0, MOST_BINS),
        "scaling": choice(*SCALINGS),
        "target_statistics": FLAG,
    }
    return Estimator("chainrule.tables", "TableEncoder", parameters, fitted, finish=_check)


@cache
def _columns() -> Mapping[str, tuple[type, Form]]:
    from chainrule.tables.columns import LEARNERS, Category, Date, Number, Text
    from chainrule.tables.formats import DATES, NUMBERS
    from chainrule.tables.target_statistics import TargetStatistics

    above_zero = number(np.nextafter(0, 1))
    numbers = choice("", *(one.name for one in NUMBERS))
    of_number: dict[str, Form] = {
        "name": TEXT,
        "mean": number(),
        "scale": above_zero,
        "missing": FLAG,
        "written": numbers,
        "clipped": FLAG,
        "edges": Items(number()),
        "bin_means": Items(number()),
    }
    one = Record(Number, of_number, _check_bins)
    levels = Record(Category, {"name": TEXT, "words": Different(), "rare": FLAG, "missing": FLAG})
    parts: dict[str, Form] = {"days": one, "month": levels, "weekday": levels}
    date = Record(Date, {"name": TEXT, **parts, "written": choice("", *DATES)})
    numbers_of_classes = Items(number())
    of_target: dict[str, Form] = {
        "name": TEXT,
        "classes": Items(TEXT),
        "words": Different(),
        "shares": Items(numbers_of_classes),
        "prior": numbers_of_classes,
        "scale": Items(above_zero),
    }
    statistics = Record(TargetStatistics, of_target, _check_statistics)
    checked: dict[type, Form] = {Number: one, Category: levels, Date: date, Text: TermsForm()}
    every: dict[str, tuple[type, Form]] = {
        made.kind: (made, checked.get(made) or hyper_parameters(made)) for made in LEARNERS.values()
    }
    return {**every, TargetStatistics.kind: (TargetStatistics, statistics)}


def _check_bins(column: Any, place: Place) -> None:
    edges, means = column.edges, column.bin_means
    if any(not np.isfinite(end - start) or end <= start for start, end in pairwise(edges)):
        raise place.at("edges").refusal("ascending numbers", edges)
    if len(means) != max(0, len(edges) - 1) or len(edges) == 1:
        raise place.at("bin_means").refusal("a number for each two edges", means)


def _check_statistics(column: Any, place: Place) -> None:
    classes, levels = len(column.classes), len(column.words)
    if not classes or {len(column.prior), len(column.scale), *map(len, column.shares)} != {classes}:
        raise place.at("classes").refusal("as many as each share, prior and scale has numbers", classes)
    if len(column.shares) != levels + 1:
        raise place.at("shares").refusal("a share for each of the words and a missing one", len(column.shares))


def _check(encoder: Any, place: Place) -> None:
    names, learned = [column.name for column in encoder.columns_], [column.name for column in encoder.learned_]
    if names != list(getattr(encoder, "feature_names_in_", ())) or len(set(names)) < len(names):
        raise place.at("columns_").refusal("the columns of feature_names_in_, each once", names)
    used = [column.name for column in encoder.columns_ if column.used]
    if not learned or sorted(learned) != sorted(used):
        raise place.at("learned_").refusal("the columns in use, each once", learned)
    texts = [hasattr(column, "vectorizer") for column in encoder.learned_]
    if texts != sorted(texts):
        raise place.at("learned_").refusal("text after all other columns", learned)


@final
class Different:
    """Texts that are all different."""

    def write(self, value: Any, place: Place) -> Any:
        return Items(TEXT).write(value, place)

    def read(self, value: Any, place: Place) -> Any:
        texts = Items(TEXT).read(value, place)
        if len(set(texts)) < len(texts):
            raise place.refusal("texts that are all different", Words("one twice"))
        return texts


@final
class TermsForm:
    """A column of text: its terms and their weights, from which scikit-learn's vectorizer is made anew."""

    def write(self, value: Any, place: Place) -> Any:
        from chainrule.tables.columns import text_vectorizer

        vectorizer, usual = value.vectorizer, text_vectorizer()
        if vectorizer.get_params() != usual.get_params():
            raise ModelFileError(f"The vectorizer of column {value.name} is not the one that TableEncoder makes.")
        terms = vectorizer.get_feature_names_out().tolist()
        return {
            "name": TEXT.write(value.name, place),
            "terms": Items(TEXT).write(terms, place.at("terms")),
            "idf": Tensor((len(terms),)).write(vectorizer.idf_, place.at("idf")),
        }

    def read(self, value: Any, place: Place) -> Any:
        from chainrule.tables.columns import Text, text_vectorizer

        check_names(value, dict.fromkeys(("name", "terms", "idf")), place)
        terms = Items(TEXT).read(value["terms"], place.at("terms"))
        if not terms or len(set(terms)) != len(terms):
            raise place.at("terms").refusal("different terms, at least one", len(terms))
        idf = Tensor((len(terms),)).read(value["idf"], place.at("idf"))
        vectorizer = text_vectorizer()
        vectorizer.fixed_vocabulary_ = False
        vectorizer.vocabulary_ = {term: place_of for place_of, term in enumerate(terms)}
        vectorizer.idf_ = idf
        return Text(TEXT.read(value["name"], place.at("name")), vectorizer)
