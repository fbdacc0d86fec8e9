/**
 * The plane through the inputs that the map shows: `input = base + u · across + v · up`.
 *
 * Two columns: the others are pinned to a row. Principal components: the mean of the rows and its two widest directions.
 */

import type { Dataset, View } from "./store";

export interface Plane {
  base: Float64Array;
  /** Where the coordinates of a row count from. */
  origin: Float64Array;
  across: Float64Array;
  up: Float64Array;
  /** What is written at the axes. */
  labels: readonly [string, string];
  /** A number on an axis is `mean + sd · coordinate`. */
  means: readonly [number, number];
  sds: readonly [number, number];
  /** Left, right, bottom, top of what is shown. */
  extent: readonly [number, number, number, number];
}

/** Room around the points, as a share of their range. */
const MARGIN = 0.12;
/** Iterations of the power method: each separates the widest direction from the next by the ratio of variances. */
const POWER_STEPS = 60;
/** Rows that principal components are found from: more change them little. */
const MOST_PCA_ROWS = 4000;

/** Return the coordinates of a row in a plane. */
export function coordinates(plane: Plane, x: Float64Array, columns: number, row: number): [number, number] {
  let u = 0;
  let v = 0;
  for (let j = 0; j < columns; j += 1) {
    const d = x[row * columns + j]! - plane.origin[j]!;
    u += d * plane.across[j]!;
    v += d * plane.up[j]!;
  }
  return [u, v];
}

/** Return the inputs at a point of the plane. */
export function inputsAt(plane: Plane, u: number, v: number): Float64Array {
  return plane.base.map((b, j) => b + u * plane.across[j]! + v * plane.up[j]!);
}

export function planeOf(data: Dataset, view: View, pinnedRow: number): Plane {
  const columns = data.columns.length;
  if (columns >= 2 && view.kind === "components") return componentsPlane(data);
  const a = view.kind === "columns" ? Math.min(view.a, columns - 1) : 0;
  const b = view.kind === "columns" ? Math.min(view.b, columns - 1) : 1;
  const base = Float64Array.from(data.x.subarray(pinnedRow * columns, (pinnedRow + 1) * columns));
  const across = new Float64Array(columns);
  const up = new Float64Array(columns);
  if (base.length < columns) return { ...emptyPlane(data), across, up };
  base[a] = 0;
  across[a] = 1;
  if (b !== a) {
    base[b] = 0;
    up[b] = 1;
  }
  const plane = {
    base,
    origin: new Float64Array(columns),
    across,
    up,
    labels: [data.columns[a]!, b === a ? "" : data.columns[b]!] as const,
    means: [data.means[a]!, data.means[b]!] as const,
    sds: [data.sds[a]!, data.sds[b]!] as const,
    extent: [-1, 1, -1, 1] as const,
  };
  return { ...plane, extent: extentOf(data, plane) };
}

function emptyPlane(data: Dataset): Plane {
  const zeros = new Float64Array(data.columns.length);
  return { base: zeros, origin: zeros, across: zeros, up: zeros, labels: ["x1", "x2"], means: [0, 0], sds: [1, 1], extent: [-1, 1, -1, 1] };
}

/** Return the square that holds all points with some room; of one side, so that circles are round. */
function extentOf(data: Dataset, plane: Plane): [number, number, number, number] {
  const low = [Infinity, Infinity];
  const high = [-Infinity, -Infinity];
  for (let row = 0; row < data.rows; row += 1) {
    coordinates(plane, data.x, data.columns.length, row).forEach((value, axis) => {
      low[axis] = Math.min(low[axis]!, value);
      high[axis] = Math.max(high[axis]!, value);
    });
  }
  if (!Number.isFinite(low[0]!)) return [-1, 1, -1, 1];
  const half = Math.max(high[0]! - low[0]!, high[1]! - low[1]!, 1e-3) * (0.5 + MARGIN);
  const [x, y] = [(low[0]! + high[0]!) / 2, (low[1]! + high[1]!) / 2];
  return [x - half, x + half, y - half, y + half];
}

function componentsPlane(data: Dataset): Plane {
  const d = data.columns.length;
  const step = Math.max(1, Math.ceil(data.rows / MOST_PCA_ROWS));
  const mean = new Float64Array(d);
  let count = 0;
  for (let row = 0; row < data.rows; row += step) {
    count += 1;
    for (let j = 0; j < d; j += 1) mean[j] = mean[j]! + (data.x[row * d + j]! - mean[j]!) / count;
  }
  const covariance = new Float64Array(d * d);
  for (let row = 0; row < data.rows; row += step) {
    for (let i = 0; i < d; i += 1) {
      const a = (data.x[row * d + i]! - mean[i]!) / count;
      for (let j = 0; j < d; j += 1) covariance[i * d + j] = covariance[i * d + j]! + a * (data.x[row * d + j]! - mean[j]!);
    }
  }
  const across = widest(covariance, d, null);
  const up = widest(covariance, d, across);
  const plane = {
    base: mean,
    origin: mean,
    across,
    up,
    labels: ["first principal component", "second principal component"] as const,
    means: [0, 0] as const,
    sds: [1, 1] as const,
    extent: [-1, 1, -1, 1] as const,
  };
  return { ...plane, extent: extentOf(data, plane) };
}

/** Return the direction of greatest variance, at right angles to another, by the power method. */
function widest(covariance: Float64Array, d: number, other: Float64Array | null): Float64Array {
  let v = Float64Array.from({ length: d }, (_, j) => 1 / (j + 1 + (other ? 0.5 : 0)));
  for (let step = 0; step < POWER_STEPS; step += 1) {
    const next = new Float64Array(d);
    for (let i = 0; i < d; i += 1) for (let j = 0; j < d; j += 1) next[i] = next[i]! + covariance[i * d + j]! * v[j]!;
    if (other) {
      const along = next.reduce((sum, value, j) => sum + value * other[j]!, 0);
      other.forEach((value, j) => (next[j] = next[j]! - along * value));
    }
    const norm = Math.hypot(...next);
    if (norm === 0) return unit(d, other ? 1 : 0);
    v = next.map((value) => value / norm);
  }
  const largest = v.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
  return largest < 0 ? v.map((value) => -value) : v;
}

function unit(d: number, place: number): Float64Array {
  const v = new Float64Array(d);
  v[place] = 1;
  return v;
}
