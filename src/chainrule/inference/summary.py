"""The table of estimates, as text, HTML, LaTeX, a data frame, and numbers for JSON."""

from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.data_frame import data_frame
from chainrule.inference import tabulation
from chainrule.inference.tabulation import Table, head, line

APPROXIMATE = (
    "These are estimates of the {}, as if coefficients were normal: the penalty draws them towards 0, of which"
    " p-values, AIC and BIC take no account."
)

if TYPE_CHECKING:
    from chainrule.inference.result import Inference


def table(result: "Inference", level: float) -> Table:
    """Return the numbers of a result in words."""
    facts = [
        ("rows", f"{result.n:.10g}"),
        ("log-likelihood", f"{result.log_likelihood:.6f}"),
        ("coefficients", str(result.params.size)),
        ("of the null model", f"{result.log_likelihood_null:.6f}"),
        ("residual df", f"{result.df_residual:.10g}"),
        ("pseudo R² (McFadden)", f"{result.pseudo_r2:.6f}"),
        ("standard errors", result.covariance_kind),
        ("AIC", f"{result.aic:.4f}"),
    ]
    overall = 2 * (result.log_likelihood - result.log_likelihood_null)
    facts += [(f"chi-squared ({result.df_model})", f"{overall:.4f}"), ("BIC", f"{result.bic:.4f}")]
    each = [result.params, result.standard_errors, result.z, result.p_values]
    each += [*np.moveaxis(result.confidence_intervals(level), 2, 0), result.odds_ratios]
    numbers = np.stack(each, axis=2)
    parts = []
    for label, of_class in zip(result.compared, numbers, strict=True):
        rows = [line(name, values) for name, values in zip(result.names, of_class.tolist(), strict=True)]
        rows += [[name, "NA", *[""] * (numbers.shape[2] - 1)] for name in result.undefined]
        parts.append((f"{label} against {result.reference}", rows))
    notes = [] if result.kind == "maximum likelihood" else [APPROXIMATE.format(result.kind)]
    if result.omitted:
        notes.append(
            f"Reference levels, which the others of a category are compared with: {', '.join(result.omitted)}."
        )
    if result.undefined:
        reasons = [f"{name} is {why}" for name, why in result.undefined.items()]
        more = f"; and {len(reasons) - 6} more" if reasons[6:] else ""
        notes.append(f"NA, not defined because of singularities: {'; '.join(reasons[:6])}{more}.")
    kind = "Logistic" if len(result.classes) == 2 else "Softmax (multinomial logistic)"
    columns = [*head("coef", level), "odds ratio"]
    return Table(f"{kind} regression, {result.kind}", columns, parts, facts, notes)


def text(result: "Inference", level: float = 0.95) -> str:
    """Return the table for a terminal.

    >>> from sklearn.datasets import load_iris
    >>> from chainrule import Classifier
    >>> from chainrule.inference import infer
    >>> x, y = load_iris(return_X_y=True)
    >>> print(text(infer(Classifier(l2=0).fit(x[50:, :1], y[50:]), x[50:, :1], y[50:])))
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
    return tabulation.text(table(result, level))


def html(result: "Inference", level: float = 0.95) -> str:
    """Return the table for a page or a notebook."""
    return tabulation.html(table(result, level))


def latex(result: "Inference", level: float = 0.95) -> str:
    """Return the table for a paper: two tabulars, with nothing that needs a package."""
    return tabulation.latex(table(result, level))


def dictionary(result: "Inference", level: float = 0.95) -> dict[str, Any]:
    """Return all numbers as JSON takes them: the level of intervals among them, and the coefficients one by one."""
    names = ["n", "log_likelihood", "log_likelihood_null", "df_model", "df_residual", "aic", "bic"]
    names += ["pseudo_r2", "pseudo_r2_cox_snell", "pseudo_r2_nagelkerke"]
    columns = coefficients(result, level)
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


def coefficients(result: "Inference", level: float) -> dict[str, list[Any]]:
    """Return what is known of each coefficient, class by class, as columns."""
    bounds, ratios = result.confidence_intervals(level), result.odds_ratio_intervals(level)
    numbers = {
        "coefficient": result.params,
        "standard error": result.standard_errors,
        "z": result.z,
        "p": result.p_values,
        "low": bounds[..., 0],
        "high": bounds[..., 1],
        "odds ratio": result.odds_ratios,
        "odds ratio low": ratios[..., 0],
        "odds ratio high": ratios[..., 1],
    }
    return {
        "class": [label for label in result.compared for _ in result.names],
        "reference": [result.reference] * result.params.size,
        "column": list(result.names) * len(result.compared),
        **{name: values.ravel().tolist() for name, values in numbers.items()},
    }


def frame(result: "Inference", level: float = 0.95) -> Any:
    """Return a data frame with a row for each coefficient.

    Raises:
        ValueError: none of pandas, polars and pyarrow is installed.
    """
    return data_frame(coefficients(result, level))
