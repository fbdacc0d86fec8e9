/**
 * Layers of several networks in one: the members of an ensemble side by side.
 *
 * A row of a member layer holds the numbers of member 0, then those of member 1, and so on.
 */
import {
  Activation, addToRows, checkRows, checkSizes, Dense, identities, Softmax, sumOfRows, times, timesTransposed, weightGradient,
  type Draw, type Layer, type Parameters, type Shapes, type VjpOptions,
} from "./layers";
import { MismatchError, place, reshaped, room, tensor, type Matrix, type Tensor } from "./matrix";

/** Return the matrices (n, k a, k b) of each row that have its blocks (n, k, a, b) on the diagonal. */
export function onTheDiagonal(blocks: Float64Array, n: number, k: number, a: number, b: number): Tensor {
  const result = tensor(n, k * a, k * b);
  for (let p = 0; p < n * k * a * b; p++) {
    const column = p % b, row = Math.floor(p / b) % (k * a), r = Math.floor(p / (b * k * a));
    result.data[(r * k * a + row) * k * b + Math.floor(row / a) * b + column] = blocks[p]!;
  }
  return result;
}

/** Return the same array once for each of `n` rows. */
function repeated(data: Float64Array, n: number): Float64Array {
  const result = new Float64Array(n * data.length);
  for (let r = 0; r < n; r++) result.set(data, r * data.length);
  return result;
}

/** Each member's own scale of every input: `y_m = s_m ⊙ x`. */
export class MemberScale implements Layer {
  readonly name = "MemberScale";
  readonly unpenalized = ["scale"];

  constructor(readonly members: number, readonly inputs: number) {
    checkSizes("MemberScale", { members, inputs });
  }

  get outputs(): number {
    return this.members * this.inputs;
  }

  outputSize(inputs: number): number {
    checkRows(this, inputs);
    return this.outputs;
  }

  parameterShapes(): Shapes {
    return { scale: [this.outputs] };
  }

  initial(choose: () => number): Record<string, Float64Array> {
    return { scale: Float64Array.from({ length: this.outputs }, () => (choose() ? 1 : -1)) };
  }

  forward(params: Parameters, x: Matrix, out?: Matrix): Matrix {
    checkRows(this, x.columns);
    const y = room(x.rows, this.outputs, out), i = this.inputs, s = params["scale"]!;
    for (let r = 0, p = 0; r < x.rows; r++) for (let c = 0; c < this.outputs; c++, p++) y.data[p] = s[c]! * x.data[r * i + (c % i)]!;
    return y;
  }

  vjp(params: Parameters, x: Matrix, _y: Matrix, dy: Matrix, options: VjpOptions = {}): Matrix | null {
    const i = this.inputs, o = this.outputs, s = params["scale"]!, scale = options.grad?.["scale"];
    if (scale) {
      scale.fill(0);
      for (let r = 0, p = 0; r < x.rows; r++) for (let c = 0; c < o; c++, p++) scale[c]! += dy.data[p]! * x.data[r * i + (c % i)]!;
    }
    if (options.needDx === false) return null;
    const dx = room(x.rows, i, options.out);
    dx.data.fill(0);
    for (let r = 0, p = 0; r < x.rows; r++) for (let c = 0; c < o; c++, p++) dx.data[r * i + (c % i)]! += dy.data[p]! * s[c]!;
    return dx;
  }

  jvp(params: Parameters, x: Matrix, _y: Matrix, dx: Matrix, dparams: Parameters): Matrix {
    const dy = this.forward(params, dx), other = this.forward(dparams, x);
    for (let p = 0; p < dy.data.length; p++) dy.data[p]! += other.data[p]!;
    return dy;
  }

  jacobian(params: Parameters, x: Matrix): Record<string, Tensor> {
    const n = x.rows, i = this.inputs, o = this.outputs, ofX = tensor(n, o, i), ofScale = tensor(n, o, o);
    for (let r = 0; r < n; r++) {
      for (let c = 0; c < o; c++) {
        ofX.data[(r * o + c) * i + (c % i)] = params["scale"]![c]!;
        ofScale.data[(r * o + c) * o + c] = x.data[r * i + (c % i)]!;
      }
    }
    return { x: ofX, scale: ofScale };
  }
}

