/** A race: every optimizer from the same start, over the same batches. */

import { signal } from "@preact/signals";
import type { JSX } from "preact";
import * as act from "../actions";
import { Button, NumberField } from "../controls";
import * as store from "../store";
import type { OptimizerName } from "../store";
import { OPTIMIZER_TITLES } from "../training_pane";
import { CostCurves, ProgressBar, RunTable } from "./side_runs";

const epochs = signal(60);
const asked = signal(0);
/** Rates that each is known to work with; a steady gradient moves a weight as far with momentum as without. */
const rates = signal<Readonly<Record<OptimizerName, number>>>({ gradient_descent: 0.1, momentum: 0.01, nesterov: 0.01, rmsprop: 0.01, adam: 0.01 });

export function RacePanel(): JSX.Element {
  const progress = act.runs.value[asked.value];
  const start = (): void => {
    asked.value = act.runTogether(
      OPTIMIZER_TITLES.map(([optimizer, title]) => ({
        label: `${title}, rate ${rates.value[optimizer]}`,
        spec: store.spec.value,
        training: { ...store.training.value, optimizer, rate: rates.value[optimizer] },
      })),
      epochs.value,
    );
  };
  return (
    <>
      <p>All optimizers start from the same weights and see the same batches in the same order. Only the rule for a step and its rate differ.</p>
      <div class="row">
        {OPTIMIZER_TITLES.map(([optimizer, title]) => (
          <NumberField key={optimizer} label={title} value={rates.value[optimizer]} min={1e-6} max={100} onChange={(rate) => (rates.value = { ...rates.value, [optimizer]: rate })} />
        ))}
      </div>
      <div class="row">
        <NumberField label="Epochs" value={epochs.value} min={1} max={2000} whole onChange={(n) => (epochs.value = n)} />
        <Button kind="main" onClick={start}>
          Start the race
        </Button>
        <ProgressBar progress={progress} />
      </div>
      {progress?.results && (
        <div class="columns wide">
          <CostCurves results={progress.results} />
          <RunTable results={progress.results} />
        </div>
      )}
    </>
  );
}
