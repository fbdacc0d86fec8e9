/**
 * Everything that changes the state of the page.
 *
 * The trainer answers one request at a time; while it is at work, requests wait, and of requests of which only the last
 * counts (the plane, an edited weight, settings) only the last is sent. While training runs, it works ahead by a picture.
 */

import { batch, computed, signal } from "@preact/signals";
import { drawn, heldOutRows, KINDS, LEAST_ROWS, MOST_ROWS } from "./datasets";
import { lineToTrainer, type Line } from "./link";
import { COARSE } from "./maps";
import type { Directions, Reply, Request, Resume, RunResult, RunSettings, State, Surface } from "./messages";
import { parameterCount, placeInTheta } from "./parameters";
import { asPictureBegins, forget } from "./pictures";
import * as store from "./store";
import type { DataSettings, Dataset, NetworkSpec, TrainingSettings, WeightPlace } from "./store";
import { Trainer } from "./trainer";
import { planeOf, inputsAt, coordinates, type Plane } from "./view";

/** Milliseconds of each picture in which the trainer trains; the rest is for drawing. */
const TRAINING_TIME = 9;
/** Points along a side of the maps when training rests. */
const FINE = 100;
/** Milliseconds without a change after which the maps are drawn finely. */
const REST = 120;
/** Milliseconds between two changes of the numbers on the page while training runs. */
const BETWEEN_NUMBERS = 200;
/** Products of a weight and a number that the page makes itself at a new start, in a few milliseconds. */
const MOST_AT_ONCE = 4e6;
/** Times that the trainer goes through the rows at a new start: outputs, cost and gradient. */
const PASSES = 4;

/** The rows as they were drawn or read: the map keeps its place while points are edited. */
const asDrawn = signal<Dataset>(store.data.value);
/** The plane of the map: it follows the data set, the view and the pinned row. */
export const plane = computed<Plane>(() => planeOf(asDrawn.value, store.view.value, store.pinned.value));
/** Milliseconds that the trainer took for the last picture. */
export const took = signal(0);
export const table = signal<{ names: string[]; targets: string[]; rows: number } | null>(null);
/** Progress of runs side by side, by what asked for them. */
export const runs = signal<Readonly<Record<number, { done: number; epochs: number; results: readonly RunResult[] | null }>>>({});
export const surface = signal<Surface | null>(null);

let line: Line;
let busy = false;
let waiting: Request[] = [];
let resting: ReturnType<typeof setTimeout> | undefined;
/** The trainer's answers that are to be shown, one in each picture while training runs. */
const arrived: State[] = [];
let toldAt = 0;

/** Requests of which only the last counts. */
const LATEST: ReadonlySet<Request["type"]> = new Set(["plane", "draw", "show", "settings", "rows", "train", "start"]);

export function connect(script: string | null): void {
  line = lineToTrainer(script, heard);
}

function send(request: Request): void {
  if (request.type === "start") waiting = waiting.filter((other) => !("theta" in other) && other.type !== "edit" && other.type !== "train");
  if (LATEST.has(request.type)) waiting = waiting.filter((other) => other.type !== request.type);
  waiting.push(request);
  next();
}

function next(): void {
  // read by tests, and by whoever drives the page from outside
  document.documentElement.dataset["busy"] = busy || waiting.length > 0 || arrived.length > 0 ? "yes" : "no";
  if (busy || waiting.length === 0) return;
  busy = true;
  line.send(waiting.shift()!);
}

function heard(reply: Reply): void {
  if (reply.type === "state") {
    busy = false;
    // of a run that has ended: the page shows what came after it
    if (waiting.some((request) => request.type === "start")) return next();
    forget(answerAtOnce);
    arrived.push(reply);
    // a picture ahead, so that none is missed where one takes long
    if (store.mode.value === "running" && arrived.length === 1 && !reply.stopped) askForTraining();
    next();
    if (store.mode.value !== "running") asPictureBegins(showArrived);
    return;
  }
  // runs report their progress without being asked again
  const answers = reply.type !== "runs" || reply.answers;
  if (reply.type === "runs") runs.value = { ...runs.value, [reply.id]: reply };
  else if (reply.type === "surface") surface.value = reply.surface;
  else if (reply.type === "table") table.value = reply;
  else if (reply.type === "dataset") showRows(reply.dataset, reply.note);
  else store.message.value = reply.message;
  if (answers) busy = false;
  next();
}

