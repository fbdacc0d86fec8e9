/**
 * The whole state of the playground, as signals.
 *
 * Components read signals; what changes them stands in `actions.ts`. The trainer (a worker) owns the running training
 * and sends a `Frame` for each picture; `theta`, `history` and `frame` are what it sent last. Canvases read these; what is
 * written in words and numbers reads `told`, which follows a few times a second while training runs.
 */

import { computed, effect, signal } from "@preact/signals";
import type { LogEntry, Resume } from "./messages";

/** Rows as the network's first layer takes them before extra features, with what their columns and classes are called. */
export interface Dataset {
  /** Key of a built-in set, or "own" for the user's rows. */
  readonly kind: string;
  readonly title: string;
  /** Names of the columns of `x`. */
  readonly columns: readonly string[];
  /** Of each column: a value as people write it is `mean + sd · x`. */
  readonly means: readonly number[];
  readonly sds: readonly number[];
  readonly classes: readonly string[];
  readonly rows: number;
  /** (rows, columns), row by row. */
  readonly x: Float64Array;
  /** Class of each row. */
  readonly labels: Uint8Array;
  /** 1 for a row that is held out of training. */
  readonly heldOut: Uint8Array;
}

/** What a built-in set is drawn with. */
export interface DataSettings {
  kind: string;
  classes: number;
  rows: number;
  noise: number;
  /** Share of the rows that is held out, 0 to 0.8. */
  heldOut: number;
  seed: number;
}

export interface HiddenLayer {
  units: number;
  activation: Activation;
}

/** Names as the command line has them. */
export const ACTIVATIONS = [
  "tanh",
  "relu",
  "logistic",
  "leaky_relu",
  "elu",
  "selu",
  "softplus",
  "gelu",
  "silu",
  "mish",
  "identity",
] as const;
export type Activation = (typeof ACTIVATIONS)[number];

export const INITIALIZERS = [
  "auto",
  "glorot_uniform",
  "glorot_normal",
  "he_uniform",
  "he_normal",
  "lecun_uniform",
  "lecun_normal",
  "zeros",
] as const;
export type Initializer = (typeof INITIALIZERS)[number];

/** Inputs made of the two columns of a plane. */
export const FEATURES = ["x1²", "x2²", "x1·x2", "sin x1", "sin x2"] as const;
export type Feature = (typeof FEATURES)[number];

export interface NetworkSpec {
  hidden: readonly HiddenLayer[];
  /** "zeroed": trained with biases, which predictions leave out. */
  bias: "on" | "off" | "zeroed";
  initializer: Initializer;
  seed: number;
  features: readonly Feature[];
}

export const OPTIMIZERS = ["gradient_descent", "momentum", "nesterov", "rmsprop", "adam"] as const;
export type OptimizerName = (typeof OPTIMIZERS)[number];
export const SCHEDULES = ["constant", "exponential", "step", "inverse", "cosine"] as const;
export type ScheduleName = (typeof SCHEDULES)[number];

export interface TrainingSettings {
  optimizer: OptimizerName;
  rate: number;
  schedule: ScheduleName;
  /** Iterations that the schedule is stretched over. */
  every: number;
  /** Rows of a mini-batch; 0 for all rows at once. */
  batch: number;
  l1: number;
  l2: number;
  /** Seed of the order of the rows. */
  seed: number;
  /** Epoch to stop at; 0 for none. */
  stopAt: number;
  /** Epochs a second; 0 for as many as there is time for. */
  speed: number;
}

/** A point of the history: what was measured after an epoch. */
export interface HistoryPoint {
  epoch: number;
  iteration: number;
  /** Cost of the training rows, penalty included; and of the held-out rows, or null without any. */
  cost: number;
  heldCost: number | null;
  accuracy: number;
  heldAccuracy: number | null;
  /** Norm of the gradient of each dense layer. */
  gradients: readonly number[];
}

/** A weight: dense layer (0 is the first), unit it comes from (-1 for the bias), unit it goes to. */
export interface WeightPlace {
  layer: number;
  input: number;
  output: number;
}

/** Which plane through the inputs the map shows: two columns, or the first two principal components. */
export type View = { readonly kind: "columns"; readonly a: number; readonly b: number } | { readonly kind: "components" };

/** What a click on the map does. */
export type Tool = "look" | "add" | "move" | "delete";

/** One example, step by step: numbers of its row forward, then backward, then the update. */
export interface ExampleStep {
  phase: "forward" | "backward" | "update";
  row: number;
  /** Outputs of each layer of the network for the row; the first is the input. */
  outputs: readonly Float64Array[];
  probabilities: Float64Array;
  loss: number;
  /** Gradient (p,) of the row's loss; null before the backward pass. */
  gradient: Float64Array | null;
  /** theta after the update; null before it. */
  after: Float64Array | null;
}

