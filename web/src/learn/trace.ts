/**
 * One row through the whole chain, forward and backward, with every number; the twin of `inspection/tracing.py`.
 *
 *   forward    x → y₁ → … → z → y → loss
 *   backward   ∂loss/∂z = ∂loss/∂y · ∂y/∂z, and for every layer
 *              ∂loss/∂parameter = ∂loss/∂y_layer · ∂y_layer/∂parameter
 *              ∂loss/∂x_layer   = ∂loss/∂y_layer · ∂y_layer/∂x_layer
 *
 * Every product is made from full Jacobians. What the engine computes without them is compared in the tests.
 */

import { dot, sum, times, type Rows, type Vector } from "./arrays";
import { LOSS, X, Y, Z, slopeNamed, named, type Name } from "./names";

/** A layer for one row. */
export interface Link {
  /** Of the dense layers, counted from 0: this one, or the one before this activation. */
  readonly number: number;
  /** Name of an activation, such as `tanh`; null for a dense layer. */
  readonly activation: string | null;
  /** (inputs, outputs); null for an activation. */
  readonly weights: Rows | null;
  /** null without a bias. */
  readonly bias: Vector | null;
  readonly x: Vector;
  readonly y: Vector;
  /** `∂y/∂x` (outputs, inputs). */
  readonly jacobian: Rows;
  /** `∂loss/∂y` (outputs), from the layer behind. */
  readonly dy: Vector;
  /** `dy · ∂y/∂x` (inputs), for the layer before. */
  readonly dx: Vector;
  readonly xName: Name;
  readonly yName: Name;
}

export interface Trace {
  readonly links: readonly Link[];
  readonly z: Vector;
  /** Probabilities. */
  readonly y: Vector;
  /** Target as class probabilities, or one number for a sigmoid. */
  readonly t: Vector;
  readonly loss: number;
  readonly dlossDy: Vector;
  /** `∂y/∂z` (classes, classes). */
  readonly dyDz: Rows;
  /** Their product. */
  readonly dz: Vector;
  /** Whether one output tells two classes apart. */
  readonly binary: boolean;
}

/** A weight: dense layer, input (-1 for the bias) and output, all counted from 0. */
export interface Place {
  readonly layer: number;
  readonly input: number;
  readonly output: number;
}

/** What a layer computed, before the names and the backward pass are added. */
export type Computed = Pick<Link, "activation" | "weights" | "bias" | "x" | "y" | "jacobian">;

/** Return the trace of layers that were computed forward, and of the loss at their logits. */
export function traced(
  computed: readonly Computed[],
  loss: Pick<Trace, "y" | "t" | "loss" | "dlossDy" | "dyDz" | "binary">,
): Trace {
  const dz = times(loss.dlossDy, loss.dyDz);
  const names = namesOf(computed);
  const links: Link[] = [];
  let dy: Vector = dz;
  for (const [back, layer] of [...computed].reverse().entries()) {
    const place = computed.length - 1 - back;
    const dx = times(dy, layer.jacobian);
    links.unshift({ ...layer, dy, dx, ...names[place]! });
    dy = dx;
  }
  return { links, z: computed.at(-1)?.y ?? [], ...loss, dz };
}

function namesOf(computed: readonly Computed[]): Pick<Link, "number" | "xName" | "yName">[] {
  const names = [];
  let x = X;
  let number = -1;
  for (const [place, layer] of computed.entries()) {
    if (layer.weights !== null) number += 1;
    const after: Name =
      place === computed.length - 1
        ? Z
        : layer.weights === null
          ? { letter: "h", layer: String(number + 1), quantity: "h" }
          : { letter: "a", layer: String(number + 1), quantity: "z" };
    names.push({ number, xName: x, yName: after });
    x = after;
  }
  return names;
}

/** Return the dense layers. */
export function denseLinks(trace: Trace): Link[] {
  return trace.links.filter((link) => link.weights !== null);
}

/** Return the name of a weight or a bias: `W1`, or `W` where there is one layer alone. */
export function weightName(trace: Trace, place: Place): Name {
  const several = denseLinks(trace).length > 1;
  const letter = place.input < 0 ? "b" : "W";
  return { letter, layer: several ? String(place.layer + 1) : "", quantity: "w" };
}

