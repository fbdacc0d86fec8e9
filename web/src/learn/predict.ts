/** Questions to answer before the numbers are shown: sign, size, and which weight moves most. */

import { generator } from "./checks";
import { firstStep } from "./optimizer_step";
import {
  gradientNamed,
  gradientOf,
  inputOf,
  linkOf,
  places,
  valueOf,
  weightNamed,
  type Place,
  type Trace,
} from "./trace";
import { named } from "./names";
import { shown } from "./numbers";

export interface Question {
  readonly key: "sign" | "size" | "most";
  readonly text: string;
  readonly options: readonly string[];
  /** Place of the right one. */
  readonly right: number;
  /** Why, once an answer is given. */
  readonly reason: string;
}

// Weights to choose from in the third question.
const CHOICES = 4;
// How far apart the sizes to choose from are.
const APART = 10;

/** Return the questions about a row and a weight; the same for the same seed. */
export function questions(trace: Trace, place: Place, optimizer: string, rate: number, seed: number): Question[] {
  return [signQuestion(trace, place), sizeQuestion(trace, place, seed), mostQuestion(trace, optimizer, rate, seed)];
}

function signQuestion(trace: Trace, place: Place): Question {
  const g = gradientOf(trace, place);
  const own = linkOf(trace, place);
  const [up, x] = [own.dy[place.output]!, inputOf(trace, place)];
  const input = place.input < 0 ? "the constant 1" : named(own.xName, place.input);
  const way = (value: number): string => (value > 0 ? "positive" : value < 0 ? "negative" : "0");
  return {
    key: "sign",
    text: `${weightNamed(trace, place)} = ${shown(valueOf(trace, place))} becomes a little larger. What happens to the loss of this row?`,
    options: ["It rises", "It falls", "It stays the same"],
    right: g > 0 ? 0 : g < 0 ? 1 : 2,
    reason:
      `${gradientNamed(trace, place)} = ${shown(g)}. The weight multiplies ${input} = ${shown(x)}, which is ${way(x)}, ` +
      `and ∂loss/∂${named(own.yName, place.output)} = ${shown(up)} is ${way(up)}.`,
  };
}

function sizeQuestion(trace: Trace, place: Place, seed: number): Question {
  const g = Math.abs(gradientOf(trace, place));
  const name = gradientNamed(trace, place);
  const at = Math.floor(generator(seed)() * 3);
  const sizes = g === 0 ? [0, 0.01, 1] : [0, 1, 2].map((each) => g * APART ** (each - at));
  return {
    key: "size",
    text: `About how large is ${name}, without its sign?`,
    options: sizes.map((size) => shown(size, 2)),
    right: g === 0 ? 0 : at,
    reason: `|${name}| = ${shown(g)}: moved by 0.01, the weight changes the loss by about ${shown(g / 100)}.`,
  };
}

function mostQuestion(trace: Trace, optimizer: string, rate: number, seed: number): Question {
  const all = places(trace).map((each) => {
    const w = valueOf(trace, each);
    return {
      each,
      move: Math.abs(firstStep(optimizer, rate, gradientOf(trace, each), w).after - w),
      size: Math.abs(gradientOf(trace, each)),
    };
  });
  const sorted = all.sort((a, b) => b.size - a.size);
  const draw = generator(seed + 1);
  const chosen = [sorted[0]!, ...some(sorted.slice(Math.ceil(sorted.length / 8)), CHOICES - 1, draw)];
  const mixed = some(chosen, chosen.length, draw);
  const names = mixed.map(({ each }) => weightNamed(trace, each));
  const best = mixed.indexOf(sorted[0]!);
  const top = mixed[best]!;
  const alike = optimizer === "adam" || optimizer === "rmsprop";
  return {
    key: "most",
    text: alike
      ? "Which of these has the largest gradient?"
      : "Which of these weights moves most in a step from this row?",
    options: names,
    right: best,
    reason:
      `${gradientNamed(trace, top.each)} = ${shown(gradientOf(trace, top.each))} is the largest of these; here they are, largest first: ` +
      `${[...mixed]
        .sort((a, b) => b.size - a.size)
        .map(({ each }) => `${weightNamed(trace, each)} ${shown(gradientOf(trace, each))}`)
        .join(", ")}.` +
      (alike
        ? " In its first step this optimizer divides by the size of the gradient, so all of them move about as far."
        : ""),
  };
}

function some<T>(from: readonly T[], count: number, draw: () => number): T[] {
  const left = [...from];
  const found: T[] = [];
  while (found.length < count && left.length > 0) found.push(...left.splice(Math.floor(draw() * left.length), 1));
  return found;
}
