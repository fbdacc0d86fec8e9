/**
 * The cost of all rows: what optimizers see, as in `chainrule.engine`.
 *
 *     mean   cost(theta) = Σ_r w_r loss_r / Σ_r w_r + penalty(weights)
 *     sum    the same times Σ_r w_r
 */
import { distributions, isMatrix, Penalty, type Loss, type Targets } from "./losses";
import { matrix, MismatchError, type Matrix } from "./matrix";
import { Workspace, type Network } from "./network";
import type { Generator } from "./random";

export interface Objective {
  value(theta: Float64Array): number;
  /** Write the gradient into `grad` (p,), and return the value. */
  valueAndGradient(theta: Float64Array, grad: Float64Array): number;
  /** Return `theta` with biases set to zero: the part that a penalty applies to. */
  weights(theta: Float64Array): Float64Array;
  /** Return the L1 penalty of each parameter, or null where there is none. */
  l1Weights(): Float64Array | null;
  /** Return the objective without the absolute values of its penalty. */
  smooth(): Objective;
  /** Yield mini-batches, each with its share of the cost. */
  batches(size: number, generator: Generator): IterableIterator<{ share: number; batch: Objective }>;
}

/** Rows `x` (n, i) with their targets `t` (n, k), and a weight for each row or null where all count the same. */
export interface Rows {
  readonly x: Matrix;
  readonly t: Matrix;
  readonly weights: Float64Array | null;
}

export interface CostOptions {
  readonly weights?: ArrayLike<number> | null;
  readonly penalty?: Penalty;
  readonly reduction?: "mean" | "sum";
}

// Rows that go through the network at a time: their numbers stay in the cache from forward to backward.
const BLOCK_ROWS = 256;

/** What a network's parameters cost on rows. Make one with `Cost.of`, which checks what it is given. */
export class Cost implements Objective {
  private smoothed: Cost | null = null;

  private constructor(
    readonly network: Network,
    readonly loss: Loss,
    readonly rows: Rows,
    readonly totalWeight: number,
    readonly penalty: Penalty,
    readonly reduction: "mean" | "sum",
    private readonly workspace: Workspace,
  ) {}

  /** Return the cost of `network` with `loss` on rows `x` (n, i) with targets `t`. */
  static of(network: Network, loss: Loss, x: Matrix, t: Targets, options: CostOptions = {}): Cost {
    const { penalty = new Penalty(), reduction = "mean" } = options, targets = targetRows(loss, network, t);
    if (x.columns !== network.inputs) throw new MismatchError(`x has ${x.columns} columns, but the network takes ${network.inputs} inputs.`);
    if (targets.rows !== x.rows || x.rows === 0) throw new MismatchError(`Targets must have one entry for each of the ${x.rows} rows, found ${targets.rows}.`);
    const weights = options.weights ? Float64Array.from(options.weights) : null;
    const total = weights ? weights.reduce((sum, w) => sum + w, 0) : x.rows;
    return new Cost(network, loss, { x, t: targets, weights }, total, penalty, reduction, new Workspace());
  }

  private get scale(): number {
    return this.reduction === "mean" ? this.totalWeight : 1;
  }

  private get penaltyScale(): number {
    return this.totalWeight / this.scale;
  }

  private get penalized() {
    return this.penalty.l1 || this.penalty.l2 ? this.network.penalized : [];
  }

  value(theta: Float64Array): number {
    let total = 0;
    for (const block of this.blocks()) total += this.sumOf(this.loss.value(this.logits(theta, block), block.t), block.weights);
    return total / this.scale + this.penaltyValue(theta);
  }

  valueAndGradient(theta: Float64Array, grad: Float64Array): number {
    const n = this.rows.x.rows, { network, workspace } = this;
    const part = n > BLOCK_ROWS ? workspace.matrix("block gradient", 1, network.size).data : grad;
    if (part !== grad) grad.fill(0);
    let total = 0;
    for (const block of this.blocks()) {
      const outputs = network.forward(theta, block.x, workspace), z = outputs[outputs.length - 1]!;
      const { value, gradient } = this.loss.valueAndGradient(z, block.t, workspace.matrix("dz", z.rows, z.columns));
      this.scaleRows(gradient, block.weights);
      network.backward(theta, outputs, gradient, part, workspace);
      if (part !== grad) for (let p = 0; p < grad.length; p++) grad[p]! += part[p]!;
      total += this.sumOf(value, block.weights);
    }
    for (const { start, end } of this.penalized) {
      this.penalty.addLeastSubgradient(theta.subarray(start, end), grad.subarray(start, end), this.penaltyScale);
    }
    return total / this.scale + this.penaltyValue(theta);
  }

