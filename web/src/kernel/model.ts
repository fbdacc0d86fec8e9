/** A trained model in a page or a program: from rows of a table to probabilities, and what they depend on. */
import { integratedGradients, nearestCrossing } from "./attribution";
import { Encoder, RowError, shown, type Cell, type ColumnDescription } from "./encoder";
import { Activation, ACTIVATIONS, type Layer } from "./layers";
import { Dense, MemberDense, SharedDense } from "./linear";
import { MemberScale, MemberSoftmax } from "./members";
import { MemberLoss, SigmoidCrossEntropy, SoftmaxCrossEntropy } from "./losses";
import { matrix, reshaped, type Matrix } from "./matrix";
import { Network } from "./network";

/** A layer as `chainrule export --to json` describes it, with its numbers. */
export type LayerDescription = { readonly type: string } & Readonly<Record<string, unknown>>;

/** A model as `chainrule export --to json` describes it. */
export interface ModelDescription {
  readonly format: number;
  readonly chainrule: string;
  readonly classes: readonly (string | number | boolean)[];
  readonly columns: readonly ColumnDescription[] | null;
  readonly missing_words?: readonly string[];
  readonly inputs: readonly string[];
  readonly dtype: string;
  readonly standardizer: { readonly mean: readonly number[]; readonly scale: readonly number[] };
  readonly layers: readonly LayerDescription[];
  readonly output: "sigmoid" | "softmax";
  readonly members: number;
  /** Of two classes, the probability from which on the second is predicted; null for the likelier. */
  readonly threshold?: number | null;
}

/** A row by names of columns; or, of a model without columns, its inputs in order. */
export type Row = Readonly<Record<string, Cell>> | readonly Cell[];

export interface Prediction {
  /** The most probable class, or of two the one that the threshold says. */
  readonly label: string | number | boolean;
  /** Of each class, in the order of `classes`. */
  readonly probabilities: readonly number[];
}

/** What each column contributes to a probability: the sum is `value - baseline`. */
export interface Contributions {
  readonly columns: readonly { readonly name: string; readonly contribution: number }[];
  readonly value: number;
  readonly baseline: number;
}

// Version of the description that this reads.
const FORMAT = 1;

function layerOf(of: LayerDescription): Layer {
  const number = (name: string): number => of[name] as number, bias = of["bias"] !== false;
  if (of.type === "Dense") return new Dense(number("inputs"), number("outputs"), bias);
  if (of.type === "MemberScale") return new MemberScale(number("members"), number("inputs"));
  if (of.type === "MemberSoftmax") return new MemberSoftmax(number("members"));
  const sizes = [number("members"), number("member_inputs"), number("member_outputs")] as const;
  if (of.type === "SharedDense") return new SharedDense(...sizes, bias);
  if (of.type === "MemberDense") return new MemberDense(...sizes, bias);
  const activation = Object.hasOwn(ACTIVATIONS, of.type) ? ACTIVATIONS[of.type as keyof typeof ACTIVATIONS] : undefined;
  if (!activation) throw new RangeError(`The model has a layer of type "${shown(of.type)}", which this version does not know.`);
  return of.type === "LeakyReLU" ? new ACTIVATIONS.LeakyReLU(number("slope")) : of.type === "ELU" ? new ACTIVATIONS.ELU(number("alpha")) : new activation();
}

/** Return the parameters of all layers as one vector: weights column by column. */
function thetaOf(network: Network, layers: readonly LayerDescription[]): Float64Array {
  const theta = network.zeros(), views = network.views(theta);
  network.layout.forEach((parts, number) => {
    for (const [name, { shape }] of Object.entries(parts)) {
      const given = layers[number]![name] as readonly number[] | readonly (readonly number[])[], view = views[number]![name]!;
      if (shape.length === 1) view.set(given as readonly number[]);
      else (given as readonly (readonly number[])[]).forEach((row, i) => row.forEach((of, c) => (view[c * shape[0]! + i] = of)));
    }
  });
  return theta;
}

export class Model {
  readonly classes: readonly (string | number | boolean)[];
  readonly network: Network;
  readonly theta: Float64Array;
  readonly encoder: Encoder | null;
  /** Names of the inputs. */
  readonly inputs: readonly string[];

  constructor(readonly description: ModelDescription) {
    if (description.format !== FORMAT) throw new RangeError(`The model has format ${description.format}, but this reads format ${FORMAT}.`);
    this.classes = description.classes;
    this.inputs = description.inputs;
    this.network = new Network(description.layers.map(layerOf));
    this.theta = thetaOf(this.network, description.layers);
    this.encoder = description.columns && new Encoder(description.columns, description.missing_words ?? []);
  }

  /** The columns that a row must have, in order. */
  get columns(): readonly string[] {
    return this.encoder ? this.encoder.columns.map((column) => column.name) : this.inputs;
  }

  /** How many inputs each column becomes. */
  get widths(): readonly number[] {
    return this.encoder ? this.encoder.widths : this.inputs.map(() => 1);
  }

  /** Return rows as inputs (n, i), before they are standardised. */
  encode(rows: readonly Row[]): Matrix {
    const inputs = matrix(rows.length, this.inputs.length);
    rows.forEach((row, number) => inputs.data.set(this.inputsOf(row, number), number * inputs.columns));
    return inputs;
  }

