"""Estimates with their covariance, and what follows from them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import exp
from typing import Any, Literal, Self, final

import numpy as np

from chainrule.arrays import Array
from chainrule.common.display import Part, Table, data_frame
from chainrule.common.format import described, short
from chainrule.inference import hypotheses
from chainrule.inference.effects import MarginalEffects, marginal_effects, zero_one_columns
from chainrule.inference.estimates import Estimates
from chainrule.inference.hypotheses import Contrasts, HypothesisTest, dense_doubles
from chainrule.inference.likelihood import Likelihood
from chainrule.inference.maximum import Maximum
from chainrule.inference.probabilities import ProbabilityIntervals, probability_intervals

# The kind of estimates that tests by the likelihood hold for.
MAXIMUM_LIKELIHOOD = "maximum likelihood"
# What a reader must know who takes the table for one of maximum likelihood.
APPROXIMATE = (
    "These are estimates of the {}, as if coefficients were normal: the penalty draws them towards 0, of which"
    " p-values, AIC and BIC take no account."
)


@final
@dataclass(frozen=True, eq=False, repr=False)
class Inference(Estimates):
    """Estimates of softmax (or logistic) regression with their covariance: what `infer` returns.

    Attributes:
        params: coefficients of each class against the reference (k-1, j), the intercept first.
        covariance: of these, class by class ((k-1)·j, (k-1)·j): number `c·j + i` is `params[c, i]`.
        names: of the columns (j,).
        classes: all labels in words (k,).
        reference: the one that others are compared with.
        kind: what the estimates are: "maximum likelihood", or the name of an approximation.
        covariance_kind: "observed", "robust", "clustered" or "laplace".
        n: the rows, or their total weight.
        log_likelihood: at the estimates.
        log_likelihood_null: of the intercepts alone; without them, of equal probabilities.
        df_null: the number of coefficients that the null model has.
        columns_of: takes rows, as `model.predict` takes them, to the columns that `params` multiply (n, j): ones for
            the intercept first, and all in the units of the coefficients.
        likelihood: of the rows.
        omitted: indicators left out, which others of their category are compared with.
        categories: the names of the indicators of each category, by its name.
        cut: the inputs of each number that is cut into bins, by the name of its column.
        undefined: why other columns were left out, as others determine them, by name: they have no coefficient.
        maximum: where it is highest, for scaled columns and the first class as reference; None where the estimates are
            of another kind.

    >>> from sklearn.datasets import load_iris
    >>> from chainrule import Classifier
    >>> from chainrule.inference import infer
    >>> x, y = load_iris(return_X_y=True)
    >>> result = infer(Classifier(l2=0).fit(x[50:, :2], y[50:]), x[50:, :2], y[50:])
    >>> result.params.round(3)
    array([[-13.046,   1.902,   0.405]])
    >>> result.likelihood_ratio_test("x1")
    Likelihood-ratio test of x1: chi-squared(1) = 0.2208, p = 0.638
    >>> infer(Classifier(l2=0).fit(x[50:, :1], y[50:]), x[50:, :1], y[50:])
    Logistic regression, maximum likelihood
    =============================================================================
    rows                              100  log-likelihood              -55.273262
    coefficients                        2  of the null model           -69.314718
    residual df                        98  pseudo R² (McFadden)          0.202575
    standard errors              observed  AIC                           114.5465
    chi-squared (1)               28.0829  BIC                           119.7569
    -----------------------------------------------------------------------------
    2 against 1      coef  std err       z   P>|z|     2.5 %   97.5 %  odds ratio
    -----------------------------------------------------------------------------
    intercept    -12.5708   2.9069  -4.325  <0.001  -18.2681  -6.8734  3.4720e-06
    x0             2.0129   0.4654   4.325  <0.001    1.1007   2.9252      7.4852
    =============================================================================
    """

    params: Array
    covariance: Array
    names: tuple[str, ...]
    classes: tuple[str, ...]
    reference: str
    kind: str
    covariance_kind: str
    n: float
    log_likelihood: float
    log_likelihood_null: float
    df_null: int
    columns_of: Callable[[Any], Array]
    likelihood: Likelihood
    omitted: tuple[str, ...] = ()
    undefined: Mapping[str, str] = field(default_factory=dict)
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    cut: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    maximum: Maximum | None = None

    @classmethod
    def of(
        cls, likelihood: Likelihood, found: Maximum, covariance: Array, *, kind: str = MAXIMUM_LIKELIHOOD, **about: Any
    ) -> Self:
        """Return the estimates at the maximum of a likelihood, against the first class, in the units of the columns.

        Parameters:
            likelihood: of the rows.
            found: its maximum.
            covariance: of the coefficients of the scaled columns.
            kind: what the estimates are.
            about: all fields that do not follow from these.
        """
        columns = likelihood.columns
        back = np.kron(np.eye(len(found.params)), columns.back)
        return cls(
            params=found.params @ columns.back.T,
            covariance=back @ covariance @ back.T,
            names=columns.names,
            classes=likelihood.labels,
            reference=likelihood.labels[0],
            kind=kind,
            n=likelihood.rows.total_weight,
            log_likelihood=found.point.value,
            log_likelihood_null=likelihood.null_value,
            df_null=len(found.params) * columns.biased,
            likelihood=likelihood,
            maximum=found if kind == MAXIMUM_LIKELIHOOD else None,
            **about,
        )

    @property
    def compared(self) -> tuple[str, ...]:
        """The classes that are compared with the reference, in the order of `params`."""
        return tuple(label for label in self.classes if label != self.reference)

    @property
    def standard_errors(self) -> Array:
        """The root of the variance of each coefficient (k-1, j)."""
        return np.sqrt(self.covariance.diagonal()).reshape(self.params.shape)

    def _wald(self) -> tuple[Array, Array]:
        return self.params, self.standard_errors

    @property
    def odds_ratios(self) -> Array:
        """What one more of a column multiplies the odds against the reference by: `exp(params)` (k-1, j)."""
        with np.errstate(over="ignore"):
            return np.exp(self.params)

    def odds_ratio_intervals(self, level: float = 0.95) -> Array:
        """Return the intervals of the odds ratios (k-1, j, 2): those of the coefficients, as powers of e."""
        with np.errstate(over="ignore"):
            return np.exp(self.confidence_intervals(level))

    @property
    def df_model(self) -> int:
        """The number of coefficients that the null model does not have."""
        return self.params.size - self.df_null

    @property
    def df_residual(self) -> float:
        """The rows less the number of coefficients."""
        return self.n - self.params.size

    @property
    def aic(self) -> float:
        """Akaike's criterion: `2 p - 2 log-likelihood`."""
        return 2 * self.params.size - 2 * self.log_likelihood

    @property
    def bic(self) -> float:
        """Schwarz's criterion: `log(n) p - 2 log-likelihood`."""
        return float(np.log(self.n)) * self.params.size - 2 * self.log_likelihood

    @property
    def pseudo_r2(self) -> float:
        """McFadden's: `1 - log-likelihood / log-likelihood of the null model`."""
        return 1 - self.log_likelihood / self.log_likelihood_null

    @property
    def pseudo_r2_cox_snell(self) -> float:
        """Cox and Snell's: `1 - exp(2/n (log-likelihood of the null model - log-likelihood))`."""
        return 1 - exp(2 / self.n * (self.log_likelihood_null - self.log_likelihood))

    @property
    def pseudo_r2_nagelkerke(self) -> float:
        """Nagelkerke's: that of Cox and Snell, divided by the largest it can be."""
        return self.pseudo_r2_cox_snell / (1 - exp(2 / self.n * self.log_likelihood_null))

    def wald_test(self, columns: str | Sequence[str]) -> HypothesisTest:
        """Return the test of Wald that the coefficients of all these columns are 0, with the covariance at hand.

        Raises:
            ValueError: there is no such column, or the covariance of so many is singular.
        """
        return hypotheses.wald(self.names, self.params, self.covariance, hypotheses.places(self.names, columns))

    def likelihood_ratio_test(self, columns: str | Sequence[str] | None = None) -> HypothesisTest:
        """Return the test by the ratio of likelihoods that the coefficients of all these columns are 0.

        The model is fitted once more without them; None for all columns but the intercept. It holds if the model does,
        whatever the covariance at hand.

        Raises:
            ValueError: there is no such column, or the estimates are not those of maximum likelihood.
        """
        likelihood, found = self._at_the_maximum()
        tested = likelihood.columns.names[likelihood.columns.biased :] if columns is None else columns
        return hypotheses.likelihood_ratio(likelihood, found, hypotheses.places(self.names, tested))

    def score_test(self, columns: str | Sequence[str]) -> HypothesisTest:
        """Return Rao's test by the score that the coefficients of all these columns are 0: as the one by likelihoods.

        Raises:
            ValueError: there is no such column, or the estimates are not those of maximum likelihood.
        """
        likelihood, found = self._at_the_maximum()
        return hypotheses.score(likelihood, found, hypotheses.places(self.names, columns))

    def marginal_effects(self, at: Literal["average", "means"] = "average", *, steps: bool = False) -> MarginalEffects:
        """Return how much more probable each class becomes as a column grows, with standard errors.

        A column that also enters as a power or in a product, as of `PolynomialFeatures` or worked out in the table,
        takes these along: its effect counts them, and they have none of their own. A number that is cut into bins has
        none here, since it has no one slope: ask `probability_intervals` at several of its values.

        Parameters:
            at: "average" for the effect on each row, averaged; "means" for the effect on one row of means.
            steps: whether the effect of a column of zeros and ones is that of the step from 0 to 1, and not of its
                slope. Of an indicator of a category, the step is from the level that is left out to this one, with the
                category's other indicators at 0; all other columns stay as they are.

        Raises:
            ValueError: `at` is another word.
        """
        rows, contrasts = self.likelihood.rows, self._contrasts
        columns = zero_one_columns(contrasts, rows) if steps else []
        names = self.names[contrasts.biased :]
        together = self._groups(columns)
        found = marginal_effects(contrasts, rows, names, self.classes, at=at, steps=columns, together=together)
        return found.without(self.cut)

    def _groups(self, columns: Sequence[int]) -> dict[int, list[int]]:
        """Return for each of these columns those that are indicators of the same category, itself among them."""
        names = self.names[self._contrasts.biased :]
        category = {name: next((c for c, of in self.categories.items() if name in of), name) for name in names}
        return {
            column: [other for other, name in enumerate(names) if category[name] == category[names[column]]]
            for column in columns
        }

    def probability_intervals(self, X: Any) -> ProbabilityIntervals:
        """Return the probabilities of rows `X`, as `model.predict` takes them, with standard errors and intervals.

        Raises:
            ValueError: the rows do not fit the model.
        """
        contrasts = replace(self._contrasts, columns=dense_doubles)
        return probability_intervals(contrasts, self.columns_of(X), self.classes)

    @property
    def _contrasts(self) -> Contrasts:
        columns, reference = self.likelihood.columns, self.classes.index(self.reference)
        return Contrasts(self.params, self.covariance, reference, columns.biased, columns.original_units)

    def _at_the_maximum(self) -> tuple[Likelihood, Maximum]:
        if self.maximum is None:
            found = f"but these are of the {self.kind}"
            raise ValueError(f"This needs estimates of maximum likelihood, {found}: train with l2=0.")
        return self.likelihood, self.maximum

    def with_reference(self, label: Any) -> Self:
        """Return the same estimates as contrasts against another class; nothing is fitted anew.

        Raises:
            ValueError: there is no such class.
        """
        new = str(label)
        if new not in self.classes:
            found = short(new) if isinstance(label, str | int | float) else described(label)
            raise ValueError(f"There is no class {found} to compare with: there are {', '.join(self.classes)}.")
        given = dict(zip(self.compared, np.eye(len(self.compared)), strict=True))
        given[self.reference] = np.zeros(len(self.compared))
        contrasts = np.array([given[name] - given[new] for name in self.classes if name != new])
        whole = np.kron(contrasts, np.eye(len(self.names)))
        params, covariance = contrasts @ self.params, whole @ self.covariance @ whole.T
        return replace(self, params=params, covariance=covariance, reference=new)

    def to_dict(self, level: float = 0.95) -> dict[str, Any]:
        """Return all numbers, for JSON."""
        return _dictionary(self, level)

    def to_frame(self, level: float = 0.95) -> Any:
        """Return a data frame with a row for each coefficient: of pandas, or of polars or Arrow where there is none.

        Raises:
            ValueError: none of pandas, polars and pyarrow is installed.
        """
        return data_frame(_coefficients(self, level))

    def _table(self, level: float) -> Table:
        facts = [
            ("rows", f"{self.n:.10g}"),
            ("log-likelihood", f"{self.log_likelihood:.6f}"),
            ("coefficients", str(self.params.size)),
            ("of the null model", f"{self.log_likelihood_null:.6f}"),
            ("residual df", f"{self.df_residual:.10g}"),
            ("pseudo R² (McFadden)", f"{self.pseudo_r2:.6f}"),
            ("standard errors", self.covariance_kind),
            ("AIC", f"{self.aic:.4f}"),
            (f"chi-squared ({self.df_model})", f"{2 * (self.log_likelihood - self.log_likelihood_null):.4f}"),
            ("BIC", f"{self.bic:.4f}"),
        ]
        titles = [f"{label} against {self.reference}" for label in self.compared]
        parts = self._parts(titles, self.names, "coef", level, **{"odds ratio": self.odds_ratios})
        undefined = [[name, "NA", *[""] * (len(parts[0].head) - 2)] for name in self.undefined]
        parts = [Part(head, [*rows, *undefined]) for head, rows in parts]
        notes = [] if self.kind == MAXIMUM_LIKELIHOOD else [APPROXIMATE.format(self.kind)]
        if self.omitted:
            others = ", ".join(self.omitted)
            notes.append(f"Reference levels, which the others of a category are compared with: {others}.")
        if self.undefined:
            reasons = [f"{name} is {why}" for name, why in self.undefined.items()]
            more = f"; and {len(reasons) - 6} more" if reasons[6:] else ""
            notes.append(f"NA, not defined because of singularities: {'; '.join(reasons[:6])}{more}.")
        if self.cut:
            together = "The coefficients of such a number and of its bins together make a curve."
            notes.append(f"Cut into bins: {', '.join(self.cut)}. {together}")
        kind = "Logistic" if len(self.classes) == 2 else "Softmax (multinomial logistic)"
        return Table(f"{kind} regression, {self.kind}", parts, "lr", notes, facts, ruled=True)


