/**
 * The trainer: answers the requests of the page, in a worker or, where there can be none, beside it.
 *
 * Every answer about the run is a whole `State`: parameters, history, maps. Nothing is sent that was not asked for, so
 * nothing piles up.
 */

import { Workspace } from "../kernel";
import { encoded, parseCsv, Refused, targets, type Table } from "./csv";
import { MOST_SHOWN } from "./draw_network";
import { COARSE, frameOf, GridInputs } from "./maps";
import type { LogEntry, Reply, Request, RunResult, State } from "./messages";
import { inUse } from "./parameters";
import { resumeOf, Run, type Measured, type Snapshot } from "./run";
import { runTogether } from "./runs";
import type { ExampleStep, Frame, HistoryPoint, NetworkSpec } from "./store";
import { surfaceOf } from "./surface";
import { LOSS } from "./model";
import type { Plane } from "./view";

/** Points of the history at most: with more, every other one is left out. */
const MOST_POINTS = 600;
/** Numbers kept in the history at most, 24 MB of them. */
const MOST_NUMBERS = 3_000_000;
/** Measuring all rows may take this share of the time. */
const MEASURING = 0.35;

interface Entry {
  point: HistoryPoint;
  snapshot: Snapshot;
  log: LogEntry[];
}

/** Return where a run is, as an event that Python can go on from. */
function resumed(run: Run): LogEntry {
  return { did: "resume", theta: run.theta, resume: resumeOf(run.snapshot()), training: run.settings };
}

export class Trainer {
  private run: Run | null = null;
  private bias: NetworkSpec["bias"] = "on";
  private plane!: Plane;
  private grid = new GridInputs();
  private readonly workspace = new Workspace();
  private entries: Entry[] = [];
  private sent = 0;
  private shown: number | null = null;
  private measured: Measured | null = null;
  private measuredIn = 0;
  private measuredAt = 0;
  private example: ExampleStep | null = null;
  private nextExample = 0;
  private log: LogEntry[] = [];
  private side = COARSE;
  private table: Table | null = null;
  private heldOut: Uint8Array = new Uint8Array(0);
  private job = 0;

  constructor(private readonly post: (reply: Reply) => void) {}

  handle(request: Request): void {
    try {
      this.answer(request);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.post({ type: "refused", message: error instanceof Refused ? reason : `That did not work: ${reason}` });
    }
  }

  private answer(request: Request): void {
    const began = performance.now();
    if (request.type === "parse") {
      this.table = parseCsv(request.text);
      const { names, rows } = this.table;
      this.post({ type: "table", names, targets: targets(this.table), rows });
      return;
    }
    if (request.type === "encode") {
      if (!this.table) throw new Refused("There is no file: drop a CSV file on the page first.");
      const [dataset, note] = encoded(this.table, request.target, request.heldOut, request.seed);
      this.post({ type: "dataset", dataset, note });
      return;
    }
    this.side = request.type === "draw" ? request.side : COARSE;
    if (request.type === "start") this.start(request);
    else if (this.run) this.change(this.run, request);
    else return;
    if (request.type !== "runs" && request.type !== "surface") this.post(this.stateNow(began));
  }

  private start(request: Request & { type: "start" }): void {
    this.job += 1;
    this.run = new Run(request.rows, request.spec, request.training, request.theta);
    this.run.epoch = request.theta ? request.epoch : 0;
    if (request.resume) this.run.resume(request.resume, this.run.epoch);
    // Python goes on from whole epochs
    if (this.run.midEpoch) this.run.finishEpoch();
    this.bias = request.spec.bias;
    this.plane = request.plane;
    this.heldOut = request.rows.heldOut;
    this.log = request.theta ? [resumed(this.run)] : [];
    this.begin(this.run);
  }

  /** Begin the history anew with where the run is. */
  private begin(run: Run): void {
    this.grid.forget();
    this.example = null;
    this.nextExample = 0;
    this.shown = null;
    this.entries = [];
    this.sent = 0;
    this.measured = null;
    this.remember(run);
  }

