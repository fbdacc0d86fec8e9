"""The picture of a network too wide to draw unit by unit: a box for each layer."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from chainrule.network import Network
from chainrule.plots.diagram_layout import Output, columns_of
from chainrule.plots.style import INK, MUTED, axes_or_new, styled

HALF_WIDTH, LOWEST, HIGHEST = 0.2, 0.28, 1.0


@styled()
def layer_sizes(network: Network, *, output: Output = "auto", ax: Axes | None = None) -> Axes:
    """Draw a network as a row of boxes, each as high as the logarithm of its units, with the weights between them.

    Parameters:
        network: what to draw.
        output: the layer that turns logits into probabilities; "auto" for softmax, or the sigmoid of a single output;
            None to end with the logits.
        ax: where to draw; a new figure if left out.

    >>> from chainrule import Dense, ReLU
    >>> ax = layer_sizes(Network((Dense(108, 16), ReLU(), Dense(16, 3))))
    >>> [text.get_text() for text in ax.texts]
    ['', '1,744', '', '51', '108', 'inputs', '16', 'neurons', 'ReLU', '3', 'neurons', 'softmax']
    """
    columns = columns_of(network, network.zeros(), output)
    written = [column for column in columns if column.kind != "box"]
    boxes = [column.title for column in columns if column.kind == "box"]
    ax = axes_or_new(ax, float(np.clip(1.5 * len(written) + 0.6, 4.0, 8.4)), 2.5)
    ax.set_axis_off()
    ax.set(xlim=(-0.5, len(written) - 0.5), ylim=(-1.0, 0.72))
    sizes = np.log1p([column.size for column in written])
    heights = LOWEST + (HIGHEST - LOWEST) * sizes / sizes.max()
    for place, column in enumerate(written[1:], 1):
        ax.annotate(
            "",
            (place - HALF_WIDTH, 0),
            (place - 1 + HALF_WIDTH, 0),
            arrowprops={"arrowstyle": "-|>", "color": MUTED, "linewidth": 1.0, "shrinkA": 2, "shrinkB": 2},
        )
        count = sum(np.size(part) for part in (column.weights, column.bias) if part is not None)
        ax.text(place - 0.5, 0.06, f"{count:,}", ha="center", va="bottom", fontsize=9, color=MUTED)
    for place, (column, height) in enumerate(zip(written, heights, strict=True)):
        corner, style = (place - HALF_WIDTH, -height / 2), "round,pad=0,rounding_size=0.04"
        ax.add_patch(FancyBboxPatch(corner, 2 * HALF_WIDTH, height, boxstyle=style, facecolor="#eef1f3", edgecolor=INK))
        ax.text(place, 0, f"{column.size:,}", ha="center", va="center", fontsize=11, fontweight="bold", color=INK)
        words = [column.title.split(" ")[1], column.note, *(boxes if column is written[-1] else [])]
        for line, text in enumerate(word for word in words if word):
            ax.text(place, -0.62 - 0.17 * line, text, ha="center", va="top", color=MUTED if line else INK)
    return ax