def _dictionary(result: Inference, level: float) -> dict[str, Any]:
    """Return all numbers as JSON takes them: the level of intervals among them, and the coefficients one by one."""
    names = ["n", "log_likelihood", "log_likelihood_null", "df_model", "df_residual", "aic", "bic"]
    names += ["pseudo_r2", "pseudo_r2_cox_snell", "pseudo_r2_nagelkerke"]
    columns = _coefficients(result, level)
    return {
        "kind": result.kind,
        "covariance_kind": result.covariance_kind,
        "classes": list(result.classes),
        "reference": result.reference,
        "columns": list(result.names),
        "omitted": list(result.omitted),
        "undefined": dict(result.undefined),
        **{name: float(getattr(result, name)) for name in names},
        "level": level,
        "coefficients": [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)],
        "covariance": result.covariance.tolist(),
    }


def _coefficients(result: Inference, level: float) -> dict[str, list[Any]]:
    """Return what is known of each coefficient, class by class, as columns."""
    low, high = np.moveaxis(result.odds_ratio_intervals(level), 2, 0)
    ratios = {"odds ratio": result.odds_ratios, "odds ratio low": low, "odds ratio high": high}
    given = {"class": [], "reference": [result.reference] * result.params.size}
    return given | result._columns(result.compared, result.names, "coefficient", level, **ratios)
