/**
 * Layers of several networks in one: the members of an ensemble side by side.
 *
 * A row of a member layer holds the numbers of member 0, then those of member 1, and so on.
 */
import { Activation, added, checkRows, checkSizes, Softmax, type Layer, type Parameters, type Shapes, type VjpOptions } from "./layers";
import { MismatchError, reshaped, room, tensor, type Matrix, type Tensor } from "./matrix";

/** Return the matrices (n, k a, k b) of each row that have its blocks (n, k, a, b) on the diagonal. */
export function onTheDiagonal(blocks: Float64Array, n: number, k: number, a: number, b: number): Tensor {
  const result = tensor(n, k * a, k * b);
  for (let p = 0; p < n * k * a * b; p++) {
    const column = p % b, row = Math.floor(p / b) % (k * a), r = Math.floor(p / (b * k * a));
    result.data[(r * k * a + row) * k * b + Math.floor(row / a) * b + column] = blocks[p]!;
  }
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
    return added(this.forward(params, dx), this.forward(dparams, x));
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

  jacobian(_params: Parameters, x: Matrix, y: Matrix): Record<string, Tensor> {
    const { x: blocks } = this.each.jacobian({}, this.flat(x), this.flat(y));
    const width = x.columns / this.members;
    return { x: onTheDiagonal(blocks!.data, x.rows, this.members, width, width) };
  }
}
