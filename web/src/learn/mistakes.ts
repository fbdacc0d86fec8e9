/**
 * The likely kind of a mistake in a derivative, in words; the twin of `inspection/mistakes.py` for a function of one
 * number, whose Jacobian is zero off the diagonal. Each kind says what the numbers would be if that were the mistake,
 * and is named only where they are.
 */

import { difference, type Check, type Slope } from "./checks";

export interface Likely {
  readonly kind: "sign" | "factor" | "missing term" | "wrong point" | "forgotten" | "not a number" | "unknown";
  readonly reason: string;
}

// Relative difference of two numbers that are the same: far above the error of differences, far below a wrong factor.
const SAME = 1e-4;
// Numbers that must agree before a constant that could be any number is believed.
const FEWEST = 3;
// Denominators and numerators of a plain fraction.
const PLAIN = 12;
const UNKNOWN: Likely = { kind: "unknown", reason: "" };

type Numbers = readonly number[];

/** Return what makes the wrong slope out of that of `f` at the numbers `a`. */
export function likelyKind(
  f: (a: number) => number,
  wrong: Slope,
  a: Numbers,
  sizes: Readonly<Record<string, number>> = {},
): Likely {
  const h = a.map(f);
  const all = { a, h, found: a.map((each, i) => wrong(each, h[i]!)), expected: a.map((each) => difference(f, each)) };
  const bad = all.found.filter((value) => !Number.isFinite(value)).length;
  if (bad > 0) {
    const share = bad === a.length ? "all" : `${bad} of ${a.length}`;
    return { kind: "not a number", reason: `${share} of its numbers are not finite` };
  }
  const keep = [...a.keys()].filter((i) => Number.isFinite(all.expected[i]));
  const pick = (values: Numbers): number[] => keep.map((i) => values[i]!);
  const known = { a: pick(all.a), h: pick(all.h), found: pick(all.found), expected: pick(all.expected) };
  const equal = comparer(known.expected);
  const off = [...known.found.keys()].filter((i) => !equal([known.found[i]!], [known.expected[i]!]));
  if (off.length === 0) return UNKNOWN;
  const [found, expected] = [off.map((i) => known.found[i]!), off.map((i) => known.expected[i]!)];
  const part = off.length === known.found.length ? "" : " in part";
  if (found.every((value) => value === 0)) return { kind: "forgotten", reason: `it is zero${part || " everywhere"}` };
  if (
    equal(
      found,
      expected.map((value) => -value),
    )
  )
    return { kind: "sign", reason: `the other sign would be right${part}` };
  const point = wrongPoint(f, wrong, known, equal);
  if (point !== null) return { kind: "wrong point", reason: point };
  const at = { a: off.map((i) => known.a[i]!), h: off.map((i) => known.h[i]!), found, expected };
  return byFactor(at, part, sizes, equal) ?? byTerm(known, "", equal) ?? byTerm(at, part, equal) ?? UNKNOWN;
}

interface Known {
  readonly a: Numbers;
  readonly h: Numbers;
  readonly found: Numbers;
  readonly expected: Numbers;
}
type Equal = (a: Numbers, b: Numbers) => boolean;

function comparer(expected: Numbers): Equal {
  const floor = 1e-3 * expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0) + 1e-12;
  return (a, b) =>
    a.every((value, i) => Math.abs(value - b[i]!) <= SAME * Math.max(Math.abs(value), Math.abs(b[i]!), floor));
}

function wrongPoint(f: (a: number) => number, wrong: Slope, known: Known, equal: Equal): string | null {
  const tries: [string, Numbers, Numbers][] = [
    ["it takes h where a belongs", known.a.map((a) => wrong(a, a)), known.expected],
    ["it takes a where h belongs", known.h.map((h) => wrong(h, h)), known.expected],
    ["it is the derivative at h, not at a", known.h.map((h) => difference(f, h)), known.found],
  ];
  for (const [how, left, right] of tries) {
    const both = [...left.keys()].filter((i) => Number.isFinite(left[i]) && Number.isFinite(right[i]));
    if (
      both.length >= FEWEST &&
      equal(
        both.map((i) => left[i]!),
        both.map((i) => right[i]!),
      )
    )
      return how;
  }
  return null;
}

