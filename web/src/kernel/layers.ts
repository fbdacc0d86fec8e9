/**
 * Layers: the links of a network, each a forward function with its derivatives.
 *
 *     forward    y = f(x; parameters)
 *     vjp        dx = dy · ∂y/∂x,  grad = Σ_rows dy · ∂y/∂parameter
 *     jvp        dy = ∂y/∂x · dx + Σ ∂y/∂parameter · dparameter
 *     jacobian   ∂y/∂x (n, o, i), ∂y/∂weights (n, o, i, o), ∂y/∂bias (n, o, o)
 *
 * They are those of `chainrule.layers`, by the same names. Parameters lie in `theta` as there: weights column by column,
 * so that the weights of one unit stand together.
 */
import { logistic, normalDistribution, softplus } from "./functions";
import { MismatchError, room, rowMaximum, tensor, type Matrix, type Tensor } from "./matrix";

/** The parameters of a layer by name, as views into `theta`; weights (i, o) column by column. */
export type Parameters = Readonly<Record<string, Float64Array>>;
export type Shapes = Readonly<Record<string, readonly number[]>>;

/** What `vjp` is to do besides: leave `dx` out, write it somewhere, fill the gradients of the parameters. */
export interface VjpOptions {
  readonly needDx?: boolean;
  readonly out?: Matrix | undefined;
  readonly grad?: Parameters | undefined;
}

/** A draw of weights (inputs, outputs), column by column. */
export type Draw = (inputs: number, outputs: number) => Float64Array;

export interface Layer {
  /** The name of its class, as in Python. */
  readonly name: string;
  /** The number of inputs it insists on, or null where any number will do. */
  readonly inputs: number | null;
  /** Parameters that no penalty applies to, besides those called "bias". */
  readonly unpenalized?: readonly string[];
  outputSize(inputs: number): number;
  parameterShapes(): Shapes;
  forward(params: Parameters, x: Matrix, out?: Matrix): Matrix;
  vjp(params: Parameters, x: Matrix, y: Matrix, dy: Matrix, options?: VjpOptions): Matrix | null;
  jvp(params: Parameters, x: Matrix, y: Matrix, dx: Matrix, dparams: Parameters): Matrix;
  jacobian(params: Parameters, x: Matrix, y: Matrix): Record<string, Tensor>;
  /** Starting values, where they are not the weights that an initialiser draws. */
  initial?(choose: () => number, draw: Draw): Record<string, Float64Array>;
}

/** Throw MismatchError unless rows have as many numbers as a layer takes. */
export function checkRows(layer: Layer, inputs: number): void {
  if (layer.inputs !== null && inputs !== layer.inputs) {
    throw new MismatchError(`${layer.name} takes rows of ${layer.inputs} numbers, found rows of ${inputs}.`);
  }
}

/** Throw RangeError unless each of the named sizes is a positive whole number. */
export function checkSizes(owner: string, sizes: Record<string, number>): void {
  for (const [name, size] of Object.entries(sizes)) {
    if (!Number.isInteger(size) || size < 1) throw new RangeError(`${owner} needs a positive whole number of ${name}, found ${size}.`);
  }
}

/** Add the numbers of another matrix of the same shape to one. */
export function added(to: Matrix, other: Matrix): Matrix {
  for (let p = 0; p < to.data.length; p++) to.data[p]! += other.data[p]!;
  return to;
}

/** Return the identity for each of `n` rows (n, size, size). */
export function identities(n: number, size: number): Tensor {
  const result = tensor(n, size, size);
  for (let r = 0; r < n; r++) for (let c = 0; c < size; c++) result.data[(r * size + c) * size + c] = 1;
  return result;
}

/** A layer without parameters, as many outputs as inputs, whose Jacobians are symmetric. */
export abstract class Activation implements Layer {
  abstract readonly name: string;
  /** What the command line and model files call it. */
  abstract readonly key: string;
  readonly inputs: number | null = null;
  /** The rule for the weights before it. */
  readonly initializer: string = "glorot_uniform";
  /** Whether it has a kink or a jump at 0. */
  readonly kinked: boolean = false;
  /** Whether a gradient passes. */
  readonly learns: boolean = true;
  /** Whether it is flat far from 0 on both sides, so that gradients vanish there. */
  readonly saturates: boolean = false;

  outputSize(inputs: number): number {
    return inputs;
  }

  parameterShapes(): Shapes {
    return {};
  }

  abstract forward(params: Parameters, x: Matrix, out?: Matrix): Matrix;
  abstract vjp(params: Parameters, x: Matrix, y: Matrix, dy: Matrix, options?: VjpOptions): Matrix | null;
  abstract jacobian(params: Parameters, x: Matrix, y: Matrix): Record<string, Tensor>;

