/** What a number is, in a sentence: for whoever points at it. */

import { named, slopeNamed } from "./names";
import { shown } from "./numbers";
import { firstStep } from "./optimizer_step";
import { optimizer, rate, found } from "./state";
import {
  denseLinks,
  gradientNamed,
  gradientOf,
  places,
  valueOf,
  weightNamed,
  type Link,
  type Place,
  type Trace,
} from "./trace";

/** Return what the number of a key is. */
export function inWords(of: Trace, place: Place, key: string): string {
  if (key.startsWith("path:")) return pathInWords(Number(key.slice(5)));
  if (key === "step")
    return `The weight after the step: ${shown(firstStep(optimizer.value, rate.value, gradientOf(of, place), valueOf(of, place)).after)}.`;
  for (const [name, sentence] of sentences(of)) if (name === key) return sentence();
  const weight = places(of).find((each) => weightNamed(of, each) === key);
  if (weight !== undefined)
    return `${key} = ${shown(valueOf(of, weight))}: ${weight.input < 0 ? "the bias" : "a weight"} of layer ${weight.layer + 1}. Click it in the picture to follow it.`;
  if (key === gradientNamed(of, place))
    return `${key} = ${shown(gradientOf(of, place))}: how much the loss of this row changes for each unit that the weight moves.`;
  return key;
}

function pathInWords(rank: number): string {
  const path = found.value?.largest[rank - 1];
  if (path === undefined) return "";
  return `Path ${rank} ${path.contribution < 0 ? "lowers" : "raises"} the gradient: ${path.factors.map((each) => shown(each)).join(" · ")} = ${shown(path.contribution)}.`;
}

function* sentences(of: Trace): Generator<[string, () => string]> {
  const [first] = of.links;
  for (const [i, x] of (first?.x ?? []).entries())
    yield [`x[${i + 1}]`, () => `x[${i + 1}] = ${shown(x)}: an input of the row.`];
  for (const link of of.links) yield* ofLink(of, link);
  for (const [c, y] of of.y.entries()) {
    yield [`y[${c + 1}]`, () => `y[${c + 1}] = ${shown(y)}: the probability of class ${c + 1}.`];
    yield [
      `t[${c + 1}]`,
      () => `t[${c + 1}] = ${shown(of.t[c]!)}: the target, 1 for the true class and 0 for the others.`,
    ];
    yield [
      `∂loss/∂y[${c + 1}]`,
      () => `∂loss/∂y[${c + 1}] = ${shown(of.dlossDy[c]!)}: how the loss changes with this probability, -t / y.`,
    ];
    for (const [d, slope] of of.dyDz[c]!.entries()) {
      yield [
        `∂y[${c + 1}]/∂z[${d + 1}]`,
        () => `∂y[${c + 1}]/∂z[${d + 1}] = ${shown(slope)}: how this probability changes with logit ${d + 1}.`,
      ];
    }
  }
  yield ["loss", () => `loss = ${shown(of.loss)}: minus the logarithm of the true class's probability.`];
}

function* ofLink(of: Trace, link: Link): Generator<[string, () => string]> {
  const last = link === denseLinks(of).at(-1);
  for (const [unit, value] of link.y.entries()) {
    const name = named(link.yName, unit);
    const what =
      link.activation !== null
        ? `the activation of ${named(link.xName, unit)}`
        : last
          ? `the logit of class ${unit + 1}`
          : `the weighted sum of unit ${unit + 1} of layer ${link.number + 1}`;
    yield [name, () => `${name} = ${shown(value)}: ${what}.`];
    const gradient = slopeNamed("loss", name);
    yield [gradient, () => `${gradient} = ${shown(link.dy[unit]!)}: how the loss changes when ${name} does.`];
    if (link.activation !== null) {
      const slope = slopeNamed(name, named(link.xName, unit));
      yield [
        slope,
        () =>
          `${slope} = ${shown(link.jacobian[unit]![unit]!)}: the slope h' of ${link.activation} at ${named(link.xName, unit)}.`,
      ];
    }
  }
}
