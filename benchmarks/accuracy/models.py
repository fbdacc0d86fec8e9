"""The models of the leaderboard. A new one is a line of MODELS.

Each is a function of a seed that returns an estimator: `fit(frame, classes)` with a pandas data frame as it was read
(words, missing values) and classes counted from 0, then `predict_proba(frame)`. Every one uses a single thread. Peers
have their defaults, except for what stands here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Self

import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from chainrule import AutoClassifier, Classifier, TableEncoder

# Iterations at most of LogisticRegression: its default, 100, ends short of the optimum on half of the tables.
ITERATIONS = 1000


@dataclass(frozen=True)
class Model:
    """How to make a model of a seed, the package that it comes from, and what differs from its defaults."""

    make: Callable[[int], Any]
    package: str = "chainrule"
    about: str = ""

    @property
    def installed(self) -> str | None:
        """The package's version, None where it is not installed; what is imported from the source has a word for it."""
        try:
            return version(self.package)
        except PackageNotFoundError:
            return "from its source" if self.package == "chainrule" else None


class AsCategories(TransformerMixin, BaseEstimator):
    """Columns that hold no numbers become pandas' categories of the words seen in training; others count as missing.

    Parameters:
        missing: a word in place of missing values, for a library that takes words; None leaves categories.
    """

    def __init__(self, missing: str | None = None) -> None:
        self.missing = missing

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:
        self.levels_ = {name: sorted(_words(X[name]).dropna().unique()) for name in _not_numbers(X)}
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        words = {name: _words(X[name]) for name in self.levels_}
        if self.missing is not None:
            return X.assign(**{name: column.fillna(self.missing) for name, column in words.items()})
        return X.assign(
            **{
                name: pd.Categorical(column.where(column.isin(self.levels_[name])), categories=self.levels_[name])
                for name, column in words.items()
            }
        )


class CatBoost(BaseEstimator):
    """CatBoost, told which columns are categories; its own class takes their names only with the rows."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def fit(self, X: pd.DataFrame, y: Any) -> Self:
        self.words_ = AsCategories(missing="missing").fit(X)
        make = _class("catboost", "CatBoostClassifier")
        self.model_ = make(random_seed=self.seed, thread_count=1, verbose=False, allow_writing_files=False)
        self.model_.fit(self.words_.transform(X), y, cat_features=list(self.words_.levels_))
        self.classes_ = self.model_.classes_
        return self

    def predict_proba(self, X: pd.DataFrame) -> Any:
        return self.model_.predict_proba(self.words_.transform(X), thread_count=1)


def _ours(seed: int, hidden: tuple[int, ...] = (), **settings: Any) -> Pipeline:
    classifier = Classifier(hidden, standardize=False, n_threads=1, random_state=seed, **settings)
    return make_pipeline(TableEncoder(), classifier)


def _with_categories(module: str, name: str, **settings: Any) -> Pipeline:
    return make_pipeline(AsCategories(), _class(module, name)(**settings))


def _with_inputs(name: str, module: str, **settings: Any) -> Pipeline:
    """Return a model of scikit-learn behind what its users do first: medians, scaling, one-hot encoding."""
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    words = OneHotEncoder(handle_unknown="ignore")
    by_kind = make_column_transformer((numbers, _numbers), (words, _not_numbers))
    return make_pipeline(AsCategories(missing="missing"), by_kind, _class(module, name)(**settings))


def _with_medians(name: str, seed: int) -> Pipeline:
    """Return a network of pytabkit, which takes categories but no missing numbers."""
    numbers = SimpleImputer(strategy="median", keep_empty_features=True)
    by_kind = make_column_transformer((numbers, _numbers), remainder="passthrough", verbose_feature_names_out=False)
    by_kind.set_output(transform="pandas")
    return make_pipeline(
        AsCategories(), by_kind, _class("pytabkit", name)(random_state=seed, n_threads=1, device="cpu")
    )


def _class(module: str, name: str) -> Any:
    return getattr(import_module(module), name)


def _numbers(x: pd.DataFrame) -> list[str]:
    return [name for name in x.columns if pd.api.types.is_numeric_dtype(x[name])]


def _not_numbers(x: pd.DataFrame) -> list[str]:
    return [name for name in x.columns if not pd.api.types.is_numeric_dtype(x[name])]


def _words(column: pd.Series) -> pd.Series:
    return column.astype(object).where(column.notna(), None).map(str, na_action="ignore")


MEDIANS = "missing numbers are medians"
SCALED = f"{MEDIANS}; standard scaling; one-hot encoding"

MODELS: dict[str, Model] = {
    "auto": Model(lambda seed: AutoClassifier(random_state=seed), about="`AutoClassifier()`"),
    "best": Model(lambda seed: AutoClassifier("best", random_state=seed), about='`AutoClassifier("best")`'),
    "one network": Model(
        lambda seed: AutoClassifier("network", random_state=seed), about='`AutoClassifier("network")`'
    ),
    "softmax": Model(_ours, about="`TableEncoder`, `Classifier()`"),
    "network": Model(
        lambda seed: _ours(seed, (64, 64), validation_fraction=0.15),
        about="`TableEncoder`, `Classifier((64, 64), validation_fraction=0.15)`",
    ),
    "network all rows": Model(
        lambda seed: _ours(seed, (64, 64), validation_fraction=0),
        about="`TableEncoder`, `Classifier((64, 64), validation_fraction=0)`",
    ),
    "network by default": Model(lambda seed: _ours(seed, (64, 64)), about="`TableEncoder`, `Classifier((64, 64))`"),
    "LightGBM": Model(
        lambda seed: _with_categories("lightgbm", "LGBMClassifier", n_jobs=1, random_state=seed, verbose=-1),
        "lightgbm",
        "words are categories",
    ),
    "HistGradientBoosting": Model(
        lambda seed: _with_categories("sklearn.ensemble", "HistGradientBoostingClassifier", random_state=seed),
        "scikit-learn",
        "words are categories",
    ),
    "XGBoost": Model(
        lambda seed: _with_categories("xgboost", "XGBClassifier", n_jobs=1, random_state=seed, enable_categorical=True),
        "xgboost",
        "words are categories (`enable_categorical`)",
    ),
    "LogisticRegression": Model(
        lambda seed: _with_inputs("LogisticRegression", "sklearn.linear_model", max_iter=ITERATIONS, random_state=seed),
        "scikit-learn",
        f"{SCALED}; `max_iter={ITERATIONS}`",
    ),
    "MLPClassifier": Model(
        lambda seed: _with_inputs("MLPClassifier", "sklearn.neural_network", random_state=seed), "scikit-learn", SCALED
    ),
    "CatBoost": Model(CatBoost, "catboost", "words are categories (`cat_features`)"),
    "RealMLP-TD": Model(
        lambda seed: _with_medians("RealMLP_TD_Classifier", seed), "pytabkit", f"words are categories; {MEDIANS}"
    ),
    "TabM-D": Model(
        lambda seed: _with_medians("TabM_D_Classifier", seed), "pytabkit", f"words are categories; {MEDIANS}"
    ),
}
