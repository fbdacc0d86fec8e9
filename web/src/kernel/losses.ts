/**
 * Losses of logits `z` (n, k) and targets `t`, row by row, each with its derivatives.
 *
 *     value              loss (n,)
 *     gradient           ∂loss/∂z (n, k), the fused form
 *     factors            ∂loss/∂y (n, k) and ∂y/∂z (n, k, k): their product equals the gradient
 *     curvatureProduct   ∂²loss/∂z² · v (n, k)
 *
 * They are those of `chainrule.losses`, by the same names.
 */
import { logistic, softplus } from "./functions";
import { Activation, Elementwise, Heaviside, Sigmoid, Softmax } from "./layers";
import { MemberSoftmax, onTheDiagonal } from "./members";
import { matrix, MismatchError, reshaped, room, rowMaximum, tensor, type Matrix, type Tensor } from "./matrix";

/** The index of the true class of each row (n,), or class probabilities (n, k). */
export type Targets = ArrayLike<number> | Matrix;

export interface ValueAndGradient {
  readonly value: Float64Array;
  readonly gradient: Matrix;
}

export interface Factors {
  readonly dlossDy: Matrix;
  readonly dyDz: Tensor;
}

export interface Loss {
  readonly name: string;
  /** Turns logits into what the network predicts. */
  readonly activation: Activation;
  /** Whether a row has one class of several; else each output is a question of its own. */
  readonly exclusive: boolean;
  value(z: Matrix, t: Targets): Float64Array;
  gradient(z: Matrix, t: Targets, out?: Matrix): Matrix;
  valueAndGradient(z: Matrix, t: Targets, out?: Matrix): ValueAndGradient;
  curvatureProduct(z: Matrix, t: Targets, v: Matrix): Matrix;
  factors(z: Matrix, t: Targets): Factors;
}

// The smallest positive normal number: what a probability of zero is rounded up to in factors.
const SMALLEST = 2.2250738585072014e-308;

export function isMatrix(t: Targets): t is Matrix {
  return (t as Partial<Matrix>).columns !== undefined;
}

/** Return targets as class probabilities (n, k). */
export function distributions(t: Targets, outputs: number): Matrix {
  if (isMatrix(t)) {
    if (t.columns !== outputs) throw new MismatchError(`Targets must have ${outputs} columns for ${outputs} logits, found ${t.columns}.`);
    return t;
  }
  const rows = matrix(t.length, outputs);
  for (let r = 0; r < t.length; r++) {
    const c = t[r]!;
    if (!(Number.isInteger(c) && c >= 0 && c < outputs)) {
      throw new RangeError(`Target of row ${r} is class ${c}, but there are ${outputs} classes, 0 to ${outputs - 1}.`);
    }
    rows.data[r * outputs + c] = 1;
  }
  return rows;
}

function smoothed(t: Matrix, smoothing: number, classes: number): Matrix {
  if (smoothing === 0) return t;
  return matrix(t.rows, t.columns, t.data.map((p) => p * (1 - smoothing) + smoothing / classes));
}

function checkSmoothing(smoothing: number): void {
  if (!(smoothing >= 0 && smoothing < 1)) throw new RangeError(`label_smoothing must be at least 0 and less than 1, found ${smoothing}.`);
}

/** Return the batch of diagonal matrices whose diagonals are the rows of `values`. */
function diagonal(values: Matrix): Tensor {
  const k = values.columns, result = tensor(values.rows, k, k);
  for (let p = 0; p < values.data.length; p++) result.data[p * k + (p % k)] = values.data[p]!;
  return result;
}

/** Cross-entropy of classes that exclude each other: `loss = -Σ_c t_c log y_c`, `∂loss/∂z = y - t`. */
export class SoftmaxCrossEntropy implements Loss {
  readonly name = "SoftmaxCrossEntropy";
  readonly activation = new Softmax();
  readonly exclusive = true;

  constructor(readonly labelSmoothing = 0) {
    checkSmoothing(labelSmoothing);
  }

  private targets(t: Targets, outputs: number): Matrix {
    return smoothed(distributions(t, outputs), this.labelSmoothing, outputs);
  }

  value(z: Matrix, t: Targets): Float64Array {
    return this.valueAndGradient(z, t).value;
  }

