"""The figures of a report, by name, each with what it shows in words."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from matplotlib.axes import Axes

from chainrule import plots
from chainrule.estimator.defaults import hidden_sizes
from chainrule.pages.report import figures_columns
from chainrule.pages.report.numbers import Numbers
from chainrule.pages.report.pictures import LINES, Picture, names_of, plain
from chainrule.pages.report.scores import macro_average
from chainrule.pages.report.words import count, decimals, few, listed, percent
from chainrule.plots.style import MUTED

WIDEST_DRAWN, WORST, MOST_BARS = 12, 3, 40

Draw: TypeAlias = Callable[[Numbers], Picture | None]

# Classes of a confusion matrix whose cells can still be seen; of more the most confused pairs are drawn.
MOST_IN_A_MATRIX = 60
PAIRS = 20


def _balance(numbers: Numbers) -> Picture:
    counts = numbers.training_counts
    shown = np.sort(np.argsort(-counts, kind="stable")[:MOST_BARS])
    label = "share of the training rows"
    if len(counts) > MOST_BARS:
        label += f", of the {MOST_BARS} most frequent classes"
    ax = plots.value_bars([names_of(numbers)[c] for c in shown], counts[shown] / counts.sum(), label=label)
    shares = [f"{numbers.model.classes[c]} {percent(counts[c] / counts.sum())}" for c in shown]
    return Picture(ax, f"Bars: share of each class in the {counts.sum():,} training rows. {listed(shares, 30)}.")


def _network(numbers: Numbers) -> Picture:
    classifier, model = numbers.model.classifier, numbers.model
    network = classifier.network_
    sizes = [network.inputs, *hidden_sizes(classifier.hidden), network.outputs]
    alt = f"The network: {sizes[0]} inputs"
    alt += "".join(f", {size} hidden neurons" for size in sizes[1:-1]) + f", {count(sizes[-1], 'output')}. "
    if network.inputs > WIDEST_DRAWN:
        return Picture(plots.layer_sizes(network), alt + "A box for each layer, the weights between them counted.")
    outputs = names_of(numbers)[-network.outputs :]
    inputs = [plain(each.name) for each in model.network_inputs]
    ax = plots.network_diagram(network, classifier.theta_, input_names=inputs, output_names=outputs)
    return Picture(ax, alt + f"Inputs: {listed([each.name for each in model.network_inputs], 12)}.")


def _cost(numbers: Numbers) -> Picture:
    history = numbers.model.classifier.history_
    lines = _watched(history.loss or history.cost, history.validation_cost)
    ax = plots.curves(lines, unit="epoch")
    ax.set_ylabel("mean loss, without the penalty" if history.loss else "cost, with the penalty")
    _mark_kept(ax, numbers)
    return Picture(
        ax, f"{'Mean loss' if history.loss else 'Cost'} over {count(len(history), 'epoch')}: {_ends(lines)}."
    )


def _accuracy(numbers: Numbers) -> Picture | None:
    history = numbers.model.classifier.history_
    if not history.accuracy:
        return None
    lines = _watched(history.accuracy, history.validation_accuracy)
    ax = plots.curves(lines, unit="epoch")
    ax.set_ylabel("accuracy")
    _mark_kept(ax, numbers)
    return Picture(ax, f"Accuracy over {count(len(history), 'epoch')}: {_ends(lines)}.")


def _mark_kept(ax: Axes, numbers: Numbers) -> None:
    """Draw a line at the epoch whose parameters were kept, where it is not the last."""
    if numbers.kept_epoch is not None:
        ax.axvline(numbers.kept_epoch, color=MUTED, linewidth=0.9, linestyle=(0, (3, 3)), zorder=1)


def _watched(training: list[float], validation: list[float]) -> dict[str, list[float]]:
    """Return the lines that there are, up to where training diverged, if it did."""
    lines = {"training": training, "validation": validation} if validation else {"training": training}
    ends = min(int(np.argmin(np.isfinite([*line, np.nan]))) for line in lines.values())
    return {name: line[:ends] for name, line in lines.items()}


def _ends(lines: dict[str, list[float]]) -> str:
    ends = [
        f"{name} from {few(line[0])} to {few(line[-1])}, between {few(min(line))} and {few(max(line))}"
        for name, line in lines.items()
    ]
    return listed(ends)


def _confusion(numbers: Numbers) -> Picture:
    scores = numbers.scores
    right = int(np.trace(scores.confusion))
    worst = [f"{each.true} taken for {each.predicted} {count(each.rows, 'time')}" for each in scores.mistakes(3)]
    alt = f"Confusion matrix of {len(numbers.model.classes)} classes: "
    alt += f"{right:,} of {scores.rows:,} held-out rows on the diagonal. "
    alt += f"Commonest mistakes: {listed(worst)}." if worst else "No mistakes."
    if len(numbers.model.classes) > MOST_IN_A_MATRIX and worst:
        return _confused_pairs(numbers, alt)
    return Picture(plots.confusion(scores.confusion, names_of(numbers)), alt)


def _confused_pairs(numbers: Numbers, alt: str) -> Picture:
    """Draw the pairs of classes that are confused most often, where a matrix would be dust."""
    pairs = numbers.scores.mistakes(PAIRS)
    names = [plain(f"{each.true} → {each.predicted}") for each in pairs]
    ax = plots.value_bars(names, [each.rows for each in pairs])
    ax.set_xlabel("held-out rows, true class → predicted class")
    return Picture(ax, f"The {len(pairs)} pairs of classes confused most often. {alt}")


def _thresholds(numbers: Numbers) -> Picture | None:
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
        lines = {f"mean of all ({decimals(scores.auc)})": macro_average(scores.roc), **lines}
    plots.roc(lines, ax=left)
    told = listed([f"{name} {decimals(areas[name])}" for name in shown], LINES)
    precisions = {each.name: each.average_precision for each in scores.classes}
    shown = _lines_shown(numbers, precisions)
    lines = {f"{names[name]} ({decimals(precisions[name])})": scores.precision_recall[name] for name in shown}
    share = numbers.held_out_counts[numbers.model.positive] / scores.rows if len(numbers.model.classes) == 2 else None
    plots.precision_recall(lines, share=share, ax=right)
    also = listed([f"{name} {decimals(precisions[name])}" for name in shown], LINES)
    return Picture(
        figure,
        f"Left: ROC curves. Area under each: {told}; mean {decimals(scores.auc)}. Right: precision-recall curves. "
        f"Average precision: {also}.",
    )


def _lines_shown(numbers: Numbers, areas: dict[str, float]) -> list[str]:
    """Return the classes that get a line: the positive one of two, each of a few, the worst of many."""
    names = [name for name in numbers.model.classes if name in numbers.scores.roc]
    if len(numbers.model.classes) == 2:
        return [name for name in names if name == numbers.model.classes[numbers.model.positive]] or names
    return names if len(numbers.model.classes) <= LINES else sorted(names, key=areas.__getitem__)[:WORST]


def _reliability(numbers: Numbers) -> Picture:
    bins, found = numbers.calibration.bins, numbers.calibration
    intervals = [(each.right.low, each.right.high) for each in bins]
    ax = plots.reliability(
        [each.confidence for each in bins],
        [each.right.value for each in bins],
        intervals=intervals,
        rows=[each.rows for each in bins],
    )
    told = [f"said {percent(b.confidence, 1)}, right {percent(b.right.value, 1)} of {b.rows:,}" for b in bins]
    alt = f"Reliability diagram. {'; '.join(told)}. Expected calibration error {decimals(found.error)}."
    return Picture(ax, alt)


FIGURES: dict[str, Draw] = {
    "balance": _balance,
    "network": _network,
    "cost": _cost,
    "accuracy": _accuracy,
    "confusion": _confusion,
    "thresholds": _thresholds,
    "reliability": _reliability,
    "importance": figures_columns.importance,
    "coefficients": figures_columns.coefficients,
    "dependence": figures_columns.dependence,
    "surfaces": figures_columns.surfaces,
}