/** Return the indices of a weight in its parameter. */
export function indices(place: Place): number[] {
  return place.input < 0 ? [place.output] : [place.input, place.output];
}

/** Return what a weight is called, such as `W1[2,3]`. */
export function weightNamed(trace: Trace, place: Place): string {
  return named(weightName(trace, place), ...indices(place));
}

/** Return the dense layer that a weight is part of. */
export function linkOf(trace: Trace, place: Place): Link {
  const link = denseLinks(trace)[place.layer];
  if (link === undefined) throw new RangeError(`There is no dense layer ${place.layer + 1}.`);
  return link;
}

/** Return the value of a weight. */
export function valueOf(trace: Trace, place: Place): number {
  const link = linkOf(trace, place);
  return (place.input < 0 ? link.bias?.[place.output] : link.weights?.[place.input]?.[place.output]) ?? Number.NaN;
}

/** Return `∂a/∂w`: the number that the weight multiplies, or 1 for a bias. */
export function inputOf(trace: Trace, place: Place): number {
  return place.input < 0 ? 1 : (linkOf(trace, place).x[place.input] ?? Number.NaN);
}

/** Return `∂loss/∂w`, the last product of the chain. */
export function gradientOf(trace: Trace, place: Place): number {
  return (linkOf(trace, place).dy[place.output] ?? Number.NaN) * inputOf(trace, place);
}

/** All weights and biases of the network, layer by layer. */
export function places(trace: Trace): Place[] {
  return denseLinks(trace).flatMap((link) => {
    const inputs = [...(link.bias === null ? [] : [-1]), ...link.x.keys()];
    return inputs.flatMap((input) => [...link.y.keys()].map((output) => ({ layer: link.number, input, output })));
  });
}

/** A derivative of the chain from the loss to a weight: a factor of the product. */
export interface Stage {
  readonly of: Name;
  /** null for the weight itself. */
  readonly by: Name | null;
  /** (outputs, inputs): one row of numbers for each number of `of`. */
  readonly jacobian: Rows;
  /** Whether each number goes on to one alone. */
  readonly elementwise: boolean;
  /** Name of the activation, "loss", "output" or "dense". */
  readonly kind: string;
  /** The product of all factors up to this one: `∂loss/∂by`. */
  readonly product: Vector;
}

/** Return the factors of `∂loss/∂w`, from the loss to the weight, with what they multiply to. */
export function stages(trace: Trace, place: Place): Stage[] {
  const found: Stage[] = [
    { of: LOSS, by: Y, jacobian: [trace.dlossDy], elementwise: false, kind: "loss", product: trace.dlossDy },
    { of: Y, by: Z, jacobian: trace.dyDz, elementwise: trace.binary, kind: "output", product: trace.dz },
  ];
  const own = linkOf(trace, place);
  const from = trace.links.indexOf(own);
  for (const link of trace.links.slice(from + 1).reverse()) {
    const kind = link.activation ?? "dense";
    const elementwise = link.activation !== null;
    found.push({ of: link.yName, by: link.xName, jacobian: link.jacobian, elementwise, kind, product: link.dx });
  }
  const jacobian = own.y.map((_, unit) => [unit === place.output ? inputOf(trace, place) : 0]);
  const product = times(own.dy, jacobian);
  found.push({ of: own.yName, by: null, jacobian, elementwise: false, kind: "weight", product });
  return found;
}

/** A path from the loss to a weight, through one number of every layer. */
export interface Path {
  /** The number that it goes through of `y`, of `z`, and of each layer before, back to that of the weight. */
  readonly nodes: readonly number[];
  /** The derivatives along it, from the loss to the weight. */
  readonly factors: readonly number[];
  /** Their product. */
  readonly contribution: number;
}

