/**
 * Numbers of the chain left blank, marked at once.
 *
 * A wrong answer is compared with what well-known mistakes lead to. Each is recognised by making the mistake: the wrong
 * calculation is carried out with the numbers of this row, and its result compared with the answer.
 */

import { dot, sum } from "./arrays";
import { ACTIVATIONS } from "./formulas";
import { named, slopeNamed } from "./names";
import { bracketed, product, shown } from "./numbers";
import { firstStep } from "./optimizer_step";
import {
  gradientNamed,
  gradientOf,
  inputOf,
  linkOf,
  valueOf,
  weightName,
  weightNamed,
  type Link,
  type Place,
  type Trace,
} from "./trace";

/** A mistake, what it leads to here, and what to say to someone who made it. */
export interface Misconception {
  readonly kind: "sign" | "missing slope" | "transposed" | "forgotten path" | "other";
  readonly value: number;
  readonly message: string;
}

export interface Blank {
  readonly key: string;
  /** What is asked for. */
  readonly name: string;
  readonly question: string;
  /** The numbers that it is worked out from, other than those of the blanks before. */
  readonly given: string;
  readonly value: number;
  /** The formula, then the formula with its numbers: hints, one after the other. */
  readonly formula: string;
  readonly worked: string;
  readonly misconceptions: readonly Misconception[];
  /** How far off an answer may be. */
  readonly tolerance: number;
}

// How far an answer may be off: a hundredth of itself,
const SHARE = 0.01;
// and the rounding of the numbers on the page that it is worked out from, relative to the largest beside it.
const ROUNDING = 5e-4;
function blank(
  given: Omit<Blank, "tolerance" | "misconceptions"> & { terms: readonly number[]; wrong: readonly Misconception[] },
): Blank {
  const { terms, wrong, ...rest } = given;
  const scale = Math.max(Math.abs(rest.value), ...terms.map(Math.abs));
  const tolerance = SHARE * Math.abs(rest.value) + ROUNDING * scale;
  const misconceptions = wrong.filter(
    (each) => Number.isFinite(each.value) && Math.abs(each.value - rest.value) > 2 * tolerance,
  );
  return { ...rest, tolerance, misconceptions };
}

/** Return a name and its numbers. */
function list(name: string, values: readonly number[]): string {
  return `${name} = ${values.length === 1 ? shown(values[0]!) : `(${values.map((value) => shown(value)).join(", ")})`}`;
}

const other = (value: number, message: string): Misconception => ({ kind: "other", value, message });
const sign = (value: number, message: string): Misconception => ({ kind: "sign", value: -value, message });

/** Return the blanks on the way to the gradient of a weight, and its step, in the order of the chain. */
export function blanks(trace: Trace, place: Place, optimizer: string, rate: number): Blank[] {
  const own = linkOf(trace, place);
  const next = trace.links[trace.links.indexOf(own) + 1];
  const found = [sumBlank(trace, own, place), ...logitBlanks(trace, place)];
  if (next?.activation != null) found.splice(1, 0, ...slopeBlanks(next, place.output));
  if (next?.activation != null) found.push(...backBlanks(trace, next, place.output));
  return [...found, weightBlank(trace, own, place), stepBlank(trace, place, optimizer, rate)];
}

