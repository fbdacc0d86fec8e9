/** A network: a chain of layers, and the flat vector `theta` that all its parameters live in, as in `chainrule.network`. */
import { Activation, type Layer, type Parameters } from "./layers";
import { matrix, MismatchError, type Matrix } from "./matrix";

/** Where a parameter lies in `theta`, and its shape. */
export interface Part {
  readonly start: number;
  readonly end: number;
  readonly shape: readonly number[];
}

/** Memory for intermediate results by name, used again each time: a result is valid until its name is asked for again. */
export class Workspace {
  private readonly known = new Map<string, Matrix>();

  matrix(name: string, rows: number, columns: number): Matrix {
    const before = this.known.get(name);
    if (before && before.rows === rows && before.columns === columns) return before;
    const size = rows * columns;
    const buffer = before && before.data.buffer.byteLength >= size * 8 ? before.data.buffer : new ArrayBuffer(size * 8);
    const made = { rows, columns, data: new Float64Array(buffer, 0, size) };
    this.known.set(name, made);
    return made;
  }
}

/** A chain of layers from rows `x` (n, i) to logits `z` (n, k). */
export class Network {
  readonly layers: readonly Layer[];
  /** The number of inputs, then of each layer's outputs. */
  readonly widths: readonly number[];
  /** Where in `theta` each parameter of each layer lies. */
  readonly layout: readonly Readonly<Record<string, Part>>[];
  /** The number of parameters. */
  readonly size: number;
  /** The parts of `theta` that a penalty applies to: all but biases and what a layer says is `unpenalized`. */
  readonly penalized: readonly Part[];

  constructor(layers: readonly Layer[]) {
    const first = layers[0]?.inputs;
    if (first === undefined || first === null) {
      throw new MismatchError("A network starts with a layer that fixes its inputs, such as new Dense(4, 8).");
    }
    const widths = [first], layout: Record<string, Part>[] = [], penalized: Part[] = [];
    let start = 0;
    for (const layer of layers) {
      widths.push(layer.outputSize(widths[widths.length - 1]!));
      const parts: Record<string, Part> = {};
      for (const [name, shape] of Object.entries(layer.parameterShapes())) {
        const end = start + shape.reduce((size, length) => size * length, 1);
        parts[name] = { start, end, shape };
        if (name !== "bias" && !layer.unpenalized?.includes(name)) penalized.push(parts[name]!);
        start = end;
      }
      layout.push(parts);
    }
    [this.layers, this.widths, this.layout, this.penalized, this.size] = [layers, widths, layout, penalized, start];
  }

  get inputs(): number {
    return this.widths[0]!;
  }

  /** The number of logits. */
  get outputs(): number {
    return this.widths[this.widths.length - 1]!;
  }

  zeros(): Float64Array {
    return new Float64Array(this.size);
  }

  /** Return each layer's parameters as views into `theta`; weights (i, o) column by column. */
  views(theta: Float64Array): Parameters[] {
    if (theta.length !== this.size) throw new MismatchError(`theta must have ${this.size} numbers for this network, found ${theta.length}.`);
    return this.layout.map((parts) => {
      const views: Record<string, Float64Array> = {};
      for (const name in parts) views[name] = theta.subarray(parts[name]!.start, parts[name]!.end);
      return views;
    });
  }

  /** Return `[x, output of layer 1, ..., logits]` for the rows `x` (n, i). */
  forward(theta: Float64Array, x: Matrix, workspace?: Workspace): Matrix[] {
    if (x.columns !== this.inputs) throw new MismatchError(`x must have ${this.inputs} columns for this network, found ${x.columns}.`);
    const outputs = [x], params = this.views(theta);
    this.layers.forEach((layer, number) => {
      const out = workspace?.matrix(`y${number}`, x.rows, this.widths[number + 1]!);
      outputs.push(layer.forward(params[number]!, outputs[number]!, out));
    });
    return outputs;
  }

  /** Write the gradient (p,) into `grad`, from `outputs` of `forward` and `dz` (n, k), the loss gradient at the logits. */
  backward(theta: Float64Array, outputs: readonly Matrix[], dz: Matrix, grad: Float64Array, workspace?: Workspace): Float64Array {
    this.back(theta, outputs, dz, grad, false, workspace);
    return grad;
  }

  /** Return the gradient at the rows (n, i). */
  inputGradient(theta: Float64Array, outputs: readonly Matrix[], dz: Matrix): Matrix {
    const steps = this.back(theta, outputs, dz, undefined, true);
    return steps[0]!;
  }

  /** Return the gradient at each of `outputs`: at the rows, at the outputs of layer 1, ..., at the logits. */
  backwardSteps(theta: Float64Array, outputs: readonly Matrix[], dz: Matrix): Matrix[] {
    return this.back(theta, outputs, dz, undefined, true);
  }

  private back(
    theta: Float64Array, outputs: readonly Matrix[], dz: Matrix, grad: Float64Array | undefined, toRows: boolean, workspace?: Workspace,
  ): Matrix[] {
    const params = this.views(theta), grads = grad && this.views(grad), steps: Matrix[] = [dz];
    for (let number = this.layers.length - 1; number >= 0; number--) {
      const x = outputs[number]!, needDx = number > 0 || toRows;
      const out = needDx ? workspace?.matrix(`dx${number}`, x.rows, x.columns) : undefined;
      const dx = this.layers[number]!.vjp(params[number]!, x, outputs[number + 1]!, steps[0]!, { needDx, out, grad: grads?.[number] });
      if (dx) steps.unshift(dx);
    }
    return steps;
  }

  /** Return the change of the logits `dz` (n, k) for a change `dtheta` (p,) of the parameters. */
  jvp(theta: Float64Array, outputs: readonly Matrix[], dtheta: Float64Array): Matrix {
    const params = this.views(theta), dparams = this.views(dtheta);
    let dy = matrix(outputs[0]!.rows, outputs[0]!.columns);
    this.layers.forEach((layer, number) => {
      dy = layer.jvp(params[number]!, outputs[number]!, outputs[number + 1]!, dy, dparams[number]!);
    });
    return dy;
  }
}

/** Return the rule for the weights before a layer. */
export function ruleBefore(layer: Layer | undefined): string {
  return layer instanceof Activation ? layer.initializer : "glorot_uniform";
}
