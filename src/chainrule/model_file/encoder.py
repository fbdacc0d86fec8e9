"""A `TableEncoder` in a model file: every column of the table with its kind, and how each becomes inputs."""

from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from typing import Any, final

import numpy as np

from chainrule.exceptions import ModelFileError
from chainrule.model_file import forms
from chainrule.model_file.estimators import Estimator


@cache
def table_encoder() -> Estimator:
    """Return the form of a `TableEncoder`."""
    from chainrule.tables.columns import CHOICES
    from chainrule.tables.encoder import MOST_BINS, SCALINGS, ColumnReport
    from chainrule.tables.formats import FORMATS
    from chainrule.tables.kinds import LEFT_OUT

    report = {
        "name": forms.TEXT,
        "kind": forms.choice(*dict.fromkeys((*CHOICES, *LEFT_OUT))),
        "reason": forms.TEXT,
        "decision": forms.TEXT,
        "missing": forms.whole(0),
        "distinct": forms.whole(0),
    }
    fitted: dict[str, forms.Form] = {
        "columns_": forms.Items(forms.Record(ColumnReport, report), "inputs"),
        "learned_": forms.Items(forms.Kinds(_columns, "a column of one of Chainrule's kinds")),
        "sparse_": forms.FLAG,
    }
    parameters: dict[str, forms.Form] = {
        "kinds": forms.Optional(forms.Entries(forms.TEXT)),
        "drop": forms.Items(forms.TEXT),
        "identifiers": forms.Optional(forms.Items(forms.TEXT)),
        "formats": forms.Optional(forms.Entries(forms.choice(*FORMATS))),
        "bins": forms.whole(0, MOST_BINS),
        "scaling": forms.choice(*SCALINGS),
        "target_statistics": forms.Either((forms.FLAG, forms.whole(2)), "true, false or a number of levels"),
    }
    return Estimator("chainrule.tables", "TableEncoder", parameters, fitted, finish=_check)


@cache
def _columns() -> Mapping[str, tuple[type, forms.Form]]:
    from chainrule.tables.columns import LEARNERS, Category, Date, Number, Text
    from chainrule.tables.formats import DATES, NUMBERS
    from chainrule.tables.target_statistics import TargetStatistics

    above_zero = forms.number(np.nextafter(0, 1))
    numbers = forms.choice("", *(one.name for one in NUMBERS))
    of_number: dict[str, forms.Form] = {
        "name": forms.TEXT,
        "mean": forms.number(),
        "scale": above_zero,
        "missing": forms.FLAG,
        "written": numbers,
        "clipped": forms.FLAG,
        "edges": forms.Items(forms.number()),
        "bin_means": forms.Items(forms.number()),
    }
    one = forms.Record(Number, of_number, _check_bins)
    words = forms.Items(forms.TEXT, different=True)
    of_levels: dict[str, forms.Form] = {"name": forms.TEXT, "words": words, "rare": forms.FLAG, "missing": forms.FLAG}
    levels = forms.Record(Category, of_levels)
    parts: dict[str, forms.Form] = {"days": one, "month": levels, "weekday": levels}
    date = forms.Record(Date, {"name": forms.TEXT, **parts, "written": forms.choice("", *DATES)})
    numbers_of_classes = forms.Items(forms.number())
    of_target: dict[str, forms.Form] = {
        "name": forms.TEXT,
        "classes": forms.Items(forms.TEXT),
        "words": words,
        "shares": forms.Items(numbers_of_classes),
        "prior": numbers_of_classes,
        "scale": forms.Items(above_zero),
    }
    statistics = forms.Record(TargetStatistics, of_target, _check_statistics)
    checked: dict[type, forms.Form] = {Number: one, Category: levels, Date: date, Text: TermsForm()}
    every: dict[str, tuple[type, forms.Form]] = {
        made.kind: (made, checked.get(made) or forms.hyper_parameters(made)) for made in LEARNERS.values()
    }
    return {**every, TargetStatistics.kind: (TargetStatistics, statistics)}


def _check_bins(column: Any, place: forms.Place) -> None:
    edges, means = column.edges, column.bin_means
    if any(not np.isfinite(end - start) or end <= start for start, end in pairwise(edges)):
        raise place.at("edges").refusal("ascending numbers", edges)
    if len(means) != max(0, len(edges) - 1) or len(edges) == 1:
        raise place.at("bin_means").refusal("a number for each two edges", means)


def _check_statistics(column: Any, place: forms.Place) -> None:
    classes, levels = len(column.classes), len(column.words)
    if not classes or {len(column.prior), len(column.scale), *map(len, column.shares)} != {classes}:
        raise place.at("classes").refusal("as many as each share, prior and scale has numbers", classes)
    if len(column.shares) != levels + 1:
        raise place.at("shares").refusal("a share for each of the words and a missing one", len(column.shares))


def _check(encoder: Any, place: forms.Place) -> None:
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
class TermsForm:
    """A column of text: its terms and their weights, from which scikit-learn's vectorizer is made anew."""

    def write(self, value: Any, place: forms.Place) -> Any:
        """Return the name of the column, its terms and the tensor of their weights (terms,)."""
        from chainrule.tables.columns import text_vectorizer

        vectorizer, usual = value.vectorizer, text_vectorizer()
        if vectorizer.get_params() != usual.get_params():
            raise ModelFileError(f"The vectorizer of column {value.name} is not the one that TableEncoder makes.")
        terms = vectorizer.get_feature_names_out().tolist()
        return {
            "name": forms.TEXT.write(value.name, place),
            "terms": forms.Items(forms.TEXT).write(terms, place.at("terms")),
            "idf": forms.Tensor((len(terms),)).write(vectorizer.idf_, place.at("idf")),
        }

    def read(self, value: Any, place: forms.Place) -> Any:
        """Return the column, with scikit-learn's vectorizer made anew from terms and weights."""
        from chainrule.tables.columns import Text, text_vectorizer

        forms.check_names(value, dict.fromkeys(("name", "terms", "idf")), place)
        terms = forms.Items(forms.TEXT, different=True).read(value["terms"], place.at("terms"))
        if not terms:
            raise place.at("terms").refusal("at least one term", forms.Words("none"))
        idf = forms.Tensor((len(terms),)).read(value["idf"], place.at("idf"))
        vectorizer = text_vectorizer()
        vectorizer.fixed_vocabulary_ = False
        vectorizer.vocabulary_ = {term: place_of for place_of, term in enumerate(terms)}
        vectorizer.idf_ = idf
        return Text(forms.TEXT.read(value["name"], place.at("name")), vectorizer)
