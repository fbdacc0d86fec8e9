/**
 * One training run: rows, a network, an optimizer and where it is.
 *
 * 1. Rows are gone through in the order of NumPy's generator, a mini-batch at a time, as `chainrule.epochs` does.
 * 2. A step that is not finite is not taken: the last finite parameters are kept, and `stopped` says why.
 * 3. An epoch may be left half way, when time is up, and gone on with later.
 */

import { Cost, Generator, matrix, norm, Penalty, type Matrix, type Network, type Optimizer, type State } from "../kernel";
import { short } from "./format";
import type { Resume, Rows } from "./messages";
import { LOSS, networkOf, optimizerOf, probabilitiesOf, startOf, withFeatures } from "./model";
import { inUse } from "./parameters";
import type { NetworkSpec, TrainingSettings } from "./store";

/** Where a run is, from which it can go on as it would have. */
export interface Snapshot {
  theta: Float64Array;
  state: State;
  /** As it was before it drew the order of the rows of this epoch. */
  generator: Generator;
  epoch: number;
  /** Mini-batches of this epoch that have been taken. */
  done: number;
  iteration: number;
}

/** Return what a run goes on with from there, besides the parameters. */
export function resumeOf({ state, generator, done, iteration }: Snapshot): Resume {
  const { state: bits, kept } = { ...generator } as unknown as { state: bigint; kept: number | null };
  return { iteration, optimizer: state, order: { bits: bits.toString(16), left: kept, done } };
}

export interface Measured {
  cost: number;
  heldCost: number | null;
  accuracy: number;
  heldAccuracy: number | null;
  gradients: number[];
  rowProbabilities: Float32Array;
}

function copied(generator: Generator): Generator {
  return Object.assign(Object.create(Generator.prototype) as Generator, generator);
}

/** Return the rows of one kind: held out or not. */
function chosen(x: Matrix, rows: Rows, held: 0 | 1): { x: Matrix; labels: Uint8Array } {
  const places: number[] = [];
  rows.heldOut.forEach((flag, row) => flag === held && places.push(row));
  const taken = matrix(places.length, x.columns);
  places.forEach((row, to) => taken.data.set(x.data.subarray(row * x.columns, (row + 1) * x.columns), to * x.columns));
  return { x: taken, labels: Uint8Array.from(places, (row) => rows.labels[row]!) };
}

export class Run {
  readonly network: Network;
  readonly startTheta: Float64Array;
  theta: Float64Array;
  state: State;
  epoch = 0;
  iteration = 0;
  /** Why it ended by itself; "" while it can go on. */
  stopped = "";
  private cost: Cost | null = null;
  private optimizer: Optimizer;
  private generator: Generator;
  /** The epoch that has been left half way: its mini-batches, how many were taken, the generator before it drew their order. */
  private batches: Iterator<{ share: number; batch: Cost }> | null = null;
  private done = 0;
  private before!: Generator;
  private all!: Matrix;
  private rows!: Rows;

  constructor(
    rows: Rows,
    readonly spec: NetworkSpec,
    private training: TrainingSettings,
    theta: Float64Array | null = null,
  ) {
    const features = rows.columns === 2 ? spec.features.length : 0;
    this.network = networkOf(spec, rows.columns + features, rows.classes);
    this.startTheta = startOf(this.network, spec);
    this.theta = theta && theta.length === this.network.size ? theta : this.startTheta;
    this.optimizer = optimizerOf(training);
    this.state = this.optimizer.init(this.theta);
    this.generator = new Generator(training.seed);
    this.setRows(rows);
  }

  get settings(): TrainingSettings {
    return this.training;
  }

  /** Go on with other rows, from the same parameters. */
  setRows(rows: Rows): void {
    this.rows = rows;
    this.all = withFeatures(rows.x, rows.columns, this.spec.features);
    const { x, labels } = chosen(this.all, rows, 0);
    const penalty = new Penalty(this.training.l1, this.training.l2);
    this.cost = x.rows > 0 ? Cost.of(this.network, LOSS, x, labels, { penalty }) : null;
    this.held = null;
    this.leaveEpoch();
    this.stopped = "";
  }