  /** The same as `vjp`, since the Jacobian is symmetric. */
  jvp(params: Parameters, x: Matrix, y: Matrix, dx: Matrix): Matrix {
    return this.vjp(params, x, y, dx)!;
  }
}

/** An activation that treats every number on its own: `y = f(x)`, and a Jacobian that is diagonal. */
export abstract class Elementwise extends Activation {
  /** Return `f(x)`. */
  abstract function(x: number): number;
  /** Return `f'(x)`; `y = f(x)` is given because it often makes this cheap. */
  abstract derivative(x: number, y: number): number;

  forward(_params: Parameters, x: Matrix, out?: Matrix): Matrix {
    const y = room(x.rows, x.columns, out);
    for (let p = 0; p < x.data.length; p++) y.data[p] = this.function(x.data[p]!);
    return y;
  }

  vjp(_params: Parameters, x: Matrix, y: Matrix, dy: Matrix, options: VjpOptions = {}): Matrix | null {
    if (options.needDx === false) return null;
    const dx = room(x.rows, x.columns, options.out);
    for (let p = 0; p < x.data.length; p++) dx.data[p] = dy.data[p]! * this.derivative(x.data[p]!, y.data[p]!);
    return dx;
  }

  jacobian(_params: Parameters, x: Matrix, y: Matrix): Record<string, Tensor> {
    const k = x.columns, result = tensor(x.rows, k, k);
    for (let p = 0; p < x.data.length; p++) result.data[p * k + (p % k)] = this.derivative(x.data[p]!, y.data[p]!);
    return { x: result };
  }
}

function checkFinite(owner: string, name: string, value: number): void {
  if (!Number.isFinite(value)) throw new RangeError(`${owner} needs a finite ${name}, found ${value}.`);
}

/** The identity. */
export class Identity extends Elementwise {
  readonly name = "Identity";
  readonly key = "identity";
  function(x: number): number { return x; }
  derivative(): number { return 1; }
}

/** The unit step: `f(x) = 1 if x > 0 else 0`, `f'(x) = 0`. */
export class Heaviside extends Elementwise {
  readonly name = "Heaviside";
  readonly key = "heaviside";
  override readonly kinked = true;
  override readonly learns = false;
  function(x: number): number { return x > 0 ? 1 : 0; }
  derivative(): number { return 0; }
}

/** The logistic function: `f(x) = 1 / (1 + exp(-x))`, `f'(x) = y (1 - y)`. */
export class Sigmoid extends Elementwise {
  readonly name = "Sigmoid";
  readonly key = "logistic";
  override readonly saturates = true;
  function(x: number): number { return logistic(x); }
  derivative(x: number, y: number): number { return y * logistic(-x); }
}

/** The hyperbolic tangent: `f'(x) = 1 - y²`. */
export class Tanh extends Elementwise {
  readonly name = "Tanh";
  readonly key = "tanh";
  override readonly saturates = true;
  function(x: number): number { return Math.tanh(x); }
  derivative(_x: number, y: number): number { return (1 - y) * (1 + y); }
}

/** The rectifier: `f(x) = max(x, 0)`, `f'(x) = 1 if x > 0 else 0`. */
export class ReLU extends Elementwise {
  readonly name = "ReLU";
  readonly key = "relu";
  override readonly initializer = "he_normal";
  override readonly kinked = true;
  function(x: number): number { return x > 0 ? x : x < 0 ? 0 : x; }
  derivative(x: number): number { return x > 0 ? 1 : 0; }
}

/** The leaky rectifier: `f(x) = x if x > 0 else slope x`. */
export class LeakyReLU extends Elementwise {
  readonly name = "LeakyReLU";
  readonly key = "leaky_relu";
  override readonly initializer = "he_normal";
  override readonly kinked = true;
  /** `slope` is that for numbers below zero. */
  constructor(readonly slope = 0.01) {
    super();
    checkFinite("LeakyReLU", "slope", slope);
  }
  function(x: number): number { return x > 0 ? x : x * this.slope; }
  derivative(x: number): number { return x > 0 ? 1 : this.slope; }
}

/** The exponential linear unit: `f(x) = x if x > 0 else alpha (exp(x) - 1)`. */
export class ELU extends Elementwise {
  readonly name = "ELU";
  readonly key = "elu";
  override readonly initializer = "he_normal";
  override readonly kinked = true;
  constructor(readonly alpha = 1) {
    super();
    checkFinite("ELU", "alpha", alpha);
  }
  function(x: number): number { return x > 0 ? x : this.alpha * Math.expm1(x); }
  derivative(x: number): number { return x > 0 ? 1 : this.alpha * Math.exp(x); }
}

// λ and α of SELU: with them inputs of mean 0 and variance 1 keep both (Klambauer et al. 2017, equation 14).
const SELU_SCALE = 1.0507009873554805;
const SELU_ALPHA = 1.6732632423543772;

