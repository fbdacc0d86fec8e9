/** Starting values of `theta`: weights drawn by a named rule, biases zero, as in `chainrule.initializers`. */
import type { Draw } from "./layers";
import { ruleBefore, type Network } from "./network";
import { Generator } from "./random";

export type Initializer = (generator: Generator, inputs: number, outputs: number) => Float64Array;

/** Return weights (inputs, outputs) column by column; they are drawn row by row, as in Python. */
function drawn(inputs: number, outputs: number, draw: () => number): Float64Array {
  const weights = new Float64Array(inputs * outputs);
  for (let i = 0; i < inputs; i++) for (let c = 0; c < outputs; c++) weights[c * inputs + i] = draw();
  return weights;
}

function uniform(variance: (inputs: number, outputs: number) => number): Initializer {
  return (generator, inputs, outputs) => {
    const limit = Math.sqrt(3 * variance(inputs, outputs));
    return drawn(inputs, outputs, () => generator.uniform(-limit, limit));
  };
}

function normal(variance: (inputs: number, outputs: number) => number): Initializer {
  return (generator, inputs, outputs) => {
    const sd = Math.sqrt(variance(inputs, outputs));
    return drawn(inputs, outputs, () => generator.normal(0, sd));
  };
}

/**
 * Return weights whose shorter side is orthonormal: the columns of a tall matrix of normal numbers, made orthonormal by
 * Householder's reflections, each with the sign that its triangle's diagonal has.
 */
const orthogonal: Initializer = (generator, inputs, outputs) => {
  const rows = Math.max(inputs, outputs), columns = Math.min(inputs, outputs);
  const basis = orthonormal(drawn(rows, columns, () => generator.normal()), rows, columns);
  if (inputs >= outputs) return basis;
  const turned = new Float64Array(rows * columns);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) turned[r * columns + c] = basis[c * rows + r]!;
  return turned;
};

/** Return the columns made orthonormal one after the other, each twice, so that rounding does not add up. */
function orthonormal(columns: Float64Array, rows: number, count: number): Float64Array {
  const column = (c: number): Float64Array => columns.subarray(c * rows, (c + 1) * rows);
  const product = (a: Float64Array, b: Float64Array): number => a.reduce((sum, of, r) => sum + of * b[r]!, 0);
  for (let c = 0; c < count; c++) {
    const of = column(c);
    for (let pass = 0; pass < 2; pass++) {
      for (let before = 0; before < c; before++) {
        const other = column(before), share = product(of, other);
        for (let r = 0; r < rows; r++) of[r]! -= share * other[r]!;
      }
    }
    const length = Math.sqrt(product(of, of));
    for (let r = 0; r < rows; r++) of[r]! /= length;
  }
  return columns;
}

/** The rules by name. */
export const INITIALIZERS: Readonly<Record<string, Initializer>> = {
  glorot_uniform: uniform((inputs, outputs) => 2 / (inputs + outputs)),
  glorot_normal: normal((inputs, outputs) => 2 / (inputs + outputs)),
  he_uniform: uniform((inputs) => 2 / inputs),
  he_normal: normal((inputs) => 2 / inputs),
  lecun_uniform: uniform((inputs) => 1 / inputs),
  lecun_normal: normal((inputs) => 1 / inputs),
  orthogonal,
  zeros: (_generator, inputs, outputs) => new Float64Array(inputs * outputs),
};

/** Return starting values `theta` (p,): by the named rule, or "auto", the rule that suits each activation. */
export function initialize(network: Network, seed: number | bigint | Generator, initializer = "auto"): Float64Array {
  if (initializer !== "auto" && !INITIALIZERS[initializer]) {
    throw new RangeError(`No initializer is called ${initializer}; there are auto, ${Object.keys(INITIALIZERS).join(", ")}.`);
  }
  const generator = seed instanceof Generator ? seed : new Generator(seed), theta = network.zeros(), views = network.views(theta);
  network.layers.forEach((layer, number) => {
    const rule = INITIALIZERS[initializer === "auto" ? ruleBefore(network.layers[number + 1]) : initializer]!;
    const draw: Draw = (inputs, outputs) => rule(generator, inputs, outputs), shape = layer.parameterShapes()["weights"];
    const started = layer.initial?.(() => generator.integer(0, 2), draw) ?? (shape ? { weights: draw(shape[0]!, shape[1]!) } : {});
    for (const [name, values] of Object.entries(started)) views[number]![name]!.set(values);
  });
  return theta;
}