/** Show the next answer that has come; all of them when training rests. */
function showArrived(): void {
  const shown = store.mode.value === "running" ? arrived.splice(0, 1) : arrived.splice(0);
  for (const state of shown) showState(state);
  next();
}

function showState(state: State): void {
  const now = performance.now();
  const telling = now - toldAt >= BETWEEN_NUMBERS;
  if (telling) toldAt = now;
  batch(() => {
    store.telling.value = telling;
    store.theta.value = state.theta;
    store.startTheta.value = state.startTheta;
    store.epoch.value = state.epoch;
    store.resume.value = state.resume;
    const history = store.history.value;
    if (state.from < history.length || state.history.length > 0) store.history.value = [...history.slice(0, state.from), ...state.history];
    store.shown.value = state.shown;
    store.frame.value = state.frame;
    store.example.value = state.example;
    store.log.value = state.log;
    took.value = state.took;
    if (state.stopped && store.mode.value === "running") {
      store.mode.value = "stopped";
      store.message.value = state.stopped;
    }
  });
  if (store.mode.value !== "running" && state.frame.side < FINE) refineSoon();
}

function refineSoon(): void {
  clearTimeout(resting);
  resting = setTimeout(() => store.mode.value !== "running" && send({ type: "draw", side: FINE }), REST);
}

function rowsOf(data: Dataset) {
  return { columns: data.columns.length, classes: data.classes.length, x: data.x, labels: data.labels, heldOut: data.heldOut };
}

/** Begin anew: with parameters as given and what training goes on with, or with parameters drawn by the seed. */
export function begin(theta: Float64Array | null = null, epoch = 0, resume: Resume | null = null): void {
  pause();
  batch(() => {
    store.history.value = [];
    store.shown.value = null;
    store.example.value = null;
    store.mode.value = "paused";
    surface.value = null;
  });
  const rows = rowsOf(store.data.value);
  started = { type: "start", rows, spec: store.spec.value, training: store.training.value, theta, plane: plane.value, epoch, resume };
  send(started);
  asPictureBegins(answerAtOnce);
}

let started: Request & { type: "start" };
const here = new Trainer((reply) => reply.type === "state" && showState(reply));

/** Show a new start in the next picture where that takes a moment: the trainer, to be heard and drawn, takes two or three. */
function answerAtOnce(): void {
  const { rows, spec } = started;
  const products = (COARSE ** 2 + PASSES * rows.labels.length) * parameterCount(store.widths.value, spec.bias !== "off");
  if (products <= MOST_AT_ONCE && store.mode.value !== "running") here.handle(started);
}

// Data

/** Show other rows; begin anew with them unless the caller does. */
export function showRows(data: Dataset, note = "", fresh = true): void {
  batch(() => {
    store.data.value = data;
    asDrawn.value = data;
    store.edited.value = false;
    store.view.value = { kind: "columns", a: 0, b: Math.min(1, data.columns.length - 1) };
    store.pinned.value = 0;
    store.selectedRow.value = null;
    store.selectedWeight.value = null;
    store.selectedUnit.value = null;
    store.brush.value = 0;
    store.message.value = note;
    if (data.columns.length !== 2) store.spec.value = { ...store.spec.value, features: [] };
  });
  if (!fresh) return;
  centreProbe();
  begin();
}

export function centreProbe(): void {
  const [left, right, bottom, top] = plane.value.extent;
  store.probe.value = [left + 0.62 * (right - left), bottom + 0.66 * (top - bottom)];
}

