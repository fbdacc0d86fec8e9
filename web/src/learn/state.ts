/** What the panels of learning show: a row, a weight, and everything that follows from them, as signals. */

import { computed, effect, signal } from "@preact/signals";
import { LOSS, networkOf, withFeatures } from "../playground/model";
import { inUse } from "../playground/parameters";
import { data, mode, plane, selectedRow, selectedWeight, spec, told, training, widths } from "../playground/store";
import { nudgeWeight, traceRow, type Situation } from "./row";
import { gradientOf, paths, places, stages, type Place, type Trace } from "./trace";

// Paths that are drawn and listed one by one; of more, the rest is added up.
const MOST_PATHS = 40;

export const network = computed(() => networkOf(spec.value, widths.value[0]!, data.value.classes.length));

const rows = computed(() =>
  withFeatures(data.value.x, data.value.columns.length, plane.value ? spec.value.features : []),
);

// Milliseconds between two pictures of the chain while training runs: drawing its many numbers takes more time than those
// that are told, so it is drawn with every third of them.
const BETWEEN = 550;
const seen = signal(told.peek().theta);
let seenAt = 0;
effect(() => {
  const now = told.value.theta;
  if (mode.value === "running" && performance.now() - seenAt < BETWEEN && now.length === seen.peek().length) return;
  seenAt = performance.now();
  seen.value = now;
});

/** The parameters that predictions are made with; null while the page is between two networks. */
const parameters = computed(() => {
  if (seen.value.length !== network.value.size || rows.value.columns !== network.value.inputs) return null;
  return inUse(seen.value, widths.value, spec.value.bias);
});

/** The row that is followed: the one that was clicked, or the first. */
export const row = computed(() => Math.min(selectedRow.value ?? 0, data.value.rows - 1));

export const situation = computed((): Situation | null => {
  const { columns, data: numbers } = rows.value;
  if (parameters.value === null || row.value < 0) return null;
  const x = Array.from(numbers.subarray(row.value * columns, (row.value + 1) * columns));
  return { network: network.value, loss: LOSS, theta: parameters.value, x, label: data.value.labels[row.value]! };
});

export const trace = computed((): Trace | null => (situation.value === null ? null : traceRow(situation.value)));

/** The weight that is followed: the one that was clicked, or that of the first layer with the largest gradient. */
export const weight = computed((): Place => {
  const fallback: Place = { layer: 0, input: 0, output: 0 };
  if (trace.value === null) return fallback;
  const there = places(trace.value);
  const clicked = selectedWeight.value;
  const same = there.find(
    (each) => each.layer === clicked?.layer && each.input === clicked.input && each.output === clicked.output,
  );
  if (same !== undefined) return same;
  const first = there.filter((each) => each.layer === 0 && each.input >= 0);
  return first.reduce((a, b) => (size(b) > size(a) ? b : a), first[0] ?? fallback);
});

const size = (place: Place): number => Math.abs(gradientOf(trace.value!, place));

export const chain = computed(() => (trace.value === null ? [] : stages(trace.value, weight.value)));
export const found = computed(() => (trace.value === null ? null : paths(trace.value, weight.value, MOST_PATHS)));
export const nudged = computed(() => {
  if (situation.value === null || trace.value === null) return null;
  return nudgeWeight(situation.value, trace.value, weight.value);
});

/** Names of the network's inputs: columns, then extra features. */
export const inputNames = computed(() => [...data.value.columns, ...(plane.value ? spec.value.features : [])]);
export const classNames = computed(() => data.value.classes);
export const optimizer = computed(() => training.value.optimizer);
export const rate = computed(() => training.value.rate);

/** How many factors of the chain are shown, from the loss; null for all. */
export const shownFactors = signal<number | null>(null);

export function chooseWeight(place: Place): void {
  selectedWeight.value = place;
}

export function chooseRow(at: number): void {
  const count = data.value.rows;
  if (count > 0) selectedRow.value = ((at % count) + count) % count;
}
