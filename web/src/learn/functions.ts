/** The functions that a formula may name. */

import { logistic, normalDistribution } from "../kernel/functions";

export interface Known {
  readonly takes: number;
  readonly of: (...given: number[]) => number;
}

/** Return the density of the standard normal distribution. */
export function density(a: number): number {
  return Math.exp(-0.5 * a * a) / Math.sqrt(2 * Math.PI);
}

const one = (of: (a: number) => number): Known => ({ takes: 1, of: (a = Number.NaN) => of(a) });
const two = (of: (a: number, b: number) => number): Known => ({
  takes: 2,
  of: (a = Number.NaN, b = Number.NaN) => of(a, b),
});

export const FUNCTIONS: ReadonlyMap<string, Known> = new Map([
  ["exp", one(Math.exp)],
  ["log", one(Math.log)],
  ["sqrt", one(Math.sqrt)],
  ["abs", one(Math.abs)],
  ["sign", one(Math.sign)],
  ["sin", one(Math.sin)],
  ["cos", one(Math.cos)],
  ["tanh", one(Math.tanh)],
  ["max", two(Math.max)],
  ["min", two(Math.min)],
  ["σ", one(logistic)],
  ["Φ", one(normalDistribution)],
  ["Φ'", one(density)],
]);

const OTHER_NAMES: Readonly<Record<string, string>> = { sigmoid: "σ", logistic: "σ", Phi: "Φ" };

/** Return a function by its name. */
export function functionNamed(name: string): Known | undefined {
  return FUNCTIONS.get(OTHER_NAMES[name] ?? name);
}
