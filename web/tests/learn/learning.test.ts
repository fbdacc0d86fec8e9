/** Blanks and their misconceptions, broken derivatives, brackets, predictions. */

import { describe, expect, it } from "vitest";
import { ACTIVATIONS as LAYERS, Tanh, type Elementwise } from "../../src/kernel/layers";
import { Dense } from "../../src/kernel/linear";
import { SoftmaxCrossEntropy } from "../../src/kernel/losses";
import { Network } from "../../src/kernel/network";
import { blanks, mark } from "../../src/learn/blanks";
import { costOfOrder, extremes, multiplied, unbracketed } from "../../src/learn/brackets";
import { checks, METHODS, probe, why, type Method, type Slope } from "../../src/learn/checks";
import { evaluate, parse } from "../../src/learn/expression";
import { ACTIVATIONS, TITLES } from "../../src/learn/formulas";
import { likelyKind } from "../../src/learn/mistakes";
import { shown } from "../../src/learn/numbers";
import { questions } from "../../src/learn/predict";
import { traceRow } from "../../src/learn/row";
import { gradientOf } from "../../src/learn/trace";
import { randomSituation } from "./situations";

const network = new Network([new Dense(2, 3), new Tanh(), new Dense(3, 3), new Tanh(), new Dense(3, 2)]);
const theta = Float64Array.from({ length: network.size }, (_, i) => Math.sin(3 * i + 1));
const situation = { network, loss: new SoftmaxCrossEntropy(), theta, x: [0.6, -1.1], label: 1 };
const trace = traceRow(situation);
const place = { layer: 0, input: 1, output: 2 };
const asked = blanks(trace, place, "gradient_descent", 0.1);

describe("a blank", () => {
  it("takes the right answer as it is shown, and with a comma", () => {
    for (const blank of asked) {
      expect(mark(blank, shown(blank.value)).verdict).toBe("right");
      expect(mark(blank, String(blank.value).replace(".", ",")).verdict).toBe("right");
      expect(mark(blank, "about one").verdict).toBe("no number");
      expect(mark(blank, "").verdict).toBe("no number");
    }
  });

  it("recognises each mistake by making it", () => {
    const message = (key: string, wrong: number): string => {
      const found = mark(
        asked.find((blank) => blank.key === key)!,
        String(wrong),
      );
      return found.verdict === "wrong" ? (found.recognised?.message ?? "unknown") : found.verdict;
    };
    const [first, middle] = [trace.links[1]!, trace.links[2]!];
    expect(message("∂loss/∂a1[3]", first.dy[2]!)).toBe("You left out h', the slope of the activation.");
    expect(message("∂loss/∂W1[2,3]", -gradientOf(trace, place))).toMatch(/its sign is not/);
    const transposed = middle.weights!.reduce((sum, row, k) => sum + middle.dy[k]! * row[2]!, 0);
    expect(message("∂loss/∂h1[3]", transposed)).toMatch(/\(Wᵀ\)/);
    expect(message("∂loss/∂h1[3]", first.dy[2]! - middle.dy[0]! * middle.weights![2]![0]!)).toBe(
      "You forgot the path through a2[1].",
    );
    expect(message("∂loss/∂h1[3]", 12345)).toBe("unknown");
    expect(message("step", theta[5]! + 0.1 * gradientOf(trace, place))).toMatch(/uphill/);
  });

  it("never calls a right answer a mistake, on random networks", () => {
    for (let seed = 0; seed < 60; seed++) {
      const random = traceRow(randomSituation(seed));
      const input = random.links[0]!.bias !== null && seed % 3 === 0 ? -1 : 0;
      for (const blank of blanks(random, { layer: 0, input, output: 0 }, "adam", 0.01)) {
        expect(mark(blank, String(blank.value)).verdict, `${seed} ${blank.key} ${blank.value}`).toBe("right");
        for (const each of blank.misconceptions) expect(mark(blank, String(each.value)).verdict).toBe("wrong");
      }
    }
  });
});

const layers = Object.values(LAYERS).map((of) => new of());
const typed = (text: string): Slope => {
  const tree = parse(text);
  return (a, h) => evaluate(tree, { a, h });
};
const failing = (text: string, where: readonly Method[], key = "tanh"): string[] => {
  const layer = layers.find((each) => each.key === key) as Elementwise;
  return checks(layer, typed(text), new Set(where), probe(0))
    .filter((check) => !check.passes)
    .map((check) => check.name);
};