/** Perceptrons that all members share: `y_m = x_m W + b_m`, with one `W` (i, o) and biases (k o,) of each member. */
export class SharedDense implements Layer {
  readonly name = "SharedDense";

  constructor(readonly members: number, readonly memberInputs: number, readonly memberOutputs: number, readonly bias = true) {
    checkSizes("SharedDense", { members, member_inputs: memberInputs, member_outputs: memberOutputs });
  }

  get inputs(): number {
    return this.members * this.memberInputs;
  }

  get outputs(): number {
    return this.members * this.memberOutputs;
  }

  /** The layer that does this to one member's rows: the rows of all are (n k, i). */
  private get each(): Dense {
    return new Dense(this.memberInputs, this.memberOutputs, false);
  }

  outputSize(inputs: number): number {
    checkRows(this, inputs);
    return this.outputs;
  }

  parameterShapes(): Shapes {
    const weights = [this.memberInputs, this.memberOutputs];
    return this.bias ? { weights, bias: [this.outputs] } : { weights };
  }

  private flat(x: Matrix): Matrix {
    return reshaped(x, x.rows * this.members);
  }

  forward(params: Parameters, x: Matrix, out?: Matrix): Matrix {
    checkRows(this, x.columns);
    const y = room(x.rows, this.outputs, out);
    this.each.forward(params, this.flat(x), this.flat(y));
    if (this.bias) addToRows(y, params["bias"]!);
    return y;
  }

  vjp(params: Parameters, x: Matrix, y: Matrix, dy: Matrix, options: VjpOptions = {}): Matrix | null {
    const needDx = options.needDx !== false, dx = needDx ? room(x.rows, this.inputs, options.out) : undefined;
    this.each.vjp(params, this.flat(x), y, this.flat(dy), { needDx, out: dx && this.flat(dx), grad: options.grad });
    if (options.grad && this.bias) sumOfRows(dy, options.grad["bias"]!);
    return dx ?? null;
  }

  jvp(params: Parameters, x: Matrix, y: Matrix, dx: Matrix, dparams: Parameters): Matrix {
    const dy = reshaped(this.each.jvp(params, this.flat(x), y, this.flat(dx), dparams), x.rows);
    if (this.bias) addToRows(dy, dparams["bias"]!);
    return dy;
  }

  jacobian(params: Parameters, x: Matrix): Record<string, Tensor> {
    const n = x.rows, k = this.members, i = this.memberInputs, o = this.memberOutputs;
    const { weights } = this.each.jacobian(params, this.flat(x)); // (n k, o, i, o): the members of a row one below the other
    const ofX = onTheDiagonal(repeated(params["weights"]!, n * k), n, k, o, i);
    const known = { x: ofX, weights: { shape: [n, k * o, i, o], data: weights!.data } };
    return this.bias ? { ...known, bias: identities(n, this.outputs) } : known;
  }
}

/** Perceptrons of each member's own: `y_m = x_m W_m + b_m`, with `W = (W_1, …, W_k)` (i, k o) and `b` (k o,). */
export class MemberDense implements Layer {
  readonly name = "MemberDense";

  constructor(readonly members: number, readonly memberInputs: number, readonly memberOutputs: number, readonly bias = true) {
    checkSizes("MemberDense", { members, member_inputs: memberInputs, member_outputs: memberOutputs });
  }

  get inputs(): number {
    return this.members * this.memberInputs;
  }

  get outputs(): number {
    return this.members * this.memberOutputs;
  }

  outputSize(inputs: number): number {
    checkRows(this, inputs);
    return this.outputs;
  }

  parameterShapes(): Shapes {
    const weights = [this.memberInputs, this.outputs];
    return this.bias ? { weights, bias: [this.outputs] } : { weights };
  }

  initial(_choose: () => number, draw: Draw): Record<string, Float64Array> {
    const weights = new Float64Array(this.memberInputs * this.outputs);
    for (let m = 0; m < this.members; m++) this.of(weights, m).set(draw(this.memberInputs, this.memberOutputs));
    return { weights };
  }

  /** Return the weights of one member, column by column. */
  private of(weights: Float64Array, member: number): Float64Array {
    const size = this.memberInputs * this.memberOutputs;
    return weights.subarray(member * size, (member + 1) * size);
  }