  /** Change what the next steps are made with; return whether the optimizer's memory goes on. */
  setTraining(training: TrainingSettings): boolean {
    const before = this.training;
    const same = before.optimizer === training.optimizer;
    this.training = training;
    this.optimizer = optimizerOf(training);
    if (!same) this.state = this.optimizer.init(this.theta);
    if (before.seed !== training.seed) this.generator = new Generator(training.seed);
    if (before.l1 !== training.l1 || before.l2 !== training.l2) this.setRows(this.rows);
    if (before.batch !== training.batch || before.seed !== training.seed) this.leaveEpoch();
    this.stopped = "";
    return same;
  }

  /** Whether an epoch has been left half way. */
  get midEpoch(): boolean {
    return this.batches !== null;
  }

  /** Take one step; the epoch is over when there is no batch left. */
  step(): void {
    if (!this.cost) {
      this.stopped = "There are no training rows: add points, or hold out fewer rows.";
      return;
    }
    const { batch } = this.training;
    if (batch === 0) {
      this.take(this.cost);
      if (!this.stopped) this.epoch += 1;
      return;
    }
    const batches = this.batches ?? this.beginEpoch(this.cost);
    const next = batches.next();
    if (!next.done) this.take(next.value.batch);
    this.done += 1;
    if (this.stopped) this.leaveEpoch();
    else if (next.done || this.done * batch >= this.cost.rows.x.rows) {
      this.leaveEpoch();
      this.epoch += 1;
    }
  }

  private beginEpoch(cost: Cost): Iterator<{ share: number; batch: Cost }> {
    this.before = copied(this.generator);
    this.batches = cost.batches(this.training.batch, this.generator);
    return this.batches;
  }

  private leaveEpoch(): void {
    this.batches = null;
    this.done = 0;
  }

  private take(cost: Cost): void {
    const step = this.optimizer.step(cost, this.theta, this.state);
    if (![step.value, norm(step.gradient), norm(step.theta)].every(Number.isFinite)) {
      this.stopped =
        `Training diverged at step ${this.iteration + 1} with rate ${short(step.rate)}: the cost is no longer a finite number. ` +
        `The last finite weights are kept. Go back to the start and try a rate of ${short(step.rate / 10, 1)} or less.`;
      return;
    }
    this.theta = step.theta;
    this.state = step.state;
    this.iteration += 1;
  }

  /** Finish the epoch. */
  finishEpoch(): void {
    const target = this.epoch + 1;
    while (this.epoch < target && !this.stopped) this.step();
  }

  /** Take one step on one row of the training rows, outside the order of epochs. */
  exampleStep(row: number): { gradient: Float64Array; theta: Float64Array; state: State } {
    const penalty = new Penalty(this.training.l1, this.training.l2);
    const cost = Cost.of(this.network, LOSS, this.inputsOfRow(row), [this.labelOf(row)], { penalty });
    return this.optimizer.step(cost, this.theta, this.state);
  }

  snapshot(): Snapshot {
    const { theta, state, epoch, done, iteration } = this;
    return { theta, state, generator: copied(this.midEpoch ? this.before : this.generator), epoch, done, iteration };
  }

  restore(snapshot: Snapshot): void {
    this.theta = snapshot.theta;
    const { mean, square } = this.optimizer.init(this.theta);
    // another optimizer begins with a memory of its own
    const same = mean.length === snapshot.state.mean.length && square.length === snapshot.state.square.length;
    this.state = same ? snapshot.state : this.optimizer.init(this.theta);
    this.generator = copied(snapshot.generator);
    this.epoch = snapshot.epoch;
    this.iteration = snapshot.iteration;
    this.leaveEpoch();
    this.stopped = "";
    const { done } = snapshot, { batch } = this.training;
    if (!this.cost || done === 0 || batch === 0 || done * batch >= this.cost.rows.x.rows) return;
    const batches = this.beginEpoch(this.cost);
    for (; this.done < done; this.done += 1) batches.next();
  }