  private change(run: Run, request: Exclude<Request, { type: "start" | "parse" | "encode" }>): void {
    switch (request.type) {
      case "rows":
        run.setRows(request.rows);
        this.heldOut = request.rows.heldOut;
        this.plane = request.plane;
        this.grid.forget();
        this.measured = null;
        if (this.log.length > 0 || run.iteration > 0) this.log = [resumed(run)];
        break;
      case "settings":
        this.finishEpoch(run);
        run.setTraining(request.training);
        this.measured = null;
        break;
      case "bias":
        this.bias = request.bias;
        this.measured = null;
        break;
      case "plane":
        this.plane = request.plane;
        this.grid.forget();
        break;
      case "train":
        this.train(run, request.milliseconds, request.epochs);
        break;
      case "draw":
        this.finishEpoch(run);
        break;
      case "restart":
        run.restart();
        this.log = [];
        this.begin(run);
        break;
      case "show":
        this.show(request.place);
        break;
      case "edit":
        this.edit(run, request.index, request.value);
        break;
      case "example":
        this.exampleStep(run);
        break;
      case "runs":
        this.startRuns(run, request);
        break;
      case "surface":
        this.post({ type: "surface", id: request.id, surface: surfaceOf(run, this.entries.map((e) => e.snapshot.theta), request) });
        break;
    }
  }

  /** Finish an epoch that was left half way: what follows begins with whole ones. */
  private finishEpoch(run: Run): void {
    if (!run.midEpoch) return;
    run.finishEpoch();
    this.noteEpochs(run, 1);
    this.remember(run);
  }

  private train(run: Run, milliseconds: number, epochs: number): void {
    this.goOnFromShown(run);
    this.example = null;
    const end = performance.now() + milliseconds;
    const first = run.epoch;
    const { stopAt } = run.settings;
    const last = stopAt > 0 && stopAt > first ? Math.min(first + epochs, stopAt) : first + epochs;
    while (run.epoch < last && !run.stopped && performance.now() < end) run.step();
    this.noteEpochs(run, run.epoch - first);
    if (run.stopped) this.note(resumed(run));
    const quiet = milliseconds === Infinity || performance.now() - this.measuredAt > this.measuredIn / MEASURING;
    const reached = stopAt > 0 && run.epoch === stopAt && run.epoch > first;
    if ((run.epoch > first && quiet) || run.stopped || reached) this.remember(run);
    if (reached && !run.stopped) run.stopped = `Stopped at epoch ${stopAt}, as set.`;
  }

  /** Drop what came after the place of the history that is shown, and go on from there. */
  private goOnFromShown(run: Run): void {
    if (this.shown === null || this.shown >= this.entries.length - 1) {
      this.shown = null;
      return;
    }
    const entry = this.entries[this.shown]!;
    this.entries.length = this.shown + 1;
    this.sent = Math.min(this.sent, this.entries.length);
    this.log = entry.log.map((event) => ({ ...event }));
    run.restore(entry.snapshot);
    this.shown = null;
  }

  private show(place: number): void {
    this.example = null;
    this.shown = place >= 0 && place < this.entries.length - 1 ? place : null;
    this.measured = null;
  }

  private edit(run: Run, index: number, value: number): void {
    this.goOnFromShown(run);
    this.finishEpoch(run);
    if (!(Number.isInteger(index) && index >= 0 && index < run.theta.length && Number.isFinite(value)))
      throw new Refused("A weight must be a finite number.");
    run.theta = Float64Array.from(run.theta);
    run.theta[index] = value;
    run.stopped = "";
    this.note({ did: "edit", index, value });
    this.measured = null;
    this.example = null;
  }

  private note(entry: LogEntry): void {
    // where a run goes on from makes a place before it needless
    const log = entry.did === "resume" && this.log.at(-1)?.did === "resume" ? this.log.slice(0, -1) : this.log;
    this.log = [...log, entry];
  }

  private noteEpochs(run: Run, epochs: number): void {
    if (epochs === 0) return;
    const last = this.log.at(-1);
    if (last?.did === "train" && JSON.stringify(last.training) === JSON.stringify(run.settings)) {
      this.log = [...this.log.slice(0, -1), { ...last, epochs: last.epochs + epochs }];
      return;
    }
    const before = [...this.log].reverse().find((entry) => entry.did !== "edit");
    const sameState = before !== undefined && before.training.optimizer === run.settings.optimizer;
    this.note({ did: "train", epochs, training: run.settings, sameState });
  }

