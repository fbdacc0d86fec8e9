/** The playground's parts that need no page: data, files, saved states, the trainer. */
import { describe, expect, it, vi } from "vitest";
import { Generator } from "../src/kernel";
import { encoded, parseCsv, Refused, targets } from "../src/playground/csv";
import { drawn, KINDS } from "../src/playground/datasets";
import type { Reply, Request, State } from "../src/playground/messages";
import { packed, savedResume, savedStateOf } from "../src/playground/saved_state";
import { DATA_SETTINGS, NETWORK, OPTIMIZERS, TRAINING, type Dataset } from "../src/playground/store";
import { Trainer } from "../src/playground/trainer";
import { planeOf } from "../src/playground/view";

const FUZZED = 5000;
/** Milliseconds that a long test may take where other work slows it down. */
const PATIENCE = 120_000;
const GAUSSIAN = [-2.2241296067605414, -0.11055928776634621];
const RING = [-0.07746536348159046, -0.06046055011506712];
const HOSTILE = ["<script>alert(1)</script>", "__proto__", "constructor", "\u202e", "\ud800", "=1+1", "1e999", "NaN", "-", '"', "\0"];

/** Return what comes of `work`: its value, or the sentence of its refusal; any other error is thrown. */
function outcome(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    expect(error.message).toMatch(/^[A-Z].*\.$/s);
    return error.message;
  }
}

describe("built-in sets", () => {
  it("have the rows, classes and held-out share that are asked for", () => {
    for (const kind of Object.keys(KINDS)) {
      for (const classes of [2, KINDS[kind]!.mostClasses]) {
        const data = drawn({ kind, classes, rows: 100, noise: 0.1, heldOut: 0.25, seed: 3 });
        expect(new Set(data.labels).size).toBe(classes);
        expect(data.rows).toBe(Math.floor(100 / classes) * classes);
        expect(data.heldOut.reduce((sum, flag) => sum + flag, 0)).toBe(Math.round(0.25 * data.rows));
        expect(data.x.every(Number.isFinite)).toBe(true);
      }
    }
  });

  it("begin with the lesson's very numbers", () => {
    // chainrule.datasets.three_gaussians().x[0] and three_rings(0)[0].x[0]
    const clouds = drawn({ kind: "gaussians", classes: 3, rows: 60, noise: 0.8, heldOut: 0, seed: 0 });
    expect(Array.from(clouds.x.subarray(0, 2))).toEqual(GAUSSIAN);
    const rings = drawn({ kind: "rings", classes: 3, rows: 150, noise: 0.2, heldOut: 0, seed: 0 });
    RING.forEach((value, axis) => expect(rings.x[axis]).toBeCloseTo(value, 14));
  });
});

describe("a file", () => {
  it("is read with quotes, other separators, missing numbers and any script", () => {
    const table = parseCsv('\ufeffa;"b ""x""; y";größe\r\n1;red;ja\r\n?;blue;nein\r\n3;red;ja\r\n5;blue;nein\r\n');
    expect(table.names).toEqual(["a", 'b "x"; y', "größe"]);
    expect(targets(table)).toEqual(["a", 'b "x"; y', "größe"]);
    const [data] = encoded(table, "größe", 0, 0);
    expect(data.columns).toEqual(["a", 'b "x"; y = red']);
    expect(data.means[0]).toBeCloseTo(3);
    expect(data.x[2]).toBe(0);
    expect(data.classes).toEqual(["ja", "nein"]);
  });

  it("of anything is read or refused in a sentence", () => {
    const generator = new Generator(0);
    const pieces = [...HOSTILE, ",", ";", "\n", "\r\n", "\t", "a", "b", "1", "2.5", "", " ", '""', "x,y\n1,a\n2,b\n3,a\n4,b\n"];
    for (let i = 0; i < FUZZED; i++) {
      const text = Array.from({ length: generator.integer(0, 40) }, () => pieces[generator.integer(0, pieces.length)]).join("");
      outcome(() => {
        const table = parseCsv(text);
        for (const target of targets(table)) outcome(() => encoded(table, target, 0.3, i));
        return table;
      });
    }
  }, PATIENCE);

  it("of 50,000 rows and 100 columns is taken, and no larger one", () => {
    const row = Array.from({ length: 100 }, (_, j) => j % 10).join(",");
    const names = Array.from({ length: 100 }, (_, j) => `c${j}`).join(",");
    const table = parseCsv(`${names}\n${`${row}\n`.repeat(50_000)}`);
    expect(table.rows).toBe(50_000);
    expect(outcome(() => parseCsv(`a,b\n${"1,2\n".repeat(50_001)}`))).toContain("more than 50,000 rows");
  }, PATIENCE);
});

