/** Two settings side by side: the page's own, and the same with one thing changed; same seeds, same epochs. */

import { signal } from "@preact/signals";
import type { JSX } from "preact";
import * as act from "../actions";
import { Button, NumberField, Select } from "../controls";
import { short } from "../format";
import type { RunResult, RunSettings } from "../messages";
import * as store from "../store";
import { ACTIVATIONS, INITIALIZERS, SCHEDULES, type NetworkSpec, type TrainingSettings } from "../store";
import { OPTIMIZER_TITLES } from "../training_pane";
import { CostCurves, ProgressBar, RunMap, RunTable } from "./side_runs";

interface Change {
  title: string;
  options: readonly (readonly [string, string])[];
  apply: (choice: string, spec: NetworkSpec, training: TrainingSettings) => { spec: NetworkSpec; training: TrainingSettings };
}

const numbers = (values: readonly number[]): readonly (readonly [string, string])[] => values.map((v) => [String(v), String(v)]);
const named = (names: readonly string[]): readonly (readonly [string, string])[] => names.map((name) => [name, name.replaceAll("_", " ")]);
const ofTraining =
  (change: (choice: string) => Partial<TrainingSettings>): Change["apply"] =>
  (choice, spec, training) => ({ spec, training: { ...training, ...change(choice) } });
const ofSpec =
  (change: (choice: string, spec: NetworkSpec) => Partial<NetworkSpec>): Change["apply"] =>
  (choice, spec, training) => ({ spec: { ...spec, ...change(choice, spec) }, training });

const CHANGES: Readonly<Record<string, Change>> = {
  rate: { title: "Rate", options: numbers([0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3]), apply: ofTraining((c) => ({ rate: Number(c) })) },
  optimizer: { title: "Optimizer", options: OPTIMIZER_TITLES, apply: ofTraining((c) => ({ optimizer: c as TrainingSettings["optimizer"] })) },
  schedule: { title: "Schedule", options: named(SCHEDULES), apply: ofTraining((c) => ({ schedule: c as TrainingSettings["schedule"] })) },
  batch: { title: "Batch size", options: [["0", "all rows"], ...numbers([1, 4, 16, 64, 256])], apply: ofTraining((c) => ({ batch: Number(c) })) },
  l2: { title: "L2 penalty", options: numbers([0, 1e-4, 1e-3, 1e-2, 0.1]), apply: ofTraining((c) => ({ l2: Number(c) })) },
  l1: { title: "L1 penalty", options: numbers([0, 1e-4, 1e-3, 1e-2, 0.1]), apply: ofTraining((c) => ({ l1: Number(c) })) },
  activation: {
    title: "Activation",
    options: named(ACTIVATIONS),
    apply: ofSpec((c, spec) => ({ hidden: spec.hidden.map((layer) => ({ ...layer, activation: c as store.Activation })) })),
  },
  units: { title: "Units of each layer", options: numbers([1, 2, 3, 4, 8, 16]), apply: ofSpec((c, spec) => ({ hidden: spec.hidden.map((layer) => ({ ...layer, units: Number(c) })) })) },
  bias: { title: "Bias", options: named(["on", "off"]), apply: ofSpec((c) => ({ bias: c as "on" | "off" })) },
  initializer: { title: "Initialiser", options: named(INITIALIZERS), apply: ofSpec((c) => ({ initializer: c as store.Initializer })) },
  seed: { title: "Weights seed", options: numbers([0, 1, 2, 3, 4, 5, 6, 7]), apply: ofSpec((c) => ({ seed: Number(c) })) },
};

const what = signal("optimizer");
const choice = signal("gradient_descent");
const epochs = signal(100);
const asked = signal(0);
/** Costs that differ by less, relatively, are the same numbers added up in another order. */
const SAME = 1e-12;

/** Return the first epoch after which two runs differ; null where they never do. */
export function firstDifference(a: RunResult, b: RunResult): number | null {
  for (let epoch = 0; epoch < Math.max(a.costs.length, b.costs.length); epoch += 1) {
    const [x, y] = [a.costs[epoch], b.costs[epoch]];
    if (x === undefined || y === undefined || Math.abs(x - y) > SAME * Math.abs(x)) return epoch;
  }
  return null;
}

export function ComparePanel(): JSX.Element {
  const change = CHANGES[what.value]!;
  const progress = act.runs.value[asked.value];
  const start = (): void => {
    const first: RunSettings = { label: "As set", spec: store.spec.value, training: store.training.value };
    const changed = change.apply(choice.value, store.spec.value, store.training.value);
    const shown = change.options.find(([option]) => option === choice.value)![1];
    asked.value = act.runTogether([first, { label: `${change.title}: ${shown}`, ...changed }], epochs.value);
  };
  const [a, b] = progress?.results ?? [];
  const difference = a && b ? firstDifference(a, b) : null;
  return (
    <>
      <p>The page's settings, and beside them the same with one thing changed: same rows, same seeds, same number of epochs.</p>
      <div class="row">
        <Select
          label="Change"
          value={what.value}
          options={Object.entries(CHANGES).map(([key, { title }]) => [key, title] as const)}
          onChange={(key) => {
            what.value = key;
            choice.value = CHANGES[key]!.options[0]![0];
          }}
        />
        <Select label="to" value={choice.value} options={change.options} onChange={(value) => (choice.value = value)} />
        <NumberField label="Epochs" value={epochs.value} min={1} max={5000} whole onChange={(n) => (epochs.value = n)} />
        <Button kind="main" onClick={start}>
          Run both
        </Button>
        <ProgressBar progress={progress} />
      </div>
      {a && b && (
        <>
          <p data-testid="first-difference">
            {difference === null
              ? "The two runs are the same, number for number."
              : difference === 0
                ? `They differ from the start on: cost ${short(a.costs[0], 4)} and ${short(b.costs[0], 4)}.`
                : `They first differ after epoch ${difference}, marked below: cost ${short(a.costs[difference], 6)} and ${short(b.costs[difference], 6)}.`}
          </p>
          <div class="columns">
            <div>
              <h3>{a.label}</h3>
              <RunMap result={a} place={0} />
            </div>
            <div>
              <h3>{b.label}</h3>
              <RunMap result={b} place={1} />
            </div>
            <div>
              <h3>Training cost</h3>
              <CostCurves results={[a, b]} mark={difference} />
            </div>
          </div>
          <RunTable results={[a, b]} />
        </>
      )}
    </>
  );
}
