/** A row of the network that is shown, traced by the kernel. */

import { Elementwise, type Layer, type Parameters } from "../kernel/layers";
import { Dense } from "../kernel/linear";
import type { Loss } from "../kernel/losses";
import { matrix, type Matrix, type Tensor } from "../kernel/matrix";
import type { Network } from "../kernel/network";
import type { Rows } from "./arrays";
import { STEP, nudge, traced, valueOf, type Computed, type Nudge, type Place, type Trace } from "./trace";

/** A network at a row: all that a trace is made from. */
export interface Situation {
  readonly network: Network;
  readonly loss: Loss;
  readonly theta: Float64Array;
  /** Inputs of the first layer, extra features included. */
  readonly x: readonly number[];
  /** Index of the true class. */
  readonly label: number;
}

/** Return every number of a row's way through the chain rule. */
export function traceRow({ network, loss, theta, x, label }: Situation): Trace {
  const outputs = network.forward(theta, matrix(1, x.length, x));
  const views = network.views(theta);
  const computed = network.layers.map((layer, at) => computedBy(layer, views[at]!, outputs[at]!, outputs[at + 1]!));
  const z = outputs.at(-1)!;
  const { dlossDy, dyDz } = loss.factors(z, [label]);
  const y = Array.from(loss.activation.forward({}, z).data);
  const binary = y.length === 1;
  return traced(computed, {
    y,
    t: binary ? [label] : y.map((_, place) => Number(place === label)),
    loss: loss.value(z, [label])[0]!,
    dlossDy: Array.from(dlossDy.data),
    dyDz: rows(dyDz.data, y.length, y.length),
    binary,
  });
}

function computedBy(layer: Layer, params: Parameters, x: Matrix, y: Matrix): Computed {
  const both = { x: Array.from(x.data), y: Array.from(y.data), jacobian: ofTensor(layer.jacobian(params, x, y)["x"]!) };
  if (layer instanceof Dense) {
    const weights = params["weights"]!;
    const table = both.x.map((_, input) => both.y.map((__, output) => weights[output * layer.inputs + input]!));
    return { activation: null, weights: table, bias: layer.bias ? Array.from(params["bias"]!) : null, ...both };
  }
  if (layer instanceof Elementwise) return { activation: layer.key, weights: null, bias: null, ...both };
  throw new TypeError(`A trace needs dense layers and elementwise activations, found ${layer.name}.`);
}

function ofTensor(tensor: Tensor): Rows {
  return rows(tensor.data, tensor.shape[1]!, tensor.shape[2]!);
}

function rows(data: Float64Array, count: number, columns: number): number[][] {
  return Array.from({ length: count }, (_, row) => Array.from(data.subarray(row * columns, (row + 1) * columns)));
}

/** Return where in `theta` a weight lies: weights column by column. */
export function indexInTheta(network: Network, place: Place): number {
  const dense = network.layers.flatMap((layer, at) => (layer instanceof Dense ? [at] : []));
  const parts = network.layout[dense[place.layer] ?? -1];
  const part = place.input < 0 ? parts?.["bias"] : parts?.["weights"];
  if (part === undefined) throw new RangeError(`There is no such weight in layer ${place.layer + 1}.`);
  return part.start + (place.input < 0 ? place.output : place.output * part.shape[0]! + place.input);
}

/** Return the loss of the row with one weight at another value. */
export function lossAt(situation: Situation, place: Place, weight: number): number {
  const theta = situation.theta.slice();
  theta[indexInTheta(situation.network, place)] = weight;
  const z = situation.network.forward(theta, matrix(1, situation.x.length, situation.x)).at(-1)!;
  return situation.loss.value(z, [situation.label])[0]!;
}

export interface Nudged extends Nudge {
  /** Whether a unit changes its sign within the step, where a rectifier has no derivative. */
  readonly meetsKink: boolean;
}

/** Return the slope of the row's loss along a weight, found without any derivative. */
export function nudgeWeight(situation: Situation, trace: Trace, place: Place): Nudged {
  const value = valueOf(trace, place);
  const found = nudge(value, (weight) => lossAt(situation, place, weight));
  const reach = 2 * STEP * Math.max(1, Math.abs(value));
  const signs = [-reach, reach].map((step) => {
    const theta = situation.theta.slice();
    theta[indexInTheta(situation.network, place)] = value + step;
    const outputs = situation.network.forward(theta, matrix(1, situation.x.length, situation.x));
    return outputs
      .slice(1)
      .map((each) => Array.from(each.data, (number) => (number > 0 ? "+" : "-")).join(""))
      .join();
  });
  return { ...found, meetsKink: signs[0] !== signs[1] };
}
