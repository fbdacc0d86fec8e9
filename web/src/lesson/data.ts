/** What the live figures of the lesson start from: the rows and settings of each part, as Python computed with them. */

import { Cost, fromRows, SoftmaxCrossEntropy, type Matrix, type Network } from "../kernel";
import type { Dataset } from "../playground/store";
import type { Plane } from "../playground/view";

/** A part of the lesson, as `live()` of its numbers in Python has it. */
export interface Part {
  readonly x: readonly (readonly [number, number])[];
  readonly labels: readonly number[];
  /** Left, right, bottom and top of the plane that is drawn. */
  readonly plane: readonly [number, number, number, number];
  readonly rate: number;
  readonly steps: number;
}

export interface Gaussians extends Part {
  readonly start: readonly number[];
  /** The input and the weight of the smallest network. */
  readonly input: number;
  readonly weight: number;
  /** The two logits whose softmax the text compares with a sigmoid. */
  readonly logits: readonly number[];
  /** The parameters before the first step of Newton's method, and after each. */
  readonly newton: readonly (readonly number[])[];
}

export interface Rings extends Part {
  /** Starting weights of the hidden and of the last layer, column by column. */
  readonly start: readonly [readonly number[], readonly number[]];
  /** The parameters after the training with leaky ReLU, and the point that is followed through it. */
  readonly theta: readonly number[];
  readonly row: number;
  /** Rows that no network is trained on. */
  readonly fresh: Pick<Part, "x" | "labels">;
}

export interface LessonData {
  readonly part1?: Gaussians;
  readonly part2?: Rings;
}

export const CLASSES = ["a", "b", "c"] as const;
/** The subscripts of the first, second and third of anything. */
export const BELOW = ["₁", "₂", "₃"];
export const LOSS = new SoftmaxCrossEntropy();

/** Return the sum of the losses of a part's rows. */
export const costOf = (network: Network, part: Part): Cost =>
  Cost.of(network, LOSS, fromRows(part.x), part.labels, { reduction: "sum" });

/** Return the rows as the playground's maps draw them. */
export function datasetOf(part: Part): Dataset {
  return {
    kind: "lesson",
    title: "",
    columns: ["x₁", "x₂"],
    means: [0, 0],
    sds: [1, 1],
    classes: CLASSES,
    rows: part.x.length,
    x: fromRows(part.x).data,
    labels: Uint8Array.from(part.labels),
    heldOut: new Uint8Array(part.x.length),
  };
}

/** Return the plane as the playground's maps draw it. */
export function planeOf(part: Part): Plane {
  const zeros = new Float64Array(2);
  return {
    base: zeros,
    origin: zeros,
    across: Float64Array.of(1, 0),
    up: Float64Array.of(0, 1),
    labels: ["x₁", "x₂"],
    means: [0, 0],
    sds: [1, 1],
    extent: part.plane,
  };
}

/** Return the probabilities of the classes (n, 3). */
export const probabilities = (network: Network, theta: Float64Array, x: Matrix): Matrix =>
  LOSS.activation.forward({}, network.forward(theta, x).at(-1)!);

/** Return how many rows of each true class (rows) went to each predicted class (columns); `inputs` makes those of the network. */
export function confusion(
  network: Network, theta: Float64Array, { x, labels }: Pick<Part, "x" | "labels">, inputs: (x: Matrix) => Matrix = (of) => of,
): number[][] {
  const y = probabilities(network, theta, inputs(fromRows(x))), counts = CLASSES.map(() => CLASSES.map(() => 0));
  labels.forEach((label, row) => {
    const of = y.data.subarray(row * y.columns, (row + 1) * y.columns);
    counts[label]![of.indexOf(Math.max(...of))]! += 1;
  });
  return counts;
}

/** Return the share of rows whose most probable class is the true one. */
export function accuracyOf(counts: readonly (readonly number[])[]): number {
  const rows = counts.flat().reduce((sum, count) => sum + count, 0);
  return counts.reduce((sum, row, c) => sum + row[c]!, 0) / rows;
}
