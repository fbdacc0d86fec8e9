/** Runs side by side: the same rows, seeds and number of epochs, other settings. */

import type { Request, RunResult } from "./messages";
import { frameOf, gridOf } from "./maps";
import { withoutBiases } from "./parameters";
import { Run } from "./run";
import type { Plane } from "./view";

/** Train all runs, an epoch of each in turn; yield the epochs that are done, return the results. */
export function* runTogether(of: Run, request: Request & { type: "runs" }, plane: Plane): Generator<number, RunResult[]> {
  const runs = request.runs.map(({ spec, training }) => new Run(of.data, spec, { ...training, stopAt: 0 }));
  const results = request.runs.map(({ label }) => ({ label, costs: [] as number[], heldCosts: [] as number[] }));
  for (let epoch = 0; epoch <= request.epochs; epoch += 1) {
    for (const [i, run] of runs.entries()) {
      if (epoch > 0 && !run.stopped) run.finishEpoch();
      if (run.stopped) continue;
      const costs = run.costs(run.theta);
      results[i]!.costs.push(costs[0]);
      if (costs[1] !== null) results[i]!.heldCosts.push(costs[1]);
    }
    yield epoch;
  }
  return runs.map((run, i) => finished(run, results[i]!, request.side, plane));
}

function finished(run: Run, known: Pick<RunResult, "label" | "costs" | "heldCosts">, side: number, plane: Plane): RunResult {
  const measured = run.measure(run.theta, "on");
  const biased = run.spec.bias !== "off";
  const zeroed = biased ? run.measure(withoutBiases(run.theta, run.widths), "on") : measured;
  const frame = frameOf(run, run.theta, run.inputs(gridOf(plane, side)), side, measured.rowProbabilities, 0);
  return {
    ...known,
    accuracy: measured.accuracy,
    heldAccuracy: measured.heldAccuracy,
    zeroedAccuracy: zeroed.accuracy,
    zeroedHeldAccuracy: zeroed.heldAccuracy,
    stopped: run.stopped,
    probabilities: frame.probabilities,
  };
}