  gradient(z: Matrix, t: Targets, out?: Matrix): Matrix {
    return this.valueAndGradient(z, t, out).gradient;
  }

  valueAndGradient(z: Matrix, t: Targets, out?: Matrix): ValueAndGradient {
    const target = this.targets(t, z.columns), k = z.columns;
    const gradient = room(z.rows, k, out), y = gradient.data, value = new Float64Array(z.rows);
    for (let r = 0; r < z.rows; r++) {
      const largest = rowMaximum(z, r), start = r * k, end = start + k;
      let expected = 0, total = 0;
      for (let p = start; p < end; p++) {
        const below = z.data[p]! - largest;
        expected += target.data[p]! * below;
        total += y[p] = Math.exp(below);
      }
      for (let p = start; p < end; p++) y[p] = y[p]! / total - target.data[p]!;
      value[r] = Math.log(total) - expected;
    }
    return { value, gradient };
  }

  curvatureProduct(z: Matrix, _t: Targets, v: Matrix): Matrix {
    return this.activation.jvp({}, z, this.activation.forward({}, z), v);
  }

  factors(z: Matrix, t: Targets): Factors {
    const target = this.targets(t, z.columns), y = this.activation.forward({}, z);
    const dlossDy = matrix(z.rows, z.columns);
    for (let p = 0; p < y.data.length; p++) {
      y.data[p] = Math.max(y.data[p]!, SMALLEST);
      dlossDy.data[p] = -target.data[p]! / y.data[p]!;
    }
    return { dlossDy, dyDz: this.activation.jacobian({}, z, y)["x"]! };
  }
}

/** Cross-entropy of yes or no: `loss = -t log y - (1 - t) log(1 - y)`, summed over the outputs. */
export class SigmoidCrossEntropy implements Loss {
  readonly name = "SigmoidCrossEntropy";
  readonly activation = new Sigmoid();
  readonly exclusive = false;

  constructor(readonly labelSmoothing = 0) {
    checkSmoothing(labelSmoothing);
  }

  private targets(z: Matrix, t: Targets): Matrix {
    return smoothed(asRows(z, t), this.labelSmoothing, 2);
  }

  value(z: Matrix, t: Targets): Float64Array {
    const target = this.targets(z, t);
    return sumsOfRows(z, (p) => {
      const of = z.data[p]!;
      return (of >= 0 ? of : 0) - target.data[p]! * of + Math.log1p(Math.exp(-Math.abs(of)));
    });
  }

  gradient(z: Matrix, t: Targets, out?: Matrix): Matrix {
    const target = this.targets(z, t), result = room(z.rows, z.columns, out);
    for (let p = 0; p < z.data.length; p++) result.data[p] = logistic(z.data[p]!) - target.data[p]!;
    return result;
  }

  valueAndGradient(z: Matrix, t: Targets, out?: Matrix): ValueAndGradient {
    const value = this.value(z, t); // first: `out` may be where the logits are
    return { value, gradient: this.gradient(z, t, out) };
  }

  curvatureProduct(z: Matrix, _t: Targets, v: Matrix): Matrix {
    return matrix(z.rows, z.columns, v.data.map((of, p) => logistic(z.data[p]!) * logistic(-z.data[p]!) * of));
  }

  factors(z: Matrix, t: Targets): Factors {
    const target = this.targets(z, t), dlossDy = matrix(z.rows, z.columns), slope = matrix(z.rows, z.columns);
    for (let p = 0; p < z.data.length; p++) {
      const y = Math.max(logistic(z.data[p]!), SMALLEST), notY = Math.max(logistic(-z.data[p]!), SMALLEST);
      dlossDy.data[p] = (1 - target.data[p]!) / notY - target.data[p]! / y;
      slope.data[p] = y * notY;
    }
    return { dlossDy, dyDz: diagonal(slope) };
  }
}

/** How far a row is on the wrong side: `loss = max(z, 0) - t z`, `∂loss/∂z = y - t` with `y = 1 if z > 0 else 0`. */
export class PerceptronCriterion implements Loss {
  readonly name = "PerceptronCriterion";
  readonly activation = new Heaviside();
  readonly exclusive = false;

