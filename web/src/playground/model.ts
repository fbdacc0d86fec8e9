/** From the settings of the page to the kernel's network, optimizer and rows. */

import {
  ACTIVATIONS,
  Adam,
  CosineDecay,
  Dense,
  ExponentialDecay,
  GradientDescent,
  initialize,
  InverseTimeDecay,
  matrix,
  Momentum,
  Network,
  Proximal,
  RMSprop,
  SoftmaxCrossEntropy,
  StepDecay,
  type FirstOrder,
  type Layer,
  type Matrix,
  type Optimizer,
  type Rate,
} from "../kernel";
import type { Activation, Feature, NetworkSpec, TrainingSettings } from "./store";

export const LOSS = new SoftmaxCrossEntropy();

/** What each extra feature is of the two columns of a plane. */
const FEATURE_VALUES: Readonly<Record<Feature, (a: number, b: number) => number>> = {
  "x1²": (a) => a * a,
  "x2²": (_, b) => b * b,
  "x1·x2": (a, b) => a * b,
  "sin x1": (a) => Math.sin(a),
  "sin x2": (_, b) => Math.sin(b),
};

/** Return rows with the extra features behind their columns. */
export function withFeatures(x: Float64Array, columns: number, features: readonly Feature[]): Matrix {
  const rows = columns ? x.length / columns : 0;
  const used = columns === 2 ? features : [];
  if (used.length === 0) return matrix(rows, columns, x);
  const width = columns + used.length;
  const wide = matrix(rows, width);
  for (let row = 0; row < rows; row += 1) {
    const a = x[2 * row]!;
    const b = x[2 * row + 1]!;
    wide.data[row * width] = a;
    wide.data[row * width + 1] = b;
    used.forEach((feature, j) => (wide.data[row * width + 2 + j] = FEATURE_VALUES[feature](a, b)));
  }
  return wide;
}

/** Activations by the names that the command line has for them. */
const BY_KEY = new Map(Object.values(ACTIVATIONS).map((Made) => [new Made().key, Made]));

export const activationOf = (key: Activation): Layer => new (BY_KEY.get(key)!)();

export function networkOf(spec: NetworkSpec, inputs: number, classes: number): Network {
  const bias = spec.bias !== "off";
  const layers: Layer[] = [];
  let width = inputs;
  for (const { units, activation } of spec.hidden) {
    layers.push(new Dense(width, units, bias), activationOf(activation));
    width = units;
  }
  layers.push(new Dense(width, classes, bias));
  return new Network(layers);
}

export const startOf = (network: Network, spec: NetworkSpec): Float64Array => initialize(network, spec.seed, spec.initializer);

/** What is kept of the rate each time that the schedule's span of iterations has gone by. */
export const KEPT = { exponential: 0.5, step: 0.5 } as const;

export function rateOf(training: TrainingSettings): Rate {
  const { rate, every } = training;
  if (training.schedule === "exponential") return new ExponentialDecay(rate, KEPT.exponential, every);
  if (training.schedule === "step") return new StepDecay(rate, KEPT.step, every);
  if (training.schedule === "inverse") return new InverseTimeDecay(rate, every);
  if (training.schedule === "cosine") return new CosineDecay(rate, every);
  return rate;
}

function firstOrder(training: TrainingSettings): FirstOrder {
  const rate = rateOf(training);
  if (training.optimizer === "momentum") return new Momentum(rate);
  if (training.optimizer === "nesterov") return new Momentum(rate, 0.9, true);
  if (training.optimizer === "rmsprop") return new RMSprop(rate);
  if (training.optimizer === "adam") return new Adam(rate);
  return new GradientDescent(rate);
}

export function optimizerOf(training: TrainingSettings): Optimizer {
  return training.l1 > 0 ? new Proximal(firstOrder(training)) : firstOrder(training);
}

/** Return the softmax of logits (n, k) as single numbers. */
export function probabilitiesOf(z: Matrix): Float32Array {
  return Float32Array.from(LOSS.activation.forward({}, z).data);
}
