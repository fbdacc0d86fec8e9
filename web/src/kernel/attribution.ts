/**
 * What each input contributes to a probability, by integrated gradients, as in `chainrule.attribution`.
 *
 *     contribution_i = (x_i - b_i) · ∫₀¹ ∂P/∂x_i (b + α (x - b)) dα        Σ_i contribution_i = P(x) - P(b)
 *
 * 1. A piece of the way from the baseline `b` to the row `x` is cut where a rectifier changes its side, which is known.
 * 2. A piece without such a place is integrated by Gauss and Legendre's quadrature.
 * 3. Where its contributions do not add up to the change of the probability along it, it is cut in half.
 *
 * Source: M. Sundararajan, A. Taly, Q. Yan, "Axiomatic attribution for deep networks", ICML 2017.
 */

// Nodes and weights on the way from 0 to 1: polynomials up to degree 15 are integrated exactly.
const NODES = [0.1834346424956498, 0.525532409916329, 0.7966664774136267, 0.9602898564975363];
const WEIGHTS = [0.362683783378362, 0.31370664587788727, 0.22238103445337448, 0.10122853629037626];
const QUADRATURE = NODES.flatMap((node, at) => [-1, 1].map((side) => ({ at: (1 + side * node) / 2, weight: WEIGHTS[at]! / 2 })));
// Length of a piece below which it is taken as it is.
const SHORTEST = 2 ** -24;

export interface Answer {
  /** Return the probability at a row. */
  value(x: Float64Array): number;
  /** Return its gradient at a row. */
  gradient(x: Float64Array): Float64Array;
  /** Return the share of the way between two rows where a rectifier changes side, the nearest to the middle, or null. */
  crossing?(from: Float64Array, to: Float64Array): number | null;
}

/** Return the contribution of each input; their sum is off by `tolerance` at most, or by what kinks leave. */
export function integratedGradients(answer: Answer, x: Float64Array, baseline: Float64Array, tolerance = 1e-9): Float64Array {
  const way = x.map((of, i) => of - baseline[i]!), total = new Float64Array(x.length);
  const point = (alpha: number): Float64Array => baseline.map((of, i) => of + alpha * way[i]!);
  const add = (start: number, end: number, from: number, to: number): void => {
    const part = new Float64Array(x.length), length = end - start;
    const crossing = length < SHORTEST ? null : (answer.crossing?.(point(start), point(end)) ?? null);
    if (crossing !== null) return cut(start, start + crossing * length, end, from, to);
    for (const { at, weight } of QUADRATURE) {
      const slope = answer.gradient(point(start + at * length));
      for (let i = 0; i < x.length; i++) part[i]! += weight * length * slope[i]! * way[i]!;
    }
    const sum = part.reduce((all, of) => all + of, 0);
    if (Math.abs(sum - (to - from)) <= tolerance * Math.max(length, 1 / 128) || length < SHORTEST) {
      for (let i = 0; i < x.length; i++) total[i]! += part[i]!;
      return;
    }
    cut(start, (start + end) / 2, end, from, to);
  };
  const cut = (start: number, middle: number, end: number, from: number, to: number): void => {
    const there = answer.value(point(middle));
    add(start, middle, from, there);
    add(middle, end, there, to);
  };
  add(0, 1, answer.value(baseline), answer.value(x));
  return total;
}

// Share of a piece that a kink is away from its ends at least: nearer, it has been cut there, but for rounding.
const AT_AN_END = 1e-9;
// Difference of what a rectifier gets at both ends, below which it stays on its side.
const SAME_SIDE = 1e-12;

/** Return the share of the way from one row of numbers to another where one is 0, nearest to the middle, or null. */
export function nearestCrossing(from: Float64Array, to: Float64Array): number | null {
  let nearest: number | null = null;
  for (let i = 0; i < from.length; i++) {
    const apart = from[i]! - to[i]!, share = Math.abs(apart) > SAME_SIDE ? from[i]! / apart : 0;
    const inside = share > AT_AN_END && share < 1 - AT_AN_END;
    if (inside && (nearest === null || Math.abs(share - 0.5) < Math.abs(nearest - 0.5))) nearest = share;
  }
  return nearest;
}
