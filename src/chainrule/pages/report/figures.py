"""The figures of a report, by name, each with what it shows in words."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple, TypeAlias

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from chainrule import plots
from chainrule.arrays import Array
from chainrule.common.format import count, decimals, few, listed, percent
from chainrule.estimator.defaults import hidden_sizes
from chainrule.pages.report.numbers import ReportNumbers
from chainrule.pages.report.scores import macro_average
from chainrule.plots.style import MUTED

# What every figure of a report is made of, and how it names things.

# Lines that can be distinguished in one figure; of more classes some are chosen.
LINES = 7
# Letters of a name in a figure; the page beside it has the whole.
LONGEST_NAME = 60


class Picture(NamedTuple):
    """A figure, and what it shows for those who cannot see it."""

    drawn: Figure | Axes
    alt: str


def plain(name: str) -> str:
    """Return a name as a figure writes it: on one line, not too long, and no formula to matplotlib.

    >>> plain("two  words"), len(plain("x" * 3000))
    ('two  words', 60)
    """
    line = "".join(sign if sign.isprintable() else " " for sign in name)
    line = line if len(line) <= LONGEST_NAME else f"{line[: LONGEST_NAME - 1]}…"
    return line.replace("$", r"\$")


def names_of(numbers: ReportNumbers) -> list[str]:
    """Return the classes as figures write them, distinguished by their numbers where they begin alike."""
    names = [plain(name) for name in numbers.model.classes]
    return [f"{name} ({place})" if names.count(name) > 1 else name for place, name in enumerate(names)]


# The figures of what drives the predictions: importance, coefficients, dependence, planes.

# Classes of decision regions: there are as many colours, the last of which then stands for all others.
MANY_CLASSES = 10
# Classes of partial dependence where there are many: those that change most.
MOVING = 5
# Coefficients that are drawn; the table beside the figure has more.
BARS = 15


def importance(numbers: ReportNumbers) -> Picture:
    """Draw what shuffling each column costs."""
    shown = numbers.importance
    names, losses, spreads = [plain(each.name) for each in shown], [e.loss for e in shown], [e.spread for e in shown]
    ax = plots.value_bars(names, losses, spreads=spreads, label="rise in log loss")
    rises = [f"{each.name} {few(each.loss)}" for each in shown]
    return Picture(ax, f"Bars: rise in log loss when a column is shuffled. {listed(rises, 10)}.")


def coefficients(numbers: ReportNumbers) -> Picture | None:
    """Draw the largest coefficients of softmax regression."""
    shown = numbers.coefficients[:BARS]
    if not shown:
        return None
    several = len(numbers.model.classes) > 2
    names = [f"{each.input.name} → {each.target}" if several else each.input.name for each in shown]
    ax = plots.value_bars([plain(name) for name in names], [each.value for each in shown], signed=True)
    ax.set_xlabel("coefficient" if several else f"coefficient for {names_of(numbers)[1]}")
    values = [f"{name} {decimals(each.value, 2)}" for name, each in zip(names, shown, strict=True)]
    return Picture(ax, f"Bars: the {len(shown)} largest coefficients. {listed(values, 8)}.")


def dependence(numbers: ReportNumbers) -> Picture | None:
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
    ranges = []
    for ax, each in zip(axes, shown, strict=False):
        y = each.y[:, chosen]
        if each.numeric:
            plots.dependence(each.values, y, names, seen=each.seen, ax=ax)
            ax.set_ylim(top=min(1.0, 1.08 * highest))
        else:
            plots.dependence([plain(word) for word in each.words], y, names, ax=ax)
            ax.set_xlim(right=min(1.0, 1.08 * longest))
        least, most = int(y[:, 0].argmin()), int(y[:, 0].argmax())
        low, high = (f"{percent(y[place, 0])} at {each.words[place]}" for place in (least, most))
        ranges.append(f"{each.name}: {names[0]} from {low} to {high}")
    for ax in axes[len(shown) :]:
        ax.set_axis_off()
    if len(names) > 1:
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower left", ncols=5, frameon=False)
    return Picture(figure, f"Partial dependence. {'; '.join(ranges)}.")


def _classes_that_move(numbers: ReportNumbers) -> tuple[list[str], Array]:
    """Return the classes to draw, by name and number: the positive of two, each of a few, or those that change most."""
    names = names_of(numbers)
    if len(names) == 2:
        positive = numbers.model.positive
        return [names[positive]], np.array([positive])
    moves = np.max([np.ptp(each.y, axis=0) for each in numbers.dependence], axis=0)
    most = len(names) if len(names) <= LINES else MOVING
    chosen = np.sort(np.argsort(-moves, kind="stable")[:most])
    return [names[c] for c in chosen], chosen


def surfaces(numbers: ReportNumbers) -> Picture | None:
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
        known, rows = partial(_known, y), {"rows": plane.rows, "classes": place[plane.classes]}
        plots.decision_regions(known, plane.limits, names, resolution=side, legend=False, ax=ax, **rows)
        ax.set_aspect("auto")
        ax.set_xlabel(plain(plane.names[0]))
        ax.set_ylabel(plain(plane.names[1]), rotation=90, va="bottom", labelpad=4)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower left", ncols=5, frameon=False)
    parts = []
    for plane in found.planes:
        shares = np.bincount((plane.y @ groups).argmax(axis=1), minlength=len(names)) / len(plane.y)
        won = [f"{name} {percent(share, 1)}" for name, share in zip(names, shares, strict=True) if share]
        parts.append(f"{plane.names[0]} and {plane.names[1]}: {listed(won, 6)} of the plane")
    return Picture(figure, f"Most probable class over planes of two columns. {'; '.join(parts)}.")


def _known(y: Array, _: Array) -> Array:
    return y


def _classes_in_planes(numbers: ReportNumbers) -> tuple[list[str], Array, Array]:
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


# Inputs of a network that is drawn unit by unit: the names of more do not fit.
WIDEST_DRAWN = 12
# Classes whose curves are drawn where there are many: those that are separated worst.
WORST = 3
# Classes in the figure of their shares: more make it taller than a screen.
MOST_BARS = 40

Draw: TypeAlias = Callable[[ReportNumbers], Picture | None]

# Classes of a confusion matrix whose cells can still be seen; of more the most confused pairs are drawn.
MOST_IN_A_MATRIX = 60
# Pairs of classes in its place: about the height of the matrix.
PAIRS = 20


def _balance(numbers: ReportNumbers) -> Picture:
    counts = numbers.training_counts
    shown = np.sort(np.argsort(-counts, kind="stable")[:MOST_BARS])
    label = "share of the training rows"
    if len(counts) > MOST_BARS:
        label += f", of the {MOST_BARS} most frequent classes"
    ax = plots.value_bars([names_of(numbers)[c] for c in shown], counts[shown] / counts.sum(), label=label)
    shares = [f"{numbers.model.classes[c]} {percent(counts[c] / counts.sum())}" for c in shown]
    return Picture(ax, f"Bars: share of each class in the {counts.sum():,} training rows. {listed(shares, 30)}.")


def _network(numbers: ReportNumbers) -> Picture:
    classifier, model = numbers.model.classifier, numbers.model
    network = classifier.network_
    members = network.members
    sizes = [network.inputs, *hidden_sizes(classifier.hidden), network.outputs // members]
    alt = f"{'The network' if members == 1 else f'Each of the {members} networks'}: {sizes[0]} inputs"
    alt += "".join(f", {size} hidden neurons" for size in sizes[1:-1]) + f", {count(sizes[-1], 'output')}. "
    if network.inputs > WIDEST_DRAWN:
        alt += "A box for each layer, with the number of weights between them."
        return Picture(plots.layer_sizes(network), alt)
    outputs = names_of(numbers)[-sizes[-1] :]
    if members > 1:
        outputs = [f"{name} ({member})" for member in range(1, members + 1) for name in outputs]
    inputs = [plain(each.name) for each in model.network_inputs]
    ax = plots.network_diagram(network, classifier.theta_, input_names=inputs, output_names=outputs)
    return Picture(ax, alt + f"Inputs: {listed([each.name for each in model.network_inputs], 12)}.")


def _comparison(numbers: ReportNumbers) -> Picture | None:
    """Draw the cross-validated loss of each model that could have been chosen."""
    found = numbers.comparison
    if len(found) < 2:
        return None
    names = [f"{each.name} (chosen)" if each.chosen else each.name for each in found]
    chosen = next(place for place, each in enumerate(found) if each.chosen)
    values, errors, metric = [one.score for one in found], [one.score_error for one in found], found[0].metric
    ax = plots.value_dots(names, values, errors, marked=chosen, label=f"{metric} of held-out rows, ± standard error")
    triples = zip(names, values, errors, strict=True)
    said = [f"{name} {decimals(value, 3)} ± {decimals(error, 3)}" for name, value, error in triples]
    return Picture(ax, f"Dots: cross-validated {metric} of each model. {listed(said, 10)}.")


def _cost(numbers: ReportNumbers) -> Picture | None:
    history = numbers.model.classifier.history_
    if not len(history):  # of an ensemble, whose members were trained one by one
        return None
    lines = _watched(history.loss or history.cost, history.validation_cost)
    ax = plots.curves(lines, unit="epoch")
    ax.set_ylabel("mean loss, without the penalty" if history.loss else "cost, with the penalty")
    _mark_kept(ax, numbers)
    what = "Mean loss" if history.loss else "Cost"
    return Picture(ax, f"{what} over {count(len(history), 'epoch')}: {_ends(lines)}.")


def _accuracy(numbers: ReportNumbers) -> Picture | None:
    history = numbers.model.classifier.history_
    if not history.accuracy:
        return None
    lines = _watched(history.accuracy, history.validation_accuracy)
    ax = plots.curves(lines, unit="epoch")
    ax.set_ylabel("accuracy")
    _mark_kept(ax, numbers)
    return Picture(ax, f"Accuracy over {count(len(history), 'epoch')}: {_ends(lines)}.")


def _mark_kept(ax: Axes, numbers: ReportNumbers) -> None:
    """Draw a line at the epoch whose parameters were kept, where it is not the last."""
    if numbers.kept_epoch is not None:
        ax.axvline(numbers.kept_epoch, color=MUTED, linewidth=0.9, linestyle=(0, (3, 3)), zorder=1)


def _watched(training: list[float], validation: list[float]) -> dict[str, list[float]]:
    """Return the lines that there are, up to where training diverged, if it did."""
    lines = {"training": training, "validation": validation} if validation else {"training": training}
    ends = min(int(np.argmin(np.isfinite([*line, np.nan]))) for line in lines.values())
    return {name: line[:ends] for name, line in lines.items()}


def _ends(lines: dict[str, list[float]]) -> str:
    said = "{} from {} to {}, between {} and {}"
    ends = [said.format(name, *map(few, (of[0], of[-1], min(of), max(of)))) for name, of in lines.items()]
    return listed(ends, 4)


def _confusion(numbers: ReportNumbers) -> Picture:
    scores = numbers.scores
    right = int(np.trace(scores.confusion))
    worst = [f"{each.true} misclassified as {each.predicted} {count(each.rows, 'time')}" for each in scores.mistakes(3)]
    alt = f"Confusion matrix of {len(numbers.model.classes)} classes: "
    alt += f"{right:,} of {scores.rows:,} held-out rows on the diagonal. "
    alt += f"Most frequent mistakes: {listed(worst, 4)}." if worst else "No mistakes."
    if len(numbers.model.classes) > MOST_IN_A_MATRIX and worst:
        return _confused_pairs(numbers, alt)
    return Picture(plots.confusion(scores.confusion, names_of(numbers)), alt)


def _confused_pairs(numbers: ReportNumbers, alt: str) -> Picture:
    """Draw the pairs of classes that are confused most often, where a matrix would be dust."""
    pairs = numbers.scores.mistakes(PAIRS)
    names = [plain(f"{each.true} → {each.predicted}") for each in pairs]
    ax = plots.value_bars(names, [each.rows for each in pairs])
    ax.set_xlabel("held-out rows, true class → predicted class")
    return Picture(ax, f"The {len(pairs)} pairs of classes confused most often. {alt}")


def _thresholds(numbers: ReportNumbers) -> Picture | None:
    scores = numbers.scores
    if not scores.roc:
        return None
    drawn = min(len(scores.roc), LINES)
    figure, (left, right) = plots.panels(2, width=8.4, height=4.2 + 0.19 * (drawn if drawn > 1 else 0))
    areas = {each.name: each.auc for each in scores.classes}
    shown = _lines_shown(numbers, areas)
    names = dict(zip(numbers.model.classes, names_of(numbers), strict=True))
    lines = {f"{names[name]} ({decimals(areas[name])})": scores.roc[name] for name in shown}
    if len(numbers.model.classes) > LINES:
        lines = {f"macro average ({decimals(scores.auc)})": macro_average(scores.roc), **lines}
    plots.roc(lines, ax=left)
    aucs = listed([f"{name} {decimals(areas[name])}" for name in shown], LINES)
    precisions = {each.name: each.average_precision for each in scores.classes}
    shown = _lines_shown(numbers, precisions)
    lines = {f"{names[name]} ({decimals(precisions[name])})": scores.precision_recall[name] for name in shown}
    share = numbers.held_out_counts[numbers.model.positive] / scores.rows if len(numbers.model.classes) == 2 else None
    plots.precision_recall(lines, share=share, ax=right)
    averages = listed([f"{name} {decimals(precisions[name])}" for name in shown], LINES)
    return Picture(
        figure,
        f"Left: ROC curves. Area under each: {aucs}; mean {decimals(scores.auc)}. Right: precision-recall curves. "
        f"Average precision: {averages}.",
    )


def _lines_shown(numbers: ReportNumbers, areas: dict[str, float]) -> list[str]:
    """Return the classes that get a line: the positive one of two, each of a few, the worst of many."""
    names = [name for name in numbers.model.classes if name in numbers.scores.roc]
    if len(numbers.model.classes) == 2:
        return [name for name in names if name == numbers.model.classes[numbers.model.positive]] or names
    return names if len(numbers.model.classes) <= LINES else sorted(names, key=areas.__getitem__)[:WORST]


def _reliability(numbers: ReportNumbers) -> Picture:
    bins, found = numbers.calibration.bins, numbers.calibration
    confidence, right = [each.confidence for each in bins], [each.right.value for each in bins]
    intervals, rows = [(each.right.low, each.right.high) for each in bins], [each.rows for each in bins]
    ax = plots.reliability(confidence, right, intervals=intervals, rows=rows)
    each_bin = [
        f"probability {percent(b.confidence, 1)}, accuracy {percent(b.right.value, 1)} in {count(b.rows)}" for b in bins
    ]
    alt = f"Reliability diagram. {'; '.join(each_bin)}. Expected calibration error {decimals(found.error)}."
    return Picture(ax, alt)


# By the names that the page asks for, in its order.
FIGURES: dict[str, Draw] = {
    "balance": _balance,
    "comparison": _comparison,
    "network": _network,
    "cost": _cost,
    "accuracy": _accuracy,
    "confusion": _confusion,
    "thresholds": _thresholds,
    "reliability": _reliability,
    "importance": importance,
    "coefficients": coefficients,
    "dependence": dependence,
    "surfaces": surfaces,
}