const state = (): Record<string, unknown> => ({
  version: 1,
  data: { ...DATA_SETTINGS },
  spec: { ...NETWORK, hidden: NETWORK.hidden.map((layer) => ({ ...layer })), features: ["x1²"] },
  training: { ...TRAINING },
  view: { kind: "columns", a: 0, b: 1 },
  pinned: 3,
  panel: "scores",
  theta: packed(new Float64Array(131)),
  epoch: 4,
  resume: { iteration: 9, steps: 8, mean: packed(new Float64Array(131)), square: packed(new Float64Array(131)), bits: "1f", left: 7, done: 0 },
  rows: {
    title: "t", columns: ["<b>", "b"], means: [0, 0], sds: [1, 1], classes: ["x", "y", "z"], rows: 4,
    x: packed(new Float64Array(8)), labels: packed(new Uint8Array(4)), heldOut: packed(new Uint8Array(4)),
  },
});

describe("a saved state", () => {
  it("is read back", () => {
    const saved = savedStateOf(state());
    expect(saved.epoch).toBe(4);
    expect(saved.rows.classes).toEqual(["x", "y", "z"]);
  });

  it("is refused where its optimizer could not go on", () => {
    const wrong = { steps: -1, mean: packed(new Float64Array(130)), square: packed(new Float64Array(131).fill(-1)), bits: "0x1", left: 2 ** 32, done: 1.5 };
    for (const [name, value] of Object.entries(wrong)) {
      const saved = state();
      saved["resume"] = { ...(saved["resume"] as object), [name]: value };
      expect(typeof outcome(() => savedStateOf(saved))).toBe("string");
    }
  });

  it("with anything in it is read or refused in a sentence", () => {
    const generator = new Generator(1);
    const values = [...HOSTILE, null, undefined, -1, 0, 1e308, Number.NaN, Infinity, 3.5, [], {}, [[]], true, { length: 1e9 }, "A".repeat(1000)];
    for (let i = 0; i < FUZZED; i++) {
      let at: any = state();
      const whole = at;
      for (;;) {
        const keys = Object.keys(at);
        const key = keys[generator.integer(0, keys.length)]!;
        const inner = at[key];
        if (typeof inner === "object" && inner !== null && generator.random() < 0.8) {
          at = inner;
          continue;
        }
        at[key] = values[generator.integer(0, values.length)];
        break;
      }
      outcome(() => savedStateOf(whole));
    }
    for (const value of values) outcome(() => savedStateOf(value));
  }, PATIENCE);
});

type From = Pick<Request & { type: "start" }, "theta" | "epoch" | "resume">;

class Driven {
  readonly replies: Reply[] = [];
  readonly trainer = new Trainer((reply) => this.replies.push(reply));

  constructor(readonly data: Dataset, training = TRAINING, spec = NETWORK, from: From = { theta: null, epoch: 0, resume: null }) {
    this.send({
      type: "start", spec, training, ...from, plane: planeOf(data, { kind: "columns", a: 0, b: 1 }, 0),
      rows: { columns: 2, classes: data.classes.length, x: data.x, labels: data.labels, heldOut: data.heldOut },
    });
  }

  send(request: Request): State {
    this.trainer.handle(request);
    return this.replies.at(-1) as State;
  }

  train(epochs: number): State {
    return this.send({ type: "train", milliseconds: Infinity, epochs });
  }
}