export function drawData(change: Partial<DataSettings> = {}): void {
  const before = store.dataSettings.value;
  const kind = KINDS[change.kind ?? before.kind] ?? KINDS["rings"]!;
  const fresh = change.kind !== undefined && change.kind !== before.kind;
  const settings = { ...before, ...(fresh ? { classes: kind.classes, rows: kind.rows, noise: kind.noise } : {}), ...change };
  settings.classes = clamp(Math.round(settings.classes), 2, kind.mostClasses);
  settings.rows = clamp(Math.round(settings.rows), LEAST_ROWS, MOST_ROWS);
  store.dataSettings.value = settings;
  showRows(drawn(settings));
}

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

/** Hold out another share of the rows, of any data. */
export function holdOut(share: number): void {
  const settings = { ...store.dataSettings.value, heldOut: share };
  store.dataSettings.value = settings;
  const data = store.data.value;
  changeRows({ ...data, heldOut: heldOutRows(data.rows, share, settings.seed) });
}

function changeRows(data: Dataset): void {
  batch(() => {
    store.data.value = data;
    if (store.selectedRow.value !== null && store.selectedRow.value >= data.rows) store.selectedRow.value = null;
  });
  send({ type: "rows", rows: rowsOf(data), plane: plane.value });
}

/** Add a row of the brush's class at a point of the map. */
export function addRow(u: number, v: number): void {
  const data = store.data.value;
  const x = new Float64Array(data.x.length + data.columns.length);
  x.set(data.x);
  x.set(inputsAt(plane.value, u, v), data.x.length);
  const labels = Uint8Array.from([...data.labels, Math.min(store.brush.value, data.classes.length - 1)]);
  const heldOut = Uint8Array.from([...data.heldOut, 0]);
  store.edited.value = true;
  changeRows({ ...data, rows: data.rows + 1, x, labels, heldOut });
}

export function deleteRow(row: number): void {
  const data = store.data.value;
  const d = data.columns.length;
  const without = <T,>(values: ArrayLike<T>, width: number): T[] =>
    Array.from(values).filter((_, i) => i < row * width || i >= (row + 1) * width);
  store.edited.value = true;
  store.selectedRow.value = null;
  changeRows({
    ...data,
    rows: data.rows - 1,
    x: Float64Array.from(without(data.x, d)),
    labels: Uint8Array.from(without(data.labels, 1)),
    heldOut: Uint8Array.from(without(data.heldOut, 1)),
  });
}

/** Move a row to a point of the map: only along the plane that is shown. */
export function moveRow(row: number, u: number, v: number): void {
  const data = store.data.value;
  const d = data.columns.length;
  const now = coordinates(plane.value, data.x, d, row);
  const x = Float64Array.from(data.x);
  for (let j = 0; j < d; j += 1)
    x[row * d + j] = x[row * d + j]! + (u - now[0]) * plane.value.across[j]! + (v - now[1]) * plane.value.up[j]!;
  store.edited.value = true;
  changeRows({ ...data, x });
}

export function selectRow(row: number | null): void {
  batch(() => {
    store.selectedRow.value = row;
    if (row !== null) store.probe.value = coordinates(plane.value, store.data.value.x, store.data.value.columns.length, row);
  });
}

export function setView(view: store.View, pinned = store.pinned.value): void {
  batch(() => {
    store.view.value = view;
    store.pinned.value = clamp(pinned, 0, Math.max(0, asDrawn.value.rows - 1));
  });
  centreProbe();
  send({ type: "plane", plane: plane.value });
}

export function readFile(file: File): void {
  if (file.size > 200e6) {
    store.message.value = `The file ${file.name} is ${Math.round(file.size / 1e6)} MB large: the playground reads files of up to 200 MB.`;
    return;
  }
  file.text().then(
    (text) => send({ type: "parse", text }),
    () => (store.message.value = `The file ${file.name} cannot be read: choose a CSV file.`),
  );
}