export interface Paths {
  /** The largest, first to last; none that contributes nothing. */
  readonly largest: readonly Path[];
  /** All paths there are, and those with no factor of zero. */
  readonly count: number;
  readonly contributing: number;
  /** Sum over all paths from the weight to the loss (forward mode): `∂loss/∂w`. */
  readonly total: number;
  /** What the contributing paths beyond the largest add up to. */
  readonly rest: number;
  /** Sums of the positive and of the negative contributions of all paths. */
  readonly positive: number;
  readonly negative: number;
}

/**
 * Return the paths from the loss of the row to a weight; the twin of `inspection.paths`.
 *
 * There are far too many to go through one by one in a large network. Counts and sums come from the Jacobians, a layer
 * at a time; the largest paths from what is best up to each number, which goes on from the best up to those before.
 */
export function paths(trace: Trace, place: Place, most = 10): Paths {
  const chain = stages(trace, place);
  const jacobians = chain.map((stage) => stage.jacobian);
  const output = place.output;
  const open = chain.map(({ elementwise, kind, jacobian }): Rows =>
    jacobian.map((row, i) =>
      row.map((_, j) => (kind === "weight" ? Number(i === output) : Number(!elementwise || i === j))),
    ),
  );
  const largest = largestPaths(jacobians, most);
  const total =
    [...jacobians].reverse().reduce<Vector>((v, jacobian) => jacobian.map((row) => dot(row, v)), [1])[0] ?? 0;
  const size = jacobians.reduce<Vector>((v, jacobian) => times(v, absolute(jacobian)), [1])[0] ?? 0;
  const contributing = count(jacobians.map(nonzero));
  const shown = sum(largest.map((path) => path.contribution));
  return {
    largest,
    count: count(open),
    contributing,
    total,
    rest: contributing > largest.length ? total - shown : 0,
    positive: Math.max(0, (size + total) / 2),
    negative: Math.min(0, (total - size) / 2),
  };
}

const absolute = (m: Rows): Rows => m.map((row) => row.map(Math.abs));
const nonzero = (m: Rows): Rows => m.map((row) => row.map((value) => Number(value !== 0)));
const count = (ways: readonly Rows[]): number => ways.reduce<Vector>((v, way) => times(v, way), [1])[0] ?? 0;

function largestPaths(jacobians: readonly Rows[], most: number): Path[] {
  let best: Path[][] = [[{ nodes: [], factors: [], contribution: 1 }]];
  for (const jacobian of jacobians) {
    const width = jacobian[0]?.length ?? 0;
    best = Array.from({ length: width }, (_, to) => {
      const ways = best.flatMap((before, from) =>
        before.map(({ nodes, factors, contribution }) => {
          const factor = jacobian[from]![to]!;
          return { nodes: [...nodes, to], factors: [...factors, factor], contribution: contribution * factor };
        }),
      );
      const sorted = ways.sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
      return sorted.slice(0, most).filter((path) => path.contribution !== 0);
    });
  }
  return (best[0] ?? []).map((path) => ({ ...path, nodes: path.nodes.slice(0, -1) }));
}

/** Return the name of the gradient at a weight, such as `∂loss/∂W1[2,3]`. */
export function gradientNamed(trace: Trace, place: Place): string {
  return slopeNamed("loss", weightNamed(trace, place));
}

// Relative step of the nudge: four values leave an error of h⁴, 1e-16 times the fifth derivative, and rounding one of
// eps / h, 2e-12.
export const STEP = 1e-4;

export interface Nudge {
  /** How far the weight is moved, `h`. */
  readonly step: number;
  /** Losses with the weight moved by -2h, -h, h and 2h. */
  readonly losses: readonly number[];
  /** `(8 (loss(w + h) - loss(w - h)) - (loss(w + 2h) - loss(w - 2h))) / 12 h`. */
  readonly slope: number;
}

/** Return the slope of the loss along a weight of this value, from values of the loss alone. */
export function nudge(value: number, lossAt: (weight: number) => number): Nudge {
  const step = STEP * Math.max(1, Math.abs(value));
  const losses = [-2, -1, 1, 2].map((multiple) => lossAt(value + multiple * step));
  const [far = 0, near = 0, ahead = 0, farther = 0] = losses;
  return { step, losses, slope: (8 * (ahead - near) - (farther - far)) / (12 * step) };
}
