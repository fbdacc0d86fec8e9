/** Formulas that people type. */

import { describe, expect, it } from "vitest";
import { ACTIVATIONS as LAYERS, type Elementwise } from "../../src/kernel/layers";
import { generator } from "../../src/learn/checks";
import { evaluate, FormulaError, parse } from "../../src/learn/expression";
import { ACTIVATIONS } from "../../src/learn/formulas";

const value = (text: string, a = 0, h = 0): number => evaluate(parse(text), { a, h });

describe("a formula", () => {
  it.each([
    ["1 + 2 * 3", 7],
    ["2 (1 - 3)", -4],
    ["-2^2", -4],
    ["2^-1", 0.5],
    ["2^3^2", 512],
    ["8 / 4 / 2", 1],
    ["7 - 2 - 1", 4],
    ["1e3 + .5", 1000.5],
    ["max(2, 3) − min(2, 3)", 1],
    ["tanh²(0.5) + 2³ · 1", Math.tanh(0.5) ** 2 + 8],
    ["1 where 2 > 1, else 0", 1],
    ["1 where 0 > 0, else 0.01", 0.01],
    ["sigmoid(0)", 0.5],
  ])("%s is %d", (text, expected) => expect(value(text)).toBeCloseTo(expected, 14));

  it("knows a and h", () => expect(value("h (1 - a)", 3, 5)).toBe(-10));

  it.each([
    "",
    "1 +",
    "(1",
    "1)",
    "a b c",
    "q",
    "tanh",
    "tanh a",
    "max(1)",
    "exp(1, 2)",
    "1 where a",
    "1 ? 2",
    "a.constructor",
    "alert(1)",
    "__proto__",
    "constructor",
    "toString",
    "`a`",
    "a=>a",
    "(".repeat(60) + "1" + ")".repeat(60),
    "1".repeat(201),
  ])("refuses %s in a sentence", (text) => {
    expect(() => parse(text)).toThrow(FormulaError);
    expect(() => parse(text)).toThrow(/[.)]$/);
  });

  it("of any characters is computed or refused", () => {
    const draw = generator(0);
    const odd: string[] = [];
    const pieces = [
      ..."0123456789.+-*/^(),>ahσΦ²'\"`{}[];=<&\\ \n",
      "exp",
      "tanh",
      "where",
      "else",
      "window",
      "NaN",
      "e9",
    ];
    for (let i = 0; i < 5000; i++) {
      const text = Array.from(
        { length: 1 + Math.floor(draw() * 20) },
        () => pieces[Math.floor(draw() * pieces.length)],
      ).join("");
      try {
        if (typeof value(text, 1, 2) !== "number") odd.push(text);
      } catch (error) {
        if (!(error instanceof FormulaError)) odd.push(text);
      }
    }
    expect(odd).toEqual([]);
  });
});

describe("the formulas of an activation", () => {
  const made = Object.values(LAYERS).map((of) => new of());
  it.each(Object.keys(ACTIVATIONS))("%s are what the kernel computes", (key) => {
    const layer = made.find((each) => each.key === key) as Elementwise;
    const formulas = ACTIVATIONS[key]!;
    for (const a of [-3, -0.7, -0.1, 0.2, 1.3, 4]) {
      const h = layer.function(a);
      const digits = key === "selu" ? 4 : 12;
      expect(value(formulas.value, a)).toBeCloseTo(h, digits);
      expect(value(formulas.slope, a, h)).toBeCloseTo(layer.derivative(a, h), digits);
      for (const wrong of formulas.wrong) expect(value(wrong, a, h)).not.toBeNaN();
    }
  });
});