export function useTable(target: string): void {
  const { heldOut, seed } = store.dataSettings.value;
  send({ type: "encode", target, heldOut, seed });
}

// Network

export function setSpec(change: Partial<NetworkSpec>): void {
  const before = store.spec.value;
  const spec = { ...before, ...change };
  batch(() => {
    store.spec.value = spec;
    store.selectedWeight.value = null;
    store.selectedUnit.value = null;
  });
  const only = Object.keys(change);
  // with the same parameters, zeroing biases changes predictions alone
  if (only.length === 1 && only[0] === "bias" && before.bias !== "off" && spec.bias !== "off") send({ type: "bias", bias: spec.bias });
  else begin();
}

export function editWeight(place: WeightPlace, value: number): void {
  if (!Number.isFinite(value)) return;
  const index = placeInTheta(store.widths.value, store.spec.value.bias !== "off", place);
  if (index >= store.theta.value.length) return;
  const theta = Float64Array.from(store.theta.value);
  theta[index] = value;
  batch(() => {
    store.telling.value = true;
    store.theta.value = theta;
  });
  waiting = waiting.filter((other) => other.type !== "edit" || other.index !== index);
  send({ type: "edit", index, value });
}

export function weightValue(place: WeightPlace): number {
  return store.told.value.theta[placeInTheta(store.widths.value, store.spec.value.bias !== "off", place)] ?? 0;
}

// Training

export function setTraining(change: Partial<TrainingSettings>): void {
  store.training.value = { ...store.training.value, ...change };
  send({ type: "settings", training: store.training.value });
}

/** When the last picture was asked for, and the share of an epoch that slow training still owes. */
let lastTime = 0;
let owed = 0;

export function play(): void {
  if (store.mode.value === "running") return;
  batch(() => {
    store.mode.value = "running";
    store.message.value = "";
  });
  lastTime = performance.now();
  owed = 1;
  asPictureBegins(tick);
}

/** Show a picture of training, and ask for another. */
function tick(): void {
  if (store.mode.value !== "running") return;
  asPictureBegins(tick);
  showArrived();
  if (store.mode.value === "running") askForTraining();
}

function askForTraining(): void {
  if (busy || waiting.length > 0) return;
  const { speed } = store.training.value;
  const now = performance.now();
  owed = Math.min(owed + ((now - lastTime) / 1000) * speed, speed);
  lastTime = now;
  // to the nearest number: with an epoch a picture, none is left out because its picture came a little early
  const epochs = speed === 0 ? 1e6 : Math.round(owed);
  if (epochs <= 0) return;
  owed -= epochs;
  send({ type: "train", milliseconds: TRAINING_TIME, epochs });
}

export function pause(): void {
  if (store.mode.value !== "running") return;
  store.mode.value = "paused";
  send({ type: "draw", side: FINE });
}

export function playOrPause(): void {
  if (store.mode.value === "running") pause();
  else play();
}

export function oneEpoch(): void {
  halt();
  send({ type: "train", milliseconds: Infinity, epochs: 1 });
}

/** Train so many epochs at once. */
export function trainEpochs(epochs: number): void {
  halt();
  send({ type: "train", milliseconds: Infinity, epochs });
}

export function exampleStep(): void {
  halt();
  send({ type: "example" });
}

export function restart(): void {
  halt();
  store.message.value = "";
  store.history.value = [];
  send({ type: "restart" });
}

export function show(place: number): void {
  halt();
  send({ type: "show", place });
}

function halt(): void {
  pause();
  store.mode.value = "paused";
}

// Beside the run

let runNumber = 0;

/** Train other settings from the same rows; return the number under which `runs` has what comes of it. */
export function runTogether(settings: RunSettings[], epochs: number): number {
  halt();
  runNumber += 1;
  send({ type: "runs", id: runNumber, runs: settings, epochs, side: 64 });
  return runNumber;
}

export function measureSurface(directions: Directions): void {
  halt();
  surface.value = null;
  send({ type: "surface", id: 0, directions, side: 33 });
}