/** What the trainer sends for a picture. */
export interface Frame {
  /** Points along each side of the grid. */
  side: number;
  /** Number of units whose maps follow, hidden layers one after the other, first the inputs. */
  maps: readonly Float32Array[];
  /** Probabilities of each class on the grid, (side · side, classes). */
  probabilities: Float32Array;
  /** Probabilities of the rows of the data, (rows, classes). */
  rowProbabilities: Float32Array;
}

export const DATA_SETTINGS: DataSettings = { kind: "rings", classes: 3, rows: 300, noise: 0.2, heldOut: 0.3, seed: 0 };
export const NETWORK: NetworkSpec = {
  hidden: [
    { units: 8, activation: "tanh" },
    { units: 8, activation: "tanh" },
  ],
  bias: "on",
  initializer: "auto",
  seed: 0,
  features: [],
};
export const TRAINING: TrainingSettings = {
  optimizer: "adam",
  rate: 0.01,
  schedule: "constant",
  every: 500,
  batch: 16,
  l1: 0,
  l2: 0,
  seed: 0,
  stopAt: 0,
  speed: 30,
};

const NO_ROWS: Dataset = {
  kind: "none",
  title: "",
  columns: ["x1", "x2"],
  means: [0, 0],
  sds: [1, 1],
  classes: ["a", "b"],
  rows: 0,
  x: new Float64Array(0),
  labels: new Uint8Array(0),
  heldOut: new Uint8Array(0),
};

export const dataSettings = signal<DataSettings>(DATA_SETTINGS);
export const data = signal<Dataset>(NO_ROWS);
/** Whether points were added, moved or deleted by hand since the set was drawn. */
export const edited = signal(false);
export const spec = signal<NetworkSpec>(NETWORK);
export const training = signal<TrainingSettings>(TRAINING);

/** The parameters now, all in one flat vector, and those that training started from. */
export const theta = signal<Float64Array>(new Float64Array(0));
export const startTheta = signal<Float64Array>(new Float64Array(0));
export const epoch = signal(0);
/** What training goes on with besides `theta`. */
export const resume = signal<Resume | null>(null);
/** Events of the run, from which Python can do the same. */
export const log = signal<readonly LogEntry[]>([]);
export const history = signal<readonly HistoryPoint[]>([]);
/** Place in `history` that is shown; null for the last. */
export const shown = signal<number | null>(null);
export const frame = signal<Frame | null>(null);

/** "running" trains; "paused" waits; "stopped" ended by itself, and `message` says why. */
export const mode = signal<"paused" | "running" | "stopped">("paused");
/** One sentence for the user: why training stopped, or what was wrong with what was given. */
export const message = signal("");

/** What the page says in words and numbers: nobody reads them faster, and changing them costs a layout of the page. */
export interface Told {
  theta: Float64Array;
  epoch: number;
  resume: Resume | null;
  log: readonly LogEntry[];
  history: readonly HistoryPoint[];
  frame: Frame | null;
}
export const told = signal<Told>({ theta: theta.peek(), epoch: 0, resume: null, log: [], history: [], frame: null });
/** Whether `told` follows while training runs: `actions.ts` lets it, a few times a second. */
export const telling = signal(false);
effect(() => {
  if (mode.value === "running" && !telling.value) return;
  told.value = {
    theta: theta.value,
    epoch: epoch.value,
    resume: resume.value,
    log: log.value,
    history: history.value,
    frame: frame.value,
  };
});

export const view = signal<View>({ kind: "columns", a: 0, b: 1 });
/** Row that the rest of the columns is pinned to, where the data has more than two. */
export const pinned = signal(0);
export const tool = signal<Tool>("look");
/** Class that added points get. */
export const brush = signal(0);
/** The point whose way through the network is shown, in coordinates of the view; and the row that it is, if it is one. */
export const probe = signal<readonly [number, number]>([0.5, 0.5]);
export const selectedRow = signal<number | null>(null);
export const selectedWeight = signal<WeightPlace | null>(null);
/** A unit of which the map is shown large: (layer 0 is the inputs, unit); null for the decision regions. */
export const selectedUnit = signal<{ layer: number; unit: number } | null>(null);
export const example = signal<ExampleStep | null>(null);
/** The panel below the map that is open: an id of `panels.ts`. */
export const openPanel = signal("scores");

/** Whether the lesson's features of the plane can be had: with two columns. */
export const plane = computed(() => data.value.columns.length === 2);
/** Units of each layer of the diagram: inputs, hidden layers, classes. */
export const widths = computed(() => [
  data.value.columns.length + (plane.value ? spec.value.features.length : 0),
  ...spec.value.hidden.map((layer) => layer.units),
  data.value.classes.length,
]);
