"""Templates to self-contained pages, and pages to files."""

import base64
import inspect
import re
from collections.abc import Callable, Mapping
from html import unescape
from itertools import count, takewhile
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from chainrule._version import __version__
from chainrule.pages import formulas


def render(template: str, figures: Mapping[str, str], **context: Any) -> str:
    """Return the page that a template makes of its context.

    A template writes formulas as LaTeX between dollars, `$in a line$` or `$$on a line of its own$$`; a dollar in what
    it is given stays one. It has `matrix`, `number`, `fixed` and `scientific` for numbers, `figure(name, alt)` for the
    SVG of that name or for the panels of that name, and `code(function)` for the source of a function that ran.
    """
    environment = Environment(
        loader=PackageLoader("chainrule.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        finalize=_without_dollars,
    )
    for name in ("matrix", "number", "fixed", "scientific"):
        environment.globals[name] = getattr(formulas, name)

    def figure(name: str, alt: str, caption: str = "", css: str = "") -> Markup:
        images = _image(figures[name], alt) if name in figures else _panels(name, figures, alt)
        note = Markup("<figcaption>{}</figcaption>").format(_without_dollars(caption)) if caption else ""
        return Markup('<figure class="{}">{}{}</figure>').format(css, images, note)

    environment.globals["figure"] = figure
    environment.globals["code"] = code
    return _typeset(environment.get_template(template).render(version=__version__, **context))


def panel_name(figure: str, number: int) -> str:
    """Return the name of a figure's panel of a number from 0 on.

    >>> panel_name("units", 0)
    'units-1'
    """
    return f"{figure}-{number + 1}"


def _panels(figure: str, figures: Mapping[str, str], alt: str) -> Markup:
    """Return the panels of a figure, which a narrow page sets below each other."""
    names = takewhile(figures.__contains__, (panel_name(figure, number) for number in count()))
    shown = Markup("").join(_image(figures[name], "") for name in names)
    return Markup('<div class="panels" role="img" aria-label="{}">{}</div>').format(_without_dollars(alt), shown)


def _image(svg: str, alt: str) -> Markup:
    address = f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
    return Markup('<img src="{}" alt="{}">').format(address, _without_dollars(alt))


def _without_dollars(value: Any) -> Any:
    """Return what a template writes with the dollars of its text as entities, since plain ones surround formulas."""
    if isinstance(value, str) and not isinstance(value, Markup) and "$" in value:
        return Markup(str(escape(value)).replace("$", "&#36;"))
    return value


def _typeset(page: str) -> str:
    """Return a page with its LaTeX turned into MathML."""

    def own_line(match: re.Match[str]) -> str:
        return f'<div class="formula">{formulas.display(unescape(match[1]))}</div>'

    page = re.sub(r"\$\$(.+?)\$\$", own_line, page, flags=re.DOTALL)
    return re.sub(r"\$([^$]+)\$", lambda match: formulas.formula(unescape(match[1])), page)


def code(function: Callable[..., Any]) -> Markup:
    """Return the source of a function as a block of code, without its docstring."""
    source = inspect.getsource(function)
    if function.__doc__:
        quoted = f'    """{function.__doc__}"""\n'
        source = source.replace(quoted, "")
    return Markup('<pre class="code"><code>{}</code></pre>').format(escape(source.rstrip()))
