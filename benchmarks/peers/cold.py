"""Softmax regression of iris in a fresh process: from its start, through imports, to a fitted model."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from sklearn.datasets import load_iris

from benchmarks.peers.measure import Run, in_turns, process_seconds
from benchmarks.peers.results import Case

GROUP = "iris, python -c"
READ = "import numpy; a = numpy.load('iris.npy'); x, y = a[:, :4], a[:, 4].astype(int); "
OURS = READ + "from chainrule import Classifier; Classifier().fit(x, y)"
THEIRS = (
    READ + "from sklearn.linear_model import LogisticRegression; from sklearn.pipeline import make_pipeline; "
    "from sklearn.preprocessing import StandardScaler; make_pipeline(StandardScaler(), LogisticRegression()).fit(x, y)"
)
PYTORCH = (
    READ
    + "import torch; from torch.nn.functional import cross_entropy; x = torch.from_numpy((x - x.mean(0)) / x.std(0));"
    "y = torch.from_numpy(y); w = torch.zeros((5, 3), dtype=x.dtype, requires_grad=True);\n"
    "o = torch.optim.LBFGS([w], max_iter=100, line_search_fn='strong_wolfe')\n"
    "def closure():\n"
    " o.zero_grad(); c = cross_entropy(x @ w[:4] + w[4], y) + (w[:4] ** 2).sum() / 300; c.backward(); return c\n"
    "o.step(closure)"
)
# How many times as many repeats as other cases have: processes differ more than calls do.
REPEATS_MORE = 2


def cases(run: Run) -> Iterator[Case]:
    """Yield the one case: more repeats than others have, because processes differ more."""
    if not run.wanted(GROUP):
        return
    with tempfile.TemporaryDirectory() as place:
        x, y = load_iris(return_X_y=True)
        np.save(Path(place, "iris.npy"), np.column_stack([x, y]))
        contenders = {
            "Chainrule": partial(process, OURS, place, os.environ),
            "scikit-learn": partial(process, THEIRS, place, os.environ),
            "PyTorch L-BFGS": partial(process, PYTORCH, place, os.environ),
            "(numpy and the rows alone)": partial(process, READ, place, os.environ),
            "(python -c pass)": partial(process, "pass", place, os.environ),
        }
        for contender in contenders.values():
            contender()
        times = in_turns(contenders, replace(run.settings, repeats=REPEATS_MORE * run.settings.repeats))
    about = "150 × 4, 3 classes. The first process of each is not counted: it reads the libraries from disk."
    yield Case("cold", GROUP, "from start to end", times, None, {}, about)


def process(code: str, place: str, environment: Mapping[str, str]) -> float:
    there = f"import os; os.chdir({place!r}); "
    return process_seconds(["-W", "ignore", "-c", there + code if code != "pass" else code], environment)
