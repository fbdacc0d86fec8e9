"""The lowest cost of each convex problem: found once, checked by a second solver and a certificate, and kept."""

import json
from pathlib import Path
from typing import Any

from sklearn.linear_model import LogisticRegression

from benchmarks.peers.problems import Problem
from benchmarks.peers.solvers import DENSE_HESSIAN
from chainrule import Classifier, optimality
from chainrule.common.atomic_write import write

FILE = Path(__file__).with_name("optima.json")
# How far an optimum may be from the certificate and from another solver's: a hundredth of the finest target.
AGREEMENT = 1e-8


def optimum(problem: Problem, *, keep: bool = True) -> float:
    """Return the lowest cost of a problem, from `optima.json` if it is of the same data; a new one may be kept.

    Raises:
        ValueError: neither a second solver nor the certificate confirms it to 1e-8 of itself.
    """
    kept: dict[str, Any] = json.loads(FILE.read_text()) if FILE.exists() else {}
    found = kept.get(problem.name)
    if found is None or found["data"] != problem.fingerprint:
        found = solve(problem)
        if keep:
            write(FILE, json.dumps(kept | {problem.name: found}, indent=1, sort_keys=True) + "\n")
    return float(found["cost"])


def solve(problem: Problem) -> dict[str, Any]:
    """Return the lowest cost found by two solvers in float64, and how sure it is."""
    x, t = problem.exact_x, problem.data.t
    small = problem.size <= DENSE_HESSIAN
    tol, most = (1e-10, 40) if small else (3e-7, 200)
    model = Classifier(l2=problem.l2, standardize=False, optimizer="newton", tol=tol, max_epochs=most).fit(x, t)
    ours = problem.cost(model.coef_, model.intercept_)
    certificate = optimality(model, x, t).relative
    found = {"data": problem.fingerprint, "cost": ours, "certificate": certificate}
    if small:
        c = 1 / (problem.l2 * len(t)) if problem.l2 else float("inf")
        peer = LogisticRegression(C=c, solver="newton-cholesky", tol=1e-12, max_iter=100).fit(x, t)
        theirs = problem.cost(peer.coef_, peer.intercept_)
        found |= {"cost": min(ours, theirs), "Chainrule newton": ours, "scikit-learn newton-cholesky": theirs}
    apart = abs(ours / found.get("scikit-learn newton-cholesky", ours) - 1)
    if min(certificate, apart or 1.0) > AGREEMENT:
        raise ValueError(
            f"{problem.name}: the optimum is not known to {AGREEMENT:g}: the certificate says {certificate:.1e}, and "
            f"two solvers differ by {apart:.1e}."
        )
    return found