  private product(params: Parameters, x: Matrix, y: Matrix): void {
    const i = this.memberInputs, o = this.memberOutputs;
    for (let m = 0; m < this.members; m++) times(place(x, m * i), this.of(params["weights"]!, m), place(y, m * o), x.rows, i, o);
  }

  forward(params: Parameters, x: Matrix, out?: Matrix): Matrix {
    checkRows(this, x.columns);
    const y = room(x.rows, this.outputs, out);
    this.product(params, x, y);
    if (this.bias) addToRows(y, params["bias"]!);
    return y;
  }

  vjp(params: Parameters, x: Matrix, _y: Matrix, dy: Matrix, options: VjpOptions = {}): Matrix | null {
    const i = this.memberInputs, o = this.memberOutputs, { needDx = true, grad } = options;
    if (grad) {
      for (let m = 0; m < this.members; m++) {
        weightGradient(place(x, m * i), place(dy, m * o), this.of(grad["weights"]!, m), x.rows, i, o);
      }
      if (this.bias) sumOfRows(dy, grad["bias"]!);
    }
    if (!needDx) return null;
    const dx = room(x.rows, this.inputs, options.out);
    for (let m = 0; m < this.members; m++) {
      timesTransposed(place(dy, m * o), this.of(params["weights"]!, m), place(dx, m * i), x.rows, i, o);
    }
    return dx;
  }

  jvp(params: Parameters, x: Matrix, _y: Matrix, dx: Matrix, dparams: Parameters): Matrix {
    const dy = this.forward(dparams, x), moved = room(x.rows, this.outputs);
    this.product(params, dx, moved);
    for (let p = 0; p < dy.data.length; p++) dy.data[p]! += moved.data[p]!;
    return dy;
  }

  jacobian(params: Parameters, x: Matrix): Record<string, Tensor> {
    const n = x.rows, k = this.members, i = this.memberInputs, o = this.memberOutputs, width = this.outputs;
    const ofWeights = tensor(n, width, i, width);
    for (let r = 0; r < n; r++) {
      for (let c = 0; c < width; c++) {
        const start = r * k * i + Math.floor(c / o) * i;
        for (let a = 0; a < i; a++) ofWeights.data[((r * width + c) * i + a) * width + c] = x.data[start + a]!;
      }
    }
    const known = { x: onTheDiagonal(repeated(params["weights"]!, n), n, k, o, i), weights: ofWeights };
    return this.bias ? { ...known, bias: identities(n, width) } : known;
  }
}

/** The softmax of each member's part of a row. */
export class MemberSoftmax extends Activation {
  readonly name = "MemberSoftmax";
  readonly key = "member_softmax";
  private readonly each = new Softmax();

  constructor(readonly members: number) {
    super();
    checkSizes("MemberSoftmax", { members });
  }

  override outputSize(inputs: number): number {
    if (inputs % this.members) {
      throw new MismatchError(`MemberSoftmax takes rows of a multiple of ${this.members} numbers, found rows of ${inputs}.`);
    }
    return inputs;
  }

  private flat(x: Matrix): Matrix {
    return reshaped(x, x.rows * this.members);
  }

  forward(_params: Parameters, x: Matrix, out?: Matrix): Matrix {
    const y = room(x.rows, x.columns, out);
    this.each.forward({}, this.flat(x), this.flat(y));
    return y;
  }

  vjp(_params: Parameters, x: Matrix, y: Matrix, dy: Matrix, options: VjpOptions = {}): Matrix | null {
    if (options.needDx === false) return null;
    const dx = room(x.rows, x.columns, options.out);
    this.each.vjp({}, this.flat(x), this.flat(y), this.flat(dy), { out: this.flat(dx) });
    return dx;
  }

  jvp(params: Parameters, x: Matrix, y: Matrix, dx: Matrix): Matrix {
    return this.vjp(params, x, y, dx)!;
  }

  jacobian(_params: Parameters, x: Matrix, y: Matrix): Record<string, Tensor> {
    const { x: blocks } = this.each.jacobian({}, this.flat(x), this.flat(y));
    const width = x.columns / this.members;
    return { x: onTheDiagonal(blocks!.data, x.rows, this.members, width, width) };
  }
}