function sumBlank(trace: Trace, own: Link, place: Place): Blank {
  const unit = place.output;
  const column = own.weights!.map((row) => row[unit]!);
  const terms = own.x.map((x, i) => x * column[i]!);
  const bias = own.bias?.[unit] ?? 0;
  const name = named(own.yName, unit);
  const w = weightName(trace, { ...place, input: 0 });
  const products = own.x.map((x, i) => product(x, column[i]!)).join(" + ");
  const row = own.weights![unit] ?? [];
  const inverted = own.x.length === own.y.length ? sum(own.x.map((x, i) => x * row[i]!)) + bias : Number.NaN;
  return blank({
    key: name,
    name,
    question: `Forward: what does unit ${unit + 1} add up?`,
    given: `${list(own.xName.letter + own.xName.layer, own.x)}, ${list(`${named(w)}[·,${unit + 1}]`, column)}${own.bias === null ? "" : `, b = ${shown(bias)}`}`,
    value: own.y[unit]!,
    formula: `Σ ${own.xName.letter}${own.xName.layer}[i] · ${named(w).replace("b", "W")}[i,${unit + 1}]${own.bias === null ? "" : ` + b${own.yName.layer}[${unit + 1}]`}`,
    worked: `${products}${own.bias === null ? "" : ` + ${bracketed(bias)}`} = ${shown(own.y[unit]!)}`,
    terms: [...terms, bias],
    wrong: [
      other(own.y[unit]! - bias, "You left out the bias: it is added to the sum."),
      {
        kind: "transposed",
        value: inverted,
        message: `You took row ${unit + 1} of the weights; unit ${unit + 1} uses column ${unit + 1}, the weights that lead to it.`,
      },
      sign(own.y[unit]!, "The number is right, but its sign is not: look at the signs of the products again."),
      ...terms.map((term, i) => other(own.y[unit]! - term, `You left out the product with ${named(own.xName, i)}.`)),
    ],
  });
}

function slopeBlanks(link: Link, unit: number): Blank[] {
  const [a, h, slope] = [link.x[unit]!, link.y[unit]!, link.jacobian[unit]![unit]!];
  const [aName, hName] = [named(link.xName, unit), named(link.yName, unit)];
  return [
    blank({
      key: slopeNamed(hName, aName),
      name: slopeNamed(hName, aName),
      question: `How steep is the activation (${link.activation}) at ${aName}?`,
      given: `${hName} = ${shown(h)}`,
      value: slope,
      formula: `h' = ${ACTIVATIONS[link.activation ?? ""]?.slope ?? "1"}, with a = ${aName} and h = ${hName}`,
      worked: `${aName} = ${shown(a)}, ${hName} = ${shown(h)}, so h' = ${shown(slope)}`,
      terms: [slope],
      wrong: [
        sign(slope, "The number is right, but its sign is not."),
        other(h, `That is the value ${hName}, not its slope.`),
        other(a, `That is ${aName} itself, not the slope there.`),
        other(1 - h, "That is 1 - h. Look at the formula of the slope again."),
        other(1 - a * a, "You put a where h belongs."),
      ],
    }),
  ];
}

/** The target's and another class's logits: the two signs of `y - t`. */
function logitBlanks(trace: Trace, place: Place): Blank[] {
  const z = linkOf(trace, place).yName.letter === "z" ? place.output : Math.max(0, trace.t.indexOf(1));
  const [y, t] = [trace.y[z]!, trace.t[z]!];
  const of = (name: string): string => (trace.z.length === 1 ? name : `${name}[${z + 1}]`);
  return [
    blank({
      key: `∂loss/∂${of("z")}`,
      name: `∂loss/∂${of("z")}`,
      question: "Backward: how does the loss change with the logit?",
      given: `${of("y")} = ${shown(y)}, ${of("t")} = ${t}`,
      value: trace.dz[z]!,
      formula: `${of("y")} - ${of("t")}`,
      worked: `${shown(y)} - ${shown(t)} = ${shown(trace.dz[z]!)}`,
      terms: [y, t],
      wrong: [
        sign(trace.dz[z]!, "The sign: it is the probability minus the target, y - t, not t - y."),
        other(y, "You left out the target: it is y - t."),
        other(trace.dlossDy[z]!, "That is ∂loss/∂y, the first factor. Go on to z: multiply by ∂y/∂z."),
        other(
          trace.dlossDy[z]! * trace.dyDz[z]![z]!,
          "You left out the other classes: each probability depends on every logit.",
        ),
      ],
    }),
  ];
}

