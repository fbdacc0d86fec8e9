"""The playground: a page on which a network trains before one's eyes, whole in one file."""

import base64
import html
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np

from chainrule.arrays import Array
from chainrule.common.arguments import real
from chainrule.common.atomic_write import write
from chainrule.common.format import count, described
from chainrule.pages.page import built, with_policy
from chainrule.tables.columns import Number
from chainrule.tables.frames import values_of

# As the page has them (web/src/playground/csv.ts): it stays quick to draw and to open.
MOST_ROWS = 50_000
MOST_COLUMNS = 100
MOST_INPUTS = 200
MOST_CLASSES = 10
FEWEST_ROWS = 4
TITLE = "<title>Chainrule playground</title>"
# Bytes of a page in which its title stands: the policy before it takes a few hundred.
MOST_BEFORE_TITLE = 4096


@final
@dataclass(frozen=True, eq=False)
class Playground:
    """A page on which a small network trains on rows: it shows itself in a notebook, or is written to a file.

    Inputs are `TableEncoder`'s, fitted to the rows that are trained on. The page makes no request to any address: the
    rows are inside it, as is all else.

    Parameters:
        X: a data frame of any library, or a 2-D array (n, columns), of 4 to 50,000 rows and up to 100 columns; None
            for the built-in sets.
        y: class of each row (n,), 2 to 10 different ones; None for the built-in sets.
        held_out: share of the rows that is not trained on, from 0 to 0.8.
        random_state: seed of which rows those are.

    Raises:
        ValueError: there are too many rows, columns or classes, or too few, or a column cannot be used.

    >>> import numpy as np
    >>> page = Playground(np.random.default_rng(0).normal(size=(20, 2)), ["a", "b"] * 10)
    >>> page
    Playground: 20 rows, 2 inputs, 2 classes; .write("playground.html") writes the page
    """

    X: Any = None
    y: Any = None
    held_out: float = 0.3
    random_state: int = 0

    def __post_init__(self) -> None:
        if (self.X is None) != (self.y is None):
            raise ValueError("Playground needs both X and y, or neither for the built-in sets: found one of them.")
        if not real(self.held_out, 0, 0.8 + 1e-9):
            raise ValueError(f"held_out must be a share from 0 to 0.8, found {described(self.held_out)}.")
        object.__setattr__(self, "_state", None if self.X is None else self._encoded())

    def __repr__(self) -> str:
        state: Any = self.state
        data = "the built-in sets"
        if state:
            inputs = count(len(state["columns"]), "input")
            data = f"{count(state['rows'], 'row')}, {inputs}, {len(state['classes'])} classes"
        return f'Playground: {data}; .write("playground.html") writes the page'

    def _repr_html_(self) -> str:
        framed = html.escape(self.to_html(), quote=True)
        look = "width: 100%; height: 900px; border: 1px solid #8884; border-radius: 8px"
        return f'<iframe srcdoc="{framed}" title="Chainrule playground" style="{look}"></iframe>'

    @property
    def state(self) -> Any:
        """The rows as the page reads them; None for the built-in sets."""
        return self.__dict__["_state"]

    def to_html(self) -> str:
        """Return the page."""
        state = self.state
        return page({"version": 1, "rows": state} if state else None)

    def write(self, path: str | Path = "playground.html") -> Path:
        """Write the page to a file and return its path."""
        path = Path(path)
        write(path, self.to_html())
        return path

    def _encoded(self) -> dict[str, Any]:
        import pyarrow as pa

        from chainrule.tables import TableEncoder

        columns, labels = values_of(self.X), np.asarray(self.y)
        n = _checked_rows(columns, labels)
        classes, codes = np.unique(labels.astype(str), return_inverse=True)
        if not 2 <= len(classes) <= MOST_CLASSES:
            raise ValueError(f"The playground shows 2 to {MOST_CLASSES} classes, found {len(classes)} in y.")
        held = np.zeros(n, bool)
        held[np.random.default_rng(self.random_state).permutation(n)[: round(self.held_out * n)]] = True
        train = {
            name: v[~held] if isinstance(v, np.ndarray) else v.filter(pa.array(~held)) for name, v in columns.items()
        }
        encoder = TableEncoder().fit(train, labels[~held])
        x = np.asarray(encoder.transform(columns).todense() if encoder.sparse_ else encoder.transform(columns), float)
        names = [str(name) for name in encoder.get_feature_names_out()]
        if len(names) > MOST_INPUTS:
            raise ValueError(
                f"The columns become {len(names)} inputs, and the playground takes at most {MOST_INPUTS}: drop some."
            )
        scales = {c.name: (c.mean, c.scale) for c in encoder.learned_ if isinstance(c, Number)}
        means, sds = np.array([scales.get(name, (0.0, 1.0)) for name in names]).T
        return {
            "title": "Your rows",
            "columns": names,
            "means": means.tolist(),
            "sds": sds.tolist(),
            "classes": classes.tolist(),
            "rows": n,
            "x": _packed(x.astype("<f8")),
            "labels": _packed(codes.astype("u1")),
            "heldOut": _packed(held.astype("u1")),
        }


def _checked_rows(columns: Mapping[str, Any], labels: Array) -> int:
    """Return the number of rows, or say what is wrong with them."""
    n = len(next(iter(columns.values()), ()))
    if labels.shape != (n,):
        raise ValueError(f"y must have one class for each of the {n} rows of X, found shape {labels.shape}.")
    if not FEWEST_ROWS <= n <= MOST_ROWS:
        raise ValueError(
            f"The playground takes {FEWEST_ROWS} to {MOST_ROWS:,} rows, found {n:,}: give a sample of them."
        )
    if len(columns) > MOST_COLUMNS:
        raise ValueError(f"The playground takes up to {MOST_COLUMNS} columns, found {len(columns)}: drop some.")
    return n


def is_page(path: Path) -> bool:
    """Return whether a file is a page of the playground."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return TITLE.encode() in file.read(MOST_BEFORE_TITLE)


def _packed(array: Array) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def page(state: Any) -> str:
    """Return the page that begins with a state, or with its own where that is None.

    Its content-security policy lets nothing run or load but its own script and style, and the worker that the script
    makes of its own text.
    """
    script, style = (built(f"playground.{kind}").strip() for kind in ("js", "css"))
    # "<" would end the block of data, wherever it stands in a name
    held = json.dumps(state, ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")
    whole = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
{TITLE}
<style>{style}</style>
</head>
<body>
<div id="app"><noscript>The playground computes in this page: allow scripts to use it.</noscript></div>
<script type="application/json" id="state">{held}</script>
<script>{script}</script>
</body>
</html>
"""
    return with_policy(whole, "worker-src blob:", webassembly=True)
