/** A training from its start, step by step. */

import type { Cost, FirstOrder } from "../kernel";

export interface Descent {
  /** The cost before the first step, and after each; it ends early where it is no longer a finite number. */
  readonly costs: readonly number[];
  /** The parameters there. */
  readonly thetas: readonly Float64Array[];
}

/** Return so many steps of an optimizer. */
export function descend(cost: Cost, optimizer: FirstOrder, start: Float64Array, steps: number): Descent {
  const costs: number[] = [], thetas = [start];
  let state = optimizer.init(start);
  for (let k = 0; k < steps; k += 1) {
    const step = optimizer.step(cost, thetas[k]!, state);
    if (![step.value, ...step.theta].every(Number.isFinite)) return { costs: [...costs, step.value], thetas };
    costs.push(step.value);
    thetas.push(step.theta);
    state = step.state;
  }
  return { costs: [...costs, cost.value(thetas[steps]!)], thetas };
}
