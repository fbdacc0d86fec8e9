/** What probabilities of rows are worth: confusion matrix and calibration. */

import { best } from "./run";
import type { Dataset } from "./store";

/** Rows of a true class (down) that were given a class (across). */
export function confusion(data: Dataset, probabilities: Float32Array, held: boolean): number[][] {
  const classes = data.classes.length;
  const counts = data.classes.map(() => data.classes.map(() => 0));
  for (let row = 0; row < data.rows; row += 1) {
    if ((data.heldOut[row] === 1) !== held) continue;
    counts[data.labels[row]!]![best(probabilities, row, classes)]! += 1;
  }
  return counts;
}

export interface Bin {
  /** Rows whose largest probability lies in the bin. */
  rows: number;
  /** Mean of that probability, and share of those rows that are right. */
  confidence: number;
  accuracy: number;
}

/** Bins of calibration: ten of equal width. */
const BINS = 10;

/**
 * Return the bins of the largest probability, and the expected calibration error: the mean distance of accuracy and
 * confidence, weighted by rows.
 *
 * Source: C. Guo, G. Pleiss, Y. Sun, K. Weinberger, "On calibration of modern neural networks", ICML 2017.
 */
export function calibration(data: Dataset, probabilities: Float32Array, held: boolean): { bins: Bin[]; error: number } {
  const classes = data.classes.length;
  const bins = Array.from({ length: BINS }, (): Bin => ({ rows: 0, confidence: 0, accuracy: 0 }));
  let rows = 0;
  for (let row = 0; row < data.rows; row += 1) {
    if ((data.heldOut[row] === 1) !== held) continue;
    const found = best(probabilities, row, classes);
    const share = probabilities[row * classes + found]!;
    const bin = bins[Math.min(BINS - 1, Math.floor(share * BINS))]!;
    bin.rows += 1;
    bin.confidence += share;
    bin.accuracy += found === data.labels[row] ? 1 : 0;
    rows += 1;
  }
  let error = 0;
  for (const bin of bins) {
    if (bin.rows === 0) continue;
    bin.confidence /= bin.rows;
    bin.accuracy /= bin.rows;
    error += (bin.rows / rows) * Math.abs(bin.accuracy - bin.confidence);
  }
  return { bins, error };
}
