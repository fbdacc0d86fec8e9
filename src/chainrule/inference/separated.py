"""What a search for separation found, in numbers and in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from chainrule.arrays import Array

MOST_NAMED = 6


@final
@dataclass(frozen=True, eq=False)
class Separation:
    """Whether the maximum-likelihood estimate of softmax regression exists on some rows, and what stands in its way.

    A direction gives each class `c` weights `b_c`. It separates where `(b_y - b_c)ᵀ x >= 0` in each row for its class `y`
    and every other class `c`, and not all of these margins are 0: along it the likelihood rises for ever.

    Attributes:
        kind: "none", "quasi-complete", or "complete" where a direction has all margins above 0.
        direction: weights of each class that has some, by column as given and `"bias"`; the others are 0.
        columns: those in the direction, of which none can be left out; of more than 30, few but not the fewest.
        classes: those in the direction.
        parted: beside which other classes each row has a margin of at least 1 in the direction (n, k).
        undetermined: the rows that are not parted from every other class (u,).
        rows: how many there are, without those that weigh nothing.
        smallest, largest: the smallest margin that is parted, and the largest of the others, which rounding leaves.
        evidence: how the columns part the classes, in words.
        categories: which of the columns have two values only.
        collinear: columns that are combinations of columns before them: no separation, but no single estimate either.
        at_stake: the classes that are parted from another one, in words.
    """

    kind: str
    direction: dict[str, dict[str, float]]
    columns: tuple[str, ...]
    classes: tuple[str, ...]
    parted: Array
    undetermined: Array
    rows: int
    smallest: float
    largest: float
    evidence: str
    categories: tuple[str, ...]
    collinear: tuple[str, ...]
    at_stake: str

    @property
    def finding(self) -> str:
        """What was found, with its evidence."""
        if self.kind == "none":
            return f"No separation: in every direction classes overlap among the {self.rows} rows."
        return (
            f"{self.kind.capitalize()} separation: {self._by_what} {self.at_stake} in"
            f" {self._how_many} rows without a mistake.{' ' * bool(self.evidence)}{self.evidence} In the direction that does it, the smallest margin of"
            f" these rows is {self.smallest:.3g}, and the largest other one {self.largest:.1g}."
        )

    @property
    def consequence(self) -> str:
        """What follows for coefficients and their standard errors."""
        collinear = (
            f"The likelihood does not change along {listed(self.collinear)}, combinations of columns before them (they are"
            " collinear, which is no separation): their coefficients have no single value and no standard error."
            if self.collinear
            else ""
        )
        if self.kind == "none":
            return collinear or "The likelihood has its maximum at finite coefficients."
        others = " What the others tend to, the undetermined rows alone decide." if self.kind != "complete" else ""
        return (
            f"The likelihood has no maximum: the coefficients of {self._coefficients} grow without limit, and their standard"
            f" errors faster, so that their z, p and intervals say nothing wherever an optimizer stops.{others}"
            f" {collinear}"
        ).strip()

    @property
    def remedy(self) -> str:
        """What to do, "" where there is nothing to be done."""
        ways = [f"Keep a penalty, `Classifier(l2={1 / self.rows:.2g})`, which makes them finite"]
        if self.categories:
            ways.append(f"merge {listed(self.categories)} with a more common category")
        if self.columns:
            ways.append(f"leave {listed(self.columns)} out")
        found = "; or ".join(ways) + "." if self.kind != "none" else ""
        if self.kind == "complete" and len(self.columns) == 1:
            found += f" See first that {self.columns[0]} is known before the target is, and not made from it."
        if self.collinear:
            found += f" Leave {listed(self.collinear)} out, or keep a penalty."
        return found.strip()

    @property
    def sentence(self) -> str:
        """All of it in one sentence, "" where each coefficient has one finite estimate."""
        if self.kind != "none":
            return (
                f"There is no maximum-likelihood estimate ({self.kind} separation): {self._by_what} {self.at_stake} in"
                f" {self._how_many} rows without a mistake, so that the coefficients of {self._coefficients} grow without"
                f" limit and have no standard errors: keep a penalty, such as Classifier(l2={1 / self.rows:.2g}), or"
                f" {'merge or ' if self.categories else ''}leave out {listed(self.columns) or 'these classes'}."
            )
        if self.collinear:
            return (
                f"The columns {listed(self.collinear)} are combinations of columns before them, so that their coefficients"
                " have no single value and no standard errors: leave them out."
            )
        return ""

    def __str__(self) -> str:
        return " ".join(filter(None, [self.finding, self.consequence, self.remedy]))

    @property
    def _by_what(self) -> str:
        if not self.columns:
            return "a constant parts"
        return f"{self.columns[0]} parts" if len(self.columns) == 1 else f"a sum of {listed(self.columns)} parts"

    @property
    def _how_many(self) -> str:
        rows = int(self.parted.any(axis=1).sum())
        return f"all {rows}" if rows == self.rows else f"{rows} of {self.rows}"

    @property
    def _coefficients(self) -> str:
        return f"{listed(self.columns) or 'the bias'} for {listed(self.classes)}"


def listed(names: Sequence[str]) -> str:
    """Return names as words, the first few of many.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    if len(names) > MOST_NAMED:
        return f"{', '.join(names[:MOST_NAMED])} and {len(names) - MOST_NAMED} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
