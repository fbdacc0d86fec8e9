/**
 * First-order optimizers: steps that the gradient alone decides, as in `chainrule.optimizers`.
 *
 * Each is one recurrence with coefficients of its own:
 *
 *     m ← keep · m + take · g            v ← keepSquare · v + takeSquare · g²
 *     theta ← theta - (byMean · m + byGradient · g) / (√(bySquare · v) + epsilon) - decay · weights
 */
import type { Objective } from "./objective";
import { checkPositive, checkShare, rateAt, type Rate } from "./schedules";

export interface Coefficients {
  readonly keep: number;
  readonly take: number;
  readonly byMean: number;
  readonly byGradient: number;
  readonly keepSquare: number;
  readonly takeSquare: number;
  readonly bySquare: number;
  readonly epsilon: number;
  readonly decay: number;
}

/** The number of steps taken, and the two running means `m` and `v` (p,); empty where an optimizer has none. */
export interface State {
  readonly iteration: number;
  readonly mean: Float64Array;
  readonly square: Float64Array;
}

/** The outcome of one step: new parameters and state; the value and gradient where it began; the rate. */
export interface Step {
  readonly theta: Float64Array;
  readonly state: State;
  readonly value: number;
  readonly gradient: Float64Array;
  readonly rate: number;
}

export interface Optimizer {
  readonly name: string;
  init(theta: Float64Array): State;
  /** Return the outcome of one step: pure, state in and state out. */
  step(objective: Objective, theta: Float64Array, state: State): Step;
}

const NONE: Coefficients = {
  keep: 0, take: 0, byMean: 0, byGradient: 0, keepSquare: 0, takeSquare: 0, bySquare: 0, epsilon: 1, decay: 0,
};
const EMPTY = new Float64Array(0);

export abstract class FirstOrder implements Optimizer {
  abstract readonly name: string;
  /** Whether the state has a running mean of the gradient, and one of its square. */
  protected readonly hasMean: boolean = false;
  protected readonly hasSquare: boolean = false;

  constructor(readonly rate: Rate) {}

  /** Return the coefficients of the step after so many, at a rate. */
  abstract coefficients(iteration: number, rate: number): Coefficients;

  /** Return how far a steady gradient of 1 moves each parameter in such a step. */
  reach(step: Step): (p: number) => number {
    const { take, keep, byMean, byGradient, bySquare, epsilon } = this.coefficients(step.state.iteration - 1, step.rate);
    const steady = byGradient + (byMean * take) / (1 - keep);
    return (p) => steady / (Math.sqrt(bySquare * (step.state.square[p] ?? 0)) + epsilon);
  }

  init(theta: Float64Array): State {
    return {
      iteration: 0,
      mean: this.hasMean ? new Float64Array(theta.length) : EMPTY,
      square: this.hasSquare ? new Float64Array(theta.length) : EMPTY,
    };
  }

  step(objective: Objective, theta: Float64Array, state: State): Step {
    const gradient = new Float64Array(theta.length), value = objective.valueAndGradient(theta, gradient);
    const rate = rateAt(this.rate, state.iteration), by = this.coefficients(state.iteration, rate);
    const moved = new Float64Array(theta.length), mean = state.mean.slice(), square = state.square.slice();
    move(by, theta, gradient, mean, square, moved);
    if (by.decay) {
      const weights = objective.weights(theta);
      for (let p = 0; p < theta.length; p++) moved[p]! -= by.decay * weights[p]!;
    }
    return { theta: moved, state: { iteration: state.iteration + 1, mean, square }, value, gradient, rate };
  }
}

/** Write the parameters after the step into `moved`, and change the running means in place. */
function move(
  by: Coefficients, theta: Float64Array, gradient: Float64Array, mean: Float64Array, square: Float64Array, moved: Float64Array,
): void {
  const { keep, take, byMean, byGradient, keepSquare, takeSquare, bySquare, epsilon } = by;
  const hasMean = mean.length > 0, hasSquare = square.length > 0;
  for (let p = 0; p < theta.length; p++) {
    const g = gradient[p]!;
    let move = byGradient * g, scale = epsilon;
    if (hasMean) {
      const m = keep * mean[p]! + take * g;
      mean[p] = m;
      move += byMean * m;
    }
    if (hasSquare) {
      const v = keepSquare * square[p]! + takeSquare * (g * g);
      square[p] = v;
      scale += Math.sqrt(bySquare * v);
    }
    moved[p] = theta[p]! - move / scale;
  }
}

/** Adam: `theta ← theta - rate · m̂ / (√v̂ + epsilon)`; with any `weightDecay` it is AdamW. */
export class Adam extends FirstOrder {
  readonly name = "Adam";
  protected override readonly hasMean = true;
  protected override readonly hasSquare = true;

  constructor(rate: Rate = 1e-3, readonly beta1 = 0.9, readonly beta2 = 0.999, readonly epsilon = 1e-8, readonly weightDecay = 0) {
    super(rate);
    checkPositive("Adam", { rate: rateAt(rate, 0), epsilon });
    checkShare("Adam", { beta1, beta2 });
    if (!(weightDecay >= 0 && Number.isFinite(weightDecay))) throw new RangeError(`Adam needs a weight_decay of at least 0, found ${weightDecay}.`);
  }

