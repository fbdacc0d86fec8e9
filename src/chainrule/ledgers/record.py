"""What a ledger holds: the numbers of its rows, of one weight and of the step, before they are set in any form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self, final

from chainrule.arrays import Array
from chainrule.inspection import Nudge, Paths, Section, Trace, Weight
from chainrule.ledgers.step import Step


@final
@dataclass(frozen=True, eq=False)
class Inputs:
    """A row before it is standardised: `x = (given - mean) / scale`, each (i,)."""

    given: Array
    mean: Array
    scale: Array


@final
@dataclass(frozen=True, eq=False)
class RowLedger:
    """One row of a ledger.

    Attributes:
        trace: every intermediate and every factor.
        sections: the same in the order of the chain, named.
        paths: those to the ledger's weight.
        nudge: the weight's slope from values alone.
        number: of the row, counted from 0; None where there is but a trace.
        counts: its weight among the rows.
        columns: the row before the steps that come before the classifier, by name; none where there are no such.
        inputs: of the network before they are standardised, or None.
    """

    trace: Trace
    sections: tuple[Section, ...]
    paths: Paths
    nudge: Nudge
    number: int | None = None
    counts: float = 1.0
    columns: Mapping[str, str] | None = None
    inputs: Inputs | None = None


@dataclass(frozen=True, eq=False)
class LedgerRecord:
    """The numbers of a ledger.

    Attributes:
        rows: the rows.
        weight: the one followed in detail.
        chosen: whether the user chose it; else it is the one with the largest gradient in the first layer.
        classes: labels in words (k,); none where they are unknown.
        names: of the inputs (i,); none where they have none.
        step: what the optimizer does; None where there is but a trace.
    """

    rows: tuple[RowLedger, ...]
    weight: Weight
    chosen: bool = True
    classes: Sequence[str] = ()
    names: Sequence[str] = ()
    step: Step | None = None

    def numbered(self, numbers: Sequence[int]) -> Self:
        """Return the ledger with other numbers for its rows, such as those that they have in a file."""
        rows = [replace(row, number=number) for row, number in zip(self.rows, numbers, strict=True)]
        return replace(self, rows=tuple(rows))

    @property
    def disagreement(self) -> float:
        """The largest difference of any product from the same number computed in another way, relative."""
        checked = [entry.difference or 0.0 for row in self.rows for part in row.sections for entry in part.entries]
        own = [max(row.trace.disagreement, row.paths.difference) for row in self.rows]
        return max([*checked, *own, 0.0 if self.step is None else self.step.difference])
