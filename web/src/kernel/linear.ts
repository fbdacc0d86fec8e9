/**
 * Linear layers: rows times weights, plus a bias. A dense layer is one network's; of an ensemble, members side by side.
 *
 * A row holds the numbers of member 0, then those of member 1, and so on. Member `m` makes `y_m = x_m W_m + b_m`, with
 * weights of its own or those that all share. What the layers have in common is written once, over `parts`: matrices
 * that stand among others, each multiplied by the same columns of weights.
 */
import { added, checkRows, checkSizes, identities, type Draw, type Layer, type Parameters, type Shapes, type VjpOptions } from "./layers";
import { multiply, place, room, tensor, type Matrix, type Operand, type Place, type Tensor } from "./matrix";

/** Rows `x` (n, i) and `y` (n, o), and the number of their weights in order. */
interface Part {
  readonly x: Place;
  readonly y: Place;
  readonly n: number;
  readonly weights: number;
}

abstract class Linear implements Layer {
  abstract readonly name: string;

  /** `i` inputs and `o` outputs of each of `k` members, whose weights are their own or one for all. */
  protected constructor(private readonly k: number, private readonly i: number, private readonly o: number, readonly bias: boolean, private readonly shared: boolean) {}

  get inputs(): number {
    return this.k * this.i;
  }

  get outputs(): number {
    return this.k * this.o;
  }

  /** The columns of the weights (i, columns). */
  private get columns(): number {
    return this.shared ? this.o : this.outputs;
  }

  outputSize(inputs: number): number {
    checkRows(this, inputs);
    return this.outputs;
  }

  parameterShapes(): Shapes {
    const weights = [this.i, this.columns];
    return this.bias ? { weights, bias: [this.outputs] } : { weights };
  }

  initial(_choose: () => number, draw: Draw): Record<string, Float64Array> {
    const weights = new Float64Array(this.i * this.columns), members = this.columns / this.o;
    for (let m = 0; m < members; m++) this.weightsOf(weights, m).set(draw(this.i, this.o));
    return { weights };
  }

  /** Return the weights of a number, column by column. */
  private weightsOf(weights: Float64Array, number: number): Float64Array {
    return weights.subarray(number * this.i * this.o, (number + 1) * this.i * this.o);
  }

  /** Return the transpose of the weights (i, o) of a number, as they lie; turned, the weights themselves. */
  private operand(weights: Float64Array, number: number, turned: boolean): Operand {
    return { place: { data: this.weightsOf(weights, number), start: 0, stride: this.i }, rows: this.o, columns: this.i, turned };
  }

  /** Return what is multiplied by what: with shared weights all members are rows below each other. */
  private parts(x: Matrix, y: Matrix): Part[] {
    const { k, i, o } = this;
    if (this.shared) return [{ x: { data: x.data, start: 0, stride: i }, y: { data: y.data, start: 0, stride: o }, n: x.rows * k, weights: 0 }];
    return Array.from({ length: k }, (_, m) => ({ x: place(x, m * i), y: place(y, m * o), n: x.rows, weights: m }));
  }

  /** Write `x W` into `y`. */
  private times(x: Matrix, weights: Float64Array, y: Matrix): void {
    for (const part of this.parts(x, y)) multiply(rows(part.x, part.n, this.i), this.operand(weights, part.weights, true), part.y);
  }

  /** Write `xᵀ dy` into `grad`, column by column. */
  private weightGradient(x: Matrix, dy: Matrix, grad: Float64Array): void {
    const { i, o } = this;
    for (const { x: from, y: slope, n, weights } of this.parts(x, dy)) {
      multiply({ ...rows(slope, n, o), turned: true }, rows(from, n, i), { data: this.weightsOf(grad, weights), start: 0, stride: i });
    }
  }

  /** Write `dy Wᵀ` into `dx`. */
  private timesTransposed(dy: Matrix, weights: Float64Array, dx: Matrix): void {
    for (const part of this.parts(dx, dy)) multiply(rows(part.y, part.n, this.o), this.operand(weights, part.weights, false), part.x);
  }