  coefficients(iteration: number, rate: number): Coefficients {
    const k = iteration + 1;
    return {
      ...NONE,
      keep: this.beta1,
      take: 1 - this.beta1,
      byMean: rate / (1 - this.beta1 ** k),
      keepSquare: this.beta2,
      takeSquare: 1 - this.beta2,
      bySquare: 1 / (1 - this.beta2 ** k),
      epsilon: this.epsilon,
      decay: rate * this.weightDecay,
    };
  }

  /** As if the mean had settled: without the correction of its start. */
  override reach(step: Step): (p: number) => number {
    const { bySquare, epsilon } = this.coefficients(step.state.iteration - 1, step.rate);
    return (p) => step.rate / (Math.sqrt(bySquare * step.state.square[p]!) + epsilon);
  }
}

/** RMSprop: `v ← decay v + (1 - decay) g²`, `theta ← theta - rate · g / (√v + epsilon)`. */
export class RMSprop extends FirstOrder {
  readonly name = "RMSprop";
  protected override readonly hasSquare = true;

  constructor(rate: Rate = 1e-3, readonly decay = 0.9, readonly epsilon = 1e-8) {
    super(rate);
    checkPositive("RMSprop", { rate: rateAt(rate, 0), epsilon });
    checkShare("RMSprop", { decay });
  }

  coefficients(_iteration: number, rate: number): Coefficients {
    return { ...NONE, byGradient: rate, keepSquare: this.decay, takeSquare: 1 - this.decay, bySquare: 1, epsilon: this.epsilon };
  }
}

/** Gradient descent: `theta ← theta - rate · gradient`. */
export class GradientDescent extends FirstOrder {
  readonly name = "GradientDescent";

  constructor(rate: Rate) {
    super(rate);
    checkPositive("GradientDescent", { rate: rateAt(rate, 0) });
  }

  coefficients(_iteration: number, rate: number): Coefficients {
    return { ...NONE, byGradient: rate };
  }
}

/** Momentum: `v ← momentum · v - rate · gradient`, `theta ← theta + v`; with `nesterov` it looks ahead along the new `v`. */
export class Momentum extends FirstOrder {
  readonly name = "Momentum";
  protected override readonly hasMean = true;

  constructor(rate: Rate, readonly momentum = 0.9, readonly nesterov = false) {
    super(rate);
    checkPositive("Momentum", { rate: rateAt(rate, 0) });
    checkShare("Momentum", { momentum });
  }

  coefficients(_iteration: number, rate: number): Coefficients {
    const ahead = this.nesterov ? { byMean: -this.momentum, byGradient: rate } : { byMean: -1 };
    return { ...NONE, keep: this.momentum, take: -rate, ...ahead };
  }

  override reach(step: Step): (p: number) => number {
    return () => step.rate / (1 - this.momentum);
  }
}

/** Rosenblatt's rule: `weights ← weights + rate · (t - y) x`. Its state counts the steps that corrected something. */
export class PerceptronRule implements Optimizer {
  readonly name = "PerceptronRule";

  constructor(readonly rate = 1) {
    checkPositive("PerceptronRule", { rate });
  }

  init(): State {
    return { iteration: 0, mean: EMPTY, square: EMPTY };
  }

  step(objective: Objective, theta: Float64Array, state: State): Step {
    const gradient = new Float64Array(theta.length), value = objective.valueAndGradient(theta, gradient);
    const iteration = state.iteration + (gradient.some((g) => g !== 0) ? 1 : 0);
    return { theta: theta.map((of, p) => of - this.rate * gradient[p]!), state: { ...state, iteration }, value, gradient, rate: this.rate };
  }
}

/** Another optimizer's step on the smooth part, then `theta ← sign(theta) · max(|theta| - reach · l1, 0)`. */
export class Proximal implements Optimizer {
  readonly name = "Proximal";

  constructor(readonly optimizer: FirstOrder) {}

  init(theta: Float64Array): State {
    return this.optimizer.init(theta);
  }

  step(objective: Objective, theta: Float64Array, state: State): Step {
    const l1 = objective.l1Weights();
    if (l1 === null) return this.optimizer.step(objective, theta, state);
    const step = this.optimizer.step(objective.smooth(), theta, state), reach = this.optimizer.reach(step);
    let absolute = 0;
    const moved = step.theta.map((of, p) => Math.sign(of) * Math.max(Math.abs(of) - reach(p) * l1[p]!, 0));
    const gradient = step.gradient.map((g, p) => {
      absolute += l1[p]! * Math.abs(theta[p]!);
      return theta[p] === 0 ? Math.sign(g) * Math.max(Math.abs(g) - l1[p]!, 0) : g + l1[p]! * Math.sign(theta[p]!);
    });
    return { ...step, theta: moved, value: step.value + absolute, gradient };
  }
}

/** First-order optimizers by the name of their class. */
export const FIRST_ORDER = { Adam, RMSprop, GradientDescent, Momentum } as const;
