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

    A direction gives each class `c` weights `b_c`. It separates where `(b_y - b_c)ᵀ x >= 0` in each row for its class
    `y` and every other class `c`, and not all of these margins are 0: along it the likelihood rises for ever.

    Attributes:
        kind: "none", "quasi-complete", or "complete" where a direction has all margins above 0.
        direction: weights of each class that has some, by column as given and "intercept"; the others are 0.
        columns: those in the direction, of which none can be left out; of more than 30, few but not the fewest.
        classes: those in the direction; of two classes, the second.
        parted: beside which other classes each row has a margin of at least 1 in the direction (n, k).
        undetermined: the rows that are not parted from every other class (u,).
        rows: how many there are, without those that weigh nothing.
        smallest, largest: the smallest margin where parted, and the largest elsewhere, which rounding leaves.
        evidence: how one column, or each category, spreads over the classes, in words.
        categories: of few columns, which have two values only.
        collinear: columns that are combinations of columns before them: no separation, but no single estimate either.
        who: which classes are parted from which, in words.
        kind_without: the kind that is left without the columns; "" where that was not looked for, as they are many.
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
    who: str
    kind_without: str

    def __bool__(self) -> bool:
        return self.kind != "none"

    @property
    def l2(self) -> float:
        """A penalty that keeps coefficients finite and changes predictions little: `1 / n`, with two digits."""
        return float(f"{1 / self.rows:.2g}")

    @property
    def cause(self) -> str:
        """What separates which classes, and what then happens to the coefficients, as part of a sentence."""
        return f"{self._what}, so that the coefficients of {self._coefficients} grow without limit"

    @property
    def finding(self) -> str:
        """What was found, with its evidence."""
        if not self:
            return f"No separation: in every direction classes overlap among the {self.rows} rows."
        proof = (
            f"In the direction that does it the smallest margin of these rows is {self.smallest:.3g}, and the largest"
            f" other one {self.largest:.1g}."
        )
        return _sentences(f"{self.kind.capitalize()} separation: {self._what}.", self.evidence, proof)

    @property
    def consequence(self) -> str:
        """What follows for coefficients and their standard errors."""
        endless = (
            f"The likelihood has no maximum: the coefficients of {self._coefficients} grow without limit, and their"
            " standard errors faster, so that their z, p and intervals say nothing wherever an optimizer stops."
        )
        others = "What the other coefficients tend to, the undetermined rows alone decide."
        flat = (
            f"The likelihood does not change along {listed(self.collinear)}, combinations of columns before them"
            " (collinear, which is no separation): their coefficients have no single value and no standard errors."
        )
        return _sentences(
            endless if self else "" if self.collinear else "The likelihood has its maximum at finite coefficients.",
            others if self.kind == "quasi-complete" and len(self.undetermined) else "",
            flat if self.collinear else "",
        )

    @property
    def remedy(self) -> str:
        """What to do, "" where there is nothing to be done."""
        columns, alone = listed(self.columns), len(self.columns) == 1
        ways = [f"Keep a penalty, `Classifier(l2={self.l2:g})`, which makes them finite"]
        if self.columns and self.categories == self.columns:
            ways.append(f"merge {columns} with {'a more common category' if alone else 'more common categories'}")
        if self.kind_without == "none":
            ways.append(f"leave {columns} out")
        return _sentences(
            f"{'; or '.join(ways)}." if self else "",
            f"Leaving {columns} out is not enough, for other columns separate classes too."
            if self.kind_without not in ("", "none")
            else "",
            f"See first that {columns} is known before the target is, and not made from it."
            if alone and self.kind == "complete"
            else "",
            f"Leave {listed(self.collinear)} out, or keep a penalty." if self.collinear else "",
        )

    @property
    def sentence(self) -> str:
        """All of it in one sentence, "" where each coefficient has one finite estimate."""
        if self:
            or_without = f", or leave {listed(self.columns)} out" if self.kind_without == "none" else ""
            return (
                f"There is no maximum-likelihood estimate, for {self.cause} and have no standard errors"
                f" ({self.kind} separation): keep a penalty, such as Classifier(l2={self.l2:g}){or_without}."
            )
        if self.collinear:
            return (
                f"The columns {listed(self.collinear)} are combinations of columns before them, so that their"
                " coefficients have no single value and no standard errors: leave them out."
            )
        return ""

    def __str__(self) -> str:
        return _sentences(self.finding, self.consequence, self.remedy)

    @property
    def _what(self) -> str:
        by = "" if len(self.columns) == 1 else "a sum of " if self.columns else "a constant"
        rows = int(self.parted.any(axis=1).sum())
        of_all = f"all {rows}" if rows == self.rows else f"{rows} of {self.rows}"
        return f"{by}{listed(self.columns)} parts {self.who} in {of_all} rows without a mistake"

    @property
    def _coefficients(self) -> str:
        return f"{listed(self.columns) or 'the intercept'} for {listed(self.classes)}"


def listed(names: Sequence[str]) -> str:
    """Return names as words, the first few of many.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    if len(names) > MOST_NAMED:
        return f"{', '.join(names[:MOST_NAMED])} and {len(names) - MOST_NAMED} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def _sentences(*sentences: str) -> str:
    return " ".join(filter(None, sentences))