describe("a broken derivative", () => {
  it("that is wrong everywhere is found by differences alone", () =>
    expect(failing("1 - a²", METHODS)).toEqual(["differences"]));
  it("that is wrong in vjp is found where vjp is compared", () => {
    expect(failing("1 - a²", ["vjp"])).toEqual(["vjp = dy · J", "⟨dy, J v⟩ = ⟨Jᵀ dy, v⟩", "differences"]);
    expect(failing("1 - a²", ["jacobian"])).toEqual(["vjp = dy · J", "jvp = J · v", "differences"]);
  });
  it("that is right is found by nothing", () => {
    for (const key of Object.keys(ACTIVATIONS).filter((each) => each !== "selu"))
      expect(failing(ACTIVATIONS[key]!.slope, METHODS, key)).toEqual([]);
  });
  it("is explained as it is", () => {
    const layer = layers.find((each) => each.key === "tanh") as Elementwise;
    const said = (where: readonly Method[]): string[] => {
      const found = checks(layer, typed("1 - a²"), new Set(where), probe(0));
      return found.map((check) => why(check, new Set(where), false));
    };
    const shared = "Both sides use the same wrong derivative, so they agree.";
    const differences = "The differences come from values of f alone, so they do not share the mistake.";
    expect(said(METHODS)).toEqual([shared, shared, shared, differences]);
    expect(said(["jvp"])).toEqual([
      "Neither side uses your derivative.",
      "jvp has the wrong derivative, jacobian the right one: they disagree.",
      "jvp has the wrong derivative, vjp the right one: they disagree.",
      differences,
    ]);
  });
  it("of the list is found for every activation", () => {
    for (const [key, { wrong }] of Object.entries(ACTIVATIONS)) {
      for (const text of wrong) expect(failing(text, METHODS, key), `${TITLES[key]} ${text}`).toEqual(["differences"]);
    }
  });
  it.each([
    ["tanh", "-(1 - h²)", "sign", "the other sign would be right"],
    ["tanh", "2 (1 - h²)", "factor", "it is 2 times what it should be"],
    ["tanh", "0", "forgotten", "it is zero everywhere"],
    ["tanh", "1 - a²", "wrong point", "it takes a where h belongs"],
    ["tanh", "1 - h", "factor", "1 + h is left out of a product"],
    ["logistic", "h", "factor", "1 - h is left out of a product"],
    ["logistic", "log(0 - 1)", "not a number", "all of its numbers are not finite"],
    ["softplus", "1 / (1 + exp(-h))", "wrong point", "it takes h where a belongs"],
    ["tanh", "1", "missing term", "found = 1 × constant"],
  ])("%s with %s is a %s", (key, text, kind, reason) => {
    const layer = layers.find((each) => each.key === key) as Elementwise;
    const found = likelyKind((a) => layer.function(a), typed(text), probe(0).a.flat());
    expect(found).toEqual({ kind, reason });
  });
});

describe("brackets", () => {
  const chain = unbracketed([
    { name: "A", rows: 1, columns: 10 },
    { name: "B", rows: 10, columns: 100 },
    { name: "C", rows: 100, columns: 784 },
  ]);
  it("count multiplications", () => {
    const vectorFirst = multiplied(multiplied(chain, 0), 0);
    expect(vectorFirst.spent).toBe(1 * 10 * 100 + 1 * 100 * 784);
    expect(vectorFirst.factors[0]!.name).toBe("((A · B) · C)");
    expect(multiplied(multiplied(chain, 1), 0).spent).toBe(10 * 100 * 784 + 1 * 10 * 784);
    expect(costOfOrder(chain, "backward")).toBe(vectorFirst.spent);
    expect(extremes(chain.factors)).toEqual({ cheapest: vectorFirst.spent, dearest: costOfOrder(chain, "forward") });
    expect(multiplied(chain, 2)).toBe(chain);
  });
});

describe("predictions", () => {
  it("have one right answer among their options", () => {
    for (let seed = 0; seed < 40; seed++) {
      const random = traceRow(randomSituation(seed));
      for (const question of questions(random, { layer: 0, input: 0, output: 0 }, "momentum", 0.1, seed)) {
        expect(question.options[question.right]).toBeDefined();
        expect(new Set(question.options).size).toBe(question.options.length);
      }
    }
  });
});
