/** A training from its start, step by step. */

import type { Cost, FirstOrder, State } from "../kernel";

export interface Descent {
  /** The cost before the first step, and after each; it ends early where it is no longer a finite number. */
  readonly costs: readonly number[];
  /** The parameters there. */
  readonly thetas: readonly Float64Array[];
}

/** So many steps of an optimizer, taken as time allows. */
export class Descending implements Descent {
  readonly costs: number[] = [];
  readonly thetas: Float64Array[] = [];
  done = false;
  /** The parameters after the last step, whose cost is known with the next one. */
  private ahead: Float64Array;
  private state: State;

  constructor(private readonly cost: Cost, private readonly optimizer: FirstOrder, start: Float64Array, private readonly steps: number) {
    this.ahead = start;
    this.state = optimizer.init(start);
    this.step();
  }

  /** Take steps until a time, or until all are taken. */
  go(until = Infinity): this {
    while (!this.done && performance.now() < until) this.step();
    return this;
  }

  private step(): void {
    const { theta, state, value } = this.optimizer.step(this.cost, this.ahead, this.state);
    this.thetas.push(this.ahead);
    this.costs.push(value);
    this.done = this.thetas.length > this.steps || ![value, ...theta].every(Number.isFinite);
    [this.ahead, this.state] = [theta, state];
  }
}

/** Return so many steps of an optimizer. */
export const descend = (cost: Cost, optimizer: FirstOrder, start: Float64Array, steps: number): Descent =>
  new Descending(cost, optimizer, start, steps).go();
