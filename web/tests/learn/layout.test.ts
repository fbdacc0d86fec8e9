/** The picture of the chain: ribbons lie side by side, and follow their paths. */

import { describe, expect, it } from "vitest";
import { drawing, nodesOf, ribbons } from "../../src/learn/layout";
import { traceRow } from "../../src/learn/row";
import { paths } from "../../src/learn/trace";
import { randomSituation } from "./situations";

const place = { layer: 0, input: 0, output: 0 };

describe("ribbons", () => {
  it("are as wide as their contributions, and none lies on another at a node", () => {
    for (let seed = 0; seed < 30; seed++) {
      const trace = traceRow(randomSituation(seed));
      const { largest } = paths(trace, place, 40);
      for (const upright of [true, false]) {
        const drawn = drawing(trace, upright, place);
        const found = ribbons(drawn, trace, place, largest, Infinity);
        expect(found).toHaveLength(largest.length);
        const at = new Map<string, [number, number][]>();
        for (const { path, width, points } of found) {
          expect(width * Math.abs(largest[0]!.contribution)).toBeCloseTo(
            found[0]!.width * Math.abs(path.contribution),
            9,
          );
          const nodes = nodesOf(drawn, trace, place, path);
          expect(points).toHaveLength(nodes.length);
          for (const [i, { line, unit }] of nodes.entries()) {
            const aside = upright ? points[i]!.x : points[i]!.y;
            const key = `${line},${unit}`;
            at.set(key, [...(at.get(key) ?? []), [aside - width / 2, aside + width / 2]]);
          }
        }
        for (const spans of at.values()) {
          const sorted = spans.sort((a, b) => a[0] - b[0]);
          const overlaps = sorted.slice(1).filter(([from], i) => from < sorted[i]![1] - 1e-6);
          expect(overlaps).toEqual([]);
        }
      }
    }
  });
});

describe("many inputs", () => {
  it("are drawn as far as there is room, with that of the weight among them", () => {
    const small = randomSituation(3);
    const trace = traceRow(small);
    const wide = {
      ...trace,
      links: [
        { ...trace.links[0]!, x: Array.from({ length: 100 }, (_, i) => i), dx: Array<number>(100).fill(1) },
        ...trace.links.slice(1),
      ],
    };
    const drawn = drawing(wide, false, place);
    const there = drawn.lines[0]!.points.flatMap((point, unit) => (point === undefined ? [] : [unit]));
    expect(there).toEqual([0, ...Array.from({ length: 11 }, (_, i) => 89 + i)]);
    expect(drawn.height).toBeLessThan(800);
  });
});
