/**
 * The network of the page as a model file, which `chainrule.load` and `chainrule predict` read.
 *
 * The bytes are those that docs/model-file.md describes: the length of the header; the header, JSON, with a table of the
 * tensors, the description of the classifier and a checksum of all; then the tensors. Numbers of the table are standardised
 * in the file as in the page, so that the model takes rows as people write them.
 */

import { Refused } from "./csv";
import { activationOf } from "./model";
import type { Dataset, NetworkSpec } from "./store";

/** Version of the format that this writes. */
const FORMAT = 1;
/** Where a training that goes on draws its numbers from: NumPy's `default_rng(0)`. */
const GENERATOR = {
  algorithm: "PCG64",
  state: ["35399562948360463058890781895381311971", "87136372517582989555478159403783844777"],
  spare: [0, 0],
};

/** Compare two words by their characters, as Python does. */
function byCharacter(one: string, other: string): number {
  const a = Array.from(one, (character) => character.codePointAt(0)!);
  const b = Array.from(other, (character) => character.codePointAt(0)!);
  const place = a.findIndex((code, i) => code !== b[i]);
  return place < 0 ? a.length - b.length : a[place]! - (b[place] ?? -1);
}

/** Return the layers as the description has them; the last one has so many outputs. */
function layersOf(spec: NetworkSpec, inputs: number, outputs: number): object[] {
  const bias = spec.bias !== "off";
  const layers: object[] = [];
  let width = inputs;
  for (const { units, activation } of spec.hidden) {
    const { slope, alpha } = activationOf(activation) as { slope?: number; alpha?: number };
    layers.push({ kind: "dense", inputs: width, outputs: units, bias }, { kind: activation, slope, alpha });
    width = units;
  }
  layers.push({ kind: "dense", inputs: width, outputs, bias });
  return layers;
}

/**
 * Return the parameters (p,) with the outputs of the last layer, which has so many inputs, in this order.
 *
 * Two outputs a and b become one: `softmax(a, b)` of b is the sigmoid of `b - a`.
 */
function withOutputs(theta: Float64Array, order: readonly number[], inputs: number, bias: boolean): Float64Array {
  const k = order.length;
  const start = theta.length - k * (inputs + Number(bias));
  const weights = order.map((c) => theta.subarray(start + c * inputs, start + (c + 1) * inputs));
  const biases = bias ? order.map((c) => theta[start + k * inputs + c]!) : [];
  if (k > 2) return Float64Array.from([...theta.subarray(0, start), ...weights.flatMap((each) => [...each]), ...biases]);
  const apart = Array.from(weights[1]!, (weight, i) => weight - weights[0]![i]!);
  return Float64Array.from([...theta.subarray(0, start), ...apart, ...(bias ? [biases[1]! - biases[0]!] : [])]);
}

/** Return the table of tensors, in the order of their names, as Python's `json.dumps` writes it. */
function tableOf(tensors: readonly (readonly [string, Float64Array])[]): string {
  let end = 0;
  const entries = tensors.map(([name, { length, byteLength }]) => {
    const start = end;
    end += byteLength;
    return `"${name}": {"data_offsets": [${start}, ${end}], "dtype": "F64", "shape": [${length}]}`;
  });
  return entries.join(", ");
}

function littleEndian(tensors: readonly (readonly [string, Float64Array])[]): Uint8Array {
  const numbers = tensors.flatMap(([, values]) => [...values]);
  const view = new DataView(new ArrayBuffer(8 * numbers.length));
  numbers.forEach((value, i) => view.setFloat64(8 * i, value, true));
  return new Uint8Array(view.buffer);
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let place = 0;
  for (const part of parts) {
    all.set(part, place);
    place += part.length;
  }
  return all;
}

/**
 * Return the content of a model file.
 *
 * @param data What the network was trained on: the names of its columns and classes, and how numbers were standardised.
 * @param theta The parameters (p,), biases zeroed where predictions leave them out.
 * @throws Refused where a model file cannot say what the network is.
 */
export async function modelFile(data: Dataset, spec: NetworkSpec, theta: Float64Array, epochs: number): Promise<Uint8Array<ArrayBuffer>> {
  if (data.columns.length === 2 && spec.features.length)
    throw new Refused("A model file takes the columns of the table alone: remove the extra features of the network first.");
  const order = data.classes.map((_, c) => c).sort((a, b) => byCharacter(data.classes[a]!, data.classes[b]!));
  const labels = order.map((c) => data.classes[c]!);
  if (new Set(labels).size < labels.length)
    throw new Refused("Two classes have the same name, which a model file cannot hold: give them different names in the table.");
  if (typeof crypto === "undefined" || !crypto.subtle)
    throw new Refused("This page came over an unencrypted connection, where browsers compute no checksums: open it from the disk.");
  const inputs = data.columns.length;
  const tensors = [
    ["standardizer_.mean", Float64Array.from(data.means)],
    ["standardizer_.scale", Float64Array.from(data.sds)],
    ["theta_", withOutputs(theta, order, spec.hidden.at(-1)?.units ?? inputs, spec.bias !== "off")],
  ] as const;
  const named = data.kind === "own" && new Set(data.columns).size === inputs;
  const description = JSON.stringify({
    format: FORMAT,
    chainrule: "playground",
    about: { data: data.title },
    model: {
      kind: "classifier",
      parameters: {
        hidden: spec.hidden.map(({ units }) => units),
        activation: spec.hidden.map(({ activation }) => activation),
        bias: spec.bias !== "off",
      },
      fitted: {
        classes_: { text: Math.max(...labels.map((label) => [...label].length)), values: labels },
        network_: { layers: layersOf(spec, inputs, labels.length === 2 ? 1 : labels.length) },
        theta_: { tensor: "theta_" },
        standardizer_: { mean: { tensor: "standardizer_.mean" }, scale: { tensor: "standardizer_.scale" } },
        n_iter_: epochs,
        stop_: "trained in the playground",
        _state: null,
        _generator: GENERATOR,
        n_features_in_: inputs,
        ...(named ? { feature_names_in_: data.columns } : {}),
      },
    },
  });
  const bytes = new TextEncoder();
  const table = tableOf(tensors);
  const numbers = littleEndian(tensors);
  const digest = await crypto.subtle.digest("SHA-256", joined([bytes.encode(`${description}{${table}}`), numbers]));
  const sum = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const header = bytes.encode(`{${table}, "__metadata__": ${JSON.stringify({ chainrule: description, sha256: sum })}}`);
  const length = new DataView(new ArrayBuffer(8));
  length.setBigUint64(0, BigInt(header.length), true);
  return joined([new Uint8Array(length.buffer), header, numbers]);
}