describe("the trainer", () => {
  const data = drawn({ kind: "moons", classes: 2, rows: 40, noise: 0.1, heldOut: 0.25, seed: 0 });

  it("goes on from a place of its history as it had gone on", () => {
    const run = new Driven(data);
    run.train(1);
    run.train(1);
    const third = run.train(1).theta;
    run.send({ type: "show", place: 2 });
    expect(run.train(1).theta).toEqual(third);
  });

  it.each(OPTIMIZERS.flatMap((optimizer) => [0, 7].map((batch) => [optimizer, batch] as const)))(
    "goes on from a saved state as it had gone on: %s, batches of %i",
    (optimizer, batch) => {
      const training = { ...TRAINING, optimizer, batch, rate: 0.01, schedule: "inverse" as const, l1: 1e-3 };
      const settings = { version: 1, data: { ...DATA_SETTINGS, kind: "moons", classes: 2 }, spec: NETWORK, training };
      const uninterrupted = new Driven(data, training).train(8);
      // after some of these epochs the generator has bits left over, after others not
      for (let done = 1; done < 8; done++) {
        const { theta, epoch, resume } = new Driven(data, training).train(done);
        const written = JSON.stringify({ ...settings, theta: packed(theta), epoch, resume: savedResume(resume) });
        const continued = new Driven(data, training, NETWORK, savedStateOf(JSON.parse(written))).train(8 - done);
        expect(continued.theta).toEqual(uninterrupted.theta);
        expect(continued.resume).toEqual(uninterrupted.resume);
        expect(continued.epoch).toBe(8);
      }
    },
  );

  it.each([1, 2, 5, 8])("goes on from the middle of an epoch as it had gone on: after %i of its steps", (steps) => {
    const training = { ...TRAINING, batch: 3 };
    const settings = { version: 1, data: { ...DATA_SETTINGS, kind: "moons", classes: 2 }, spec: NETWORK, training };
    const uninterrupted = new Driven(data, training).train(3);
    const run = new Driven(data, training);
    run.train(1);
    // each look at the clock is a millisecond later
    let clock = 0;
    const now = vi.spyOn(performance, "now").mockImplementation(() => clock++);
    const { theta, epoch, resume } = run.send({ type: "train", milliseconds: steps + 1, epochs: 9 });
    now.mockRestore();
    expect([epoch, resume.iteration, resume.order.done]).toEqual([1, 10 + steps, steps]);
    const written = JSON.stringify({ ...settings, theta: packed(theta), epoch, resume: savedResume(resume) });
    const opened = new Driven(data, training, NETWORK, savedStateOf(JSON.parse(written)));
    for (const each of [opened, run]) {
      each.send({ type: "draw", side: 10 });
      const { theta, resume, epoch, log } = each.train(1);
      expect([theta, resume, epoch]).toEqual([uninterrupted.theta, uninterrupted.resume, 3]);
      expect(log.reduce((sum, event) => sum + (event.did === "train" ? event.epochs : 0), 0)).toBe(each === run ? 3 : 1);
    }
  });

  it("changes its settings after the epoch that it is in", () => {
    const [slow, fast] = [{ ...TRAINING, batch: 3 }, { ...TRAINING, batch: 5, seed: 1 }];
    const [whole, cut] = [new Driven(data, slow), new Driven(data, slow)];
    whole.train(1);
    let clock = 0;
    const now = vi.spyOn(performance, "now").mockImplementation(() => clock++);
    cut.send({ type: "train", milliseconds: 5, epochs: 9 });
    now.mockRestore();
    for (const each of [whole, cut]) each.send({ type: "settings", training: fast });
    const [expected, found] = [whole.train(2), cut.train(2)];
    expect(found.theta).toEqual(expected.theta);
    expect(found.log).toEqual(expected.log);
    expect(found.epoch).toBe(3);
  });

  it("keeps its history short", () => {
    const run = new Driven(data);
    let points = 0;
    for (let i = 0; i < 700; i++) {
      const { from, history } = run.train(1);
      points = from + history.length;
    }
    expect(points).toBeLessThanOrEqual(601);
    expect((run.replies.at(-1) as State).epoch).toBe(700);
  }, PATIENCE);

  it("stops where the cost is no longer finite, and keeps the last finite weights", () => {
    const run = new Driven(data, { ...TRAINING, optimizer: "gradient_descent", rate: 1e160, batch: 1 });
    for (let i = 0; i < 5; i++) run.train(1);
    const last = run.replies.at(-1) as State;
    expect(last.stopped).toMatch(/^Training diverged at step \d+ with rate .* try a rate of .* or less\.$/);
    expect(last.theta.every(Number.isFinite)).toBe(true);
  });
});