/** The scaled exponential linear unit: `f(x) = 1.0507 ELU(x; 1.6733)`. */
export class SELU extends Elementwise {
  readonly name = "SELU";
  readonly key = "selu";
  override readonly initializer = "lecun_normal";
  override readonly kinked = true;
  function(x: number): number { return SELU_SCALE * (x > 0 ? x : SELU_ALPHA * Math.expm1(x)); }
  derivative(x: number): number { return SELU_SCALE * (x > 0 ? 1 : SELU_ALPHA * Math.exp(x)); }
}

/** The smooth rectifier: `f(x) = log(1 + exp(x))`, `f'(x) = 1 / (1 + exp(-x))`. */
export class Softplus extends Elementwise {
  readonly name = "Softplus";
  readonly key = "softplus";
  override readonly initializer = "he_normal";
  function(x: number): number { return softplus(x); }
  derivative(x: number): number { return logistic(x); }
}

// Standard deviations beyond which the normal density is 0 in double precision; the square of a larger number might overflow.
const FARTHEST = 50;

/** The Gaussian error linear unit: `f(x) = x Φ(x)`, `f'(x) = Φ(x) + x φ(x)`. */
export class GELU extends Elementwise {
  readonly name = "GELU";
  readonly key = "gelu";
  override readonly initializer = "he_normal";
  function(x: number): number { return x * normalDistribution(x); }
  derivative(x: number): number {
    const far = Math.min(Math.abs(x), FARTHEST);
    return normalDistribution(x) + x * (Math.exp(-0.5 * far * far) / Math.sqrt(2 * Math.PI));
  }
}

/** The sigmoid linear unit, or swish: `f(x) = x σ(x)`, `f'(x) = σ(x) (1 + x σ(-x))`. */
export class SiLU extends Elementwise {
  readonly name = "SiLU";
  readonly key = "silu";
  override readonly initializer = "he_normal";
  function(x: number): number { return x * logistic(x); }
  derivative(x: number): number { return logistic(x) * (1 + x * logistic(-x)); }
}

/** Mish: `f(x) = x tanh(s)` with `s = log(1 + exp(x))`, `f'(x) = tanh(s) + x σ(x) (1 - tanh²(s))`. */
export class Mish extends Elementwise {
  readonly name = "Mish";
  readonly key = "mish";
  override readonly initializer = "he_normal";
  function(x: number): number { return x * Math.tanh(softplus(x)); }
  derivative(x: number): number {
    const gate = Math.tanh(softplus(x));
    return gate + x * logistic(x) * (1 - gate) * (1 + gate);
  }
}

/** The softmax of each row: `y_c = exp(x_c) / Σ_d exp(x_d)`, Jacobian `diag(y) - yᵀ y`. */
export class Softmax extends Activation {
  readonly name = "Softmax";
  readonly key = "softmax";

  forward(_params: Parameters, x: Matrix, out?: Matrix): Matrix {
    const y = room(x.rows, x.columns, out), k = x.columns;
    for (let r = 0; r < x.rows; r++) {
      const largest = rowMaximum(x, r), start = r * k;
      let total = 0;
      for (let p = start; p < start + k; p++) total += y.data[p] = Math.exp(x.data[p]! - largest);
      for (let p = start; p < start + k; p++) y.data[p]! /= total;
    }
    return y;
  }

  vjp(_params: Parameters, x: Matrix, y: Matrix, dy: Matrix, options: VjpOptions = {}): Matrix | null {
    if (options.needDx === false) return null;
    const dx = room(x.rows, x.columns, options.out), k = x.columns;
    for (let start = 0; start < y.data.length; start += k) {
      let mean = 0;
      for (let p = start; p < start + k; p++) mean += dy.data[p]! * y.data[p]!;
      for (let p = start; p < start + k; p++) dx.data[p] = y.data[p]! * (dy.data[p]! - mean);
    }
    return dx;
  }

  jacobian(_params: Parameters, _x: Matrix, y: Matrix): Record<string, Tensor> {
    const k = y.columns, result = tensor(y.rows, k, k);
    for (let r = 0; r < y.rows; r++) {
      for (let c = 0; c < k; c++) {
        for (let d = 0; d < k; d++) {
          const of = y.data[r * k + c]!;
          result.data[(r * k + c) * k + d] = (c === d ? of : 0) - of * y.data[r * k + d]!;
        }
      }
    }
    return { x: result };
  }
}

/** All activations by the name of their class. */
export const ACTIVATIONS = {
  Identity, Heaviside, Sigmoid, Tanh, ReLU, LeakyReLU, ELU, SELU, Softplus, GELU, SiLU, Mish, Softmax,
} as const;
