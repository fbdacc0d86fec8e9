/**
 * A wrong derivative of an activation, and which of the checks of a layer finds it.
 *
 *   vjp = dy · J      jvp = J · v      ⟨dy, J v⟩ = ⟨Jᵀ dy, v⟩      J = differences of f
 *
 * The first three compare a layer's methods with each other. They find a method that is wrong by itself. A derivative
 * that is wrong everywhere agrees with itself: only the differences, which know nothing but f, find that one.
 */

import type { Elementwise } from "../kernel/layers";

export type Slope = (a: number, h: number) => number;

/** The methods of a layer that have the derivative in them. */
export const METHODS = ["vjp", "jvp", "jacobian"] as const;
export type Method = (typeof METHODS)[number];

export interface Check {
  readonly name: string;
  readonly left: string;
  readonly right: string;
  /** Both sides where they differ most. */
  readonly found: number;
  readonly expected: number;
  /** Of that number: row and unit, counted from 0; for the scalar products, the row alone. */
  readonly row: number;
  readonly unit: number | null;
  /** Relative to the larger of the two, or to a thousandth of the largest number of all. */
  readonly error: number;
  readonly passes: boolean;
}

/** The rows that checks look at: inputs, and what they are multiplied by from either side. */
export interface Probe {
  readonly a: readonly (readonly number[])[];
  readonly dy: readonly (readonly number[])[];
  readonly v: readonly (readonly number[])[];
}

// Rows and units of the probe: enough numbers to tell mistakes apart, few enough to look at.
const ROWS = 4;
const UNITS = 3;
// A central difference with a step of the cube root of the precision is good to about 1e-10 of the value; wrong
// derivatives are off by far more.
const TOLERANCE = 1e-6;
// The cube root of the precision of a double: there the errors of rounding and of the difference are equally small.
const STEP = Number.EPSILON ** (1 / 3);
// Slopes ahead and behind that differ by more, relative: a kink, where there is no derivative.
const BEND = 0.01;

/** Return the rows of a draw; the same for the same seed. */
export function probe(seed: number): Probe {
  const draw = generator(seed);
  const table = (): number[][] =>
    Array.from({ length: ROWS }, () => Array.from({ length: UNITS }, () => 2 * normal(draw)));
  return { a: table(), dy: table(), v: table() };
}

/** Return numbers between 0 and 1, the same for the same seed (mulberry32). */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Return a number of the standard normal distribution (Box and Muller). */
export function normal(draw: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
}

/** Return the central difference of f at a number, NaN at a kink. */
export function difference(f: (a: number) => number, a: number): number {
  const step = STEP * Math.max(1, Math.abs(a));
  const [ahead, behind] = [(f(a + step) - f(a)) / (a + step - a), (f(a) - f(a - step)) / (a - (a - step))];
  const kinked = Math.abs(ahead - behind) > BEND * (Math.abs(ahead) + Math.abs(behind)) + BEND / 10;
  return kinked ? Number.NaN : (ahead + behind) / 2;
}

/** Return what each check says of an activation whose derivative is `wrong` in the methods `where`. */
export function checks(layer: Elementwise, wrong: Slope, where: ReadonlySet<Method>, at: Probe): Check[] {
  const f = (a: number): number => layer.function(a);
  const slope = (method: Method): Slope => (where.has(method) ? wrong : (a, h) => layer.derivative(a, h));
  const each = (make: (a: number, row: number, unit: number) => number): number[][] =>
    at.a.map((numbers, row) => numbers.map((a, unit) => make(a, row, unit)));
  const of = (method: Method): number[][] => each((a) => slope(method)(a, f(a)));
  const [byVjp, byJvp, byJacobian] = [of("vjp"), of("jvp"), of("jacobian")];
  const scaled = (a: number[][], b: Probe["a"]): number[][] => each((_, row, unit) => a[row]![unit]! * b[row]![unit]!);
  const vjp = scaled(byVjp, at.dy);
  const jvp = scaled(byJvp, at.v);
  const products = (a: Probe["a"], b: Probe["a"]): number[][] =>
    a.map((numbers, row) => [numbers.reduce((total, value, unit) => total + value * b[row]![unit]!, 0)]);
  const identities = [
    compared("vjp = dy · J", "vjp", "dy · J", vjp, scaled(byJacobian, at.dy)),
    compared("jvp = J · v", "jvp", "J · v", jvp, scaled(byJacobian, at.v)),
    scalar(compared("⟨dy, J v⟩ = ⟨Jᵀ dy, v⟩", "⟨dy, jvp⟩", "⟨vjp, v⟩", products(at.dy, jvp), products(vjp, at.v))),
  ];
  const expected = each((a) => difference(f, a));
  const against = [byVjp, byJvp, byJacobian].map((found, place) =>
    compared("differences", METHODS[place]!, "differences", found, expected),
  );
  const worst = against.reduce((a, b) => (b.error > a.error ? b : a));
  return [...identities, worst];
}

const scalar = (check: Check): Check => ({ ...check, unit: null });

function compared(name: string, left: string, right: string, found: number[][], expected: number[][]): Check {
  const known = expected.flat().filter((value) => Number.isFinite(value));
  const floor = 1e-3 * known.reduce((most, value) => Math.max(most, Math.abs(value)), 0) + 1e-6;
  let worst = { row: 0, unit: 0, error: 0, found: found[0]?.[0] ?? 0, expected: expected[0]?.[0] ?? 0 };
  for (const [row, numbers] of found.entries()) {
    for (const [unit, value] of numbers.entries()) {
      const other = expected[row]![unit]!;
      if (Number.isNaN(other)) continue;
      const off = Math.abs(value - other) / Math.max(Math.abs(value), Math.abs(other), floor);
      const error = Number.isNaN(off) ? Number.POSITIVE_INFINITY : off;
      if (error > worst.error) worst = { row, unit, error, found: value, expected: other };
    }
  }
  return { name, left, right, ...worst, passes: worst.error <= TOLERANCE };
}

/** Return why a check passes or fails where it does, in a sentence; `right` is whether the derivative is. */
export function why(check: Check, where: ReadonlySet<Method>, right: boolean): string {
  const uses: Readonly<Record<string, readonly Method[]>> = {
    "vjp = dy · J": ["vjp", "jacobian"],
    "jvp = J · v": ["jvp", "jacobian"],
    "⟨dy, J v⟩ = ⟨Jᵀ dy, v⟩": ["vjp", "jvp"],
  };
  const pair = uses[check.name];
  if (pair === undefined) {
    return check.passes
      ? "The differences come from values of f alone, and every method agrees with them."
      : "The differences come from values of f alone, so they do not share the mistake.";
  }
  const wrong = pair.filter((method) => where.has(method));
  if (!check.passes) {
    return wrong.length === 1
      ? `${wrong[0]} has the wrong derivative, ${pair.find((method) => method !== wrong[0])} the right one: they disagree.`
      : "Both sides use the derivative, and they disagree.";
  }
  if (right) return "Both sides use the right derivative, so they agree.";
  if (wrong.length === 2) return "Both sides use the same wrong derivative, so they agree.";
  return wrong.length === 0
    ? "Neither side uses your derivative."
    : "Your derivative gives the same numbers as the right one here.";
}
