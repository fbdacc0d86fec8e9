/**
 * A product of Jacobians, bracketed one multiplication at a time, and what each bracket costs.
 *
 * A matrix (r, m) times a matrix (m, c) takes `r · m · c` multiplications. The cheapest order of a whole chain is found
 * as usual (S. Godbole, "On efficient computation of matrix chain products", IEEE Transactions on Computers 22 (1973)):
 * the best for a stretch is the best split into two shorter ones.
 */

export interface Factor {
  /** What it is called, brackets included: `∂loss/∂z`, `(A · B)`. */
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  /** Places of the first and the last of the original factors that it is made of. */
  readonly from: number;
  readonly to: number;
}

export interface Bracketing {
  readonly factors: readonly Factor[];
  readonly spent: number;
  /** What each multiplication so far cost, in words. */
  readonly steps: readonly { readonly left: Factor; readonly right: Factor; readonly cost: number }[];
}

/** Return a product before any of it is multiplied. */
export function unbracketed(sizes: readonly { name: string; rows: number; columns: number }[]): Bracketing {
  return { factors: sizes.map((each, place) => ({ ...each, from: place, to: place })), spent: 0, steps: [] };
}

/** Return what is left after the factor at `place` is multiplied by the next one. */
export function multiplied(state: Bracketing, place: number): Bracketing {
  const left = state.factors[place];
  const right = state.factors[place + 1];
  if (left === undefined || right === undefined) return state;
  const cost = left.rows * left.columns * right.columns;
  const joined: Factor = {
    name: `(${left.name} · ${right.name})`,
    rows: left.rows,
    columns: right.columns,
    from: left.from,
    to: right.to,
  };
  return {
    factors: [...state.factors.slice(0, place), joined, ...state.factors.slice(place + 2)],
    spent: state.spent + cost,
    steps: [...state.steps, { left, right, cost }],
  };
}

/** Return the cost of multiplying from the left (backward: the vector first) or from the right (forward). */
export function costOfOrder(state: Bracketing, order: "backward" | "forward"): number {
  let left = state;
  while (left.factors.length > 1) left = multiplied(left, order === "backward" ? 0 : left.factors.length - 2);
  return left.spent;
}

/** Return the cost of the cheapest and of the dearest order of all. */
export function extremes(factors: readonly Factor[]): { cheapest: number; dearest: number } {
  const count = factors.length;
  const best = table(count, 0);
  const worst = table(count, 0);
  for (let length = 1; length < count; length++)
    for (let from = 0; from + length < count; from++) {
      const to = from + length;
      best[from]![to] = Number.POSITIVE_INFINITY;
      for (let split = from; split < to; split++) {
        const join = factors[from]!.rows * factors[split]!.columns * factors[to]!.columns;
        best[from]![to] = Math.min(best[from]![to]!, best[from]![split]! + best[split + 1]![to]! + join);
        worst[from]![to] = Math.max(worst[from]![to]!, worst[from]![split]! + worst[split + 1]![to]! + join);
      }
    }
  return { cheapest: best[0]?.[count - 1] ?? 0, dearest: worst[0]?.[count - 1] ?? 0 };
}

function table(size: number, value: number): number[][] {
  return Array.from({ length: size }, () => Array<number>(size).fill(value));
}