  /** Measure where the run is, and add it to the history. */
  private remember(run: Run): void {
    const measured = this.measure(run, run.theta);
    const { rowProbabilities: _, ...numbers } = measured;
    const point: HistoryPoint = { epoch: run.epoch, iteration: run.iteration, ...numbers };
    if (this.entries.at(-1)?.point.epoch === run.epoch) this.entries.pop();
    this.sent = Math.min(this.sent, this.entries.length);
    this.entries.push({ point, snapshot: run.snapshot(), log: this.log });
    const most = Math.max(20, Math.min(MOST_POINTS, Math.floor(MOST_NUMBERS / (3 * run.theta.length))));
    if (this.entries.length <= most) return;
    const newest = this.entries.length - 1;
    this.entries = this.entries.filter((_, i) => i % 2 === 0 || i === newest);
    this.sent = 0;
  }

  private measure(run: Run, theta: Float64Array): Measured {
    const began = performance.now();
    this.measured = run.measure(theta, this.bias);
    this.measuredAt = performance.now();
    this.measuredIn = this.measuredAt - began;
    return this.measured;
  }

  private exampleStep(run: Run): void {
    this.goOnFromShown(run);
    this.finishEpoch(run);
    const before = this.example;
    if (before?.phase === "forward") {
      this.example = { ...before, phase: "backward", gradient: run.exampleStep(before.row).gradient };
    } else if (before?.phase === "backward") {
      const step = run.exampleStep(before.row);
      run.theta = step.theta;
      run.state = step.state;
      run.iteration += 1;
      this.example = { ...before, phase: "update", after: step.theta };
      this.note(resumed(run));
      this.measured = null;
    } else {
      this.example = this.forwardOf(run, this.nextRow());
    }
  }

  /** Return the next training row, in the order of the table. */
  private nextRow(): number {
    const rows = this.heldOut.length;
    for (let tried = 0; tried < rows; tried += 1) {
      const row = this.nextExample % rows;
      this.nextExample += 1;
      if (!this.heldOut[row]) return row;
    }
    throw new Refused("There are no training rows: add points, or hold out fewer rows.");
  }

  private forwardOf(run: Run, row: number): ExampleStep {
    const x = run.inputsOfRow(row);
    const outputs = run.network.forward(run.theta, x);
    const z = outputs.at(-1)!;
    return {
      phase: "forward",
      row,
      outputs: outputs.map((output) => output.data),
      probabilities: LOSS.activation.forward({}, z).data,
      loss: LOSS.value(z, [run.labelOf(row)])[0]!,
      gradient: null,
      after: null,
    };
  }

  private startRuns(run: Run, request: Request & { type: "runs" }): void {
    this.job += 1;
    const job = this.job;
    const going = runTogether(run, request, this.plane);
    const report = (done: number, results: RunResult[] | null, answers = false): void =>
      this.post({ type: "runs", id: request.id, answers, done, epochs: request.epochs, results });
    report(0, null, true);
    const slice = (): void => {
      if (job !== this.job) return;
      const end = performance.now() + 25;
      let state = going.next();
      while (!state.done && performance.now() < end) state = going.next();
      if (state.done) {
        report(request.epochs, state.value);
        return;
      }
      report(state.value, null);
      setTimeout(slice, 0);
    };
    slice();
  }

  private frame(run: Run, theta: Float64Array, measured: Measured): Frame {
    const inputs = this.grid.of(run, this.plane, this.side);
    return frameOf(run, theta, inputs, this.side, measured.rowProbabilities, MOST_SHOWN, this.workspace);
  }

  private stateNow(began: number): State {
    const run = this.run!;
    const entry = this.shown === null ? null : this.entries[this.shown]!;
    const theta = entry ? entry.snapshot.theta : run.theta;
    const measured = this.measured ?? this.measure(run, theta);
    const used = inUse(theta, run.widths, this.bias);
    const from = this.sent;
    this.sent = this.entries.length;
    return {
      type: "state",
      theta,
      startTheta: run.startTheta,
      epoch: entry ? entry.point.epoch : run.epoch,
      resume: resumeOf(entry ? entry.snapshot : run.snapshot()),
      from,
      history: this.entries.slice(from).map((e) => e.point),
      shown: this.shown,
      frame: this.frame(run, used, measured),
      example: this.example,
      log: entry ? entry.log : this.log,
      stopped: run.stopped,
      took: performance.now() - began,
    };
  }
}