  value(z: Matrix, t: Targets): Float64Array {
    const target = asRows(z, t);
    return sumsOfRows(z, (p) => (z.data[p]! > 0 ? z.data[p]! : 0) - target.data[p]! * z.data[p]!);
  }

  gradient(z: Matrix, t: Targets, out?: Matrix): Matrix {
    const target = asRows(z, t), result = room(z.rows, z.columns, out);
    for (let p = 0; p < z.data.length; p++) result.data[p] = (z.data[p]! > 0 ? 1 : 0) - target.data[p]!;
    return result;
  }

  valueAndGradient(z: Matrix, t: Targets, out?: Matrix): ValueAndGradient {
    const value = this.value(z, t);
    return { value, gradient: this.gradient(z, t, out) };
  }

  curvatureProduct(_z: Matrix, _t: Targets, v: Matrix): Matrix {
    return matrix(v.rows, v.columns);
  }

  factors(z: Matrix, t: Targets): Factors {
    return { dlossDy: this.gradient(z, t), dyDz: diagonal(matrix(z.rows, z.columns, z.data.map(() => 1))) };
  }
}

/** The mean over the members of an ensemble of a loss: `loss = Σ_m loss_m / k`, `∂loss/∂z_m = ∂loss_m/∂z_m / k`. */
export class MemberLoss implements Loss {
  readonly name = "MemberLoss";
  readonly activation: Activation;
  readonly exclusive: boolean;

  constructor(readonly members: number, readonly loss: Loss) {
    if (!Number.isInteger(members) || members < 1) throw new RangeError(`MemberLoss needs a positive whole number of members, found ${members}.`);
    const each = loss.activation;
    if (!(each instanceof Softmax || each instanceof Elementwise)) throw new RangeError(`MemberLoss needs the loss of a member, found ${loss.name}.`);
    this.activation = each instanceof Softmax ? new MemberSoftmax(members) : each;
    this.exclusive = loss.exclusive;
  }

  private flat(z: Matrix): Matrix {
    return reshaped(z, z.rows * this.members);
  }

  /** Return the targets of each member's rows (n k, c). */
  private repeated(z: Matrix, t: Targets): Matrix {
    const width = z.columns / this.members;
    const once = this.loss.exclusive ? distributions(t, width) : asRows({ rows: z.rows, columns: width }, t);
    const result = matrix(z.rows * this.members, width);
    for (let r = 0; r < result.rows; r++) {
      const from = Math.floor(r / this.members) * width;
      for (let c = 0; c < width; c++) result.data[r * width + c] = once.data[from + c]!;
    }
    return result;
  }

  private mean(values: Float64Array, rows: number): Float64Array {
    const result = new Float64Array(rows);
    for (let p = 0; p < values.length; p++) result[Math.floor(p / this.members)]! += values[p]!;
    return result.map((sum) => sum / this.members);
  }

  private share(values: Matrix, rows: number, out?: Matrix): Matrix {
    const result = out ?? reshaped(values, rows);
    for (let p = 0; p < values.data.length; p++) result.data[p] = values.data[p]! / this.members;
    return result;
  }

  value(z: Matrix, t: Targets): Float64Array {
    return this.mean(this.loss.value(this.flat(z), this.repeated(z, t)), z.rows);
  }

  gradient(z: Matrix, t: Targets, out?: Matrix): Matrix {
    return this.share(this.loss.gradient(this.flat(z), this.repeated(z, t)), z.rows, out);
  }

  valueAndGradient(z: Matrix, t: Targets, out?: Matrix): ValueAndGradient {
    const { value, gradient } = this.loss.valueAndGradient(this.flat(z), this.repeated(z, t));
    return { value: this.mean(value, z.rows), gradient: this.share(gradient, z.rows, out) };
  }

  curvatureProduct(z: Matrix, t: Targets, v: Matrix): Matrix {
    return this.share(this.loss.curvatureProduct(this.flat(z), this.repeated(z, t), this.flat(v)), z.rows);
  }

  factors(z: Matrix, t: Targets): Factors {
    const { dlossDy, dyDz } = this.loss.factors(this.flat(z), this.repeated(z, t));
    const width = z.columns / this.members;
    return { dlossDy: this.share(dlossDy, z.rows), dyDz: onTheDiagonal(dyDz.data, z.rows, this.members, width, width) };
  }

