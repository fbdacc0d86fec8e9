/** Where weights and biases lie in `theta`: layer after layer, the weights of each unit together, then the biases. */

import type { NetworkSpec, WeightPlace } from "./store";

/** Return the place of a weight in `theta`, or of a bias where its input is -1. */
export function placeInTheta(widths: readonly number[], bias: boolean, { layer, input, output }: WeightPlace): number {
  let start = 0;
  for (let l = 0; l < layer; l += 1) start += widths[l]! * widths[l + 1]! + (bias ? widths[l + 1]! : 0);
  const inputs = widths[layer]!;
  return input < 0 ? start + inputs * widths[layer + 1]! + output : start + output * inputs + input;
}

/** Return how many parameters there are. */
export function parameterCount(widths: readonly number[], bias: boolean): number {
  let count = 0;
  for (let l = 0; l + 1 < widths.length; l += 1) count += (widths[l]! + (bias ? 1 : 0)) * widths[l + 1]!;
  return count;
}

/** Return `theta` as predictions use it: without its biases, where they are zeroed after training. */
export function inUse(theta: Float64Array, widths: readonly number[], bias: NetworkSpec["bias"]): Float64Array {
  return bias === "zeroed" ? withoutBiases(theta, widths) : theta;
}

export function withoutBiases(theta: Float64Array, widths: readonly number[]): Float64Array {
  const changed = Float64Array.from(theta);
  for (let layer = 0; layer + 1 < widths.length; layer += 1) {
    const start = placeInTheta(widths, true, { layer, input: -1, output: 0 });
    changed.fill(0, start, start + widths[layer + 1]!);
  }
  return changed;
}