/** Return the blanks of the gradient at `h` and at `a` of a unit. */
function backBlanks(trace: Trace, link: Link, unit: number): Blank[] {
  const behind = trace.links[trace.links.indexOf(link) + 1]!;
  const weights = behind.weights!;
  const row = weights[unit]!;
  const terms = behind.dy.map((g, k) => g * row[k]!);
  const dh = link.dy[unit]!;
  const slope = link.jacobian[unit]![unit]!;
  const [hName, aName] = [named(link.yName, unit), named(link.xName, unit)];
  const w = `W${behind.yName.letter === "z" ? behind.number + 1 : behind.yName.layer}`;
  return [
    blank({
      key: `∂loss/∂${hName}`,
      name: `∂loss/∂${hName}`,
      question: `How does the loss change with ${hName}? It reaches the loss through ${terms.length === 1 ? "one way" : `${terms.length} ways`}.`,
      given: `${list(`∂loss/∂${named(behind.yName)}`, behind.dy)}, ${list(`${w}[${unit + 1},·]`, row)}`,
      value: dh,
      formula: `Σ ∂loss/∂${named(behind.yName)}[k] · ${w}[${unit + 1},k]`,
      worked: `${behind.dy.map((g, k) => product(g, row[k]!)).join(" + ")} = ${shown(dh)}`,
      terms,
      wrong: [
        sign(dh, "The number is right, but its sign is not: do the signs of the gradients cancel as you thought?"),
        ...slopesLeftOut(trace, behind, row),
        ...transposedWeights(behind, unit, w),
        ...forgottenPaths(terms, (k) => named(behind.yName, k)),
        other(sum(row), "You added up the weights without the gradients that arrive at the other end."),
        other(sum(behind.dy), "You added up the gradients without the weights between."),
      ],
    }),
    blank({
      key: `∂loss/∂${aName}`,
      name: `∂loss/∂${aName}`,
      question: `And with ${aName}, on the other side of the activation?`,
      given: "two numbers that you have already",
      value: link.dx[unit]!,
      formula: `∂loss/∂${hName} · h'`,
      worked: `${product(dh, slope)} = ${shown(link.dx[unit]!)}`,
      terms: [link.dx[unit]!],
      wrong: [
        sign(link.dx[unit]!, "The number is right, but its sign is not."),
        { kind: "missing slope", value: dh, message: "You left out h', the slope of the activation." },
        other(slope, `That is h' alone: multiply it by ∂loss/∂${hName}.`),
        other(dh * link.y[unit]!, `You multiplied by the value ${hName} in place of the slope h'.`),
        other(dh / slope, "You divided by h': the chain rule multiplies."),
      ],
    }),
  ];
}

/** The gradient that arrives before the activation behind, taken for the one after it. */
function slopesLeftOut(trace: Trace, behind: Link, row: readonly number[]): Misconception[] {
  const after = trace.links[trace.links.indexOf(behind) + 1];
  if (after === undefined) return [];
  const message = `You left out h', the slope of the activation of layer ${behind.number + 1}: start from ∂loss/∂${named(behind.yName)}.`;
  return [{ kind: "missing slope", value: dot(after.dy, row), message }];
}

function transposedWeights(behind: Link, unit: number, w: string): Misconception[] {
  if (unit >= behind.y.length) return [];
  const column = behind.weights!.map((each) => each[unit]!);
  const value = sum(behind.dy.slice(0, column.length).map((g, k) => g * column[k]!));
  return [
    {
      kind: "transposed",
      value,
      message: `You took column ${unit + 1} of ${w}: backward it is row ${unit + 1}, the weights that lead away from the unit (Wᵀ).`,
    },
  ];
}

function forgottenPaths(terms: readonly number[], name: (k: number) => string): Misconception[] {
  if (terms.length < 2) return [];
  const total = sum(terms);
  const without = terms.map((term, k): Misconception => ({
    kind: "forgotten path",
    value: total - term,
    message: `You forgot the path through ${name(k)}.`,
  }));
  const alone = terms.map((term, k): Misconception => ({
    kind: "forgotten path",
    value: term,
    message: `That is the path through ${name(k)} alone: add up all ${terms.length} paths.`,
  }));
  return terms.length === 2 ? without : [...without, ...alone];
}

