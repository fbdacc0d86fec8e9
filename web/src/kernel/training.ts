/** The one training loop: a generator of epochs, as in `chainrule.training`. Pausing is not asking for the next one. */
import type { Objective } from "./objective";
import type { Optimizer, State, Step } from "./optimizers";
import { Generator } from "./random";

/** What an epoch leaves behind. */
export interface Epoch {
  /** Counted from 1. */
  readonly number: number;
  readonly theta: Float64Array;
  readonly state: State;
  /** The cost and the gradient's norm: with all rows at once after the step, with mini-batches the mean over its steps. */
  readonly cost: number;
  readonly gradientNorm: number;
  readonly rate: number;
  readonly iterations: number;
  /** Why training ends here, or null. */
  readonly stop: string | null;
}

export interface TrainingOptions {
  readonly maxEpochs?: number;
  /** Rows of a mini-batch; all rows at once where it is left out. */
  readonly batchSize?: number | null;
  /** Seed or generator of the order of the rows in mini-batches. */
  readonly seed?: number | bigint | Generator;
  /** The optimizer's state, to go on with an earlier run. */
  readonly state?: State;
}

export const DIVERGED = "diverged";

export function norm(vector: Float64Array): number {
  let sum = 0;
  for (let p = 0; p < vector.length; p++) sum += vector[p]! * vector[p]!;
  return Math.sqrt(sum);
}

function isFinite(step: Step): boolean {
  return Number.isFinite(step.value) && Number.isFinite(norm(step.gradient)) && Number.isFinite(norm(step.theta));
}

/** One step of an epoch: the batch's share of the cost, and what the optimizer made of it. */
export interface BatchStep {
  readonly share: number;
  readonly step: Step;
}

/** Yield the steps of one epoch, one for each mini-batch, each from where the one before ended. */
export function* epochSteps(
  objective: Objective, optimizer: Optimizer, theta: Float64Array, state: State, batchSize: number | null, generator: Generator | null,
): IterableIterator<BatchStep> {
  if (batchSize === null || generator === null) {
    yield { share: 1, step: optimizer.step(objective, theta, state) };
    return;
  }
  let [from, at] = [theta, state];
  for (const { share, batch } of objective.batches(batchSize, generator)) {
    const step = optimizer.step(batch, from, at);
    [from, at] = [step.theta, step.state];
    yield { share, step };
  }
}

/** An objective that answers at once when asked again for the value and gradient at the same `theta`. */
class Cached implements Objective {
  private theta: Float64Array | null = null;
  private gradient = new Float64Array(0);
  private known = NaN;

  constructor(private readonly objective: Objective) {}

  value(theta: Float64Array): number {
    return this.objective.value(theta);
  }

  valueAndGradient(theta: Float64Array, grad: Float64Array): number {
    if (theta !== this.theta) {
      this.gradient = new Float64Array(theta.length);
      this.known = this.objective.valueAndGradient(theta, this.gradient);
      this.theta = theta;
    }
    grad.set(this.gradient);
    return this.known;
  }

  weights(theta: Float64Array): Float64Array {
    return this.objective.weights(theta);
  }

  l1Weights(): Float64Array | null {
    return this.objective.l1Weights();
  }

  smooth(): Objective {
    const smooth = this.objective.smooth();
    return smooth === this.objective ? this : smooth;
  }

  batches(size: number, generator: Generator): IterableIterator<{ share: number; batch: Objective }> {
    return this.objective.batches(size, generator);
  }
}

/** One epoch before it is counted. */
type Pass = Pick<Epoch, "theta" | "state" | "cost" | "gradientNorm" | "rate" | "iterations" | "stop">;

/** Yield epochs of one step on all rows, each with the cost and gradient after the step. */
function* full(objective: Objective, optimizer: Optimizer, theta: Float64Array, state: State): IterableIterator<Pass> {
  const cached = new Cached(objective), gradient = new Float64Array(theta.length);
  for (let iterations = 1; ; iterations++) {
    const step = optimizer.step(cached, theta, state);
    const cost = cached.valueAndGradient(step.theta, gradient), gradientNorm = norm(gradient), rate = step.rate;
    if (!(Number.isFinite(cost) && Number.isFinite(gradientNorm))) {
      const stop = diverged(cost, rate, iterations);
      yield { theta, state, cost: step.value, gradientNorm: norm(step.gradient), rate, iterations, stop };
      return;
    }
    [theta, state] = [step.theta, step.state];
    yield { theta, state, cost, gradientNorm, rate, iterations, stop: null };
  }
}

/** Yield epochs of one step on each mini-batch, each with the mean of its costs and of its gradients' norms. */
function* batched(
  objective: Objective, optimizer: Optimizer, theta: Float64Array, state: State, size: number, generator: Generator,
): IterableIterator<Pass> {
  let iterations = 0, before = theta;
  for (;;) {
    const start = theta;
    let cost = 0, gradientNorm = 0, rate = 0;
    for (const { share, step } of epochSteps(objective, optimizer, theta, state, size, generator)) {
      iterations++;
      rate = step.rate;
      if (!isFinite(step)) {
        // finite for one batch is not finite for all
        const kept = [theta, before, start].find((of) => Number.isFinite(objective.value(of))) ?? start;
        yield { theta: kept, state, cost, gradientNorm, rate, iterations, stop: diverged(step.value, rate, iterations) };
        return;
      }
      cost += share * step.value;
      gradientNorm += share * norm(step.gradient);
      [before, theta, state] = [theta, step.theta, step.state];
    }
    yield { theta, state, cost, gradientNorm, rate, iterations, stop: null };
  }
}

/**
 * Yield the epochs of training, as many as are asked for. A run whose cost is no longer finite ends with an epoch that
 * keeps the last parameters of finite cost, and whose `stop` says so.
 */
export function* epochs(
  objective: Objective, optimizer: Optimizer, theta: Float64Array, options: TrainingOptions = {},
): IterableIterator<Epoch> {
  const { maxEpochs = Infinity, batchSize = null, seed = 0, state = optimizer.init(theta) } = options;
  const generator = seed instanceof Generator ? seed : new Generator(seed);
  const run = batchSize === null ? full(objective, optimizer, theta, state) : batched(objective, optimizer, theta, state, batchSize, generator);
  let number = 0;
  for (const pass of run) {
    number++;
    const stop = pass.stop ?? (number === maxEpochs ? `max_epochs = ${number} reached` : null);
    yield { number, ...pass, stop };
    if (stop !== null) return;
  }
}

function diverged(cost: number, rate: number, iterations: number): string {
  const found = Number.isFinite(cost) ? "the gradient or the parameters were not finite" : `the cost was ${cost}`;
  return (
    `${DIVERGED} at step ${iterations} with rate ${rate}: ${found}; the last parameters of finite cost are kept. ` +
    `Try a rate of ${(rate / 10).toPrecision(1)} or less, or standardise the columns of x.`
  );
}