  forward(params: Parameters, x: Matrix, out?: Matrix): Matrix {
    checkRows(this, x.columns);
    const y = room(x.rows, this.outputs, out);
    this.times(x, params["weights"]!, y);
    if (this.bias) addToRows(y, params["bias"]!);
    return y;
  }

  vjp(params: Parameters, x: Matrix, _y: Matrix, dy: Matrix, options: VjpOptions = {}): Matrix | null {
    const { needDx = true, out, grad } = options;
    if (grad) {
      this.weightGradient(x, dy, grad["weights"]!);
      if (this.bias) sumOfRows(dy, grad["bias"]!);
    }
    if (!needDx) return null;
    const dx = room(x.rows, this.inputs, out);
    this.timesTransposed(dy, params["weights"]!, dx);
    return dx;
  }

  jvp(params: Parameters, x: Matrix, _y: Matrix, dx: Matrix, dparams: Parameters): Matrix {
    const moved = room(x.rows, this.outputs);
    this.times(dx, params["weights"]!, moved);
    return added(this.forward(dparams, x), moved);
  }

  jacobian(params: Parameters, x: Matrix): Record<string, Tensor> {
    const n = x.rows, { i, inputs, outputs, columns } = this, w = params["weights"]!;
    const ofX = tensor(n, outputs, inputs), ofWeights = tensor(n, outputs, i, columns);
    for (let r = 0, row = 0; r < n; r++) {
      for (let c = 0; c < outputs; c++, row++) {
        const start = Math.floor(c / this.o) * i, column = c % columns; // where the inputs of its member begin; its weights
        for (let a = 0; a < i; a++) {
          ofX.data[row * inputs + start + a] = w[column * i + a]!;
          ofWeights.data[(row * i + a) * columns + column] = x.data[r * inputs + start + a]!;
        }
      }
    }
    return this.bias ? { x: ofX, weights: ofWeights, bias: identities(n, outputs) } : { x: ofX, weights: ofWeights };
  }
}

const rows = (place: Place, n: number, columns: number): Operand => ({ place, rows: n, columns, turned: false });

/** Add `bias` (o,) to each row of `y`. */
function addToRows(y: Matrix, bias: Float64Array): void {
  for (let p = 0; p < y.data.length; ) for (let c = 0; c < y.columns; c++, p++) y.data[p]! += bias[c]!;
}

/** Write the sum of the rows of `dy` into `out`. */
function sumOfRows(dy: Matrix, out: Float64Array): void {
  out.fill(0);
  for (let p = 0; p < dy.data.length; ) for (let c = 0; c < dy.columns; c++, p++) out[c]! += dy.data[p]!;
}

/** Perceptrons side by side: `y = x W + b`, one column of `W` (i, o) and one number of `b` (o,) for each. */
export class Dense extends Linear {
  readonly name = "Dense";

  constructor(inputs: number, outputs: number, bias = true) {
    checkSizes("Dense", { inputs, outputs });
    super(1, inputs, outputs, bias, false);
  }
}

/** Perceptrons that all members share: `y_m = x_m W + b_m`, with one `W` (i, o) and biases (k o,) of each member. */
export class SharedDense extends Linear {
  readonly name = "SharedDense";

  constructor(members: number, memberInputs: number, memberOutputs: number, bias = true) {
    checkSizes("SharedDense", { members, member_inputs: memberInputs, member_outputs: memberOutputs });
    super(members, memberInputs, memberOutputs, bias, true);
  }
}

/** Perceptrons of each member's own: `y_m = x_m W_m + b_m`, with `W = (W_1, …, W_k)` (i, k o) and `b` (k o,). */
export class MemberDense extends Linear {
  readonly name = "MemberDense";

  constructor(members: number, memberInputs: number, memberOutputs: number, bias = true) {
    checkSizes("MemberDense", { members, member_inputs: memberInputs, member_outputs: memberOutputs });
    super(members, memberInputs, memberOutputs, bias, false);
  }
}