  private logits(theta: Float64Array, block: Rows): Matrix {
    return this.network.forward(theta, block.x, this.workspace)[this.network.layers.length]!;
  }

  private *blocks(): IterableIterator<Rows> {
    const { x, t, weights } = this.rows;
    for (let start = 0; start < x.rows; start += BLOCK_ROWS) {
      const end = Math.min(start + BLOCK_ROWS, x.rows);
      yield { x: slice(x, start, end), t: slice(t, start, end), weights: weights && weights.subarray(start, end) };
    }
  }

  private sumOf(losses: Float64Array, weights: Float64Array | null): number {
    let sum = 0;
    for (let r = 0; r < losses.length; r++) sum += weights ? weights[r]! * losses[r]! : losses[r]!;
    return sum;
  }

  private scaleRows(dz: Matrix, weights: Float64Array | null): void {
    const each = 1 / this.scale;
    for (let r = 0, p = 0; r < dz.rows; r++) {
      const factor = weights ? weights[r]! / this.scale : each;
      for (let c = 0; c < dz.columns; c++, p++) dz.data[p]! *= factor;
    }
  }

  private penaltyValue(theta: Float64Array): number {
    let total = 0;
    for (const { start, end } of this.penalized) total += this.penaltyScale * this.penalty.value(theta.subarray(start, end));
    return total;
  }

  weights(theta: Float64Array): Float64Array {
    const weights = new Float64Array(theta.length);
    for (const { start, end } of this.network.penalized) weights.set(theta.subarray(start, end), start);
    return weights;
  }

  l1Weights(): Float64Array | null {
    if (!this.penalty.l1) return null;
    const strengths = this.network.zeros();
    for (const { start, end } of this.network.penalized) strengths.fill(this.penaltyScale * this.penalty.l1, start, end);
    return strengths;
  }

  smooth(): Cost {
    if (!this.penalty.l1) return this;
    this.smoothed ??= this.changed(this.rows, this.totalWeight, new Penalty(0, this.penalty.l2));
    return this.smoothed;
  }

  private changed(rows: Rows, totalWeight: number, penalty: Penalty): Cost {
    return new Cost(this.network, this.loss, rows, totalWeight, penalty, this.reduction, this.workspace);
  }

  /** Yield mini-batches: all rows once, in random order. A batch is valid until the next one is asked for. */
  *batches(size: number, generator: Generator): IterableIterator<{ share: number; batch: Cost }> {
    const n = this.rows.x.rows, order = generator.permutation(n);
    for (let start = 0; start < n; start += size) {
      const rows = this.taken(order, start, Math.min(start + size, n)), fraction = rows.x.rows / n;
      yield { share: this.reduction === "mean" ? fraction : 1, batch: this.changed(rows, this.totalWeight * fraction, this.penalty) };
    }
  }

  /** Return the rows at some places of an order. */
  private taken(order: Int32Array, start: number, end: number): Rows {
    const { x, t, weights } = this.rows, m = end - start;
    const [bx, bt] = [this.workspace.matrix("batch x", m, x.columns), this.workspace.matrix("batch t", m, t.columns)];
    const bw = weights ? new Float64Array(m) : null;
    for (let r = 0; r < m; r++) {
      const from = order[start + r]!;
      copyRow(x, from, bx, r);
      copyRow(t, from, bt, r);
      if (bw) bw[r] = weights![from]!;
    }
    return { x: bx, t: bt, weights: bw };
  }
}

function copyRow(from: Matrix, row: number, to: Matrix, at: number): void {
  const k = from.columns;
  for (let c = 0, p = row * k, q = at * k; c < k; c++, p++, q++) to.data[q] = from.data[p]!;
}

function slice(x: Matrix, start: number, end: number): Matrix {
  if (start === 0 && end === x.rows) return x;
  return matrix(end - start, x.columns, x.data.subarray(start * x.columns, end * x.columns));
}

/** Return targets as rows of numbers, as many as one network, or one member of an ensemble, has logits. */
function targetRows(loss: Loss, network: Network, t: Targets): Matrix {
  const members = (loss as { members?: number }).members ?? 1;
  if (loss.exclusive) return distributions(t, network.outputs / members);
  return isMatrix(t) ? t : matrix(t.length, 1, t);
}
