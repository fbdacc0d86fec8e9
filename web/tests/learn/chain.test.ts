/** The chain of a row and a weight against the kernel's gradient and against differences, on random networks. */

import { describe, expect, it } from "vitest";
import { matrix } from "../../src/kernel/matrix";
import { times } from "../../src/learn/arrays";
import { indexInTheta, nudgeWeight, traceRow, type Situation } from "../../src/learn/row";
import { gradientOf, paths, places, stages } from "../../src/learn/trace";
import { randomSituation } from "./situations";

function kernelGradient({ network, loss, theta, x, label }: Situation): Float64Array {
  const outputs = network.forward(theta, matrix(1, x.length, x));
  return network.backward(theta, outputs, loss.gradient(outputs.at(-1)!, [label]), new Float64Array(network.size));
}

const SEEDS = Array.from({ length: 200 }, (_, seed) => seed);

/** Return the largest of what each of 200 random networks gives. */
function worst(of: (situation: Situation, seed: number) => number): number {
  return SEEDS.reduce((most, seed) => Math.max(most, of(randomSituation(seed), seed)), 0);
}

describe("the product of the factors", () => {
  it("is the kernel's gradient, at every weight of 200 random networks", () => {
    const far = worst((situation, seed) => {
      const trace = traceRow(situation);
      const expected = kernelGradient(situation);
      const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
      const all = places(trace);
      return all.reduce((most, place, at) => {
        const wanted = expected[indexInTheta(situation.network, place)]!;
        const multiplied =
          (at + seed) % 9 === 0
            ? stages(trace, place).reduce<readonly number[]>((v, stage) => times(v, stage.jacobian), [1])[0]!
            : wanted;
        return Math.max(
          most,
          Math.abs(multiplied - wanted) / scale,
          Math.abs(gradientOf(trace, place) - wanted) / scale,
        );
      }, 0);
    });
    expect(far).toBeLessThan(1e-12);
  });

  it("is the slope by differences, where no unit changes its sign", () => {
    let compared = 0;
    const far = worst((situation, seed) => {
      const trace = traceRow(situation);
      const all = places(trace);
      const place = all[seed % all.length]!;
      const nudged = nudgeWeight(situation, trace, place);
      if (nudged.meetsKink) return 0;
      compared += 1;
      const g = gradientOf(trace, place);
      return Math.abs(nudged.slope - g) / Math.max(1, Math.abs(g));
    });
    expect(far).toBeLessThan(1e-6);
    expect(compared).toBeGreaterThan(180);
  });
});

describe("the paths", () => {
  it("add up to the gradient, and are as many as the widths say", () => {
    const far = worst((situation, seed) => {
      const trace = traceRow(situation);
      const all = places(trace);
      const place = all[(7 * seed) % all.length]!;
      const found = paths(trace, place, 10_000);
      const g = gradientOf(trace, place);
      const size = Math.max(1, found.positive - found.negative);
      const sum = found.largest.reduce((total, path) => total + path.contribution, 0);
      const wrong = found.largest.filter(
        ({ factors, contribution }) =>
          Math.abs(factors.reduce((a, b) => a * b, 1) - contribution) > 1e-12 * Math.abs(contribution),
      );
      expect(wrong).toEqual([]);
      expect(found.largest).toHaveLength(found.contributing);
      const behind = trace.links.filter((link) => link.weights !== null && link.number > place.layer);
      const ends = trace.z.length * (trace.binary ? 1 : trace.y.length);
      const middle = behind.slice(0, -1).reduce((count, link) => count * link.y.length, 1);
      expect(found.count).toBe(behind.length === 0 ? trace.y.length : ends * middle);
      return (
        Math.max(Math.abs(sum - g), Math.abs(found.total - g), Math.abs(found.positive + found.negative - g)) / size
      );
    });
    expect(far).toBeLessThan(1e-12);
  });
});
