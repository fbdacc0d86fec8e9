/** Makes the page as a step of the tour or a preset says. */

import { batch, signal } from "@preact/signals";
import * as act from "../playground/actions";
import * as store from "../playground/store";
import { shownFactors } from "./state";
import { PRESETS, TOUR, type Setting } from "./tour";

/** The step of the tour that is shown, counted from 0; null outside the tour. */
export const tourStep = signal<number | null>(null);
/** The preset that was chosen last. */
export const preset = signal<number | null>(null);

export function goTo(step: number | null): void {
  tourStep.value = step === null ? null : Math.min(Math.max(step, 0), TOUR.length - 1);
  const there = tourStep.value === null ? undefined : TOUR[tourStep.value];
  if (there === undefined) store.openPanel.value = "tour";
  else apply(there.sets);
}

export function choosePreset(place: number): void {
  const chosen = PRESETS[place];
  if (chosen === undefined) return;
  preset.value = place;
  apply(chosen.sets);
}

function apply(sets: Setting): void {
  batch(() => {
    // The network before the data: drawing data begins anew, with the network that is set.
    if (sets.network !== undefined) store.spec.value = { ...store.spec.value, ...sets.network };
    if (sets.training !== undefined) act.setTraining(sets.training);
    if (sets.data !== undefined) act.drawData(sets.data);
    else if (sets.network !== undefined) act.begin();
    if (sets.epochs !== undefined) act.trainEpochs(sets.epochs);
    if (sets.row !== undefined) act.selectRow(sets.row === "worst" ? worstRow() : sets.row);
    if (sets.weight !== undefined) store.selectedWeight.value = sets.weight;
    if (sets.factors !== undefined) shownFactors.value = sets.factors;
    if (sets.panel !== undefined) store.openPanel.value = sets.panel;
  });
  if (sets.row === "worst" && sets.epochs !== undefined) whenTrained(() => act.selectRow(worstRow()));
}

/** The row whose true class has the smallest probability, in the last picture. */
function worstRow(): number {
  const { rows, labels, classes } = store.data.value;
  const probabilities = store.frame.value?.rowProbabilities;
  if (probabilities?.length !== rows * classes.length) return 0;
  let worst = 0;
  const of = (row: number): number => probabilities[row * classes.length + labels[row]!]!;
  for (let row = 1; row < rows; row++) if (of(row) < of(worst)) worst = row;
  return worst;
}

/** Do something once the trainer has sent what is asked for now. */
function whenTrained(then: () => void): void {
  const before = store.epoch.value;
  const stop = store.epoch.subscribe((epoch) => {
    if (epoch === before) return;
    queueMicrotask(() => {
      stop();
      then();
    });
  });
}
