/** The compiled product of matrices has the same bits as TypeScript's. */
import { afterEach, expect, it } from "vitest";
import { Adam, Cost, Dense, Generator, initialize, matrix, Network, SoftmaxCrossEntropy, Tanh } from "../src/kernel";
import { compileProducts, multiply, type Operand } from "../src/kernel/matrix";
import { useCompiledProducts } from "../src/kernel/products";

afterEach(() => compileProducts(null));

it.each([
  [128, 100, 784, false, true],
  [100, 784, 128, true, false],
  [67, 61, 53, false, false],
  [61, 67, 53, true, true],
  [1, 1, 250_001, false, true],
  [70_001, 1, 3, true, false],
  [3, 70_001, 1, false, false],
])("has the bits of the plain one: %i by %i, %i terms, turned %s and %s", (m, n, k, aTurned, bTurned) => {
  // numbers of many sizes: any other order of a sum would show
  const number = (at: number): number => Math.sin(at * at + m) * 10 ** ((at * 7919) % 19 - 9);
  const operand = (rows: number, columns: number, turned: boolean, more: number): Operand => {
    const [r, c] = turned ? [columns, rows] : [rows, columns], stride = c + more;
    const data = Float64Array.from({ length: r * stride + 5 }, (_, at) => number(at));
    return { place: { data, start: 3, stride }, rows: r, columns: c, turned };
  };
  for (const more of [0, 2]) {
    const [a, b] = [operand(m, k, aTurned, more), operand(k, n, bTurned, more)];
    const [plain, compiled] = [0, 1].map((by) => {
      compileProducts(null);
      if (by) expect(useCompiledProducts()).toBe(true);
      const data = new Float64Array(m * (n + more) + 1).fill(7);
      multiply(a, b, { data, start: 1, stride: n + more });
      return data;
    });
    // thirty times as quick as toEqual
    expect(compiled!.every((value, at) => Object.is(value, plain![at]))).toBe(true);
    expect(plain!.some((value) => value !== 7 && value !== 0)).toBe(true);
  }
});

it("trains a network to the same bits", () => {
  const network = new Network([new Dense(40, 70), new Tanh(), new Dense(70, 60), new Tanh(), new Dense(60, 3)]);
  const generator = new Generator(0), x = matrix(160, 40, Float64Array.from({ length: 6400 }, () => generator.normal()));
  const cost = Cost.of(network, new SoftmaxCrossEntropy(), x, Array.from({ length: 160 }, (_, row) => row % 3)), adam = new Adam(0.01);
  const trained = (): Float64Array => {
    let theta = initialize(network, 0), state = adam.init(theta);
    for (let step = 0; step < 8; step++) ({ theta, state } = adam.step(cost, theta, state));
    return theta;
  };
  const plain = trained();
  expect(useCompiledProducts()).toBe(true);
  expect(trained()).toEqual(plain);
});
