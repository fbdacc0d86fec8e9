"""Templates to self-contained pages: their formulas, from LaTeX to MathML, their numbers, figures and code."""

import base64
import hashlib
import inspect
import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from html import unescape
from importlib.resources import files
from itertools import count, takewhile
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from latex2mathml.converter import convert
from markupsafe import Markup, escape

from chainrule._version import __version__
from chainrule.arrays import Array
from chainrule.common.formulas import number


def render(template: str, figures: Mapping[str, str], **context: Any) -> str:
    """Return the page that a template makes of its context.

    A template writes formulas as LaTeX between dollars, `$in a line$` or `$$on a line of its own$$`; a dollar in what
    it is given stays one. It has `matrix`, `number`, `fixed` and `scientific` for numbers, `figure(name, alt)` for the
    SVG of that name or for the panels of that name, `heat_strip` for numbers as a picture, and `code(function)` for
    the source of a function that ran.
    """

    def figure(name: str, alt: str, caption: str = "", css: str = "") -> Markup:
        images = _image(figures[name], alt) if name in figures else _panels(name, figures, alt)
        note = Markup("<figcaption>{}</figcaption>").format(_without_dollars(caption)) if caption else ""
        return Markup('<figure class="{}" data-figure="{}">{}{}</figure>').format(css, name, images, note)

    return _typeset(_environment().get_template(template).render(version=__version__, figure=figure, **context))


