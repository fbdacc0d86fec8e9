/**
 * A saved state, read back. It is a stranger's, so every part of it is checked before any is used: what is wrong is said
 * in one sentence.
 */

import type { State as OptimizerState } from "../kernel";
import { Refused } from "./csv";
import { drawn, KINDS, LEAST_ROWS, MOST_CLASSES, MOST_ROWS } from "./datasets";
import type { Resume } from "./messages";
import { optimizerOf } from "./model";
import { parameterCount } from "./parameters";
import {
  ACTIVATIONS,
  DATA_SETTINGS,
  FEATURES,
  INITIALIZERS,
  NETWORK,
  OPTIMIZERS,
  SCHEDULES,
  TRAINING,
  type DataSettings,
  type Dataset,
  type NetworkSpec,
  type TrainingSettings,
  type View,
} from "./store";

export const VERSION = 1;
const MOST_SAVED_ROWS = 50_000;
const MOST_COLUMNS = 200;
const MOST_LAYERS = 6;
const MOST_UNITS = 16;
/** Steps that a run may have taken: with more, whole numbers would soon be no longer exact. */
const MOST_STEPS = 1e15;

// Numbers as text, and back

export function packed(numbers: Float64Array | Uint8Array): string {
  const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

function bytesOf(text: unknown, what: string): Uint8Array {
  if (typeof text !== "string") throw new Refused(`The saved state has no ${what}.`);
  try {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch {
    throw new Refused(`The ${what} of the saved state cannot be read.`);
  }
}

function numbersOf(text: unknown, length: number, what: string): Float64Array {
  const bytes = bytesOf(text, what);
  if (bytes.length !== 8 * length) throw new Refused(`The saved state has ${bytes.length / 8} numbers for its ${what}, and needs ${length}.`);
  const numbers = new Float64Array(bytes.buffer);
  if (!numbers.every(Number.isFinite)) throw new Refused(`The ${what} of the saved state are not all finite numbers.`);
  return numbers;
}

// Checks

type Given = Readonly<Record<string, unknown>>;

function object(value: unknown, what: string): Given {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Refused(`The saved state has no ${what}.`);
  return value as Given;
}

function numberIn(given: Given, name: string, low: number, high: number, whole = false): number {
  const value = given[name];
  const fits = typeof value === "number" && value >= low && value <= high && (!whole || Number.isInteger(value));
  if (!fits) throw new Refused(`The saved state needs a ${whole ? "whole " : ""}number from ${low} to ${high} for ${name}.`);
  return value;
}

function oneOf<T extends string>(given: Given, name: string, known: readonly T[]): T {
  const value = given[name];
  if (!known.includes(value as T)) throw new Refused(`The saved state has an unknown ${name}: it is one of ${known.join(", ")}.`);
  return value as T;
}

function texts(value: unknown, what: string, least: number, most: number): string[] {
  const fits = Array.isArray(value) && value.length >= least && value.length <= most && value.every((text) => typeof text === "string");
  if (!fits) throw new Refused(`The saved state needs ${least} to ${most} names of its ${what}.`);
  return (value as string[]).map((text) => text.slice(0, 200));
}

function dataSettings(value: unknown): DataSettings {
  const given = object(value, "data settings");
  const kind = oneOf(given, "kind", Object.keys(KINDS));
  return {
    kind,
    classes: numberIn(given, "classes", 2, KINDS[kind]!.mostClasses, true),
    rows: numberIn(given, "rows", LEAST_ROWS, MOST_ROWS, true),
    noise: numberIn(given, "noise", 0, 1),
    heldOut: numberIn(given, "heldOut", 0, 0.8),
    seed: numberIn(given, "seed", 0, 2 ** 31, true),
  };
}

function networkSpec(value: unknown): NetworkSpec {
  const given = object(value, "network");
  const hidden = given["hidden"];
  if (!Array.isArray(hidden) || hidden.length > MOST_LAYERS) throw new Refused(`The saved network needs 0 to ${MOST_LAYERS} hidden layers.`);
  const features = given["features"];
  if (!Array.isArray(features)) throw new Refused("The saved network has no list of features.");
  return {
    hidden: hidden.map((layer) => {
      const one = object(layer, "hidden layer");
      return { units: numberIn(one, "units", 1, MOST_UNITS, true), activation: oneOf(one, "activation", ACTIVATIONS) };
    }),
    bias: oneOf(given, "bias", ["on", "off", "zeroed"] as const),
    initializer: oneOf(given, "initializer", INITIALIZERS),
    seed: numberIn(given, "seed", 0, 2 ** 31, true),
    features: FEATURES.filter((feature) => features.includes(feature)),
  };
}

function trainingSettings(value: unknown): TrainingSettings {
  const given = object(value, "training settings");
  return {
    optimizer: oneOf(given, "optimizer", OPTIMIZERS),
    rate: numberIn(given, "rate", 1e-9, 1e6),
    schedule: oneOf(given, "schedule", SCHEDULES),
    every: numberIn(given, "every", 1, 1e9, true),
    batch: numberIn(given, "batch", 0, MOST_SAVED_ROWS, true),
    l1: numberIn(given, "l1", 0, 1e6),
    l2: numberIn(given, "l2", 0, 1e6),
    seed: numberIn(given, "seed", 0, 2 ** 31, true),
    stopAt: numberIn(given, "stopAt", 0, 1e9, true),
    speed: numberIn(given, "speed", 0, 1000),
  };
}

/** Return the rows that a state holds. */
function savedRows(value: unknown): Dataset {
  const given = object(value, "rows");
  const rows = numberIn(given, "rows", 1, MOST_SAVED_ROWS, true);
  const columns = texts(given["columns"], "columns", 1, MOST_COLUMNS);
  const classes = texts(given["classes"], "classes", 2, MOST_CLASSES);
  const scale = (name: string): number[] => {
    const values = given[name];
    const fits = Array.isArray(values) && values.length === columns.length && values.every((v) => typeof v === "number" && Number.isFinite(v));
    if (!fits) throw new Refused(`The saved rows need a finite number for each column in ${name}.`);
    return values as number[];
  };
  const labels = bytesOf(given["labels"], "classes of the rows");
  const heldOut = bytesOf(given["heldOut"], "held-out rows");
  if (labels.length !== rows || heldOut.length !== rows || labels.some((c) => c >= classes.length) || heldOut.some((flag) => flag > 1))
    throw new Refused(`The saved rows need a class and a mark of being held out for each of the ${rows} rows.`);
  return {
    kind: typeof given["kind"] === "string" && given["kind"] in KINDS ? given["kind"] : "own",
    title: typeof given["title"] === "string" ? given["title"].slice(0, 200) : "",
    columns,
    means: scale("means"),
    sds: scale("sds").map((sd) => (sd > 0 ? sd : 1)),
    classes,
    rows,
    x: numbersOf(given["x"], rows * columns.length, "inputs"),
    labels,
    heldOut,
  };
}

function savedView(value: unknown, columns: number): View {
  const given = object(value, "view");
  if (given["kind"] === "components" && columns > 1) return { kind: "components" };
  return { kind: "columns", a: numberIn(given, "a", 0, columns - 1, true), b: numberIn(given, "b", 0, columns - 1, true) };
}

/** Return what training goes on with, as a state saves it. */
export function savedResume({ iteration, optimizer, order }: Resume): object {
  const { iteration: steps, mean, square } = optimizer;
  return { iteration, steps, mean: packed(mean), square: packed(square), ...order };
}

/** The bits of the generator, in hexadecimal digits. */
const BITS = /^[0-9a-f]{1,32}$/;

function resumeOf(value: unknown, theta: Float64Array, training: TrainingSettings): Resume {
  const given = object(value, "optimizer's state");
  const { mean, square } = optimizerOf(training).init(theta);
  const optimizer: OptimizerState = {
    iteration: numberIn(given, "steps", 0, MOST_STEPS, true),
    mean: numbersOf(given["mean"], mean.length, "mean gradients"),
    square: numbersOf(given["square"], square.length, "mean squared gradients"),
  };
  if (optimizer.square.some((v) => v < 0)) throw new Refused("The mean squared gradients of the saved state need numbers of at least 0.");
  const bits = given["bits"];
  if (typeof bits !== "string" || !BITS.test(bits)) throw new Refused("The saved state needs up to 32 hexadecimal digits for the order of the rows.");
  const left = given["left"] === null ? null : numberIn(given, "left", 0, 2 ** 32 - 1, true);
  const done = numberIn(given, "done", 0, MOST_SAVED_ROWS, true);
  return { iteration: numberIn(given, "iteration", 0, MOST_STEPS, true), optimizer, order: { bits, left, done } };
}

/** What a saved state says, every part of it sound. */
export interface SavedState {
  data: DataSettings;
  rows: Dataset;
  /** Whether the rows were in the state, and not drawn by its settings. */
  withRows: boolean;
  spec: NetworkSpec;
  training: TrainingSettings;
  view: View;
  pinned: number;
  panel: string | null;
  theta: Float64Array | null;
  epoch: number;
  /** What training goes on with; null where it begins. */
  resume: Resume | null;
}

/** Return what a saved state says; throw Refused where it is not one. */
export function savedStateOf(value: unknown): SavedState {
  const given = object(value, "version");
  if (given["version"] !== VERSION) throw new Refused("The saved state comes from another version of the playground: open it with that version.");
  const data = given["data"] === undefined ? DATA_SETTINGS : dataSettings(given["data"]);
  const withRows = given["rows"] !== undefined;
  const rows = withRows ? savedRows(given["rows"]) : drawn(data);
  const known = given["spec"] === undefined ? NETWORK : networkSpec(given["spec"]);
  const columns = rows.columns.length;
  const spec = { ...known, features: columns === 2 ? known.features : [] };
  const widths = [columns + spec.features.length, ...spec.hidden.map((layer) => layer.units), rows.classes.length];
  const theta = given["theta"] === undefined ? null : numbersOf(given["theta"], parameterCount(widths, spec.bias !== "off"), "weights");
  const training = given["training"] === undefined ? TRAINING : trainingSettings(given["training"]);
  return {
    data,
    rows,
    withRows,
    spec,
    training,
    view: given["view"] === undefined ? { kind: "columns", a: 0, b: Math.min(1, columns - 1) } : savedView(given["view"], columns),
    pinned: given["pinned"] === undefined ? 0 : numberIn(given, "pinned", 0, rows.rows - 1, true),
    panel: typeof given["panel"] === "string" ? given["panel"] : null,
    theta,
    epoch: theta ? numberIn(given, "epoch", 0, 1e9, true) : 0,
    resume: theta && given["resume"] !== undefined ? resumeOf(given["resume"], theta, training) : null,
  };
}
