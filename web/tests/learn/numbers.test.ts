/** Numbers of narrow places: never longer than a node of the picture has room for, and never 0 unless they are. */
import { expect, it } from "vitest";
import { brief } from "../../src/learn/numbers";

/** Letters that a node has room for on a phone; raised digits are narrow. */
const ROOM = 7;

it.each([
  [0, "0"],
  [0.0048, "0.0048"],
  [-0.0123, "−0.012"],
  [0.0949, "0.095"],
  [0.0951, "0.10"],
  [0.3456, "0.35"],
  [-1.005, "−1.00"],
  [9.994, "9.99"],
  [12.34, "12.3"],
  [0.00094, "9·10⁻⁴"],
  [-3.6e-12, "−4·10⁻¹²"],
])("%d is %s", (value, text) => expect(brief(value)).toBe(text));

it("keeps a digit of every number, in little room", () => {
  for (let power = -30; power < 4; power += 0.01) {
    for (const sign of [1, -1]) {
      const text = brief(sign * 10 ** power);
      expect(text).toMatch(/[1-9]/);
      expect(text.replace(/[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]/g, "").length).toBeLessThanOrEqual(ROOM);
    }
  }
});
