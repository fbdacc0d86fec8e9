/**
 * The cost along two directions through the parameters, and the way that training took.
 *
 * "path": the two directions in which the path of training varies most, its principal components, found from the Gram
 * matrix of the path's points; the path then lies in the plane but for what the other components hold.
 * "random": two random directions at right angles, each layer's part as long as the layer's weights.
 *
 * Source: H. Li, Z. Xu, G. Taylor, C. Studer, T. Goldstein, "Visualizing the loss landscape of neural nets", NeurIPS 2018.
 */

import { Generator } from "../kernel";
import type { Directions, Surface } from "./messages";
import type { Run } from "./run";

/** Points of the path that directions are found from. */
const MOST_POINTS = 200;
const POWER_STEPS = 100;
const MARGIN = 0.25;

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += a[i]! * b[i]!;
  return sum;
};

export function surfaceOf(run: Run, path: readonly Float64Array[], request: { directions: Directions; side: number }): Surface {
  const step = Math.max(1, Math.ceil(path.length / MOST_POINTS));
  const newest = path.length - 1;
  const moved = path.filter((_, i) => i % step === 0 || i === newest).map((theta) => theta.map((value, p) => value - run.theta[p]!));
  const found = request.directions === "path" ? pathDirections(moved) : null;
  const [a, b] = found ?? randomDirections(run);
  const points = moved.map((d): [number, number] => [dot(d, a), dot(d, b)]);
  const extent = around(found ? points : [[-1, -1], [1, 1]]);
  const { side } = request;
  const costs = new Float64Array(side * side);
  for (let row = 0; row < side; row += 1) {
    for (let column = 0; column < side; column += 1) {
      const u = extent[0] + (column / (side - 1)) * (extent[1] - extent[0]);
      const v = extent[3] - (row / (side - 1)) * (extent[3] - extent[2]);
      const cost = run.value(run.theta.map((value, p) => value + u * a[p]! + v * b[p]!));
      costs[row * side + column] = Number.isFinite(cost) ? cost : Infinity;
    }
  }
  const whole = moved.reduce((sum, d) => sum + dot(d, d), 0);
  const within = points.reduce((sum, [u, v]) => sum + u * u + v * v, 0);
  return { side, costs, extent, path: points, share: found && whole > 0 ? Math.min(1, within / whole) : 0 };
}

function around(points: readonly (readonly [number, number])[]): [number, number, number, number] {
  const us = points.map(([u]) => u);
  const vs = points.map(([, v]) => v);
  const [left, right, bottom, top] = [Math.min(...us, 0), Math.max(...us, 0), Math.min(...vs, 0), Math.max(...vs, 0)];
  const width = Math.max(right - left, 1e-3);
  // no narrower than a third of its width, or a path that hardly bends would show nothing beside it
  const height = Math.max(top - bottom, width / 3);
  const middle = (bottom + top) / 2;
  return [left - MARGIN * width, right + MARGIN * width, middle - height * (0.5 + MARGIN), middle + height * (0.5 + MARGIN)];
}

/** Return the two directions in which the points vary most around their mean; null where they do not. */
function pathDirections(points: readonly Float64Array[]): [Float64Array, Float64Array] | null {
  const n = points.length;
  if (n < 3) return null;
  const p = points[0]!.length;
  const mean = new Float64Array(p);
  for (const point of points) for (let j = 0; j < p; j += 1) mean[j] = mean[j]! + point[j]! / n;
  const centred = points.map((point) => point.map((value, j) => value - mean[j]!));
  const gram = centred.map((a) => Float64Array.from(centred, (b) => dot(a, b)));
  const first = combined(centred, leading(gram, null));
  const second = combined(centred, leading(gram, leading(gram, null)));
  return first && second ? [first, second] : null;
}

/** Return the leading eigenvector of a symmetric matrix, at right angles to another. */
function leading(gram: readonly Float64Array[], other: Float64Array | null): Float64Array {
  let v = Float64Array.from(gram, (_, i) => Math.cos(1 + i));
  for (let step = 0; step < POWER_STEPS; step += 1) {
    const next = Float64Array.from(gram, (row) => dot(row, v));
    if (other) {
      const along = dot(next, other);
      for (let i = 0; i < next.length; i += 1) next[i] = next[i]! - along * other[i]!;
    }
    const length = Math.sqrt(dot(next, next));
    if (!(length > 0)) return next;
    v = next.map((value) => value / length);
  }
  return v;
}

function combined(points: readonly Float64Array[], weights: Float64Array): Float64Array | null {
  const sum = new Float64Array(points[0]!.length);
  points.forEach((point, i) => point.forEach((value, j) => (sum[j] = sum[j]! + weights[i]! * value)));
  const length = Math.sqrt(dot(sum, sum));
  return length > 1e-12 ? sum.map((value) => value / length) : null;
}

function randomDirections(run: Run): [Float64Array, Float64Array] {
  const generator = new Generator(run.settings.seed);
  const make = (): Float64Array => {
    const direction = Float64Array.from(run.theta, () => generator.normal());
    for (const { start, end } of run.network.layout.flatMap((parts) => Object.values(parts))) {
      const part = direction.subarray(start, end);
      const own = run.theta.subarray(start, end);
      const scale = Math.sqrt(dot(own, own)) / Math.sqrt(dot(part, part) || 1);
      for (let i = 0; i < part.length; i += 1) part[i] = part[i]! * scale;
    }
    return direction;
  };
  const a = make();
  const b = make();
  const share = dot(a, b) / (dot(a, a) || 1);
  return [a, b.map((value, i) => value - share * a[i]!)];
}