  /** Return the mean of the members' probabilities (n, c) for logits `z` (n, k c). */
  probabilities(z: Matrix): Matrix {
    const y = this.loss.activation.forward({}, this.flat(z)), width = z.columns / this.members;
    const result = matrix(z.rows, width);
    for (let p = 0; p < y.data.length; p++) result.data[Math.floor(p / z.columns) * width + (p % width)]! += y.data[p]! / this.members;
    return result;
  }
}

/** Return the logits (n, c) of the mean of the probabilities that members give with logits `z` (n, k c). */
export function jointLogits(z: Matrix, members: number): Matrix {
  if (members === 1) return z;
  const width = z.columns / members, result = matrix(z.rows, width);
  const each = new Float64Array(members), other = new Float64Array(members);
  for (let r = 0; r < z.rows; r++) {
    for (let c = 0; c < width; c++) {
      for (let m = 0; m < members; m++) {
        const start = r * z.columns + m * width, of = z.data[start + c]!;
        each[m] = width === 1 ? -softplus(-of) : of - logSumExp(z.data.subarray(start, start + width));
        other[m] = -softplus(of);
      }
      result.data[r * width + c] = logSumExp(each) - (width === 1 ? logSumExp(other) : Math.log(members));
    }
  }
  return result;
}

function logSumExp(x: Float64Array): number {
  let largest = -Infinity, sum = 0;
  for (const of of x) if (of > largest) largest = of;
  for (const of of x) sum += Math.exp(of - largest);
  return Math.log(sum) + largest;
}

/** Return targets of yes or no as rows of the shape of `z`: with one output a number for each row is one. */
function asRows(z: { rows: number; columns: number }, t: Targets): Matrix {
  const rows = isMatrix(t) ? t : matrix(t.length, 1, t);
  if (rows.rows !== z.rows || rows.columns !== z.columns) {
    throw new MismatchError(`Targets must be of shape (${z.rows}, ${z.columns}), found (${rows.rows}, ${rows.columns}).`);
  }
  return rows;
}

function sumsOfRows(z: Matrix, each: (p: number) => number): Float64Array {
  const sums = new Float64Array(z.rows);
  for (let r = 0, p = 0; r < z.rows; r++) for (let c = 0; c < z.columns; c++, p++) sums[r]! += each(p);
  return sums;
}

/** All losses of one network by the name of their class. */
export const LOSSES = { SoftmaxCrossEntropy, SigmoidCrossEntropy, PerceptronCriterion } as const;

/** What weights cost by themselves: `l2 / 2 · ‖weights‖² + l1 · ‖weights‖₁`. */
export class Penalty {
  readonly name = "Penalty";

  constructor(readonly l1 = 0, readonly l2 = 0) {
    for (const [name, strength] of [["l1", l1], ["l2", l2]] as const) {
      if (!(strength >= 0 && Number.isFinite(strength))) throw new RangeError(`Penalty needs a finite ${name} of at least 0, found ${strength}.`);
    }
  }

  value(weights: Float64Array): number {
    let squares = 0, sizes = 0;
    for (const w of weights) {
      squares += w * w;
      sizes += Math.abs(w);
    }
    return (this.l2 / 2) * squares + this.l1 * sizes;
  }

  /** Return the gradient; at zero, where `|w|` has a kink, that of the l1 part is zero. */
  gradient(weights: Float64Array): Float64Array {
    return weights.map((w) => this.l2 * w + this.l1 * Math.sign(w));
  }

  /** Add `times` this penalty's gradient to `slope`, in place: at a kink, the slope of the sum that is nearest to zero. */
  addLeastSubgradient(weights: Float64Array, slope: Float64Array, times = 1): void {
    const l1 = times * this.l1, l2 = times * this.l2;
    for (let p = 0; p < weights.length; p++) {
      const w = weights[p]!, smooth = slope[p]! + l2 * w;
      if (l1 === 0) slope[p] = smooth;
      else slope[p] = w === 0 ? Math.sign(smooth) * Math.max(Math.abs(smooth) - l1, 0) : smooth + l1 * Math.sign(w);
    }
  }
}
