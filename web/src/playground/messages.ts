/** What the page and the trainer say to each other. */

import type { State as OptimizerState } from "../kernel";
import type { ExampleStep, Frame, HistoryPoint, NetworkSpec, TrainingSettings } from "./store";
import type { Plane } from "./view";

/** The rows as the trainer needs them. */
export interface Rows {
  columns: number;
  classes: number;
  x: Float64Array;
  labels: Uint8Array;
  heldOut: Uint8Array;
}

/** A run beside others, all from the same rows, with the same seeds. */
export interface RunSettings {
  label: string;
  spec: NetworkSpec;
  training: TrainingSettings;
}

export interface RunResult {
  label: string;
  /** Cost of the training rows at the start and after each epoch; it ends early where the run diverged. */
  costs: number[];
  heldCosts: number[];
  accuracy: number;
  heldAccuracy: number | null;
  /** The same with all biases set to zero. */
  zeroedAccuracy: number;
  zeroedHeldAccuracy: number | null;
  /** Why it stopped before the last epoch; "" if it did not. */
  stopped: string;
  probabilities: Float32Array;
}

export type Directions = "path" | "random";

/** The cost around the parameters, along two directions. */
export interface Surface {
  side: number;
  /** Costs, (side, side), from low to high along both directions; not finite ones are `Infinity`. */
  costs: Float64Array;
  extent: [number, number, number, number];
  /** Where training was, epoch by epoch, in coordinates of the two directions. */
  path: [number, number][];
  /** Share of the path's variance that the two directions hold. */
  share: number;
}

export type Request =
  | {
      type: "start";
      rows: Rows;
      spec: NetworkSpec;
      training: TrainingSettings;
      theta: Float64Array | null;
      plane: Plane;
      epoch: number;
      resume: Resume | null;
    }
  | { type: "rows"; rows: Rows; plane: Plane }
  | { type: "settings"; training: TrainingSettings }
  | { type: "bias"; bias: NetworkSpec["bias"] }
  | { type: "plane"; plane: Plane }
  | { type: "train"; milliseconds: number; epochs: number }
  | { type: "draw"; side: number }
  | { type: "restart" }
  | { type: "show"; place: number }
  | { type: "edit"; index: number; value: number }
  | { type: "example" }
  | { type: "runs"; id: number; runs: RunSettings[]; epochs: number; side: number }
  | { type: "surface"; id: number; directions: Directions; side: number }
  | { type: "parse"; text: string }
  | { type: "encode"; target: string; heldOut: number; seed: number };

/** What a run goes on with besides its parameters, to take the very steps that it would have taken. */
export interface Resume {
  /** Steps taken. */
  iteration: number;
  optimizer: OptimizerState;
  /**
   * The generator as it was before it drew the order of the rows of this epoch: its 128 bits in hexadecimal digits, and 32
   * bits that were left over; and how many mini-batches of the epoch were taken since.
   */
  order: { bits: string; left: number | null; done: number };
}

/** An event of a training run, from which Python can do the same. */
export type LogEntry =
  | { did: "train"; epochs: number; training: TrainingSettings; sameState: boolean }
  | { did: "edit"; index: number; value: number }
  | { did: "resume"; theta: Float64Array; resume: Resume; training: TrainingSettings };

export interface State {
  type: "state";
  theta: Float64Array;
  startTheta: Float64Array;
  epoch: number;
  resume: Resume;
  /** The history from this place on. */
  from: number;
  history: HistoryPoint[];
  shown: number | null;
  frame: Frame;
  example: ExampleStep | null;
  log: LogEntry[];
  /** Why training ended by itself; "" if it goes on. */
  stopped: string;
  /** Milliseconds that the trainer took. */
  took: number;
}

export type Reply =
  | State
  | { type: "runs"; id: number; answers: boolean; done: number; epochs: number; results: RunResult[] | null }
  | { type: "surface"; id: number; surface: Surface }
  | { type: "table"; names: string[]; targets: string[]; rows: number }
  | { type: "dataset"; dataset: import("./store").Dataset; note: string }
  | { type: "refused"; message: string };