  /** Go on with what another page saved of the run. */
  resume({ iteration, optimizer, order }: Resume, epoch: number): void {
    const generator = new Generator(this.training.seed);
    Object.assign(generator, { state: BigInt(`0x${order.bits}`), kept: order.left });
    this.restore({ theta: this.theta, state: optimizer, generator, epoch, done: order.done, iteration });
  }

  restart(): void {
    this.theta = this.startTheta;
    this.state = this.optimizer.init(this.theta);
    this.generator = new Generator(this.training.seed);
    this.epoch = 0;
    this.iteration = 0;
    this.leaveEpoch();
    this.stopped = "";
  }

  /** The inputs of the network at some points of its columns. */
  inputs(x: Float64Array): Matrix {
    return withFeatures(x, this.rows.columns, this.spec.features);
  }

  get data(): Rows {
    return this.rows;
  }

  labelOf(row: number): number {
    return this.rows.labels[row]!;
  }

  inputsOfRow(row: number): Matrix {
    const { columns } = this.all;
    return matrix(1, columns, this.all.data.slice(row * columns, (row + 1) * columns));
  }

  /** The cost of the training rows, and of the held-out rows without the penalty. */
  costs(theta: Float64Array): [number, number | null] {
    this.held ??= chosen(this.all, this.rows, 1);
    const { x, labels } = this.held;
    if (x.rows === 0) return [this.value(theta), null];
    const losses = LOSS.value(this.network.forward(theta, x).at(-1)!, labels);
    return [this.value(theta), losses.reduce((sum, loss) => sum + loss, 0) / x.rows];
  }
  private held: { x: Matrix; labels: Uint8Array } | null = null;

  /** Measure all rows: costs, accuracies, the norm of each dense layer's gradient. */
  measure(theta: Float64Array, bias: NetworkSpec["bias"]): Measured {
    const used = inUse(theta, this.widths, bias);
    const z = this.network.forward(used, this.all).at(-1)!;
    const rowProbabilities = probabilitiesOf(z);
    const losses = LOSS.value(z, this.rows.labels);
    const sums = [0, 0];
    const right = [0, 0];
    const counts = [0, 0];
    this.rows.labels.forEach((label, row) => {
      const kind = this.rows.heldOut[row]!;
      counts[kind]! += 1;
      sums[kind]! += losses[row]!;
      if (best(rowProbabilities, row, z.columns) === label) right[kind]! += 1;
    });
    const penalty = this.cost ? this.penaltyOf(used) : 0;
    const gradient = new Float64Array(theta.length);
    this.cost?.valueAndGradient(used, gradient);
    return {
      cost: counts[0] ? sums[0]! / counts[0]! + penalty : Number.NaN,
      heldCost: counts[1] ? sums[1]! / counts[1]! : null,
      accuracy: counts[0] ? right[0]! / counts[0]! : Number.NaN,
      heldAccuracy: counts[1] ? right[1]! / counts[1]! : null,
      gradients: this.layerNorms(gradient),
      rowProbabilities,
    };
  }

  /** The cost of the training rows, penalty included. */
  value(theta: Float64Array): number {
    return this.cost ? this.cost.value(theta) : Number.NaN;
  }

  get widths(): number[] {
    return this.network.widths.filter((_, i) => i === 0 || this.network.layers[i - 1]!.name === "Dense");
  }

  private penaltyOf(theta: Float64Array): number {
    const penalty = new Penalty(this.training.l1, this.training.l2);
    return this.network.penalized.reduce((sum, { start, end }) => sum + penalty.value(theta.subarray(start, end)), 0);
  }

  private layerNorms(gradient: Float64Array): number[] {
    return this.network.layout.flatMap((parts) => {
      const places = Object.values(parts);
      if (places.length === 0) return [];
      return [norm(gradient.subarray(Math.min(...places.map((p) => p.start)), Math.max(...places.map((p) => p.end))))];
    });
  }
}

export function best(probabilities: ArrayLike<number>, row: number, classes: number): number {
  let found = 0;
  for (let c = 1; c < classes; c += 1) if (probabilities[row * classes + c]! > probabilities[row * classes + found]!) found = c;
  return found;
}
