/** A model of several members: its probabilities, their slopes and contributions fit together. */
import { describe, expect, it } from "vitest";
import { Generator, matrix, Model, type Matrix, type ModelDescription } from "../src/kernel";

function ensemble(output: "sigmoid" | "softmax"): Model {
  const generator = new Generator(1), members = 3, width = output === "sigmoid" ? 1 : 3;
  const numbers = (count: number): number[] => Array.from({ length: count }, () => generator.normal());
  const table = (rows: number, columns: number): number[][] => Array.from({ length: rows }, () => numbers(columns));
  const description: ModelDescription = {
    format: 1, chainrule: "0", classes: output === "sigmoid" ? ["no", "yes"] : ["a", "b", "c"], columns: null, inputs: ["x1", "x2"], dtype: "float64",
    standardizer: { mean: [1, -1], scale: [2, 0.5] }, output, members,
    layers: [
      { type: "Dense", inputs: 2, outputs: members * 4, weights: table(2, members * 4), bias: numbers(members * 4) },
      { type: "ReLU" },
      { type: "MemberDense", members, member_inputs: 4, member_outputs: width, weights: table(4, members * width), bias: numbers(members * width) },
    ],
  };
  return new Model(description);
}

describe.each(["sigmoid", "softmax"] as const)("an ensemble with %s", (output) => {
  const model = ensemble(output), x = matrix(1, 2, [0.3, -0.7]);
  const probability = (of: Matrix, c: number): number => model.probabilities(model.logits(of)).data[c]!;

  it("gives probabilities that sum to 1", () => {
    const found = model.predict([[2, 0.5], { x1: -1, x2: 3 }]);
    for (const { probabilities } of found) expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 14);
  });

  it("has the slopes that differences have, for every class", () => {
    model.classes.forEach((_, c) => {
      const { gradients } = model.chain(x, c), h = 1e-6;
      [0, 1].forEach((i) => {
        const moved = [h, -h].map((by) => probability(matrix(1, 2, x.data.map((of, at) => of + (at === i ? by : 0))), c));
        expect(gradients[0]!.data[i]!).toBeCloseTo((moved[0]! - moved[1]!) / (2 * h), 7);
      });
    });
  });

  it("has contributions that add up to the difference from the baseline", () => {
    model.classes.forEach((_, c) => {
      const { columns, value, baseline } = model.contributions([2, 0.5], c, [0, 0]);
      expect(columns.reduce((sum, of) => sum + of.contribution, 0)).toBeCloseTo(value - baseline, 7);
    });
  });
});

describe("a model that this does not know", () => {
  it("is refused in a sentence", () => {
    const { description } = ensemble("softmax");
    expect(() => new Model({ ...description, format: 2 })).toThrow("The model has format 2, but this reads format 1.");
    expect(() => new Model({ ...description, layers: [{ type: "constructor" }] })).toThrow("The model has a layer of type \"constructor\", which this version does not know.");
    expect(() => ensemble("softmax").predict([["tall", 1]])).toThrow("Column x1 must hold finite numbers, found tall in row 0.");
  });
});
