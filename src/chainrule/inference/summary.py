"""The table of estimates, as text, HTML, LaTeX, a data frame, and numbers for JSON."""

from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from chainrule.inference.frames import data_frame

if TYPE_CHECKING:
    from chainrule.inference.result import Inference

LATEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "²": "$^2$"}
LATEX |= {sign: rf"\{sign}" for sign in "&%$#_{}"} | {"<": "$<$", ">": "$>$", "|": "$|$"}


class Table(NamedTuple):
    """What every form of the table is made of.

    Attributes:
        title: what was estimated.
        facts: pairs of a name and a number, in words.
        head: of the columns of numbers.
        parts: for each contrast its title, and for each coefficient its name and numbers, in words.
        notes: what a reader must know.
    """

    title: str
    facts: list[tuple[str, str]]
    head: list[str]
    parts: list[tuple[str, list[list[str]]]]
    notes: list[str]


def table(result: "Inference", level: float) -> Table:
    """Return the numbers of a result in words."""
    low, high = (f"{100 * share:.4g} %" for share in ((1 - level) / 2, (1 + level) / 2))
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
        rows = [[name, *_words(values)] for name, values in zip(result.names, of_class.tolist(), strict=True)]
        parts.append((f"{label} against {result.reference}", rows))
    notes = [] if result.kind == "maximum likelihood" else [f"These are estimates of the {result.kind}."]
    if result.omitted:
        notes.append(f"Left out, as what others are compared with: {', '.join(result.omitted)}.")
    kind = "Logistic" if len(result.classes) == 2 else "Softmax (multinomial logistic)"
    head = ["coef", "std err", "z", "P>|z|", low, high, "odds ratio"]
    return Table(f"{kind} regression, {result.kind}", facts, head, parts, notes)


def _words(values: list[float]) -> list[str]:
    estimate, error, z, p, low, high, ratio = values
    chance = "<0.001" if p < 0.001 else f"{p:.3f}"
    return [_number(estimate), _number(error), f"{z:.3f}", chance, _number(low), _number(high), _number(ratio)]


def _number(value: float) -> str:
    """Return a number with at least five digits that tell something.

    >>> _number(0.25), _number(1234567.0), _number(-1.5e-7)
    ('0.2500', '1.2346e+06', '-1.5000e-07')
    """
    return f"{value:.4f}" if value == 0 or 1e-2 <= abs(value) < 1e5 else f"{value:.4e}"


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
    told = table(result, level)
    first = max(len(row[0]) for _, rows in told.parts for row in rows)
    first = max([first, *(len(title) for title, _ in told.parts)])
    numbers = [row[1:] for _, rows in told.parts for row in rows]
    widths = [max(len(word) for word in column) + 2 for column in zip(told.head, *numbers, strict=True)]
    whole = max(first + sum(widths), 75)
    lines = [told.title, "=" * whole]
    half = whole // 2
    for (a, left), (b, right) in zip(told.facts[::2], told.facts[1::2], strict=True):
        lines.append(f"{a}{left:>{half - len(a)}}  {b}{right:>{whole - half - 2 - len(b)}}")
    for title, rows in told.parts:
        lines += ["-" * whole, title.ljust(first) + _row(told.head, widths), "-" * whole]
        lines += [row[0].ljust(first) + _row(row[1:], widths) for row in rows]
    return "\n".join([*lines, "=" * whole, *told.notes])


def _row(words: list[str], widths: list[int]) -> str:
    return "".join(word.rjust(width) for word, width in zip(words, widths, strict=True))


def html(result: "Inference", level: float = 0.95) -> str:
    """Return the table for a page or a notebook."""
    told = table(result, level)
    facts = "".join(
        f"<tr><th>{escape(a[0])}</th><td>{escape(a[1])}</td><th>{escape(b[0])}</th><td>{escape(b[1])}</td></tr>\n"
        for a, b in zip(told.facts[::2], told.facts[1::2], strict=True)
    )
    parts = "".join(
        f"<tr><th>{escape(title)}</th>{_cells('th', told.head)}</tr>\n"
        + "".join(f"<tr><th>{escape(row[0])}</th>{_cells('td', row[1:])}</tr>\n" for row in rows)
        for title, rows in told.parts
    )
    notes = "".join(f"<p>{escape(note)}</p>\n" for note in told.notes)
    return (
        f'<table class="inference-facts">\n<caption>{escape(told.title)}</caption>\n{facts}</table>\n'
        f'<table class="inference-coefficients">\n{parts}</table>\n{notes}'
    )


def _cells(tag: str, words: list[str]) -> str:
    return "".join(f"<{tag}>{escape(word)}</{tag}>" for word in words)


def latex(result: "Inference", level: float = 0.95) -> str:
    """Return the table for a paper: two tabulars, with nothing that needs a package."""
    told = table(result, level)
    lines = [r"\begin{tabular}{lrlr}", rf"\multicolumn{{4}}{{c}}{{{_tex(told.title)}}} \\", r"\hline"]
    lines += [_tex_row([*a, *b]) for a, b in zip(told.facts[::2], told.facts[1::2], strict=True)]
    lines += [r"\end{tabular}", "", rf"\begin{{tabular}}{{l{'r' * len(told.head)}}}"]
    for title, rows in told.parts:
        lines += [r"\hline", _tex_row([title, *told.head]), r"\hline", *map(_tex_row, rows)]
    return "\n".join([*lines, r"\hline", r"\end{tabular}", *map(_tex, told.notes), ""])


def _tex(words: str) -> str:
    return "".join(LATEX.get(sign, sign) for sign in words)


def _tex_row(words: list[str]) -> str:
    return " & ".join(map(_tex, words)) + r" \\"


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