function weightBlank(trace: Trace, own: Link, place: Place): Blank {
  const unit = place.output;
  const g = own.dy[unit]!;
  const x = inputOf(trace, place);
  const value = gradientOf(trace, place);
  const after = trace.links[trace.links.indexOf(own) + 1];
  const input = place.input < 0 ? "1" : named(own.xName, place.input);
  const bias = place.input < 0;
  return blank({
    key: gradientNamed(trace, place),
    name: gradientNamed(trace, place),
    question: bias ? "And with the bias itself?" : "And with the weight itself?",
    given: `${bias ? "a bias is added as it is" : `${input} = ${shown(x)}`}${after === undefined && place.output !== trace.t.indexOf(1) ? `, ∂loss/∂${named(own.yName, unit)} = ${shown(g)}` : ""}`,
    value,
    formula: `∂loss/∂${named(own.yName, unit)} · ${input}`,
    worked: `${product(g, x)} = ${shown(value)}`,
    terms: [value],
    wrong: [
      sign(value, "The number is right, but its sign is not."),
      ...(after?.activation == null
        ? []
        : [
            {
              kind: "missing slope",
              value: after.dy[unit]! * x,
              message: "You left out h', the slope of the activation.",
            } as const,
          ]),
      ...(bias
        ? []
        : [other(g, `You left out the input: the weight is multiplied by ${input}, so its gradient is too.`)]),
      other(
        g * valueOf(trace, place),
        `You multiplied by the weight: ∂a/∂w is what the weight is multiplied by, ${input}.`,
      ),
      ...own.x.flatMap((each, i) =>
        i === place.input || bias
          ? []
          : [other(g * each, `You took ${named(own.xName, i)}; the weight comes from ${input}.`)],
      ),
      ...own.dy.flatMap((each, k) =>
        k === unit
          ? []
          : [
              {
                kind: "transposed",
                value: each * x,
                message: `You took the gradient of unit ${k + 1}; the weight leads to unit ${unit + 1}.`,
              } as const,
            ],
      ),
    ],
  });
}

function stepBlank(trace: Trace, place: Place, optimizer: string, rate: number): Blank {
  const [w, g] = [valueOf(trace, place), gradientOf(trace, place)];
  const step = firstStep(optimizer, rate, g, w);
  const name = weightNamed(trace, place);
  const change = step.after - w;
  const made = blank({
    key: "step",
    name: `${name} after the step`,
    question: `The first step of ${optimizer.replace("_", " ")} with rate ${rate}: what is ${name} now?`,
    given: `before it was ${shown(w)}; the formula is ${step.formula}`,
    value: step.after,
    formula: step.formula,
    worked: `w = ${shown(w)}, g = ${shown(g)}, so w after = ${shown(step.after)}`,
    terms: [],
    wrong: [
      { kind: "sign", value: w - change, message: "You went uphill: the step goes against the gradient." },
      other(w - g, "You left out the rate."),
      other(change, "That is the change alone: add it to the weight."),
      other(rate * g, "That is rate · gradient alone: subtract it from the weight."),
    ],
  });
  const tolerance = SHARE * Math.abs(change) + ROUNDING * Math.abs(step.after);
  return { ...made, tolerance };
}

export type Mark =
  | { readonly verdict: "right" }
  | { readonly verdict: "no number" }
  | { readonly verdict: "wrong"; readonly recognised: Misconception | null };

/** Return the mark of an answer as people type it. */
export function mark(of: Blank, answer: string): Mark {
  const text = answer.trim().replace(",", ".").replace("−", "-");
  const value = text === "" ? Number.NaN : Number(text);
  if (!Number.isFinite(value)) return { verdict: "no number" };
  if (Math.abs(value - of.value) <= of.tolerance) return { verdict: "right" };
  const near = of.misconceptions.filter(
    (each) => Math.abs(value - each.value) <= SHARE * Math.abs(each.value) + of.tolerance / 2,
  );
  const nearest = near.sort((a, b) => order(a) - order(b) || Math.abs(value - a.value) - Math.abs(value - b.value));
  return { verdict: "wrong", recognised: nearest[0] ?? null };
}

// Where an answer fits several mistakes, the commonest is named.
const COMMONEST: readonly Misconception["kind"][] = ["sign", "missing slope", "transposed", "forgotten path", "other"];
const order = (each: Misconception): number => COMMONEST.indexOf(each.kind);
