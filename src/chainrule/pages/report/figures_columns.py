"""The figures of what a model goes by: importance, coefficients, dependence, planes."""

from functools import partial

import numpy as np

from chainrule import plots
from chainrule.arrays import Array
from chainrule.pages.report.numbers import Numbers
from chainrule.pages.report.pictures import LINES, Picture, names_of, plain
from chainrule.pages.report.words import decimals, few, listed, percent

MANY_CLASSES, MOVING, BARS = 10, 5, 15


def importance(numbers: Numbers) -> Picture:
    """Draw what shuffling each column costs."""
    shown = numbers.importance
    ax = plots.value_bars(
        [plain(each.name) for each in shown],
        [each.loss for each in shown],
        spreads=[each.spread for each in shown],
        label="rise of the log loss",
    )
    told = [f"{each.name} {few(each.loss)}" for each in shown]
    return Picture(ax, f"Bars: rise of the log loss when a column is shuffled. {listed(told, 10)}.")


def coefficients(numbers: Numbers) -> Picture | None:
    """Draw the largest coefficients of softmax regression."""
    shown = numbers.coefficients[:BARS]
    if not shown:
        return None
    several = len(numbers.model.classes) > 2
    names = [f"{each.input.name} → {each.target}" if several else each.input.name for each in shown]
    ax = plots.value_bars([plain(name) for name in names], [each.value for each in shown], signed=True)
    ax.set_xlabel("coefficient" if several else f"coefficient, towards {names_of(numbers)[1]}")
    told = [f"{name} {decimals(each.value, 2)}" for name, each in zip(names, shown, strict=True)]
    return Picture(ax, f"Bars: the {len(shown)} largest coefficients. {listed(told, 8)}.")


def dependence(numbers: Numbers) -> Picture | None:
    """Draw how the probabilities change with the columns that matter most."""
    shown = numbers.dependence
    if not shown:
        return None
    names, chosen = _classes_that_move(numbers)
    pairs = [shown[start : start + 2] for start in range(0, len(shown), 2)]
    words = [max((len(each.values) for each in pair if not each.numeric), default=0) for pair in pairs]
    tall = sum(0.8 + max(1.7, 0.22 * most) for most in words)
    titles = [plain(each.name) for each in shown]
    figure, axes = plots.panels(2, len(pairs), titles=titles, width=8.4, height=tall)
    highest = max(float(each.y[:, chosen].max()) for each in shown)
    longest = max(float(each.y[:, chosen].sum(axis=1).max()) for each in shown)
    told = []
    for ax, each in zip(axes, shown, strict=False):
        y = each.y[:, chosen]
        if each.numeric:
            plots.dependence(each.values, y, names, seen=each.seen, ax=ax)
            ax.set_ylim(top=min(1.0, 1.08 * highest))
        else:
            plots.dependence([plain(word) for word in each.words], y, names, ax=ax)
            ax.set_xlim(right=min(1.0, 1.08 * longest))
        least, most = int(y[:, 0].argmin()), int(y[:, 0].argmax())
        told.append(
            f"{each.name}: {names[0]} from {percent(y[least, 0])} at {each.words[least]} to {percent(y[most, 0])} at "
            f"{each.words[most]}"
        )
    for ax in axes[len(shown) :]:
        ax.set_axis_off()
    if len(names) > 1:
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower left", ncols=5, frameon=False)
    return Picture(figure, f"Partial dependence. {'; '.join(told)}.")


def _classes_that_move(numbers: Numbers) -> tuple[list[str], Array]:
    """Return the classes to draw, by name and number: the positive of two, each of a few, or those that change most."""
    names = names_of(numbers)
    if len(names) == 2:
        positive = numbers.model.positive
        return [names[positive]], np.array([positive])
    moves = np.max([np.ptp(each.y, axis=0) for each in numbers.dependence], axis=0)
    most = len(names) if len(names) <= LINES else MOVING
    chosen = np.sort(np.argsort(-moves, kind="stable")[:most])
    return [names[c] for c in chosen], chosen


def surfaces(numbers: Numbers) -> Picture | None:
    """Draw the most probable class over planes of two columns."""
    found = numbers.surfaces
    if found is None:
        return None
    names, groups, place = _classes_in_planes(numbers)
    across = len(found.planes)
    figure, axes = plots.panels(across, width=8.4 if across > 1 else 4.6, height=3.5)
    for ax, plane in zip(axes, found.planes, strict=True):
        y = plane.y @ groups
        side = round(len(y) ** 0.5)
        plots.decision_regions(
            partial(_known, y),
            plane.limits,
            names,
            resolution=side,
            rows=plane.rows,
            classes=place[plane.classes],
            legend=False,
            ax=ax,
        )
        ax.set_aspect("auto")
        ax.set_xlabel(plain(plane.names[0]))
        ax.set_ylabel(plain(plane.names[1]), rotation=90, va="bottom", labelpad=4)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower left", ncols=5, frameon=False)
    told = []
    for plane in found.planes:
        shares = np.bincount((plane.y @ groups).argmax(axis=1), minlength=len(names)) / len(plane.y)
        won = [f"{name} {percent(share, 1)}" for name, share in zip(names, shares, strict=True) if share]
        told.append(f"{plane.names[0]} and {plane.names[1]}: {listed(won, 6)} of the plane")
    return Picture(figure, f"Most probable class over planes of two columns. {'; '.join(told)}.")


def _known(y: Array, _: Array) -> Array:
    return y


def _classes_in_planes(numbers: Numbers) -> tuple[list[str], Array, Array]:
    """Return names of the classes to draw, what adds probabilities up to theirs (k, m), and each class's place (k,)."""
    names = names_of(numbers)
    k = len(names)
    if k <= MANY_CLASSES or numbers.surfaces is None:
        return names, np.eye(k), np.arange(k)
    highest = np.max([plane.y.max(axis=0) for plane in numbers.surfaces.planes], axis=0)
    chosen = np.sort(np.argsort(-highest, kind="stable")[: MANY_CLASSES - 1])
    place = np.full(k, MANY_CLASSES - 1)
    place[chosen] = np.arange(MANY_CLASSES - 1)
    return [*(names[c] for c in chosen), "all others"], np.eye(MANY_CLASSES)[place], place