  private inputsOf(row: Row, number: number): ArrayLike<number> {
    const named = isNamed(row) ? row : Object.fromEntries(this.columns.map((name, place) => [name, row[place]]));
    if (this.encoder) return this.encoder.encode(named, number);
    return this.inputs.map((name) => {
      const cell = named[name], value = typeof cell === "number" ? cell : cell === null || cell === undefined || cell === "" ? NaN : Number(cell);
      if (!Number.isFinite(value)) throw new RowError(`Column ${shown(name)} must hold finite numbers, found ${shown(String(cell))} in row ${number}.`);
      return value;
    });
  }

  /** Return inputs (n, i) standardised, as the network takes them. */
  standardized(inputs: Matrix): Matrix {
    const { mean, scale } = this.description.standardizer, k = inputs.columns;
    return matrix(inputs.rows, k, inputs.data.map((of, p) => (of - mean[p % k]!) / scale[p % k]!));
  }

  /** Return the logits of rows that are standardised: with several members, those of one after the other. */
  logits(x: Matrix): Matrix {
    return this.network.forward(this.theta, x)[this.network.layers.length]!;
  }

  /** Return the probabilities (n, classes) for logits. */
  probabilities(z: Matrix): Matrix {
    const loss = new MemberLoss(this.description.members, this.description.output === "sigmoid" ? new SigmoidCrossEntropy() : new SoftmaxCrossEntropy());
    const y = loss.probabilities(z);
    if (this.description.output === "softmax") return y;
    // the first class by its own sum, and not as 1 less the second: so both are exact, however small
    const first = loss.probabilities(matrix(z.rows, z.columns, z.data.map((of) => -of))), both = matrix(z.rows, 2);
    for (let r = 0; r < z.rows; r++) [both.data[2 * r], both.data[2 * r + 1]] = [first.data[r]!, y.data[r]!];
    return both;
  }

  /** Return the most probable class of each row, and the probability of every class. */
  predict(rows: readonly Row[]): Prediction[] {
    const y = this.probabilities(this.logits(this.standardized(this.encode(rows)))), k = y.columns;
    return rows.map((_, r) => {
      const probabilities = [...y.data.subarray(r * k, (r + 1) * k)];
      const { threshold = null } = this.description, likeliest = probabilities.indexOf(Math.max(...probabilities));
      return { label: this.classes[threshold === null ? likeliest : probabilities[1]! >= threshold ? 1 : 0]!, probabilities };
    });
  }

  /** Return the gradient of the probability of a class at the logits of one row. */
  slopes(z: Matrix, classNumber: number): Matrix {
    const members = this.description.members, flat = reshaped(z, members), slopes = matrix(1, z.columns);
    const activation = this.description.output === "sigmoid" ? new SigmoidCrossEntropy().activation : new SoftmaxCrossEntropy().activation;
    const y = activation.forward({}, flat), chosen = matrix(flat.rows, flat.columns);
    const place = flat.columns === 1 ? 0 : classNumber, sign = flat.columns === 1 && classNumber === 0 ? -1 : 1;
    for (let m = 0; m < flat.rows; m++) chosen.data[m * flat.columns + place] = sign / members;
    activation.vjp({}, flat, y, chosen, { out: reshaped(slopes, members) });
    return slopes;
  }

  /** Return the forward and backward numbers of one row: outputs of the layers, and the gradient of a probability at each. */
  chain(x: Matrix, classNumber: number): { outputs: Matrix[]; gradients: Matrix[] } {
    const outputs = this.network.forward(this.theta, x), z = outputs[outputs.length - 1]!;
    return { outputs, gradients: this.network.backwardSteps(this.theta, outputs, this.slopes(z, classNumber)) };
  }

  /**
   * Return what each column contributes to the probability of a class: together, its difference from the probability at
   * the baseline, which is given as inputs; without one, numbers are compared with their mean.
   */
  contributions(row: Row, classNumber: number, baseline?: ArrayLike<number> | null): Contributions {
    const one = (data: Float64Array): Matrix => matrix(1, data.length, data), x = this.standardized(this.encode([row]));
    const start = baseline ? this.standardized(one(Float64Array.from(baseline))).data : new Float64Array(x.columns);
    const answer = {
      value: (of: Float64Array): number => this.probabilities(this.logits(one(of))).data[classNumber]!,
      gradient: (of: Float64Array): Float64Array => this.chain(one(of), classNumber).gradients[0]!.data,
      crossing: (from: Float64Array, to: Float64Array): number | null => this.crossing(one(from), one(to)),
    };
    const each = integratedGradients(answer, x.data, start);
    let place = 0;
    const columns = this.columns.map((name, at) => {
      const end = place + this.widths[at]!, contribution = each.subarray(place, end).reduce((sum, of) => sum + of, 0);
      place = end;
      return { name, contribution };
    });
    return { columns, value: answer.value(x.data), baseline: answer.value(start) };
  }

  /** Return where between two rows a rectifier changes side: of the first layer that has one, since what it gets is linear. */
  private crossing(from: Matrix, to: Matrix): number | null {
    const kinked = this.network.layers.map((layer) => layer instanceof Activation && layer.kinked);
    if (!kinked.includes(true)) return null;
    const [start, end] = [from, to].map((x) => this.network.forward(this.theta, x)) as [Matrix[], Matrix[]];
    for (let number = 0; number < kinked.length; number++) {
      const found = kinked[number] ? nearestCrossing(start[number]!.data, end[number]!.data) : null;
      if (found !== null) return found;
    }
    return null;
  }
}

function isNamed(row: Row): row is Readonly<Record<string, Cell>> {
  return !Array.isArray(row);
}
