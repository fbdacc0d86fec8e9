"""The kinds of estimator that a model file can hold, each under its name there."""

from chainrule.model_file import scikit_learn
from chainrule.model_file.classifier import classifier
from chainrule.model_file.encoder import table_encoder
from chainrule.model_file.estimators import KINDS, STEP

__all__ = ["STEP"]

KINDS |= {
    "classifier": ("Classifier", classifier),
    "table_encoder": ("TableEncoder", table_encoder),
    "pipeline": ("Pipeline", scikit_learn.pipeline),
    "column_transformer": ("ColumnTransformer", scikit_learn.column_transformer),
    "standard_scaler": ("StandardScaler", scikit_learn.standard_scaler),
    "min_max_scaler": ("MinMaxScaler", scikit_learn.min_max_scaler),
    "missing_indicator": ("MissingIndicator", scikit_learn.missing_indicator),
    "simple_imputer": ("SimpleImputer", scikit_learn.simple_imputer),
    "one_hot_encoder": ("OneHotEncoder", scikit_learn.one_hot_encoder),
    "ordinal_encoder": ("OrdinalEncoder", scikit_learn.ordinal_encoder),
}
