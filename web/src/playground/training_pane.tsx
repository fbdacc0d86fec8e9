/** How it is trained: everything here may be changed while training runs. */

import type { JSX } from "preact";
import * as act from "./actions";
import { NumberField, Select, Slider } from "./controls";
import { short } from "./format";
import { KEPT } from "./model";
import * as store from "./store";
import type { OptimizerName, ScheduleName } from "./store";

export const OPTIMIZER_TITLES: readonly (readonly [OptimizerName, string])[] = [
  ["gradient_descent", "Gradient descent"],
  ["momentum", "Momentum"],
  ["nesterov", "Nesterov momentum"],
  ["rmsprop", "RMSprop"],
  ["adam", "Adam"],
];
const SCHEDULE_TITLES: readonly (readonly [ScheduleName, string])[] = [
  ["constant", "constant"],
  ["exponential", "exponential decay"],
  ["step", "step decay"],
  ["inverse", "inverse time decay"],
  ["cosine", "cosine decay"],
];
const BATCHES: readonly (readonly [number, string])[] = [[0, "all rows"], ...[1, 2, 4, 8, 16, 32, 64, 128, 256].map((n) => [n, String(n)] as const)];
const PENALTIES: readonly (readonly [number, string])[] = [0, 1e-5, 1e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1].map((n) => [n, n === 0 ? "none" : String(n)] as const);
const withOwn = (options: readonly (readonly [number, string])[], value: number): readonly (readonly [number, string])[] =>
  options.some(([known]) => known === value) ? options : [...options, [value, String(value)]];

/** The rate's slider goes by powers of ten. */
const LOWEST = -4;
const HIGHEST = 1;

export function TrainingPane(): JSX.Element {
  const training = store.training.value;
  return (
    <section class="pane training" aria-labelledby="training-title">
      <div class="head">
        <h2 id="training-title">Training</h2>
        <span class="note">cross-entropy</span>
      </div>
      <Select label="Optimizer" value={training.optimizer} options={OPTIMIZER_TITLES} onChange={(optimizer) => act.setTraining({ optimizer })} />
      <Slider
        label="Rate"
        value={Math.log10(training.rate)}
        min={LOWEST}
        max={HIGHEST}
        step={0.05}
        shown={short(training.rate)}
        onInput={(power) => act.setTraining({ rate: Number((10 ** power).toPrecision(3)) })}
      />
      <Select label="Schedule" value={training.schedule} options={SCHEDULE_TITLES} onChange={(schedule) => act.setTraining({ schedule })} />
      {training.schedule !== "constant" && (
        <NumberField label={scheduleLabel(training.schedule)} value={training.every} min={1} max={1e9} whole onChange={(every) => act.setTraining({ every })} />
      )}
      <Select label="Batch size" value={training.batch} options={withOwn(BATCHES, training.batch)} onChange={(batch) => act.setTraining({ batch })} />
      <div class="pair">
        <Select label="L2 penalty" value={training.l2} options={withOwn(PENALTIES, training.l2)} onChange={(l2) => act.setTraining({ l2 })} />
        <Select label="L1 penalty" value={training.l1} options={withOwn(PENALTIES, training.l1)} onChange={(l1) => act.setTraining({ l1 })} />
      </div>
      <div class="pair">
        <NumberField label="Stop at epoch" value={training.stopAt} min={0} max={1e9} whole onChange={(stopAt) => act.setTraining({ stopAt })} />
        <NumberField label="Order seed" value={training.seed} min={0} max={2 ** 31} whole onChange={(seed) => act.setTraining({ seed })} />
      </div>
    </section>
  );
}

function scheduleLabel(schedule: ScheduleName): string {
  if (schedule === "exponential" || schedule === "step") return `Times ${KEPT[schedule]} every (steps)`;
  if (schedule === "inverse") return "Half after (steps)";
  return "Zero after (steps)";
}