function byFactor(at: Known, part: string, sizes: Readonly<Record<string, number>>, equal: Equal): Likely | null {
  const ratio = multiple(at.found, at.expected);
  const many = at.expected.filter((value) => value !== 0).length >= FEWEST;
  if (
    ratio !== 0 &&
    equal(
      at.found,
      at.expected.map((value) => ratio * value),
    )
  ) {
    const [words, plain] = inWords(ratio, sizes);
    if (plain || many) return { kind: "factor", reason: `it is ${words} times what it should be${part}` };
  }
  const factors: [string, Numbers][] = [
    ["h", at.h],
    ["a", at.a],
    ["1 + h", at.h.map((h) => 1 + h)],
    ["1 - h", at.h.map((h) => 1 - h)],
  ];
  for (const [name, factor] of many ? factors : []) {
    const by = (values: Numbers): number[] => values.map((value, i) => value * factor[i]!);
    if (equal(by(at.found), at.expected)) return { kind: "factor", reason: `${name} is left out of a product${part}` };
    if (equal(at.found, by(at.expected)))
      return { kind: "factor", reason: `${name} appears once too often in a product${part}` };
  }
  return null;
}

function byTerm(at: Known, part: string, equal: Equal): Likely | null {
  const terms: [string, Numbers][] = [
    ["constant", at.a.map(() => 1)],
    ["h", at.h],
    ["a", at.a],
    ["h / a", at.h.map((h, i) => (at.a[i] === 0 ? 0 : h / at.a[i]!))],
    ["h²", at.h.map((h) => h * h)],
  ];
  for (const [name, term] of terms) {
    if (term.filter((value) => value !== 0).length < FEWEST) continue;
    const lefts: [Numbers, string][] = [
      [at.found.map((value, i) => value - at.expected[i]!), "found - expected"],
      [at.found, "found"],
      [at.found.map((value, i) => value + at.expected[i]!), "a term has the wrong sign: found + expected"],
    ];
    for (const [left, equation] of lefts) {
      const times = multiple(left, term);
      if (
        times !== 0 &&
        equal(
          left,
          term.map((value) => times * value),
        )
      ) {
        return { kind: "missing term", reason: `${equation} = ${significant(times, 6)} × ${name}${part}` };
      }
    }
  }
  return null;
}

/** Return the `c` for which `c b` comes closest to `a`. */
function multiple(a: Numbers, b: Numbers): number {
  const squares = b.reduce((total, value) => total + value * value, 0);
  return squares === 0 ? 0 : a.reduce((total, value, i) => total + value * b[i]!, 0) / squares;
}

/** Return a number in words, and whether it is a plain one: a small fraction, or one of the sizes. */
function inWords(number: number, sizes: Readonly<Record<string, number>>): [string, boolean] {
  const [top, bottom] = fraction(number);
  if (top === 0 || Math.abs(number - top / bottom) > 1e-5 * Math.abs(number)) return [significant(number, 6), false];
  const plain = bottom === 1 ? `${top}` : `${top}/${bottom}`;
  for (const [name, size] of Object.entries(sizes)) {
    if (size > 1 && bottom === 1 && top === size) return [`${plain} (${name})`, true];
    if (size > 1 && top === 1 && bottom === size) return [`${plain} (one over ${name})`, true];
  }
  return [plain, Math.abs(top) <= PLAIN];
}

function fraction(number: number): [number, number] {
  let best: [number, number] = [Math.round(number), 1];
  for (let bottom = 2; bottom <= PLAIN; bottom++) {
    const top = Math.round(number * bottom);
    if (Math.abs(number - top / bottom) < Math.abs(number - best[0] / best[1]) - 1e-15) best = [top, bottom];
  }
  return best;
}

const significant = (value: number, digits: number): string => String(Number(value.toPrecision(digits)));

/** Return a mistake in a sentence. */
export function inSentence(title: string, check: Check, likely: Likely): string {
  const kind =
    likely.kind === "unknown"
      ? "it is a mistake of no known kind"
      : `likely mistake: ${likely.kind} (${likely.reason})`;
  const method =
    check.left === "vjp" ? "vjp with respect to x" : check.left === "jvp" ? "jvp along x" : "jacobian of x";
  return (
    `${title}: ${method}, at row ${check.row + 1}, unit ${(check.unit ?? 0) + 1}, is ${significant(check.found, 6)}, but differences of the ` +
    `values give ${significant(check.expected, 6)} (relative error ${check.error.toExponential(1)}); ${kind}.`
  );
}