@cache
def _environment() -> Environment:
    """Return what templates have in common; it keeps each that it has read, so that a second page takes less time."""
    environment = Environment(
        loader=PackageLoader("chainrule.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        finalize=_without_dollars,
    )
    functions = {
        "matrix": matrix,
        "term": term,
        "number": number,
        "fixed": fixed,
        "scientific": scientific,
        "code": code,
    }
    environment.globals |= {**functions, "heat_strip": heat_strip}
    return environment


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


# Numbers as a picture.

# Rows and columns of cells, at most: as many as an eye tells apart on half a screen and on a page.
MOST_CELLS = (64, 128)
# Pixels of a side of a cell at most: about the height of a line of text.
LARGEST_CELL = 16
# Pixels of the whole picture from top to bottom at least, so that a strip of one row can be seen,
LOWEST = 16
# and at most, so that two matrices stand on a screen together;
HIGHEST = 256
# and from left to right at most, which leaves room beside it for its name.
BROADEST = 640
# Shades of each colour: as many as can be told apart.
SHADES = 10
# Green above zero, purple below: colour-blind readers tell them apart, and light and dark paper show both.
ABOVE = "#1a9850"
BELOW = "#a05cc0"


def heat_strip(values: Array, description: str) -> tuple[Markup, tuple[int, int]]:
    """Return numbers as an SVG with a cell for each, green above zero and purple below, stronger the larger it is.

    Where there are too many, a cell shows the number that is largest in size of a block.

    Parameters:
        values: (n,) or (n, m).
        description: what is shown, for those who cannot see it.

    Returns:
        The picture, and how many rows and columns a block has.
    """
    rows = np.atleast_2d(values)
    block = tuple(-(-size // most) for size, most in zip(rows.shape, MOST_CELLS, strict=True))
    rows = _largest_of_blocks(rows, *block)
    height, width = rows.shape
    cell = max(1, min(LARGEST_CELL, HIGHEST // height, BROADEST // width))
    most = float(np.abs(rows).max()) or 1.0
    shades = (np.sign(rows) * np.ceil(SHADES * (np.abs(rows) / most))).astype(int)
    paths = Markup().join(
        Markup('<path fill="{}" fill-opacity="{:g}" d="{}"/>').format(
            ABOVE if shade > 0 else BELOW, abs(shade) / SHADES, _cells(shades == shade)
        )
        for shade in sorted(set(shades.flat) - {0})
    )
    svg = Markup(
        '<svg class="heat" role="img" viewBox="0 0 {0} {1}" width="{2}" height="{3}" preserveAspectRatio="none"'
        ' shape-rendering="crispEdges"><title>{4}</title>{5}</svg>'
    ).format(width, height, width * cell, max(height * cell, LOWEST), _without_dollars(description), paths)
    return svg, (block[0], block[1])


def _largest_of_blocks(rows: Array, down: int, across: int) -> Array:
    height, width = rows.shape
    full = np.zeros((-(-height // down) * down, -(-width // across) * across))
    full[:height, :width] = rows
    blocks = full.reshape(len(full) // down, down, -1, across).swapaxes(1, 2)
    flat = blocks.reshape(*blocks.shape[:2], down * across)
    place = np.abs(flat).argmax(axis=2)[:, :, None]
    return np.take_along_axis(flat, place, axis=2)[:, :, 0]


def _cells(there: Array) -> str:
    """Return the outline of cells, those beside each other as one."""
    edges = np.diff(there.astype(int), axis=1, prepend=0, append=0)
    starts, ends = np.argwhere(edges > 0).tolist(), np.argwhere(edges < 0)[:, 1].tolist()
    return "".join(f"M{x} {y}h{end - x}v1h{x - end}z" for (y, x), end in zip(starts, ends, strict=True))


def _without_dollars(value: Any) -> Any:
    """Return what a template writes with the dollars of its text as entities, since plain ones surround formulas."""
    if isinstance(value, str) and not isinstance(value, Markup) and "$" in value:
        return Markup(str(escape(value)).replace("$", "&#36;"))
    return value


def _typeset(page: str) -> str:
    """Return a page with its LaTeX turned into MathML."""

    def own_line(match: re.Match[str]) -> str:
        return f'<div class="formula">{display(unescape(match[1]))}</div>'

    page = re.sub(r"\$\$(.+?)\$\$", own_line, page, flags=re.DOTALL)
    return re.sub(r"\$([^$]+)\$", lambda match: formula(unescape(match[1])), page)


def code(function: Callable[..., Any]) -> Markup:
    """Return the source of a function as a block of code, without its docstring."""
    source = inspect.getsource(function)
    if function.__doc__:
        quoted = f'    """{function.__doc__}"""\n'
        source = source.replace(quoted, "")
    return Markup('<pre class="code"><code>{}</code></pre>').format(escape(source.rstrip()))


# A term that lights up together with its number, written as \\class{k:name}{...}: its key, where scripts look for it.
TERM = re.compile(r'class="k:([^"]+)"')
# A minus after a bracket that opens, a comma or an operator is the sign of what follows.
SIGN = re.compile(r"(<mo[^>]*>(?:&#x00028;|&#x0002C;|&#x000B7;|&#x0003D;|&#x0002B;)</mo>)<mo>(&#x02212;)</mo>")


@cache
def formula(latex: str, display: bool = False) -> Markup:
    """Return LaTeX as MathML, within a line or as a line of its own.

    >>> formula("x^2")[:5]
    Markup('<math')
    """
    mathml = convert(latex, display="block" if display else "inline")
    mathml = TERM.sub(r'data-k="\1"', mathml)
    mathml = re.sub(r"<mo>([a-z]{2,})</mo>", r"<mi>\1</mi>", mathml)  # a function's name is no operator
    mathml = SIGN.sub(r'\1<mo form="prefix">\2</mo>', mathml)  # or else it is spaced like a difference
    return Markup(re.sub(r"<mi>(log|max)</mi>(?=<m[^o])", r'<mi>\1</mi><mspace width="0.17em"/>', mathml))


def display(latex: str) -> Markup:
    """Return LaTeX as MathML on a line of its own."""
    return formula(latex, display=True)


def fixed(value: float, decimals: int = 3) -> str:
    """Return a number with so many decimals, without a minus before zero.

    >>> fixed(-0.0001), fixed(2)
    ('0.000', '2.000')
    """
    text = f"{float(value):.{decimals}f}"
    return text.lstrip("-") if float(text) == 0 else text


def scientific(value: float) -> str:
    r"""Return a number as LaTeX with two digits and a power of ten; the first two powers are written out.

    >>> scientific(-0.000123), scientific(0.25), scientific(1e-10)
    ('-1.2\\cdot 10^{-4}', '0.25', '1.0\\cdot 10^{-10}')
    """
    mantissa, power = f"{float(value):.1e}".split("e")
    return number(value, 2) if -2 <= int(power) <= 1 else rf"{mantissa}\cdot 10^{{{int(power)}}}"


def term(key: str, latex: str) -> str:
    r"""Return LaTeX for a term that lights up on the page together with all that has the same key.

    >>> term("h3", "0.5")
    '\\class{k:h3}{0.5}'
    """
    return rf"\class{{k:{key}}}{{{latex}}}"


def matrix(values: Array, decimals: int = 3, key: str = "", named: Mapping[str, str] | None = None) -> str:
    r"""Return LaTeX for a matrix, or a row vector, of numbers with so many decimals; whole numbers stay whole.

    The pages' style sheet draws the parentheses, because few fonts can stretch them.

    Parameters:
        values: (m, n), or (n,) for a row vector.
        decimals: of each number.
        key: of numbers that light up on the page, the first as `key` and a 1 behind it, of a matrix its row and column;
            "" for none.
        named: keys of single numbers by what would stand behind `key`, since they have one elsewhere.

    >>> matrix(np.array([[1, 0], [0.5, -2]]), decimals=1)
    '\\begin{matrix}1 & 0 \\\\ 0.5 & -2\\end{matrix}'
    """
    rows = np.atleast_2d(values)
    entry = [[f"{v:.0f}" if float(v).is_integer() else fixed(v, decimals) for v in row + 0.0] for row in rows]
    if key:
        for at, row in enumerate(entry, start=1):
            places = [f"{at}{column}" if len(entry) > 1 else str(column) for column in range(1, len(row) + 1)]
            keys = [(named or {}).get(place, key + place) for place in places]
            row[:] = [term(*each) for each in zip(keys, row, strict=True)]
    return r"\begin{matrix}" + r" \\ ".join(" & ".join(row) for row in entry) + r"\end{matrix}"


# Scripts and their data.


def built(name: str) -> str:
    """Return a script that was built from `web/`."""
    return files("chainrule.pages").joinpath("web", name).read_text(encoding="utf-8")


def as_json(value: Any) -> str:
    """Return JSON that can stand in a script or a page: nothing in it begins a tag, or ends a line of a script."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


# Scripts that run, those of JSON among them being data, and styles.
INLINE = re.compile(r"<(script|style)>(.*?)</\1>", re.DOTALL)


def with_policy(page: str, *more: str, webassembly: bool = False) -> str:
    """Return a page that tells browsers to run its own scripts alone, and to load nothing from anywhere.

    Parameters:
        page: with a `<meta charset=...>`, which the policy follows.
        more: that is allowed, such as "worker-src blob:".
        webassembly: whether its scripts may compile WebAssembly, which no more reaches out of the page than they do.

    >>> with_policy("<head><meta charset='utf-8'></head><script>1</script>").count("sha256-")
    1
    """
    sources: dict[str, list[str]] = {"script": [], "style": []}
    for kind, content in INLINE.findall(page):
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        sources[kind].append(f"'sha256-{digest}'")
    if webassembly:
        sources["script"].append("'wasm-unsafe-eval'")
    allowed = "; ".join(f"{kind}-src {' '.join(hashes)}" for kind, hashes in sources.items() if hashes)
    policy = "; ".join(("default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'", allowed, *more))
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    return re.sub(r"(<meta charset=[^>]*>)", lambda found: f"{found[1]}\n{meta}", page, count=1)
